// Images as the app hands them to trays, windows and notifications: PNG data by scale.
import { readFileSync } from 'node:fs';
import type * as Electron from 'electron';
import { only } from './missing.ts';
import { type Pixels, readPng } from './png.ts';

type Offered =
  | 'isEmpty'
  | 'toPNG'
  | 'getSize'
  | 'setTemplateImage'
  | 'isTemplateImage'
  | 'addRepresentation'
  | 'toDataURL'
  | 'getScaleFactors'
  | 'isMacTemplateImage';

export class Image implements Pick<Electron.NativeImage, Offered> {
  readonly #byScale = new Map<number, Buffer>();
  // macOS only: settable here too, without an effect.
  isMacTemplateImage = false;

  constructor(png?: Buffer, scaleFactor = 1) {
    if (png !== undefined && png.length > 0) this.#byScale.set(scaleFactor, png);
  }
  isEmpty(): boolean {
    return this.#byScale.size === 0;
  }
  toPNG(options?: Electron.ToPNGOptions): Buffer {
    return this.#byScale.get(options?.scaleFactor ?? 1) ?? this.#byScale.values().next().value ?? Buffer.alloc(0);
  }
  toDataURL(options?: Electron.ToDataURLOptions): string {
    return `data:image/png;base64,${this.toPNG(options).toString('base64')}`;
  }
  getSize(): Electron.Size {
    return this.isEmpty() ? { width: 0, height: 0 } : this.pixels();
  }
  getScaleFactors(): number[] {
    return [...this.#byScale.keys()];
  }
  setTemplateImage(option: boolean): void {
    this.isMacTemplateImage = option;
  }
  isTemplateImage(): boolean {
    return this.isMacTemplateImage;
  }
  addRepresentation(options: Electron.AddRepresentationOptions): void {
    const { scaleFactor = 1, buffer, dataURL } = options;
    const png = buffer ?? Buffer.from(dataURL?.split(',')[1] ?? '', 'base64');
    this.#byScale.set(scaleFactor, png);
  }
  /** For the stand-in's own parts. */
  pixels(): Pixels {
    return readPng(this.toPNG());
  }
}

only('NativeImage', Image.prototype);

/** An image of what the app gives: itself, or the path of one. A path that cannot be read gives an empty image. */
export function toImage(image: Electron.NativeImage | string): Image {
  if (image instanceof Image) return image;
  if (typeof image !== 'string') throw new TypeError('This image was not made by nativeImage');
  return createFromPath(image);
}

function createFromPath(file: string): Image {
  try {
    const image = new Image(readFileSync(file));
    const large = /^(.*)(\.png)$/.exec(file);
    addLarge(image, `${large?.[1] ?? file}@2x${large?.[2] ?? ''}`);
    return image;
  } catch {
    return new Image();
  }
}

function addLarge(image: Image, file: string): void {
  try {
    image.addRepresentation({ scaleFactor: 2, buffer: readFileSync(file) });
  } catch {
    // There is none.
  }
}

// What it makes is not Electron's NativeImage, but offers the listed part of it.
type Made = Image & Electron.NativeImage;
export const nativeImage: Pick<
  typeof Electron.nativeImage,
  'createFromPath' | 'createFromBuffer' | 'createFromDataURL' | 'createEmpty'
> = only('nativeImage', {
  createFromPath: (file: string) => createFromPath(file) as Made,
  createFromBuffer: (buffer: Buffer, options?: Electron.CreateFromBufferOptions) =>
    new Image(buffer, options?.scaleFactor) as Made,
  createFromDataURL: (url: string) => new Image(Buffer.from(url.split(',')[1] ?? '', 'base64')) as Made,
  createEmpty: () => new Image() as Made,
});
