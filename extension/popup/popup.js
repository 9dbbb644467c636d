// The popup: what can be logged in to here, and how a login in this tab stands. It asks the server itself, as this
// browser, and keeps nothing.

import * as enrol from '../worker/enrol.js';
import { Refused, Unreachable } from '../worker/server.js';
import * as settings from '../worker/settings.js';
import * as found from './found.js';
import * as login from './login.js';
import { button, element, part } from './dom.js';
import { row } from './row.js';

/** Milliseconds after the last key before the server is asked. */
const TYPING = 150;

const list = part('list');
const problem = part('problem');
const search = part('search');
const query = /** @type {HTMLInputElement} */ (part('query'));
/** Counts what was asked for, so that a late answer does not replace a later one. */
let asked = 0;

part('settings').addEventListener('click', () => void chrome.runtime.openOptionsPage());
search.addEventListener('submit', (event) => event.preventDefault());
let typing = 0;
query.addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(() => void show(), TYPING);
});

const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
if (tab) await login.watch(tab, part('login'));
await show();

/** Asks for what fits, and shows it, or why it cannot be shown. */
async function show() {
  const turn = (asked += 1);
  const main = /** @type {HTMLElement} */ (document.querySelector('main'));
  main.setAttribute('aria-busy', 'true');
  try {
    const content = await find(query.value.trim());
    if (turn !== asked) return;
    search.hidden = false;
    problem.replaceChildren();
    list.replaceChildren(...content);
    if (document.activeElement === document.body) query.focus();
  } catch (error) {
    if (turn !== asked) return;
    search.hidden = true;
    list.replaceChildren();
    problem.replaceChildren(await explain(error));
  } finally {
    if (turn === asked) main.setAttribute('aria-busy', 'false');
  }
}

/**
 * @param {string} text what was typed
 * @returns {Promise<HTMLElement[]>}
 */
async function find(text) {
  const origin = tab?.url && URL.canParse(tab.url) ? new URL(tab.url).origin : null;
  const isSite = origin !== null && /^https?:/.test(origin);
  const [here, all] = await Promise.all([
    text === '' && isSite ? accounts({ origin }) : { accounts: [], next: null },
    accounts({ q: text }),
  ]);
  const parts = [];
  if (here.accounts.length > 0) parts.push(section('For this website', here.accounts));
  if (text === '' && isSite && tab?.id !== undefined) parts.push(finder(tab.id, origin, here.accounts));
  if (all.accounts.length > 0) {
    const title = text === '' ? 'All accounts' : `Found for “${text}”`;
    parts.push(section(title, all.accounts));
    if (all.next !== null) parts.push(element('p', { className: 'quiet small' }, 'There are more. Type to find them.'));
  } else {
    const nothing = text === '' ? 'Nobody has shared an account with you yet.' : `No account fits “${text}”.`;
    parts.push(element('p', { className: 'empty' }, nothing));
  }
  return parts;
}

/**
 * @param {Record<string, string>} filter
 * @returns {Promise<{accounts: import('./row.js').Account[], next: string | null}>}
 */
function accounts(filter) {
  return enrol.ask('GET', `/extension/v1/accounts?${new URLSearchParams(filter)}`);
}

/**
 * @param {string} title
 * @param {import('./row.js').Account[]} found
 */
function section(title, found) {
  const heading = element('h2', {}, title);
  const rows = element('ul', {}, ...found.map((account) => row(account, tab)));
  return element('section', {}, heading, rows);
}

/**
 * The way to what the extension sees in this tab.
 * @param {number} id of the tab
 * @param {string} origin
 * @param {import('./row.js').Account[]} here
 */
function finder(id, origin, here) {
  const browse = part('browse');
  const opener = button('Show what Keytile finds here', () => {
    browse.hidden = true;
    void found.open(part('found'), { tab: id, origin, accounts: here }, () => {
      browse.hidden = false;
      opener.focus();
    });
  });
  return element('div', {}, opener);
}

/**
 * What went wrong, with the way forward.
 * @param {unknown} error
 */
async function explain(error) {
  const { server } = await settings.read();
  if (server === null) {
    const setUp = button('Set up', () => void chrome.runtime.openOptionsPage(), 'primary');
    return notice('', 'Keytile does not know your organisation’s server yet.', setUp);
  }
  const signIn = () =>
    button('Sign in', () => void chrome.tabs.create({ url: `${server}/extension/connect` }), 'primary');
  const again = () => button('Try again', () => void show());
  if (error instanceof enrol.NotConnected) return notice('', 'This browser is not connected to Keytile yet.', signIn());
  if (error instanceof Unreachable) return notice('warn', `${server} does not answer.`, again());
  if (!(error instanceof Refused)) throw error;
  switch (error.code) {
    case 'session_over':
      return notice('', 'Your session has ended.', signIn());
    case 'unknown_device':
      return notice('', 'This browser was disconnected from Keytile.', signIn());
    case 'needs_approval':
      return notice('warn', 'An admin has to approve this browser first.', again());
    default:
      return notice('bad', error.message, again());
  }
}

/**
 * @param {'' | 'warn' | 'bad'} tone
 * @param {string} text
 * @param {HTMLElement} action
 */
function notice(tone, text, action) {
  return element('div', { className: `notice ${tone}` }, element('p', {}, text), action);
}
