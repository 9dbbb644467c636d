// Passkeys, in Chromium's virtual authenticator: a fresh Keytile prints a one-time link, and with it the
// first Owner makes a passkey, signs in again and proves that it is still she. Nobody here knows Okta.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expectAccessible, expectNarrow, picture, startBrowser } from './support.mjs';

const OWNER = 'Wanjiru Kamau';

test('the first Owner makes a passkey with the one-time link, signs in with it, and confirms with it', async () => {
  const keytile = await freshKeytile();
  const browser = await startBrowser();
  try {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(10_000);
    const authenticator = await holdAuthenticator(page);

    // The link: she makes a passkey, and is signed in.
    await page.goto(keytile.link);
    await page.getByRole('heading', { name: `Welcome, ${OWNER}` }).waitFor();
    await look(page, 'set-up');
    await page.getByRole('button', { name: 'Create a passkey' }).click();
    await page.getByRole('heading', { level: 1 }).filter({ hasNotText: 'Welcome' }).waitFor();
    await page.goto(`${keytile.origin}/profile`);
    await page.getByText('Owner in Fresh & Co').waitFor();
    const [credential, ...others] = await authenticator.credentials();
    assert.deepEqual(others, [], 'one passkey was made');
    assert(credential.isResidentCredential, 'it is found without a name being typed');
    assert.equal(credential.rpId, 'localhost');

    // C41: what is sensitive asks her again once a while has passed; she leaves, and comes back by passkey.
    await signOut(page);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByRole('heading', { level: 1, name: 'Accounts' }).waitFor();
    await page.goto(`${keytile.origin}/confirm?return_to=/settings`);
    await look(page, 'confirm');
    await page.getByRole('button', { name: 'Confirm with a passkey' }).click();
    await page.waitForURL(`${keytile.origin}/settings`);
    const used = await authenticator.credentials();
    assert(used[0].signCount > credential.signCount, 'the authenticator has signed');
    await look(page, 'settings-fresh');

    // Whoever does not prove to be there gets a sentence, and may try again.
    await signOut(page);
    await authenticator.refuse();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByRole('alert').filter({ hasText: /try again/i }).waitFor();
    await authenticator.agree();
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await page.getByRole('heading', { level: 1, name: 'Accounts' }).waitFor();

    // The link was for one time.
    const stranger = await (await browser.newContext()).newPage();
    await stranger.goto(keytile.link);
    await stranger.getByRole('heading', { name: 'This link cannot be used' }).waitFor();
    await look(stranger, 'set-up-used');
  } finally {
    await browser.close();
    await keytile.stop();
  }
});

async function look(page, name) {
  await picture(page, name);
  await expectAccessible(page);
  await expectNarrow(page);
}

async function signOut(page) {
  await page.locator('.person > summary').click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
}

/**
 * Gives this page a phone's authenticator, whose holder is recognised at once.
 * @param {import('playwright-core').Page} page
 */
async function holdAuthenticator(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  const recognise = (isUserVerified) =>
    devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
  return {
    credentials: async () =>
      (await devtools.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
    refuse: () => recognise(false),
    agree: () => recognise(true),
  };
}

/** A database that was just made, with the program that an operator runs: its address, and the Owner's link. */
async function freshKeytile() {
  const program =
    process.env.KEYTILE ?? fileURLToPath(new URL('../target/debug/keytile', import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), 'keytile-e2e-'));
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const env = {
    KEYTILE_PUBLIC_URL: origin,
    KEYTILE_LISTEN: `127.0.0.1:${port}`,
    KEYTILE_DATABASE: `sqlite:${folder}/keytile.db`,
    KEYTILE_ROOT_KEY_FILE: `${folder}/root.key`,
  };
  const who = ['--workspace', 'Fresh & Co', '--owner', OWNER, '--email', 'wanjiru@fresh.example'];
  const { stdout } = await promisify(execFile)(program, ['init', ...who], { env });
  const [link] = stdout.match(/http:\S+\/set-up\/\S+/) ?? assert.fail(stdout);

  const server = spawn(program, ['serve'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(server, 'exit');
  process.once('exit', () => server.kill());
  const said = [];
  const ready = new Promise((resolve) => {
    createInterface({ input: server.stderr }).on('line', (line) => {
      said.push(line);
      if (line.includes('keytile is ready')) resolve();
    });
  });
  const died = ended.then(() => assert.fail(`keytile did not get ready:\n${said.join('\n')}`));
  died.catch(() => {});
  await Promise.race([ready, died]);
  const stop = async () => {
    server.kill('SIGTERM');
    const [code] = await ended;
    rmSync(folder, { recursive: true });
    assert.equal(code, 0, `keytile did not end cleanly:\n${said.join('\n')}`);
  };
  return { origin, link, stop };
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await once(server.close(), 'close');
  return port;
}
