// Reads the pixels of a PNG as the browser writes it: eight bits a channel, with alpha, not interlaced. Others refused.
import { inflateSync } from 'node:zlib';

const SIGNATURE_BYTES = 8;
const PIXEL_BYTES = 4;

/** `rgba` holds four bytes a pixel, not premultiplied, top row first. */
export type Pixels = { readonly width: number; readonly height: number; readonly rgba: Uint8Array };

/** Takes the bytes of a PNG. Gives its pixels. Throws on another kind of PNG. */
export function readPng(png: Buffer): Pixels {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const [depth, colourType, , , interlace] = png.subarray(24, 29);
  if (depth !== 8 || colourType !== 6 || interlace !== 0) throw new Error('not a PNG of eight bits with alpha');
  const rows = inflateSync(Buffer.concat(dataChunks(png)));
  const rowBytes = width * PIXEL_BYTES;
  const rgba = new Uint8Array(rowBytes * height);
  for (let y = 0; y < height; y += 1) {
    const from = y * (rowBytes + 1);
    const filter = rows.readUInt8(from);
    const above = rgba.subarray(Math.max(0, y - 1) * rowBytes, y * rowBytes);
    unfilter(filter, rows.subarray(from + 1, from + 1 + rowBytes), above, rgba.subarray(y * rowBytes));
  }
  return { width, height, rgba };
}

function dataChunks(png: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = SIGNATURE_BYTES; at < png.length;) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') chunks.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return chunks;
}

/** The five row filters of PNG (RFC 2083, section 6): each byte was written as a difference from its neighbours. */
function unfilter(filter: number, row: Uint8Array, above: Uint8Array, out: Uint8Array): void {
  row.forEach((byte, index) => {
    const left = out[index - PIXEL_BYTES] ?? 0;
    const up = above[index] ?? 0;
    const upLeft = above[index - PIXEL_BYTES] ?? 0;
    const expected = [0, left, up, (left + up) >> 1, paeth(left, up, upLeft)][filter];
    if (expected === undefined) throw new Error('unknown PNG row filter');
    out[index] = byte + expected;
  });
}

function paeth(left: number, up: number, upLeft: number): number {
  const estimate = left + up - upLeft;
  const toLeft = Math.abs(estimate - left);
  const toUp = Math.abs(estimate - up);
  const toUpLeft = Math.abs(estimate - upLeft);
  if (toLeft <= toUp && toLeft <= toUpLeft) return left;
  return toUp <= toUpLeft ? up : upLeft;
}
