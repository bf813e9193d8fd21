// The clipboard as another program sees it.
import { type PrivateDesktop, runOnDesk } from '../private-desktop/start.ts';
import { until } from '../until.ts';

const XCLIP = ['xclip', '-selection', 'clipboard'] as const;

export class Clipboard {
  readonly #desktop: PrivateDesktop;

  constructor(desktop: PrivateDesktop) {
    this.#desktop = desktop;
  }

  /** What another program pastes as `format`; an empty text when there is nothing of it. */
  async read(format = 'UTF8_STRING'): Promise<string> {
    return runOnDesk(this.#desktop.env, [...XCLIP, '-o', '-t', format]).catch(() => '');
  }

  /** The formats that are offered now; none when the clipboard is empty. */
  async formats(): Promise<readonly string[]> {
    const targets = await runOnDesk(this.#desktop.env, [...XCLIP, '-o', '-t', 'TARGETS']).catch(() => '');
    return targets.split('\n').filter((name) => name !== '' && name !== 'TARGETS');
  }

  /** Another program copies `text`; resolves when the clipboard is its own. */
  async write(text: string): Promise<void> {
    // It stays behind to hand the text out and carries the desk's mark, so it ends with the desk.
    const { process: owner } = this.#desktop.processes.start('clipboard-owner', [...XCLIP, '-i', '-quiet'], {
      input: text,
    });
    await until('the clipboard to change hands', async () => ((await this.read()) === text ? true : undefined));
    owner.unref();
  }
}
