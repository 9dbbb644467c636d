// Makes pages of the lab from a folder of HTML files, of whatever origin. The kind of a page is told by a `manifest.json`, or
// by the name of a folder in its path: `positive`, `handover`, `untouched`, `attack`.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { DOMAIN, HOME, shell } from './pages.mjs';

const KINDS = /** @type {const} */ (['positive', 'handover', 'untouched', 'attack']);
const TYPES = /** @type {Record<string, string>} */ ({ '.css': 'text/css', '.js': 'text/javascript', '.mjs': 'text/javascript', '.svg': 'image/svg+xml', '.png': 'image/png', '.json': 'application/json' });

/**
 * `manifest.json`: `{"<file>": {"kind", "path"?, "fields"?: {"username": "<parameter>", …}, "factors"?, "origins"?, "values"?, "outcome"?, "recipe"?}}`
 * @param {string} root
 * @returns {import('./pages.mjs').Page[]}
 */
export function folder(root) {
  const file = join(root, 'manifest.json');
  const manifest = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => /\.x?html?$/.test(name)).sort();
  return names.flatMap((name, index) => {
    const said = manifest[name] ?? {};
    const kind = said.kind ?? KINDS.find((each) => name.split(/[\\/]/).some((part) => part.startsWith(each)));
    return kind ? [page(root, name, index, kind, said)] : [];
  });
}

/** @param {string} root @param {string} name @param {number} index @param {import('./pages.mjs').Kind} kind @param {any} said @returns {import('./pages.mjs').Page} */
function page(root, name, index, kind, said) {
  const host = `f${index}.${DOMAIN}`;
  const html = readFileSync(join(root, name), 'utf8');
  const path = said.path ?? `/${name.split(/[\\/]/).map(encodeURIComponent).join('/')}`;
  const actions = [...html.matchAll(/<(?:form|base|button|input)\b[^>]*?(?:action|formaction|href)\s*=\s*["']?(https:\/\/[^\s"'>]+)/gi)].flatMap(([, url]) => (URL.canParse(url) ? [new URL(url).origin] : []));
  // Whoever adds the account lists where its form goes.
  const origins = said.origins ?? (kind === 'attack' ? [`https://${host}`] : [...new Set([`https://${host}`, ...actions])]);
  const serve = (/** @type {import('./pages.mjs').Request} */ request) => {
    if (request.method === 'POST') return { status: 303, headers: { location: '/home' } };
    if (request.path === '/home') return { html: shell(HOME, { title: 'Home' }) };
    if (request.path === path) return { html: withWatcher(html) };
    const asked = join(root, decodeURIComponent(request.path));
    const inside = existsSync(join(asked, 'index.html')) ? join(asked, 'index.html') : asked;
    if (!relative(root, inside).startsWith('..') && existsSync(inside) && extname(inside)) {
      const text = readFileSync(inside, TYPES[extname(inside)]?.startsWith('image/png') ? 'latin1' : 'utf8');
      return { headers: { 'content-type': TYPES[extname(inside)] ?? 'text/html' }, html: /html?$/.test(inside) ? withWatcher(text) : text };
    }
    return { status: 404, html: '' };
  };
  const fields = said.fields ?? (kind === 'positive' ? null : {});
  const spec = { ...said, fields: fields ?? {}, anywhere: fields === null };
  return { name, kind, trait: said.trait ?? '', spec, url: `https://${host}${path}`, origins, factors: said.factors ?? ['username', 'password', 'code'], serve, hosts: new Map() };
}

/** @param {string} html */
function withWatcher(html) {
  const script = '<script src="/__lab.js"></script>';
  return /<head[^>]*>/i.test(html) ? html.replace(/<head[^>]*>/i, (head) => head + script) : script + html;
}
