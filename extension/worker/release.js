// Lets one value go to one document, if at that moment everything that the contract asks for holds
// (docs/automated-login.md, A login in the worker). What it opens lives for one message.

import * as enrol from './enrol.js';
import * as frames from './frames.js';
import * as sealed from './sealed.js';
import * as settings from './settings.js';

/** With less than this left, in milliseconds, the next code is waited for. */
const ENOUGH = 3_000;
const CODES = 5;

/** A value that must not go there. */
export class Withheld extends Error {
  /** @param {string} why */
  constructor(why) {
    super(why);
    this.name = 'Withheld';
  }
}

/**
 * @param {import('./flow.js').Running} login
 * @param {Extract<import('./plan_types.js').Action, {do: 'release'}>} what
 * @param {() => Promise<boolean>} stillWanted whether the login waits for this very value
 * @returns {Promise<boolean>} whether it was filled in, and stood
 * @throws {Withheld | sealed.Forged | import('./server.js').Refused}
 */
export async function release(login, { document, box, role, signature }, stillWanted) {
  const value = role === 'code' ? await code(login) : await fromGrant(login, role);
  // Last, so that nothing lies between the look and the message but the message.
  if (!(await stillWanted())) throw new Withheld('the login has moved on');
  await mayGo(login, document);
  const message = { type: 'fill', box, role, value, signature };
  const answer = await chrome.tabs.sendMessage(login.tab, message, frames.target(document));
  return answer?.filled === true;
}

/**
 * Whether a value of this grant may go to a document now.
 * @param {import('./flow.js').Running} login
 * @param {string} document
 * @throws {Withheld}
 */
async function mayGo(login, document) {
  if ((await enrol.serverNow()) >= login.plan.expires_at) throw new Withheld('the grant has ended');
  const origins = await frames.originsAround(login.tab, document);
  if (origins === null) throw new Withheld('the document has gone');
  const { allowedOrigins } = await settings.read();
  for (const origin of origins) {
    const listed = login.origins.includes(origin) && (allowedOrigins?.includes(origin) ?? true);
    if (!listed) throw new Withheld(`${origin} is not listed`);
  }
}

/**
 * @param {import('./flow.js').Running} login
 * @param {'username' | 'password'} role
 * @returns {Promise<string>}
 */
async function fromGrant(login, role) {
  const device = await enrol.current();
  if (device === null) throw new enrol.NotConnected();
  if (login.sealed === null) throw new Withheld('the grant has ended');
  const opened = await sealed.open(device, login.sealed, 'login-grant/v1');
  if (typeof opened[role] !== 'string') throw new Withheld(`the grant has no ${role}`);
  return opened[role];
}

/**
 * A code that will still be valid when the site looks at it.
 * @param {import('./flow.js').Running} login
 * @returns {Promise<string>}
 */
async function code(login) {
  for (let asked = 0; asked < CODES; asked += 1) {
    const device = await enrol.current();
    if (device === null) throw new enrol.NotConnected();
    const answer = await enrol.ask('POST', `/extension/v1/grants/${login.grant}/code`, {});
    const context = await sealed.check(device, answer, 'login-code/v1', await enrol.serverNow());
    if (context.account !== login.account) throw new sealed.Forged('the account is another');
    const { code, valid_for_ms: left } = await sealed.open(device, answer, 'login-code/v1');
    if (left >= ENOUGH) return code;
    await new Promise((resolve) => setTimeout(resolve, left + 100));
  }
  throw new Withheld('no code was valid for long enough');
}
