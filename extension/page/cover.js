// @ts-check
'use strict';
// Whether something is painted over a box, so that a person would not see what is filled in.
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.loaded) return;

  /** From here on what lies below cannot be made out. */
  const OPAQUE = 0.9;
  /** A notice about cookies covers at most this part of the window. */
  const NOTICE = 0.5;

  /**
   * Whether most of a box lies under something opaque, in its own window or in one around that we may look at. A notice about
   * cookies does not count, unless it is large: it is the page's own, and goes.
   * @param {any} box
   */
  page.covered = (box) => {
    const rect = box.getBoundingClientRect();
    const points = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.3, 0.25], [0.7, 0.75]].map(([x, y]) => [rect.left + rect.width * x, rect.top + rect.height * y]);
    /** @type {Map<Document, any[]>} */
    const known = new Map();
    const layers = (/** @type {Document} */ root) => known.get(root) ?? known.set(root, everything(root).filter(mayCover)).get(root) ?? [];
    const shown = points.map(([x, y]) => through(box, x, y, layers)).filter((light) => light !== null);
    return shown.filter((light) => light <= 1 - OPAQUE + 1e-9).length * 2 > shown.length;
  };

  /** How much of a box still shows at a point, 0 to 1; null where that is out of the window. @param {any} box @param {number} x @param {number} y @param {(root: Document) => any[]} layers @returns {number | null} */
  function through(box, x, y, layers) {
    let light = 1;
    for (let [target, left, top] = [box, x, y]; target; ) {
      const view = target.ownerDocument.defaultView;
      if (left < 0 || top < 0 || left >= view.innerWidth || top >= view.innerHeight) return target === box ? null : light;
      light *= transparency(target, left, top, layers(target.ownerDocument));
      const frame = frameOf(view);
      if (!frame) return light;
      const { left: right, top: down } = frame.getBoundingClientRect();
      [target, left, top] = [frame, left + right + frame.clientLeft, top + down + frame.clientTop];
    }
    return light;
  }

  /** The element of a frame, where its parent lets us look. @param {any} view */
  function frameOf(view) {
    try {
      return view === view.top ? null : view.frameElement;
    } catch {
      return null;
    }
  }

  /** What all that lies over a box at a point lets through, 0 to 1. @param {any} box @param {number} x @param {number} y @param {any[]} layers */
  function transparency(box, x, y, layers) {
    const hits = hitsOf(box.ownerDocument, x, y);
    const at = hits.findIndex((element) => page.within(box, element));
    // No click reaches it there: it is cut off, or behind something that is not in the way of clicks alone.
    if (at < 0) return 0;
    const over = new Set(hits.slice(0, at));
    let light = 1;
    for (const element of new Set([...layers, ...over])) {
      light *= 1 - pseudos(element, box, x, y, over.has(element));
      if (element.matches(':is(:modal, :popover-open)') && !page.within(element, box)) light *= 1 - colourOf(getComputedStyle(element, '::backdrop'));
      if (page.within(element, box) || page.within(box, element)) continue;
      if (!over.has(element) && !slips(element, box, x, y)) continue;
      if (!notice(element, box)) light *= 1 - paint(element) * veil(element, box);
    }
    return light;
  }

  /** All elements that a click at a point meets, the topmost first, through shadow roots. @param {any} root @param {number} x @param {number} y @returns {any[]} */
  function hitsOf(root, x, y) {
    return root.elementsFromPoint(x, y).filter((/** @type {any} */ element) => element.getRootNode() === root).flatMap((/** @type {any} */ element) => {
      const inner = page.shadow(element);
      return inner ? [...hitsOf(inner, x, y), element] : [element];
    });
  }

  /** @param {any} root @returns {any[]} */
  function everything(root) {
    return [...root.querySelectorAll('*')].flatMap((element) => {
      const inner = page.shadow(element);
      return inner ? [element, ...everything(inner)] : [element];
    });
  }

  /** Whether an element may cover what a click there does not tell of. @param {any} element */
  function mayCover(element) {
    if (getComputedStyle(element).pointerEvents === 'none' || element.closest('[inert]') || element.matches(':is(:modal, :popover-open)')) return true;
    return ['::before', '::after'].some((which) => !/^(none|normal)$/.test(getComputedStyle(element, which).content));
  }

  /** Whether an element that lets clicks through lies over a box there. @param {any} element @param {any} box @param {number} x @param {number} y */
  function slips(element, box, x, y) {
    const rect = element.getBoundingClientRect();
    if (!holds(rect, x, y)) return false;
    if (getComputedStyle(element).pointerEvents !== 'none' && !element.closest('[inert]')) return false;
    return above(element, box) && (page.visible(element) || element.closest('[inert], [aria-hidden=true]') !== null);
  }

  /** @param {{left: number, top: number, right: number, bottom: number}} rect @param {number} x @param {number} y */
  const holds = (rect, x, y) => rect.left <= x && rect.right >= x && rect.top <= y && rect.bottom >= y;

  /** Whether one element is painted over another: CSS 2.2, appendix E, as far as covers use it. @param {any} element @param {any} box */
  function above(element, box) {
    const common = commonOf(element, box);
    const [mine, theirs] = [orderOf(element, common), orderOf(box, common)];
    if (mine !== theirs) return mine > theirs;
    if (mine === 0 && !PICTURE.test(element.localName)) return false;
    return Boolean(box.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING);
  }

  /** @param {any} element @param {any} box */
  function commonOf(element, box) {
    let common = element;
    while (common && !page.within(common, box)) common = page.parent(common);
    return common;
  }

  /** The place of what holds an element among the layers of another: 0 in the flow, a half positioned, else its index. @param {any} from @param {any} common */
  function orderOf(from, common) {
    let index = 0;
    for (let node = from; node && node !== common; node = page.parent(node)) {
      if (node.matches(':is(:modal, :popover-open)')) return Infinity;
      const style = getComputedStyle(node);
      const layered = style.position !== 'static' || Number(style.opacity) < 1 || style.transform !== 'none' || style.filter !== 'none';
      const own = layered ? Number.parseInt(style.zIndex, 10) || 0.5 : 0;
      if (own !== 0) index = own;
    }
    return index;
  }

  const PICTURE = /^(img|video|canvas|iframe|embed|object|svg)$/;

  /** How opaque an element's own picture or ground is, 0 to 1. @param {any} element */
  function paint(element) {
    return PICTURE.test(element.localName) ? 1 : colourOf(getComputedStyle(element));
  }

  /** @param {any} style */
  function colourOf(style) {
    const pictured = style.backgroundImage !== 'none' || (style.backdropFilter ?? 'none') !== 'none';
    return pictured ? 1 : page.alpha(style.backgroundColor);
  }

  /** How opaque an element is by itself and all around it that is not around the box, 0 to 1. @param {any} element @param {any} box */
  function veil(element, box) {
    let opacity = 1;
    for (let node = element; node && !page.within(node, box); node = page.parent(node)) {
      const style = getComputedStyle(node);
      opacity *= style.visibility === 'visible' || node !== element ? Number(style.opacity) : 0;
    }
    return opacity;
  }

  /** What the drawn parts of an element cover of a box, 0 to 1. @param {any} element @param {any} box @param {number} x @param {number} y @param {boolean} hit a click there meets the element before the box */
  function pseudos(element, box, x, y, hit) {
    if (page.within(box, element)) return 0;
    const around = page.within(element, box);
    let light = 1;
    let drawn = false;
    for (const which of ['::before', '::after']) {
      const style = getComputedStyle(element, which);
      if (style.content === 'none' || style.content === 'normal' || style.display === 'none' || style.visibility !== 'visible') continue;
      const rect = placeOf(element, style);
      if (rect ? !holds(rect, x, y) : !hit || around) continue;
      drawn = true;
      const index = Number.parseInt(style.zIndex, 10);
      const common = around ? element : commonOf(element, box);
      const mine = around ? (Number.isNaN(index) ? 0.5 : index) : orderOf(element, common) || (Number.isNaN(index) ? 0.5 : index);
      const theirs = orderOf(box, common);
      const later = around ? which === '::after' : Boolean(box.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING);
      const over = hit && style.pointerEvents !== 'none' || mine > theirs || (mine === theirs && later);
      if (!over || notice(element, box)) continue;
      const solid = /^url\(|gradient\(/.test(style.content) ? 1 : colourOf(style);
      light *= 1 - solid * Number(style.opacity) * veil(element, box);
    }
    // An ancestor that is met before the box, with nothing drawn, is painted over it: the box lies behind its ground.
    return hit && around && !drawn ? paint(element) : 1 - light;
  }

  /** Where a drawn part lies in the window, null when it is in the flow. @param {any} element @param {CSSStyleDeclaration} style */
  function placeOf(element, style) {
    if (!/^(absolute|fixed)$/.test(style.position)) return null;
    let holder = element;
    const contains = (/** @type {any} */ node) => {
      const own = getComputedStyle(node);
      return own.transform !== 'none' || own.filter !== 'none' || (style.position === 'absolute' && own.position !== 'static');
    };
    while (holder && !contains(holder)) holder = page.parent(holder);
    const frame = holder?.getBoundingClientRect();
    const view = element.ownerDocument.defaultView;
    const fixed = style.position === 'fixed';
    const [left, top] = frame ? [frame.left + holder.clientLeft, frame.top + holder.clientTop] : fixed ? [0, 0] : [-view.scrollX, -view.scrollY];
    const number = (/** @type {string} */ text) => Number.parseFloat(text) || 0;
    const edges = style.boxSizing === 'border-box' ? [0, 0] : [['paddingLeft', 'paddingRight', 'borderLeftWidth', 'borderRightWidth'], ['paddingTop', 'paddingBottom', 'borderTopWidth', 'borderBottomWidth']].map((names) => names.reduce((sum, name) => sum + number(/** @type {any} */ (style)[name]), 0));
    const [width, height] = [number(style.width) + edges[0], number(style.height) + edges[1]];
    const [x, y] = [left + number(style.left) + number(style.marginLeft), top + number(style.top) + number(style.marginTop)];
    if (style.transform === 'none') return { left: x, top: y, right: x + width, bottom: y + height };
    const matrix = new DOMMatrix(style.transform);
    const [originX, originY] = style.transformOrigin.split(' ').map(number);
    const corners = [[0, 0], [width, 0], [0, height], [width, height]].map(([a, b]) => matrix.transformPoint(new DOMPoint(a - originX, b - originY)));
    const [xs, ys] = [corners.map((corner) => corner.x + x + originX), corners.map((corner) => corner.y + y + originY)];
    return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
  }

  /** Whether an element is part of a notice about cookies that leaves half of the window free. @param {any} element @param {any} box */
  function notice(element, box) {
    const { innerWidth, innerHeight } = element.ownerDocument.defaultView;
    let said = false;
    for (let node = element; node && !page.within(node, box); node = page.parent(node)) {
      const { left, top, right, bottom } = node.getBoundingClientRect();
      const area = Math.max(0, Math.min(right, innerWidth) - Math.max(left, 0)) * Math.max(0, Math.min(bottom, innerHeight) - Math.max(top, 0));
      if (area > innerWidth * innerHeight * NOTICE) return false;
      const marks = page.parts(`${node.id} ${node.getAttribute('class') ?? ''} ${node.getAttribute('aria-label') ?? ''}`);
      said ||= page.says('consent', marks, page.language()) > 0;
    }
    return said;
  }
})();
