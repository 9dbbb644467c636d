// Logins in several steps, and verification codes.

import { HOME, P, U, form, page } from '../pages.mjs';

const CODE = '<label for="code">Verification code</label><input id="code" name="code" inputmode="numeric" autocomplete="one-time-code">';
const ALL = ['username', 'password', 'code'];
const FIELDS = { username: 'username', password: 'password', code: 'code' };
const right = (/** @type {any} */ fields, /** @type {any} */ values, /** @type {string[]} */ names) => names.every((name) => fields[name] === values[name]);

/** A login whose server asks one thing after the other. @param {string} user @param {string} pass @param {string} code */
const served = (user, pass, code) => ({
  body: user,
  /** @type {Record<string, any>} */
  routes: {
    'POST /user': ({ fields, values }) => (right(fields, values, ['username']) ? pass : user),
    'POST /pass': ({ fields, values }) => (right(fields, values, ['password']) ? code || { status: 303, headers: { location: '/home' } } : pass),
    'POST /code': ({ fields, values }) => (right(fields, values, ['code']) ? { status: 303, headers: { location: '/home' } } : code),
  },
});
const next = '<button>Next</button>';
const to = (/** @type {string} */ path) => `method="post" action="${path}"`;
/** Judged by the server's own answers. */
const stepwise = { accepts: () => false, fields: {}, factors: ALL };

/** Six boxes, as a script of a page keeps them. */
const SIX = `<div id="boxes" style="display:flex;gap:6px">${'<input class="digit" maxlength="1" inputmode="numeric" style="width:32px" aria-label="Digit">'.repeat(6)}</div>`;
const SIX_SCRIPT = `<script>const digits = [...document.querySelectorAll('.digit')]; const hear = (i) => (e) => { const b = digits[i]; b.value = b.value.slice(0, 1); if (b.value && digits[i + 1]) digits[i + 1].focus(); const all = digits.map((d) => d.value).join(''); if (all.length === 6) setTimeout(() => send('/code', { code: all }).then((r) => r.ok && home()), 100); }; digits.forEach((d, i) => d.addEventListener('input', hear(i)));</script>`;

export default [
  page('two-steps', 'positive', 'user name, then password, each a page', {
    ...served(`<h1>Sign in</h1>${form(`<label>E-mail or phone<input name="username" type="email"></label>${next}<p>No account? <a href="/signup">Create one</a></p>`, to('/user'))}`,
      `<h1>Enter password</h1><p>nora@example.com <a href="/login">Not you?</a></p>${form(`${P}<button>Sign in</button><a href="/forgot">Forgot password?</a>`, to('/pass'))}`, ''), ...stepwise, factors: ['username', 'password'],
  }),
  page('three-steps', 'positive', 'user name, password, code, each a page', {
    ...served(`<h1>Log in</h1>${form(U + next, to('/user'))}`, `<h1>Log in</h1>${form(P + next, to('/pass'))}`, `<h1>Two-step verification</h1><p>Enter the code from your authenticator app.</p>${form(`${CODE}<button>Verify</button>`, to('/code'))}`), ...stepwise,
  }),
  page('three-steps-six', 'positive', 'user name, password, and six boxes that send themselves', {
    ...served(`<h1>Log in</h1>${form(U + next, to('/user'))}`, `<h1>Log in</h1>${form(P + next, to('/pass'))}`, `<h1>Enter your verification code</h1>${SIX}${SIX_SCRIPT}`), ...stepwise,
    routes: { ...served(U, `<h1>Log in</h1>${form(P + next, to('/pass'))}`, `<h1>Enter your verification code</h1>${SIX}${SIX_SCRIPT}`).routes, 'POST /code': ({ fields, values }) => ({ status: fields.code === values.code ? 200 : 403, html: 'ok' }) },
  }),
  page('one-page-steps', 'positive', 'both steps in one page, the second slides in', {
    path: '/signin', fields: { username: 'username', password: 'password' },
    body: `<h1>Sign in</h1><div style="width:300px;overflow:hidden"><div id="slides" style="display:flex;width:600px;transition:transform .3s"><div style="width:300px"><label>Email<input id="u" type="email"></label><button id="n">Next</button></div><div style="width:300px"><label>Password<input id="p" type="password" name="passwd"></label><button id="s">Sign in</button></div></div></div><script>n.onclick = () => { if (u.value) slides.style.transform = 'translateX(-300px)'; }; s.onclick = () => send('/api', { username: u.value, password: p.value }).then((r) => r.ok && home());</script>`,
  }),
  page('step-replaces', 'positive', 'no form, each step replaces the one before', {
    body: `<div id="app"></div><script>const got = {}; const ask = (name, type, word) => { app.innerHTML = '<h1>Log in</h1><label>' + word + '<input type="' + type + '" id="b"></label><button>Continue</button>'; app.querySelector('button').onclick = () => { got[name] = b.value; step(); }; }; const step = () => { if (!got.username) ask('username', 'text', 'Username'); else if (!got.password) ask('password', 'password', 'Password'); else send('/api', got).then((r) => r.ok && home()); }; step();</script>`,
  }),
  page('user-stays', 'positive', 'the user name stays, fixed, above the password', {
    body: `<h1>Sign in</h1><form id="f"><label>Email<input id="u" type="email" name="email"></label><div id="more"></div><button id="go">Continue</button></form><script>f.onsubmit = (e) => { e.preventDefault(); if (!u.readOnly) { u.readOnly = true; more.innerHTML = '<label>Password<input id="p" type="password"></label>'; } else send('/api', { username: u.value, password: p.value }).then((r) => r.ok && home()); };</script>`,
  }),
  page('code-beside', 'positive', 'code beside user name and password', { fields: FIELDS, body: `<h1>Log in</h1>${form(`${U}${P}${CODE}<button>Log in</button>`)}` }),
  page('code-masked', 'positive', 'the code in a masked box', {
    ...served(`<h1>Log in</h1>${form(`${U}${P}<button>Log in</button>`, to('/both'))}`, '', `<h1>Security key</h1>${form('<label>Verification code<input type="password" name="code"></label><button>Continue</button>', to('/code'))}`), ...stepwise,
    routes: { 'POST /both': ({ fields, values }) => (right(fields, values, ['username', 'password']) ? `<h1>One more step</h1>${form('<label>Verification code<input type="password" name="code"></label><button>Continue</button>', to('/code'))}` : 'no'), 'POST /code': ({ fields, values }) => (right(fields, values, ['code']) ? HOME : 'no') },
  }),
  page('three-boxes', 'positive', 'user, password and a masked passcode side by side', {
    fields: { username: 'login', password: 'passwd', code: 'passwd1' }, body: `<h1>Please log on</h1>${form('<label>User name<input name="login"></label><label>Password<input type="password" name="passwd"></label><label>Token code<input type="password" name="passwd1"></label><input type="submit" value="Log On">')}`,
  }),
  page('code-sms-word', 'positive', 'an authenticator code under many words', {
    ...served('', '', ''), ...stepwise, body: `<h1>Log in</h1>${form(`${U}${P}<button>Log in</button>`, to('/both'))}`,
    routes: { 'POST /both': ({ fields, values }) => (right(fields, values, ['username', 'password']) ? `<h1>2-Step Verification</h1><p>Get a verification code from the Google Authenticator app.</p>${form('<input type="tel" name="totpPin" placeholder="Enter code"><label><input type="checkbox">Don’t ask again on this device</label><button type="button">Try another way</button><button>Next</button>', to('/code'))}` : 'no'), 'POST /code': ({ fields, values }) => (fields.totpPin === values.code ? HOME : 'no') },
  }),
  page('six-numbers', 'positive', 'six boxes of type number in a form with a button', {
    ...served('', '', ''), ...stepwise, body: `<h1>Log in</h1>${form(`${U}${P}<button>Log in</button>`, to('/both'))}`,
    routes: { 'POST /both': ({ fields, values }) => (right(fields, values, ['username', 'password']) ? `<h1>Security code</h1>${form(`<div style="display:flex">${[0, 1, 2, 3, 4, 5].map((n) => `<div><input type="number" name="otp-${n}" autocomplete="one-time-code" style="width:40px" placeholder=" "></div>`).join('')}</div><button>Verify</button>`, to('/code'))}` : 'no'), 'POST /code': ({ fields, values }) => ([0, 1, 2, 3, 4, 5].map((n) => fields[`otp-${n}`]).join('') === values.code ? HOME : 'no') },
  }),
  page('one-box-drawn', 'positive', 'one see-through box over six drawn squares', {
    ...served('', '', ''), ...stepwise, body: `<h1>Log in</h1>${form(`${U}${P}<button>Log in</button>`, to('/both'))}`,
    routes: { 'POST /both': ({ fields, values }) => (right(fields, values, ['username', 'password']) ? `<h1>Enter your 6-digit code</h1>${form('<div style="position:relative;width:240px;height:40px"><div style="display:flex;gap:4px;pointer-events:none">' + '<div style="width:36px;height:36px;border:1px solid"></div>'.repeat(6) + '</div><input name="code" maxlength="6" inputmode="numeric" autocomplete="one-time-code" style="position:absolute;inset:0;width:240px;color:transparent;background:transparent;border:0"></div><button>Continue</button>', to('/code'))}` : 'no'), 'POST /code': ({ fields, values }) => (right(fields, values, ['code']) ? HOME : 'no') },
  }),
  page('user-and-mail', 'positive', 'step for the user name, step for the e-mail address, step for the password', {
    body: `<div id="app"></div><script>const got = {}; const ask = (name, type, word) => { app.innerHTML = '<h1>Log in</h1><label>' + word + '<input type="' + type + '" id="b"></label><button>Next</button>'; app.querySelector('button').onclick = () => { got[name] = b.value; step(); }; }; const step = () => { if (!got.username) ask('username', 'text', 'Username'); else if (!got.mail) ask('mail', 'email', 'Email'); else if (!got.password) ask('password', 'password', 'Password'); else send('/api', got).then((r) => r.ok && home()); }; step();</script>`,
  }),
  page('slow-check', 'positive', 'a wait of some seconds after it was sent', {
    patient: true, body: `<h1>Log in</h1><form id="f">${U}${P}<button id="go">Log in</button></form><script>f.onsubmit = (e) => { e.preventDefault(); go.disabled = true; go.textContent = 'One moment'; setTimeout(() => send('/api', { username: username.value, password: password.value }).then((r) => r.ok && home()), 3000); };</script>`,
  }),
  page('already-in', 'positive', 'somebody is logged in already', { path: '/home', fields: {}, factors: ['username', 'password'], accepts: () => false }),
];
