// Debian's Firefox with the extension, driven by WebDriver BiDi (https://w3c.github.io/webdriver-bidi/).

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';

/** What Firefox would otherwise choose by chance: the host of the extension's pages. */
const HOST = '6e4d9a2e-1111-4111-8111-0123456789ab';
const EXTENSION = 'extension@keytile';

/** Where Firefox is, or null. */
export function findFirefox() {
  const found = spawnSync('sh', ['-c', 'command -v firefox-esr || command -v firefox'], { encoding: 'utf8' });
  return found.stdout.trim() || null;
}

/** A tab. */
export class Tab {
  /** @param {Firefox} firefox @param {string} context */
  constructor(firefox, context) {
    this.firefox = firefox;
    this.context = context;
  }

  /** Goes somewhere, and is there once the page is loaded. @param {string} url */
  async go(url) {
    await this.firefox.call('browsingContext.navigate', { context: this.context, url, wait: 'complete' });
  }

  /** The next address that is loaded and fits. @param {(address: string) => boolean} fits */
  loaded(fits) {
    return this.firefox.next('browsingContext.load', ({ context, url }) => context === this.context && fits(url));
  }

  /** What an expression is in the page, once it is. @param {string} expression */
  evaluate(expression) {
    return this.#evaluate(expression, false);
  }

  /** The same, as if the person had just clicked: what it opens is then told to be opened by them. @param {string} expression */
  click(expression) {
    return this.#evaluate(expression, true);
  }

  /** @param {string} expression @param {boolean} userActivation */
  async #evaluate(expression, userActivation) {
    const target = { context: this.context };
    const asked = { expression, target, awaitPromise: true, userActivation };
    const answer = await this.firefox.call('script.evaluate', asked);
    assert.equal(answer.type, 'success', `${expression}: ${answer.exceptionDetails?.text}`);
    return answer.result.value;
  }
}

/** A running Firefox. */
export class Firefox {
  /** What scripts threw and nobody caught. @type {string[]} */
  errors = [];

  /** @param {string} program */
  static async start(program) {
    const firefox = new Firefox();
    firefox.profile = mkdtempSync(join(tmpdir(), 'keytile-firefox-'));
    const hosts = JSON.stringify(JSON.stringify({ [EXTENSION]: HOST }));
    writeFileSync(join(firefox.profile, 'user.js'), `user_pref("extensions.webextensions.uuids", ${hosts});\n`);
    // Without system access no page of an extension can be opened.
    const access = ['--remote-debugging-port', '0', '--remote-allow-system-access'];
    const options = ['--headless', ...access, '--profile', firefox.profile];
    firefox.process = spawn(program, options, { stdio: ['ignore', 'ignore', 'pipe'] });
    const address = await new Promise((resolve, reject) => {
      let said = '';
      firefox.process.stderr.on('data', (part) => {
        said += part;
        const found = /WebDriver BiDi listening on (ws:\S+)/.exec(said);
        if (found) resolve(found[1]);
      });
      firefox.process.once('exit', () => reject(new Error(`Firefox ended: ${said}`)));
    });
    await firefox.connect(`${address}/session`);
    await firefox.call('session.new', { capabilities: {} });
    await firefox.call('session.subscribe', { events: ['browsingContext.load', 'log.entryAdded'] });
    firefox.listeners.add(({ method, params }) => {
      if (method === 'log.entryAdded' && params.type === 'javascript' && params.level === 'error') firefox.errors.push(params.text);
    });
    return firefox;
  }

  /** @param {string} address */
  async connect(address) {
    this.socket = new WebSocket(address);
    this.calls = new Map();
    /** @type {Set<(event: any) => void>} */
    this.listeners = new Set();
    this.socket.on('message', (text) => {
      const message = JSON.parse(String(text));
      if (message.type === 'event') return this.listeners.forEach((listen) => listen(message));
      const { resolve, reject } = this.calls.get(message.id);
      if (message.type === 'error') reject(new Error(`${message.error}: ${message.message}`));
      else resolve(message.result);
    });
    await new Promise((resolve) => this.socket.once('open', resolve));
  }

  /** @param {string} method @param {object} params @returns {Promise<any>} */
  call(method, params) {
    const id = this.calls.size + 1;
    const answer = new Promise((resolve, reject) => this.calls.set(id, { resolve, reject }));
    this.socket.send(JSON.stringify({ id, method, params }));
    return answer;
  }

  /** The next event that fits. @param {string} method @param {(params: any) => boolean} fits */
  next(method, fits) {
    return new Promise((resolve) => {
      const listen = (event) => {
        if (event.method !== method || !fits(event.params)) return;
        this.listeners.delete(listen);
        resolve(event.params);
      };
      this.listeners.add(listen);
    });
  }

  /** Installs the package that `cargo xtask extension` made. */
  async install() {
    const packages = process.env.KEYTILE_EXTENSIONS ?? fileURLToPath(new URL('../target/extension', import.meta.url));
    const { version } = JSON.parse(readFileSync(new URL('../extension/manifest.json', import.meta.url), 'utf8'));
    const path = join(packages, `keytile-${version}-firefox.zip`);
    await this.call('webExtension.install', { extensionData: { type: 'archivePath', path } });
  }

  /** The address of one of the extension's pages. @param {string} path */
  url(path) {
    return `moz-extension://${HOST}/${path}`;
  }

  /** A new tab. */
  async tab() {
    const { context } = await this.call('browsingContext.create', { type: 'tab' });
    return new Tab(this, context);
  }

  async stop() {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.socket.close();
    this.process.kill();
    await ended;
    rmSync(this.profile, { recursive: true, force: true });
  }
}
