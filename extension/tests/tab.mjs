// A tab as a login's plan sees it, for the tests of the plan: what is wanted is collected, and time is what the test says.

import assert from 'node:assert/strict';
import { begin, step } from '../worker/plan.js';

export const START = 1_790_000_000_000;
export const FACTORS = ['username', 'password', 'code'];
const SITE = 'https://site.example';

/** A login and its tab: what it wants done is collected, and time is what the test says. */
export class Tab {
  constructor(factors = FACTORS) {
    this.now = START;
    this.state = begin({ factors, expires_at: START + 60_000, now: START });
    this.done = [];
    this.documents = 0;
  }

  /** Lets something happen; what is to be done about it, but for when to look again. */
  tell(event) {
    const before = JSON.stringify(this.state);
    const { state, actions } = step(this.state, { now: this.now, ...event });
    assert.equal(JSON.stringify(this.state), before, 'a step changes nothing that it was given');
    this.state = JSON.parse(JSON.stringify(state));
    this.wakes = actions.filter((action) => action.do === 'wake').map(({ at }) => at);
    const rest = actions.filter((action) => action.do !== 'wake');
    this.done.push(...rest);
    return rest;
  }

  later(milliseconds) {
    this.now += milliseconds;
    return this.tell({ type: 'tick' });
  }

  /** A page comes into the tab, or into a frame of it. */
  arrive({ frame = 0, origin = SITE, listed = true } = {}) {
    this.document = `doc${(this.documents += 1)}`;
    this.origin = origin;
    this.tell({ type: 'committed', document: this.document, frame, origin, listed });
    return this.document;
  }

  see(observation, { document = this.document, frame = 0, listed = true } = {}) {
    return this.tell({ type: 'observed', document, frame, origin: SITE, listed, observation });
  }

  filled(role, filled = true) {
    return this.tell({ type: 'filled', document: this.document, role, filled });
  }

  /** Fills and sends a page's form as a site without surprises lets it. */
  pass(form) {
    let actions = this.see(page(form));
    if (actions.some((action) => action.do === 'progress')) {
      actions = this.tell({ type: 'progressed', expires_at: this.now + 60_000 });
    }
    for (const role of form) {
      assert.deepEqual(actions.map((action) => action.role), [role]);
      actions = this.filled(role);
    }
    assert.deepEqual(actions, [{ do: 'look', document: this.document }]);
    actions = this.see(page(form, { filled: true }));
    assert.equal(actions[0]?.do, 'submit');
    return this.tell({ type: 'submitted', document: this.document, submitted: true });
  }

  get outcome() {
    return this.state.outcome;
  }

  count(kind) {
    return this.done.filter((action) => action.do === kind).length;
  }
}

/** An observation of one form with these roles. */
export function page(roles = [], { filled = false, kind = 'login', signature, ...rest } = {}) {
  const boxes = roles.map((role) => ({ id: role, role, score: 5, filled }));
  const groups = roles.length ? [{ id: 'form', kind, score: 5, boxes, submit: 'go' }] : [];
  return {
    signature: signature ?? roles.join('+'),
    url: SITE,
    groups,
    blockers: [],
    alerts: [],
    signed_in: false,
    ...rest,
  };
}
