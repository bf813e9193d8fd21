// Collects what main pushes, for specs to look at.
window.pushed = { states: 0, last: null, routes: [] };
window.daypass.onState((state) => {
  window.pushed.states += 1;
  window.pushed.last = state;
});
window.daypass.onRoute((route) => window.pushed.routes.push(route));
window.daypass.send('get-route', null).then((route) => window.pushed.routes.push(route.value));
document.title = 'Shell page ready';
