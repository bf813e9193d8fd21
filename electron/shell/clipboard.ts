// The only file that touches the system's clipboard. One atomic write with all marks that keep a token out of
// clipboard histories, managers and clouds. Keeps no copy of what it wrote.
import { clipboard, ClipboardItem } from 'electron';
import type { ClipboardPort } from '../agent/ports.ts';

/** A format of the system's own clipboard, under its own name. */
function osFormat(name: string): string {
  return `electron application/osclipboard;format="${name}"`;
}

/** What each platform reads as: do not keep, do not show, do not send elsewhere. */
function concealingFormats(platform: NodeJS.Platform): Readonly<Record<string, Blob>> {
  const text = (value: string): Blob => new Blob([value]);
  const zero = (): Blob => new Blob([new Uint8Array(4)]);
  switch (platform) {
    case 'darwin':
      return {
        [osFormat('org.nspasteboard.ConcealedType')]: text('1'),
        [osFormat('org.nspasteboard.TransientType')]: text('1'),
      };
    case 'win32':
      return {
        [osFormat('ExcludeClipboardContentFromMonitorProcessing')]: zero(),
        [osFormat('CanIncludeInClipboardHistory')]: zero(),
        [osFormat('CanUploadToCloudClipboard')]: zero(),
      };
    default:
      return { [osFormat('x-kde-passwordManagerHint')]: text('secret') };
  }
}

/** Windows gives lines back with its own ends. */
async function readBack(): Promise<string> {
  const text = await clipboard.readText();
  return process.platform === 'win32' ? text.replaceAll('\r\n', '\n') : text;
}

/** `focus` brings a window of ours to the front: some systems refuse a clipboard change from the background. */
export function createClipboard(focus: () => void): ClipboardPort {
  const put = async (text: string, concealed: boolean): Promise<boolean> => {
    await clipboard.write([
      new ClipboardItem({ 'text/plain': text, ...(concealed ? concealingFormats(process.platform) : {}) }),
    ]);
    return (await readBack()) === text;
  };
  return {
    write: async (text, { concealed }) => {
      if (await put(text, concealed)) return;
      focus();
      if (!(await put(text, concealed))) throw new Error('the system refused the clipboard');
    },
    read: async () => {
      if (!(await clipboard.has('text/plain'))) return null;
      return await readBack();
    },
    clear: async () => {
      clipboard.clear();
      // Nothing to wait for; the reader after us checks.
    },
  };
}
