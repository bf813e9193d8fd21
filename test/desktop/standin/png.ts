// PNG to plain pixels, as trays want them: 8 bits a channel, RGB or RGBA, not interlaced, is all that is read.
import { inflateSync } from 'node:zlib';

export type Pixels = { readonly width: number; readonly height: number; readonly rgba: Buffer };

/** Reads a PNG. Throws for one of another kind. */
export function readPng(png: Buffer): Pixels {
  const { width, height, kind, packed } = readChunks(png);
  const channels = kind === 6 ? 4 : 3;
  const lines = unfilter(inflateSync(packed), width * channels, height, channels);
  const rgba = Buffer.alloc(width * height * 4, 255);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    lines.copy(rgba, pixel * 4, pixel * channels, (pixel + 1) * channels);
  }
  return { width, height, rgba };
}

function readChunks(png: Buffer): { width: number; height: number; kind: number; packed: Buffer } {
  const data: Buffer[] = [];
  const head = { width: 0, height: 0, kind: 0 };
  for (let at = 8; at + 12 <= png.length;) {
    const length = png.readUInt32BE(at);
    const name = png.toString('latin1', at + 4, at + 8);
    const body = png.subarray(at + 8, at + 8 + length);
    if (name === 'IHDR') {
      Object.assign(head, { width: body.readUInt32BE(0), height: body.readUInt32BE(4), kind: body[9] });
      if (body[8] !== 8 || (body[9] !== 2 && body[9] !== 6) || body[12] !== 0)
        throw new Error('Only 8-bit RGB and RGBA images without interlace are read');
    }
    if (name === 'IDAT') data.push(body);
    at += 12 + length;
  }
  if (head.width === 0) throw new Error('This is not a PNG image');
  return { ...head, packed: Buffer.concat(data) };
}

function unfilter(raw: Buffer, stride: number, height: number, channels: number): Buffer {
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x >= channels ? (out[at - channels] ?? 0) : 0;
      const up = y > 0 ? (out[at - stride] ?? 0) : 0;
      const corner = x >= channels && y > 0 ? (out[at - stride - channels] ?? 0) : 0;
      out[at] = (raw[y * (stride + 1) + 1 + x] ?? 0) + predicted(filter, left, up, corner);
    }
  }
  return out;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  if (filter !== 4) return 0;
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** The pixels as a StatusNotifierItem gives them: alpha, red, green, blue. */
export function toArgb({ rgba }: Pixels): Buffer {
  const argb = Buffer.alloc(rgba.length);
  for (let at = 0; at < rgba.length; at += 4) {
    argb[at] = rgba[at + 3] ?? 0;
    rgba.copy(argb, at + 1, at, at + 3);
  }
  return argb;
}
