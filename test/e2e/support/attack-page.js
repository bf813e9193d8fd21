// Runs in the page: everything that code which got into it would try. Gives what became of each, and the policies that
// the browser named when it refused.
/* oxlint-disable no-eval, typescript/no-implied-eval, typescript/no-floating-promises -- because all of this is what the window must refuse */
(async () => {
  const policies = new Set();
  document.addEventListener('securitypolicyviolation', (event) => policies.add(event.originalPolicy));
  const hit = globalThis;
  const attempts = {};
  const later = async () => await new Promise((resolve) => setTimeout(resolve, 100));
  /** `run` gives whether it succeeded; what throws was refused. */
  const attempt = async (what, run) => {
    delete hit.hit;
    try {
      const done = (await run()) === true;
      await later();
      attempts[what] = done || hit.hit === true ? 'SUCCEEDED' : 'refused';
    } catch {
      attempts[what] = 'refused';
    }
  };
  const element = (name, set) => {
    const made = document.createElement(name);
    set(made);
    document.body.append(made);
    return made;
  };
  const loads = async (made) =>
    await new Promise((resolve) => {
      made.addEventListener('load', () => resolve(true));
      made.addEventListener('error', () => resolve(false));
      setTimeout(resolve, 1500, false);
    });
  const away = 'https://example.invalid/';
  await attempt('inline script', () => void element('script', (made) => (made.textContent = 'globalThis.hit = true')));
  await attempt(
    'inline script as a text node',
    () => void element('script', (made) => made.append('globalThis.hit = true')),
  );
  await attempt('event attribute', () => {
    const made = element('div', (div) => div.setAttribute('onclick', 'globalThis.hit = true'));
    made.click();
  });
  await attempt(
    'markup',
    () => void element('div', (made) => (made.innerHTML = '<img src=x onerror="globalThis.hit = true">')),
  );
  await attempt('inline style', () => {
    const made = element('style', (style) => style.append('body { outline-width: 7px; outline-style: solid }'));
    const width = getComputedStyle(document.body).outlineWidth;
    made.remove();
    return width === '7px';
  });
  await attempt('style attribute', () => {
    const made = element('div', (div) => div.setAttribute('style', 'outline: 7px solid'));
    return getComputedStyle(made).outlineWidth === '7px';
  });
  await attempt('eval', () => (0, eval)('globalThis.hit = true'));
  await attempt('new Function', () => new Function('globalThis.hit = true')());
  await attempt('a timer of text', () => void setTimeout('globalThis.hit = true', 0));
  await attempt('javascript: address', () =>
    element('a', (made) => made.setAttribute('href', 'javascript:globalThis.hit=true')).click(),
  );
  await attempt('remote fetch', async () => (await fetch(away)).ok || true);
  await attempt('own fetch', async () => (await fetch(location.href)).ok);
  await attempt('web socket', async () => {
    const socket = new WebSocket('wss://example.invalid/');
    return await new Promise((resolve) => {
      socket.addEventListener('open', () => resolve(true));
      socket.addEventListener('error', () => resolve(false));
    });
  });
  await attempt('beacon', () => {
    // It says only that it was queued; the policy refuses it after that.
    const before = policies.size;
    navigator.sendBeacon(away, 'x');
    return policies.size === before && policies.size === 0;
  });
  await attempt('remote picture', () => loads(element('img', (made) => made.setAttribute('src', `${away}a.png`))));
  await attempt('data: picture', () =>
    loads(
      element('img', (made) =>
        made.setAttribute('src', 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=='),
      ),
    ),
  );
  await attempt('remote style sheet', () =>
    loads(
      element('link', (made) => {
        made.setAttribute('rel', 'stylesheet');
        made.setAttribute('href', `${away}a.css`);
      }),
    ),
  );
  await attempt('frame', () => {
    const frame = element('iframe', (made) => made.setAttribute('src', location.href));
    let inside = '';
    try {
      inside = frame.contentDocument?.body.textContent ?? '';
    } catch {
      // Another origin: its error page.
    }
    frame.remove();
    return inside !== '';
  });
  await attempt('object', () => {
    const made = element('object', (object) => object.setAttribute('data', `${away}a.html`));
    return loads(made);
  });
  await attempt('worker', async () => {
    const made = new Worker(URL.createObjectURL(new Blob(['postMessage(1)'])));
    return await new Promise((resolve) => {
      made.addEventListener('message', () => resolve(true));
      made.addEventListener('error', () => resolve(false));
    });
  });
  await attempt('new window', async () => {
    const opened = window.open(away);
    // It is closed as soon as the app hears of it, which on a busy machine takes its time.
    const isOpen = () => opened !== null && !opened.closed;
    for (let looks = 0; looks < 50 && isOpen(); looks += 1) await later();
    return isOpen();
  });
  await attempt('new window of ours', () => window.open(location.href) !== null);
  await attempt('form', () => {
    const form = element('form', (made) => made.setAttribute('action', away));
    form.submit();
  });
  await attempt('base', () => {
    element('base', (made) => made.setAttribute('href', away));
    return document.baseURI.startsWith(away);
  });
  await attempt('clipboard', async () => (await navigator.clipboard.readText()) !== '');
  await attempt('notification permission', async () => (await Notification.requestPermission()) === 'granted');
  await attempt('navigation', () => {
    location.href = away;
  });
  return { attempts, policies: [...policies] };
})();
