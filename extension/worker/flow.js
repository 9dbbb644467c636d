// Runs logins: one for each tab, each with a queue of its own, so that what happens is taken in one after the other.
// What is to be done is decided in plan.js; here it is done. A login's state lies in chrome.storage.session, with what the
// server sealed, still sealed: the worker may die at any point.

import { PAGE_SCRIPTS } from '../page/files.js';
import * as enrol from './enrol.js';
import * as frames from './frames.js';
import * as plan from './plan.js';
import * as ports from './ports.js';
import * as release from './release.js';
import * as reports from './reports.js';
import * as sealed from './sealed.js';
import * as server from './server.js';
import * as status from './status.js';

/**
 * @typedef {object} Running
 * @property {string} grant
 * @property {number} tab
 * @property {string} name of the account
 * @property {string} account
 * @property {string[]} origins
 * @property {sealed.Sealed | null} sealed null once it is over
 * @property {object | null} recipe
 * @property {import('./plan_types.js').State} plan
 */

/** @type {Map<number, Promise<void>>} */
const queues = new Map();
/** @type {Map<number, ReturnType<typeof setTimeout>>} */
const timers = new Map();

/**
 * Begins a login with what a ticket was answered with, and moves the tab to the login page.
 * @param {number} tab
 * @param {sealed.Sealed} grant
 */
export async function start(tab, grant) {
  const opened = await take(grant);
  await inTurn(tab, async () => {
    const before = await load(tab);
    if (before) await obey(before, plan.step(before.plan, { type: 'stopped', now: await enrol.serverNow() }));
    const now = await enrol.serverNow();
    const { context } = opened;
    await save({ ...opened.login, tab, plan: plan.begin({ factors: context.factors ?? [], expires_at: context.expires_at, now }) });
    await chrome.alarms.create(key(tab), { periodInMinutes: 0.5 });
    await reports.running(opened.login.grant, now);
  });
  const { origins } = opened.login;
  const patterns = origins.map((origin) => `${withoutPort(origin)}/*`);
  const permitted = await chrome.permissions.contains({ origins: patterns });
  if (!permitted) return tell(tab, { type: 'barred', frame: 0 });
  await ports.watch(tab, patterns);
  await chrome.tabs.update(tab, { url: opened.context.login_url });
  await tell(tab, { type: 'tick' });
}

/**
 * Takes in what happened to a tab, if a login runs there.
 * @param {number} tab
 * @param {import('./plan_types.js').Happening} happening
 * @param {string} [grant] the login that it came of, where it means nothing to another one
 */
export function tell(tab, happening, grant) {
  return inTurn(tab, async () => {
    const login = await load(tab);
    if (!login || (grant !== undefined && login.grant !== grant)) return;
    const event = /** @type {import('./plan_types.js').Event} */ ({ ...happening, now: await enrol.serverNow() });
    await obey(login, plan.step(login.plan, event));
  });
}

/** The login of a tab. @param {number} tab @returns {Promise<Running | null>} */
export async function load(tab) {
  const name = key(tab);
  const stored = await chrome.storage.session.get(name);
  return /** @type {Running | undefined} */ (stored[name]) ?? null;
}

/** Every login that is known. @returns {Promise<Running[]>} */
export async function all() {
  const stored = /** @type {Record<string, Running>} */ (await chrome.storage.session.get(null));
  return Object.entries(stored).flatMap(([name, login]) => (name.startsWith('login ') ? [login] : []));
}

/** After the worker was away: each login looks at its tab afresh. */
export async function wake() {
  const logins = await all();
  await reports.cutOff(logins.map(({ grant }) => grant));
  for (const login of logins) {
    if (login.plan.phase === 'ended') continue;
    await resync(login.tab);
    await tell(login.tab, { type: 'woke' });
  }
}

/** Whether a login is under way in a tab. @param {number} tab */
export async function runs(tab) {
  const login = await load(tab);
  return login !== null && !isResting(login);
}

/** Whether nothing is done until the person acts, or ever. @param {Running} login */
function isResting({ plan: { phase } }) {
  return phase === 'ended' || phase === 'handed_over';
}

/** The tab has gone. @param {number} tab */
export async function close(tab) {
  await tell(tab, { type: 'stopped' });
  await inTurn(tab, () => chrome.storage.session.remove(key(tab)));
}

/** Whether an origin is one that a login may fill in. @param {Running} login @param {string} origin */
export function isListed(login, origin) {
  return login.origins.includes(origin);
}

/** Tells of documents that came while nobody listened. @param {number} tab */
async function resync(tab) {
  const login = await load(tab);
  const there = await frames.active(tab).catch(() => []);
  for (const frame of there) {
    if (!login) return;
    const origin = frames.originOf(frame.url);
    const listed = isListed(login, origin);
    const document = frames.documentOf(frame);
    // The page that the login was started from is none of the site's.
    if (login.plan.top === null && frame.frameId === 0 && !listed) return;
    await tell(tab, { type: 'present', document, frame: frame.frameId, origin, listed });
  }
}

/**
 * @param {sealed.Sealed} grant
 * @returns {Promise<{context: sealed.Context, login: Omit<Running, 'tab' | 'plan'>}>}
 * @throws {sealed.Forged}
 */
async function take(grant) {
  const device = await enrol.current();
  if (device === null) throw new enrol.NotConnected();
  const context = await sealed.check(device, grant, 'login-grant/v1', enrol.nowBy);
  const { grant: id, origins = [], login_url, name = '' } = context;
  if (!id || id !== grant.grant) throw new sealed.Forged('the grant is another');
  if (!login_url || !origins.includes(new URL(login_url).origin)) throw new sealed.Forged('the address is not listed');
  if (!origins.every((origin) => mayBeListed(origin, device.server))) throw new sealed.Forged('an origin is not safe');
  // Opened here for its recipe, and to know now rather than later that it opens.
  const { recipe = null } = await sealed.open(device, grant, 'login-grant/v1');
  await enrol.pin(context.member);
  return { context, login: { grant: id, name, account: context.account, origins, sealed: grant, recipe } };
}

/**
 * Exact and https; http only on this machine, and only where the server is on it too.
 * @param {string} origin
 * @param {string} ofServer
 */
function mayBeListed(origin, ofServer) {
  if (!URL.canParse(origin) || new URL(origin).origin !== origin) return false;
  if (origin.startsWith('https:')) return true;
  return isLocal(origin) && isLocal(ofServer);
}

/** @param {string} origin */
function isLocal(origin) {
  const { protocol, hostname } = new URL(origin);
  return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

/** @param {string} origin */
function withoutPort(origin) {
  const { protocol, hostname } = new URL(origin);
  return `${protocol}//${hostname}`;
}

/**
 * Saves what was decided, then does it. What comes of it comes as a happening of its own.
 * @param {Running} login
 * @param {{state: import('./plan_types.js').State, actions: import('./plan_types.js').Action[]}} decided
 */
async function obey(login, { state, actions }) {
  const next = { ...login, plan: state, sealed: state.phase === 'ended' ? null : login.sealed };
  await save(next);
  if (state.phase === 'ended') {
    await chrome.alarms.clear(key(login.tab));
    await ports.unwatch(login.tab);
  }
  if (isResting(next)) ports.release(login.tab);
  schedule(login.tab, actions);
  for (const action of actions) {
    if (action.do !== 'wake') void perform(next, action);
  }
  await status.show(next);
}

/**
 * @param {Running} login
 * @param {Exclude<import('./plan_types.js').Action, {do: 'wake'}>} action
 */
async function perform(login, action) {
  const { tab, grant } = login;
  try {
    const came = await carryOut(login, action);
    if (came) await tell(tab, came, grant);
  } catch (error) {
    const came = whatWentWrong(login, action, error);
    if (came) await tell(tab, came, grant);
  }
}

/**
 * @param {Running} login
 * @param {Exclude<import('./plan_types.js').Action, {do: 'wake'}>} action
 * @returns {Promise<import('./plan_types.js').Happening | null>}
 */
async function carryOut(login, action) {
  const { tab } = login;
  switch (action.do) {
    case 'inject': {
      const { document } = action;
      const { documentId, frameId } = /** @type {any} */ (frames.target(document));
      const one = documentId ? { documentIds: [documentId] } : { frameIds: [frameId] };
      await chrome.scripting.executeScript({ target: { tabId: tab, ...one }, files: PAGE_SCRIPTS });
      return look(login, document);
    }
    case 'look':
      return look(login, action.document);
    case 'clear':
    case 'focus': {
      const message = action.do === 'focus' ? { type: 'focus', blocker: action.blocker } : { type: 'clear' };
      await chrome.tabs.sendMessage(tab, message, frames.target(action.document));
      return null;
    }
    case 'release': {
      const filled = await release.release(login, action, () => isWanted(login, action));
      return { type: 'filled', document: action.document, role: action.role, filled };
    }
    case 'submit': {
      const { document, group, signature } = action;
      const message = { type: 'submit', group, signature };
      const answer = await chrome.tabs.sendMessage(tab, message, frames.target(document));
      return { type: 'submitted', document, submitted: answer?.submitted === true };
    }
    case 'progress': {
      const { expires_at } = await enrol.ask('POST', `/extension/v1/grants/${login.grant}/progress`, { step: action.step });
      return { type: 'progressed', expires_at };
    }
    case 'report':
      await reports.report(login, action.outcome, action.origin);
      return null;
    case 'resume': {
      const answer = await enrol.ask('POST', `/extension/v1/grants/${login.grant}/resume`, {});
      const { context, login: fresh } = await take(answer);
      if (context.account !== login.account) throw new sealed.Forged('the account is another');
      await inTurn(tab, async () => {
        const now = await load(tab);
        if (now?.grant === login.grant) await save({ ...now, ...fresh });
      });
      await reports.running(fresh.grant, await enrol.serverNow());
      const { expires_at, factors = [] } = context;
      await tell(tab, { type: 'resumed', expires_at, factors }, fresh.grant);
      return null;
    }
  }
}

/**
 * @param {Running} login
 * @param {string} document
 * @returns {Promise<import('./plan_types.js').Happening | null>}
 */
async function look(login, document) {
  const { origins, recipe, plan: { factors } } = login;
  const message = { type: 'look', origins, factors, recipe };
  const observation = await chrome.tabs.sendMessage(login.tab, message, frames.target(document));
  if (!observation) return null;
  const there = (await frames.active(login.tab)).find((frame) => frames.documentOf(frame) === document);
  if (!there) return null;
  const origin = frames.originOf(observation.url);
  return { type: 'observed', document, frame: there.frameId, origin, listed: isListed(login, origin), observation };
}

/**
 * Whether the login still waits for this value.
 * @param {Running} login
 * @param {Extract<import('./plan_types.js').Action, {do: 'release'}>} action
 */
async function isWanted(login, { document, role }) {
  const now = await load(login.tab);
  if (now?.grant !== login.grant || now.plan.phase !== 'fill') return false;
  const { claim } = now.plan;
  return claim?.document === document && claim.queue[0]?.role === role;
}

/** Refusals that may be none the next time; until then the plan waits, and looks afresh. */
const PASSING = ['internal', 'too_many'];

/**
 * What a failed action means for the login. Most of them mean that a document has gone, which the browser tells anyway.
 * @param {Running} login
 * @param {import('./plan_types.js').Action} action
 * @param {unknown} error
 * @returns {import('./plan_types.js').Happening | null}
 */
function whatWentWrong(login, action, error) {
  if (error instanceof server.Refused && !PASSING.includes(error.code)) {
    return { type: 'refused', outcome: outcomeOf(error.code) };
  }
  if (error instanceof enrol.NotConnected) return { type: 'refused', outcome: 'no_access' };
  if (error instanceof sealed.Forged) return { type: 'refused', outcome: 'expired' };
  if (error instanceof release.Withheld && action.do === 'release') {
    return { type: 'filled', document: action.document, role: action.role, filled: false };
  }
  if (action.do === 'inject' && /cannot|access|permission|blocked/i.test(String(error))) {
    return { type: 'barred', frame: login.plan.documents[action.document]?.frame ?? -1 };
  }
  if ('document' in action) return { type: 'lost', document: action.document };
  return null;
}

/**
 * @param {string} code
 * @returns {import('./outcomes.js').Outcome}
 */
function outcomeOf(code) {
  if (code === 'no_code') return 'code_missing';
  const over = ['grant_over', 'ticket_over', 'session_over', 'clock_off', 'malformed'];
  return over.includes(code) ? 'expired' : 'no_access';
}

/**
 * While the worker lives a timer is exact; if it dies, the alarm of half a minute looks again.
 * @param {number} tab
 * @param {import('./plan_types.js').Action[]} actions
 */
function schedule(tab, actions) {
  clearTimeout(timers.get(tab));
  const times = actions.flatMap((action) => (action.do === 'wake' ? [action.at] : []));
  if (times.length === 0) return;
  void enrol.serverNow().then((now) => {
    clearTimeout(timers.get(tab));
    timers.set(tab, setTimeout(() => void tell(tab, { type: 'tick' }), Math.max(0, Math.min(...times) - now)));
  });
}

/** @param {Running} login */
async function save(login) {
  await chrome.storage.session.set({ [key(login.tab)]: login });
}

/**
 * @param {number} tab
 * @param {() => Promise<void>} turn
 */
function inTurn(tab, turn) {
  const before = queues.get(tab) ?? Promise.resolve();
  const done = before.then(turn);
  queues.set(tab, done.catch((error) => console.error('Keytile: a step of a login failed', error)));
  return done;
}

/** @param {number} tab */
function key(tab) {
  return `login ${tab}`;
}
