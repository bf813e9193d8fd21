// The smaller parts: screen, links, dialogs, shortcuts. Links and dialogs never reach a person: the spec hears of them
// and gives the answers.
import type * as Electron from 'electron';
import { onCommand, report } from './control.ts';
import { openDisplay } from './host.ts';
import { emitterOf, only } from './missing.ts';
import type { XDisplay } from './x-display.ts';

const PANEL_HEIGHT = 30;

let x: XDisplay | undefined;
let pointer = { x: 0, y: 0 };

/** The screen answers without a promise: so its size is asked for before the app is ready, and the pointer followed. */
export async function followScreen(): Promise<void> {
  const display = await openDisplay();
  x = display;
  pointer = await display.pointer();
}

class Screen
  extends emitterOf('screen', ['display-added', 'display-removed', 'display-metrics-changed'])
  implements
    Pick<
      Electron.Screen,
      'getPrimaryDisplay' | 'getAllDisplays' | 'getCursorScreenPoint' | 'getDisplayNearestPoint' | 'getDisplayMatching'
    >
{
  getPrimaryDisplay(): Electron.Display {
    const { width, height } = x?.size ?? { width: 1280, height: 800 };
    const size = { width, height };
    const workArea = { x: 0, y: PANEL_HEIGHT, width, height: height - PANEL_HEIGHT };
    const display = {
      id: 1,
      label: 'stand-in',
      bounds: { x: 0, y: 0, ...size },
      size,
      workArea,
      workAreaSize: { width, height: workArea.height },
      scaleFactor: 1,
      rotation: 0,
      internal: false,
    };
    // The rest of a display is about colours and touch; asked for it throws.
    return only('Display', display) as Electron.Display;
  }
  getAllDisplays(): Electron.Display[] {
    return [this.getPrimaryDisplay()];
  }
  getDisplayNearestPoint(_point: Electron.Point): Electron.Display {
    return this.getPrimaryDisplay();
  }
  getDisplayMatching(_rect: Electron.Rectangle): Electron.Display {
    return this.getPrimaryDisplay();
  }
  getCursorScreenPoint(): Electron.Point {
    const last = pointer;
    void x?.pointer().then((now) => (pointer = now));
    return last;
  }
}
export const screen = new Screen();
onCommand('look-at-pointer', async () => {
  pointer = (await x?.pointer()) ?? pointer;
});

const opened: string[] = [];
onCommand('opened-links', () => opened);
export const shell: Pick<Electron.Shell, 'openExternal' | 'showItemInFolder' | 'openPath'> = only('shell', {
  async openExternal(url: string): Promise<void> {
    opened.push(url);
    report('opened-link', { url });
  },
  showItemInFolder: (file: string) => report('shown-in-folder', { file }),
  async openPath(file: string): Promise<string> {
    report('opened-path', { file });
    return '';
  },
});

type Answers = {
  readonly messageBox?: { response: number; checkboxChecked?: boolean };
  readonly save?: string | null;
  readonly open?: string[] | null;
};
const answers: Answers[] = [];
onCommand('answer-dialog', (answer) => void answers.push(answer as Answers));

/** The next answer of the spec. Without one the dialog would stay open for ever: that is an error here. */
function nextAnswer<K extends keyof Answers>(kind: K, shown: object): NonNullable<Answers[K]> | null {
  report('dialog', { kind, ...shown });
  const at = answers.findIndex((answer) => kind in answer);
  if (at < 0) throw new Error(`The spec has no answer for the ${kind} dialog ${JSON.stringify(shown)}`);
  return answers.splice(at, 1)[0]?.[kind] ?? null;
}

// Each may be given a window first.
const optionsOf = (args: readonly unknown[]): unknown => args.at(-1);
export const dialog: Pick<Electron.Dialog, 'showMessageBox' | 'showSaveDialog' | 'showOpenDialog' | 'showErrorBox'> =
  only('dialog', {
    async showMessageBox(...args: unknown[]): Promise<Electron.MessageBoxReturnValue> {
      const { message, detail, buttons } = optionsOf(args) as Electron.MessageBoxOptions;
      const answer = nextAnswer('messageBox', { message, detail, buttons });
      return { response: answer?.response ?? 0, checkboxChecked: answer?.checkboxChecked ?? false };
    },
    async showSaveDialog(...args: unknown[]): Promise<Electron.SaveDialogReturnValue> {
      const { title, defaultPath } = optionsOf(args) as Electron.SaveDialogOptions;
      const filePath = nextAnswer('save', { title, defaultPath });
      return { canceled: filePath === null, filePath: filePath ?? '' };
    },
    async showOpenDialog(...args: unknown[]): Promise<Electron.OpenDialogReturnValue> {
      const { title, properties } = optionsOf(args) as Electron.OpenDialogOptions;
      const filePaths = nextAnswer('open', { title, properties });
      return { canceled: filePaths === null, filePaths: filePaths ?? [] };
    },
    showErrorBox: (title: string, content: string) => report('dialog', { kind: 'error', title, content }),
  });

const shortcuts = new Map<string, () => void>();
onCommand('press-shortcut', (accelerator) => {
  const run = shortcuts.get(String(accelerator));
  if (run === undefined) throw new Error(`No shortcut ${String(accelerator)} is registered`);
  run();
});
export const globalShortcut: Pick<
  Electron.GlobalShortcut,
  'register' | 'unregister' | 'unregisterAll' | 'isRegistered'
> = only('globalShortcut', {
  register(accelerator: string, callback: () => void): boolean {
    if (shortcuts.has(accelerator)) return false;
    shortcuts.set(accelerator, callback);
    return true;
  },
  unregister: (accelerator: string) => void shortcuts.delete(accelerator),
  unregisterAll: () => shortcuts.clear(),
  isRegistered: (accelerator: string) => shortcuts.has(accelerator),
});
