// @ts-check
'use strict';
// Gathers boxes that belong together, and what the page says around them. What that means is decided in `roles.js` and `kinds.js`.
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.loaded) return;

  /** How far around a group its headings and links may lie, in ancestors and in letters. */
  const AROUND = { steps: 5, letters: 3000 };
  /** What it adds to a group's score that a recipe names its boxes, and to a button's that it is named. */
  const RAISE = { password: 4, other: 0.5, button: 2 };
  const LANDMARK = 'nav, header, footer, aside, [role=navigation], [role=banner], [role=contentinfo], [role=search], [role=complementary]';

  /**
   * What a page says of a box, for `page.roles`.
   * @param {HTMLInputElement} box @param {string} language
   */
  page.describe = (box, language) => {
    const label = page.labelOf(box);
    const placeholder = page.normal(box.placeholder);
    const parts = [box.name, box.id, box.getAttribute('formcontrolname'), box.getAttribute('data-testid'), box.getAttribute('data-test')];
    const names = [...new Set(parts.map(page.parts).filter(Boolean))].join(' . ');
    const pattern = box.getAttribute('pattern') ?? '';
    return {
      type: box.type,
      autocomplete: box.getAttribute('autocomplete') ?? '',
      names,
      label,
      placeholder,
      near: label ? '' : page.nearOf(box),
      length: box.maxLength > 0 ? box.maxLength : 0,
      digits: box.inputMode === 'numeric' || box.type === 'number' || /\\d|0-9/.test(pattern),
      language,
    };
  };

  /**
   * The groups of a document.
   * @param {any} found what `page.walk` found
   * @param {Map<HTMLInputElement, {role: string, score: number}>} given roles that a recipe gives
   * @param {HTMLElement[]} sends buttons that a recipe names
   */
  page.groups = (found, given, sends) => {
    const language = page.language();
    const seen = found.boxes.filter((/** @type {any} */ box) => page.visible(box));
    const buttons = [...new Set([...found.buttons, ...sends])].filter((/** @type {any} */ button) => page.visible(button, 2));
    // Once a page has shown a real password box, none in the open will do.
    page.real ||= seen.some((/** @type {any} */ box) => box.type === 'password');
    const { real } = page;
    /** @type {Map<Element, any[]>} */
    const clusters = new Map();
    for (const [box, root] of rooted(seen, buttons)) {
      const said = page.describe(box, language);
      const scores = page.roles(said);
      const entry = { box, said, scores, ...(given.get(box) ?? page.best(scores)), fillable: page.fillable(box), given: given.has(box) };
      clusters.set(root, [...(clusters.get(root) ?? []), entry]);
    }
    return [...clusters].map(([root, entries]) => {
      join(entries);
      refine(entries, real);
      // A code may stand over squares that the page draws itself.
      for (const entry of entries) entry.fillable &&= entry.role === 'code' || page.legible(entry.box);
      return judge(root, entries, found, buttons, sends, language);
    });
  };

  /** The element that holds each box's group. @param {HTMLInputElement[]} boxes @param {HTMLElement[]} buttons @returns {[HTMLInputElement, Element][]} */
  function rooted(boxes, buttons) {
    const pairs = /** @type {[HTMLInputElement, Element][]} */ (boxes.map((box) => [box, formOf(box, boxes, buttons) ?? climb(box, boxes, buttons)]));
    // What lies in another group's element, and is part of no form, belongs to that group.
    const roots = [...new Set(pairs.map(([, root]) => root))];
    for (const pair of pairs) {
      const outer = roots.find((root) => root !== pair[1] && pair[1].localName !== 'form' && root.localName !== 'body' && page.within(root, pair[1]));
      if (outer) pair[1] = outer;
    }
    return pairs;
  }

  /** The form of a box, unless it spans the whole page. @param {HTMLInputElement} box @param {HTMLInputElement[]} boxes @param {HTMLElement[]} buttons */
  function formOf(box, boxes, buttons) {
    /** @type {any} */
    let form = box.form;
    for (let node = /** @type {any} */ (box); !form && node; node = page.parent(node)) if (node.localName === 'form') form = node;
    if (!form) return null;
    const inside = boxes.filter((each) => page.within(form, each));
    if (inside.length <= 2) return form;
    const sends = buttons.filter((button) => /^(submit|image)$/.test(/** @type {any} */ (button).type ?? '') && page.within(form, button) && page.submits(buttonOf(button, [box], page.language())) >= 1);
    // Its parts have buttons of their own, or are parts of a page.
    return form.querySelector(LANDMARK) || sends.length > 1 ? null : form;
  }

  /** The smallest element with the box, something to press, and no whole page. @param {HTMLInputElement} box @param {HTMLInputElement[]} boxes @param {HTMLElement[]} buttons */
  function climb(box, boxes, buttons) {
    const pressed = buttons.filter((button) => page.submits(buttonOf(button, [box], page.language())) >= 1);
    let best = page.parent(box) ?? box;
    for (let node = best; node && node !== document.body && node !== document.documentElement; node = page.parent(node)) {
      if (node.matches?.('form, main, [role=main]') && node.querySelectorAll?.('input').length > 6) break;
      best = node;
      if (pressed.some((button) => page.within(node, button))) return node;
      if (node.matches?.(LANDMARK)) return node;
    }
    if (boxes.length <= 4 && document.body) return document.body;
    return best;
  }

  /** Boxes for one character each, side by side, are one box for a code. @param {any[]} entries */
  function join(entries) {
    const single = entries.filter(({ box, said, role }) => {
      const width = box.getBoundingClientRect().width;
      return box.type !== 'email' && role !== 'password' && role !== 'username' && (said.length === 1 || (width < 90 && (said.digits || role === 'code')));
    });
    const parent = (/** @type {any} */ entry) => page.parent(page.parent(entry.box) ?? entry.box);
    let run = /** @type {any[]} */ ([]);
    let best = run;
    for (const entry of single) {
      const last = run.at(-1);
      const beside = last && Math.abs(last.box.getBoundingClientRect().top - entry.box.getBoundingClientRect().top) < 12 &&
        (parent(last) === parent(entry) || page.parent(last.box) === page.parent(entry.box) || page.within(parent(last), entry.box) || page.within(page.parent(parent(last)) ?? parent(last), entry.box));
      run = beside ? [...run, entry] : [entry];
      if (run.length > best.length) best = run;
    }
    if (best.length < 4 || best.length > 10) return;
    const [first, ...rest] = best;
    if (best.every((entry) => entry.said.length === 1) || best.some((entry) => entry.role === 'code')) {
      Object.assign(first, { role: 'code', score: Math.max(first.score, 4), parts: best.map((entry) => entry.box) });
      for (const entry of rest) entries.splice(entries.indexOf(entry), 1);
    }
  }

  /** What one box alone could not say. @param {any[]} entries @param {boolean} real a password box is on the page */
  function refine(entries, real) {
    const roles = (/** @type {string} */ role) => entries.filter((entry) => entry.role === role);
    // A password in the open: only beside a user name, and when there is no real password box.
    for (const entry of roles('password')) {
      if (entry.box.type === 'password' || entry.given) continue;
      const before = entries.slice(0, entries.indexOf(entry)).filter((each) => each.fillable && each !== entry);
      if (real || !before.length || roles('username').length > 1) entry.role = 'other';
    }
    bare(entries, real);
    const [password] = roles('password');
    const fresh = roles('new-password');
    // Two alike, without a word: the second repeats the first.
    if (password && roles('password').length === 2 && !fresh.length && roles('password').every((entry) => entry.score <= password.score) && same(roles('password'))) {
      for (const entry of roles('password')) entry.role = 'new-password';
    }
    if (!password || roles('username').length) return;
    const before = entries.slice(0, entries.indexOf(password)).filter((entry) => entry.fillable && /^(text|email|tel|number|)$/.test(entry.box.type) && entry.role !== 'code' && entry.scores.question < 2 && entry.scores.other < 6);
    const nearest = before.at(-1);
    if (nearest && before.length <= 2) Object.assign(nearest, { role: 'username', score: 2 });
  }

  /** Two boxes that say nothing but `u` and `p`. @param {any[]} entries @param {boolean} real */
  function bare(entries, real) {
    if (real || entries.length !== 2) return;
    const [first, second] = entries;
    const letter = (/** @type {any} */ entry) => (entry.box.name || entry.box.id || '').toLowerCase();
    if (first.role !== 'other' && first.role !== 'username') return;
    if (/^(u|un|usr|login|e|l)$/.test(letter(first)) && /^(p|pw|pwd|pass)$/.test(letter(second)) && second.role === 'other') {
      Object.assign(first, { role: 'username', score: 2 });
      Object.assign(second, { role: 'password', score: 2 });
    }
  }

  /** @param {any[]} entries */
  function same(entries) {
    const stem = (/** @type {any} */ entry) => `${entry.said.label} ${entry.said.names}`.replace(/[\d\s.]+/g, '');
    return stem(entries[0]) === stem(entries[1]);
  }

  /** @param {Element} root @param {any[]} entries @param {any} found @param {HTMLElement[]} buttons @param {HTMLElement[]} sends @param {string} language */
  function judge(root, entries, found, buttons, sends, language) {
    const around = surroundings(root, found.boxes, entries);
    const inside = (/** @type {any} */ element) => page.within(around, element);
    const boxes = entries.map((entry) => entry.box);
    const send = submitOf(root, around, boxes, buttons, entries, sends, language);
    const roles = /** @type {Record<string, number>} */ ({});
    for (const { role } of entries) roles[role] = (roles[role] ?? 0) + 1;
    const normal = (/** @type {any} */ element) => page.normal(page.textOf(element, 100));
    const say = (/** @type {string} */ list) => entries.filter(({ said }) => page.says(list, `${said.label} ${said.names} ${said.placeholder} ${said.near}`, language));
    const form = /** @type {any} */ (boxes[0]?.form ?? root);
    const shown = (/** @type {any[]} */ list) => list.filter((element) => inside(element) && page.visible(element, 1));
    const group = {
      roles,
      boxes: entries.length,
      persons: say('person').filter(({ role }) => role !== 'username' && role !== 'password' && role !== 'code').length + Math.min(2, [...form.querySelectorAll('select')].filter((list) => /birth|month|year|\bday|dob|country|gender|state/.test(page.parts(`${list.name} ${list.id} ${list.getAttribute('aria-label') ?? ''}`)) && page.visible(list, 2)).length),
      payments: say('payment').filter(({ role }) => role !== 'code').length,
      sure: entries.some(({ said, role }) => (role === 'username' || role === 'password') && /\b(username|current-password|webauthn)\b/.test(said.autocomplete)),
      coded: Math.max(0, ...entries.filter(({ role }) => role === 'code').map(({ score }) => score)),
      current: say('current').some(({ role, said }) => role === 'password' && !/(^|\s)current-password/.test(said.names) && page.says('current', `${said.label} ${said.placeholder}`, language)),
      renews: say('change').some(({ role }) => role !== 'new-password'),
      names: page.parts([form.id, form.getAttribute('name'), form.getAttribute('class'), actionPath(form)].join(' ')),
      button: send ? labelOfButton(send) : '',
      headings: shown(found.headings).slice(0, 5).map(normal).join(' . ') || headingOf(root),
      title: page.normal(document.title.split(/ [|–—·-] /)[0]),
      path: page.parts(pathOf()),
      links: shown([...found.links, ...found.buttons]).filter((element) => element !== send).slice(0, 40).map((element) => labelOfButton(element)),
      checks: shown(found.checks).slice(0, 6).map((box) => `${page.labelOf(box)} ${page.parts(box.name)} ${page.normal(page.textOf(page.parent(box) ?? box, 200))}`).join(' . '),
      text: page.normal(page.textOf(around, AROUND.letters)),
      aside: boxes.every((box) => landmark(box)) && boxes.length > 0,
      language,
    };
    return { root, around, form: boxes[0]?.form ?? null, entries, send, ...raised(page.kind(group), entries, send !== null || !buttons.some((button) => page.within(root, button))), said: group };
  }

  /** What a recipe may add: weight, never another kind than the page's own words give. Without a password box those words must speak of a login. @param {{kind: string, score: number}} own @param {any[]} entries @param {boolean} sendable none of its buttons does something else */
  function raised({ kind, score }, entries, sendable) {
    const named = entries.filter(({ given }) => given);
    if (!named.length || !/^(login|other)$/.test(kind)) return { kind, score };
    if (!sendable) return { kind: 'other', score };
    const more = score + (named.some(({ box }) => box.type === 'password') ? RAISE.password : RAISE.other);
    return { kind: more > 0 ? 'login' : kind, score: more };
  }

  /** The largest element around a group that holds no other boxes. @param {Element} root @param {any[]} all @param {any[]} entries */
  function surroundings(root, all, entries) {
    const own = new Set(entries.flatMap(({ box, parts }) => [box, ...(parts ?? [])]));
    const others = all.filter((box) => !own.has(box) && !page.within(root, box) && page.visible(box));
    let around = root;
    for (let step = 0; step < AROUND.steps; step += 1) {
      const outer = page.parent(around);
      if (!outer || outer === document.documentElement) break;
      if (others.some((box) => page.within(outer, box)) || (outer.textContent ?? '').length > AROUND.letters * 2) break;
      around = outer;
    }
    return around;
  }

  /** The button that sends a group. @param {Element} root @param {Element} around @param {any[]} boxes @param {HTMLElement[]} buttons @param {any[]} entries @param {HTMLElement[]} sends @param {string} language */
  function submitOf(root, around, boxes, buttons, entries, sends, language) {
    const passwordless = !entries.some((entry) => entry.role === 'password');
    const named = sends.filter((button) => page.within(root, button) && page.submits(buttonOf(button, boxes, language), passwordless) + RAISE.button >= page.THRESHOLD);
    if (named.length && entries.some(({ given }) => given)) return named[0];
    let best = null;
    let most = page.THRESHOLD;
    let first = true;
    for (const button of buttons) {
      if (sends.includes(button)) continue;
      const within = page.within(root, button) || (boxes[0]?.form && /** @type {any} */ (button).form === boxes[0].form);
      if (!within && !page.within(around, button)) continue;
      const mark = landmark(button);
      if (mark && !boxes.some((box) => page.within(mark, box))) continue;
      const said = { ...buttonOf(button, boxes, language), first };
      if (said.after) first = false;
      const score = page.submits(said, passwordless) - (within ? 0 : 1);
      if (score > most) [best, most] = [button, score];
    }
    return best;
  }

  /** What a page says of a button, for `page.submits`. @param {any} button @param {any[]} boxes @param {string} language */
  function buttonOf(button, boxes, language) {
    const last = boxes.at(-1);
    const order = last ? last.compareDocumentPosition(button) : 0;
    const wrapper = last && page.parent(last);
    const href = button.localName === 'a' ? button.getAttribute('href') ?? '' : '';
    return {
      text: labelOfButton(button),
      names: page.parts(`${button.id} ${button.getAttribute('name') ?? ''} ${button.getAttribute('class') ?? ''} ${button.getAttribute('data-testid') ?? ''}`),
      submits: /^(submit|image)$/.test(button.type ?? '') && (button.localName === 'input' || Boolean(button.form) || button.getAttribute('type') === 'submit'),
      looks: button.localName !== 'a' && button.localName !== 'span',
      after: order === 0 || Boolean(order & Node.DOCUMENT_POSITION_FOLLOWING) || last.getRootNode() !== button.getRootNode(),
      first: false,
      between: Boolean(wrapper && boxes.length > 0 && boxes.some((box) => page.parent(box)?.contains(button) && page.parent(box)?.querySelectorAll('input').length === 1 && button.getBoundingClientRect().width < 60)),
      opens: button.hasAttribute('aria-haspopup') || button.hasAttribute('aria-expanded') || button.type === 'reset',
      leads: Boolean(href) && !/^(#|javascript:)/i.test(href),
      language,
    };
  }

  /** @param {any} button */
  function labelOfButton(button) {
    const said = [page.textOf(button, 120), button.localName === 'input' ? button.value || (button.type === 'submit' ? 'submit' : '') : '', button.getAttribute('aria-label'), button.title, button.alt, button.querySelector?.('img[alt]')?.alt];
    const picture = button.localName === 'input' ? button : button.querySelector?.('img');
    if (picture?.src && !said.some((text) => text?.trim())) said.push(page.parts(picture.src.replace(/[?#].*$/, '').split('/').at(-1)));
    const host = button.getRootNode().host;
    if (!said.some((text) => text?.trim()) || button.querySelector?.('slot')) said.push(host?.textContent?.slice(0, 120), host?.getAttribute('label'), host?.getAttribute('text'));
    return page.normal([...new Set(said.map((text) => (text ?? '').trim()).filter(Boolean))].join(' '));
  }
  page.labelOfButton = labelOfButton;

  /** @param {any} element */
  function landmark(element) {
    for (let node = element; node; node = page.parent(node)) {
      if (node.matches?.(LANDMARK) && !node.closest('[role=dialog], dialog')) {
        // A header or footer of an article, a form or a card is no part of the page's frame.
        if (!/^(header|footer)$/.test(node.localName) || !node.parentElement?.closest('main, article, section, form, [role=main]')) return node;
      }
    }
    return null;
  }

  /** The nearest heading before a group, a few ancestors up. @param {Element} root */
  function headingOf(root) {
    let node = /** @type {any} */ (root);
    for (let up = 0; up < 4 && node; up += 1, node = page.parent(node)) {
      for (let before = node.previousElementSibling; before; before = before.previousElementSibling) {
        const heading = before.matches('h1, h2, h3, h4, [role=heading]') ? before : before.querySelector?.('h1, h2, h3, [role=heading]');
        if (heading) return page.normal(page.textOf(heading, 100));
      }
    }
    return '';
  }

  /** @param {any} form */
  function actionPath(form) {
    const action = form.getAttribute('action');
    if (!action) return '';
    try {
      return new URL(action, document.baseURI).pathname;
    } catch {
      return '';
    }
  }

  function pathOf() {
    let path = `${location.pathname} ${location.hash.replace(/[=?].*$/, '')}`;
    try {
      path = decodeURIComponent(path);
    } catch {
      // Not ours to mend: read it as it stands.
    }
    return path.replace(/\.(html?|php|aspx?|jsp|do)\b/g, ' ');
  }
})();
