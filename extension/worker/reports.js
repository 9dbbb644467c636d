// Tells the server how each login ended. What could not be told is told at the next chance, and a login that the end of
// the browser cut off is told of at its next start.

import * as enrol from './enrol.js';

/** @typedef {{began_at: number, outcome?: string, origin?: string | null, duration_ms?: number}} Untold */

/** @param {string} grant @param {number} beganAt */
export async function running(grant, beganAt) {
  const untold = await read();
  await write({ ...untold, [grant]: { began_at: beganAt } });
}

/**
 * @param {import('./flow.js').Running} login
 * @param {import('./outcomes.js').Outcome} outcome
 * @param {string | null} origin
 */
export async function report(login, outcome, origin) {
  const began_at = login.plan.began_at;
  const duration_ms = Math.max(0, Math.round((await enrol.serverNow()) - began_at));
  await write({ ...(await read()), [login.grant]: { began_at, outcome, origin, duration_ms } });
  await flush();
}

/** When the browser starts: whatever ran then was interrupted. */
export async function interrupted() {
  const untold = await read();
  for (const one of Object.values(untold)) {
    one.outcome ??= 'interrupted';
    one.origin ??= null;
    one.duration_ms ??= 0;
  }
  await write(untold);
  await flush();
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
    const { [grant]: _told, ...others } = await read();
    await write(others);
  }
}

/** @returns {Promise<Record<string, Untold>>} */
async function read() {
  const { untold } = await chrome.storage.local.get('untold');
  return /** @type {Record<string, Untold> | undefined} */ (untold) ?? {};
}

/** @param {Record<string, Untold>} untold */
async function write(untold) {
  await chrome.storage.local.set({ untold });
}
