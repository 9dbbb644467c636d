// Settings of this browser: which server, as what it is known there, and whether it may read websites.

import { part } from '../popup/dom.js';
import * as enrol from '../worker/enrol.js';
import * as keys from '../worker/keys.js';
import { Refused } from '../worker/server.js';
import * as settings from '../worker/settings.js';

const server = /** @type {HTMLInputElement} */ (part('server'));
const name = /** @type {HTMLInputElement} */ (part('name'));
const connect = /** @type {HTMLAnchorElement} */ (part('connect'));
const allow = part('allow');
const forget = part('forget');

part('version').textContent = `Version ${chrome.runtime.getManifest().version}`;
part('server-form').addEventListener('submit', (event) => {
  event.preventDefault();
  void saveServer();
});
part('name-form').addEventListener('submit', (event) => {
  event.preventDefault();
  void saveName();
});
forget.addEventListener('click', () => void forgetBrowser());
allow.addEventListener('click', () => void chrome.permissions.request({ origins: wanted() }).then(showAccess));
chrome.permissions.onAdded.addListener(() => void showAccess());
chrome.permissions.onRemoved.addListener(() => void showAccess());

const known = await settings.read();
server.value = known.server ?? '';
name.value = known.deviceName ?? '';
name.placeholder = enrol.browserName(navigator.userAgent);
if (known.managed) {
  server.disabled = true;
  part('server-save').hidden = true;
  part('server-hint').textContent = 'Set by your organisation.';
}
await Promise.all([showDevice(), showAccess()]);

/** Takes a server on only when it answers as Keytile does. */
async function saveServer() {
  const origin = settings.origin(server.value);
  server.setAttribute('aria-invalid', String(origin === null));
  if (origin === null) return sayServer('bad', 'Type the address of a server, such as https://keytile.example.com.');
  sayServer('', `Asking ${origin}…`);
  if (!(await answers(origin))) {
    return sayServer('bad', `No Keytile answers at ${origin}. Check the address, and that this computer reaches it.`);
  }
  server.value = origin;
  await settings.write({ server: origin });
  await chrome.runtime.sendMessage({ type: 'server' });
  sayServer('good', 'Saved. Keytile answers there.');
  await showDevice();
}

/**
 * Whether a Keytile is there: only it refuses an unsigned question with a code and its time.
 * @param {string} origin
 */
async function answers(origin) {
  try {
    const response = await fetch(`${origin}/extension/v1/status`, {
      credentials: 'omit',
      redirect: 'error',
      cache: 'no-store',
      signal: AbortSignal.timeout(10_000),
    });
    const { code, server_time: time } = await response.json();
    return typeof code === 'string' && typeof time === 'number';
  } catch {
    return false;
  }
}

/** @param {'' | 'good' | 'bad'} tone @param {string} text */
function sayServer(tone, text) {
  const said = part('server-said');
  said.className = `notice ${tone}`;
  said.textContent = text;
}

async function saveName() {
  await settings.write({ deviceName: name.value.trim() });
  part('name-hint').textContent = 'Saved. Used when this browser is connected the next time.';
}

/** What the server says of this browser, in words. */
async function showDevice() {
  const { server: origin } = await settings.read();
  const device = await enrol.current();
  connect.hidden = origin === null;
  if (origin !== null) connect.href = `${origin}/extension/connect`;
  connect.textContent = device === null ? 'Connect' : 'Sign in again';
  forget.hidden = (await keys.load()) === null;
  part('device-state').textContent = await stateOf(origin, device);
}

/**
 * @param {string | null} origin
 * @param {keys.Device | null} device
 */
async function stateOf(origin, device) {
  if (origin === null) return 'Set the server first.';
  if (device === null) return 'Not connected. Connecting takes you to your organisation’s sign-in.';
  const who = device.person ? `${device.person.name} (${device.person.email})` : 'somebody';
  try {
    const { state, workspace } = await enrol.status();
    const where = typeof workspace === 'string' ? workspace : (workspace?.name ?? origin);
    if (state === 'waiting') return `Waits for an admin of ${where} to approve it, for ${who}.`;
    return `Connected to ${where} as ${who}.`;
  } catch (error) {
    if (!(error instanceof Refused)) return `Connected as ${who}. The server does not answer just now.`;
    if (error.code === 'session_over') return `Connected as ${who}. Your session has ended: sign in again.`;
    if (error.code === 'needs_approval') return `Waits for an admin to approve it, for ${who}.`;
    if (error.code === 'unknown_device') return 'Not connected any more: it was ended on the server.';
    return error.message;
  }
}

async function forgetBrowser() {
  await keys.forget();
  await chrome.storage.session.clear();
  await showDevice();
  part('device-state').textContent =
    'Forgotten: its keys are gone. It stays in the list of browsers on the server until it is ended there.';
}

/** Whether the browser still lets the extension read websites. */
async function showAccess() {
  const allowed = await chrome.permissions.contains({ origins: wanted() });
  allow.hidden = allowed;
  part('access-state').textContent = allowed
    ? 'Keytile may log you in on all websites.'
    : 'This browser does not let Keytile read websites, so it cannot log you in.';
}

/** The secure ones; those on this machine are for tests of a server. */
function wanted() {
  return ['https://*/*'];
}
