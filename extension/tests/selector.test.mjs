// How an element is named for a recipe, as far as that needs no document.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import vm from 'node:vm';
import { PAGE_SCRIPTS, PERSON_SCRIPTS } from '../page/files.js';

const read = (/** @type {string} */ file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const world = vm.createContext({});
vm.runInContext(read('page/selector.js'), world);
const page = /** @type {any} */ (world).keytilePage;

const said = (/** @type {string} */ tag, attributes = {}, nth = 1) => ({ tag, attributes, nth });
const [html, body] = [said('html'), said('body')];
const candidates = (/** @type {any[]} */ ...path) => [...page.candidates([...path, body, html])];

test('what the author called a box comes first, in the order of how long it lasts', () => {
  const list = candidates(said('input', { id: 'user', name: 'login[user_id]', autocomplete: 'username', type: 'text' }), said('form'));
  assert.deepEqual(list.slice(0, 4), ['#user', 'input[name="login[user_id]"]', 'input[autocomplete="username"]', 'input[type="text"]']);
});

test('structure is the last resort, from the nearest place that has a name', () => {
  const list = candidates(said('input', {}, 3), said('div', {}, 2), said('form', { id: 'login' }), said('main'));
  assert(list.indexOf('#login input') < list.indexOf('#login > div:nth-of-type(2) > input:nth-of-type(3)'));
  assert.equal(list.at(-1), 'html > body > main:nth-of-type(1) > form:nth-of-type(1) > div:nth-of-type(2) > input:nth-of-type(3)');
});

test('what a framework made up names nothing', () => {
  for (const name of ['ember1234', ':r1:', 'input-17', 'mat-input-0', 'f3a9c2d1', 'username_8f3b2c', 'x1y2z3w4', 'radix-:r0:', '', '1st', 'a b']) assert.equal(page.stable(name), false, name);
  for (const name of ['user', 'login-password', 'loginForm:user', 'ctl00$txtUserName', 'digit1', 'user[email]', 'code_6']) assert.equal(page.stable(name), true, name);
  const list = candidates(said('input', { id: ':r1:', name: 'ember4711', type: 'password' }), said('form'));
  assert.equal(list[0], 'input[type="password"]');
});

test('no attribute that holds what somebody typed or reads is looked at', () => {
  const list = candidates(said('input', { value: 'hunter2', placeholder: 'hunter2', 'aria-label': 'hunter2', class: 'hunter2' }), said('form'));
  assert(!list.some((selector) => selector.includes('hunter2')));
  assert(!list.some((selector) => /"off"|"on"/.test(selector)));
});

test('a part of a path that holds what was typed is not kept', () => {
  assert.equal(page.untyped('/in/priya.raman/password', ['priya.raman']), '/in/*/password');
  assert.equal(page.untyped('/in/user-Priya%20Raman/step', ['priya raman']), '/in/*/step');
  assert.equal(page.untyped('/in/100%/step', ['priya']), '/in/100%/step');
});

test('a selector is never longer than the server takes', () => {
  const deep = Array.from({ length: 80 }, (_, at) => said('div', {}, at + 1));
  assert(candidates(said('input'), ...deep).every((selector) => selector.length <= 500));
});

test('every script for a person may be put into a page twice, and comes after those of a login', () => {
  assert.deepEqual(PERSON_SCRIPTS.slice(0, PAGE_SCRIPTS.length), PAGE_SCRIPTS);
  for (const file of PERSON_SCRIPTS.slice(PAGE_SCRIPTS.length)) assert.match(read(file), /if \(page\.\w+\) return;/, file);
});
