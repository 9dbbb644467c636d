// @ts-check
'use strict';
// Lets a person point at one box or button: by a click, or by the Tab key and Enter. The page hears nothing of that click.
// Only what a person does counts; what a page's script makes up is none of it.
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.point) return;

  const EVENTS = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'dblclick', 'auxclick', 'touchstart', 'touchend', 'pointermove', 'focusin', 'keydown', 'keypress', 'keyup'];
  const PRESSED = 'button, a, summary, [role=button], [role=link], input[type=submit], input[type=image], input[type=button]';
  /** How far around what was pointed at a box is looked for: in ancestors, and so many times as high as the box. */
  const AROUND = { steps: 3, heights: 3 };

  /** What is pointed at now. @type {{role: string, step: any, origins: string[], tell: (told: object) => void} | null} */
  let asked = null;
  /** The rest of a click or key that pointed: the page is not to hear it either. @type {'click' | 'keyup' | null} */
  let swallowing = null;
  /** What the pointer is over, and what that would mean. @type {any} */
  let hovered = null;
  /** @type {any} */
  let hinted = null;

  /**
   * @param {{role: string, step: any, origins: string[]}} what a role, or `submit`, with what is known of this document's step
   * @param {(told: object) => void} tell
   */
  page.point = ({ role, step, origins }, tell) => {
    asked = { role, step, origins, tell };
    for (const type of EVENTS) window.addEventListener(type, hear, { capture: true, passive: false });
  };

  /** Gives the page back. */
  page.stopPointing = () => {
    asked = null;
    hovered = null;
    hint(null);
    if (swallowing === null) quit();
  };

  function quit() {
    swallowing = null;
    for (const type of EVENTS) window.removeEventListener(type, hear, true);
  }

  /** @param {any} event */
  function hear(event) {
    if (!event.isTrusted) return;
    if (event.type === 'pointermove' || event.type === 'focusin') return hover(event);
    const key = /^key/.test(event.type);
    if (key && !/^(Enter|Escape)$/.test(event.key)) return;
    // What was to follow did not come, as where the button or the key was let go in another window.
    if (event.type === 'pointerdown' || event.type === 'keydown' && !event.repeat) swallowing = null;
    if (!asked && !swallowing) return quit();
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.type === swallowing) {
      swallowing = null;
      if (!asked) quit();
      return;
    }
    if (!asked || swallowing) return;
    if (event.type === 'keydown' && event.key === 'Escape') {
      const { tell } = asked;
      swallowing = 'keyup';
      page.stopPointing();
      tell({ type: 'stopped' });
    } else if (event.type === 'keydown' || event.type === 'pointerdown' && event.button === 0) {
      swallowing = key ? 'keyup' : 'click';
      choose(key ? focused() : deepest(event));
    }
  }

  /** @param {any} event */
  function hover(event) {
    const under = event.type === 'focusin' ? focused() : deepest(event);
    if (!asked || under === hovered) return;
    hovered = under;
    try {
      hint(target(under));
    } catch {
      hint(null);
    }
  }

  /** @param {any} element */
  function hint(element) {
    if (element === hinted) return;
    if (hinted) page.unmark(hinted);
    hinted = element;
    if (element) page.mark(element, asked?.role ?? 'other');
  }

  /** @param {{clientX: number, clientY: number}} where @returns {any} */
  function deepest({ clientX, clientY }) {
    let hit = document.elementFromPoint(clientX, clientY);
    for (let root = hit && page.shadow(hit); root; root = hit && page.shadow(hit)) {
      const inner = root.elementFromPoint(clientX, clientY);
      if (!inner || inner === hit) break;
      hit = inner;
    }
    return hit;
  }

  /** @returns {any} */
  function focused() {
    let element = document.activeElement;
    for (let root = element && page.shadow(element); root?.activeElement; root = page.shadow(element)) element = root.activeElement;
    return element;
  }

  /** The box or button that is meant by an element. @param {any} element @returns {any} */
  function target(element) {
    if (!element) return null;
    const { boxes, buttons, links } = page.walk();
    if (asked?.role === 'submit') {
      for (let node = element; node; node = page.parent(node)) if (buttons.includes(node) || links.includes(node) || node.matches(PRESSED)) return node;
      return null;
    }
    if (boxes.includes(element)) return element;
    const label = element.closest('label');
    if (boxes.includes(label?.control)) return label.control;
    for (let [node, up] = [element, 0]; node && up < AROUND.steps; node = page.parent(node), up += 1) {
      const inside = boxes.filter((/** @type {any} */ box) => page.within(node, box) && page.visible(box));
      if (inside.length === 1) return height(node) <= height(inside[0]) * AROUND.heights ? inside[0] : null;
      if (inside.length) return null;
    }
    return null;
  }

  /** @param {Element} element */
  function height(element) {
    return element.getBoundingClientRect().height;
  }

  /** @param {any} element */
  function choose(element) {
    if (!asked) return;
    const { role, step, origins, tell } = asked;
    tell(answer(element, role, step, origins));
  }

  /** @param {any} element @param {string} role @param {any} step @param {string[]} origins @returns {object} */
  function answer(element, role, step, origins) {
    // By its own word: a document that its site shuts in has no origin, whatever its address is.
    if (!origins.includes(self.origin)) return { type: 'refused', role, why: 'elsewhere' };
    try {
      const hit = target(element);
      const why = unfit(hit, role);
      return why ? { type: 'refused', role, why } : pointed(hit, role, step, origins);
    } catch {
      // A form has its boxes as properties, under any name: also under those by which one is asked.
      return { type: 'refused', role, why: 'nameless' };
    }
  }

  /** @param {any} hit @param {string} role */
  function unfit(hit, role) {
    if (!hit) return role === 'submit' ? 'no_button' : 'no_box';
    if (role === 'submit') return null;
    if (!page.suits(role, hit)) return role === 'password' ? 'no_password' : 'a_password';
    return page.strange(hit) ? 'strange' : null;
  }

  /** @param {any} hit @param {string} role @param {any} step @param {string[]} origins */
  function pointed(hit, role, step, origins) {
    const nameless = { type: 'refused', role, why: 'nameless' };
    const own = page.selectorOf(hit);
    if (own === null) return nameless;
    let { group, entry } = tryOut(own, hit, role, step, origins);
    const selector = role === 'code' && entry?.parts ? entry.parts.map(page.selectorOf) : own;
    if (selector.includes(null)) return nameless;
    if (selector !== own) ({ group, entry } = tryOut(selector, hit, role, step, origins));
    const used = role === 'submit' ? group?.send === hit : entry?.role === role && entry.fillable && group.kind === 'login';
    return { type: 'pointed', role, selector, path: page.pathOfStep(), used };
  }

  /** What a login would make of it, by the recipe as it would be then. @param {string | string[]} selector @param {any} hit @param {string} role @param {any} step @param {string[]} origins */
  function tryOut(selector, hit, role, step, origins) {
    const recipe = { version: 1, steps: [{ ...step, url: null, [role]: selector }] };
    const { groups } = page.lookFor({ origins, recipe, factors: ['username', 'password', 'code'] });
    for (const group of groups) {
      if (group.send === hit) return { group, entry: null };
      for (const entry of group.entries) if ([entry.box, ...(entry.parts ?? [])].includes(hit)) return { group, entry };
    }
    return { group: null, entry: null };
  }
})();
