// @ts-check
'use strict';
// Sends a group: its button, else its form, else the Enter key; and stops what would carry a password away.
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.loaded) return;

  /** How long a button may stay disabled while the page checks what was filled in, in milliseconds. */
  const ENABLES = 1000;
  const AGAIN = 50;

  /** How often, and after how many milliseconds each, a form is sent anew that a guard stopped. */
  const TRIES = 8;
  const ANEW = 1000;

  /** What a guard stopped last, and why. @type {string | null} */
  let stopped = null;

  /**
   * @param {{group: string, signature: string}} message
   * @returns {Promise<{submitted: boolean, by: string | null, reason: string | null}>} reasons: `changed`, `gone`, `values`, `action`, `get`, `disabled`
   */
  page.submit = async ({ group: id, signature }) => {
    const no = (/** @type {string} */ reason) => ({ submitted: false, by: null, reason });
    const { observation, groups } = page.look();
    if (observation.signature !== signature) return no('changed');
    const group = groups.find((/** @type {any} */ each) => each.id === id);
    if (!group || group.kind !== 'login') return no('gone');
    const ours = [...page.filled].filter(([box]) => page.within(group.root, box));
    if (!ours.every(([box]) => page.stands(box)) || lacking(group)) return no('values');
    if (page.elsewhere(group.form, group.send)) return no('action');
    page.guard();
    stopped = null;
    const last = ours.at(-1)?.[0];
    last?.blur?.();
    let by = await press(group, last);
    if (!by) return no('disabled');
    // The browser would have put the password into the address: the page's script has not come yet. Nothing was sent, so try anew.
    for (let tries = 0; stopped === 'get' && tries < TRIES && last?.isConnected && page.stands(last); tries += 1) {
      await pause(ANEW);
      stopped = null;
      by = await press(group, last);
    }
    return stopped ? { submitted: false, by, reason: stopped } : { submitted: true, by, reason: null };
  };

  /** Whether a box for a password would be sent empty, or as somebody else filled it in where we may not. @param {any} group */
  function lacking(group) {
    return group.entries.some((/** @type {any} */ { box, parts, role, fillable }) =>
      [box, ...(parts ?? [])].some((each) => (each.type === 'password' || role === 'password') && !page.stands(each) && (each.value === '' || !fillable)));
  }

  /** @param {any} group @param {any} last the box filled last @returns {Promise<string | null>} what was pressed */
  async function press(group, last) {
    const { send } = group;
    if (send && (await enabled(send))) {
      send.focus?.({ preventScroll: true });
      send.click();
      return 'button';
    }
    if (send && group.form && last === undefined) return null;
    const form = group.form ?? (group.root.localName === 'form' ? group.root : null);
    if (form && !send) {
      form.requestSubmit();
      return 'form';
    }
    if (!last || send) return null;
    for (const type of ['keydown', 'keypress', 'keyup']) {
      last.dispatchEvent(new KeyboardEvent(type, { key: 'Enter', code: 'Enter', keyCode: 13, which: 13, bubbles: true, composed: true, cancelable: true }));
    }
    return 'enter';
  }

  /** @param {number} milliseconds */
  function pause(milliseconds) {
    return new Promise((done) => {
      setTimeout(done, milliseconds);
    });
  }

  /** Waits a little for a button to be ready. @param {any} button */
  async function enabled(button) {
    for (let waited = 0; waited <= ENABLES; waited += AGAIN) {
      if (!button.isConnected) return false;
      if (!button.disabled && !button.matches(':disabled') && button.getAttribute('aria-disabled') !== 'true') return true;
      await pause(AGAIN);
    }
    return false;
  }

  /** Whether a form holds a value of ours that must not be seen on the way. @param {any} form @param {boolean} any the user name counts too */
  function holds(form, any) {
    return [...page.filled].some(([box, { role }]) => (any || role !== 'username') && page.stands(box) && (box.form === form || page.within(form, box)));
  }

  let guarding = false;
  /** From the first value on: no password in an address, and none to an origin that is not listed. */
  page.guard = () => {
    if (guarding) return;
    guarding = true;
    // First, before the page hears of it: a form that was turned elsewhere. Last, when the page did not take it over: a form
    // that a browser would send in an address, as one does whose script has not come yet.
    window.addEventListener('submit', (event) => stop(event, false), true);
    window.addEventListener('submit', (event) => stop(event, true), false);
    /** @type {any} */ (window).navigation?.addEventListener?.('navigate', (/** @type {any} */ event) => {
      if (!event.cancelable || event.hashChange && !carries(event.destination.url)) return;
      const { origin } = new URL(event.destination.url);
      const sent = valuesOf(event.formData);
      const posts = [...page.filled.keys()].some((box) => page.stands(box) && sent.includes(box.value));
      if (carries(event.destination.url)) halt(event, 'get');
      else if (posts && !page.listed(origin)) halt(event, 'action');
    });
  };

  /** What a form sends. Firefox lets its iterators not through to scripts like this one. @param {FormData | null} data */
  function valuesOf(data) {
    /** @type {any[]} */
    const values = [];
    data?.forEach((value) => values.push(value));
    return values;
  }

  /** @param {any} event @param {boolean} late */
  function stop(event, late) {
    const form = event.target;
    if (event.defaultPrevented && late) return;
    if (holds(form, true) && page.elsewhere(form, event.submitter)) {
      halt(event, 'action');
      page.clear();
      return;
    }
    const method = event.submitter?.getAttribute?.('formmethod') ?? form.getAttribute('method') ?? 'get';
    if (late && !/^(post|dialog)$/i.test(method) && holds(form, false)) halt(event, 'get');
  }

  /** Whether an address carries a password or a code of ours. @param {string} url */
  function carries(url) {
    let text = url.replaceAll('+', ' ');
    try {
      text = decodeURIComponent(text);
    } catch {
      // Compared as it stands.
    }
    return [...page.filled].some(([box, { role }]) => role === 'password' && page.stands(box) && (text.includes(box.value) || url.includes(encodeURIComponent(box.value))));
  }

  /** @param {Event} event @param {string} reason */
  function halt(event, reason) {
    event.preventDefault();
    event.stopImmediatePropagation();
    stopped = reason;
  }

  /** Shows a person where to go on. @param {{box?: string, blocker?: string}} message */
  page.focusOn = ({ box, blocker }) => {
    const { groups } = page.look();
    const target = (box && page.boxOf(groups, box)?.entry.box) || page.blocking(blocker);
    target?.scrollIntoView?.({ block: 'center', behavior: 'instant' });
    target?.focus?.();
    return {};
  };
})();
