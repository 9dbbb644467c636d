// Requests as the server sees them: what is signed, and what each answer becomes.

import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createServer } from 'node:http';
import test, { after, before } from 'node:test';
import { ask, offsetBy, Refused, Unreachable } from '../worker/server.js';

/** What the next requests are answered with: [status, body]. */
let answers = [];
/** What came: {method, url, headers, body}. */
let requests = [];
let listener, origin, connection, point;

before(async () => {
  listener = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () => {
      requests.push({ method: request.method, url: request.url, headers: request.headers, body });
      const [status, answer] = answers.shift() ?? [500, 'nothing'];
      response.writeHead(status).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${listener.address().port}`;
  const how = { name: 'ECDSA', namedCurve: 'P-256' };
  const pair = await crypto.subtle.generateKey(how, false, ['sign', 'verify']);
  point = Buffer.from(await crypto.subtle.exportKey('raw', pair.publicKey));
  connection = {
    server: origin,
    version: '0.1.0',
    device: 'dev_1',
    signingKey: pair.privateKey,
    clock: { at: 0, offset: async () => connection.clock.at, learn: async (by) => (connection.clock.at = by) },
  };
});
after(() => listener.close());

test('a request is signed over its method, origin, path, time and body', async () => {
  answers = [[200, { ok: true }]];
  requests = [];
  const body = { ticket: 'ä'.repeat(3) };
  assert.deepEqual(await ask(connection, 'POST', '/extension/v1/grants?a=b', body), { ok: true });
  const [{ method, url, headers, body: sent }] = requests;
  assert.equal(headers['keytile-extension'], '0.1.0');
  assert.equal(headers['keytile-device'], 'dev_1');
  assert.equal(sent, JSON.stringify(body));
  const hash = createHash('sha256').update(sent).digest('base64url');
  const lines = ['keytile-request/v1', method, origin, url, headers['keytile-time'], hash];
  assert(isSigned(lines, headers['keytile-signature']));
  lines[3] = '/extension/v1/grants';
  assert(!isSigned(lines, headers['keytile-signature']));
});

test('a request without a body signs the hash of nothing, and names no device while enrolling', async () => {
  answers = [[200, {}]];
  requests = [];
  await ask({ ...connection, device: null }, 'GET', '/extension/v1/status');
  const [{ headers, body }] = requests;
  assert.equal(body, '');
  assert(!('keytile-device' in headers) && !('content-type' in headers));
  const hash = '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU';
  const lines = ['keytile-request/v1', 'GET', origin, '/extension/v1/status', headers['keytile-time'], hash];
  assert(isSigned(lines, headers['keytile-signature']));
});

test('a clock that is off is corrected once, and stays corrected', async () => {
  const serverTime = Date.now() + 600_000;
  const off = [401, { code: 'clock_off', message: 'off', server_time: serverTime }];
  answers = [off, [200, { ok: true }], [200, { ok: true }]];
  requests = [];
  await ask(connection, 'POST', '/x', {});
  await ask(connection, 'POST', '/x', {});
  assert.equal(requests.length, 3);
  for (const { headers } of requests.slice(1)) assert(Number(headers['keytile-time']) >= serverTime);

  answers = [off, off];
  await assert.rejects(ask(connection, 'POST', '/x', {}), { name: 'Refused', code: 'clock_off' });
  connection.clock.at = 0;
});

test('every answer that tells the time corrects the clock, and so does a grant that was just made', async () => {
  for (const [status, body] of [[200, {}], [403, { code: 'no_access', message: '' }]]) {
    connection.clock.at = 0;
    answers = [[status, { ...body, server_time: Date.now() - 45_000 }]];
    await ask(connection, 'GET', '/x').catch((error) => assert.equal(error.code, 'no_access'));
    assert(connection.clock.at <= -45_000 + 1 && connection.clock.at > -60_000, `${status}: ${connection.clock.at}`);
  }
  connection.clock.at = 0;
  const now = 1_790_000_000_000;
  // Our clock is 59 seconds ahead: the grant would seem to have a second left.
  assert.equal(offsetBy(now + 1_000, 0, now), -59_000);
  assert.equal(offsetBy(now + 1_000, -59_000, now), -59_000);
  assert.equal(offsetBy(now + 59_500, 0, now), 0, 'the way through the network is no difference of clocks');
  assert.equal(offsetBy(now - 600_000, 0, now), 0, 'an old grant is no word about the time');
});

test('a refusal keeps its code, and anything else is no answer', async () => {
  answers = [[403, { code: 'no_access', message: 'not any more' }]];
  await assert.rejects(ask(connection, 'POST', '/x', {}), (error) => {
    return error instanceof Refused && error.code === 'no_access' && error.message === 'not any more';
  });
  answers = [[502, '<h1>Bad gateway</h1>']];
  await assert.rejects(ask(connection, 'POST', '/x', {}), Unreachable);
  answers = [[200, 'not JSON']];
  await assert.rejects(ask(connection, 'POST', '/x', {}), Unreachable);
  const nobody = { ...connection, server: 'http://127.0.0.1:9' };
  await assert.rejects(ask(nobody, 'POST', '/x', {}), Unreachable);
});

/** By Node's own crypto: r and s, 64 bytes. */
function isSigned(lines, signature) {
  const raw = { kty: 'EC', crv: 'P-256', x: part(1, 33), y: part(33, 65) };
  const key = createPublicKey({ key: raw, format: 'jwk' });
  const bytes = Buffer.from(signature, 'base64url');
  assert.equal(bytes.length, 64);
  return verify('sha256', Buffer.from(lines.join('\n')), { key, dsaEncoding: 'ieee-p1363' }, bytes);
}

function part(from, to) {
  return point.subarray(from, to).toString('base64url');
}
