// @ts-check
'use strict';
// Says for a person what a look at this document found, and why not more. Fills nothing and presses nothing.
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.found) return;

  /** So many letters of what a page calls something are told. */
  const CALLED = 60;
  const ROLES = ['username', 'password', 'code', 'new-password', 'question'];

  /** What the last look found, by id; quiet where it is marked only when it is asked for. @type {Map<string, {elements: any[], role: string, quiet: boolean}>} */
  let shown = new Map();

  /**
   * Looks as a login would that may go to these origins. A login that runs here sees nothing of it.
   * @param {{origins: string[], recipe: any, factors: string[]}} asked
   */
  page.lookFor = (asked) => {
    const before = page.asked;
    page.asked = asked;
    try {
      const found = page.walk();
      return { found, ...page.observe(found) };
    } finally {
      page.asked = before;
    }
  };

  /** @param {{origins: string[], recipe: any, factors: string[]}} asked */
  page.found = (asked) => {
    const { found, observation, groups } = page.lookFor(asked);
    shown = new Map();
    // What a login would find out only when it has something to fill in.
    const open = page.secure() ? {} : { refused: 'insecure', kind: 'other' };
    const seen = groups.map((/** @type {any} */ group, /** @type {number} */ at) => tell({ ...group, ...open }, observation.groups[at]));
    page.showFound(null);
    const unseen = found.boxes.filter((/** @type {any} */ box) => !page.visible(box)).length;
    return { origin: self.origin, path: location.pathname, groups: seen, blockers: observation.blockers, signedIn: observation.signed_in, unseen };
  };

  /** @param {any} group @param {any} told as the worker hears of it */
  function tell(group, told) {
    const boxes = group.entries.map((/** @type {any} */ entry, /** @type {number} */ at) => {
      const { id } = told.boxes[at];
      const { role, score, scores, said, parts, given } = entry;
      const fits = group.kind === 'login' && entry.fillable && /^(username|password|code)$/.test(role);
      shown.set(id, { elements: parts ?? [entry.box], role: fits ? role : 'other', quiet: !fits });
      const closest = ROLES.map((name) => ({ role: name, score: Math.round(scores[name] * 10) / 10 })).reduce((most, each) => (each.score > most.score ? each : most));
      const why = fits ? null : group.refused ?? (entry.fillable ? null : page.fillable(entry.box) ? 'illegible' : 'hidden');
      return { id, role, score, closest, why, given, fits, parts: parts?.length ?? 1, called: called(labelled(entry.box) || said.placeholder || said.near || said.names) };
    });
    const { send } = group;
    if (send && group.kind === 'login') shown.set(told.submit, { elements: [send], role: 'submit', quiet: false });
    return { id: group.id, kind: group.kind, score: group.score, refused: group.refused, boxes, submit: send ? { id: told.submit, called: called(page.textOf(send).trim() || page.labelOfButton(send)) } : null };
  }

  /** Its label as it is written. @param {any} box @returns {string} */
  function labelled(box) {
    return box.labels?.[0]?.textContent.trim().replace(/\s+/g, ' ') || page.labelOf(box);
  }

  /** @param {string} text */
  function called(text) {
    return text.length > CALLED ? `${text.slice(0, CALLED)}…` : text;
  }

  /** Shows one of what was found, or all alike again. @param {string | null} id */
  page.showFound = (id) => {
    page.unmark();
    for (const [each, { elements, role, quiet }] of shown) {
      if (!quiet || each === id) for (const element of elements) page.mark(element, role, each === id);
    }
    const [first] = (id !== null && shown.get(id)?.elements) || [];
    first?.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
  };

  /** Shows what a recipe names. @param {string | string[]} selector @param {string} role */
  page.showNamed = (selector, role) => {
    page.unmark();
    const hits = page.select(selector);
    for (const element of hits) page.mark(element, role, true);
    hits[0]?.scrollIntoView({ block: 'nearest', inline: 'nearest', behavior: 'instant' });
    return hits.length;
  };
})();
