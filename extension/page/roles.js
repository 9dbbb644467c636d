// @ts-check
'use strict';
// What one box wants: an additive score for each role, from what the page says of the box. Decides alone, knows no document.
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.loaded) return;

  /**
   * @typedef {object} Box what a page says of one box
   * @property {string} type of the input, lower case
   * @property {string} autocomplete the attribute
   * @property {string} names name, id and the like, as words
   * @property {string} label label, aria-label and title, as words
   * @property {string} placeholder as words
   * @property {string} near the text beside it, as words
   * @property {number} length the longest value that it takes, 0 for any
   * @property {boolean} digits it asks for digits
   * @property {string} language of the page
   */

  /** In an identifier other words of that list belong to the form: `create_session_form[password]`. */
  const RENEWED = /\b(new|confirm(ation|ed)?|repeat(ed)?|retype|re ?enter|verify|again|(new|confirm|repeat|retype|verify)(pass|pwd|pw)\w*|(pass(word|wd)?|pwd)(2|new|again|confirm\w*|repeat))\b/;

  /** Below this no role is given. */
  page.THRESHOLD = 2;

  /** What an autocomplete token is worth. HTML standard, "autofill detail tokens". */
  const TOKENS = /** @type {Record<string, Record<string, number>>} */ ({
    username: { username: 7 },
    email: { username: 4 },
    'current-password': { password: 7 },
    password: { password: 2 },
    'new-password': { 'new-password': 12 },
    'one-time-code': { code: 7 },
    tel: { username: 2 },
    'tel-national': { username: 2 },
  });
  const STRANGE =
    /^(cc-|name$|given-|family-|additional-|honorific|nickname|organization|street|address|postal|country|bday|sex|language|url|transaction)/;

  /** How much each source of words counts. */
  const SOURCES = /** @type {[keyof Box, number][]} */ ([
    ['label', 3.5],
    ['names', 3],
    ['placeholder', 3],
    ['near', 2],
  ]);

  /**
   * @param {Box} box
   * @returns {Record<string, number>} a score for each role, higher is likelier
   */
  page.roles = (box) => {
    /** @type {Record<string, number>} */
    const score = { username: 0, password: 0, code: 0, 'new-password': 0, question: 0, other: 0 };
    const add = (/** @type {string} */ role, /** @type {number} */ points) => {
      score[role] = (score[role] ?? 0) + points;
    };
    byType(box, add);
    byToken(box, add);
    /** @param {string} list */
    const said = (list) => words(box, list);
    const [user, mail, phone, secret] = ['user', 'mail', 'phone', 'password'].map(said);
    const [fresh, current, code, wrongCode] = ['fresh', 'current', 'code', 'notcode'].map(said);
    const [question, person, payment, search] = ['question', 'person', 'payment', 'search'].map(said);

    add('username', Math.max(user, mail, phone * 0.8));
    add('question', question * 1.3);
    add('other', Math.max(person * 0.9, payment * 1.4, search * 1.1));
    add('code', wrongCode > 0 ? code - 1.5 * wrongCode : code);
    if (wrongCode > 0) add('other', wrongCode);
    if (box.type === 'password') {
      add('password', secret);
      add('username', -7);
      add('other', -2);
      // "Verification code" in a masked box; "passcode" and "PIN" stay passwords.
      const shown = `${box.label} . ${box.placeholder} . ${box.near}`;
      const coded = page.says('code', shown, box.language) > 0 && page.says('password', shown, box.language) === 0;
      if (code > 0 && (secret === 0 || coded)) add('password', -5);
      if (payment > 0) add('password', -4);
    } else {
      add('password', secret > 0 ? secret - 0.5 : 0);
      if (secret > 0 && user === 0 && mail === 0) add('username', -1);
    }
    const renewed = page.says('fresh', `${box.label} . ${box.placeholder} . ${box.near}`, box.language) > 0 || RENEWED.test(box.names);
    if (renewed && (secret > 0 || box.type === 'password') && current === 0) {
      add('new-password', 4 + Math.max(score.password, 0) + fresh * 0.5);
    }
    if (current > 0 && secret > 0) add('password', 2);
    if (question > 0) add('username', -2);
    if (code > 0 && (box.digits || (box.length >= 4 && box.length <= 10))) add('code', 2);
    return score;
  };

  /**
   * The role that fits best, `other` when none fits well.
   * @param {Record<string, number>} score
   * @returns {{role: string, score: number}}
   */
  page.best = (score) => {
    let role = 'other';
    let most = page.THRESHOLD;
    for (const [name, points] of Object.entries(score)) {
      if (points > most || (points === most && role === 'other')) [role, most] = [name, points];
    }
    return { role, score: Math.round((score[role] ?? 0) * 10) / 10 };
  };

  /** @param {Box} box @param {(role: string, points: number) => void} add */
  function byType(box, add) {
    if (box.type === 'password') add('password', 4);
    if (box.type === 'email') add('username', 3);
    if (box.type === 'search') add('other', 6);
    if (box.type === 'url' || box.type === 'date') add('other', 5);
    if (box.type === 'number' && box.length !== 1) add('code', 0.5);
  }

  /** @param {Box} box @param {(role: string, points: number) => void} add */
  function byToken(box, add) {
    for (const token of box.autocomplete.toLowerCase().split(/\s+/)) {
      for (const [role, points] of Object.entries(TOKENS[token] ?? {})) add(role, points);
      if (STRANGE.test(token)) add('other', 8);
    }
  }

  /**
   * What the sources say together: the best in full, the others a little.
   * @param {Box} box @param {string} list
   */
  function words(box, list) {
    let most = 0;
    let sum = 0;
    for (const [source, weight] of SOURCES) {
      const length = page.says(list, box[source], box.language);
      if (!length) continue;
      const points = weight + Math.min(length, 20) * 0.06;
      most = Math.max(most, points);
      sum += points;
    }
    return most + (sum - most) * 0.3;
  }
})();
