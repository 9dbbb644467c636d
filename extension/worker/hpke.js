// HPKE (RFC 9180), base mode, the receiving side alone, on WebCrypto: opens what the server sealed to this browser.
// The suite is DHKEM(X25519 or P-256, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM, one message for each context.

/** @typedef {'x25519' | 'p256'} Kem */

/**
 * @typedef {object} SealingKey what a browser opens with
 * @property {Kem} kem
 * @property {CryptoKey} privateKey
 * @property {Uint8Array<ArrayBuffer>} publicKey raw: 32 bytes, or an uncompressed point of 65
 */

/** RFC 9180, table 2, and how WebCrypto calls them. */
const KEMS = {
  x25519: { id: 0x0020, algorithm: { name: 'X25519' } },
  p256: { id: 0x0010, algorithm: { name: 'ECDH', namedCurve: 'P-256' } },
};
/** RFC 9180, table 3: HKDF-SHA256. */
const KDF = 0x0001;
/** RFC 9180, table 5, by the length of their keys in bytes. The server uses the longer one. */
const AEADS = { 16: 0x0001, 32: 0x0002 };
const BASE_MODE = 0x00;
const NONCE_LENGTH = 12;
const HASH_LENGTH = 32;
const EMPTY = new Uint8Array();

/**
 * Opens the only message of a context.
 * @param {SealingKey} key
 * @param {object} sealed
 * @param {Uint8Array<ArrayBuffer>} sealed.encapsulatedKey
 * @param {Uint8Array<ArrayBuffer>} sealed.ciphertext
 * @param {Uint8Array<ArrayBuffer>} sealed.info
 * @param {Uint8Array<ArrayBuffer>} sealed.aad
 * @param {16 | 32} [keyLength] of AES-GCM, in bytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>} the plaintext
 * @throws {DOMException} when it was not sealed to this key, or not for this `info` and `aad`
 */
export async function open(key, { encapsulatedKey, ciphertext, info, aad }, keyLength = 32) {
  const shared = await decapsulate(key, encapsulatedKey);
  const suite = join(text('HPKE'), number(KEMS[key.kem].id), number(KDF), number(AEADS[keyLength]));
  const context = join(
    new Uint8Array([BASE_MODE]),
    await labeledExtract(suite, EMPTY, 'psk_id_hash', EMPTY),
    await labeledExtract(suite, EMPTY, 'info_hash', info),
  );
  const secret = await labeledExtract(suite, shared, 'secret', EMPTY);
  const raw = await labeledExpand(suite, secret, 'key', context, keyLength);
  const nonce = await labeledExpand(suite, secret, 'base_nonce', context, NONCE_LENGTH);
  const aes = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['decrypt']);
  const how = { name: 'AES-GCM', iv: nonce, additionalData: aad };
  return new Uint8Array(await crypto.subtle.decrypt(how, aes, ciphertext));
}

/**
 * RFC 9180, section 4.1: Decap.
 * @param {SealingKey} key
 * @param {Uint8Array<ArrayBuffer>} encapsulatedKey
 */
async function decapsulate({ kem, privateKey, publicKey }, encapsulatedKey) {
  const { id, algorithm } = KEMS[kem];
  const theirs = await crypto.subtle.importKey('raw', encapsulatedKey, algorithm, true, []);
  const how = { name: algorithm.name, public: theirs };
  const agreed = new Uint8Array(await crypto.subtle.deriveBits(how, privateKey, 256));
  const suite = join(text('KEM'), number(id));
  const secret = await labeledExtract(suite, EMPTY, 'eae_prk', agreed);
  const context = join(encapsulatedKey, publicKey);
  return labeledExpand(suite, secret, 'shared_secret', context, HASH_LENGTH);
}

/**
 * RFC 9180, section 4: LabeledExtract.
 * @param {Uint8Array} suite
 * @param {Uint8Array<ArrayBuffer>} salt
 * @param {string} label
 * @param {Uint8Array} material
 */
function labeledExtract(suite, salt, label, material) {
  return hmac(salt, join(text('HPKE-v1'), suite, text(label), material));
}

/**
 * RFC 9180, section 4: LabeledExpand, for lengths of one block at most.
 * @param {Uint8Array} suite
 * @param {Uint8Array<ArrayBuffer>} secret
 * @param {string} label
 * @param {Uint8Array} info
 * @param {number} length in bytes, at most 32
 */
async function labeledExpand(suite, secret, label, info, length) {
  const labeled = join(number(length), text('HPKE-v1'), suite, text(label), info);
  const block = await hmac(secret, join(labeled, new Uint8Array([1])));
  return block.slice(0, length);
}

/**
 * @param {Uint8Array<ArrayBuffer>} key
 * @param {Uint8Array<ArrayBuffer>} data
 */
async function hmac(key, data) {
  // RFC 5869: an absent salt is a block of zeros, which is what HMAC makes of an empty key. WebCrypto refuses that.
  const material = key.length === 0 ? new Uint8Array(HASH_LENGTH) : key;
  const how = { name: 'HMAC', hash: 'SHA-256' };
  const imported = await crypto.subtle.importKey('raw', material, how, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, data));
}

/** @param {string} value */
function text(value) {
  return new TextEncoder().encode(value);
}

/** @param {number} value in two bytes, the greater first */
function number(value) {
  return new Uint8Array([value >> 8, value & 0xff]);
}

/** @param {Uint8Array[]} parts */
function join(...parts) {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
