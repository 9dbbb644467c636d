// Tickets of the server's own pages: the script that reads them runs on exactly those pages, and what it brings is
// believed only from exactly there (docs/automated-login.md, Tickets).

import * as enrol from './enrol.js';
import * as flow from './flow.js';
import * as server from './server.js';
import * as settings from './settings.js';

const SCRIPT = 'ticket';
const FILE = 'launch/ticket.js';
const PATHS = ['/launch/*', '/accounts/*/launch', '/extension/connect'];

/**
 * @typedef {object} Answer what the page shows
 * @property {'working' | 'needs-approval' | 'failed'} state
 * @property {string} text
 * @property {boolean} [over] whether the page has to be loaded anew, for its ticket is used or too old
 */

/** Registrations one after the other: each replaces the one before. @type {Promise<void>} */
let registering = Promise.resolve();

/** Registers the script for the server that is set now, and for no other, and takes over its pages that wait already. */
export function register() {
  registering = registering.catch(() => {}).then(replace);
  return registering;
}

async function replace() {
  const { server: origin } = await settings.read();
  await chrome.scripting.unregisterContentScripts({ ids: [SCRIPT] }).catch(() => {});
  if (origin === null) return;
  const { protocol, hostname } = new URL(origin);
  // Firefox knows no ports in patterns; `receive` compares the whole origin in any case.
  const site = 'getBrowserInfo' in chrome.runtime ? `${protocol}//${hostname}` : origin;
  const matches = PATHS.map((path) => site + path);
  await chrome.scripting.registerContentScripts([
    {
      id: SCRIPT,
      js: [FILE],
      matches,
      allFrames: false,
      runAt: 'document_end',
      persistAcrossSessions: true,
    },
  ]);
  // Nobody waits for this: a page that does not come to its end would hold up the settings.
  void takeOver(matches);
}

/**
 * Pages that came before the extension, or before it knew the server: no registered script comes into those any more. The
 * script itself sees to it that each page is taken over once.
 * @param {string[]} matches
 */
async function takeOver(matches) {
  const tabs = await chrome.tabs.query({ url: matches });
  for (const { id } of tabs) {
    if (id !== undefined) void chrome.scripting.executeScript({ target: { tabId: id }, files: [FILE] }).catch(() => {});
  }
}

/**
 * @param {unknown} ticket
 * @param {chrome.runtime.MessageSender} sender
 * @returns {Promise<Answer>}
 */
export async function receive(ticket, sender) {
  const { server: origin } = await settings.read();
  const tab = sender.tab?.id;
  const lifecycle = sender.documentLifecycle ?? 'active';
  const genuine = sender.id === chrome.runtime.id && originOf(sender) === origin && sender.frameId === 0;
  if (!genuine || origin === null || lifecycle !== 'active' || tab === undefined) {
    return failed('This is not the page of the server that the extension is set up for.');
  }
  if (typeof ticket !== 'string' || !/^[A-Za-z0-9_-]{1,200}$/.test(ticket)) return failed('This page carries no ticket.');
  const connects = new URL(sender.url ?? origin).pathname === '/extension/connect';
  try {
    return connects ? await connect(origin, ticket) : await launch(origin, ticket, tab);
  } catch (error) {
    return explain(error);
  }
}

/**
 * @param {string} origin
 * @param {string} ticket
 * @returns {Promise<Answer>}
 */
async function connect(origin, ticket) {
  const state = await asDevice(
    async () => (await enrol.bind(ticket)).state,
    async () => (await enrol.enrol(origin, ticket)).device.state,
  );
  if (state === 'waiting') return waiting();
  return { state: 'working', text: 'This browser is connected. You can close this page.' };
}

/**
 * @param {string} origin
 * @param {string} ticket
 * @param {number} tab
 * @returns {Promise<Answer>}
 */
async function launch(origin, ticket, tab) {
  const redeem = (/** @type {string} */ good) => enrol.ask('POST', '/extension/v1/grants', { ticket: good });
  const grant = await asDevice(
    () => redeem(ticket),
    async () => {
      const { device, ticket: fresh } = await enrol.enrol(origin, ticket);
      return device.state === 'waiting' || fresh === null ? null : redeem(fresh);
    },
  );
  if (grant === null) return waiting();
  await flow.start(tab, grant);
  return { state: 'working', text: 'Logging in…' };
}

/** One enrolment after the other: several pages may come at once, and this browser is one device. @type {Promise<unknown>} */
let enrolling = Promise.resolve();

/**
 * Does something as this device, and enrols first where there is none, or none that the server knows.
 * @template T
 * @param {() => Promise<T>} known
 * @param {() => Promise<T>} unknown
 * @returns {Promise<T>}
 */
async function asDevice(known, unknown) {
  const device = await enrol.current();
  if (device !== null) {
    try {
      return await known();
    } catch (error) {
      if (!(error instanceof server.Refused && error.code === 'unknown_device')) throw error;
    }
  }
  const done = enrolling.then(async () => {
    const now = await enrol.current();
    return now === null || now.id === device?.id ? unknown() : known();
  });
  enrolling = done.catch(() => {});
  return done;
}

/**
 * @param {unknown} error
 * @returns {Answer}
 */
function explain(error) {
  if (error instanceof server.Refused) {
    if (error.code === 'needs_approval') return waiting();
    return { ...failed(REFUSALS[error.code] ?? error.message), over: error.code === 'ticket_over' };
  }
  if (error instanceof server.Unreachable) return failed('The server did not answer. Reload this page in a moment.');
  console.error('Keytile: a ticket came to nothing', error);
  return failed('What the server sent could not be used. Reload this page; if it stays so, tell your admin.');
}

/** @type {Record<string, string>} */
const REFUSALS = {
  ticket_over: 'This page is too old. Reload it.',
  session_over: 'Your session has ended. Reload this page to sign in.',
  no_access: 'You do not have access to this account, or no longer.',
  unknown_device: 'The server does not accept this browser. Ask your admin.',
  clock_off: 'This computer’s clock cannot be brought in line with the server’s. Set it right, and reload this page.',
};

/** @returns {Answer} */
function waiting() {
  return { state: 'needs-approval', text: 'An admin has to approve this browser first. Reload this page when they have.' };
}

/** @param {string} text @returns {Answer} */
function failed(text) {
  return { state: 'failed', text };
}

/** Firefox before 126 tells no origin. @param {chrome.runtime.MessageSender} sender */
function originOf(sender) {
  if (sender.origin) return sender.origin;
  return sender.url && URL.canParse(sender.url) ? new URL(sender.url).origin : null;
}
