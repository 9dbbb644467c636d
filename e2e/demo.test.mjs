// The demo's own promises: what it prints, that it ends without a trace, and the sample site.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { expectAccessible, expectNarrow, runDemo, startBrowser, startDemo } from './support.mjs';

test('the demo says in one line of JSON where everything is and who can sign in', async () => {
  const { demo, stop } = await startDemo();
  try {
    const addresses = ['keytile', 'okta', 'site'].map((part) => new URL(demo[part]).origin);
    assert.equal(new Set(addresses).size, 3, 'three servers at three addresses');
    assert.match(demo.scim.url, new RegExp(`^${addresses[0]}/`));
    for (const token of [demo.api_key, demo.okta_token, demo.scim.token]) {
      assert.match(token, /^\S{16,}$/);
    }
    assert.equal(demo.people.length, 15);
    assert.equal(new Set(demo.people.map(({ email }) => email)).size, 15);
    for (const { email, password, role, set_up: link } of demo.people) {
      assert.match(email, /^[^@\s]+@[^@\s]+$/);
      assert(role.length > 0, `${email} has a role`);
      // Whoever is not in Okta has a one-time link instead of a password there.
      assert((password || link).length > 0, `${email} can sign in`);
    }
    const roles = new Set(demo.people.map(({ role }) => role));
    assert.deepEqual(
      [...roles].sort(),
      ['admin', 'guest', 'login_only', 'owner', 'super_admin', 'user'],
    );
  } finally {
    await stop();
  }
});

test('the demo listens where it is told, and leaves nothing behind', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'keytile-e2e-'));
  const [keytile, okta, site] = await freePorts(3);
  const options = ['--keytile-port', keytile, '--okta-port', okta, '--site-port', site];
  try {
    const { demo, stop } = await startDemo(options.map(String), { TMPDIR: folder });
    assert.equal(readdirSync(folder).length, 1, 'everything is in one temporary folder');
    await stop();
    assert.deepEqual(readdirSync(folder), [], 'and that is gone');
    const chosen = [keytile, okta, site].map((port) => `http://localhost:${port}`);
    assert.deepEqual([demo.keytile, demo.okta, demo.site], chosen);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the demo tells people in five lines what to open, who to be and what to try', async () => {
  const { lines, stop } = await runDemo([], {}, 5);
  await stop();
  assert.equal(lines.length, 5, lines.join('\n'));
  assert.match(lines[0], /http:\/\/localhost:\d+ .*@.*password/);
  assert.match(lines[1], /Contentzilla/);
});

test('the sample site lets its account in: user name, then password, then a code in six boxes', async () => {
  const { demo, stop } = await startDemo();
  const browser = await startBrowser();
  try {
    const story = new URL('../crates/demo/src/workspace.json', import.meta.url);
    const { accounts } = JSON.parse(readFileSync(story, 'utf8'));
    const account = accounts.find(({ login_url: url }) => url.includes('{site}'));
    const page = await browser.newPage();
    await page.goto(demo.site);
    await expectAccessible(page);
    await expectNarrow(page);
    await page.getByLabel('User name or e-mail').fill(account.username);
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByLabel('Password').fill('not this one');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
    await page.getByLabel('Password').fill(account.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByLabel('Digit 1').waitFor();
    await expectAccessible(page);
    await expectNarrow(page);
    // Typed as people do: the boxes pass the focus on.
    await page.getByLabel('Digit 1').focus();
    await page.keyboard.type(code(account.totp));
    await page.getByRole('button', { name: 'Verify' }).click();
    await page.getByRole('heading', { name: 'Welcome!' }).waitFor();
    await expectAccessible(page);
  } finally {
    await browser.close();
    await stop();
  }
});

/** The code of now (RFC 6238): another implementation than the site's. */
function code(seed) {
  const value = (letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter);
  const bits = [...seed].map((letter) => value(letter).toString(2).padStart(5, '0'));
  const bytes = bits.join('').match(/.{8}/g).map((byte) => Number.parseInt(byte, 2));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac('sha1', Buffer.from(bytes)).update(counter).digest();
  const number = digest.readUInt32BE(digest[19] & 0xf) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

/** Ports that are free now, each its own. */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
