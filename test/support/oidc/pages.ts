// The provider's pages, plain HTML that a real browser shows: sign-in, device code, done, something went wrong.
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function page(title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 4rem auto; max-width: 22rem; padding: 0 1rem; color: #1c2230; }
label { display: block; margin: 1rem 0; }
input { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: 0.5rem; }
button { font: inherit; padding: 0.5rem 1rem; }
[role=alert] { color: #a3162a; }
</style>
</head>
<body>
<h1>${title}</h1>
${body}
</body>
</html>`;
}

export function signInPage(options: {
  readonly action: string;
  readonly login: string;
  readonly failed: boolean;
}): string {
  const alert = options.failed ? '<p role="alert">User name or password is wrong.</p>' : '';
  return page(
    'Sign in',
    `${alert}
<form method="post" action="${escapeHtml(options.action)}">
<label>User name <input name="login" autocomplete="username" value="${escapeHtml(options.login)}" autofocus required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button type="submit">Sign in</button>
</form>`,
  );
}

/** `form` is the provider's own, with its protection against other sites. */
export function deviceCodePage(form: string, failed: boolean): string {
  const alert = failed ? '<p role="alert">That code is not known, or too old.</p>' : '';
  return page('Enter the code', `${alert}${form}<button type="submit" form="op.deviceInputForm">Continue</button>`);
}

export function deviceConfirmPage(form: string, code: string): string {
  return page(
    'Is this your device?',
    `<p>It shows <strong>${escapeHtml(code)}</strong>.</p>${form}
<button type="submit" form="op.deviceConfirmForm">Yes, continue</button>
<button type="submit" form="op.deviceConfirmForm" name="abort" value="yes">No</button>`,
  );
}

export function deviceDonePage(): string {
  return page('Signed in', '<p>You can close this page and go back to your device.</p>');
}

export function problemPage(error: string, description: string): string {
  return page('This did not work', `<p role="alert">${escapeHtml(error)}: ${escapeHtml(description)}</p>`);
}
