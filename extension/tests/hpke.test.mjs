// The receiving side of HPKE against the vectors of RFC 9180, and against a sender written here on Node's own crypto.

import assert from 'node:assert/strict';
import { createCipheriv, createECDH, createHmac, createPublicKey, diffieHellman, generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import { open } from '../worker/hpke.js';

const hex = (text) => Uint8Array.from(Buffer.from(text, 'hex'));
const utf8 = (text) => Uint8Array.from(Buffer.from(text));

/** RFC 9180, appendices A.1.1 and A.3.1, the first encryption of each. */
const VECTORS = [
  {
    name: 'A.1.1, DHKEM(X25519, HKDF-SHA256)',
    kem: 'x25519',
    secret: '4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8',
    point: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
    encapsulated: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
    ciphertext:
      'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
  },
  {
    name: 'A.3.1, DHKEM(P-256, HKDF-SHA256)',
    kem: 'p256',
    secret: 'f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2',
    point:
      '04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a826a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0',
    encapsulated:
      '04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac98536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4',
    ciphertext:
      '5ad590bb8baa577f8619db35a36311226a896e7342a6d836d8b7bcd2f20b6c7f9076ac232e3ab2523f39513434',
  },
];
const INFO = hex('4f6465206f6e2061204772656369616e2055726e');
const AAD = hex('436f756e742d30');

/** The key of a vector, as the browser would hold it. */
async function keyOf({ kem, secret, point }) {
  const b64 = (bytes) => Buffer.from(bytes).toString('base64url');
  const raw = hex(point);
  const [jwk, algorithm] =
    kem === 'x25519'
      ? [{ kty: 'OKP', crv: 'X25519', x: b64(raw) }, { name: 'X25519' }]
      : [
          { kty: 'EC', crv: 'P-256', x: b64(raw.slice(1, 33)), y: b64(raw.slice(33)) },
          { name: 'ECDH', namedCurve: 'P-256' },
        ];
  const whole = { ...jwk, d: b64(hex(secret)) };
  const privateKey = await crypto.subtle.importKey('jwk', whole, algorithm, false, ['deriveBits']);
  return { kem, privateKey, publicKey: raw };
}

for (const vector of VECTORS) {
  test(`the vector of RFC 9180 opens: ${vector.name}`, async () => {
    const sealed = {
      encapsulatedKey: hex(vector.encapsulated),
      ciphertext: hex(vector.ciphertext),
      info: INFO,
      aad: AAD,
    };
    const key = await keyOf(vector);
    const plaintext = await open(key, sealed, 16);
    assert.equal(Buffer.from(plaintext).toString(), 'Beauty is truth, truth beauty');
    await assert.rejects(open(key, { ...sealed, aad: hex('436f756e742d31') }, 16));
    await assert.rejects(open(key, { ...sealed, info: utf8('another') }, 16));
    await assert.rejects(open(key, sealed, 32), 'another suite derives another key');
  });
}

/** HPKE's sending side with AES-256-GCM: HKDF by Node, agreement by Node. */
function seal(kem, theirRaw, { info, aad, plaintext }) {
  const number = (value) => Buffer.from([value >> 8, value & 0xff]);
  const id = kem === 'x25519' ? 0x20 : 0x10;
  const extract = (suite, salt, label, data) => {
    const message = Buffer.concat([Buffer.from('HPKE-v1'), suite, Buffer.from(label), data]);
    return createHmac('sha256', salt).update(message).digest();
  };
  const expand = (suite, key, label, data, length) => {
    const message = Buffer.concat([number(length), Buffer.from('HPKE-v1'), suite, Buffer.from(label), data]);
    const once = createHmac('sha256', key).update(message).update(Buffer.from([1])).digest();
    return once.subarray(0, length);
  };
  let agreed, encapsulated;
  if (kem === 'x25519') {
    const { privateKey, publicKey } = generateKeyPairSync('x25519');
    const x = (key) => Buffer.from(key.export({ format: 'jwk' }).x, 'base64url');
    encapsulated = x(publicKey);
    const prefix = Buffer.from('302a300506032b656e032100', 'hex');
    const theirs = { key: Buffer.concat([prefix, theirRaw]), format: 'der', type: 'spki' };
    agreed = diffieHellman({ privateKey, publicKey: createPublicKey(theirs) });
  } else {
    const ephemeral = createECDH('prime256v1');
    encapsulated = ephemeral.generateKeys();
    agreed = ephemeral.computeSecret(theirRaw);
  }
  const kemSuite = Buffer.concat([Buffer.from('KEM'), number(id)]);
  const context = Buffer.concat([encapsulated, theirRaw]);
  const shared = expand(kemSuite, extract(kemSuite, '', 'eae_prk', agreed), 'shared_secret', context, 32);
  const suite = Buffer.concat([Buffer.from('HPKE'), number(id), number(1), number(2)]);
  const none = Buffer.alloc(0);
  const schedule = Buffer.concat([
    Buffer.from([0]),
    extract(suite, '', 'psk_id_hash', none),
    extract(suite, '', 'info_hash', info),
  ]);
  const secret = extract(suite, shared, 'secret', none);
  const cipher = createCipheriv(
    'aes-256-gcm',
    expand(suite, secret, 'key', schedule, 32),
    expand(suite, secret, 'base_nonce', schedule, 12),
  );
  cipher.setAAD(aad);
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return { encapsulatedKey: Uint8Array.from(encapsulated), ciphertext: Uint8Array.from(ciphertext), info, aad };
}

for (const kem of ['x25519', 'p256']) {
  test(`what another sealed with ${kem} and AES-256-GCM opens with a key that cannot be taken out`, async () => {
    const algorithm = kem === 'x25519' ? { name: 'X25519' } : { name: 'ECDH', namedCurve: 'P-256' };
    const pair = await crypto.subtle.generateKey(algorithm, false, ['deriveBits']);
    const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    const key = { kem, privateKey: pair.privateKey, publicKey };
    await assert.rejects(crypto.subtle.exportKey('jwk', pair.privateKey));

    const aad = utf8('{"v":"login-grant/v1"}');
    const sealed = seal(kem, publicKey, { info: utf8('login-grant/v1'), aad, plaintext: utf8('ä secret') });
    assert.equal(Buffer.from(await open(key, sealed)).toString(), 'ä secret');
    for (const index of [0, sealed.ciphertext.length - 1]) {
      const touched = Uint8Array.from(sealed.ciphertext);
      touched[index] ^= 1;
      await assert.rejects(open(key, { ...sealed, ciphertext: touched }));
    }
    const other = await crypto.subtle.generateKey(algorithm, false, ['deriveBits']);
    await assert.rejects(open({ ...key, privateKey: other.privateKey }, sealed));
  });
}
