// Login pages as they have always been, each with one trait that others stumble over.

import { B, P, U, form, page } from '../pages.mjs';

export default [
  page('simple', 'positive', 'labels, names and types as they should be', { body: `<h1>Log in</h1>${form(U + P + B)}` }),
  page('tokens', 'positive', 'autocomplete says it, webauthn after it', {
    path: '/', title: 'Example', fields: { username: 'f1', password: 'f2' },
    body: form('<input name="f1" autocomplete="section-a username webauthn" aria-label="Your account"><input name="f2" type="password" autocomplete="current-password webauthn" aria-label="Secret"><button>Continue</button>'),
  }),
  page('autocomplete-off', 'positive', 'autocomplete is off', {
    body: `<h2>Sign in</h2>${form('<label>E-mail<input type="email" name="email" autocomplete="off"></label><label>Password<input type="password" name="pw" autocomplete="off"></label><input type="submit" value="Sign in">', 'method="post" action="/in" autocomplete="off"')}`,
    fields: { username: 'email', password: 'pw' },
  }),
  page('placeholders', 'positive', 'placeholders are the only words', {
    fields: { username: 'a', password: 'b' }, title: 'Acme',
    body: form('<input name="a" placeholder="E-mail or phone"><input name="b" type="password" placeholder="Password"><button class="btn btn-primary">Go</button>'),
  }),
  page('aria', 'positive', 'only aria names the boxes', {
    fields: { username: 'x1', password: 'x2' },
    body: `<span id="one">User ID</span><span id="two">Pass phrase</span>${form('<input name="x1" aria-labelledby="one"><input name="x2" type="password" aria-labelledby="two"><button aria-label="Sign on">→</button>')}`,
  }),
  page('table', 'positive', 'a table of words and boxes', {
    fields: { username: 'txtUid', password: 'txtPwd' },
    body: form('<table><tr><td>Member number:</td><td><input name="txtUid"></td></tr><tr><td>Password:</td><td><input name="txtPwd" type="password"></td></tr><tr><td></td><td><input type="image" alt="Log on" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" width="60" height="20"></td></tr></table>'),
  }),
  page('bare', 'positive', 'no form at all', {
    body: `<div class="card"><div>${U}</div><div>${P}</div><div><button id="go">Login</button></div></div><script>go.onclick = () => send('/api', { username: username.value, password: password.value }).then((r) => r.ok && home());</script>`,
  }),
  page('letters', 'positive', 'boxes called u and p, and no word', {
    fields: { username: 'u', password: 'p' },
    body: '<div><div><input name="u" id="u"></div><div><input name="p" id="p" type="text"></div><div><button id="go">Go</button></div></div><script>go.onclick = () => send("/api", { u: u.value, p: p.value }).then((r) => r.ok && home());</script>',
  }),
  page('anchor-button', 'positive', 'a link is the button', {
    body: `<h1>Member login</h1>${form(`${U}${P}<a href="#" class="btn btn-login" onclick="this.closest('form').submit(); return false">Log in</a>`)}`,
  }),
  page('div-button', 'positive', 'a div is the button', {
    body: `<h1>Log in</h1>${form(`${U}${P}<div class="button" tabindex="0" onclick="this.closest('form').submit()">Log in</div>`)}`,
  }),
  page('no-button', 'positive', 'nothing to press but Enter', {
    body: `<h1>Log in</h1>${form(U + P)}`,
  }),
  page('enter-only', 'positive', 'no form, and the page listens to Enter', {
    body: `<h1>Log in</h1><div>${U}${P}</div><script>password.addEventListener('keydown', (e) => { if (e.key === 'Enter') send('/api', { username: username.value, password: password.value }).then((r) => r.ok && home()); });</script>`,
  }),
  page('button-outside', 'positive', 'the button stands outside its form', {
    body: `<h1>Log in</h1>${form(U + P, 'id="f" method="post" action="/session"')}<div><button type="submit" form="f">Log in</button></div>`,
  }),
  page('many-buttons', 'positive', 'forgot, show, single sign-on and sign up stand nearer than the button', {
    body: `<h1>Log in</h1>${form(`<button type="button" onclick="location='/sso'">Continue with Google</button><button type="button" onclick="location='/sso'">Sign in with Apple</button>${U}<a class="btn" href="/forgot">Forgot password?</a><div>${P}<button type="button" onclick="password.type = password.type === 'text' ? 'password' : 'text'">Show</button></div><button type="button" onclick="location='/register'">Create account</button><button type="reset">Clear</button><button type="submit">Continue</button><button type="button" onclick="location='/sso'">Log in with SSO</button>`)}`,
    routes: { '/sso': 'elsewhere', '/forgot': 'elsewhere', '/register': 'elsewhere' },
  }),
  page('disabled-button', 'positive', 'the button wakes after what was typed', {
    body: `<h1>Log in</h1>${form(`${U}${P}<button id="go" disabled>Log in</button>`)}<script>addEventListener('input', () => setTimeout(() => { go.disabled = !(username.value && password.value); }, 300));</script>`,
  }),
  page('keyup-button', 'positive', 'the button wakes at a key', {
    body: `<h1>Log in</h1>${form(`${U}${P}<button id="go" disabled>Log in</button>`)}<script>for (const box of [username, password]) box.addEventListener('keyup', () => { go.disabled = !(username.value && password.value); });</script>`,
  }),
  page('honeypots', 'positive', 'boxes for robots, hidden in eight ways', {
    body: `<h1>Log in</h1><style>.clip { position: absolute; clip: rect(0 0 0 0); } .cp { clip-path: inset(100%); position: absolute }</style>${form(`
      <div style="display:none"><input name="email" type="email"><input name="pass" type="password"></div>
      <div style="position:absolute;left:-9999px"><label>Username<input name="user2"></label><input type="password" name="p2"></div>
      <div style="height:0;overflow:hidden"><input name="login" placeholder="Login"><input name="p3" type="password"></div>
      <div style="opacity:0;position:absolute;pointer-events:none"><input name="account" placeholder="Account"><input name="p4" type="password"></div>
      <div aria-hidden="true"><input name="userid" tabindex="-1" style="width:1px;height:1px;border:0"><input name="p5" type="password" style="width:1px;height:1px;padding:0;border:0"></div>
      <div class="clip"><input name="user6" type="text" autocomplete="username"></div><div class="cp"><input name="p7" type="password"></div>
      <div style="visibility:hidden"><input name="username3" type="text"></div>${U}${P}${B}`)}`,
    accepts: ({ fields, values }) => fields.username === values.username && fields.password === values.password && ['email', 'pass', 'user2', 'p2', 'login', 'p3', 'account', 'p4', 'userid', 'p5', 'user6', 'p7', 'username3'].every((name) => !fields[name]),
  }),
  page('readonly', 'positive', 'an organisation that cannot be changed stands first', {
    body: form(`<label>Organisation<input name="org" value="Acme" readonly></label>${U}${P}${B}`),
    accepts: ({ fields, values }) => fields.org === 'Acme' && fields.username === values.username && fields.password === values.password,
  }),
  page('prefilled', 'positive', 'somebody else is remembered', {
    body: form(`<label for="username">Username</label><input id="username" name="username" value="somebody.else"><input type="checkbox" name="remember" id="r" checked><label for="r">Remember me</label>${P}${B}`),
  }),
  page('search-above', 'positive', 'search above, newsletter below', {
    body: `<header><form role="search" action="/search"><input type="search" name="q" placeholder="Search"><button>Search</button></form></header><main><h1>Sign in</h1>${form(U + P + B)}</main><footer><form action="/news" method="post"><label>E-mail<input name="mail" type="email"></label><button>Subscribe</button></form></footer>`,
    routes: { 'POST /news': 'thank you', '/search': 'nothing' },
  }),
  page('beside-signup', 'positive', 'a sign-up form stands beside it, and first', {
    path: '/account', title: 'My account', fields: { username: 'username', password: 'password' },
    body: `<div style="display:flex;gap:4em"><div><h2>Register</h2><form method="post" action="/register"><label>E-mail<input type="email" name="reg_email"></label><label>Password<input type="password" name="reg_password" autocomplete="new-password"></label><button>Register</button></form></div><div><h2>Login</h2>${form(`${U}${P}<label><input type="checkbox" name="rememberme">Remember me</label>${B}<a href="/lost">Lost your password?</a>`)}</div></div>`,
    routes: { 'POST /register': 'registered' },
  }),
  page('tabs', 'positive', 'tabs of log in and sign up in one form, the other hidden', {
    body: `<div role="tablist"><button role="tab" type="button">Log in</button><button role="tab" type="button" onclick="location='/register'">Sign up</button></div>${form(`${U}${P}<div hidden><label>Repeat password<input type="password" name="again"></label></div>${B}`)}`,
    routes: { '/register': 'sign up here' },
  }),
  page('whole-page-form', 'positive', 'one form around the whole page, with its search box', {
    path: '/Account/Login.aspx', fields: { username: 'ctl00$Main$txtUser', password: 'ctl00$Main$txtPass' },
    body: `<form method="post" action="/Account/Login.aspx" id="aspnetForm"><input type="hidden" name="__VIEWSTATE" value="x"><header><input name="ctl00$txtSearch" placeholder="Search the site"><input type="submit" name="ctl00$btnSearch" value="Search"></header><nav><a href="/a">A</a></nav><main><h2>Please log in</h2><div><span>User name:</span> <input name="ctl00$Main$txtUser"></div><div><span>Password:</span> <input type="password" name="ctl00$Main$txtPass"></div><div><input type="submit" name="ctl00$Main$btnLogin" value="Log In"></div></main><footer><input name="ctl00$txtNews" placeholder="E-mail for our newsletter"><input type="submit" name="ctl00$btnNews" value="Subscribe"></footer></form>`,
    accepts: ({ fields, values }) => fields['ctl00$Main$txtUser'] === values.username && fields['ctl00$Main$txtPass'] === values.password && 'ctl00$Main$btnLogin' in fields && !fields['ctl00$txtSearch'],
  }),
  page('extra-box', 'positive', 'a domain that stays empty stands between', {
    body: form(`<label>Domain (optional)<input name="domain"></label>${U}${P}${B}`),
    accepts: ({ fields, values }) => !fields.domain && fields.username === values.username && fields.password === values.password,
  }),
  page('dialog', 'positive', 'a modal dialogue in the top layer', {
    path: '/', title: 'Shop', body: `<h1>Shop</h1><dialog id="d"><h2>Log in</h2>${form(U + P + B)}</dialog><script>d.showModal();</script>`,
  }),
  page('popover', 'positive', 'a popover', {
    path: '/', title: 'Shop', body: `<h1>Shop</h1><div popover="manual" id="d"><h2>Log in</h2>${form(U + P + B)}</div><script>d.showPopover();</script>`,
  }),
  page('below', 'positive', 'far below the fold', { body: `<h1>Welcome</h1><div style="height:3000px">…</div>${form(U + P + B)}` }),
  page('floating-label', 'positive', 'labels float over the boxes, with a background', {
    body: `<style>.f { position: relative; margin: 12px 0 } .f input { height: 40px; width: 260px } .f label { position: absolute; left: 8px; top: 10px; background: #fff; padding: 0 4px }</style><h1>Log in</h1>${form(`<div class="f"><input id="username" name="username" required><label for="username">Username</label></div><div class="f"><input id="password" name="password" type="password" required><label for="password">Password</label></div>${B}`)}`,
  }),
  page('cookie-notice', 'positive', 'a notice about cookies lies over the form', {
    body: `<h1>Log in</h1>${form(U + P + B)}<div id="cookie-consent" style="position:fixed;inset:0 0 55% 0;background:#fff;z-index:9"><p>We use cookies.</p><button type="button">Accept all</button></div>`,
  }),
  page('pin', 'positive', 'a card number and a PIN', {
    fields: { username: 'card', password: 'pin' }, body: `<h1>Library account</h1>${form('<label>Library card number<input name="card"></label><label>PIN<input name="pin" type="password" inputmode="numeric"></label><button>Log in</button>')}`,
  }),
  page('formaction', 'positive', 'the button names the address', {
    body: `<h1>Log in</h1>${form(`${U}${P}<button formaction="/session" formmethod="post">Log in</button>`, 'action="/elsewhere"')}`,
  }),
  page('recipe', 'positive', 'only a recipe can know', {
    path: '/start', title: 'Kiosk', fields: { username: 'k1', password: 'k3' },
    recipe: { version: 1, steps: [{ url: '/start', username: '#k1', password: 'x-secret >>> input', submit: '#ok', wait_ms: 0 }] },
    body: `<div><input id="k0" name="k0"><input id="k1" name="k1"><input id="k2" name="k2"></div><x-secret></x-secret><div><i id="ok" style="display:inline-block;padding:8px">»</i></div><script>customElements.define('x-secret', class extends HTMLElement { connectedCallback() { this.attachShadow({ mode: 'open' }).innerHTML = '<input type="password">'; } }); ok.onclick = () => send('/api', { k1: k1.value, k3: document.querySelector('x-secret').shadowRoot.querySelector('input').value, k0: k0.value, k2: k2.value }).then((r) => r.ok && home());</script>`,
    accepts: ({ fields, values }) => fields.k1 === values.username && fields.k3 === values.password && !fields.k0 && !fields.k2,
  }),
  page('recipe-partial', 'positive', 'a recipe for another page is left alone', {
    recipe: { version: 1, steps: [{ url: '/elsewhere', username: '#no', password: '#no', submit: '#no' }] }, body: form(U + P + B),
  }),
];
