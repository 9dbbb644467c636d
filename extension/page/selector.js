// @ts-check
'use strict';
// Names one element by a selector that will still fit tomorrow: by what its author called it, by structure only as the last
// resort, and never by what somebody typed.
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.candidates) return;

  /**
   * @typedef {object} Said what an element says of itself
   * @property {string} tag its local name
   * @property {Record<string, string>} attributes those of `NAMING` that it has
   * @property {number} nth among its brothers of the same tag, from 1
   */

  /** Attributes by which an author names an element, the best first. */
  const NAMING = ['id', 'name', 'autocomplete', 'type', 'data-testid', 'data-test', 'formcontrolname'];
  /** The server takes no longer one. */
  const LONGEST = 500;
  /** Elements of which a page has few, so that they may stand for a place. */
  const PLACE = /^(form|fieldset|main|dialog)$|-/;
  /** What builds and frameworks make up: counters, hashes, ids of a session. */
  const GENERATED = /\d{3}|(?=[a-f]*\d)(?=\d*[a-f])[a-f\d]{6}|[a-z]\d+[a-z]+\d|^(ember|ext-|radix-|react-aria|headlessui|mui-|mat-|yui|gwt-|input-?\d|field-?\d|r\d)/i;
  /** Shorter texts stand in names by chance. */
  const TYPED = 4;

  /** Whether a name is one that an author gave. @param {string} name */
  page.stable = (name) => /^[a-z][\w.:$[\]-]{0,59}$/i.test(name) && !GENERATED.test(name);

  /**
   * Selectors that may name an element, the most robust first.
   * @param {Said[]} path the element, what it lies in, and so on up to its root
   * @returns {string[]}
   */
  page.candidates = (path) => {
    const [own, ...around] = path;
    const parts = ownParts(own);
    const list = parts.map((part) => part.selector);
    const worded = parts.filter(({ attribute }) => attribute !== 'id');
    for (const [at, one] of worded.entries()) for (const other of worded.slice(at + 1)) list.push(one.selector + other.selector.slice(own.tag.length));
    const places = around.flatMap((said, up) => placesOf(said).map((place) => ({ place, up })));
    for (const { place } of places) for (const { selector } of [...worded, { selector: own.tag }]) list.push(`${place} ${selector}`);
    const nth = (/** @type {Said} */ said) => `${said.tag}:nth-of-type(${said.nth})`;
    for (const { place, up } of places) list.push([place, ...around.slice(0, up).reverse().map(nth), nth(own)].join(' > '));
    list.push([...path].reverse().map((said) => (/^(html|body)$/.test(said.tag) ? said.tag : nth(said))).join(' > '));
    return [...new Set(list)].filter((selector) => selector.length <= LONGEST);
  };

  /** @param {Said} own @returns {{attribute: string, selector: string}[]} */
  function ownParts({ tag, attributes }) {
    return NAMING.flatMap((attribute) => {
      const value = attributes[attribute] ?? '';
      if (attribute === 'id') return /^[\w-]+$/.test(value) && page.stable(value) ? [{ attribute, selector: `#${value}` }] : [];
      const tells = attribute === 'autocomplete' ? /^[a-z][a-z -]{3,59}$/i.test(value) : page.stable(value);
      return tells ? [{ attribute, selector: `${tag}[${attribute}="${value}"]` }] : [];
    });
  }

  /** @param {Said} said */
  function placesOf(said) {
    const named = ownParts(said).filter(({ attribute }) => attribute === 'id' || attribute === 'name').map(({ selector }) => selector);
    return PLACE.test(said.tag) ? [...named, said.tag] : named;
  }

  /** @param {Element} element @returns {Said} */
  function say(element) {
    const attributes = Object.fromEntries(NAMING.flatMap((name) => (element.hasAttribute(name) ? [[name, element.getAttribute(name) ?? '']] : [])));
    let nth = 1;
    for (let brother = element.previousElementSibling; brother; brother = brother.previousElementSibling) if (brother.localName === element.localName) nth += 1;
    return { tag: /^[a-z][a-z\d-]*$/.test(element.localName) ? element.localName : '*', attributes, nth };
  }

  /**
   * The best selector that finds this element and no other; through shadow roots.
   * @param {any} element
   * @returns {string | null} null where there is none
   */
  page.selectorOf = (element) => {
    const typed = typedTexts();
    const parts = [];
    for (let inner = element; inner; inner = inner.getRootNode().host ?? null) {
      const root = inner.getRootNode();
      const path = [];
      for (let node = inner; node && node !== root; node = above(node)) path.push(say(node));
      const fits = page.candidates(path).find((/** @type {string} */ selector) => {
        if (typed.some((/** @type {string} */ text) => selector.toLowerCase().includes(text))) return false;
        const [hit, ...more] = root.querySelectorAll(selector);
        return hit === inner && more.length === 0;
      });
      if (!fits) return null;
      parts.unshift(fits);
    }
    const selector = parts.join(' >>> ');
    const hits = page.select(selector);
    return selector.length <= LONGEST && hits.length === 1 && hits[0] === element ? selector : null;
  };

  /** By the getter itself: a form has its boxes as properties. @param {Node} node @returns {any} */
  const above = (node) => Object.getOwnPropertyDescriptor(Node.prototype, 'parentNode')?.get?.call(node) ?? null;

  /** What stands in boxes now: pages put it into names, and it must not get into a recipe from there. */
  function typedTexts() {
    return page.walk().boxes.map((/** @type {HTMLInputElement} */ box) => box.value.toLowerCase()).filter((/** @type {string} */ text) => text.length >= TYPED);
  }

  /** The path of this document, with a star for each part that holds what stands in a box. */
  page.pathOfStep = () => page.untyped(location.pathname, typedTexts());

  /** @param {string} path @param {string[]} typed in lower case */
  page.untyped = (path, typed) => path.split('/').map((part) => (typed.some((text) => plain(part).includes(text)) ? '*' : part)).join('/');

  /** A part of a path as one reads it, in lower case. @param {string} part */
  function plain(part) {
    try {
      return decodeURIComponent(part).toLowerCase();
    } catch {
      return part.toLowerCase();
    }
  }
})();
