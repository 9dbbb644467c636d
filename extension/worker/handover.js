// When only the person can go on: says why, waits until they have acted, and takes the login up again.

import { LIMITS } from './limits.js';
import * as sight from './sight.js';

/** @typedef {import('./plan.js').Login} Login */
/** @typedef {import('./plan_types.js').Outcome} Outcome */

/** Milliseconds. */
const PATIENCE = {
  /** From the first grant to the last resume. */
  all: 15 * 60_000,
  /** A page script stops watching by itself when it hears nothing for some minutes. */
  silence: 60_000,
};

/** What to show the person, by why it was handed over. @type {Partial<Record<Outcome, sight.Blocker>>} */
const BLOCKERS = {
  captcha: 'captcha',
  passkey_prompt: 'passkey',
  question: 'question',
  code_elsewhere: 'code_elsewhere',
};

/**
 * Why what a page shows is for the person, or null.
 * @param {Set<sight.Blocker>} blockers
 * @returns {Outcome | null}
 */
export function reasonIn(blockers) {
  if (blockers.has('captcha')) return 'captcha';
  if (blockers.has('passkey')) return 'passkey_prompt';
  if (blockers.has('question')) return 'question';
  return blockers.has('code_elsewhere') ? 'code_elsewhere' : null;
}

/**
 * @param {Login} login
 * @param {Outcome} reason
 */
export function begin({ state, now, actions }, reason) {
  const [first] = Object.keys(state.documents);
  const document = state.claim?.document ?? first;
  const blocker = BLOCKERS[reason];
  if (document in state.documents && blocker) actions.push({ do: 'focus', document, blocker });
  state.phase = 'handed_over';
  state.handed = { reason, signatures: sight.signatures(state.documents), at: now };
  state.outcome = reason;
  state.outcome_origin = state.top?.origin ?? null;
  actions.push({ do: 'report', outcome: reason, origin: state.outcome_origin });
}

/**
 * Goes on as soon as the person has done what only they can do.
 * @param {Login} login
 */
export function wait(login) {
  const { state, now } = login;
  const handed = /** @type {NonNullable<typeof state.handed>} */ (state.handed);
  const end = state.began_at + PATIENCE.all;
  if (now >= end || state.resumes >= LIMITS.resumes) {
    state.phase = 'ended';
    return;
  }
  login.lookAgainAt(end);
  for (const [document, { listed, since, seen_at }] of Object.entries(state.documents)) {
    if (listed && now >= Math.max(since, seen_at) + PATIENCE.silence) login.actions.push({ do: 'look', document });
  }
  if (sight.incomplete(state.documents) || (state.top && !state.top.listed)) return;
  const still = reasonIn(sight.blockers(state.documents)) === handed.reason;
  const signatures = sight.signatures(state.documents);
  const changed = JSON.stringify(signatures) !== JSON.stringify(handed.signatures);
  const acted = handed.reason === 'captcha' ? !still : changed && !still;
  if (!acted) return;
  state.phase = 'resuming';
  state.resumes += 1;
  login.actions.push({ do: 'resume' });
}

/**
 * With a new grant of the same launch: its values may be given as often as those of the first.
 * @param {Login} login
 * @param {Extract<import('./plan_types.js').Event, {type: 'resumed'}>} event
 */
export function resumed({ state, now }, { expires_at, factors }) {
  if (state.phase !== 'resuming') return;
  Object.assign(state, { expires_at, allowed_at: now, factors, handed: null, outcome: null, outcome_origin: null });
  const roles = /** @type {import('./plan_types.js').Role[]} */ (Object.keys(state.submits));
  const done = roles.filter((role) => state.submits[role] > 0);
  state.releases = { username: 0, password: 0, code: 0 };
  state.presses = 0;
  state.observing_since = now;
  state.calm_since = null;
  state.phase = 'observe';
  if (done.length === 0) return;
  // They may have been logged in by what they did.
  state.submitted = { at: now, document: null, signature: '', roles: done, alerts: [] };
  state.phase = 'classify';
}
