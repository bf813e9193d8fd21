// A clipboard that holds text, or fails when it is told to.
import type { ClipboardPort } from '#electron/agent/ports.ts';

export type HandClipboard = ClipboardPort & {
  text: string | null;
  concealed: boolean;
  failing: 'nothing' | 'write' | 'read' | 'clear';
};

export function createHandClipboard(): HandClipboard {
  const clipboard: HandClipboard = {
    text: null,
    concealed: false,
    failing: 'nothing',
    write: async (text, { concealed }) => {
      if (clipboard.failing === 'write') throw new Error(`could not write ${text}`);
      clipboard.text = text;
      clipboard.concealed = concealed;
    },
    read: async () => {
      if (clipboard.failing === 'read') throw new Error('could not read');
      return clipboard.text;
    },
    clear: async () => {
      if (clipboard.failing === 'clear') throw new Error('could not clear');
      clipboard.text = null;
    },
  };
  return clipboard;
}
