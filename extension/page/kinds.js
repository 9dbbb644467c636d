// @ts-check
'use strict';
// What a group of boxes is for: one signed score, login against sign-up, change, search and the rest; and which button
// sends it. Decides alone, knows no document.
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.loaded) return;

  /**
   * @typedef {object} Group what a page says of a group; texts as `normal` returns them
   * @property {Record<string, number>} roles how many boxes of each role
   * @property {number} boxes how many boxes in all, code boxes that belong together as one
   * @property {number} persons boxes for names, addresses and the like
   * @property {number} payments boxes of a card
   * @property {boolean} sure a box asks for a user name or current password by its autocomplete attribute
   * @property {number} coded how well the best box for a code fits
 * @property {boolean} current a box asks for the "current" password
   * @property {boolean} renews a box asks for a new address or name
   * @property {string} names id, name, class and action of the form
   * @property {string} button of the likeliest submit button
   * @property {string} headings above and in it
   * @property {string} title of the document
   * @property {string} path of the address
   * @property {string[]} links texts of links and further buttons in and around it
   * @property {string} checks texts of checkboxes
   * @property {string} text around the boxes
   * @property {boolean} aside it lies in the page's header, footer, navigation or a search landmark
   * @property {string} language
   */

  /**
   * @param {Group} group
   * @returns {{kind: 'login' | 'sign-up' | 'change' | 'search' | 'other', score: number}} above 0 it is a login
   */
  page.kind = (group) => {
    const sum = { login: 0, 'sign-up': 0, change: 0, search: 0, other: 0 };
    const says = (/** @type {string} */ list, /** @type {string} */ text) =>
      page.says(list, text, group.language) > 0;
    /** @param {string} text @param {Partial<typeof sum>} worth */
    const weigh = (text, worth) => {
      const lists = { login: 'login', 'sign-up': 'signup', change: 'change', search: 'search', other: 'news' };
      const found = /** @type {(keyof typeof sum)[]} */ (Object.keys(worth)).filter((kind) => says(lists[kind], text));
      // "Log in or sign up" says both, and is the page for either; a page to reset a password names logging in by the way.
      const both = found.includes('login') && found.includes('sign-up');
      for (const kind of found) {
        if (both && kind === 'sign-up') continue;
        sum[kind] += (worth[kind] ?? 0) * (both ? 0.5 : 1);
      }
    };
    weigh(group.button, { login: 3, 'sign-up': 4, change: 4, search: 4, other: 4 });
    weigh(group.headings, { login: 2, 'sign-up': 3, change: 3, other: 2 });
    weigh(group.names, { login: 2, 'sign-up': 3, change: 3, search: 3, other: 3 });
    weigh(group.title, { login: 1, 'sign-up': 1.5, change: 1.5 });
    weigh(group.path, { login: 2, 'sign-up': 3, change: 2.5, search: 1 });
    byForgot(group, says, sum);
    byLinks(group, says, sum);
    byBoxes(group, sum);
    // Some languages sign up for a newsletter with the words of a login.
    if (!group.roles.password && says('news', `${group.headings} . ${group.names} . ${group.button}`)) sum.other += 4;
    if (says('remember', group.checks)) sum.login += 2;
    if (says('terms', group.checks)) sum['sign-up'] += 1.5;

    const against = sum['sign-up'] + sum.change + sum.search + sum.other;
    const needed = group.roles.password || group.roles.code ? 0.5 : 2;
    // A lone address box in a corner is no login because the page links to one: its own words must say so.
    const code = group.roles.code && (group.coded >= 5 || says('code', `${group.headings} . ${group.title} . ${group.path}`) || says('next', group.button));
    const own = group.sure || group.roles.password || code || [group.button, group.headings, group.names, group.path, group.title].some((text) => says('login', text));
    const score = Math.round((own ? sum.login - against - needed : Math.min(-0.5, sum.login - against - needed)) * 10) / 10;
    if (score > 0) return { kind: 'login', score };
    const others = /** @type {const} */ (['sign-up', 'change', 'search', 'other']);
    const kind = others.reduce((most, each) => (sum[each] > sum[most] ? each : most), 'other');
    return { kind, score };
  };

  /** "Forgot your password?" as a heading or an address is a page of its own; as a link it marks a login. */
  function byForgot(/** @type {Group} */ group, /** @type {any} */ says, /** @type {any} */ sum) {
    const asking = [group.headings, group.path, group.names].filter((text) => says('forgot', text)).length;
    if (!group.roles.password) sum.change += asking * 2.5;
    if (says('forgot', group.button)) sum.change += 4;
  }

  /** What leads away from here is what this is not. */
  function byLinks(/** @type {Group} */ group, /** @type {any} */ says, /** @type {any} */ sum) {
    const any = (/** @type {string} */ list) => group.links.some((link) => says(list, link));
    if (any('forgot')) sum.login += 2;
    if (says('have', group.text)) sum['sign-up'] += 3;
    else if (any('signup') || says('noaccount', group.text)) sum.login += 1.5;
    if (group.links.some((link) => says('login', link) && !says('sso', link)) && !says('login', group.button)) {
      sum['sign-up'] += 1;
    }
  }

  /** What it asks for. */
  function byBoxes(/** @type {Group} */ group, /** @type {any} */ sum) {
    const { roles } = group;
    const fresh = roles['new-password'] ?? 0;
    if (roles.password) sum.login += 2;
    if (roles.code) sum.login += 3;
    if (roles.username && !roles.password) sum.login += 1;
    if (group.sure) sum.login += roles.password ? 2.5 : 2;
    if (group.current) sum.change += 2;
    if (group.renews) sum.change += 3;
    if (fresh) sum[roles.password ? 'change' : 'sign-up'] += 5 + fresh;
    // Two plain password boxes are a password and its repetition.
    if ((roles.password ?? 0) > 1 && !fresh) sum['sign-up'] += 4;
    sum['sign-up'] += Math.min(group.persons, 4) * 2.2;
    // A name and an address, and a password for both: an account is being made.
    if (roles.password && (roles.username ?? 0) > 1) sum['sign-up'] += 2;
    if (group.boxes > 5) sum['sign-up'] += 1;
    if (group.payments) sum.other += 4;
    if (group.aside && !roles.password) sum.other += 2.5;
  }

  /**
   * @typedef {object} Button what a page says of something that can be pressed
   * @property {string} text what it reads, as words
   * @property {string} names id, name, class, as words
   * @property {boolean} submits the form by itself
   * @property {boolean} looks like a button: an element for it, not a link
   * @property {boolean} after the last box
   * @property {boolean} first of its kind after the last box
   * @property {boolean} between the boxes, or inside the frame of one
   * @property {boolean} opens a menu or a dialogue
   * @property {boolean} leads to another address
   * @property {string} language
   */

  /**
   * How likely a button sends the group. Not below 2 may it be pressed.
   * @param {Button} button
   * @param {boolean} passwordless the group asks only for a user name
   */
  page.submits = (button, passwordless = false) => {
    const says = (/** @type {string} */ list) => page.says(list, button.text, button.language) > 0;
    const log = says('login');
    let score = 0;
    if (button.submits) score += 3;
    if (button.looks) score += 1;
    if (log) score += 4;
    else if (says('next')) score += 3;
    if (button.after) score += 1.5;
    if (button.first) score += 0.5;
    if (button.between) score -= 3;
    if (button.opens) score -= 3;
    if (button.leads) score -= 2.5;
    if (page.says('login', button.names, button.language) || /\b(submit|primary|next|continue)\b/.test(button.names)) score += 1;
    if (!button.text && !button.submits) score -= 2;
    if (says('signup') && !log) score -= 7;
    if (says('forgot') || says('change') || says('logout')) score -= 7;
    if (says('search') || says('news')) score -= 5;
    if (says('show') && !log) score -= 5;
    if (says('passkey') || (says('deed') && !log)) score -= 8;
    if (says('remember') && !button.submits) score -= 4;
    // "Continue with e-mail" goes on here; "continue with Google" and "mail me a link" do not.
    const own = /\b(email|e mail|password|username|phone)\b/.test(button.text) && !/\b(link|code|me|google|apple|facebook)\b/.test(button.text);
    if (says('sso') && !own) score -= 8;
    if (says('another') && !(own && passwordless) && !button.submits) score -= 3;
    return Math.round(score * 10) / 10;
  };
})();
