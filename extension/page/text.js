// @ts-check
'use strict';
// Reads words: brings text of a page into one form, and says whether it holds a word of a list.
// Knows nothing of the document, so `node --test` runs it.
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.loaded) return;

  /** Letters that Unicode does not take apart, as our lists write them. */
  const LETTERS = { ø: 'o', æ: 'ae', œ: 'oe', ß: 'ss', ł: 'l', đ: 'd', ð: 'd', ı: 'i', þ: 'th' };
  /** Scripts whose words run together, or that put articles in front: found anywhere in a text. */
  const RUNNING =
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Arabic}\p{Script=Hebrew}]/u;
  /** A letter of a normal text. By what it is not: classes of Unicode would take half a second to compile in each page. */
  const LETTER = '[^ \\d]';
  /** Shorter Latin words of other languages count only on pages in that language. */
  const SHORT = 5;

  /**
   * Lower case, without accents and punctuation, words set apart by one blank.
   * @param {string | null | undefined} text
   */
  page.normal = (text) =>
    (text ?? '')
      .normalize('NFKD')
      .replace(/[\u0300-\u036f]/g, '')
      .normalize('NFC')
      .toLowerCase()
      .replace(/[\u0300-\u036f]/g, '')
      .replace(/[øæœßłđðıþ]/g, (letter) => /** @type {any} */ (LETTERS)[letter])
      .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
      .trim();

  /**
   * An identifier (`txtUserName`, `login[user_id]`) as words.
   * @param {string | null | undefined} name
   */
  page.parts = (name) =>
    page.normal(
      (name ?? '').replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2'),
    );

  /** @type {Map<string, RegExp | null>} */
  const patterns = new Map();

  /**
   * The length of the longest word of that list in a text, in letters; 0 when there is none.
   * @param {string} list the name of a list: `login`, `password`, …
   * @param {string} text as `normal` or `parts` returned it
   * @param {string} [language] of the page, such as `de`
   */
  page.says = (list, text, language = '') => {
    if (!text) return 0;
    const pattern = patternOf(list, language);
    if (!pattern) return 0;
    let longest = 0;
    pattern.lastIndex = 0;
    for (let hit = pattern.exec(text); hit; hit = pattern.exec(text)) {
      longest = Math.max(longest, hit[0].length);
      if (hit[0].length === 0) pattern.lastIndex += 1;
    }
    return longest;
  };

  /** @param {string} list @param {string} language */
  function patternOf(list, language) {
    const key = `${list} ${language}`;
    const known = patterns.get(key);
    if (known !== undefined) return known;
    /** @type {Set<string>} */
    const whole = new Set();
    /** @type {Set<string>} */
    const anywhere = new Set();
    for (const [of, lists] of Object.entries(page.words)) {
      for (const word of (lists[list] ?? '').split('|')) {
        const letters = page.normal(word.replaceAll('*', ''));
        if (!letters) continue;
        if (RUNNING.test(letters)) {
          anywhere.add(escaped(letters));
        } else if (of === 'en' || of === language || letters.length >= SHORT) {
          const start = word.startsWith('*') ? `${LETTER}*` : '';
          const end = word.endsWith('*') ? `${LETTER}*` : '';
          whole.add(`${start}${escaped(letters)}${end}`);
        }
      }
    }
    const longestFirst = (/** @type {Set<string>} */ set) =>
      [...set].sort((a, b) => b.length - a.length).join('|');
    const sources = [];
    if (whole.size) sources.push(`(?<!${LETTER})(?:${longestFirst(whole)})(?!${LETTER})`);
    if (anywhere.size) sources.push(`(?:${longestFirst(anywhere)})`);
    const pattern = sources.length ? new RegExp(sources.join('|'), 'g') : null;
    patterns.set(key, pattern);
    return pattern;
  }

  /** @param {string} letters */
  function escaped(letters) {
    return letters.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  }
})();
