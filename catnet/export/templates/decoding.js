"use strict";

// A picture in a file as the pixels that catnet (by Pillow) decodes of it.

const MAX_PIXELS = 100_000_000; // in a picture's file
const AS_IN_FILE = { colorSpaceConversion: "none", premultiplyAlpha: "none", imageOrientation: "from-image" };
const MAX_TILE = 1024; // pixels a side that are read at once, a multiple of 8: no browser refuses so small a canvas

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
