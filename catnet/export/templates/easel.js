"use strict";

// The picture as the network sees it, which can be changed: parts rubbed out, shifted, mirrored.

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// The row of the picture, of which parts may have been rubbed out, and how it is looked at: mirrored, then shifted by so
// many pixels. Rubbed out is a square of so many pixels a side, at x and y in what is seen.
const easel = { whole: null, row: null, mirror: false, dx: 0, dy: 0, x: 0, y: 0, side: 1 };

// Pictures, as the page offers, shows and changes its inputs.
const pictures = {
  untouched: "untouched picture",
  outputs: "probabilities",
  offer() {
    offerPictures();
    setUpEasel();
  },
  start: (example) => choose(fileOf(example), example.name, truthOf(example)),
  startAgain: () => startPicture(easel.whole),
  areTouched: isPictureTouched,
  async readAnew(example) {
    const pixels = await pixelsOf(fileOf(example), model);
    return { row: averaged(model, pixels), levels: furthest(pixels, bytesOf(example.pixels)) };
  },
  weights: weightsAsPictures,
  show(row, asked) {
    showPicture(row);
    showHeat(row, asked);
  },
};

/** Makes all ways to change the picture work. */
function setUpEasel() {
  const [height, width] = model.image_size;
  const slider = byId("square-size");
  slider.max = Math.ceil(Math.min(height, width) / 2);
  slider.value = easel.side = Math.ceil(Math.min(height, width) / 6);
  slider.addEventListener("input", () => moveSquare(easel.x, easel.y, Number(slider.value)));
  moveSquare(Math.floor((width - easel.side) / 2), Math.floor((height - easel.side) / 2));
  for (const button of document.querySelectorAll("[data-shift]")) {
    button.addEventListener("click", () => shift(...button.dataset.shift.split(" ").map(Number)));
  }
  byId("mirror").addEventListener("click", mirror);
  byId("sight").addEventListener("keydown", byKey);
  for (const type of ["pointerdown", "pointermove"]) byId("sight").addEventListener(type, byPointer);
}

/** A new picture, untouched. */
function startPicture(row) {
  easel.whole = row;
  resetEasel();
  begin(seen());
}

/** The next of pictures that follow each other: the neurons that are off stay off. */
function followPicture(row) {
  easel.whole = row;
  resetEasel();
  compareWith(row);
  change(row);
}

/** The picture as it was. */
function resetEasel() {
  Object.assign(easel, { row: easel.whole.slice(), mirror: false, dx: 0, dy: 0 });
}

/** Whether the picture is not as it was. */
function isPictureTouched() {
  return easel.mirror || easel.dx !== 0 || easel.dy !== 0 || easel.row.some((value, i) => value !== easel.whole[i]);
}

/** The pixel of the picture that is seen at x and y. Beyond the edge the pixels at the edge are repeated. */
function pixelAt(x, y) {
  const [height, width] = model.image_size;
  const column = Math.min(width - 1, Math.max(0, x - easel.dx));
  const line = Math.min(height - 1, Math.max(0, y - easel.dy));
  return line * width + (easel.mirror ? width - 1 - column : column);
}

/** The row of what is seen. */
function seen() {
  const [height, width] = model.image_size;
  const channels = channelsOf(model);
  const row = new Uint8Array(easel.row.length);
  for (let y = 0, place = 0; y < height; y++) {
    for (let x = 0; x < width; x++, place += channels) {
      const from = pixelAt(x, y) * channels;
      row.set(easel.row.subarray(from, from + channels), place);
    }
  }
  return row;
}

/** Shifts what is seen. */
function shift(dx, dy) {
  easel.dx += dx;
  easel.dy += dy;
  change(seen());
}

/** Mirrors what is seen. */
function mirror() {
  easel.mirror = !easel.mirror;
  easel.dx = -easel.dx;
  change(seen());
}

/** Rubs out the square: it gets the mean colour of the picture. */
function rubOut() {
  const channels = channelsOf(model);
  const means = meanColour(easel.whole, channels);
  for (let y = easel.y; y < easel.y + easel.side; y++) {
    for (let x = easel.x; x < easel.x + easel.side; x++) easel.row.set(means, pixelAt(x, y) * channels);
  }
  change(seen());
}

/** The mean of each channel. */
function meanColour(row, channels) {
  const sums = Array(channels).fill(0);
  row.forEach((value, place) => (sums[place % channels] += value));
  return sums.map((sum) => Math.round((sum * channels) / row.length));
}

/** Moves the square, within the picture. */
function moveSquare(x, y, side = easel.side) {
  const [height, width] = model.image_size;
  const within = (value, end) => Math.min(end - side, Math.max(0, value));
  Object.assign(easel, { side, x: within(x, width), y: within(y, height) });
  const share = (value, end) => `${(100 * value) / end}%`;
  const place = { left: share(easel.x, width), top: share(easel.y, height), width: share(side, width), height: share(side, height) };
  Object.assign(byId("square").style, place);
}

/** Arrow keys move the square, the space bar rubs out. */
function byKey(event) {
  if (event.key === " ") rubOut();
  else if (event.key in ARROWS) {
    moveSquare(easel.x + ARROWS[event.key][0], easel.y + ARROWS[event.key][1]);
    say(`The square is at column ${easel.x + 1}, row ${easel.y + 1}.`);
  } else return;
  event.preventDefault();
}

/** The mouse or a finger moves the square; it rubs out while it is pressed. */
function byPointer(event) {
  const [height, width] = model.image_size;
  const frame = event.target.getBoundingClientRect();
  const x = ((event.clientX - frame.left) / frame.width) * width;
  const y = ((event.clientY - frame.top) / frame.height) * height;
  moveSquare(Math.round(x - easel.side / 2), Math.round(y - easel.side / 2));
  if (event.type === "pointerdown") event.target.setPointerCapture(event.pointerId);
  if (event.buttons & 1) rubOut();
}

/** Draws what the network sees. */
function showPicture(row) {
  const [height, width] = model.image_size;
  paintPicture(byId("sight"), row, model.image_size, channelsOf(model));
  byId("sight").setAttribute("aria-label", `What the network sees: ${width} x ${height} pixels`);
  byId("mirror").setAttribute("aria-pressed", easel.mirror);
}

/** Draws what each pixel contributes to the output that is asked about. */
function showHeat(row, asked) {
  paintContributions(byId("heat"), contributions(model, row, asked, tried.off), model.image_size, channelsOf(model));
  const about = model.goal === "regression" ? `a higher ${facts.names[0]}` : facts.names[asked];
  byId("heat").setAttribute("aria-label", `What each pixel contributes to ${about}`);
  byId("heat-words").textContent = `What each pixel contributes to ${about};`;
}
