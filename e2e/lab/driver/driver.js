// Plays the worker for the lab: its own plan decides, its own page scripts look and fill. What comes from the server in a
// real login, the values, is given by the lab. The way of a grant is shown by the journeys.

import { PAGE_SCRIPTS } from './page/files.js';
import * as frames from './worker/frames.js';
import * as plan from './worker/plan.js';

/** After so long without news the clock is put forward to the next time that the plan waits for, in milliseconds. */
const IDLE = 2500;
/** So long does a grant live, in milliseconds. */
const LIVES = 60_000;

/** @type {Map<number, any>} */
const logins = new Map();

/**
 * Begins a login in a new tab.
 * @param {{url: string, origins: string[], factors: string[], values: Record<string, string>, recipe: object | null, patient: boolean}} job
 */
async function start(job) {
  const { id: tab } = await chrome.tabs.create({ url: 'about:blank', active: false });
  const login = { ...job, tab, began: Date.now(), ahead: 0, queue: Promise.resolve(), timer: 0, log: [], filled: [], plan: plan.begin({ factors: job.factors, expires_at: Date.now() + LIVES, now: Date.now() }) };
  logins.set(tab, login);
  // A tab that is still on its way to a blank page would forget where else it is to go.
  while ((await chrome.tabs.get(tab)).status !== 'complete') await new Promise((done) => setTimeout(done, 10));
  await chrome.tabs.update(tab, { url: job.url });
  tell(tab, { type: 'tick' });
  return tab;
}

/** @param {number} tab @param {any} happening */
function tell(tab, happening) {
  const login = logins.get(tab);
  if (!login) return Promise.resolve();
  login.queue = login.queue.then(() => take(login, happening)).catch((error) => login.log.push(`error ${error}`));
  return login.queue;
}

/** @param {any} login @param {any} happening */
function take(login, happening) {
  const now = Date.now() + login.ahead;
  const before = login.plan.phase;
  const { state, actions } = plan.step(login.plan, { ...happening, now });
  login.plan = state;
  const seen = happening.observation ? ` ${JSON.stringify({ ...happening.observation, url: undefined })}` : '';
  login.log.push(`${((Date.now() - login.began) / 1000).toFixed(1)} s ${before} -> ${state.phase}: ${happening.type}${seen}${'filled' in happening ? ` ${happening.filled} ${happening.reason ?? ''}` : ''}${'submitted' in happening ? ` ${JSON.stringify(happening)}` : ''}`);
  clearTimeout(login.timer);
  const wakes = actions.filter((/** @type {any} */ action) => action.do === 'wake').map((/** @type {any} */ action) => action.at - now);
  const acts = actions.filter((/** @type {any} */ action) => action.do !== 'wake');
  if (wakes.length && state.phase !== 'ended') {
    const wait = Math.max(0, Math.min(...wakes));
    // Nothing can happen here that no page tells of, so a long wait need not be sat out.
    const due = state.top === null || Object.values(state.documents).some((/** @type {any} */ { listed, seen }) => listed && seen === null);
    const sit = login.patient || acts.length || due ? wait : Math.min(wait, IDLE);
    login.timer = setTimeout(() => {
      login.ahead += wait - sit;
      tell(login.tab, { type: 'tick' });
    }, sit);
  }
  for (const action of acts) {
    act(login, action).then((next) => next && tell(login.tab, next), (error) => {
      login.log.push(`failed ${action.do}: ${error}`);
      if (action.document) tell(login.tab, action.do === 'release' ? { type: 'filled', document: action.document, role: action.role, filled: false } : { type: 'lost', document: action.document });
    });
  }
}

/** @param {any} login @param {any} action @returns {Promise<any>} */
async function act(login, action) {
  const { tab } = login;
  const ask = (/** @type {any} */ message) => chrome.tabs.sendMessage(tab, message, frames.target(action.document));
  switch (action.do) {
    case 'inject':
      await chrome.scripting.executeScript({ target: { tabId: tab, documentIds: [action.document] }, files: PAGE_SCRIPTS });
      return look(login, action.document);
    case 'look':
      return look(login, action.document);
    case 'release': {
      const origins = await frames.originsAround(tab, action.document);
      if (!origins?.every((origin) => login.origins.includes(origin))) return { type: 'filled', document: action.document, role: action.role, filled: false, reason: `origins ${origins}` };
      const answer = await ask({ type: 'fill', box: action.box, role: action.role, value: login.values[action.role], signature: action.signature });
      if (answer?.filled) login.filled.push(action.role);
      return { type: 'filled', document: action.document, role: action.role, filled: answer?.filled === true, reason: answer?.reason ?? answer?.error };
    }
    case 'submit': {
      const answer = await ask({ type: 'submit', group: action.group, signature: action.signature });
      return { type: 'submitted', document: action.document, submitted: answer?.submitted === true, by: answer?.by, reason: answer?.reason ?? answer?.error };
    }
    case 'progress':
      return { type: 'progressed', expires_at: Date.now() + login.ahead + LIVES };
    case 'resume':
      return { type: 'resumed', expires_at: Date.now() + login.ahead + LIVES, factors: login.factors };
    case 'focus':
      await ask({ type: 'focus', blocker: action.what });
      return null;
    case 'clear':
      await ask({ type: 'clear' });
      return null;
    default:
      return null;
  }
}

/** @param {any} login @param {string} document */
async function look(login, document) {
  const observation = await chrome.tabs.sendMessage(login.tab, { type: 'look', factors: login.factors, recipe: login.recipe, origins: login.origins }, frames.target(document));
  const there = (await frames.active(login.tab)).find((frame) => frames.documentOf(frame) === document);
  if (!there || !observation || observation.error) throw new Error(observation?.error ?? 'nothing seen');
  const origin = frames.originOf(observation.url);
  return { type: 'observed', document, frame: there.frameId, origin, listed: login.origins.includes(origin), observation };
}

chrome.webNavigation.onCommitted.addListener((details) => {
  const login = logins.get(details.tabId);
  if (!login || details.url === 'about:blank' && details.frameId === 0 || (details.documentLifecycle ?? 'active') !== 'active') return;
  const origin = frames.originOf(details.url, login.plan.top?.origin);
  tell(details.tabId, { type: 'committed', document: frames.documentOf(details), frame: details.frameId, origin, listed: login.origins.includes(origin) });
});

chrome.webNavigation.onErrorOccurred.addListener(({ tabId, frameId, error }) => {
  if (frameId === 0 && error !== 'net::ERR_ABORTED') tell(tabId, { type: 'unanswered' });
});

chrome.runtime.onMessage.addListener((message, sender) => {
  const tab = sender.tab?.id;
  if (message?.type !== 'changed' || tab === undefined || !logins.has(tab)) return;
  const origin = sender.origin ?? 'null';
  tell(tab, { type: 'observed', document: frames.documentOf(sender), frame: sender.frameId, origin, listed: logins.get(tab).origins.includes(origin), observation: message.observation });
});

/** How a login stands. @param {number} tab */
function state(tab) {
  const login = logins.get(tab);
  return { phase: login.plan.phase, outcome: login.plan.outcome, filled: login.filled, log: login.log };
}

/** @param {number} tab */
async function stop(tab) {
  logins.delete(tab);
  await chrome.tabs.remove(tab);
}

Object.assign(globalThis, { lab: { start, state, stop } });
