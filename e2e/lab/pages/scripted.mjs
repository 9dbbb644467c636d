// Pages that scripts draw and listen to: as React, Vue, Angular and hydration do, imitated in a few lines each; shadow roots
// and frames.

import { B, P, U, form, page } from '../pages.mjs';

/** React's controlled inputs: the value is hidden behind a property of the instance, and what is not heard is put back. */
const TRACKED = `<script>
function controlled(box, state, name) {
  const own = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value');
  let tracked = '';
  Object.defineProperty(box, 'value', { configurable: true, get() { return own.get.call(this); }, set(v) { tracked = String(v); own.set.call(this, v); } });
  box.addEventListener('input', () => { const now = own.get.call(box); if (now !== tracked) { tracked = now; state[name] = now; } setTimeout(() => { if (own.get.call(box) !== (state[name] ?? '')) own.set.call(box, state[name] ?? ''); }); });
  box.addEventListener('blur', () => { own.set.call(box, state[name] ?? ''); });
}
</script>`;

const SHADOW = (/** @type {string} */ mode) => `<login-card></login-card><script>
customElements.define('login-card', class extends HTMLElement { connectedCallback() {
  const root = this.attachShadow({ mode: '${mode}' });
  root.innerHTML = '<h2>Log in</h2><label>Username <input id="u"></label><label>Password <input id="p" type="password"></label><button id="go">Log in</button>';
  root.getElementById('go').onclick = () => send('/api', { username: root.getElementById('u').value, password: root.getElementById('p').value }).then((r) => r.ok && home());
} });</script>`;

export default [
  page('react', 'positive', 'controlled inputs that put back what they did not hear', {
    head: TRACKED, body: `<h1>Log in</h1><form id="f">${U}${P}<button>Log in</button></form><script>const state = {}; controlled(username, state, 'username'); controlled(password, state, 'password'); f.onsubmit = (e) => { e.preventDefault(); send('/api', state).then((r) => r.ok && home()); };</script>`,
  }),
  page('vue', 'positive', 'a model that hears input, lazily the other', {
    body: `<h1>Log in</h1><form id="f">${U}${P}<button>Log in</button></form><script>const model = {}; username.addEventListener('input', (e) => { if (!e.target.composing) model.username = e.target.value; }); password.addEventListener('change', (e) => { model.password = e.target.value; }); f.addEventListener('submit', (e) => { e.preventDefault(); e.stopPropagation(); send('/api', model).then((r) => r.ok && home()); });</script>`,
  }),
  page('angular', 'positive', 'values are taken when a box is left', {
    body: `<h1>Log in</h1><form id="f" novalidate>${U}${P}<button id="go" type="submit" disabled>Log in</button></form><script>const model = {}; for (const b of [username, password]) { b.addEventListener('input', () => { b.className = 'ng-dirty'; model[b.name] = b.value; go.disabled = !(model.username && model.password); }); b.addEventListener('blur', () => { b.className += ' ng-touched'; }); } f.addEventListener('submit', (e) => { e.preventDefault(); if (username.className.includes('ng-touched')) send('/api', model).then((r) => r.ok && home()); });</script>`,
  }),
  page('rerender', 'positive', 'each key draws all boxes anew', {
    body: `<div id="app"></div><script>const state = { username: '', password: '' }; function draw(focus) { app.innerHTML = '<h1>Log in</h1><form>' + ['username', 'password'].map((n) => '<label>' + n + '<input name="' + n + '" type="' + (n === 'password' ? n : 'text') + '"></label>').join('') + '<button>Log in</button></form>'; const f = app.querySelector('form'); for (const b of f.querySelectorAll('input')) { b.value = state[b.name]; b.oninput = () => { const old = state[b.name]; state[b.name] = b.value; if (b.name === 'password' && !old) setTimeout(() => draw(b.name), 5); }; if (b.name === focus) b.focus(); } f.onsubmit = (e) => { e.preventDefault(); send('/api', state).then((r) => r.ok && home()); }; } draw();</script>`,
  }),
  page('hydration', 'positive', 'the nodes are replaced, and the form is only then listened to', {
    body: `<h1>Log in</h1><div id="app"><form id="f">${U}${P}<button>Log in</button></form></div><script>setTimeout(() => { app.innerHTML = app.innerHTML; f.addEventListener('submit', (e) => { e.preventDefault(); send('/api', { username: username.value, password: password.value }).then((r) => r.ok && home()); }); }, 700);</script>`,
  }),
  page('hydration-late', 'positive', 'the script comes after the form would be sent: no password in the address', {
    patient: true,
    body: `<h1>Log in</h1><form id="f">${U}${P}<button>Log in</button></form><script>setTimeout(() => { f.addEventListener('submit', (e) => { e.preventDefault(); send('/api', { username: username.value, password: password.value }).then((r) => r.ok && home()); }); f.dataset.ready = '1'; f.className = 'ready'; }, 4000);</script>`,
  }),
  page('late', 'positive', 'the form comes after 20 seconds', {
    patient: true, body: `<h1>One moment</h1><div id="app">Loading…</div><script>setTimeout(() => { app.innerHTML = ${JSON.stringify(form(U + P + B))}; }, 20000);</script>`,
  }),
  page('spinner', 'positive', 'a page that never rests', {
    body: `<h1>Log in</h1><p id="t"></p>${form(U + P + B)}<script>setInterval(() => { t.textContent = Math.random(); }, 60);</script>`,
  }),
  page('fade', 'positive', 'the form fades in', {
    body: `<style>@keyframes in { from { opacity: 0 } to { opacity: 1 } } form { animation: in 1.2s }</style><h1>Log in</h1>${form(U + P + B)}`,
  }),
  page('click-handler', 'positive', 'the form is sent by a click that scripts hear, with a token', {
    body: `<h1>Log in</h1>${form(`${U}${P}<input type="hidden" name="token" id="token"><button type="button" id="go">Sign in</button>`)}<script>go.addEventListener('click', () => { token.value = 'made'; document.forms[0].submit(); });</script>`,
    accepts: ({ fields, values }) => fields.token === 'made' && fields.username === values.username && fields.password === values.password,
  }),
  page('validate-on-blur', 'positive', 'the user name is asked for at the server when it is left', {
    body: `<h1>Log in</h1>${form(`${U}<span id="ok"></span>${P}<button id="go" disabled>Log in</button>`)}<script>username.addEventListener('blur', () => setTimeout(() => { ok.textContent = '✓'; go.disabled = false; }, 200));</script>`,
  }),
  page('shadow-open', 'positive', 'an open shadow root', { body: SHADOW('open') }),
  page('shadow-closed', 'positive', 'a closed shadow root', { body: SHADOW('closed') }),
  page('shadow-boxes', 'positive', 'each box and the button in a root of its own, in three depths', {
    body: `<login-page></login-page><script>
const boxes = {};
customElements.define('x-box', class extends HTMLElement { connectedCallback() { const root = this.attachShadow({ mode: 'closed' }); root.innerHTML = '<div><slot name="label"></slot><input type="' + (this.getAttribute('kind')) + '"></div>'; boxes[this.id] = root.querySelector('input'); } });
customElements.define('x-button', class extends HTMLElement { connectedCallback() { this.attachShadow({ mode: 'open' }).innerHTML = '<button type="button"><slot></slot></button>'; } });
customElements.define('login-page', class extends HTMLElement { connectedCallback() { const root = this.attachShadow({ mode: 'open' }); root.innerHTML = '<section><h2>Sign in</h2><x-box id="user" label="User name" kind="text"></x-box><x-box id="pass" label="Password" kind="password"></x-box><x-button id="go">Sign in</x-button></section>'; root.getElementById('go').onclick = () => send('/api', { username: boxes.user.value, password: boxes.pass.value }).then((r) => r.ok && home()); } });</script>`,
  }),
  page('frame', 'positive', 'a frame of the same site', {
    path: '/', title: 'Portal', body: '<h1>Portal</h1><iframe src="/frame/login" width="400" height="300"></iframe>',
    routes: { '/frame/login': `<h2>Log in</h2>${form(U + P + B)}` },
  }),
  page('frame-other', 'positive', 'a frame of another listed origin', {
    path: '/', title: 'Portal', origins: ['https://frame-other.lab.test', 'https://frame-other-id.lab.test'],
    body: '<h1>Portal</h1><iframe src="https://frame-other-id.lab.test/login" width="400" height="300"></iframe>',
    hosts: { 'frame-other-id': { '/login': `<h2>Log in</h2>${form(U + P + B)}` } },
  }),
  page('frames-nested', 'positive', 'a frame in a frame, after a while', {
    path: '/', title: 'Portal', body: '<h1>Portal</h1><div id="app"></div><script>setTimeout(() => { app.innerHTML = \'<iframe src="/outer" width="500" height="400"></iframe>\'; }, 500);</script>',
    routes: { '/outer': '<p>Our partner</p><iframe src="/inner/login" width="400" height="300"></iframe>', '/inner/login': `<h2>Log in</h2>${form(U + P + B)}` },
  }),
  page('frame-srcdoc', 'positive', 'a frame without an address of its own', {
    path: '/', title: 'Portal', body: `<h1>Portal</h1><iframe width="400" height="300" srcdoc="<base target=_top>${form(U + P + B).replaceAll('"', '&quot;').replaceAll('<form', '<h2>Log in</h2><form')}"></iframe>`,
  }),
  page('redirect', 'positive', 'the login page is two redirects away, on another listed origin', {
    path: '/go', origins: ['https://redirect.lab.test', 'https://redirect-id.lab.test'],
    routes: { '/go': () => ({ status: 302, headers: { location: 'https://redirect-id.lab.test/authorize' } }) },
    hosts: { 'redirect-id': { '/authorize': () => ({ status: 302, headers: { location: '/login' } }), '/login': `<h1>Log in</h1>${form(U + P + B)}` } },
  }),
  page('action-listed', 'positive', 'the form goes to another listed origin', {
    origins: ['https://action-listed.lab.test', 'https://action-listed-id.lab.test'],
    body: form(U + P + B, 'method="post" action="https://action-listed-id.lab.test/session"'), hosts: { 'action-listed-id': {} },
  }),
  page('basic-fetch', 'positive', 'the form would go into the address, were it not for its script', {
    body: `<h1>Log in</h1><form id="f" action="/login">${U}${P}<button>Log in</button></form><script>addEventListener('submit', (e) => { e.preventDefault(); send('/api', Object.fromEntries(new FormData(f))).then((r) => r.ok && home()); });</script>`,
  }),
];
