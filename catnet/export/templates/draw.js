"use strict";

// Drawing: elements of the page, pictures on canvases, numbers as people read them.

const AGAINST = [33, 102, 172]; // blue
const NEUTRAL = [247, 247, 247]; // near white
const FOR = [178, 24, 43]; // red

/** The element of the page with that id. */
function byId(id) {
  return document.getElementById(id);
}

/** A new element with properties, and with children: elements, or texts, which stay texts whatever is in them. */
function made(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Draws bytes, row by row, pixel by pixel, of three channels or of one; the page enlarges them without smoothing. */
function paintPicture(canvas, bytes, [height, width], channels) {
  const { data } = Object.assign(canvas, { width, height }).getContext("2d").createImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let i = 0; i < 3; i++) data[4 * pixel + i] = bytes[channels === 1 ? pixel : 3 * pixel + i];
    data[4 * pixel + 3] = 255;
  }
  canvas.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
}

/** Draws the weights of a neuron: mid grey is 0, the largest is full or no colour. */
function paintWeights(canvas, weights, size, channels) {
  const largest = largestOf(weights);
  paintPicture(canvas, Float64Array.from(weights, (w) => 127.5 + (127.5 * w) / largest), size, channels);
}

/** Draws contributions, summed over the channels: red for, blue against, near white at 0. */
function paintContributions(canvas, values, size, channels) {
  const sums = new Float64Array(values.length / channels);
  values.forEach((value, place) => (sums[Math.floor(place / channels)] += value));
  const largest = largestOf(sums);
  const colours = new Uint8Array(3 * sums.length);
  sums.forEach((sum, pixel) => colours.set(diverging(sum / largest), 3 * pixel));
  paintPicture(canvas, colours, size, 3);
}

/** The colour of a value between -1 and 1. */
function diverging(value) {
  const end = value >= 0 ? FOR : AGAINST;
  return NEUTRAL.map((neutral, i) => Math.round(neutral + Math.abs(value) * (end[i] - neutral)));
}

/** The largest absolute value; 1 if all are 0. */
function largestOf(values) {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
}

/** An entry of a legend, with its colour: `for` or `against`. It stays together on a line. */
function legendEntry(colour, words) {
  return made("span", { className: "entry" }, made("i", { className: `key ${colour}` }), ` ${words}`);
}

/** A probability: 93.1% */
function percent(p) {
  return `${(100 * p).toFixed(1)}%`;
}

/** A number of four digits, or of others: 231.4; 1,234,000 */
function digits(value, count = 4) {
  const short = Number(value.toPrecision(count));
  const isLong = Math.abs(short) >= 1e9 || (short !== 0 && Math.abs(short) < 1e-4);
  const text = isLong ? short.toExponential() : short.toLocaleString("en", { maximumFractionDigits: 9 });
  return text.replaceAll("-", "−");
}

/** The same with its sign, in three digits, or two below 0.01; what is nothing beside the largest is 0: +0.312, −2 */
function signed(value, largest = 0) {
  const shown = Math.abs(value) < 1e-9 * largest ? 0 : value;
  return `${shown > 0 ? "+" : ""}${digits(shown, Math.abs(shown) < 0.01 ? 2 : 3)}`;
}

/** a, b and c */
function inARow(names) {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}
