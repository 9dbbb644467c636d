// Passkeys, in Chromium's virtual authenticator: a fresh Keytile prints a one-time link, and with it the
// first Owner makes a passkey, signs in again and proves that it is still she. Nobody there knows Okta. And
// in the demo, where Okta signs people in, a passkey is for those whom an admin allows one.

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
import { expectAccessible, expectNarrow, picture, signIn, startBrowser, startDemo } from './support.mjs';

const OWNER = 'Wanjiru Kamau';
const LUCIA = 'lucia.fernandez@brightfold.example';
const NOOR = 'noor.haddad@brightfold.example';

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

test('an admin allows somebody of the directory a passkey, and takes it back', async () => {
  const { demo, stop } = await startDemo();
  const browser = await startBrowser();
  const open = async (email) => {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(10_000);
    return email ? signIn(page, demo, email) : page;
  };
  try {
    const [admin, noor] = [await open(LUCIA), await open(NOOR)];
    const hers = await holdAuthenticator(noor);
    await noor.goto(`${demo.keytile}/profile`);
    const passkeys = noor.getByRole('region', { name: 'Passkeys' });
    await passkeys.getByText('no admin has allowed you one yet').waitFor();
    assert.equal(await passkeys.getByRole('button', { name: 'Add a passkey' }).count(), 0);
    await look(noor, 'profile-no-passkey-allowed');

    await admin.goto(`${demo.keytile}/members?q=noor`);
    await admin.getByRole('link', { name: 'Noor Haddad' }).first().click();
    const about = admin.getByRole('region', { name: 'About' });
    await about.getByText('Not allowed').waitFor();
    await look(admin, 'member-passkey-not-allowed');
    await about.getByRole('button', { name: 'Allow', exact: true }).click();
    await about.getByText('Allowed', { exact: true }).waitFor();
    await about.getByText('by Lucía Fernández').waitFor();
    await look(admin, 'member-passkey-allowed');

    // She is told, and makes one.
    await noor.reload();
    await noor.getByText('An admin allows you to sign in with a passkey').waitFor();
    await passkeys.getByRole('button', { name: 'Add a passkey' }).click();
    await passkeys.getByText('never used').waitFor();
    await signOut(noor);
    await noor.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await noor.getByRole('heading', { level: 1, name: 'Accounts' }).waitFor();
    assert.equal((await hers.credentials()).length, 1);

    // It is taken back: she is out at once, and her passkey is refused with a sentence.
    await about.getByRole('button', { name: 'Withdraw' }).click();
    const dialog = admin.getByRole('dialog', { name: 'Withdraw passkey sign-in?' });
    await picture(admin, 'member-passkey-withdraw');
    await dialog.getByRole('button', { name: 'Withdraw' }).click();
    await about.getByText('Not allowed').waitFor();
    await noor.reload();
    await noor.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await noor.getByRole('alert').filter({ hasText: 'ask an admin of Keytile' }).waitFor();
    await look(noor, 'sign-in-passkey-not-allowed');

    // Okta still signs her in, and she confirms there alone.
    const again = await open(NOOR);
    await again.goto(`${demo.keytile}/profile`);
    await again.getByRole('region', { name: 'Passkeys' }).getByText('Not allowed').waitFor();
    await look(again, 'profile-passkey-not-allowed');
    await again.goto(`${demo.keytile}/confirm?return_to=/profile`);
    await again.getByRole('link', { name: 'Confirm with Okta' }).waitFor();
    assert.equal(await again.getByRole('button', { name: 'Confirm with a passkey' }).count(), 0);
    await look(again, 'confirm-passkey-not-allowed');
  } finally {
    await browser.close();
    await stop();
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
