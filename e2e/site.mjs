// A site for journeys that need one of their own making. It answers at two names of this machine, which are two origins to a
// browser, and keeps what was sent to it.

import { createServer } from 'node:http';

/**
 * @typedef {object} Site
 * @property {string} listed its origin under the name that accounts list
 * @property {string} other its origin under the other name
 * @property {Record<string, string | ((sent: string) => string | Promise<string>)>} pages by path: HTML, or `→ <address>`
 * @property {{path: string, body: string}[]} sent every POST
 * @property {() => void} stop
 */

/** @returns {Promise<Site>} */
export async function startSite() {
  /** @type {Site} */
  const site = { listed: '', other: '', pages: {}, sent: [], stop: () => {} };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', async () => {
      const path = new URL(request.url ?? '/', 'http://site').pathname;
      if (request.method === 'POST') site.sent.push({ path, body });
      const page = site.pages[path];
      if (page === undefined) return void response.writeHead(404).end();
      const text = typeof page === 'string' ? page : await page(body);
      if (text.startsWith('→ ')) return void response.writeHead(303, { location: text.slice(2) }).end();
      const head = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' };
      response.writeHead(200, head).end(`<!doctype html><html lang="en"><title>Log in</title><body>${text}`);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  site.listed = `http://localhost:${address.port}`;
  site.other = `http://127.0.0.1:${address.port}`;
  site.stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return site;
}

/**
 * A login form. Whatever is put into a box of it is told to the site at once, sent or not.
 * @param {string} action
 * @param {('username' | 'password')[]} boxes
 */
export function form(action, boxes = ['username', 'password']) {
  const inputs = {
    username: '<label>User name <input name="username" autocomplete="username"></label>',
    password: '<label>Password <input name="password" type="password" autocomplete="current-password"></label>',
  };
  const tell = `this.form.dataset.typed ??= navigator.sendBeacon('${action}/typed', this.name)`;
  const fields = boxes.map((box) => inputs[box].replace('<input', `<input oninput="${tell}"`)).join(' ');
  return `<h1>Log in</h1><form method="post" action="${action}">${fields} <button>Log in</button></form>`;
}

export const WELCOME = '<h1>Welcome</h1><form method="post" action="/leave"><button>Log out</button></form>';
