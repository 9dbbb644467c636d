// What only the person can do: when a login stops for them, and how it goes on.

import assert from 'node:assert/strict';
import test from 'node:test';
import { page, START, Tab } from './tab.mjs';

test('a captcha gets a filled form that was not sent, and the login goes on when it is answered', () => {
  const tab = new Tab(['username', 'password']);
  tab.arrive();
  const both = ['username', 'password'];
  tab.see(page(both, { blockers: ['captcha'] }));
  tab.filled('username');
  tab.filled('password');
  tab.see(page(both, { blockers: ['captcha'], filled: true }));
  assert.equal(tab.outcome, 'captcha');
  assert.equal(tab.count('submit') + tab.count('clear'), 0);
  assert.deepEqual(tab.done.at(-2), { do: 'focus', document: tab.document, blocker: 'captcha' });

  tab.now += 100_000;
  const actions = tab.see(page(both, { filled: true }));
  assert.deepEqual(actions, [{ do: 'resume' }]);
  tab.tell({ type: 'resumed', expires_at: tab.now + 60_000, factors: both });
  assert.equal(tab.count('release'), 2, 'what stands is not filled again');
  tab.see(page(both, { filled: true }));
  assert.equal(tab.count('submit'), 1);
  assert.equal(tab.outcome, null);
});

test('whatever stops a login for the person has its outcome, and needs to stand for a second', () => {
  const cases = { captcha: 'captcha', passkey: 'passkey_prompt', question: 'question', code_elsewhere: 'code_elsewhere' };
  for (const [blocker, outcome] of Object.entries(cases)) {
    const tab = new Tab();
    tab.arrive();
    tab.see(page([], { blockers: [blocker] }));
    assert.equal(tab.outcome, null);
    tab.later(1_000);
    assert.equal(tab.outcome, outcome);
    assert.equal(tab.state.phase, 'handed_over');
  }
});

test('a code that went elsewhere is not filled from the seed', () => {
  const tab = new Tab();
  tab.arrive();
  tab.see(page(['code'], { blockers: ['code_elsewhere'] }));
  tab.later(1_000);
  assert.equal(tab.outcome, 'code_elsewhere');
  assert.equal(tab.count('release'), 0);
});

test('after a code typed by hand, a page that asks for nothing is success', () => {
  const tab = new Tab(['username', 'password']);
  tab.arrive();
  tab.pass(['username', 'password']);
  tab.arrive();
  tab.see(page(['code'], { blockers: ['code_elsewhere'] }));
  tab.later(1_000);
  assert.equal(tab.outcome, 'code_elsewhere');
  tab.arrive();
  assert.equal(tab.see(page([]))[0]?.do, 'resume');
  tab.tell({ type: 'resumed', expires_at: tab.now + 60_000, factors: ['username', 'password'] });
  tab.later(2_000);
  assert.equal(tab.outcome, 'logged_in');
  assert.equal(tab.count('report'), 2);
});

test('a page that waits for the person is looked at again each minute, for a quarter of an hour', () => {
  const tab = new Tab();
  tab.arrive();
  tab.see(page([], { blockers: ['captcha'] }));
  tab.later(1_000);
  assert.equal(tab.state.phase, 'handed_over');
  assert.deepEqual(tab.later(30_000), []);
  assert.deepEqual(tab.later(30_000), [{ do: 'look', document: tab.document }]);
  tab.now = START + 15 * 60_000;
  assert.deepEqual(tab.see(page([])), [], 'too late to go on');
  assert.equal(tab.state.phase, 'ended');
  assert.equal(tab.outcome, 'captcha');
});
