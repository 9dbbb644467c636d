// Serves the lab's pages, each on a host name of its own, and says what arrived. No page leaves this machine: Chromium is
// told to find every host here.

import { once } from 'node:events';
import { createServer as http } from 'node:http';
import { createServer as https } from 'node:https';
import { selfSigned } from './certificate.mjs';
import { DOMAIN, HOME, shell } from './pages.mjs';
import { elsewhere } from './pages/attacks.mjs';


/**
 * @typedef {object} Arrival a request that carried something
 * @property {string} host
 * @property {string} method
 * @property {string} path
 * @property {string} query
 * @property {Record<string, string>} fields of the body
 * @property {string} body
 *
 * @typedef {object} Sight a value of ours in a box
 * @property {string} host
 * @property {string} box its name, id or type
 * @property {string} value which: `username`, `password`, `code`
 * @property {string | null} fault why it must not be there
 */

/**
 * Starts the lab.
 * @param {Map<string, import('./pages.mjs').Page>} pages by host
 * @param {{username: string, password: string, code: string}} values which the accounts have
 */
export async function startLab(pages, values) {
  /** @type {Arrival[]} */
  const arrivals = [];
  /** @type {Sight[]} */
  const sights = [];
  /** How often each host was sent something. @type {Map<string, number>} */
  const sent = new Map();

  /** @param {import('node:http').IncomingMessage} request @param {import('node:http').ServerResponse} answer */
  async function serve(request, answer) {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const url = new URL(request.url ?? '/', `https://${host}`);
    const body = await read(request);
    if (url.pathname === '/__lab.js') return send(answer, 200, 'text/javascript', watcher(values));
    if (url.pathname === '/__seen') {
      sights.push({ host, ...JSON.parse(body) });
      return send(answer, 204, 'text/plain', '');
    }
    const page = pages.get(host);
    const fields = parse(body, request.headers['content-type'] ?? '');
    if (request.method === 'POST' || url.search) {
      arrivals.push({ host, method: request.method ?? '', path: url.pathname, query: url.search, fields, body });
    }
    if (!page) return send(answer, 200, 'text/html', shell(request.method === 'POST' ? HOME : elsewhere(host)));
    let times = sent.get(host) ?? 0;
    if (request.method === 'POST') sent.set(host, (times += 1));
    const reply = page.serve({ path: url.pathname, method: request.method ?? 'GET', fields, values, times, host, cookies: request.headers.cookie ?? '' });
    answer.writeHead(reply.status ?? 200, { 'content-type': 'text/html; charset=utf-8', ...reply.headers });
    answer.end(reply.html ?? '');
  }
  const handle = (/** @type {any} */ request, /** @type {any} */ answer) => {
    serve(request, answer).catch((error) => send(answer, 500, 'text/plain', String(error)));
  };
  const secure = https(selfSigned([DOMAIN, `*.${DOMAIN}`]), handle).listen(0, '127.0.0.1');
  const open = http(handle).listen(0, '127.0.0.1');
  await Promise.all([once(secure, 'listening'), once(open, 'listening')]);
  const port = (/** @type {any} */ server) => server.address().port;
  return {
    arrivals,
    sights,
    /** What Chromium needs to find every host here. */
    rules: `MAP *:443 127.0.0.1:${port(secure)}, MAP *:8443 127.0.0.1:${port(secure)}, MAP *:80 127.0.0.1:${port(open)}`,
    stop() {
      for (const server of [secure, open]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

/** @param {import('node:http').ServerResponse} answer @param {number} status @param {string} type @param {string} text */
function send(answer, status, type, text) {
  answer.writeHead(status, { 'content-type': `${type}; charset=utf-8` });
  answer.end(text);
}

/** @param {import('node:http').IncomingMessage} request */
async function read(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** @param {string} body @param {string} type @returns {Record<string, string>} */
function parse(body, type) {
  try {
    if (type.includes('json')) return JSON.parse(body);
    if (type.includes('multipart')) {
      const parts = [...body.matchAll(/name="([^"]*)"\r\n\r\n([\s\S]*?)\r\n--/g)];
      return Object.fromEntries(parts.map(([, name, value]) => [name, value]));
    }
  } catch {
    // Not what it says it is: judged as the text that it is.
  }
  return Object.fromEntries(new URLSearchParams(body));
}

/**
 * What every page of the lab runs: tells of each box that came to hold one of the values, and whether it may.
 * @param {Record<string, string>} values
 */
function watcher(values) {
  return `(${watch})(${JSON.stringify(values)})`;
}

/** Runs in the pages. @param {Record<string, string>} values */
function watch(values) {
  /** @type {Set<string>} */
  const told = new Set();
  const tell = (/** @type {any} */ box) => {
    if (!(box instanceof HTMLInputElement) && !(box instanceof HTMLTextAreaElement)) return;
    for (const [which, value] of Object.entries(values)) {
      if (!box.value || !box.value.includes(value)) continue;
      let fault = null;
      let opacity = 1;
      for (let node = /** @type {any} */ (box); node; node = node.parentElement ?? node.getRootNode()?.host) opacity *= Number(getComputedStyle(node).opacity);
      const rect = box.getBoundingClientRect();
      if (box.type === 'hidden' || rect.width < 3 || rect.height < 3 || opacity < 0.1 || getComputedStyle(box).visibility !== 'visible') fault = 'invisible';
      else if (rect.right + scrollX < 0 || rect.bottom + scrollY < 0) fault = 'off the page';
      else if (/new-password/.test(box.autocomplete)) fault = 'a new password';
      const name = box.name || box.id || box.type;
      const key = `${which} ${name} ${fault}`;
      if (told.has(key)) continue;
      told.add(key);
      navigator.sendBeacon('/__seen', JSON.stringify({ box: name, value: which, fault }));
    }
  };
  addEventListener('input', (event) => tell(event.composedPath()[0]), true);
  const roots = (/** @type {any} */ root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) roots(element.shadowRoot);
      tell(element);
    }
  };
  setInterval(() => roots(document), 100);
  addEventListener('pagehide', () => roots(document));
}
