// `npm run screens`: takes the pictures of all screens and states, light and dark, into docs/screens, and the overview
// that the README shows. Needs Chromium and ImageMagick, as the desktop for tests does.
import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { prepareMachine } from './app/prepare-machine.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const FOLDER = path.join(ROOT, 'docs', 'screens');
const OVERVIEW = ['access', 'form-approval', 'approvals', 'history-small'];

prepareMachine();
rmSync(FOLDER, { recursive: true, force: true });
execFileSync(process.execPath, [path.join(ROOT, 'test', 'renderer', 'screens.ts'), '--out', FOLDER], {
  stdio: 'inherit',
});
const pictures = readdirSync(FOLDER).filter((file) => file.endsWith('.png'));
// Flat colours: a small palette loses nothing that an eye would miss, and three quarters of the bytes.
execFileSync('mogrify', ['-strip', '+dither', '-colors', '128', ...pictures], { cwd: FOLDER });
const shown = ['light', 'dark'].flatMap((theme) => OVERVIEW.map((name) => `${name}.${theme}.png`));
const montage = [
  '-tile',
  '4x2',
  '-geometry',
  '400x620+12+12',
  '-background',
  '#8893a5',
  '-strip',
  '+dither',
  '-colors',
  '160',
];
execFileSync('montage', [...shown, ...montage, 'overview.png'], { cwd: FOLDER });
