// What makes this browser a device: two keys that cannot be taken out of it, and what the server said of them. They lie
// in IndexedDB, which alone can hold a key without its bytes.

import * as hpke from './hpke.js';

/**
 * @typedef {object} Device
 * @property {string} server the origin that it belongs to
 * @property {string | null} id what the server calls it; null before it is enrolled
 * @property {'ready' | 'waiting'} state whether an admin still has to approve it
 * @property {CryptoKey} signingKey ECDSA P-256
 * @property {Uint8Array<ArrayBuffer>} signingPoint the public half, 65 bytes
 * @property {hpke.SealingKey} sealing
 * @property {Uint8Array<ArrayBuffer> | null} serverKey the workspace's public P-256 point
 * @property {{name: string, email: string} | null} person
 * @property {string | null} member whom the first grant was for; all others must be for the same
 */

const STORE = 'device';
const ONLY = 'this';

/** @returns {Promise<Device | null>} */
export async function load() {
  return (await inStore('readonly', (store) => store.get(ONLY))) ?? null;
}

/** @param {Device} device */
export async function save(device) {
  await inStore('readwrite', (store) => store.put(device, ONLY));
}

/** Ends this device here: what was sealed to it can never be opened again. */
export async function forget() {
  await inStore('readwrite', (store) => store.delete(ONLY));
}

/**
 * New keys for a server, not enrolled yet and not saved.
 * @param {string} server an origin
 * @returns {Promise<Device>}
 */
export async function make(server) {
  const how = { name: 'ECDSA', namedCurve: 'P-256' };
  const signing = await crypto.subtle.generateKey(how, false, ['sign', 'verify']);
  return {
    server,
    id: null,
    state: 'waiting',
    signingKey: signing.privateKey,
    signingPoint: await raw(signing.publicKey),
    sealing: await makeSealing(),
    serverKey: null,
    person: null,
    member: null,
  };
}

/**
 * X25519, or P-256 where WebCrypto has no X25519 (Chrome before 133).
 * @returns {Promise<hpke.SealingKey>}
 */
async function makeSealing() {
  try {
    const pair = await crypto.subtle.generateKey({ name: 'X25519' }, false, ['deriveBits']);
    if (!('privateKey' in pair)) throw new DOMException('one key', 'NotSupportedError');
    return { kem: 'x25519', privateKey: pair.privateKey, publicKey: await raw(pair.publicKey) };
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'NotSupportedError')) throw error;
    const how = { name: 'ECDH', namedCurve: 'P-256' };
    const pair = await crypto.subtle.generateKey(how, false, ['deriveBits']);
    return { kem: 'p256', privateKey: pair.privateKey, publicKey: await raw(pair.publicKey) };
  }
}

/** @param {CryptoKey} key a public one */
async function raw(key) {
  return new Uint8Array(await crypto.subtle.exportKey('raw', key));
}

/**
 * One request in a transaction of its own, done when it is durable.
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} ask
 * @returns {Promise<T>}
 */
async function inStore(mode, ask) {
  const db = await openDatabase();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = db.transaction(STORE, mode, { durability: 'strict' });
      const request = ask(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    db.close();
  }
}

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('keytile', 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
