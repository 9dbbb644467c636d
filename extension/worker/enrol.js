// This browser as a device of a person: enrolled with a ticket of a page that they are signed in to, bound to that
// page's session, and forgotten.

import * as base64url from './base64url.js';
import * as keys from './keys.js';
import * as server from './server.js';
import * as settings from './settings.js';

/** This browser is not connected to a server, or no longer. */
export class NotConnected extends Error {
  constructor() {
    super('this browser is not connected');
    this.name = 'NotConnected';
  }
}

/**
 * The enrolled device of the server that is set, or null.
 * @returns {Promise<keys.Device | null>}
 */
export async function current() {
  const [device, { server: origin }] = await Promise.all([keys.load(), settings.read()]);
  return device !== null && device.id !== null && device.server === origin ? device : null;
}

/**
 * Asks the server as this device. A server that no longer knows it ends it here.
 * @param {'GET' | 'POST' | 'PUT'} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<any>}
 * @throws {NotConnected | server.Refused | server.Unreachable}
 */
export async function ask(method, path, body) {
  const device = await current();
  if (device === null) throw new NotConnected();
  try {
    return await server.ask(connection(device), method, path, body);
  } catch (error) {
    const isUnknown = error instanceof server.Refused && error.code === 'unknown_device';
    // It may have been enrolled anew in the meantime.
    if (isUnknown && (await keys.load())?.id === device.id) await keys.forget();
    throw error;
  }
}

/**
 * Enrols this browser with new keys.
 * @param {string} origin the server's
 * @param {string} ticket
 * @returns {Promise<{device: keys.Device, ticket: string | null}>} and a fresh ticket for the same launch
 */
export async function enrol(origin, ticket) {
  const made = await keys.make(origin);
  const { deviceName } = await settings.read();
  const answer = await server.ask(connection(made), 'POST', '/extension/v1/devices', {
    ticket,
    name: deviceName ?? browserName(navigator.userAgent),
    signing_key: base64url.encode(made.signingPoint),
    sealing_key: { kem: made.sealing.kem, key: base64url.encode(made.sealing.publicKey) },
  });
  /** @type {keys.Device} */
  const device = {
    ...made,
    id: answer.device,
    state: answer.state,
    serverKey: base64url.decode(answer.server_key),
    person: answer.person,
  };
  await keys.save(device);
  return { device, ticket: answer.ticket };
}

/**
 * Binds this device to the session of a page.
 * @param {string} ticket of kind `connect`
 */
export async function bind(ticket) {
  const status = await ask('POST', '/extension/v1/session', { ticket });
  await remember(status);
  return status;
}

/** What the server says of this device, the person and the session. */
export async function status() {
  const status = await ask('GET', '/extension/v1/status');
  await remember(status);
  return status;
}

/**
 * Remembers whom grants are for, with the first of them; sealed.js refuses one for anybody else.
 * @param {string} member
 */
export async function pin(member) {
  const device = await current();
  if (device !== null && device.member === null) await keys.save({ ...device, member });
}

/** Now, by the server's clock. */
export async function serverNow() {
  return Date.now() + (await clock.offset());
}

/**
 * Now, by the server's clock, as a grant tells it that the server has just made.
 * @param {{expires_at: number}} grant whose signature was found genuine
 */
export async function nowBy({ expires_at }) {
  const known = await clock.offset();
  const offset = server.offsetBy(expires_at, known, Date.now());
  if (offset !== known) await clock.learn(offset);
  return serverNow();
}

/** @param {{state: 'ready' | 'waiting', person: {name: string, email: string}}} status */
async function remember({ state, person }) {
  const device = await current();
  if (device === null) return;
  await keys.save({ ...device, state, person });
}

/** @type {server.Clock} */
const clock = {
  async offset() {
    const { clockOffset } = await chrome.storage.session.get('clockOffset');
    return typeof clockOffset === 'number' ? clockOffset : 0;
  },
  learn: (offset) => chrome.storage.session.set({ clockOffset: offset }),
};

/**
 * @param {keys.Device} device
 * @returns {server.Connection}
 */
function connection(device) {
  return {
    server: device.server,
    version: chrome.runtime.getManifest().version,
    device: device.id,
    signingKey: device.signingKey,
    clock,
  };
}

/**
 * "Chrome on Linux", from what the browser says of itself.
 * @param {string} agent
 */
export function browserName(agent) {
  const browsers = [['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome']];
  const systems = [
    ['Android', 'Android'],
    ['CrOS', 'ChromeOS'],
    ['Windows', 'Windows'],
    ['Mac OS', 'macOS'],
    ['Linux', 'Linux'],
  ];
  const find = (/** @type {string[][]} */ list) => list.find(([mark]) => agent.includes(mark))?.[1];
  return `${find(browsers) ?? 'Browser'} on ${find(systems) ?? 'a computer'}`;
}
