// @ts-check
'use strict';
// What stands in the way of a login, what the page says went wrong, and what shows that somebody is logged in.
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.loaded) return;

  const CAPTCHA_HOST = /(^|\.)(hcaptcha\.com|recaptcha\.net|arkoselabs\.com|funcaptcha\.com|geetest\.com|captcha-delivery\.com|friendlycaptcha\.com|mtcaptcha\.com|captcha\.com|perimeterx\.net|px-cdn\.net)$/;
  const CAPTCHA_PATH = /recaptcha|turnstile|challenge-platform|captcha|arkose|funcaptcha/i;
  /** Where a widget puts its answer. */
  const ANSWERS = '[name="g-recaptcha-response"], [name="h-captcha-response"], [name="cf-turnstile-response"], [name="frc-captcha-solution"], [name="fc-token"], [name="mtcaptcha-verifiedtoken"]';

  /**
   * @param {any} found @param {any[]} groups
   * @returns {string[]} of `captcha`, `passkey`, `question`, `code_elsewhere`
   */
  page.blockers = (found, groups) => {
    const blockers = [];
    const logins = groups.filter((group) => group.kind === 'login');
    if (captcha(found, logins)) blockers.push('captcha');
    if (passkey(found, logins)) blockers.push('passkey');
    if (logins.some((group) => group.entries.some((/** @type {any} */ entry) => entry.role === 'question')) || asked(groups)) blockers.push('question');
    if (sentElsewhere(groups)) blockers.push('code_elsewhere');
    return blockers;
  };

  /** The element that a person has to act on. @param {string | undefined} what a blocker */
  page.blocking = (what) => {
    if (what !== 'captcha') return null;
    const { frames, marked } = page.walk();
    return [...frames, ...marked].find((element) => page.visible(element, 20)) ?? null;
  };

  /** @param {any} found @param {any[]} logins */
  function captcha(found, logins) {
    for (const root of found.roots) {
      for (const answer of root.querySelectorAll(ANSWERS)) if (answer.value) return false;
    }
    const frame = found.frames.some((/** @type {any} */ element) => {
      if (element.closest('.grecaptcha-badge') || /[?&]size=invisible/.test(element.src)) return false;
      if (!page.visible(element, 30)) return false;
      try {
        const url = new URL(element.src, document.baseURI);
        return CAPTCHA_HOST.test(url.hostname) || (CAPTCHA_PATH.test(url.pathname) && url.origin !== location.origin) || /captcha|verification challenge|security challenge/i.test(element.title);
      } catch {
        return false;
      }
    });
    if (frame) return true;
    const box = logins.some((group) => group.entries.some((/** @type {any} */ { said, box }) => /captcha|验证码图|看不清/.test(`${said.label} ${said.names} ${said.placeholder}`) && !box.value));
    if (box) return true;
    return found.marked.some((/** @type {any} */ element) => {
      if (/badge|invisible/i.test(`${element.className} ${element.dataset?.size ?? ''}`)) return false;
      return page.visible(element, 20) && !/^(script|form|body|label|p|a)$/.test(element.localName) && (element.childElementCount > 0 || element.localName === 'img' || element.hasAttribute('data-sitekey'));
    });
  }

  /** A page that offers a passkey and nothing that we can fill. @param {any} found @param {any[]} logins */
  function passkey(found, logins) {
    if (logins.some((group) => group.entries.some((/** @type {any} */ entry) => entry.fillable && /^(username|password|code)$/.test(entry.role)))) return false;
    const language = page.language();
    const said = [...found.headings, ...found.buttons].filter((element) => page.visible(element, 1));
    return said.some((element) => page.says('passkey', page.labelOfButton(element), language) > 0) ;
  }

  /** A box for an answer alone, under words that ask. @param {any[]} groups */
  function asked(groups) {
    const language = page.language();
    return groups.some((group) => group.kind !== 'sign-up' && group.kind !== 'change' && group.entries.length > 0 && group.entries.length <= 2 &&
      group.entries.every((/** @type {any} */ entry) => entry.role === 'other' || entry.role === 'question') &&
      group.entries.some((/** @type {any} */ entry) => page.says('question', `${entry.said.label} ${entry.said.near} ${entry.said.placeholder} ${entry.said.names}`, language)));
  }

  /** A code that came by mail, SMS or an app. @param {any[]} groups */
  function sentElsewhere(groups) {
    const language = page.language();
    const read = (/** @type {string} */ text) => page.says('sent', text, language) > 0 && !/authenticat(or|ion) app|authenticator|\btotp\b|google auth/.test(text);
    const coded = groups.filter((group) => group.entries.some((/** @type {any} */ entry) => entry.role === 'code'));
    if (coded.length) return coded.some((group) => read(group.said.text));
    const boxes = groups.some((group) => group.kind === 'login' || group.kind === 'sign-up');
    if (boxes) return false;
    const main = document.querySelector('main, [role=main]') ?? document.body ?? document.documentElement;
    const text = page.normal(page.textOf(main, 1500));
    return text.length < 1200 && /approve|authenticator|notification|push|device|app|phone|sms|code|email/.test(text) && read(text) && !groups.some((group) => group.entries.length > 2);
  }

  /**
   * What the page says went wrong, near a group or in a place for such words.
   * @param {any} found @param {any[]} groups
   * @returns {string[]} of `rejected`, `locked`, `code_rejected`
   */
  page.alerts = (found, groups) => {
    const language = page.language();
    const alerts = new Set();
    const texts = new Set();
    for (const note of found.notes) {
      if (!page.visible(note, 2) || note.querySelector('input:not([type=hidden])')) continue;
      const text = page.normal(page.textOf(note, 400));
      if (text && text.length <= 300) texts.add(text);
    }
    const faults = groups.some((group) => group.entries.some((/** @type {any} */ { box }) => box.getAttribute('aria-invalid') === 'true' && box.value));
    const coded = groups.some((group) => group.entries.some((/** @type {any} */ entry) => entry.role === 'code')) && !groups.some((group) => group.entries.some((/** @type {any} */ entry) => entry.role === 'password'));
    for (const text of texts) {
      if (page.says('locked', text, language)) alerts.add('locked');
      else if (page.says('badcode', text, language) || (coded && page.says('wrong', text, language))) alerts.add('code_rejected');
      else if (page.says('wrong', text, language)) alerts.add('rejected');
    }
    if (!alerts.size) for (const group of groups) unmarked(group, coded, faults, language, alerts);
    return [...alerts];
  };

  /** Short lines about a fault that carry no mark: red words beside the boxes. @param {any} group @param {boolean} coded @param {boolean} faults @param {string} language @param {Set<string>} alerts */
  function unmarked(group, coded, faults, language, alerts) {
    if (group.kind !== 'login') return;
    for (const element of group.around.querySelectorAll('p, div, span, li, small, strong, b, font, td, em')) {
      if (element.childElementCount > 1) continue;
      const text = page.normal(page.textOf(element, 200));
      if (!text || text.length > 160 || !page.says('wrong', text, language) && !page.says('locked', text, language) && !page.says('badcode', text, language)) continue;
      if (!faults && !red(element) || !page.visible(element, 2)) continue;
      if (page.says('locked', text, language)) alerts.add('locked');
      else alerts.add(coded || page.says('badcode', text, language) ? 'code_rejected' : 'rejected');
    }
  }

  /** @param {Element} element */
  function red(element) {
    const [red = 0, green = 0, blue = 0] = (getComputedStyle(element).color.match(/[\d.]+/g) ?? []).map(Number);
    return red > 120 && red > green * 1.6 && red > blue * 1.6;
  }

  /** Whether the page is part of somebody's session: what is pressed there happens in their name. @param {any} found */
  page.session = (found) => page.signedIn(found, []) || /\b(signed|logged) in as\b/.test(page.normal(page.textOf(document.body, 3000)));

  /** A way to log out, and none to log in. @param {any} found @param {any[]} groups */
  page.signedIn = (found, groups) => {
    if (groups.some((group) => group.kind === 'login')) return false;
    const language = page.language();
    return [...found.links, ...found.buttons].some((element) => {
      const text = page.labelOfButton(element);
      const href = element.getAttribute('href') ?? '';
      return (text.length <= 40 && page.says('logout', text, language) > 0 || /(log|sign)[-_]?(out|off)\b/i.test(href)) && (page.visible(element, 1) || /(log|sign)[-_]?(out|off)\b/i.test(href));
    });
  };
})();
