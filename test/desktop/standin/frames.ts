// The frames of one page: who is whose parent, where each is, and which of their worlds belongs to the preload.
import { originOf } from './schemes.ts';

export type FramePlace = {
  readonly url: string;
  readonly origin: string;
  readonly parent: FramePlace | null;
  readonly top: FramePlace;
  readonly routingId: number;
  readonly processId: number;
  readonly frameTreeNodeId: number;
};
type Known = { readonly id: string; readonly parentId: string | undefined; url: string; readonly number: number };

export class FrameTree {
  readonly #frames = new Map<string, Known>();
  readonly #contexts = new Map<number, { readonly frameId: string; readonly isPreload: boolean }>();
  #mainId: string | undefined;
  #lastNumber = 0;

  get main(): FramePlace {
    const main = this.#mainId === undefined ? null : this.byId(this.#mainId);
    return main ?? this.#place({ id: '', parentId: undefined, url: '', number: 1 });
  }

  isMain(frameId: string): boolean {
    return this.#mainId === undefined || this.#mainId === frameId;
  }

  byId(frameId: string): FramePlace | null {
    const known = this.#frames.get(frameId);
    return known === undefined ? null : this.#place(known);
  }

  /** The frame that a world belongs to; none when it has gone since. */
  ofContext(contextId: number): FramePlace | null {
    const context = this.#contexts.get(contextId);
    return context === undefined ? null : this.byId(context.frameId);
  }

  /** The preload's world of the main frame. */
  preloadContext(): number | undefined {
    const own = [...this.#contexts].filter(([, { frameId, isPreload }]) => isPreload && frameId === this.#mainId);
    return own.at(-1)?.[0];
  }

  contextCreated(contextId: number, frameId: string, isPreload: boolean): void {
    this.#contexts.set(contextId, { frameId, isPreload });
    if (this.#frames.size === 0) this.navigated(frameId, undefined, '');
  }

  contextsCleared(): void {
    this.#contexts.clear();
  }

  navigated(id: string, parentId: string | undefined, url: string): void {
    const known = this.#frames.get(id);
    this.#lastNumber += known === undefined ? 1 : 0;
    this.#frames.set(id, { id, parentId, url, number: known?.number ?? this.#lastNumber });
    if (parentId === undefined) this.#mainId = id;
  }

  detached(id: string): void {
    this.#frames.delete(id);
  }

  #place(known: Known): FramePlace {
    const parent = (): FramePlace | null => (known.parentId === undefined ? null : this.byId(known.parentId));
    const top = (): FramePlace => this.main;
    return {
      url: known.url,
      origin: originOf(known.url),
      routingId: known.number,
      processId: 1,
      frameTreeNodeId: known.number,
      get parent() {
        return parent();
      },
      get top() {
        return top();
      },
    };
  }
}
