// The demo's own promise to scripts: one line of JSON that says where everything is.

import assert from 'node:assert/strict';
import test from 'node:test';
import { startDemo } from './support.mjs';

test('the demo says in one line of JSON where everything is and who can sign in', async () => {
  const { demo, stop } = await startDemo();
  try {
    const addresses = ['keytile', 'okta', 'site'].map((part) => new URL(demo[part]).origin);
    assert.equal(new Set(addresses).size, 3, 'three servers at three addresses');
    assert.match(demo.scim.url, new RegExp(`^${addresses[0]}/`));
    for (const token of [demo.api_key, demo.okta_token, demo.scim.token]) {
      assert.match(token, /^\S{16,}$/);
    }
    assert.equal(demo.people.length, 15);
    assert.equal(new Set(demo.people.map(({ email }) => email)).size, 15);
    for (const { email, password, role, set_up: link } of demo.people) {
      assert.match(email, /^[^@\s]+@[^@\s]+$/);
      assert(role.length > 0, `${email} has a role`);
      // Whoever is not in Okta has a one-time link instead of a password there.
      assert((password || link).length > 0, `${email} can sign in`);
    }
    const roles = new Set(demo.people.map(({ role }) => role));
    assert.deepEqual(
      [...roles].sort(),
      ['admin', 'guest', 'login_only', 'owner', 'super_admin', 'user'],
    );
  } finally {
    await stop();
  }
});
