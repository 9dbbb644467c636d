// A self-signed certificate, made when the lab starts: X.509 v3 (RFC 5280) with a P-256 key, in as much DER as that takes.

import { createSign, generateKeyPairSync, randomBytes } from 'node:crypto';

/** @param {number} tag @param {...Buffer} parts */
function der(tag, ...parts) {
  const body = Buffer.concat(parts);
  const { length } = body;
  if (length < 128) return Buffer.concat([Buffer.from([tag, length]), body]);
  const size = length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

/** @param {string} dotted */
function oid(dotted) {
  const [first, second, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 127];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 127) | 128);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

/** @param {Date} date */
function time(date) {
  return der(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
}

/**
 * @param {string[]} names which it is for; `*.` in front is allowed
 * @returns {{key: string, cert: string}} in PEM
 */
export function selfSigned(names) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(0x30, oid('1.2.840.10045.4.3.2'));
  const name = der(0x30, der(0x31, der(0x30, oid('2.5.4.3'), der(0x0c, Buffer.from('Lab of login pages')))));
  const hour = 3_600_000;
  const valid = der(0x30, time(new Date(Date.now() - hour)), time(new Date(Date.now() + 24 * hour)));
  const alternatives = der(0x30, ...names.map((each) => der(0x82, Buffer.from(each))));
  const extensions = der(0xa3, der(0x30, der(0x30, oid('2.5.29.17'), der(0x04, alternatives))));
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(8)]);
  const signed = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    name,
    valid,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions,
  );
  const signature = createSign('sha256').update(signed).sign(privateKey);
  const cert = der(0x30, signed, algorithm, der(0x03, Buffer.from([0]), signature));
  const lines = (cert.toString('base64').match(/.{1,64}/g) ?? []).join('\n');
  return {
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
  };
}
