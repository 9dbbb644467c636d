// What a login makes of the observations of a tab's documents. Pure functions; what follows from them is for plan.js.

/** @typedef {'username' | 'password' | 'code'} Role what may be filled */
/** @typedef {{id: string, role: Role | 'new-password' | 'question' | 'other', score: number, boxes?: string[], filled: boolean}} Box */
/** @typedef {{id: string, kind: 'login' | 'sign-up' | 'change' | 'search' | 'other', score: number, boxes: Box[], submit: string | null}} Group */
/** @typedef {'captcha' | 'passkey' | 'question' | 'code_elsewhere'} Blocker */
/** @typedef {'rejected' | 'locked' | 'code_rejected'} Alert */

/**
 * @typedef {object} Observation what a page script reports (docs/automated-login.md)
 * @property {string} signature
 * @property {string} url
 * @property {Group[]} groups
 * @property {Blocker[]} blockers
 * @property {Alert[]} alerts
 * @property {boolean} signed_in
 */

/**
 * @typedef {object} Document one that is in the tab now
 * @property {number} frame
 * @property {boolean} listed whether its origin is one of the account's
 * @property {number} since
 * @property {Observation | null} seen the last observation
 * @property {number} seen_at
 */

/** @typedef {Record<string, Document>} Documents by their id */
/** @typedef {{document: string, group: Group, signature: string, wanted: {box: string, role: Role}[]}} Candidate */

/** @type {Role[]} In the order in which they are filled. */
const ROLES = ['username', 'password', 'code'];

/**
 * The group to fill: the best of all documents, or null.
 * @param {Documents} documents
 * @param {string[]} factors what the account has
 * @returns {Candidate | null}
 */
export function best(documents, factors) {
  /** @type {{weight: number, candidate: Candidate} | null} */
  let found = null;
  for (const [document, { listed, seen }] of Object.entries(documents)) {
    if (!listed || seen === null) continue;
    for (const group of seen.groups) {
      if (group.kind !== 'login') continue;
      const wanted = wantedOf(group, factors);
      if (wanted.length === 0) continue;
      const strong = wanted.some(({ role }) => role !== 'username');
      const weight = group.score + (strong ? 100 : 0);
      if (found !== null && found.weight >= weight) continue;
      found = { weight, candidate: { document, group, signature: seen.signature, wanted } };
    }
  }
  return found?.candidate ?? null;
}

/**
 * A step that has no box and wants its button pressed: "Log in", "Use a password instead". Null where boxes are shown.
 * @param {Documents} documents
 * @returns {Candidate | null}
 */
export function lone(documents) {
  if (asks(documents)) return null;
  for (const [document, { listed, seen }] of Object.entries(documents)) {
    if (!listed || seen === null) continue;
    const group = seen.groups.find(({ kind, boxes, submit }) => kind === 'login' && boxes.length === 0 && submit !== null);
    if (group) return { document, group, signature: seen.signature, wanted: [] };
  }
  return null;
}

/**
 * The boxes of a group that can be filled, one for each role, in the order of filling.
 * @param {Group} group
 * @param {string[]} factors
 */
export function wantedOf(group, factors) {
  return ROLES.filter((role) => factors.includes(role)).flatMap((role) => {
    const boxes = group.boxes.filter((box) => box.role === role);
    const [first] = boxes.sort((one, other) => other.score - one.score);
    return first ? [{ box: first.id, role }] : [];
  });
}

/**
 * Whether a login form is on screen that is not only for a role that the account lacks.
 * @param {Documents} documents
 */
export function asks(documents) {
  return groups(documents).some((group) => group.kind === 'login' && group.boxes.length > 0);
}

/**
 * Whether a code is asked for, and nothing else.
 * @param {Documents} documents
 */
export function asksForCode(documents) {
  const logins = groups(documents).filter((group) => group.kind === 'login');
  const roles = new Set(logins.flatMap((group) => group.boxes.map((box) => box.role)));
  return roles.has('code') && !roles.has('password') && !roles.has('username');
}

/** @param {Documents} documents */
export function blockers(documents) {
  return new Set(observations(documents).flatMap((seen) => seen.blockers));
}

/** @param {Documents} documents */
export function signedIn(documents) {
  return observations(documents).some((seen) => seen.signed_in);
}

/**
 * Whether a document that may hold the form has not been seen yet.
 * @param {Documents} documents
 */
export function incomplete(documents) {
  return Object.values(documents).some(({ listed, seen }) => listed && seen === null);
}

/**
 * Waits no longer for documents that were never seen.
 * @param {Documents} documents
 * @param {(known: Document, id: string) => boolean} which
 */
export function forget(documents, which) {
  for (const [id, known] of Object.entries(documents)) if (known.seen === null && which(known, id)) delete documents[id];
}

/** @param {Documents} documents */
export function signatures(documents) {
  const pairs = Object.entries(documents).map(([id, { seen }]) => [id, seen?.signature ?? '']);
  return Object.fromEntries(pairs);
}

/** @param {Documents} documents */
function groups(documents) {
  return observations(documents).flatMap((seen) => seen.groups);
}

/**
 * @param {Documents} documents
 * @returns {Observation[]}
 */
function observations(documents) {
  return Object.values(documents).flatMap(({ listed, seen }) => (listed && seen ? [seen] : []));
}
