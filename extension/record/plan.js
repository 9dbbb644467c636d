// What was pointed at, as steps, and what they become: a recipe. Pure functions; it is kept nowhere else.

/** @typedef {'username' | 'password' | 'code' | 'submit'} Role */

/**
 * @typedef {object} Pick one box, the boxes of one code, or one button
 * @property {string | string[]} selector
 * @property {boolean} used whether a login would go by it, as the page is now
 */

/**
 * @typedef {object} Step what one document asks for at one time
 * @property {string} document
 * @property {string} path
 * @property {Partial<Record<Role, Pick>>} picks
 */

/** @typedef {{document: string, path: string, role: Role, selector: string | string[], used: boolean}} Pointed */

/** In the order in which pages ask. @type {Role[]} */
export const ROLES = ['username', 'password', 'code', 'submit'];

/** The bounds of a recipe (crates/keytile/src/grants/recipe.rs). */
const MOST = { steps: 20, stars: 5, letters: 500 };
/** Parts of a path that stand for one visit or one person, not for a page. */
const PASSING = [/\d{4,}|@|%40|^(?=.*\d)[\w-]{16,}$|^[a-f\d-]{12,}$/i, /^(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[\w.~%=+-]{16,}$/];

/**
 * Takes in what was pointed at. What the same document was asked for before is replaced; another document, or another
 * address, is another step.
 * @param {Step[]} steps
 * @param {Pointed} pointed
 * @returns {Step[]}
 */
export function add(steps, { document, path, role, selector, used }) {
  const at = steps.findLastIndex((step) => step.document === document && step.path === path);
  if (at < 0) return [...steps, { document, path, picks: { [role]: { selector, used } } }];
  return steps.map((step, index) => (index === at ? { ...step, picks: { ...step.picks, [role]: { selector, used } } } : step));
}

/**
 * Ends the steps of documents: they are gone, or ask for something else from now on.
 * @param {Step[]} steps
 * @param {string[]} documents
 */
export function turn(steps, documents) {
  return steps.map((step) => (documents.includes(step.document) ? { ...step, document: '' } : step));
}

/**
 * @param {Step[]} steps
 * @param {number} index
 * @param {Role} role
 * @returns {Step[]} without that pick, and without a step that has none left
 */
export function remove(steps, index, role) {
  const left = steps.map((step, at) => {
    if (at !== index) return step;
    const { [role]: _, ...picks } = step.picks;
    return { ...step, picks };
  });
  return left.filter(({ picks }) => Object.keys(picks).length > 0);
}

/**
 * What to point at next.
 * @param {Step[]} steps
 * @param {string[]} documents that are shown now
 * @param {Set<string>} wanted roles of the boxes that were found in them
 * @returns {Role | null} null where everything that was found is known
 */
export function next(steps, documents, wanted) {
  const here = steps.filter(({ document }) => documents.includes(document));
  const known = new Set(here.flatMap(({ picks }) => Object.keys(picks)));
  const box = ROLES.find((role) => role !== 'submit' && wanted.has(role) && !known.has(role));
  if (box) return box;
  return known.size > 0 && !known.has('submit') ? 'submit' : null;
}

/**
 * What is known of a document's step, as a step of a recipe.
 * @param {Step[]} steps
 * @param {string} document
 */
export function known(steps, document) {
  const step = steps.findLast((one) => one.document === document);
  return step ? named(step) : {};
}

/** @param {Step} step */
function named({ picks }) {
  return Object.fromEntries(ROLES.flatMap((role) => (picks[role] ? [[role, picks[role].selector]] : [])));
}

/**
 * The recipe: a step that repeats another one, as a page does that came back, is told once.
 * @param {Step[]} steps
 * @returns {{version: 1, steps: object[]}}
 */
export function recipe(steps) {
  const all = steps.map((step) => ({ url: glob(step.path), ...named(step) }));
  const same = (/** @type {any} */ one, /** @type {any} */ other) => Object.keys(one).every((key) => JSON.stringify(one[key]) === JSON.stringify(other[key]));
  const once = all.filter((step, at) => !all.some((other, index) => index !== at && same(step, other) && (index < at || !same(other, step))));
  return { version: 1, steps: once.slice(0, MOST.steps).map(({ url, ...rest }) => (url === null ? rest : { url, ...rest })) };
}

/**
 * A path as a glob, with a star for what changes from visit to visit.
 * @param {string} path
 * @returns {string | null} null for any page, where there is too much of that
 */
export function glob(path) {
  const text = path.split('/').map(lasting).join('/');
  return text.split('*').length - 1 > MOST.stars || text.length > MOST.letters ? null : text;
}

/** What lasts of a part of a path. What stands behind a semicolon is a session's. @param {string} part */
function lasting(part) {
  const [name, ...parameters] = part.split(';');
  if (part.includes('*') || PASSING.some((pattern) => pattern.test(name))) return '*';
  return parameters.length > 0 ? `${name}*` : name;
}

/** Whether nothing more fits into a recipe. @param {Step[]} steps */
export function isFull(steps) {
  return steps.length >= MOST.steps;
}
