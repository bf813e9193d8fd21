// The part of the `x11` package that the stand-in uses; the package has no types of its own.
declare module 'x11' {
  import type { EventEmitter } from 'node:events';

  type Reply<T> = (error: Error | null, value: T) => boolean | void;
  export type XEvent = {
    readonly name: string;
    readonly wid?: number;
    readonly wid1?: number;
    readonly window?: number;
    readonly atom: number;
    readonly time: number;
    readonly requestor: number;
    readonly selection: number;
    readonly target: number;
    readonly property: number;
    readonly owner: number;
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
  export type XProperty = { readonly type: number; readonly data: Buffer; readonly bytesAfter: number };
  export type XClient = EventEmitter & {
    AllocID(): number;
    InternAtom(onlyIfExists: boolean, name: string, reply: Reply<number>): void;
    GetAtomName(atom: number, reply: Reply<string>): void;
    CreateWindow(
      id: number,
      parent: number,
      x: number,
      y: number,
      w: number,
      h: number,
      border: number,
      depth: number,
      kind: number,
      visual: number,
      values: { eventMask?: number },
    ): void;
    DestroyWindow(id: number): void;
    MapWindow(id: number): void;
    UnmapWindow(id: number): void;
    ChangeWindowAttributes(id: number, values: { eventMask: number }): void;
    ChangeProperty(mode: number, id: number, property: number, type: number, unit: number, data: Buffer): void;
    GetProperty(
      remove: number,
      id: number,
      property: number,
      type: number,
      offset: number,
      length: number,
      reply: Reply<XProperty>,
    ): void;
    GetGeometry(id: number, reply: Reply<{ xPos: number; yPos: number; width: number; height: number }>): void;
    TranslateCoordinates(
      from: number,
      to: number,
      x: number,
      y: number,
      reply: Reply<{ destX: number; destY: number; child: number }>,
    ): void;
    QueryPointer(id: number, reply: Reply<{ rootX: number; rootY: number }>): void;
    SendEvent(destination: number, propagate: number, mask: number, event: Buffer): void;
    SetSelectionOwner(owner: number, selection: number, time: number): void;
    GetSelectionOwner(selection: number, reply: Reply<number>): void;
    ConvertSelection(requestor: number, selection: number, target: number, property: number, time: number): void;
    terminate(): void;
  };
  export type XDisplay = {
    readonly client: XClient;
    readonly screen: readonly { readonly root: number; readonly pixel_width: number; readonly pixel_height: number }[];
  };
  const x11: {
    createClient(options: { display?: string }, ready: Reply<XDisplay>): EventEmitter;
    readonly eventMask: {
      readonly PropertyChange: number;
      readonly StructureNotify: number;
      readonly SubstructureNotify: number;
    };
  };
  export default x11;
}
