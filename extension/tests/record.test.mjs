// What becomes of what an Owner points at.

import assert from 'node:assert/strict';
import test from 'node:test';
import * as plan from '../record/plan.js';

const point = (/** @type {any[]} */ steps, /** @type {string} */ document, /** @type {string} */ path, /** @type {any} */ role, /** @type {any} */ selector) =>
  plan.add(steps, { document, path, role, selector, used: true });

test('three pages become three steps', () => {
  let steps = point([], 'd1', '/', 'username', '#user');
  steps = point(steps, 'd1', '/', 'submit', 'form button');
  steps = point(steps, 'd2', '/password', 'password', '#password');
  steps = point(steps, 'd3', '/code', 'code', ['#a', '#b']);
  assert.deepEqual(plan.recipe(steps), {
    version: 1,
    steps: [
      { url: '/', username: '#user', submit: 'form button' },
      { url: '/password', password: '#password' },
      { url: '/code', code: ['#a', '#b'] },
    ],
  });
});

test('pointing again in the same document corrects, and what is removed is gone', () => {
  let steps = point([], 'd1', '/', 'username', '#search');
  steps = point(steps, 'd1', '/', 'username', '#user');
  assert.deepEqual(plan.recipe(steps).steps, [{ url: '/', username: '#user' }]);
  assert.deepEqual(plan.known(steps, 'd1'), { username: '#user' });
  assert.deepEqual(plan.remove(steps, 0, 'username'), []);
});

test('a page that asks for something else at the same address is another step', () => {
  const reloaded = point(point([], 'd1', '/login', 'username', '#user'), 'd2', '/login', 'password', '#password');
  assert.equal(plan.recipe(reloaded).steps.length, 2);
  const drawn = point(plan.turn(point([], 'd1', '/login', 'submit', '#next'), ['d1']), 'd1', '/login', 'submit', '#send');
  assert.deepEqual(plan.recipe(drawn).steps, [{ url: '/login', submit: '#next' }, { url: '/login', submit: '#send' }]);
});

test('a page that came back unchanged is told once', () => {
  let steps = point([], 'd1', '/login', 'username', '#user');
  steps = point(steps, 'd1', '/login', 'password', '#password');
  steps = point(steps, 'd2', '/login', 'username', '#user');
  assert.deepEqual(plan.recipe(steps).steps, [{ url: '/login', username: '#user', password: '#password' }]);
  steps = point(point([], 'd1', '/login', 'username', '#user'), 'd2', '/login', 'username', '#user');
  assert.equal(plan.recipe(steps).steps.length, 1);
});

test('the boxes that were found are asked for in turn, then the button', () => {
  const wanted = new Set(['username', 'password', 'other']);
  assert.equal(plan.next([], ['d1'], wanted), 'username');
  let steps = point([], 'd1', '/', 'username', '#user');
  assert.equal(plan.next(steps, ['d1'], wanted), 'password');
  steps = point(steps, 'd1', '/', 'password', '#password');
  assert.equal(plan.next(steps, ['d1'], wanted), 'submit');
  steps = point(steps, 'd1', '/', 'submit', 'button');
  assert.equal(plan.next(steps, ['d1'], wanted), null);
  assert.equal(plan.next(steps, ['d2'], new Set(['code'])), 'code');
  assert.equal(plan.next(steps, ['d2'], new Set()), null);
});

test('a path keeps what names the page, and nothing of a visit or a person', () => {
  assert.equal(plan.glob('/de/login'), '/de/login');
  assert.equal(plan.glob('/u/ann@site.example/password'), '/u/*/password');
  assert.equal(plan.glob('/login/3f2a9c1b7d80/step2'), '/login/*/step2');
  assert.equal(plan.glob('/o/4711000/login'), '/o/*/login');
  assert.equal(plan.glob('/login.jsp;jsessionid=A1B2C3D4/step'), '/login.jsp*/step');
  assert.equal(plan.glob('/in/eyJhbGciOiJIUzI1NiJ9.eyJzdWI/step'), '/in/*/step');
  assert.equal(plan.glob(`/${'a;b=c/'.repeat(6)}`), null);
  assert.equal(plan.glob('/oauth2/v2.0/authorize'), '/oauth2/v2.0/authorize');
  assert.equal(plan.glob(`/${Array.from({ length: 6 }, () => '12345').join('/')}`), null);
  assert.equal(plan.glob(`/${'long/'.repeat(200)}`), null);
});
