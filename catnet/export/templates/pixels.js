"use strict";

// A picture as the network sees it: the bytes that catnet (by Pillow) makes of the same file. Pixels are bytes row by
// row, pixel by pixel, red, green and blue; a size is [height, width].

const WEIGHT_OF_1 = 1 << 22; // the weights of resizing are integers
const BICUBIC = 2; // pixels on each side of a point that its value is made of

/** The picture in a file as the network's input is made of it: resized to box_average times image_size, in the model's
 *  colors. Rejects with an Error whose message says why it cannot be used. */
async function pixelsOf(blob, model) {
  return asInput(await decoded(blob, Math.max(...decodedSize(model))), model);
}

/** A decoded picture as the network's input is made of it. */
function asInput({ width, height, pixels }, model) {
  const [newHeight, newWidth] = decodedSize(model);
  const channels = channelsOf(model);
  return resized(channels === 1 ? grey(pixels) : pixels, width, height, channels, newWidth, newHeight);
}

/** The size of the pictures that a network's input is made of. */
function decodedSize(model) {
  return model.image_size.map((side) => side * model.box_average);
}

/** The numbers per pixel of a model's pictures. */
function channelsOf(model) {
  return model.colors === "grey" ? 1 : 3;
}

/** The row of n_0 bytes that a picture of `pixelsOf` becomes. */
function averaged(model, pixels) {
  return boxAverage(pixels, model.image_size, model.box_average, channelsOf(model));
}

// ---- colours ----

/** The brightness of each pixel, as Pillow's convert("L") rounds it. */
function grey(pixels) {
  const values = new Uint8Array(pixels.length / 3);
  for (let i = 0, place = 0; i < values.length; i++, place += 3) {
    values[i] = (19595 * pixels[place] + 38470 * pixels[place + 1] + 7471 * pixels[place + 2] + 32768) >> 16;
  }
  return values;
}

// ---- resizing ----

/** The picture in bicubic interpolation, first to the width and then to the height, as catnet has Pillow do it. Each
 *  pass rounds to bytes, so the order shows. If a picture is more than 100 times as high as wide, it shrinks in height
 *  first. */
function resized(pixels, width, height, channels, newWidth, newHeight) {
  if (height > 100 * width && height > newHeight) {
    const lower = resizedInHeight(pixels, width, height, channels, newHeight);
    return resizedInWidth(lower, width, newHeight, channels, newWidth);
  }
  const narrower = resizedInWidth(pixels, width, height, channels, newWidth);
  return resizedInHeight(narrower, newWidth, height, channels, newHeight);
}

/** One pass: each new pixel is the weighted sum of pixels beside each other. */
function resizedInWidth(pixels, width, height, channels, newWidth) {
  if (newWidth === width) return pixels;
  const found = new Uint8Array(newWidth * height * channels);
  const step = channels;
  weightsOf(width, newWidth).forEach(({ first, weights }, x) => {
    for (let y = 0; y < height; y++) {
      for (let channel = 0; channel < channels; channel++) {
        const start = (y * width + first) * channels + channel;
        found[(y * newWidth + x) * channels + channel] = weightedSum(pixels, start, step, weights);
      }
    }
  });
  return found;
}

/** The other pass: of pixels below each other. */
function resizedInHeight(pixels, width, height, channels, newHeight) {
  if (newHeight === height) return pixels;
  const rowLength = width * channels;
  const found = new Uint8Array(rowLength * newHeight);
  weightsOf(height, newHeight).forEach(({ first, weights }, y) => {
    for (let place = 0; place < rowLength; place++) {
      found[y * rowLength + place] = weightedSum(pixels, first * rowLength + place, rowLength, weights);
    }
  });
  return found;
}

/** The sum of weight times byte, as a byte. Like Pillow's it is rounded, and cut at 0 and 255. */
function weightedSum(bytes, start, step, weights) {
  let sum = WEIGHT_OF_1 / 2;
  for (let i = 0, place = start; i < weights.length; i++, place += step) sum += weights[i] * bytes[place];
  return Math.min(255, Math.max(0, Math.floor(sum / WEIGHT_OF_1)));
}

/** For each of the new pixels along a side: the first of the old ones that it is made of, and the weights of these. */
function weightsOf(side, newSide) {
  const scale = side / newSide;
  const stretch = Math.max(1, scale); // a picture that shrinks is smoothed
  const shrink = 1 / stretch; // Pillow multiplies by it, which may round otherwise than a division
  return Array.from({ length: newSide }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - BICUBIC * stretch + 0.5));
    const end = Math.min(side, Math.trunc(centre + BICUBIC * stretch + 0.5));
    const shares = Array.from({ length: end - first }, (_, i) => bicubic((i + first - centre + 0.5) * shrink));
    const total = shares.reduce((sum, share) => sum + share, 0);
    return { first, weights: Int32Array.from(shares, (share) => asInteger(share / total)) };
  });
}

/** The share of a pixel at that distance (Keys, 1981, with a = -1/2). */
function bicubic(distance) {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
}

/** A weight as an integer; a half is rounded away from 0. */
function asInteger(weight) {
  return Math.trunc(weight * WEIGHT_OF_1 + (weight < 0 ? -0.5 : 0.5));
}

// ---- rows of pixels ----

/** The mean of each box of factor x factor pixels, a half rounded up: a picture of that size. The old size is factor
 *  times as much; if it is less, the last row and column count for what is missing. */
function boxAverage(pixels, [height, width], factor, channels, oldSize = [height * factor, width * factor]) {
  if (factor === 1) return pixels;
  const [oldHeight, oldWidth] = oldSize;
  const means = new Uint8Array(height * width * channels);
  const count = factor * factor;
  for (let y = 0, place = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = Math.floor(count / 2); // with which a half is rounded up
        for (let i = 0; i < factor; i++) {
          const row = Math.min(y * factor + i, oldHeight - 1) * oldWidth;
          for (let j = 0; j < factor; j++) {
            sum += pixels[(row + Math.min(x * factor + j, oldWidth - 1)) * channels + channel];
          }
        }
        means[place++] = Math.floor(sum / count);
      }
    }
  }
  return means;
}

/** Left against right: the values of a picture, one per pixel and channel, of its mirror image. */
function mirrored(values, [height, width], channels) {
  return values.map((_, place) => {
    const channel = place % channels;
    const pixel = (place - channel) / channels;
    const x = pixel % width;
    return values[(pixel - x + (width - 1 - x)) * channels + channel];
  });
}
