// Packs PNGs into one macOS .icns file, so that no packaging needs the tool that electron-builder would download.

/** Apple's name of each kind of entry that may hold a PNG, by the pixels of its picture; `@2x` kinds share sizes. */
const KINDS: Readonly<Record<number, readonly string[]>> = {
  16: ['icp4'],
  32: ['icp5', 'ic11'],
  64: ['ic12'],
  128: ['ic07'],
  256: ['ic08', 'ic13'],
  512: ['ic09', 'ic14'],
  1024: ['ic10'],
};

export const ICNS_PX: readonly number[] = Object.keys(KINDS).map(Number);

/** Takes one PNG for each of ICNS_PX. Gives the bytes of the file. */
export function packIcns(pngs: ReadonlyMap<number, Buffer>): Buffer {
  const entries = ICNS_PX.flatMap((px) => {
    const png = pngs.get(px);
    if (png === undefined) throw new Error(`no picture of ${px} pixels`);
    return (KINDS[px] ?? []).map((kind) => entry(kind, png));
  });
  return entry('icns', Buffer.concat(entries));
}

function entry(kind: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(kind, 'latin1');
  head.writeUInt32BE(content.length + head.length, 4);
  return Buffer.concat([head, content]);
}
