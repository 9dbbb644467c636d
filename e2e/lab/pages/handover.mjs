// Logins that only a person can go on with, or that the site refuses: each stops with the outcome that says so.

import { B, P, U, form, page } from '../pages.mjs';

const ASK = `<h1>Log in</h1>${form(U + P + B)}`;
/** The same login, and what comes after it. @param {string} html */
const then = (html) => ({ body: ASK, accepts: () => false, factors: ['username', 'password', 'code'], fields: {}, routes: { 'POST /session': html } });
const refused = (/** @type {string} */ html) => ({ ...then(html), factors: ['username', 'password'] });

export default [
  page('captcha-frame', 'handover', 'a CAPTCHA in a frame', { outcome: 'captcha', body: `<h1>Log in</h1>${form(`${U}${P}<iframe src="https://www.hcaptcha.com/captcha/v1" title="hCaptcha" width="300" height="75"></iframe><textarea name="h-captcha-response" hidden></textarea>${B}`)}` }),
  page('captcha-image', 'handover', 'letters in a picture', { outcome: 'captcha', body: `<h1>Log in</h1>${form(`${U}${P}<img alt="captcha" id="captcha_img" width="120" height="40" src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>"><label>Enter the letters<input name="captcha"></label>${B}`)}` }),
  page('captcha-widget', 'handover', 'a widget that its script draws', { outcome: 'captcha', body: `<h1>Log in</h1>${form(`${U}${P}<div class="cf-turnstile" data-sitekey="x" style="width:300px;height:65px;border:1px solid"><span>Verify you are human</span></div>${B}`)}` }),
  page('captcha-alone', 'handover', 'a CAPTCHA before anything else', { outcome: 'captcha', title: 'Just a moment', body: '<h1>Are you human?</h1><div class="g-recaptcha" data-sitekey="x" style="width:304px;height:78px"><div>I am not a robot</div></div>' }),
  page('passkey', 'handover', 'only a passkey is asked for', { outcome: 'passkey_prompt', body: '<h1>Sign in with your passkey</h1><p>Your device will ask for your fingerprint, face or screen lock.</p><button>Use your passkey</button>' }),
  page('question', 'handover', 'a security question after the password', { outcome: 'question', ...then(`<h1>Security question</h1>${form('<label>What was the name of your first pet?<input name="answer"></label><button>Continue</button>', 'method="post" action="/answer"')}`) }),
  page('question-maiden', 'handover', 'mother’s maiden name after the password', { outcome: 'question', ...then(`<h1>Confirm it is you</h1>${form('<label>Mother’s maiden name<input name="answer"></label><button>Continue</button>', 'method="post" action="/answer"')}`) }),
  page('code-by-mail', 'handover', 'a code that came by mail', { outcome: 'code_elsewhere', ...then(`<h1>Check your email</h1><p>We sent a 6-digit code to n***@example.com.</p>${form('<label>Code<input name="code" inputmode="numeric"></label><button>Verify</button><button type="button">Resend code</button>', 'method="post" action="/code"')}`) }),
  page('code-by-sms', 'handover', 'six boxes for a code by SMS', { outcome: 'code_elsewhere', ...then(`<h1>Verify your phone</h1><p>We’ve sent a text message with a code to •••• 42.</p>${form(`<div style="display:flex">${'<input maxlength="1" inputmode="numeric" style="width:30px">'.repeat(6)}</div><button>Verify</button>`, 'method="post" action="/code"')}`) }),
  page('push', 'handover', 'a request to approve on a phone', { outcome: 'code_elsewhere', ...then('<main><h1>Approve sign in request</h1><p>Open your app and tap the number 42 to approve the request on your device.</p><a href="#">I can’t use my app right now</a></main>') }),
  page('code-missing', 'handover', 'a code, and the account has no seed', { outcome: 'code_missing', ...refused(`<h1>Two-factor authentication</h1>${form('<label>Authentication code<input name="otp"></label><button>Verify</button>', 'method="post" action="/code"')}`) }),
  page('rejected', 'handover', 'the site refuses the password', { outcome: 'rejected', ...refused(`<div class="alert alert-danger" role="alert">Invalid username or password.</div>${ASK}`) }),
  page('rejected-quiet', 'handover', 'a refusal in red beside the box, without a mark', { outcome: 'rejected', ...refused(`<h1>Log in</h1>${form(`${U}${P}<p style="color:#c00">That password is incorrect.</p>${B}`)}`) }),
  page('rejected-script', 'handover', 'a refusal that a script writes', { outcome: 'rejected', factors: ['username', 'password'], fields: {}, accepts: () => false, body: `<h1>Log in</h1><form id="f">${U}${P}<button>Log in</button><div id="e" aria-live="polite"></div></form><script>f.onsubmit = (e) => { e.preventDefault(); setTimeout(() => { document.getElementById('e').textContent = 'We don’t recognize these credentials.'; }, 600); };</script>` }),
  page('rejected-silent', 'handover', 'the same form again, and no word', { outcome: 'rejected', ...refused(ASK) }),
  page('rejected-german', 'handover', 'a refusal in another language', { outcome: 'rejected', language: 'de', ...refused(`<div class="fehlermeldung error">Benutzername oder Passwort ist falsch.</div>${ASK}`) }),
  page('locked', 'handover', 'the account is locked', { outcome: 'locked', ...refused(`<div role="alert">Your account has been locked after too many failed attempts.</div>${ASK}`) }),
  page('code-rejected', 'handover', 'the site refuses the code', {
    outcome: 'code_rejected', ...then(`<h1>Two-factor authentication</h1>${form('<label>Authentication code<input name="otp"></label><button>Verify</button>', 'method="post" action="/code"')}`),
    routes: { 'POST /session': `<h1>Two-factor authentication</h1>${form('<label>Authentication code<input name="otp"></label><button>Verify</button>', 'method="post" action="/code"')}`, 'POST /code': `<h1>Two-factor authentication</h1>${form('<label>Authentication code<input name="otp" aria-invalid="true"></label><p class="error">The code you entered is incorrect.</p><button>Verify</button>', 'method="post" action="/code"')}` },
  }),
  page('unknown-step', 'handover', 'a step that nobody knows', { outcome: 'unknown_step', factors: ['username', 'password'], fields: {}, accepts: () => false, body: `<h1>Log in</h1>${form(`<label>Username<input name="username"></label><button>Next</button>`)}`, routes: { 'POST /session': '<h1>Choose your region</h1><div><select><option>North</option><option>South</option></select></div>' } }),
  page('no-form', 'handover', 'a page without a form', { outcome: 'no_form', title: 'Closed', body: '<h1>We are moving</h1><p>Come back tomorrow.</p>' }),
  page('left-origins', 'handover', 'the site goes to an origin that is not listed', { outcome: 'left_origins', path: '/go', routes: { '/go': () => ({ status: 302, headers: { location: 'https://left-origins-other.lab.test/login' } }) }, hosts: { 'left-origins-other': { '/login': ASK } } }),
];
