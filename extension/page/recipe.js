// @ts-check
'use strict';
// Reads a recipe: data that names the boxes of a page. It says where to look, and allows nothing that the rules forbid.
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.loaded) return;

  /** How well a box fits that a recipe names. */
  const NAMED = 20;
  /** From here on the words of a box say that it is for something else. */
  const STRANGE = 5;
  /** How many stars a glob may have. */
  const STARS = 5;

  /**
   * The step of a recipe that is for this address.
   * @param {any} recipe as docs/automated-login.md describes it, or null
   */
  page.stepOf = (recipe) => {
    if (recipe?.version !== 1 || !Array.isArray(recipe.steps)) return null;
    const fits = recipe.steps.filter((/** @type {any} */ step) => !step.url || page.glob(step.url, location.pathname));
    // Of those that fit, the first whose boxes are there: that can be seen, for a page may keep those of its last step.
    const there = (/** @type {any} */ step) => ['username', 'password', 'code'].flatMap((role) => page.select(step[role]));
    return fits.find((/** @type {any} */ step) => there(step).some(page.visible)) ?? fits.find((/** @type {any} */ step) => there(step).length > 0) ?? fits[0] ?? null;
  };

  /** Whether a path fits a glob: `*` within a part of the path, `**` across parts. @param {string} glob @param {string} path */
  page.glob = (glob, path) => {
    const parts = glob.match(/\*\*|[^]/g) ?? [];
    if (parts.filter((part) => part.startsWith('*')).length > STARS) return false;
    // Where in the glob one may stand after each letter: its time grows with both lengths, and with nothing else.
    const past = (/** @type {Set<number>} */ places) => {
      for (const place of places) if (parts[place]?.startsWith('*')) places.add(place + 1);
      return places;
    };
    let places = past(new Set([0]));
    for (let at = 0; at < path.length && places.size; at += 1) {
      /** @type {Set<number>} */
      const next = new Set();
      for (const place of places) {
        const part = parts[place];
        if (part === '**' || part === '*' && path[at] !== '/') next.add(place);
        else if (part === path[at]) next.add(place + 1);
      }
      places = past(next);
    }
    return places.has(parts.length);
  };

  /** The elements of a selector; ` >>> ` goes into a shadow root. @param {string | string[] | null | undefined} selector @returns {any[]} */
  page.select = (selector) => {
    if (!selector) return [];
    if (Array.isArray(selector)) return selector.flatMap((each) => page.select(each));
    /** @type {any[]} */
    let scopes = [document];
    const parts = selector.split(' >>> ');
    for (const [index, part] of parts.entries()) {
      try {
        const hits = scopes.flatMap((scope) => [...scope.querySelectorAll(part)]);
        if (index === parts.length - 1) return hits;
        scopes = hits.map((hit) => page.shadow(hit)).filter(Boolean);
      } catch {
        // A selector that is none finds nothing, and the page is read as usual.
        return [];
      }
    }
    return [];
  };

  /**
   * The roles that a step gives to boxes, as far as their own words allow it.
   * @param {any} step @returns {Map<any, {role: string, score: number}>}
   */
  page.given = (step) => {
    const given = new Map();
    for (const role of ['username', 'password', 'code']) {
      for (const box of page.select(step?.[role])) {
        if (box.localName === 'input' && page.suits(role, box) && !page.strange(box)) given.set(box, { role, score: NAMED });
      }
    }
    return given;
  };

  /** Whether a box is of a type for what a recipe calls it: a password goes into a box for one, a user name into another. @param {string} role @param {any} box */
  page.suits = (role, box) => role === 'code' || (box.type === 'password') === (role === 'password');

  /** Whether a box says of itself that nothing of a login belongs into it. @param {any} box */
  page.strange = (box) => {
    if (box.type === 'search' || /\bnew-password\b/.test(box.getAttribute('autocomplete') ?? '')) return true;
    const scores = page.roles(page.describe(box, page.language()));
    const { role } = page.best(scores);
    return role === 'new-password' || (role === 'question' || role === 'other') && scores[role] >= STRANGE;
  };
})();
