"use strict";

// A picture as the network sees it: the bytes that catnet (by Pillow) makes of the same file. Pixels are bytes row by
// row, pixel by pixel, red, green and blue; a size is [height, width].

const MAX_PIXELS = 100_000_000; // in a picture's file
const AS_IN_FILE = { colorSpaceConversion: "none", premultiplyAlpha: "none", imageOrientation: "from-image" };
const MAX_TILE = 1024; // pixels a side that are read at once, a multiple of 8: no browser refuses so small a canvas
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

// ---- decoding ----

/** The first frame of the picture in a file, upright, over white: {width, height, pixels}, pixels in RGB. If only so
 *  many pixels a side are needed, a larger JPEG has fewer of them than its file. */
async function decoded(blob, needed = Infinity) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
  const isWebp = textAt(bytes, 0) === "RIFF" && textAt(bytes, 8) === "WEBP";
  if (isIcon(bytes)) throw new Error("is an icon, which catnet does not read");
  // A JPEG is made smaller before it is turned, and some browsers do not turn a WebP: both are turned here.
  const orientation = isJpeg || isWebp ? takenOrientation(isJpeg ? exifOfJpeg(bytes) : exifOfWebp(bytes)) : 1;
  const picture = await asInFile(new Blob([bytes], { type: blob.type }), isJpeg ? needed : Infinity);
  return turned(picture, orientation);
}

/** Whether a file is an icon or a cursor of Windows. */
function isIcon(bytes) {
  return bytes.length > 4 && bytes[0] === 0 && bytes[1] === 0 && [1, 2].includes(bytes[2]) && bytes[3] === 0;
}

/** The picture over white, with the numbers in its file: not converted to the colours of the screen. It is read tile by
 *  tile, and made smaller at once if only so many pixels a side are needed. */
async function asInFile(blob, needed) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob, AS_IN_FILE);
  } catch {
    throw new Error("is not a picture that this browser opens");
  }
  try {
    if (bitmap.width * bitmap.height > MAX_PIXELS) {
      throw new Error(`is too large: ${bitmap.width} x ${bitmap.height} pixels, more than ${MAX_PIXELS}`);
    }
    const factor = libjpegFactor(bitmap, needed);
    const whole = blank(Math.ceil(bitmap.width / factor), Math.ceil(bitmap.height / factor));
    for (let top = 0; top < bitmap.height; top += MAX_TILE) {
      for (let left = 0; left < bitmap.width; left += MAX_TILE) {
        put(scaledDown(tileOf(bitmap, left, top), factor), whole, left / factor, top / factor);
      }
    }
    return whole;
  } finally {
    bitmap.close();
  }
}

/** A picture of that size, all black. */
function blank(width, height) {
  return { width, height, pixels: new Uint8Array(width * height * 3) };
}

/** A part of a bitmap, over white. */
function tileOf(bitmap, left, top) {
  const tile = blank(Math.min(MAX_TILE, bitmap.width - left), Math.min(MAX_TILE, bitmap.height - top));
  const canvas = Object.assign(document.createElement("canvas"), { width: tile.width, height: tile.height });
  // in memory, because a graphics card may round otherwise
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, -left, -top);
  const { data } = context.getImageData(0, 0, tile.width, tile.height);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
    const alpha = data[from + 3];
    for (let i = 0; i < 3; i++) tile.pixels[to + i] = alpha === 255 ? data[from + i] : overWhite(data[from + i], alpha);
  }
  return tile;
}

/** Puts a picture into a larger one. */
function put(part, whole, left, top) {
  for (let y = 0; y < part.height; y++) {
    const row = part.pixels.subarray(3 * y * part.width, 3 * (y + 1) * part.width);
    whole.pixels.set(row, 3 * ((top + y) * whole.width + left));
  }
}

/** A value over white, as Pillow's alpha_composite rounds it. A canvas keeps value * alpha / 255, as an integer, in
 *  place of the value: it is the same integer here, so nothing is lost. */
function overWhite(value, alpha) {
  return Math.round((value * alpha) / 255) + 255 - alpha;
}

/** How many times smaller catnet has libjpeg decode a large JPEG of which only so many pixels a side are needed: 8, 4, 2
 *  or 1. */
function libjpegFactor({ width, height }, needed) {
  const times = Math.min(width, height) > 4 * needed ? Math.floor(Math.min(width, height) / (2 * needed)) : 1;
  return [8, 4, 2, 1].find((each) => each <= times);
}

/** A picture as libjpeg scales it: the mean of boxes of pixels. libjpeg rounds before it makes colours of them, so this
 *  may differ by some levels. */
function scaledDown({ width, height, pixels }, factor) {
  const size = [Math.ceil(height / factor), Math.ceil(width / factor)];
  return { width: size[1], height: size[0], pixels: boxAverage(pixels, size, factor, 3, [height, width]) };
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
