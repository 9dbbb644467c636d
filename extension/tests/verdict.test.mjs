// What a person reads of a look at a page.

import assert from 'node:assert/strict';
import test from 'node:test';
import { explained, judged, notes, ranked, verdict } from '../popup/verdict.js';

const box = (/** @type {object} */ said) => ({ id: 'b1', role: 'username', score: 5, closest: { role: 'username', score: 5 }, why: null, given: false, fits: true, parts: 1, called: 'User', ...said });
const group = (/** @type {object} */ said) => ({ id: 'g1', kind: 'login', score: 4, refused: null, boxes: [box({})], submit: { id: 'g2', called: 'Log in' }, ...said });
const found = (/** @type {any[]} */ groups, said = {}) => ({ origin: 'https://site.example', path: '/', groups, blockers: [], signedIn: false, unseen: 0, ...said });

test('a login says what would be filled in and pressed, and for whom', () => {
  const all = [found([group({ boxes: [box({}), box({ role: 'password' }), box({ role: 'question', fits: false })] })])];
  assert.deepEqual(verdict(all, 'Shop'), { tone: 'good', text: 'This is a login. Keytile would fill in the user name and password, and press “Log in”.' });
  assert.match(verdict(all, null).text, /No account of yours is for this address/);
});

test('the likeliest login stands first, whatever a search or a sign-up scores', () => {
  const all = [found([group({ kind: 'search', score: -4 }), group({ kind: 'sign-up', score: -1 })]), found([group({ score: 0.5, boxes: [] })])];
  assert.deepEqual(ranked(all).map(({ kind }) => kind), ['login', 'sign-up', 'search']);
});

test('what is no login says what comes closest, and by how much', () => {
  assert.equal(verdict([found([group({ kind: 'sign-up', score: -3.5 })])], 'Shop').text, 'No login here. What comes closest is: sign-up.');
  assert.equal(judged(group({ kind: 'sign-up', score: -3.5 })).text, '−3.5 points as a login; it takes more than 0, so it is left alone.');
  assert.match(verdict([found([])], 'Shop').text, /^There is no box that can be seen/);
  assert.match(judged(group({ kind: 'other', refused: 'action' })).text, /sends to an address that is not one of this account’s/);
});

test('a box says why it is not filled in', () => {
  assert.equal(explained(box({ role: 'other', fits: false, closest: { role: 'password', score: 1.4 } })), 'Not filled in. Closest is password, 1.4 of 2 points.');
  assert.match(explained(box({ fits: false, why: 'hidden' })), /nobody could type into it/);
  assert.match(explained(box({ fits: false, why: 'illegible' })), /nobody could read/);
  assert.equal(explained(box({ role: 'code', parts: 6 })), '6 boxes as one. 5 points; 2 are enough.');
  assert.equal(explained(box({ given: true })), 'Named by the recipe.');
  assert.match(explained(box({ role: 'new-password', fits: false })), /^Never filled in/);
});

test('nothing is promised where no login would fill anything in', () => {
  const shut = group({ kind: 'other', refused: 'insecure', boxes: [box({ fits: false, why: 'insecure' })] });
  assert.match(verdict([found([shut])], 'Shop').text, /^No login here/);
  assert.match(judged(shut).text, /nothing is filled in there/);
});

test('what else stands in the way is told once', () => {
  const all = [found([], { blockers: ['captcha'], unseen: 2 }), found([], { blockers: ['captcha'], origin: 'null' })];
  const said = notes(all, ['https://ads.example']);
  assert.equal(said.filter((note) => /human/.test(note)).length, 1);
  assert(said.includes('2 boxes that cannot be seen were left out.'));
  assert(said.includes('Not looked into: a frame of https://ads.example.'));
  assert(said.some((note) => /has no address/.test(note)));
});
