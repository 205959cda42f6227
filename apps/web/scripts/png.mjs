import { crc32, deflateSync } from 'node:zlib';

/** Colours that an indexed PNG holds. */
const COLOURS = 256;

/**
 * Writes opaque RGBA pixels as an indexed PNG: the most frequent colours stay as they are, the rest (shades of a few
 * letters' edges) become the nearest of them. A third of the size of the browser's own file.
 *
 * @param {Uint8Array} rgba
 * @param {number} width
 * @param {number} height
 * @returns {Buffer}
 */
export function encodeIndexedPng(rgba, width, height) {
  const view = new DataView(rgba.buffer, rgba.byteOffset, rgba.byteLength);
  const pixels = Uint32Array.from({ length: width * height }, (_, at) => view.getUint32(4 * at) >>> 8);
  const { palette, indexOf } = chooseColours(pixels);
  const rows = Buffer.alloc(height * (width + 1));
  for (const [at, colour] of pixels.entries()) {
    rows[at + Math.floor(at / width) + 1] = indexOf.get(colour) ?? 0;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** @param {Uint32Array} pixels */
function chooseColours(pixels) {
  /** @type {Map<number, number>} */
  const uses = new Map();
  for (const colour of pixels) uses.set(colour, (uses.get(colour) ?? 0) + 1);
  const byUse = [...uses].toSorted((a, b) => b[1] - a[1]).map(([colour]) => colour);
  const palette = byUse.slice(0, COLOURS);
  const indexOf = new Map(byUse.map((colour) => [colour, nearest(palette, colour)]));
  return { palette, indexOf };
}

/** @param {number[]} palette @param {number} colour */
function nearest(palette, colour) {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, candidate] of palette.entries()) {
    const red = (candidate >> 16) - (colour >> 16);
    const green = ((candidate >> 8) & 255) - ((colour >> 8) & 255);
    const blue = (candidate & 255) - (colour & 255);
    const distance = red * red + green * green + blue * blue;
    if (distance < least) [best, least] = [index, distance];
  }
  return best;
}

/** @param {string} type @param {Buffer} data */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}
