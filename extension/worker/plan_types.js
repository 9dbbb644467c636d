// The words of a login's plan: its state, what can happen, and what can be done about it. Types alone.

/** @typedef {import('./sight.js').Role} Role */
/** @typedef {import('./outcomes.js').Outcome} Outcome */
/** @typedef {'observe' | 'claim' | 'fill' | 'verify' | 'submit' | 'classify' | 'handed_over' | 'resuming' | 'ended'} Phase */

/**
 * @typedef {object} Claim the one group that is being filled
 * @property {string} document
 * @property {string} group
 * @property {string} signature
 * @property {{box: string, role: Role}[]} queue what is still to be filled
 * @property {Role[]} put what was filled and stood
 * @property {number} since when the present phase of it began
 */

/**
 * @typedef {object} Submitted the last submit
 * @property {number} at
 * @property {string | null} document null when it was the person's doing
 * @property {string} signature of the form before it
 * @property {Role[]} roles
 * @property {string[]} alerts that stood there already
 */

/**
 * @typedef {object} State JSON, so that it survives the worker
 * @property {Phase} phase
 * @property {string[]} factors
 * @property {number} began_at
 * @property {number} expires_at
 * @property {number} allowed_at when the server said last that this person may
 * @property {number} observing_since when the present page began to be looked at
 * @property {import('./sight.js').Documents} documents
 * @property {{origin: string, listed: boolean, since: number} | null} top
 * @property {Claim | null} claim
 * @property {Submitted | null} submitted
 * @property {Record<Role, number>} releases
 * @property {Record<Role, number>} submits
 * @property {number} presses how often a button alone was pressed
 * @property {number | null} calm_since since when nothing asks for anything
 * @property {{reason: Outcome, signatures: Record<string, string>, at: number} | null} handed
 * @property {number} resumes
 * @property {Outcome | null} outcome
 * @property {string | null} outcome_origin
 */

/** @typedef {(
 *   | {type: 'committed' | 'present', document: string, frame: number, origin: string, listed: boolean}
 *   | {type: 'observed', document: string, frame: number, origin: string, listed: boolean, observation: import('./sight.js').Observation}
 *   | {type: 'filled', document: string, role: Role, filled: boolean}
 *   | {type: 'submitted', document: string, submitted: boolean}
 *   | {type: 'progressed', expires_at: number}
 *   | {type: 'resumed', expires_at: number, factors: string[]}
 *   | {type: 'refused', outcome: Outcome}
 *   | {type: 'lost', document: string}
 *   | {type: 'barred', frame: number}
 *   | {type: 'unanswered'}
 *   | {type: 'woke'}
 *   | {type: 'tick'}
 *   | {type: 'stopped'})} Happening */

/** @typedef {Happening & {now: number}} Event in milliseconds since 1970, by the server's clock */

/** @typedef {{do: 'inject' | 'look' | 'clear', document: string}
 *   | {do: 'release', document: string, group: string, box: string, role: Role, signature: string}
 *   | {do: 'submit', document: string, group: string, signature: string}
 *   | {do: 'focus', document: string, blocker: import('./sight.js').Blocker}
 *   | {do: 'progress', step: string}
 *   | {do: 'report', outcome: Outcome, origin: string | null}
 *   | {do: 'resume'}
 *   | {do: 'wake', at: number}} Action */

export {};
