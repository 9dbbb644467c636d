// Requests to the server, signed by this browser's key (docs/automated-login.md, Requests).

import * as base64url from './base64url.js';

/** A code that the server refuses with. @typedef {'malformed' | 'unknown_device' | 'clock_off' | 'session_over'
 *   | 'needs_approval' | 'no_access' | 'not_allowed' | 'not_found' | 'no_password' | 'no_code' | 'ticket_over'
 *   | 'grant_over' | 'too_many_devices' | 'version_refused' | 'too_many'} Code */

/** The server understood, and said no. */
export class Refused extends Error {
  /**
   * @param {Code | string} code
   * @param {string} message for the person
   * @param {number | null} serverTime in milliseconds since 1970
   */
  constructor(code, message, serverTime = null) {
    super(message);
    this.name = 'Refused';
    this.code = code;
    this.serverTime = serverTime;
  }
}

/** Nothing came back, or nothing that the server would say. */
export class Unreachable extends Error {
  /** @param {string} what @param {unknown} [cause] */
  constructor(what, cause) {
    super(what, { cause });
    this.name = 'Unreachable';
  }
}

/**
 * @typedef {object} Connection
 * @property {string} server its origin
 * @property {string} version of this extension
 * @property {string | null} device null while enrolling
 * @property {CryptoKey} signingKey
 * @property {Clock} clock
 */

/**
 * @typedef {object} Clock how far the server's clock is from ours
 * @property {() => Promise<number>} offset in milliseconds
 * @property {(offset: number) => Promise<void>} learn
 */

/** How long a grant lasts that was just made, in milliseconds (docs/automated-login.md). */
const LASTS = 60_000;
/** What a way through the network may make of a time, in milliseconds. */
const SLACK = 2_000;
/** A clock that is off by more has been told so, in milliseconds. */
const MOST = 65_000;

/**
 * How far the server's clock is from ours, from a grant that it has just made and signed. A grant that is older than that is
 * no word about the time.
 * @param {number} expiresAt of the grant
 * @param {number} known offset
 * @param {number} now by our clock
 * @returns {number} the offset, in milliseconds
 */
export function offsetBy(expiresAt, known, now) {
  const offset = expiresAt - LASTS - now;
  const apart = Math.abs(offset - known);
  return apart > SLACK && apart <= MOST ? offset : known;
}

/**
 * Asks the server. Each answer that says what time it is there corrects ours; one that refuses for the time is asked for once more.
 * @param {Connection} connection
 * @param {'GET' | 'POST' | 'PUT'} method
 * @param {string} path with its query
 * @param {object} [body]
 * @returns {Promise<any>} the answer's JSON
 * @throws {Refused | Unreachable}
 */
export async function ask(connection, method, path, body) {
  try {
    return await once(connection, method, path, body);
  } catch (error) {
    if (!(error instanceof Refused && error.code === 'clock_off' && error.serverTime)) throw error;
    return once(connection, method, path, body);
  }
}

/**
 * @param {Connection} connection
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function once(connection, method, path, body) {
  const text = body === undefined ? '' : JSON.stringify(body);
  const time = Date.now() + (await connection.clock.offset());
  const headers = await sign(connection, method, path, text, time);
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(connection.server + path, {
      method,
      headers,
      body: body === undefined ? undefined : text,
      credentials: 'omit',
      redirect: 'error',
      cache: 'no-store',
      signal: AbortSignal.timeout(15_000),
    });
  } catch (cause) {
    throw new Unreachable(`${connection.server} did not answer`, cause);
  }
  const answer = await response.json().catch(() => null);
  if (Number.isSafeInteger(answer?.server_time)) await connection.clock.learn(answer.server_time - Date.now());
  if (response.ok && answer !== null) return answer;
  if (typeof answer?.code !== 'string') {
    throw new Unreachable(`${connection.server} answered ${response.status}, not as Keytile does`);
  }
  throw new Refused(answer.code, String(answer.message ?? ''), answer.server_time ?? null);
}

/**
 * The headers that prove who asks, and for what.
 * @param {Pick<Connection, 'server' | 'version' | 'device' | 'signingKey'>} connection
 * @param {string} method
 * @param {string} path
 * @param {string} body
 * @param {number} time in milliseconds since 1970
 * @returns {Promise<Record<string, string>>}
 */
export async function sign({ server, version, device, signingKey }, method, path, body, time) {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body));
  const lines = ['keytile-request/v1', method, server, path, String(time), base64url.encode(hash)];
  const how = { name: 'ECDSA', hash: 'SHA-256' };
  const signed = new TextEncoder().encode(lines.join('\n'));
  const signature = await crypto.subtle.sign(how, signingKey, signed);
  return {
    'Keytile-Extension': version,
    ...(device === null ? {} : { 'Keytile-Device': device }),
    'Keytile-Time': String(time),
    'Keytile-Signature': base64url.encode(signature),
  };
}
