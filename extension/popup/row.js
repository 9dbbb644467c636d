// One account in the popup: log in, and copy where the role allows it.

import * as copy from './copy.js';
import { element, iconButton } from './dom.js';
import * as settings from '../worker/settings.js';
import { say } from './dom.js';

/**
 * @typedef {object} Account as the server lists it
 * @property {string} id
 * @property {string} name
 * @property {string} app
 * @property {string} username
 * @property {string[]} origins
 * @property {string} launch_url
 * @property {string} letter
 * @property {number} hue
 * @property {boolean} can_copy
 * @property {boolean} can_edit
 * @property {boolean} has_password
 * @property {boolean} has_code
 */

/**
 * @param {Account} account
 * @param {chrome.tabs.Tab | undefined} tab the one that is shown
 */
export function row(account, tab) {
  const { name, app, username, letter, hue } = account;
  const face = element('span', { className: `face hue-${Number(hue) % 8}`, ariaHidden: 'true' }, letter);
  const about = [app, username].filter(Boolean).join(' · ');
  const words = element(
    'div',
    { className: 'grow' },
    element('p', { className: 'name clip', title: name }, name),
    element('p', { className: 'quiet small clip', title: about }, about),
  );
  const open = element('button', { type: 'button', className: 'button' }, 'Log in');
  open.append(element('span', { className: 'unseen' }, ` to ${name}, ${app}`));
  open.addEventListener('click', (event) => void launch(account, tab, event.ctrlKey || event.metaKey));
  const copies = element('div', { className: 'copies' }, ...copyButtons(account));
  return element('li', { className: 'account' }, face, words, copies, open);
}

/** @param {Account} account */
function copyButtons(account) {
  if (!account.can_copy) return [];
  const { name } = account;
  const buttons = [];
  if (account.username) {
    buttons.push(iconButton('username', `Copy the user name of ${name}`, () => void copy.username(account)));
  }
  if (account.has_password) {
    buttons.push(iconButton('password', `Copy the password of ${name}`, () => void copy.password(account)));
  }
  if (account.has_code) buttons.push(iconButton('code', `Copy the code of ${name}`, () => void copy.code(account)));
  return buttons;
}

/**
 * In this tab, where it shows the site or nothing; otherwise in a new one.
 * @param {Account} account
 * @param {chrome.tabs.Tab | undefined} tab
 * @param {boolean} apart
 */
async function launch({ launch_url: url, origins }, tab, apart) {
  const { server } = await settings.read();
  const whole = URL.canParse(url, server ?? undefined) ? new URL(url, server ?? undefined) : null;
  if (whole?.origin !== server) return say('The server named an address that is not its own.');
  const shown = tab?.url && URL.canParse(tab.url) ? new URL(tab.url) : null;
  const isBlank = ['about:blank', 'chrome://newtab/', 'edge://newtab/', 'about:newtab'].includes(shown?.href ?? '');
  const here = shown !== null && (isBlank || origins.includes(shown.origin));
  if (here && !apart && tab?.id !== undefined) await chrome.tabs.update(tab.id, { url: whole.href });
  else await chrome.tabs.create({ url: whole.href });
  window.close();
}
