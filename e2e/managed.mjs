// A Chromium that an organisation manages: it reads policies from a folder of the system's, and here from one of the journey's
// own. The folder is put there in a mount namespace that only this browser sees and that ends with it, so nothing of the
// machine is changed, and nothing can be left behind.

import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { extend } from './extension.mjs';
import { ARGUMENTS, PATIENCE } from './support.mjs';

const browser = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Where a browser looks for `policies/managed`. */
const system = ['/etc/chromium', '/etc/opt/chrome'].find((folder) => existsSync(folder));

/** Somebody who is not root is root in a user namespace of their own, where the machine allows that. */
const namespace = ['--mount', ...(process.getuid() === 0 ? [] : ['--map-root-user'])];

/** Why there can be no such browser here; `false` where there can. */
export function cannotBeManaged() {
  if (!system) return 'this browser has no folder for policies';
  const tried = spawnSync('unshare', [...namespace, 'true']);
  return tried.status === 0 ? false : 'this machine allows no mount namespace';
}

/** Waits in a page of the extension's until the worker goes by the policy's settings. @param {number} patience */
function waitForSettings(patience) {
  return new Promise((resolve, reject) => {
    const { runtime, storage } = globalThis.chrome;
    const look = async () => {
      const { policy } = await storage.local.get('policy');
      if (policy?.serverUrl) resolve(runtime.sendMessage({ type: 'server' }));
      return policy;
    };
    storage.local.onChanged.addListener(() => void look());
    setTimeout(async () => reject(new Error(`no settings: ${JSON.stringify(await look())}`)), patience);
    void look();
  });
}

/**
 * A folder of a browser whose organisation manages nothing yet, and how it begins to.
 * @returns {{folder: string, etc: string, write: (policy: string) => void}}
 */
function organisation() {
  const folder = mkdtempSync(join(tmpdir(), 'keytile-managed-'));
  const etc = join(folder, 'etc');
  cpSync(system, etc, { recursive: true });
  const policies = join(etc, 'policies', 'managed');
  mkdirSync(policies, { recursive: true });
  // Without it Chromium lets nobody drive the pages of what a policy installed.
  writeFileSync(join(policies, 'journey.json'), JSON.stringify({ DeveloperToolsAvailability: 1 }));
  return { folder, etc, write: (policy) => writeFileSync(join(policies, 'keytile.json'), policy) };
}

/**
 * Starts a browser with a fresh profile, which its organisation manages.
 * @param {string} [policy] a policy file; without one it says nothing of the extension yet
 * @returns {Promise<{context: import('playwright-core').BrowserContext, manage: (policy: string) => Promise<void>, stop: () => Promise<void>}>}
 *   `manage` gives it a policy file as if an admin had rolled it out just now, and has it read its policies
 */
export async function startUnderPolicy(policy) {
  const { folder, etc, write } = organisation();
  if (policy) write(policy);
  const program = join(folder, 'chromium');
  const inside = `mount --bind '${etc}' '${system}' && exec '${browser}' "$@"`;
  const script = `#!/bin/sh\nexec unshare ${namespace.join(' ')} sh -c '${inside.replaceAll("'", "'\\''")}' sh "$@"\n`;
  writeFileSync(program, script, { mode: 0o755 });
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: program,
    headless: true,
    chromiumSandbox: false,
    // Either keeps what a policy installs away.
    ignoreDefaultArgs: ['--disable-extensions', '--disable-background-networking'],
    args: ARGUMENTS.filter((argument) => argument !== '--disable-background-networking'),
  });
  context.setDefaultTimeout(PATIENCE);
  const stop = async () => {
    await context.close();
    rmSync(folder, { recursive: true });
  };
  const manage = async (/** @type {string} */ policy) => {
    write(policy);
    const policies = await context.newPage();
    await policies.goto('chrome://policy/');
    await policies.getByRole('button', { name: 'Reload policies' }).click();
    await policies.getByText('ExtensionSettings').first().waitFor();
    await policies.close();
  };
  return { context, manage, stop };
}

/**
 * Starts a browser with a fresh profile and this policy, and waits until the policy has installed the extension and told it
 * its settings, which takes a browser seconds.
 * @param {string} policy a policy file
 * @returns {Promise<import('./extension.mjs').Extended & {stop: () => Promise<void>}>}
 */
export async function startManaged(policy) {
  const { context, stop } = await startUnderPolicy(policy);
  try {
    const extended = await extend(context);
    await extended.desk.evaluate(waitForSettings, PATIENCE);
    return { ...extended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
