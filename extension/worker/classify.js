// What became of a form that was sent: the next step, success, or one of the ways in which a site says no.

import { reasonIn } from './handover.js';
import * as sight from './sight.js';

/** Milliseconds. */
const PATIENCE = {
  /** An unmoved form is sent once more after this. */
  unmoved: 6_000,
  /** A form that came back may still be drawing its message. */
  message: 1_000,
  /** Nothing asks for anything: so long until that is believed, and with a sign of success. */
  calm: 2_000,
  calm_signed_in: 500,
  /** Until a page without a form, but before the password was asked for, counts as a step that is not known. */
  unknown: 10_000,
  away: 5_000,
  all: 30_000,
};

/**
 * Decides, or says when to look again.
 * @param {import('./plan.js').Login} login
 */
export function classify(login) {
  const { state, now } = login;
  const sent = /** @type {NonNullable<typeof state.submitted>} */ (state.submitted);
  const refusal = refusalOf(login, sent);
  if (refusal) return login.end(refusal);
  const late = sent.at + PATIENCE.all;

  if (state.top && !state.top.listed) {
    const limit = state.top.since + PATIENCE.away;
    return now >= limit ? login.end('left_origins') : login.lookAgainAt(limit);
  }
  const candidate = sight.best(state.documents, state.factors);
  const blocked = reasonIn(sight.blockers(state.documents)) !== null;
  if (candidate) {
    state.calm_since = null;
    const unmoved = candidate.document === sent.document && candidate.signature === sent.signature;
    if (unmoved && !blocked) return waitUnmoved(login, sent);
    const further = candidate.wanted.some(({ role }) => !sent.roles.includes(role));
    if (further || blocked) return goOn(login);
    return cameBack(login, sent, candidate);
  }
  if (blocked || sight.asksForCode(state.documents)) return goOn(login);
  if (sight.asks(state.documents)) {
    state.calm_since = null;
    return now >= late ? login.handOver('unknown_step') : goOnAt(login, sent.at + PATIENCE.unknown);
  }
  const lone = login.mayPress() ? sight.lone(state.documents) : null;
  if (lone) {
    const unmoved = lone.document === sent.document && lone.signature === sent.signature;
    return unmoved ? waitUnmoved(login, sent) : goOn(login);
  }
  if (sight.incomplete(state.documents) && now < late) {
    state.calm_since = null;
    return login.lookAgainAt(late);
  }
  return calm(login);
}

/**
 * What the site says against the login, unless it said so before it was sent.
 * @param {import('./plan.js').Login} login
 * @param {import('./plan_types.js').Submitted} sent
 * @returns {import('./outcomes.js').Outcome | null}
 */
function refusalOf({ state }, sent) {
  const fresh = Object.entries(state.documents).flatMap(([id, { listed, seen, seen_at }]) => {
    if (!listed || seen === null || seen_at < sent.at) return [];
    return seen.alerts.filter((alert) => id !== sent.document || !sent.alerts.includes(alert));
  });
  if (fresh.includes('locked')) return 'locked';
  const onlyCode = sent.roles.every((role) => role === 'code');
  if (fresh.includes('code_rejected') || (fresh.includes('rejected') && onlyCode)) return 'code_rejected';
  return fresh.includes('rejected') ? 'rejected' : null;
}

/**
 * The form stands as it stood: slow, or nobody heard the button.
 * @param {import('./plan.js').Login} login
 * @param {import('./plan_types.js').Submitted} sent
 */
function waitUnmoved(login, sent) {
  const again = sent.at + PATIENCE.unmoved;
  if (login.now < again) return login.lookAgainAt(again);
  goOn(login);
}

/**
 * The site asks for the same once more. It is given once more, in case the first was lost, and never a third time.
 * @param {import('./plan.js').Login} login
 * @param {import('./plan_types.js').Submitted} sent
 * @param {sight.Candidate} candidate
 */
function cameBack(login, sent, candidate) {
  const { state, now } = login;
  const ready = state.documents[candidate.document].seen_at + PATIENCE.message;
  if (now < ready) return login.lookAgainAt(ready);
  const twice = sent.roles.filter((role) => state.submits[role] >= 2);
  if (twice.includes('password')) return login.end('rejected');
  if (twice.includes('code')) return login.end('code_rejected');
  if (twice.length > 0) return login.handOver('unknown_step');
  goOn(login);
}

/**
 * Nothing asks for anything any more.
 * @param {import('./plan.js').Login} login
 */
function calm(login) {
  const { state, now } = login;
  state.calm_since ??= now;
  const signedIn = sight.signedIn(state.documents);
  const gave = state.submits.password > 0 || !state.factors.includes('password');
  if (!gave && !signedIn) {
    const unknown = state.calm_since + PATIENCE.unknown;
    return now >= unknown ? login.handOver('unknown_step') : login.lookAgainAt(unknown);
  }
  const believed = state.calm_since + (signedIn ? PATIENCE.calm_signed_in : PATIENCE.calm);
  return now >= believed ? login.end('logged_in') : login.lookAgainAt(believed);
}

/** @param {import('./plan.js').Login} login */
function goOn(login) {
  login.state.phase = 'observe';
  login.state.observing_since = login.now;
  login.decide();
}

/** @param {import('./plan.js').Login} login @param {number} at */
function goOnAt(login, at) {
  return login.now >= at ? goOn(login) : login.lookAgainAt(at);
}
