// How a page of the lab is written, and how its host answers. The pages themselves are in `pages/`.

/** The domain of the lab: a page's host is `<name>.lab.test`. */
export const DOMAIN = 'lab.test';

/**
 * @typedef {'positive' | 'handover' | 'untouched' | 'attack'} Kind
 *   positive: the login happens; handover: it stops with the outcome that is expected; untouched: no box is filled, for this
 *   is no login; attack: no box is filled, for somebody wants to see the password
 *
 * @typedef {object} Request
 * @property {string} path
 * @property {string} method
 * @property {Record<string, string>} fields
 * @property {{username: string, password: string, code: string}} values
 * @property {number} times how often this host was sent something
 * @property {string} host
 * @property {string} cookies
 *
 * @typedef {{status?: number, headers?: Record<string, string>, html?: string}} Reply
 * @typedef {string | ((request: Request) => Reply | string)} Route
 *
 * @typedef {object} Spec
 * @property {string} [path] of the login page
 * @property {string} [title]
 * @property {string} [language]
 * @property {string} [head]
 * @property {string} [body] of the login page
 * @property {Record<string, Route>} [routes] further pages: `/path` or `POST /path`
 * @property {Record<string, Record<string, Route>>} [hosts] further hosts of this page, by their first label
 * @property {string[]} [origins] what the account lists; else the page's own origin
 * @property {string} [url] where the login begins, if not at the page
 * @property {Record<string, string>} [fields] which parameters the values must arrive in
 * @property {string[]} [factors] what the account has
 * @property {string} [outcome] that is expected
 * @property {object} [recipe]
 * @property {string[]} [before] what an attack may see filled in before its trick
 * @property {string[]} [spared] boxes that stay empty all the same
 * @property {boolean} [still] nothing may be sent to `/do`
 * @property {boolean} [anywhere] nobody said which parameters the values arrive in
 * @property {Record<string, string>} [values] that this account has in place of the usual ones
 * @property {boolean} [patient] the clock may not be put forward
 * @property {(request: Request) => boolean} [accepts] whether what arrived is a login
 * @property {string} [refusal] what the page says otherwise
 *
 * @typedef {{name: string, kind: Kind, trait: string, spec: Spec, url: string, origins: string[], factors: string[], serve: (request: Request) => Reply, hosts: Map<string, Page>}} Page
 */

/** The first page of somebody who is logged in. */
export const HOME = '<h1>Your things</h1><p>Good to see you.</p><a href="/logout">Log out</a>';

/** A page's frame. @param {string} body @param {Spec} [spec] */
export function shell(body, spec = {}) {
  return `<!doctype html><html lang="${spec.language ?? 'en'}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${spec.title ?? 'Log in'}</title><script src="/__lab.js"></script><script>
function send(path, data) { return fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(data) }); }
function home() { document.body.innerHTML = ${JSON.stringify(HOME)}; }
</script>
<style>body { font: 16px sans-serif; margin: 2em } label { display: block } input { margin: 4px 0 12px }</style>${spec.head ?? ''}</head><body>${body}</body></html>`;
}

/**
 * @param {string} name also its host
 * @param {Kind} kind
 * @param {string} trait what it shows
 * @param {Spec} spec
 * @returns {Page}
 */
export function page(name, kind, trait, spec) {
  const host = `${name}.${DOMAIN}`;
  const path = spec.path ?? '/login';
  const fields = spec.fields ?? { username: 'username', password: 'password' };
  const accepts = spec.accepts ?? (({ fields: sent, values }) => Object.entries(fields).every(([which, parameter]) => sent[parameter] === /** @type {any} */ (values)[which]));
  /** @param {Request} request @returns {Reply} */
  const serve = (request) => {
    const route = spec.routes?.[request.method === 'POST' ? `POST ${request.path}` : request.path];
    if (route !== undefined) return reply(typeof route === 'function' ? route(request) : route, spec);
    if (request.method === 'POST') {
      if (accepts(request)) return { status: 303, headers: { location: '/home' } };
      return reply(`<div role="alert">${spec.refusal ?? 'Incorrect username or password.'}</div>${spec.body ?? ''}`, spec);
    }
    if (request.path === '/home') return reply(HOME, { title: 'Your things' });
    return reply(spec.body ?? '', spec);
  };
  const hosts = new Map(Object.entries(spec.hosts ?? {}).map(([label, routes]) => {
    const inner = { ...spec, routes, body: '' };
    return [`${label}.${DOMAIN}`, { ...page(label, kind, trait, { ...inner, hosts: {} }) }];
  }));
  const factors = spec.factors ?? Object.keys(fields);
  return { name, kind, trait, spec, url: spec.url ?? `https://${host}${path}`, origins: spec.origins ?? [`https://${host}`], factors, serve, hosts };
}

/** @param {Reply | string} answer @param {Spec} spec @returns {Reply} */
function reply(answer, spec) {
  if (typeof answer === 'string') return { html: shell(answer, spec) };
  return answer;
}

export const U = '<label for="username">Username</label><input id="username" name="username" type="text">';
export const P = '<label for="password">Password</label><input id="password" name="password" type="password">';
export const B = '<p><button type="submit">Log in</button></p>';

/** @param {string} inner @param {string} [attributes] */
export const form = (inner, attributes = 'method="post" action="/session"') => `<form ${attributes}>${inner}</form>`;
