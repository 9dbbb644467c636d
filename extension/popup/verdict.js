// What a look at a page means, in words. Pure functions of what the page scripts said.

/** @typedef {'username' | 'password' | 'code' | 'new-password' | 'question' | 'other'} Role */

/**
 * @typedef {object} Box
 * @property {string} id
 * @property {Role} role
 * @property {number} score
 * @property {{role: string, score: number}} closest
 * @property {string | null} why it would not be filled in: `hidden`, `illegible`, or why its whole form is not
 * @property {boolean} given by a recipe
 * @property {boolean} fits whether it would be filled in
 * @property {number} parts boxes that it consists of
 * @property {string} called what the page calls it
 */

/**
 * @typedef {object} Group
 * @property {string} id
 * @property {'login' | 'sign-up' | 'change' | 'search' | 'other'} kind
 * @property {number} score
 * @property {'action' | 'hidden' | 'session' | 'insecure' | null} refused
 * @property {Box[]} boxes
 * @property {{id: string, called: string} | null} submit
 */

/**
 * @typedef {object} Found
 * @property {string} origin
 * @property {string} path
 * @property {Group[]} groups
 * @property {string[]} blockers
 * @property {boolean} signedIn
 * @property {number} unseen boxes that nobody can see
 */

/** @type {Record<string, string>} */
export const ROLES = {
  username: 'User name',
  password: 'Password',
  code: 'Code',
  submit: 'Button',
  'new-password': 'New password',
  question: 'Security question',
  other: 'Something else',
};

/** @type {Record<Group['kind'], string>} */
const KINDS = { login: 'Login', 'sign-up': 'Sign-up', change: 'Change of a password', search: 'Search', other: 'Something else' };

/** @type {Record<string, string>} */
const REFUSED = {
  action: 'It sends to an address that is not one of this account’s, so it is left alone.',
  hidden: 'It lies in a frame that nobody can see, so it is left alone.',
  insecure: 'It is shut in by its site, or comes in the open, so nothing is filled in there.',
  session: 'Somebody is signed in on this page, and it asks for neither a password nor a code.',
};

/** @type {Record<string, string>} */
const BLOCKED = {
  captcha: 'There is a check that you are human. A login waits until you have answered it.',
  passkey: 'The page asks for a passkey. A login stops here.',
  question: 'The page asks a question that only the account’s owner can answer. A login stops here.',
  code_elsewhere: 'The page speaks of a code that was sent by mail, SMS or to an app. A login stops here.',
};

/** From here on a box has a role; a form is a login above 0 (extension/page). */
export const ENOUGH = 2;

/** The groups of all documents, the likeliest logins first. @param {Found[]} all @returns {Group[]} */
export function ranked(all) {
  const groups = all.flatMap(({ groups }) => groups);
  const rank = (/** @type {Group} */ { kind, boxes, score }) => (kind === 'login' ? 1000 : 0) + (boxes.some(({ role }) => role !== 'other') ? 500 : 0) + score;
  return groups.sort((one, other) => rank(other) - rank(one));
}

/**
 * The sentence that a person came for.
 * @param {Found[]} all
 * @param {string | null} account whose addresses and recipe were looked with
 * @returns {{tone: 'good' | 'warn', text: string}}
 */
export function verdict(all, account) {
  const [best] = ranked(all);
  if (!best) return { tone: 'warn', text: 'There is no box that can be seen, and no button that leads to a login.' };
  if (best.kind === 'login') {
    const named = ['username', 'password', 'code'].filter((role) => best.boxes.some((box) => box.fits && box.role === role));
    const boxes = named.map((role) => ROLES[role].toLowerCase());
    const press = best.submit ? `press “${best.submit.called || 'the button'}”` : 'press Enter';
    if (boxes.length === 0 && best.boxes.length > 0) return { tone: 'warn', text: 'This is a login, and none of its boxes can be filled in.' };
    const would = boxes.length ? `fill in the ${list(boxes)}, and ${press}` : press;
    const who = account === null ? 'No account of yours is for this address. One that is would' : 'Keytile would';
    return { tone: account === null ? 'warn' : 'good', text: `This is a login. ${who} ${would}.` };
  }
  return { tone: 'warn', text: `No login here. What comes closest is: ${KINDS[best.kind].toLowerCase()}.` };
}

/** @param {string[]} words */
function list(words) {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** What a group is taken for, and why. @param {Group} group @returns {{title: string, text: string}} */
export function judged({ kind, score, refused }) {
  const title = KINDS[kind];
  if (refused) return { title: 'Left alone', text: REFUSED[refused] };
  const points = `${number(score)} ${Math.abs(score) === 1 ? 'point' : 'points'}`;
  return { title, text: kind === 'login' ? `${points}; it takes more than 0.` : `${points} as a login; it takes more than 0, so it is left alone.` };
}

/** What a box is taken for, and why not more. @param {Box} box @returns {string} */
export function explained({ role, score, closest, why, given, fits, parts }) {
  const count = parts > 1 ? `${parts} boxes as one. ` : '';
  if (why === 'hidden') return `${count}Not filled in: nobody could type into it.`;
  if (why === 'illegible') return `${count}Not filled in: nobody could read what is in it.`;
  if (role === 'other' && closest.score <= 0) return 'Not filled in: nothing about it speaks of a login.';
  if (role === 'other') return `Not filled in. Closest is ${ROLES[closest.role].toLowerCase()}, ${number(closest.score)} of ${ENOUGH} points.`;
  if (role === 'new-password') return 'Never filled in: it makes a new password.';
  if (role === 'question') return 'Left to you.';
  const by = given ? 'Named by the recipe.' : `${number(score)} points; ${ENOUGH} are enough.`;
  return `${count}${by}${fits ? '' : ' Left alone, as its form is.'}`;
}

/** What else is said of the page. @param {Found[]} all @param {string[]} left @returns {string[]} */
export function notes(all, left) {
  const blockers = [...new Set(all.flatMap((found) => found.blockers))].map((each) => BLOCKED[each]);
  const unseen = all.reduce((sum, found) => sum + found.unseen, 0);
  const more = [];
  if (all.some(({ origin }) => origin === 'null')) more.push('A part of the page is shut in by its site, and has no address. Nothing is filled in there.');
  if (all.some(({ signedIn }) => signedIn)) more.push('Somebody seems to be signed in here.');
  if (unseen) more.push(`${unseen} ${unseen === 1 ? 'box that cannot be seen was' : 'boxes that cannot be seen were'} left out.`);
  if (left.length) more.push(`Not looked into: ${left.length === 1 ? 'a frame' : 'frames'} of ${left.slice(0, 3).join(', ')}${left.length > 3 ? ' and others' : ''}.`);
  return [...blockers, ...more];
}

/** @param {number} points */
function number(points) {
  return String(points).replace('-', '−');
}
