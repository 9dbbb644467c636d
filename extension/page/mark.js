// @ts-check
'use strict';
// Marks elements for a person, without a trace in the document: an animation that stands still. Taken back, nothing is left.
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.mark) return;

  /** Of each role: told apart by the line too, for those who do not see the colour. The popup draws the same. */
  const LINES = /** @type {Record<string, string>} */ ({
    username: 'solid #17607c', password: 'double #9c3363', code: 'dashed #6b4a9e', submit: 'dotted #37692f', other: 'solid #4c5866',
  });

  /** @type {Map<Element, Animation>} */
  const marks = new Map();

  /**
   * Marks an element, over whatever marked it before.
   * @param {any} element @param {string} role @param {boolean} [strong] the one that is meant now
   */
  page.mark = (element, role, strong = false) => {
    unmark(element);
    const line = LINES[role] ?? LINES.other;
    // White around the line: it is seen on dark pages too.
    const frame = { outline: `${strong ? 6 : 4}px ${line}`, outlineOffset: '2px', boxShadow: `0 0 0 2px #fff, 0 0 0 ${strong ? 10 : 8}px #fff` };
    marks.set(element, element.animate([frame, frame], { duration: 1, fill: 'forwards' }));
  };

  /** Takes all marks back, or one. @param {Element} [element] */
  page.unmark = (element) => {
    for (const marked of element ? [element] : [...marks.keys()]) unmark(marked);
  };

  /** @param {Element} element */
  function unmark(element) {
    marks.get(element)?.cancel();
    marks.delete(element);
  }
})();
