"use strict";

// Which way a picture in a file is turned, as its EXIF says, and the picture upright.

const ORIENTATION = 274; // the tag of EXIF that says which way a picture is turned
const NO_TAG = 0;
const SHORT = 3; // types of numbers in EXIF: of 16 bits, of 32 bits
const LONG = 4;

/** Four characters of a file. */
function textAt(bytes, start) {
  return String.fromCharCode(...bytes.subarray(start, start + 4));
}

/** The EXIF in a JPEG, which comes in segments: ff, what it is, its length and its content. */
function exifOfJpeg(bytes) {
  for (let start = 2; bytes[start] === 0xff && bytes[start + 1] !== 0xda; ) {
    const end = start + 2 + bytes[start + 2] * 256 + bytes[start + 3];
    if (bytes[start + 1] === 0xe1 && textAt(bytes, start + 4) === "Exif") return bytes.subarray(start + 10, end);
    start = end;
  }
  return new Uint8Array();
}

/** The EXIF in a WebP, which comes in chunks: a name, the length, the content and, if that is odd, a byte more. */
function exifOfWebp(bytes) {
  const view = new DataView(bytes.buffer);
  for (let start = 12; start + 8 < bytes.length; ) {
    const content = start + 8;
    const end = content + view.getUint32(start + 4, true);
    if (textAt(bytes, start) === "EXIF") {
      return bytes.subarray(textAt(bytes, content) === "Exif" ? content + 6 : content, end);
    }
    start = end + (end % 2);
  }
  return new Uint8Array();
}

/** The orientation, 1 to 8, that EXIF says; 1, which is upright, if it says none. From then on it says none, so that
 *  no browser turns the picture too. */
function takenOrientation(exif) {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.length);
  try {
    const isLittle = textAt(exif, 0).startsWith("II");
    if (![42, 42 << 8].includes(view.getUint16(2))) return 1; // it is no EXIF
    const first = view.getUint32(4, isLittle);
    for (let entry = first + 2, left = view.getUint16(first, isLittle); left > 0; entry += 12, left--) {
      if (view.getUint16(entry, isLittle) === ORIENTATION) {
        const orientation = numberInEntry(view, entry, isLittle);
        view.setUint16(entry, NO_TAG, isLittle);
        return orientation;
      }
    }
  } catch {
    // it is cut off, or there is none
  }
  return 1;
}

/** The number in an entry of EXIF (tag, type, count, value) if it has 16 or 32 bits; else 1. */
function numberInEntry(view, entry, isLittle) {
  const type = view.getUint16(entry + 2, isLittle);
  if (type === SHORT) return view.getUint16(entry + 8, isLittle);
  return type === LONG ? view.getUint32(entry + 8, isLittle) : 1;
}

/** The picture upright, which the file has in an orientation of EXIF. */
function turned({ width, height, pixels }, orientation) {
  if (!(orientation > 1 && orientation <= 8)) return { width, height, pixels };
  const isOnItsSide = orientation >= 5;
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  const upright = { width: isOnItsSide ? height : width, height: isOnItsSide ? width : height };
  upright.pixels = new Uint8Array(pixels.length);
  for (let y = 0, to = 0; y < upright.height; y++) {
    for (let x = 0; x < upright.width; x++) {
      const [column, row] = isOnItsSide ? [y, x] : [x, y];
      const from = ((fromBottom ? height - 1 - row : row) * width + (fromRight ? width - 1 - column : column)) * 3;
      for (let channel = 0; channel < 3; channel++) upright.pixels[to++] = pixels[from + channel];
    }
  }
  return upright;
}
