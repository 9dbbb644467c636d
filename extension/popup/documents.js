// The documents of a tab that its person wants looked at: which they are, and a port to each. A port's end takes everything
// back that was shown there.

import { PERSON_SCRIPTS } from '../page/files.js';
import * as frames from '../worker/frames.js';

/** What every login may be asked for; whether an account has it is not what is looked for here. */
export const FACTORS = ['username', 'password', 'code'];

/** How long a document may take until it can be looked into, in milliseconds. One that never ends coming holds up no other. */
const SLOW = 2000;

/**
 * @typedef {object} Attended a document with our scripts in it
 * @property {string} document
 * @property {number} frame
 * @property {chrome.runtime.Port} port
 */

/** The browser lets no extension into this page, or not this one. */
export class Barred extends Error {
  /** @param {unknown} cause */
  constructor(cause) {
    super('the page may not be read', { cause });
    this.name = 'Barred';
  }
}

/**
 * Looks into the tab's own document and the frames in it, as far as they and all around them are of these origins.
 * @param {number} tab
 * @param {string[]} origins of an account, or the tab's own
 * @param {() => void} late called where a document can be looked into at last that was not waited for
 * @param {Attended[]} [already] those that need no second port
 * @returns {Promise<{attended: Attended[], top: string, left: string[], isComing: boolean}>} top: the tab's own origin; left:
 *   those of frames that were not looked into; isComing: whether the tab's own document is still to come
 * @throws {Barred}
 */
export async function attend(tab, origins, late, already = []) {
  const there = await frames.active(tab);
  const of = (/** @type {number} */ id) => there.find(({ frameId }) => frameId === id);
  const chain = (/** @type {number} */ id) => {
    const list = [];
    for (let frame = of(id); frame; frame = of(frame.parentFrameId)) list.unshift(frame);
    return list.reduce((/** @type {string[]} */ known, { url }) => [...known, frames.originOf(url, known.at(-1))], []);
  };
  const left = new Set();
  const wanted = there.filter(({ frameId }) => {
    const around = chain(frameId);
    const isListed = around.every((origin) => origins.includes(origin));
    if (!isListed && frameId !== 0) left.add(around.at(-1) ?? 'null');
    return isListed;
  });
  let isComing = false;
  const opened = await Promise.all(
    wanted.map(async (details) => {
      const [document, frame] = [frames.documentOf(details), details.frameId];
      const known = already.find((one) => one.document === document);
      if (known) return [known];
      try {
        const port = await soon(open(tab, document), late);
        if (port === null) isComing ||= frame === 0;
        return port === null ? [] : [{ document, frame, port }];
      } catch (error) {
        // A frame may have gone meanwhile.
        if (frame === 0) throw new Barred(error);
        return [];
      }
    }),
  );
  return { attended: opened.flat(), top: chain(0)[0] ?? 'null', left: [...left], isComing };
}

/**
 * @param {Promise<chrome.runtime.Port>} opening
 * @param {() => void} late
 * @returns {Promise<chrome.runtime.Port | null>} null where it takes too long
 */
function soon(opening, late) {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      resolve(null);
    }, SLOW);
    opening.then(
      (port) => {
        clearTimeout(timer);
        if (!isLate) return resolve(port);
        port.disconnect();
        return late();
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

/**
 * @param {number} tab
 * @param {string} document
 * @returns {Promise<chrome.runtime.Port>}
 */
async function open(tab, document) {
  const target = /** @type {any} */ (frames.target(document));
  const one = target.documentId ? { documentIds: [target.documentId] } : { frameIds: [target.frameId] };
  // From the root: Firefox takes other paths as relative to the page that asks.
  const files = PERSON_SCRIPTS.map((file) => `/${file}`);
  await chrome.scripting.executeScript({ target: { tabId: tab, ...one }, files });
  return chrome.tabs.connect(tab, { name: 'person', ...target });
}

/**
 * Says something to a document, if it is still there.
 * @param {chrome.runtime.Port | undefined} port
 * @param {object} message
 * @returns {boolean} whether it was
 */
export function tell(port, message) {
  try {
    port?.postMessage(message);
    return port !== undefined;
  } catch {
    // It has just gone.
    return false;
  }
}

/**
 * What each document shows.
 * @param {Attended[]} attended
 * @param {{origins: string[], recipe: object | null}} asked
 * @returns {Promise<{at: Attended, found: import('./verdict.js').Found}[]>} without those that went meanwhile
 */
export async function find(attended, asked) {
  const all = await Promise.all(
    attended.map(async (at) => ({ at, found: await answer(at.port, { type: 'find', asked: { ...asked, factors: FACTORS } }) })),
  );
  return all.flatMap(({ at, found }) => (found === null ? [] : [{ at, found }]));
}

/**
 * @param {chrome.runtime.Port} port
 * @param {object} message
 * @returns {Promise<any>} null where the document has gone
 */
function answer(port, message) {
  return new Promise((resolve) => {
    const hear = (/** @type {any} */ told) => {
      if (told?.type !== 'found') return;
      port.onMessage.removeListener(hear);
      resolve(told.found);
    };
    port.onMessage.addListener(hear);
    port.onDisconnect.addListener(() => resolve(null));
    // One that ended before says so to nobody any more.
    if (!tell(port, message)) resolve(null);
  });
}
