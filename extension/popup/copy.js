// Copies what an Owner may copy: from the server's sealed answer straight to the clipboard, never through the page.

import * as enrol from '../worker/enrol.js';
import * as sealed from '../worker/sealed.js';
import { Refused } from '../worker/server.js';
import { say } from './dom.js';

/** @typedef {import('./row.js').Account} Account */

/** @param {Account} account */
export async function username({ username }) {
  await navigator.clipboard.writeText(username);
  say('The user name is copied.');
}

/** @param {Account} account */
export async function password(account) {
  await carefully(async () => {
    const { password } = await fetchSecret(account, 'password');
    await navigator.clipboard.writeText(password);
    say('The password is copied.');
  });
}

/** @param {Account} account */
export async function code(account) {
  await carefully(async () => {
    const { code, valid_for_ms: left } = await fetchSecret(account, 'code');
    await navigator.clipboard.writeText(code);
    countDown(Date.now() + left);
  });
}

/**
 * @param {Account} account
 * @param {'password' | 'code'} what
 */
async function fetchSecret({ id }, what) {
  const device = await enrol.current();
  if (device === null) throw new enrol.NotConnected();
  const answer = await enrol.ask('POST', `/extension/v1/accounts/${id}/copy`, { what });
  const context = await sealed.check(device, answer, 'login-copy/v1', await enrol.serverNow());
  if (context.account !== id || context.what !== what) throw new sealed.Forged('it is of another account');
  return sealed.open(device, answer, 'login-copy/v1');
}

let counting = 0;

/** Says how long a copied code is still good for. @param {number} until */
function countDown(until) {
  clearInterval(counting);
  const tick = () => {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    if (seconds > 0) return say(`The code is copied, and good for ${seconds} s.`, 2_000);
    clearInterval(counting);
    say('The copied code has run out. Copy it again.');
  };
  tick();
  counting = setInterval(tick, 1_000);
}

/** @param {() => Promise<void>} act */
async function carefully(act) {
  try {
    await act();
  } catch (error) {
    say(error instanceof Refused ? error.message : 'It could not be copied. Close this window, and try again.');
  }
}
