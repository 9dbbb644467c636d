// What the server seals to this browser: who made it is checked before it is opened, and what it says of itself against
// what was asked for.

import * as base64url from './base64url.js';
import * as hpke from './hpke.js';

/**
 * @typedef {object} Sealed as the server sends it
 * @property {string} [grant]
 * @property {hpke.Kem} kem
 * @property {string} encapsulated_key
 * @property {string} ciphertext
 * @property {string} context JSON
 * @property {string} signature
 */

/** @typedef {'login-grant/v1' | 'login-code/v1' | 'login-copy/v1'} Purpose */

/**
 * @typedef {object} Context what a sealed thing says of itself
 * @property {Purpose} v
 * @property {string} server
 * @property {string} member
 * @property {string} account
 * @property {string} device
 * @property {number} expires_at in milliseconds since 1970, by the server's clock
 * @property {string} [grant]
 * @property {string[]} [origins]
 * @property {string} [login_url]
 * @property {string} [name]
 * @property {string[]} [factors]
 * @property {string} [what]
 */

/** What was sealed is not what was asked for, or not by our server. */
export class Forged extends Error {
  /** @param {string} what */
  constructor(what) {
    super(what);
    this.name = 'Forged';
  }
}

/**
 * Checks who sealed it, for what and for whom. Opens nothing.
 * @param {import('./keys.js').Device} device
 * @param {Sealed} sealed
 * @param {Purpose} purpose
 * @param {number | ((context: Context) => Promise<number>)} clock now by the server's clock, or what tells it from a context that is genuine
 * @returns {Promise<Context>}
 * @throws {Forged}
 */
export async function check(device, sealed, purpose, clock) {
  if (device.serverKey === null) throw new Forged('this browser knows no key of its server');
  const how = { name: 'ECDSA', namedCurve: 'P-256' };
  const key = await crypto.subtle.importKey('raw', device.serverKey, how, false, ['verify']);
  const lines = [purpose, sealed.encapsulated_key, sealed.ciphertext, sealed.context].join('\n');
  const genuine = await crypto.subtle.verify(
    { name: 'ECDSA', hash: 'SHA-256' },
    key,
    base64url.decode(sealed.signature),
    new TextEncoder().encode(lines),
  );
  if (!genuine) throw new Forged('the signature is not the server’s');
  /** @type {Context} */
  const context = JSON.parse(sealed.context);
  const now = typeof clock === 'number' ? clock : await clock(context);
  const claims = {
    purpose: context.v === purpose,
    server: context.server === device.server,
    device: context.device === device.id,
    member: device.member === null || context.member === device.member,
    kem: sealed.kem === device.sealing.kem,
    time: Number.isSafeInteger(context.expires_at) && context.expires_at > now,
  };
  for (const [claim, holds] of Object.entries(claims)) {
    if (!holds) throw new Forged(`the ${claim} is another`);
  }
  return context;
}

/**
 * Opens what `check` let pass, for the one use that the caller has for it.
 * @param {import('./keys.js').Device} device
 * @param {Sealed} sealed
 * @param {Purpose} purpose
 * @returns {Promise<any>} the plaintext's JSON
 */
export async function open(device, sealed, purpose) {
  const plaintext = await hpke.open(device.sealing, {
    encapsulatedKey: base64url.decode(sealed.encapsulated_key),
    ciphertext: base64url.decode(sealed.ciphertext),
    info: new TextEncoder().encode(purpose),
    aad: new TextEncoder().encode(sealed.context),
  });
  const opened = JSON.parse(new TextDecoder().decode(plaintext));
  plaintext.fill(0);
  return opened;
}
