// Tells the server how each login ended. What could not be told is told at the next chance, and a login that the end of
// the browser cut off is told of at its next start.

import * as enrol from './enrol.js';

/** @typedef {{began_at: number, outcome?: string, origin?: string | null, duration_ms?: number}} Untold */

/** One change of the notes after the other: two logins may end at once. @type {Promise<unknown>} */
let writing = Promise.resolve();

/** @param {string} grant @param {number} beganAt */
export function running(grant, beganAt) {
  return change((untold) => ({ ...untold, [grant]: { began_at: beganAt } }));
}

/**
 * @param {import('./flow.js').Running} login
 * @param {import('./outcomes.js').Outcome} outcome
 * @param {string | null} origin
 */
export async function report(login, outcome, origin) {
  const began_at = login.plan.began_at;
  const duration_ms = Math.max(0, Math.round((await enrol.serverNow()) - began_at));
  await change((untold) => ({ ...untold, [login.grant]: { began_at, outcome, origin, duration_ms } }));
  await flush();
}

/**
 * When the worker wakes: a login of which nothing is kept any more was cut off by the end of the browser.
 * @param {string[]} grants of the logins that are still known
 */
export async function cutOff(grants) {
  await change((untold) => {
    const all = Object.entries(untold).map(([grant, one]) => {
      const isOver = one.outcome !== undefined || !grants.includes(grant);
      return [grant, isOver ? { outcome: 'interrupted', origin: null, duration_ms: 0, ...one } : one];
    });
    return Object.fromEntries(all);
  });
  void flush();
}

/** Tells what is still untold. A server that does not want to know is not asked again. */
async function flush() {
  for (const [grant, { outcome, origin, duration_ms }] of Object.entries(await read())) {
    if (!outcome) continue;
    try {
      await enrol.ask('POST', `/extension/v1/grants/${grant}/outcome`, { outcome, origin, duration_ms });
    } catch (error) {
      if (/** @type {Error} */ (error).name === 'Unreachable') continue;
    }
    await change(({ [grant]: _told, ...others }) => others);
  }
}

/** @param {(untold: Record<string, Untold>) => Record<string, Untold>} how */
function change(how) {
  const changed = writing.then(async () => chrome.storage.local.set({ untold: how(await read()) }));
  writing = changed.catch(() => {});
  return changed;
}

/** @returns {Promise<Record<string, Untold>>} */
async function read() {
  const { untold } = await chrome.storage.local.get('untold');
  return /** @type {Record<string, Untold> | undefined} */ (untold) ?? {};
}
