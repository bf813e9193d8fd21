// Packs images of several sizes into one Windows .ico file, as uncompressed 32-bit bitmaps that every loader reads.

/** One image: `rgba` holds size × size pixels, four bytes each, top row first, not premultiplied. */
export type IcoImage = { readonly size: number; readonly rgba: Uint8Array };

const HEADER_BYTES = 6;
const ENTRY_BYTES = 16;
const BITMAP_HEADER_BYTES = 40;

/** Takes square images up to 256 pixels, smallest first. Gives the bytes of the file. Refuses a wrong pixel count. */
export function packIco(images: readonly IcoImage[]): Buffer {
  const bitmaps = images.map(toBitmap);
  const header = Buffer.alloc(HEADER_BYTES + ENTRY_BYTES * images.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(images.length, 4);
  let offset = header.length;
  images.forEach(({ size }, index) => {
    const entry = HEADER_BYTES + ENTRY_BYTES * index;
    const bytes = bitmaps[index]?.length ?? 0;
    // 256 is written as 0: the field is one byte.
    header.writeUInt8(size % 256, entry);
    header.writeUInt8(size % 256, entry + 1);
    header.writeUInt16LE(1, entry + 4);
    header.writeUInt16LE(32, entry + 6);
    header.writeUInt32LE(bytes, entry + 8);
    header.writeUInt32LE(offset, entry + 12);
    offset += bytes;
  });
  return Buffer.concat([header, ...bitmaps]);
}

function toBitmap({ size, rgba }: IcoImage): Buffer {
  if (size < 1 || size > 256 || rgba.length !== size * size * 4) throw new Error(`not an image of ${size} pixels`);
  const maskRowBytes = Math.ceil(size / 32) * 4;
  const bitmap = Buffer.alloc(BITMAP_HEADER_BYTES + size * size * 4 + maskRowBytes * size);
  bitmap.writeUInt32LE(BITMAP_HEADER_BYTES, 0);
  bitmap.writeInt32LE(size, 4);
  // The height counts the colours and the one-bit mask below them.
  bitmap.writeInt32LE(size * 2, 8);
  bitmap.writeUInt16LE(1, 12);
  bitmap.writeUInt16LE(32, 14);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const from = ((size - 1 - y) * size + x) * 4;
      const to = BITMAP_HEADER_BYTES + (y * size + x) * 4;
      const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.subarray(from, from + 4);
      bitmap.set([blue, green, red, alpha], to);
      // Bottom row first, a set bit is transparent: for loaders that look at the mask only.
      if (alpha === 0) setMaskBit(bitmap, BITMAP_HEADER_BYTES + size * size * 4 + y * maskRowBytes, x);
    }
  }
  return bitmap;
}

function setMaskBit(bitmap: Buffer, rowStart: number, x: number): void {
  const at = rowStart + (x >> 3);
  bitmap.writeUInt8(bitmap.readUInt8(at) | (0x80 >> (x & 7)), at);
}
