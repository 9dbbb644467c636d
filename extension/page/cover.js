// @ts-check
'use strict';
// Whether something is painted over a box, so that a person would not see what is filled in.
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.loaded) return;

  /** From here on what lies below cannot be made out. */
  const OPAQUE = 0.9;

  /**
   * Whether most of a box lies under something opaque. A notice about cookies does not count: it is the page's own, and goes.
   * @param {any} box
   */
  page.covered = (box) => {
    const rect = box.getBoundingClientRect();
    const points = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.3, 0.25], [0.7, 0.75]]
      .map(([x, y]) => [rect.left + rect.width * x, rect.top + rect.height * y])
      .filter(([x, y]) => x >= 0 && y >= 0 && x < window.innerWidth && y < window.innerHeight);
    if (!points.length) return false;
    const under = points.filter(([x, y]) => coverAt(box, x, y)).length;
    return under * 2 > points.length || painted(box, rect);
  };

  /** What a click there would meet, when it hides the box. @param {any} box @param {number} x @param {number} y */
  function coverAt(box, x, y) {
    let top = /** @type {any} */ (document.elementFromPoint(x, y));
    for (let root = top && page.shadow(top); root; root = page.shadow(top)) {
      const inner = root.elementFromPoint(x, y);
      if (!inner || inner === top) break;
      top = inner;
    }
    if (!top || top === box || page.within(top, box) || [...(box.labels ?? [])].some((label) => page.within(label, top))) return false;
    let opacity = 0;
    for (let node = top; node && !page.within(node, box); node = page.parent(node)) opacity = Math.max(opacity, paint(node));
    return opacity >= OPAQUE && !consent(top, box);
  }

  /** Covers that let clicks through, which `elementFromPoint` does not name. @param {any} box @param {DOMRect} rect */
  function painted(box, rect) {
    const [x, y] = [rect.left + rect.width / 2, rect.top + rect.height / 2];
    return [...document.querySelectorAll('*')].some((/** @type {any} */ element) => {
      const over = element.getBoundingClientRect();
      if (over.left > x || over.right < x || over.top > y || over.bottom < y || over.width < rect.width / 2) return false;
      if (page.within(element, box) || page.within(box, element) || element.localName === 'label') return false;
      const style = getComputedStyle(element);
      return style.pointerEvents === 'none' && style.position !== 'static' && paint(element) >= OPAQUE && page.visible(element) && above(element, box) && !consent(element, box);
    });
  }

  /** Whether one element is painted over another: CSS 2.2, appendix E, as far as covers use it. @param {any} element @param {any} box */
  function above(element, box) {
    /** @type {any} */
    let common = element;
    while (common && !page.within(common, box)) common = page.parent(common);
    const order = (/** @type {any} */ from) => {
      let index = 0;
      for (let node = from; node && node !== common; node = page.parent(node)) {
        const style = getComputedStyle(node);
        const own = style.position === 'static' ? 0 : Number.parseInt(style.zIndex, 10) || 0.5;
        if (own !== 0) index = own;
      }
      return index;
    };
    const [mine, theirs] = [order(element), order(box)];
    if (mine !== theirs) return mine > theirs;
    return Boolean(box.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING);
  }

  /** How opaque an element itself is, 0 to 1. @param {Element} element */
  function paint(element) {
    if (/^(img|video|canvas|iframe|embed|object|svg)$/.test(element.localName)) return 1;
    const style = getComputedStyle(element);
    const alpha = /rgba\([^)]*,\s*([\d.]+)\)/.exec(style.backgroundColor);
    const colour = style.backgroundColor === 'transparent' ? 0 : alpha ? Number(alpha[1]) : 1;
    return Math.max(colour, style.backgroundImage === 'none' ? 0 : 1) * Number(style.opacity);
  }

  /** @param {any} top @param {any} box */
  function consent(top, box) {
    for (let node = top; node && !page.within(node, box); node = page.parent(node)) {
      const marks = page.parts(`${node.id} ${node.getAttribute('class') ?? ''} ${node.getAttribute('aria-label') ?? ''}`);
      if (page.says('consent', marks, 'en')) return true;
    }
    return false;
  }
})();
