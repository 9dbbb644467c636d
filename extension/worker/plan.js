// A login as a pure function: from a state and what happened to the next state and what is to be done. What is done here
// touches nothing, so that every step of every login can be told by a test; flow.js obeys.
//
// observe - claim - fill - verify - submit - classify, and once more for each step that the site asks for.

import { classify } from './classify.js';
import * as handover from './handover.js';
import { LIMITS } from './limits.js';
import * as sight from './sight.js';

/** @typedef {import('./plan_types.js').State} State */
/** @typedef {import('./plan_types.js').Event} Event */
/** @typedef {import('./plan_types.js').Action} Action */
/** @typedef {import('./plan_types.js').Claim} Claim */
/** @typedef {import('./plan_types.js').Role} Role */
/** @typedef {import('./plan_types.js').Outcome} Outcome */

/** Milliseconds. */
const PATIENCE = {
  /** A form may be this late. */
  form: 40_000,
  /** Another frame may have the better form. */
  frames: 1_500,
  /** Something that stops a login must stand this long: pages change while they load. */
  blocker: 1_000,
  /** A page script answers at once, and a code may have to wait for its next period. */
  answer: 15_000,
  /** The site may pass through addresses that are not listed. */
  away: 5_000,
  unknown: 10_000,
  calm: 2_000,
  /** For so long what the server said last, that this person may, is taken for true. */
  fresh: 2_000,
};

/**
 * @param {{factors: string[], expires_at: number, now: number}} grant
 * @returns {State}
 */
export function begin({ factors, expires_at, now }) {
  return {
    phase: 'observe',
    factors,
    began_at: now,
    expires_at,
    allowed_at: now,
    observing_since: now,
    documents: {},
    top: null,
    claim: null,
    submitted: null,
    releases: { username: 0, password: 0, code: 0 },
    submits: { username: 0, password: 0, code: 0 },
    presses: 0,
    calm_since: null,
    handed: null,
    resumes: 0,
    outcome: null,
    outcome_origin: null,
  };
}

/**
 * @param {State} before stays as it is
 * @param {Event} event
 * @returns {{state: State, actions: Action[]}}
 */
export function step(before, event) {
  if (before.phase === 'ended') return { state: before, actions: [] };
  const login = new Login(structuredClone(before), event.now);
  login.hear(event);
  login.decide();
  return { state: login.state, actions: login.actions };
}

/** One step of a login: a state that may be changed, and what is to be done about it. */
export class Login {
  /** @param {State} state @param {number} now */
  constructor(state, now) {
    this.state = state;
    this.now = now;
    /** @type {Action[]} */
    this.actions = [];
  }

  /** @param {Event} event */
  hear(event) {
    const { state } = this;
    switch (event.type) {
      case 'committed':
        return this.commit(event);
      case 'present':
        if (!(event.document in state.documents)) this.commit(event);
        return;
      case 'observed':
        return this.observe(event);
      case 'filled':
        return this.filled(event);
      case 'submitted':
        return this.submitted(event);
      case 'progressed':
        state.expires_at = event.expires_at;
        state.allowed_at = this.now;
        if (state.phase === 'claim') this.fill();
        return;
      case 'resumed':
        return handover.resumed(this, event);
      case 'refused':
        return this.end(event.outcome);
      case 'lost':
        return this.lose(event.document);
      case 'barred':
        if (event.frame === 0) this.end('no_permission');
        return sight.forget(state.documents, ({ frame }) => frame === event.frame);
      case 'unanswered':
        return this.end('site_down');
      case 'woke':
        return this.wake();
      case 'tick':
        return;
      case 'stopped':
        return this.end('cancelled');
    }
  }

  /** What follows from how things stand now, and when to look again. */
  decide() {
    const { state, now } = this;
    if (state.phase === 'ended') return;
    if (state.phase === 'handed_over') return handover.wait(this);
    if (state.phase === 'resuming') return;
    // Nothing is needed any more to tell how it went.
    if (state.phase === 'classify') return classify(this);
    if (now >= state.expires_at) return this.end('expired');
    this.lookAgainAt(state.expires_at);
    if (state.phase === 'observe') return this.choose();
    const since = state.claim?.since ?? now;
    if (now >= since + PATIENCE.answer) return this.startOver();
    this.lookAgainAt(since + PATIENCE.answer);
  }

  /**
   * A document takes the place of what was in its frame, and of all frames within. Firefox names both alike.
   * @param {{document: string, frame: number, origin: string, listed: boolean}} event
   */
  commit({ document, frame, origin, listed }) {
    const { state, now } = this;
    if (frame === 0) {
      state.top = { origin, listed, since: now };
      state.observing_since = now;
      state.calm_since = null;
    }
    const gone = Object.keys(state.documents).filter((id) => frame === 0 || state.documents[id].frame === frame);
    for (const id of gone) delete state.documents[id];
    state.documents[document] = { frame, listed, since: now, seen: null, seen_at: 0 };
    if (listed) this.actions.push({ do: 'inject', document });
    if (state.submitted?.document && gone.includes(state.submitted.document)) state.submitted.document = null;
    if (state.claim && gone.includes(state.claim.document)) this.claimGone();
  }

  /** @param {Extract<Event, {type: 'observed'}>} event */
  observe({ document, frame, origin, listed, observation }) {
    const { state, now } = this;
    // A page that was made before anybody asked, and is shown now, was never committed.
    if (!(document in state.documents)) this.commit({ document, frame, origin, listed });
    const known = state.documents[document];
    known.listed = listed;
    known.seen = listed ? observation : null;
    known.seen_at = now;
    if (state.phase === 'verify' && state.claim?.document === document) this.verify(observation);
  }

  /** The best form that is there, or why there is none. */
  choose() {
    const { state, now } = this;
    const { documents, factors } = state;
    if (state.top && !state.top.listed) {
      if (now >= state.top.since + PATIENCE.away) return this.end('left_origins');
      return this.lookAgainAt(state.top.since + PATIENCE.away);
    }
    const blockers = sight.blockers(documents);
    const candidate = sight.best(documents, factors);
    const onlyCode = candidate?.wanted.every(({ role }) => role === 'code') ?? false;
    if (candidate && !(onlyCode && blockers.has('code_elsewhere'))) return this.claim(candidate);
    const settled = state.observing_since + PATIENCE.blocker;
    const lone = this.mayPress() ? sight.lone(documents) : null;
    // A form may still be drawn beside it.
    if (lone) return now < settled ? this.lookAgainAt(settled) : this.claim(lone);

    const reason = handover.reasonIn(blockers);
    if (reason || sight.asksForCode(documents)) {
      if (now < settled) return this.lookAgainAt(settled);
      return reason ? this.handOver(reason) : this.end('code_missing');
    }
    if (sight.asks(documents)) {
      // A form of which no box is known.
      const late = state.observing_since + PATIENCE.unknown;
      return now >= late ? this.handOver('unknown_step') : this.lookAgainAt(late);
    }
    if (sight.signedIn(documents) && !sight.incomplete(documents)) {
      state.calm_since ??= now;
      if (now >= state.calm_since + PATIENCE.calm) return this.end('logged_in');
      return this.lookAgainAt(state.calm_since + PATIENCE.calm);
    }
    state.calm_since = null;
    const late = state.observing_since + PATIENCE.form;
    if (now >= late) return this.end(state.top ? 'no_form' : 'site_down');
    this.lookAgainAt(late);
  }

  /** A button alone leads to a form, never on from one: what lies behind the login is none of ours. */
  mayPress() {
    const { presses, submits } = this.state;
    return presses < LIMITS.presses && submits.password + submits.code === 0;
  }

  /** @param {sight.Candidate} candidate */
  claim({ document, group, signature, wanted }) {
    const { state, now } = this;
    const frames = state.observing_since + PATIENCE.frames;
    const strong = wanted.some(({ role }) => role !== 'username');
    if (!strong && now < frames && sight.incomplete(state.documents)) return this.lookAgainAt(frames);
    // What this login put there and still stands need not be put again.
    const standing = group.boxes.filter((box) => box.filled).map((box) => box.id);
    const before = state.claim?.document === document ? state.claim.put : [];
    const put = wanted.filter(({ box, role }) => standing.includes(box) && before.includes(role));
    const queue = wanted.filter((one) => !put.includes(one));
    state.claim = { document, group: group.id, signature, queue, put: put.map(({ role }) => role), since: now };
    state.calm_since = null;
    const isFirst = Object.values(state.submits).every((count) => count === 0);
    if (isFirst && now < state.allowed_at + PATIENCE.fresh) return this.fill();
    // A further step, or a form that came late: the server decides again whether this person may.
    state.phase = 'claim';
    this.actions.push({ do: 'progress', step: wanted.map(({ role }) => role).join('_') || 'press' });
    this.lookAgainAt(now + PATIENCE.answer);
  }

  /** Puts the next value in, or looks whether all of them stand. */
  fill() {
    const { state, now } = this;
    const claim = /** @type {Claim} */ (state.claim);
    claim.since = now;
    this.lookAgainAt(now + PATIENCE.answer);
    const [next] = claim.queue;
    if (!next) {
      state.phase = 'verify';
      this.actions.push({ do: 'look', document: claim.document });
      return;
    }
    if (state.releases[next.role] >= LIMITS.releases) return this.handOver('unknown_step');
    state.releases[next.role] += 1;
    state.phase = 'fill';
    const { document, group, signature } = claim;
    this.actions.push({ do: 'release', document, group, signature, ...next });
  }

  /** @param {Extract<Event, {type: 'filled'}>} event */
  filled({ document, role, filled }) {
    const { state } = this;
    const { claim } = state;
    if (state.phase !== 'fill' || claim?.document !== document || claim.queue[0]?.role !== role) return;
    if (!filled) return this.startOver();
    claim.put.push(role);
    claim.queue.shift();
    this.fill();
  }

  /** Whether everything stands; if so, the form is sent. @param {sight.Observation} seen */
  verify(seen) {
    const { state, now } = this;
    const claim = /** @type {Claim} */ (state.claim);
    const group = seen.groups.find(({ id }) => id === claim.group);
    if (!group || group.kind !== 'login') return this.startOver();
    claim.signature = seen.signature;
    const wanted = sight.wantedOf(group, state.factors);
    const stands = (/** @type {string} */ id) => group.boxes.some((box) => box.id === id && box.filled);
    const missing = wanted.filter(({ box, role }) => !(claim.put.includes(role) && stands(box)));
    if (missing.length > 0) {
      claim.put = claim.put.filter((role) => !missing.some((one) => one.role === role));
      claim.queue = missing;
      return this.fill();
    }
    // Nothing to send, and it is no button alone either.
    if (claim.put.length === 0 && group.boxes.length > 0) return this.startOver();
    if (seen.blockers.includes('captcha')) return this.handOver('captcha');
    if (claim.put.some((role) => state.submits[role] >= LIMITS.submits)) return this.handOver('unknown_step');
    this.countSubmit(seen);
    state.phase = 'submit';
    claim.since = now;
    this.actions.push({ do: 'submit', document: claim.document, group: claim.group, signature: seen.signature });
    this.lookAgainAt(now + PATIENCE.answer);
  }

  /** @param {sight.Observation | null} seen the form before it is sent */
  countSubmit(seen) {
    const { state, now } = this;
    const { document, put, signature } = /** @type {Claim} */ (state.claim);
    for (const role of put) state.submits[role] += 1;
    if (put.length === 0) state.presses += 1;
    const alerts = seen?.alerts ?? [];
    state.submitted = { at: now, document, signature, roles: [...put], alerts };
  }

  /** @param {Extract<Event, {type: 'submitted'}>} event */
  submitted({ document, submitted }) {
    const { state, now } = this;
    if (state.phase !== 'submit' || state.claim?.document !== document) return;
    if (!submitted) return this.startOver();
    if (state.submitted) state.submitted.at = now;
    this.toClassify();
  }

  toClassify() {
    const { state } = this;
    state.phase = 'classify';
    state.calm_since = null;
  }

  /** The document with the claim has gone: sent by the page itself, or by what was pressed, or reloaded. */
  claimGone() {
    const { state } = this;
    const { phase, claim } = state;
    if (phase === 'submit') return this.toClassify();
    // Sites send a code as soon as its last box is full.
    const last = phase === 'fill' && claim?.queue.length === 1 ? claim.queue[0].role : null;
    if (claim && (phase === 'fill' || phase === 'verify') && (claim.put.length > 0 || last === 'code')) {
      if (last) claim.put.push(last);
      this.countSubmit(null);
      return this.toClassify();
    }
    if (phase === 'classify') return;
    state.claim = null;
    if (phase === 'claim' || phase === 'fill' || phase === 'verify') state.phase = 'observe';
  }

  /** @param {string} document which cannot be reached any more */
  lose(document) {
    const { state } = this;
    sight.forget(state.documents, ({ frame }, id) => id === document && frame !== 0);
    if (state.phase === 'fill' && state.claim?.document === document) return;
    if (state.phase === 'submit' && state.claim?.document === document) this.toClassify();
  }

  /** Looks at everything afresh. What was counted stays counted. */
  startOver() {
    const { state, now } = this;
    state.phase = 'observe';
    state.observing_since = now;
    const ids = Object.entries(state.documents).filter(([, { listed }]) => listed);
    for (const [document, known] of ids) {
      known.seen = null;
      this.actions.push({ do: 'look', document });
    }
  }

  /** The worker was away: what it was about to do may not have happened. */
  wake() {
    const { state, now } = this;
    if (state.phase === 'handed_over') return;
    if (state.phase === 'resuming') {
      this.actions.push({ do: 'resume' });
      return;
    }
    if (state.phase === 'submit') {
      if (state.submitted) state.submitted.at = now;
      this.toClassify();
    }
    if (state.phase !== 'classify') return this.startOver();
    for (const [document, { listed }] of Object.entries(state.documents)) {
      if (listed) this.actions.push({ do: 'look', document });
    }
  }

  /** Leaves it to the person for now. @param {Outcome} reason */
  handOver(reason) {
    handover.begin(this, reason);
  }

  /** @param {Outcome} outcome */
  end(outcome) {
    const { state } = this;
    for (const [document, { listed }] of Object.entries(state.documents)) {
      if (listed) this.actions.push({ do: 'clear', document });
    }
    const told = state.phase === 'handed_over';
    state.phase = 'ended';
    state.claim = null;
    state.outcome = told ? state.outcome : outcome;
    state.outcome_origin = state.top?.origin ?? null;
    if (!told) this.actions.push({ do: 'report', outcome, origin: state.outcome_origin });
  }

  /** @param {number} at */
  lookAgainAt(at) {
    this.actions.push({ do: 'wake', at });
  }
}
