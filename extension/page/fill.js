// @ts-check
'use strict';
// Puts one value into one box that was just looked at, as a person's typing would, and makes sure that it stands.
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.loaded) return;

  /** How long a value must stand, in milliseconds. */
  const STANDS = 30;
  /** Makes the marks of values useless outside this document. */
  const salt = crypto.randomUUID();
  /** What was filled in: no value, only its mark. @type {Map<any, {role: string, mark: string}>} */
  const filled = new Map();
  page.filled = filled;

  /** @param {string} role @param {string} value */
  const markOf = (role, value) => page.fingerprint(`${salt}${role === 'password' ? value : value.replace(/[\s\u00a0-]/g, '').toLowerCase()}`);

  /** Whether what we put into a box is still in it. @param {any} box */
  page.stands = (box) => {
    const known = filled.get(box);
    return Boolean(known) && box.value !== '' && markOf(known?.role ?? '', box.value) === known?.mark;
  };

  /**
   * @param {{box: string, role: string, value: string, signature: string}} message
   * @returns {Promise<{filled: boolean, reason: string | null}>} reasons: `insecure`, `changed`, `gone`, `role`, `hidden`, `covered`, `refused`
   */
  page.fill = async ({ box: id, role, value, signature }) => {
    const no = (/** @type {string} */ reason) => ({ filled: false, reason });
    if (!page.secure()) return no('insecure');
    const { observation, groups } = page.look();
    if (observation.signature !== signature) return no('changed');
    const hit = page.boxOf(groups, id);
    if (!hit) return no('gone');
    const { group, entry } = hit;
    if (group.kind !== 'login' || entry.role !== role) return no('role');
    if (!entry.fillable) return no('hidden');
    page.guard();
    const parts = entry.parts ?? [entry.box];
    const values = entry.parts ? [...value] : [value];
    if (entry.parts && values.length !== parts.length) return no('refused');
    for (const [index, part] of parts.entries()) {
      const why = await put(part, role, values[index], group, role === 'password' ? part.type : null);
      if (why) return no(why);
    }
    // Some boxes are filled by the page itself as one types: what counts is the end.
    return parts.every((/** @type {any} */ part) => page.stands(part) || !part.isConnected) ? { filled: true, reason: null } : no('refused');
  };

  /** @param {any} box @param {string} role @param {string} value @param {any} group @param {string | null} type that it must keep @returns {Promise<string | null>} why not */
  async function put(box, role, value, group, type) {
    box.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
    box.focus({ preventScroll: true });
    // The page may have answered to the focus: look again, and give nothing to what moved, hid or turned into something else.
    const why = unfit(box, group, type, role);
    if (why) return why;
    filled.set(box, { role, mark: markOf(role, value) });
    type_(box, value);
    await standing();
    if (box.isConnected && !page.stands(box) && !unfit(box, group, type, role)) {
      set(box, value);
      await standing();
    }
    if (!box.isConnected && adopted(box, role)) return null;
    const late = page.stands(box) ? unfit(box, group, type, role) : box.isConnected ? 'refused' : 'gone';
    if (late) {
      empty(box);
      filled.delete(box);
    }
    return late;
  }

  /** Whether the page drew the box anew, with what was filled into the old one. @param {any} old @param {string} role */
  function adopted(old, role) {
    const known = filled.get(old);
    filled.delete(old);
    for (const group of page.look().groups) {
      if (group.kind !== 'login') continue;
      for (const { box, role: now, fillable } of group.entries) {
        if (now !== role || !fillable || box.name !== old.name || box.type !== old.type || !known || box.value === '' || markOf(role, box.value) !== known.mark) continue;
        filled.set(box, known);
        return true;
      }
    }
    return false;
  }

  /** @param {any} box @param {any} group @param {string | null} type @param {string} role */
  function unfit(box, group, type, role) {
    if (!box.isConnected) return 'gone';
    if (type !== null && box.type !== type) return 'changed';
    if (page.strange(box)) return 'role';
    if (!page.fillable(box, true) || role !== 'code' && !page.legible(box) || page.hiddenFrame()) return 'hidden';
    if (page.elsewhere(box.form ?? group.form, group.send)) return 'changed';
    if (!page.within(group.root, box)) return 'changed';
    return page.covered(box) ? 'covered' : null;
  }

  /** As typing does it: trusted events, and what the page hears belongs to this box alone. @param {any} box @param {string} value */
  function type_(box, value) {
    key(box, 'keydown');
    if (active() !== box) return set(box, value);
    box.select();
    if (!document.execCommand('insertText', false, value) || box.value !== value) {
      if (!page.stands(box)) return set(box, value);
    }
    key(box, 'keyup');
    return undefined;
  }

  /** By the setter that frameworks hide, with the events that they wait for. @param {any} box @param {string} value */
  function set(box, value) {
    const setter = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set;
    setter?.call(box, value);
    box.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true, inputType: 'insertText', data: value }));
    key(box, 'keyup');
    box.dispatchEvent(new Event('change', { bubbles: true }));
  }

  /** @param {any} box @param {string} type */
  function key(box, type) {
    box.dispatchEvent(new KeyboardEvent(type, { bubbles: true, composed: true, key: 'Unidentified' }));
  }

  /** The element that has the focus, in shadow roots too. */
  function active() {
    let element = document.activeElement;
    for (let root = element && page.shadow(element); root?.activeElement; root = page.shadow(element)) element = root.activeElement;
    return element;
  }

  function standing() {
    return new Promise((done) => {
      setTimeout(done, STANDS);
    });
  }

  /** @param {any} box */
  function empty(box) {
    const setter = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set;
    setter?.call(box, '');
    // Nobody is to be told of a box that the page has thrown away.
    if (!box.isConnected) return;
    box.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true, inputType: 'deleteContentBackward' }));
  }

  /** Empties what was filled and still stands. */
  page.clear = () => {
    for (const box of filled.keys()) if (page.stands(box)) empty(box);
    filled.clear();
    return {};
  };

  /** Whether values may be given to this document at all: not in the open, not without an origin. */
  page.secure = () => {
    // Of this context, not of the address: a frame without an address of its own has its parent's origin.
    if (self.origin === 'null' || !URL.canParse(self.origin)) return false;
    const { protocol, hostname } = new URL(self.origin);
    return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname));
  };
})();
