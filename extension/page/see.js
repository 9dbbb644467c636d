// @ts-check
'use strict';
// What can be seen: walks the document through open and closed shadow roots, says what a person could see of an element,
// and what the page calls it. Changes nothing.
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.loaded) return;

  /** Elements that can hold a shadow root. https://dom.spec.whatwg.org/#valid-shadow-host-name */
  const HOSTS = /-|^(article|aside|blockquote|body|div|footer|h[1-6]|header|main|nav|p|section|span)$/;
  const TYPES = new Set(['text', 'email', 'tel', 'password', 'number', 'search', 'url', '']);
  /** The smallest edge of a box that a person could use, in CSS pixels. */
  const SMALLEST = 4;
  /** How far each filter may go, so that one still reads what it is laid on. `opacity` is counted with all other transparency. */
  const FILTERS = /** @type {Record<string, [number, number]>} */ ({
    opacity: [0, 1], blur: [0, 1], brightness: [0.6, 1.4], contrast: [0.6, 2], invert: [0.9, 1], grayscale: [0, 1], sepia: [0, 1], saturate: [0, 3], 'hue-rotate': [-360, 360],
  });
  /** Below this, what is painted cannot be made out. */
  const FAINTEST = 0.2;

  /**
   * The shadow root of an element, closed ones too where the browser lets us.
   * @param {any} element
   * @returns {ShadowRoot | null}
   */
  page.shadow = (element) => {
    if (element.shadowRoot) return element.shadowRoot;
    if (!HOSTS.test(element.localName)) return null;
    try {
      const chromium = /** @type {any} */ (globalThis).chrome?.dom?.openOrClosedShadowRoot;
      if (chromium) return chromium(element);
      return element.openOrClosedShadowRoot ?? null;
    } catch {
      return null;
    }
  };

  /** The parent, out of a shadow root too. @param {any} node @returns {Element | null} */
  page.parent = (node) => {
    const slot = node.assignedSlot;
    if (slot?.localName === 'slot') return slot;
    const parent = above(node);
    return parent?.nodeType === Node.ELEMENT_NODE ? /** @type {Element} */ (parent) : /** @type {any} */ (parent)?.host ?? null;
  };

  /** By the getter itself: a form has its boxes as properties, under any name that the page gives them. */
  const getter = Object.getOwnPropertyDescriptor(Node.prototype, 'parentNode')?.get;
  /** @param {any} node @returns {Node | null} */
  const above = (node) => getter?.call(node) ?? null;

  /** Whether one element lies in another, through shadow roots. @param {any} outer @param {any} inner */
  page.within = (outer, inner) => {
    for (let node = inner; node; node = above(node) ?? node.host ?? null) {
      if (node === outer) return true;
    }
    return false;
  };

  /**
   * Everything of the document that matters here, in the order of the tree.
   * @returns {{boxes: HTMLInputElement[], buttons: HTMLElement[], links: HTMLElement[], frames: HTMLElement[], checks: HTMLInputElement[], headings: HTMLElement[], notes: HTMLElement[], marked: HTMLElement[], roots: (Document | ShadowRoot)[]}}
   */
  page.walk = () => {
    /** @type {any} */
    const found = { boxes: [], buttons: [], links: [], frames: [], checks: [], headings: [], notes: [], marked: [], roots: [] };
    visit(document, found);
    return found;
  };

  /** @param {Document | ShadowRoot} root @param {any} found */
  function visit(root, found) {
    found.roots.push(root);
    for (const element of root.querySelectorAll('*')) {
      sort(/** @type {any} */ (element), found);
      const inner = page.shadow(element);
      if (inner) visit(inner, found);
    }
  }

  /** @param {HTMLElement & {type?: string}} element @param {any} found */
  function sort(element, found) {
    const role = element.getAttribute('role');
    switch (element.localName) {
      case 'input': {
        const type = element.type ?? '';
        if (TYPES.has(type)) found.boxes.push(element);
        else if (/^(submit|image|button)$/.test(type)) found.buttons.push(element);
        else if (type === 'checkbox') found.checks.push(element);
        break;
      }
      case 'button':
        found.buttons.push(element);
        break;
      case 'a':
        (role === 'button' || /(btn|button|submit|sign-?in|log-?in)/i.test(`${element.className} ${element.id}`) && /^(#|javascript:|$)/i.test(element.getAttribute('href') ?? '') || /\b(btn|button)/i.test(element.className) ? found.buttons : found.links).push(element);
        break;
      case 'iframe':
      case 'frame':
        found.frames.push(element);
        break;
      case 'h1': case 'h2': case 'h3': case 'h4': case 'legend':
        found.headings.push(element);
        break;
      default:
        if (role === 'button' || (/-(button|btn)$/.test(element.localName))) found.buttons.push(element);
        else if (role === 'link') found.links.push(element);
        else if (role === 'heading') found.headings.push(element);
        else if (element.onclick || element.hasAttribute('onclick') || /(^|[\s_-])(btn|button|submit)([\s_-]|$)/i.test(classOf(element))) {
          if (element.childElementCount <= 3 && !element.querySelector('input, button')) found.buttons.push(element);
        }
    }
    const marks = `${element.id} ${classOf(element)}`;
    if (role === 'alert' || role === 'status' || element.getAttribute('aria-live') || /error|alert|invalid|danger|warn|fail|feedback|message|notice|toast|flash|hint/i.test(marks)) {
      found.notes.push(element);
    }
    if (/captcha|turnstile|arkose|funcaptcha|geetest/i.test(marks) || element.hasAttribute('data-sitekey')) found.marked.push(element);
  }

  /** @param {Element} element */
  function classOf(element) {
    return element.getAttribute('class') ?? '';
  }

  /**
   * Whether a person could see it, were it scrolled to.
   * @param {any} element
   * @param {number} [smallest] edge in CSS pixels
   */
  page.visible = (element, smallest = SMALLEST) => {
    const sizes = known?.get(element) ?? new Map();
    if (!sizes.has(smallest)) sizes.set(smallest, shown(element, smallest));
    known?.set(element, sizes);
    return sizes.get(smallest);
  };

  /** What was said of elements since a look began, by the smallest edge. @type {Map<any, Map<number, boolean>> | null} */
  let known = null;

  /** Looks at each element once: a look is one synchronous call, in which nothing changes. @template T @param {() => T} look @returns {T} */
  page.once = (look) => {
    if (known) return look();
    known = new Map();
    try {
      return look();
    } finally {
      known = null;
    }
  };

  /** @param {any} element @param {number} smallest */
  function shown(element, smallest) {
    if (!element.isConnected) return false;
    const rect = element.getBoundingClientRect();
    if (rect.width < smallest || rect.height < smallest) return false;
    if (element.checkVisibility && !element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: false })) return false;
    // A frame's element lies in another window than ours.
    const view = element.ownerDocument.defaultView ?? window;
    if (rect.right + view.scrollX <= 0 || rect.bottom + view.scrollY <= 0) return false;
    const widest = Math.max(element.ownerDocument.documentElement.scrollWidth, view.innerWidth);
    if (rect.left + view.scrollX >= widest) return false;
    return painted(element, rect, smallest);
  }

  /** Looks at everything that it lies in. @param {Element} element @param {DOMRect} rect @param {number} smallest */
  function painted(element, rect, smallest) {
    let opacity = 1;
    let [left, top, right, bottom] = [rect.left, rect.top, rect.right, rect.bottom];
    let escapes = false;
    for (let node = /** @type {any} */ (element); node; node = page.parent(node)) {
      const style = getComputedStyle(node);
      opacity *= Number(style.opacity) * faded(style.filter);
      if (opacity < FAINTEST || style.visibility !== 'visible' && node === element) return false;
      if (node.inert || node.getAttribute('aria-hidden') === 'true' && !node.contains(document.activeElement)) return false;
      if (cut(style)) return false;
      const outermost = node === node.ownerDocument.body || node === node.ownerDocument.documentElement;
      if (node !== element && !outermost && !escapes && hides(style)) {
        const box = node.getBoundingClientRect();
        if (style.overflowX !== 'visible') [left, right] = [Math.max(left, box.left), Math.min(right, box.right)];
        if (style.overflowY !== 'visible') [top, bottom] = [Math.max(top, box.top), Math.min(bottom, box.bottom)];
        if (right - left < smallest || bottom - top < smallest) return false;
      }
      // A fixed box is not cut by what it lies in.
      if (style.position === 'fixed') escapes = true;
    }
    return true;
  }

  /** Cuts off what sticks out and cannot be scrolled to. @param {CSSStyleDeclaration} style */
  function hides(style) {
    return /hidden|clip/.test(`${style.overflowX} ${style.overflowY}`);
  }

  /** @param {string} filter */
  function faded(filter) {
    const opacity = /opacity\(([\d.]+)(%?)\)/.exec(filter);
    return opacity ? Number(opacity[1]) / (opacity[2] ? 100 : 1) : 1;
  }

  /** Clipped, masked or blended so that it may not be seen: by anything that is not known to do no harm. @param {any} style */
  function cut(style) {
    if (!harmlessClip(style.clipPath) || !harmlessFilter(style.filter)) return true;
    if (/[^,\snoe]/.test(`${style.maskImage ?? ''}${style.webkitMaskImage ?? ''}`) || (style.maskBorderSource ?? style.webkitMaskBoxImageSource ?? 'none') !== 'none') return true;
    if ((style.mixBlendMode ?? 'normal') !== 'normal') return true;
    const clip = /rect\(([\d.]+)px,? ([\d.]+)px,? ([\d.]+)px,? ([\d.]+)px\)/.exec(style.clip);
    return Boolean(clip && (Number(clip[3]) - Number(clip[1]) < 3 || Number(clip[2]) - Number(clip[4]) < 3));
  }

  /** At most a narrow edge is clipped off. @param {string} clip */
  function harmlessClip(clip) {
    if (!clip || clip === 'none') return true;
    const inset = /^inset\(([-\d.%pxa-z ]+?)(?: round [^()]*)?\)$/.exec(clip);
    return Boolean(inset) && /** @type {any} */ (inset)[1].split(' ').every((/** @type {string} */ edge) => /^-?[\d.]+(px|%)?$/.test(edge) && Number.parseFloat(edge) <= 5);
  }

  /** @param {string} filter */
  function harmlessFilter(filter) {
    if (!filter || filter === 'none') return true;
    // A colour may lie in brackets of its own.
    const parts = filter.match(/[a-z-]+\((?:[^()]|\([^()]*\))*\)/g) ?? [];
    const seen = new Set();
    return filter.split(/\)\s+(?=[a-z-]+\()/).length === parts.length && parts.every((part) => {
      const [, name, given] = /^([a-z-]+)\((.*)\)$/.exec(part) ?? [];
      if (seen.has(name)) return false;
      seen.add(name);
      const amount = Number.parseFloat(given) / (given.endsWith('%') ? 100 : 1);
      const [least, most] = FILTERS[name] ?? [1, 0];
      return name === 'drop-shadow' || (amount >= least && amount <= most) || (name === 'invert' && amount <= 0.1);
    });
  }

  /** Whether a value could be typed into it. Some boxes can be written to only once they have the focus. @param {any} box @param {boolean} [focused] */
  page.fillable = (box, focused = false) =>
    !box.disabled && !(box.readOnly && (focused || box.value !== '')) && !box.matches(':disabled') && box.getAttribute('aria-disabled') !== 'true' &&
    getComputedStyle(box).pointerEvents !== 'none' && page.visible(box);

  /** Whether a person could read what is put into a box. @param {any} box */
  page.legible = (box) => {
    const style = /** @type {any} */ (getComputedStyle(box));
    const ink = Math.min(...[style.color, style.webkitTextFillColor ?? style.color].map(page.alpha));
    return ink >= FAINTEST && Number.parseFloat(style.fontSize) >= SMALLEST;
  };

  /** How opaque a colour is, 0 to 1. @param {string} colour as `getComputedStyle` tells it */
  page.alpha = (colour) => {
    if (colour === 'transparent') return 0;
    const [, part, percent] = /^rgba\([^)]*,\s*([\d.e-]+)(%?)\)|\/\s*([\d.e-]+)(%?)\)/.exec(colour)?.filter((each) => each !== undefined) ?? [];
    return part === undefined ? 1 : Number(part) / (percent ? 100 : 1);
  };

  /** The language of the page. */
  page.language = () =>
    (document.documentElement.lang || document.querySelector('meta[http-equiv="content-language" i]')?.getAttribute('content') || '')
      .slice(0, 2).toLowerCase();

  /** The text that an element shows, shortened. @param {any} element @param {number} [most] */
  page.textOf = (element, most = 400) => {
    const text = element?.innerText ?? element?.textContent ?? '';
    return text.length > most ? text.slice(0, most) : text;
  };

  /** What the page calls a box. @param {HTMLInputElement} box */
  page.labelOf = (box) => {
    const root = /** @type {any} */ (box.getRootNode());
    // Ids that a page gave out twice tie a box to the words of another form.
    const own = [...(box.labels ?? [])].filter((label) => !box.form || !label.closest('form') || label.closest('form') === box.form);
    const texts = own.map((label) => label.textContent ?? '');
    for (const id of (box.getAttribute('aria-labelledby') ?? '').split(/\s+/)) {
      if (id) texts.push(root.getElementById?.(id)?.textContent ?? '');
    }
    texts.push(box.getAttribute('aria-label') ?? '', box.title ?? '');
    const host = root.host;
    if (host) {
      for (const name of ['label', 'aria-label', 'placeholder', 'name', 'id', 'type', 'autocomplete']) texts.push(page.parts(host.getAttribute(name)));
      const id = host.id && host.getRootNode().querySelector?.(`label[for="${CSS.escape(host.id)}"]`);
      if (id) texts.push(id.textContent ?? '');
    }
    const said = texts.map((text) => text.trim().slice(0, 120)).filter(Boolean);
    return page.normal([...new Set(said)].join(' . '));
  };

  /** The text beside a box that has no label: before it, in the cell before, or the only text around. @param {HTMLInputElement} box */
  page.nearOf = (box) => {
    /** @type {any} */
    let node = box;
    for (let up = 0; up < 4 && node; up += 1) {
      for (let before = node.previousSibling; before; before = before.previousSibling) {
        if (before.nodeType === Node.ELEMENT_NODE && /^(input|select|textarea|script|style|button)$/.test(before.localName)) {
          if (/^(input|select|textarea)$/.test(before.localName) && before.type !== 'hidden') return '';
          continue;
        }
        if (before.querySelector?.('input:not([type=hidden]), select, textarea')) return '';
        const text = (before.nodeType === Node.COMMENT_NODE ? '' : before.textContent ?? '').trim();
        if (text) return text.length <= 80 ? page.normal(text) : '';
      }
      node = page.parent(node);
      if (!node || node.localName === 'form' || node.querySelectorAll?.('input:not([type=hidden])').length > 1) {
        // In a table the words may stand in the row above, in the same column; then they are not ours to guess.
        return '';
      }
    }
    return '';
  };
})();
