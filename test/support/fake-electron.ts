// A folder that looks like an unpacked Electron for Linux or macOS to the packager: its files, and binaries that hold
// nothing but a fuse wire. It cannot run: what needs the real runtime cannot be tested on it.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What marks the wire in Electron's binary; the wire's version and length follow, then one character a fuse. */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
/** As Electron ships: run as node, no cookie encryption, node options, inspect, no integrity, any folder, none, file. */
const SHIPPED_FUSES = '101100011';

export type FakePlatform = 'linux' | 'mac';

/** Takes an empty folder. Gives nothing: the folder is what `electronDist` wants. */
export function makeFakeElectron(folder: string, platform: FakePlatform): void {
  if (platform === 'linux') {
    write(folder, 'electron', binary(), 0o755);
    write(folder, 'locales/en-US.pak', '');
    write(folder, 'LICENSE', 'MIT');
    return;
  }
  const app = 'Electron.app/Contents';
  write(folder, `${app}/Info.plist`, plist('Electron'));
  write(folder, `${app}/MacOS/Electron`, 'stub', 0o755);
  write(folder, `${app}/Resources/electron.icns`, '');
  write(folder, `${app}/Frameworks/Electron Framework.framework/Electron Framework`, binary(), 0o755);
  for (const helper of ['', ' (GPU)', ' (Plugin)', ' (Renderer)']) {
    const name = `Electron Helper${helper}`;
    write(folder, `${app}/Frameworks/${name}.app/Contents/Info.plist`, plist(name));
    write(folder, `${app}/Frameworks/${name}.app/Contents/MacOS/${name}`, 'stub', 0o755);
  }
}

function binary(): Buffer {
  const wire = Buffer.concat([
    Buffer.from(SENTINEL),
    Buffer.from([1, SHIPPED_FUSES.length]),
    Buffer.from(SHIPPED_FUSES),
  ]);
  return Buffer.concat([Buffer.alloc(64, 0x7f), wire, Buffer.alloc(64)]);
}

function plist(executable: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict><key>CFBundleExecutable</key><string>${executable}</string></dict></plist>
`;
}

function write(folder: string, name: string, content: string | Buffer, mode = 0o644): void {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content, { mode });
}
