// Runs the lab: every page in a real Chromium, by the extension's own plan and page scripts, and says what came of each.
// The last line is the score.
//
//   node lab/run.mjs [--pages DIR] [--only NAME] [--verbose] [--times N]

import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { folder } from './folder.mjs';
import { judge } from './judge.mjs';
import attacks from './pages/attacks.mjs';
import consent from './pages/consent.mjs';
import handover from './pages/handover.mjs';
import languages from './pages/languages.mjs';
import plain from './pages/plain.mjs';
import scripted from './pages/scripted.mjs';
import steps from './pages/steps.mjs';
import untouched from './pages/untouched.mjs';
import { startLab } from './server.mjs';

/** How many logins run at once. */
const TOGETHER = 4;
/** How long one page may take, in milliseconds. */
const LIMIT = 90_000;

const { values: options } = parseArgs({
  options: {
    pages: { type: 'string' },
    only: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    times: { type: 'string', default: '1' },
  },
});

const values = { username: 'nora.lind@example.com', password: `Lab "7" ${randomBytes(6).toString('base64url')}!ä`, code: '492817' };
const all = options.pages ? folder(options.pages) : [...plain, ...scripted, ...steps, ...languages, ...handover, ...untouched, ...attacks, ...consent];
const chosen = options.only ? all.filter(({ name }) => name.includes(options.only ?? '')) : all;
let failed = false;
for (let time = 0; time < Number(options.times); time += 1) failed = (await run()) || failed;
process.exitCode = failed ? 1 : 0;

/** One run of all pages. @returns whether something failed */
async function run() {
  const hosts = new Map(all.flatMap((page) => [[new URL(page.url).hostname, page], ...page.hosts]));
  const lab = await startLab(/** @type {any} */ (hosts), values);
  const extension = assemble();
  const context = await chromium.launchPersistentContext('', {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    chromiumSandbox: false,
    ignoreHTTPSErrors: true,
    args: [
      `--disable-extensions-except=${extension}`,
      `--load-extension=${extension}`,
      '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
      '--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows', '--disable-background-timer-throttling',
      `--host-resolver-rules=${lab.rules}`,
    ],
  });
  const started = Date.now();
  try {
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'));
    const queue = [...chosen].sort((one, other) => Number(other.spec.patient ?? false) - Number(one.spec.patient ?? false));
    /** @type {import('./judge.mjs').Verdict[]} */
    const verdicts = [];
    await Promise.all(Array.from({ length: TOGETHER }, async () => {
      for (let page = queue.shift(); page; page = queue.shift()) {
        const verdict = judge(page, await login(worker, page), lab, { ...values, ...page.spec.values });
        verdicts.push(verdict);
        if (options.verbose || verdict.faults.length) print(verdict);
      }
    }));
    return sum(verdicts, started);
  } finally {
    await context.close();
    lab.stop();
    rmSync(extension, { recursive: true, force: true });
  }
}

/** The driver, with the extension's own plan and page scripts. */
function assemble() {
  const target = mkdtempSync(join(tmpdir(), 'keytile-lab-'));
  const from = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
  cpSync(from('driver'), target, { recursive: true });
  cpSync(from('../../extension/page'), join(target, 'page'), { recursive: true });
  cpSync(from('../../extension/worker'), join(target, 'worker'), { recursive: true });
  return target;
}

/** @param {import('playwright-core').Worker} worker @param {import('./pages.mjs').Page} page */
async function login(worker, page) {
  const began = Date.now();
  const job = { url: page.url, origins: page.origins, factors: page.factors, values: { ...values, ...page.spec.values }, recipe: page.spec.recipe ?? null, patient: page.spec.patient ?? false };
  const tab = await worker.evaluate((given) => /** @type {any} */ (globalThis).lab.start(given), job);
  const state = () => worker.evaluate((id) => /** @type {any} */ (globalThis).lab.state(id), tab);
  let now = await state();
  while (!now.outcome && Date.now() - began < LIMIT) {
    await new Promise((done) => setTimeout(done, 100));
    now = await state();
  }
  await worker.evaluate((id) => /** @type {any} */ (globalThis).lab.stop(id), tab);
  return { ...now, took: Date.now() - began };
}

/** @param {import('./judge.mjs').Verdict} verdict */
function print({ page, faults, outcome, took, log }) {
  console.log(`${faults.length ? 'FAIL' : 'ok  '} ${page.kind.padEnd(9)} ${page.name.padEnd(28)} ${(took / 1000).toFixed(1).padStart(5)} s  ${outcome ?? 'nothing'}  ${page.trait}${faults.map((fault) => `\n       ${fault}`).join('')}`);
  if (options.only && (faults.length || options.verbose)) console.log(log.map((line) => `       | ${line}`).join('\n'));
}

/** @param {import('./judge.mjs').Verdict[]} verdicts @param {number} started */
function sum(verdicts, started) {
  const score = (/** @type {string} */ kind) => {
    const of = verdicts.filter(({ page }) => page.kind === kind);
    return `${of.filter(({ faults }) => faults.length === 0).length}/${of.length}`;
  };
  const leaks = verdicts.reduce((count, verdict) => count + verdict.leaks, 0);
  console.log(`${verdicts.length} pages in ${((Date.now() - started) / 1000).toFixed(0)} s; attacks ${score('attack')} without a value`);
  console.log(`positives ${score('positive')}, hand-overs ${score('handover')}, untouched ${score('untouched')}, leaks ${leaks}`);
  return verdicts.some(({ faults }) => faults.length > 0) || leaks > 0;
}
