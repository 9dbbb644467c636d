// What hands a page's ticket over: once, only where nobody did before, and late only for somebody who has just asked.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import vm from 'node:vm';

const SCRIPT = readFileSync(new URL('../launch/ticket.js', import.meta.url), 'utf8');
const OVER = { state: 'failed', text: 'This page is too old. Reload it.', over: true };

/** A page of the server's, so many milliseconds old, and what the script does in it. */
class LaunchPage {
  constructor({ state = 'waiting', age = 500, type = 'navigate', answer = { state: 'working', text: 'Logging in…' } } = {}) {
    const HTMLElement = class {
      dataset = { state };
    };
    const PerformanceNavigationTiming = class {
      type = type;
    };
    this.section = new HTMLElement();
    this.sentence = { textContent: '' };
    this.sent = [];
    this.reloads = 0;
    const meta = { getAttribute: () => 'ticket' };
    const elements = { 'meta[name="keytile-ticket"]': meta, 'section#login': this.section, '#login-state': this.sentence };
    this.world = vm.createContext({
      HTMLElement,
      PerformanceNavigationTiming,
      document: { querySelector: (selector) => elements[selector] ?? null },
      performance: { now: () => age, getEntriesByType: () => [new PerformanceNavigationTiming()] },
      location: { reload: () => (this.reloads += 1) },
      chrome: { runtime: { sendMessage: async (message) => (this.sent.push(message), answer) } },
    });
  }

  /** Puts the script in, and lets what it waits for happen. */
  async run() {
    vm.runInContext(SCRIPT, this.world);
    await new Promise(setImmediate);
    return { state: this.section.dataset.state, sent: this.sent.length, reloads: this.reloads };
  }
}

test('a ticket is handed over once, however often the script is put in', async () => {
  const page = new LaunchPage();
  assert.deepEqual(await page.run(), { state: 'working', sent: 1, reloads: 0 });
  page.section.dataset.state = 'missing';
  assert.deepEqual(await page.run(), { state: 'missing', sent: 1, reloads: 0 });
});

test('a page that nobody took over is, and one that has come to an end is not', async () => {
  assert.deepEqual(await new LaunchPage({ state: 'missing', age: 9 * 60_000 }).run(), { state: 'working', sent: 1, reloads: 0 });
  for (const state of ['working', 'failed', 'needs-approval', 'ask', 'still', 'no-address', 'again']) {
    assert.deepEqual(await new LaunchPage({ state }).run(), { state, sent: 0, reloads: 0 });
  }
});

test('a page that was here before the extension is loaded anew for another ticket, and no other is', async () => {
  assert.equal((await new LaunchPage({ state: 'missing', answer: OVER }).run()).reloads, 1);
  assert.deepEqual(await new LaunchPage({ answer: OVER }).run(), { state: 'failed', sent: 1, reloads: 0 });
});

test('nothing begins by itself in a page that is older than ten minutes, or that somebody went back to', async () => {
  const old = new LaunchPage({ state: 'missing', age: 10 * 60_000 + 1 });
  assert.deepEqual(await old.run(), { state: 'failed', sent: 0, reloads: 0 });
  assert.match(old.sentence.textContent, /Reload this page/);
  assert.deepEqual(await new LaunchPage({ type: 'back_forward' }).run(), { state: 'failed', sent: 0, reloads: 0 });
});
