// What Electronegativity finds in the app and docs/security.md answers, and the comparison of the two. Each answer names
// one finding by its check, file and line of code, so that a second place of the same kind is a new finding.
import type { Finding } from './scan.ts';

export type Answer = Pick<Finding, 'check' | 'file' | 'code'> & {
  /** The heading under "Answers to Electronegativity" in docs/security.md. */
  readonly heading: string;
};

export const ANSWERS: readonly Answer[] = [
  { check: 'CSP_GLOBAL_CHECK', file: 'N/A', code: '', heading: 'No content security policy was detected' },
  { check: 'ELECTRON_VERSION_JSON_CHECK', file: 'package.json', code: '{', heading: 'The version of Electron' },
  {
    check: 'PROTOCOL_HANDLER_JS_CHECK',
    file: 'electron/shell/links.ts',
    code: 'if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME);',
    heading: 'The app opens daypass links',
  },
  {
    check: 'AUXCLICK_JS_CHECK',
    file: 'electron/shell/window.ts',
    code: 'const window = new BrowserWindow({',
    heading: 'A middle click could open a window',
  },
  {
    check: 'OPEN_EXTERNAL_JS_CHECK',
    file: 'electron/shell/browser.ts',
    code: 'await shell.openExternal(new URL(url).href);',
    heading: 'The sign-in opens the system browser',
  },
  {
    check: 'PRELOAD_JS_CHECK',
    file: 'electron/shell/window.ts',
    code: 'preload: preloadFile,',
    heading: 'The window has a preload script',
  },
];

export type Comparison = {
  readonly unanswered: readonly Finding[];
  /** Answers to what is not found any more. */
  readonly outdated: readonly Answer[];
  /** Headings that docs/security.md does not have. */
  readonly missing: readonly string[];
};

/** Takes the findings, the answers and the text of docs/security.md. */
export function compare(findings: readonly Finding[], answers: readonly Answer[], securityPage: string): Comparison {
  const answered = (finding: Finding): boolean => answers.some((answer) => isOf(answer, finding));
  const headings = headingsUnder(securityPage, 'Answers to Electronegativity');
  return {
    unanswered: findings.filter((finding) => !answered(finding)),
    outdated: answers.filter((answer) => !findings.some((finding) => isOf(answer, finding))),
    missing: answers.map(({ heading }) => heading).filter((heading) => !headings.has(heading)),
  };
}

function isOf(answer: Answer, { check, file, code }: Finding): boolean {
  return answer.check === check && answer.file === file && answer.code === code;
}

function headingsUnder(page: string, title: string): ReadonlySet<string> {
  const section = page.split(/^## /m).find((each) => each.startsWith(`${title}\n`)) ?? '';
  return new Set([...section.matchAll(/^### (.+)$/gm)].map(([, heading = '']) => heading));
}
