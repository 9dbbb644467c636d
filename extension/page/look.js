// @ts-check
'use strict';
// Makes the observation that the worker decides by: docs/automated-login.md, "Between worker and page scripts".
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.loaded) return;

  /** What the worker said last: where forms may go, and the recipe. @type {{origins: string[], recipe: any, factors: string[]}} */
  page.asked = { origins: [], recipe: null, factors: [] };

  /** Words of buttons that log in to something else. */
  const ELSEWHERE = /\b(log|sign) ?(in|on) (to|into|with|as|for|at|via|using)\b(?! (your |my |the )?(account|password|email|e mail|username)\b) ?(.*)$/;
  /** Words of a button that sends a form, and does nothing but begin a login. Other languages have but one word for it. */
  const PLAIN = /^(?!.*\b(enter|unlock|continue|next|ok|go|submit|send|done|proceed|verify)\b)/;

  /** @type {WeakMap<object, string>} */
  const ids = new WeakMap();
  let last = 0;
  /** @param {object} element @param {string} letter */
  function idOf(element, letter) {
    let id = ids.get(element);
    if (!id) {
      last += 1;
      id = `${letter}${last}`;
      ids.set(element, id);
    }
    return id;
  }

  /** Looks at the whole document, and goes on watching it. @returns {{observation: any, groups: any[]}} */
  page.look = () => {
    const found = page.walk();
    page.watch?.(found.roots);
    return page.observe(found);
  };

  /** What a document that was walked through holds. @param {any} found @returns {{observation: any, groups: any[]}} */
  page.observe = (found) => page.once(() => observe(found));

  /** @param {any} found */
  function observe(found) {
    // In somebody's session only what asks for a password or a code by its own words is a login.
    const session = page.session(found);
    const step = session ? null : page.stepOf(page.asked.recipe);
    const groups = page.groups(found, page.given(step), page.select(step?.submit)).map((/** @type {any} */ group) => admit(group, session));
    // Beside boxes that are none of a login's, or may not be filled, nothing is pressed.
    const asks = groups.some((/** @type {any} */ group) => group.refused || !/^(search|other)$/.test(group.kind) || group.entries.some((/** @type {any} */ { role }) => /password|code/.test(role)));
    const alone = asks || session ? null : lone(found, groups);
    if (alone) groups.push(alone);
    const observation = {
      signature: signature(groups),
      url: location.protocol === 'about:' ? self.origin : location.href,
      groups: groups.map(told),
      blockers: page.blockers(found, groups).filter((/** @type {string} */ each) => each !== 'passkey' || !alone),
      alerts: page.alerts(found, groups),
      signed_in: page.signedIn(found, groups.filter((/** @type {any} */ group) => group.entries.length)),
    };
    return { observation, groups };
  }

  /** Takes back what a group may not be: its form goes elsewhere, its frame cannot be seen, or it is part of somebody's session. @param {any} group @param {boolean} session */
  function admit(group, session) {
    const asks = group.entries.some((/** @type {any} */ { role, box }) => role === 'code' || role === 'password' && box.type === 'password');
    const refused = page.elsewhere(group.form, group.send) ? 'action' : page.hiddenFrame() ? 'hidden' : session && group.kind === 'login' && !asks ? 'session' : null;
    const entries = group.entries.map((/** @type {any} */ entry) => ({ ...entry, fillable: entry.fillable && !refused }));
    return { ...group, entries, refused, kind: refused ? 'other' : group.kind, id: idOf(group.root, 'g') };
  }

  /** Whether a form would go to an origin that the account does not list. @param {any} form @param {any} [send] */
  page.elsewhere = (form, send) => {
    const actions = [form?.getAttribute?.('action'), send?.getAttribute?.('formaction')].filter((action) => action && !/^javascript:/i.test(action.trim()));
    return actions.some((action) => {
      try {
        const { origin, protocol } = new URL(action, document.baseURI);
        return !page.listed(origin) || (protocol !== 'https:' && origin !== self.origin);
      } catch {
        return true;
      }
    });
  };

  /** @param {string} origin */
  page.listed = (origin) => origin === self.origin || page.asked.origins.includes(origin);

  /** Whether this frame, or one around it that we may look at, cannot be seen. */
  page.hiddenFrame = () => {
    if (window === window.top) return false;
    if (window.innerWidth < 20 || window.innerHeight < 20) return true;
    for (let view = /** @type {any} */ (window); view !== view.top; view = view.parent) {
      try {
        if (!view.frameElement) return false;
        if (!page.visible(view.frameElement, 20)) return true;
      } catch {
        return false;
      }
    }
    return false;
  };

  /** A step without boxes: only a button wants to be pressed. @param {any} found @param {any[]} groups whose buttons are their own */
  function lone(found, groups) {
    const language = page.language();
    const own = (/** @type {any} */ element) => groups.some((group) => group.root !== document.body && page.within(group.root, element) || group.send === element);
    const buttons = found.buttons.filter((/** @type {any} */ element) => page.visible(element, 2) && !own(element));
    const shown = [...buttons, ...found.links.filter((/** @type {any} */ element) => page.visible(element, 2))];
    const says = (/** @type {string} */ list, /** @type {any} */ element) => page.says(list, page.labelOfButton(element), language);
    const mostly = (/** @type {string} */ list, /** @type {any} */ element) => says(list, element) >= page.labelOfButton(element).length * 0.7 && says(list, element) > 0;
    const password = shown.find((element) => says('another', element) && says('password', element) && !says('forgot', element));
    const place = (/** @type {any} */ element) => element.closest('aside, footer, nav') && !element.closest('header') ? null : element;
    const enter = shown.find((element) => mostly('login', element) && !says('sso', element) && place(element));
    const opens = buttons.find((/** @type {any} */ element) => page.labelOfButton(element).length <= 20 && says('login', element) && !says('sso', element) && !says('signup', element) && !says('logout', element) && place(element));
    const next = buttons.filter((/** @type {any} */ element) => !element.closest('aside, footer, nav, header'));
    const only = next.length === 1 && mostly('next', next[0]) ? next[0] : null;
    const sure = (/** @type {any} */ element) => element && harmless(element, found, mostly('login', element));
    const send = [password, enter, opens, unasked(only) ? only : null].find(sure);
    if (!send) return null;
    return { root: send, around: send, form: null, entries: [], send, refused: null, kind: 'login', score: password ? 3 : 1, id: idOf(send, 'g'), said: { text: '' } };
  }

  /** Whether a button alone may be pressed: it leads on in a login, and permits, sends or pays nothing. @param {any} send @param {any} found @param {boolean} clear its words are a login's and no others */
  function harmless(send, found, clear) {
    const text = page.labelOfButton(send);
    const other = ELSEWHERE.exec(text)?.[6];
    const acts = page.says('deed', text, page.language()) || page.says('permit', text, page.language());
    if (acts || other !== undefined && !(other.length > 2 && location.hostname.includes(other.replaceAll(' ', '')))) return false;
    const form = send.form ?? send.closest('form');
    if (!form) return true;
    // Boxes of its form that we do not see would be sent empty.
    if (page.elsewhere(form, send) || found.boxes.some((/** @type {any} */ box) => box.form === form || page.within(form, box))) return false;
    const method = send.getAttribute('formmethod') ?? form.getAttribute('method') ?? 'get';
    return !/^post$/i.test(method) || (clear && PLAIN.test(text) && page.asked.origins.includes(self.origin));
  }

  /** Whether a page with a button to go on asks for no permission. @param {any} only */
  function unasked(only) {
    return Boolean(only) && !page.says('asks', page.normal(page.textOf(document.body, 3000)), page.language());
  }

  /** @param {any} group */
  function told(group) {
    return {
      id: group.id,
      kind: group.kind,
      score: group.score,
      boxes: group.entries.map((/** @type {any} */ entry) => ({
        id: idOf(entry.box, 'b'),
        role: entry.fillable ? entry.role : 'other',
        score: entry.score,
        ...(entry.parts ? { boxes: entry.parts.map((/** @type {any} */ part) => idOf(part, 'b')) } : {}),
        filled: page.stands(entry.parts?.[0] ?? entry.box),
      })),
      submit: group.send ? idOf(group.send, 's') : null,
    };
  }

  /** Changes when what can be filled does; the same again after a page came back unchanged. @param {any[]} groups */
  function signature(groups) {
    const parts = groups.filter((group) => group.kind === 'login').map((group) => {
      const boxes = group.entries.filter((/** @type {any} */ entry) => entry.fillable && entry.role !== 'other').map((/** @type {any} */ entry) => `${entry.role}/${entry.box.type}/${entry.parts?.length ?? 1}/${entry.box.name || entry.box.autocomplete}`);
      return boxes.length ? boxes.join(',') : `press/${page.labelOfButton(group.send)}`;
    });
    return page.fingerprint(parts.sort().join(';'));
  }

  /** @param {string} text a short mark of a text that does not tell the text */
  page.fingerprint = (text) => {
    let [high, low] = [0x811c9dc5, 0x01000193];
    for (let at = 0; at < text.length; at += 1) {
      high = Math.imul(high ^ text.charCodeAt(at), 0x01000193);
      low = Math.imul(low ^ (text.charCodeAt(at) + at), 0x85ebca6b);
    }
    return `${(high >>> 0).toString(36)}${(low >>> 0).toString(36)}`;
  };

  /** The group, box or code box with that id in what was just looked at. @param {any[]} groups @param {string} id */
  page.boxOf = (groups, id) => {
    for (const group of groups) {
      for (const entry of group.entries) if (ids.get(entry.box) === id) return { group, entry };
    }
    return null;
  };
})();
