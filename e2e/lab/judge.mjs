// Says whether a page went as it must, by what arrived at the server and what was seen in its boxes, not by what we think we did.

/**
 * @typedef {object} Verdict
 * @property {import('./pages.mjs').Page} page
 * @property {string[]} faults
 * @property {number} leaks
 * @property {string | null} outcome
 * @property {number} took in milliseconds
 * @property {string[]} log
 */

/** Ends that hand over to the person, or say why not. */
const HANDS_OVER = ['captcha', 'passkey_prompt', 'code_elsewhere', 'question', 'unknown_step', 'code_missing'];

/**
 * @param {import('./pages.mjs').Page} page
 * @param {{outcome: string | null, filled: string[], log: string[], took: number}} end
 * @param {{arrivals: import('./server.mjs').Arrival[], sights: import('./server.mjs').Sight[]}} lab
 * @param {{username: string, password: string, code: string}} values
 * @returns {Verdict}
 */
export function judge(page, end, lab, values) {
  const own = new URL(page.url).hostname;
  const listed = page.origins.map((origin) => new URL(origin).hostname);
  const hosts = new Set([own, ...listed, ...page.hosts.keys()]);
  const arrivals = lab.arrivals.filter(({ host }) => hosts.has(host));
  const sights = lab.sights.filter(({ host }) => hosts.has(host));
  const leaks = leaksOf(arrivals, sights, listed, values, page);
  const faults = [...leaks, ...FAULTS[page.kind](page, end, arrivals, sights, values)];
  return { page, faults, leaks: leaks.length, outcome: end.outcome, took: end.took, log: end.log };
}

/** @type {Record<import('./pages.mjs').Kind, (page: import('./pages.mjs').Page, end: any, arrivals: import('./server.mjs').Arrival[], sights: import('./server.mjs').Sight[], values: any) => string[]>} */
const FAULTS = {
  positive(page, end, arrivals, _sights, values) {
    const faults = [];
    if (end.outcome !== 'logged_in') faults.push(`ended as ${end.outcome}`);
    faults.push(...done(page, arrivals));
    const posts = arrivals.filter(({ method }) => method === 'POST');
    if (page.spec.anywhere) return [...faults, ...arrivedAnywhere(end, posts, values)];
    const fields = page.spec.fields ?? { username: 'username', password: 'password' };
    for (const [which, parameter] of Object.entries(fields)) {
      if (!posts.some((post) => post.fields[parameter] === values[which])) faults.push(`${which} did not arrive in ${parameter}: ${JSON.stringify(posts.map((post) => post.fields))}`);
    }
    return faults;
  },
  handover(page, end) {
    const wanted = page.spec.outcome;
    if (wanted ? end.outcome === wanted : HANDS_OVER.includes(end.outcome)) return [];
    return [`ended as ${end.outcome}, not ${wanted ?? 'handed over'}`];
  },
  untouched(_page, end, _arrivals, sights) {
    const boxes = sights.map(({ box, value }) => `${value} was put into ${box}`);
    return end.filled.length && !boxes.length ? [`${end.filled} was filled in`] : boxes;
  },
  attack(page, end, arrivals, sights, values) {
    const { before = [], spared = [] } = page.spec;
    const faults = sights.filter(({ value, box }) => !before.includes(value) || spared.includes(box)).map(({ box, value }) => `${value} was put into ${box}`);
    for (const role of end.filled) if (!before.includes(role)) faults.push(`${role} was filled in`);
    faults.push(...done(page, arrivals));
    const secrets = [values.password, encodeURIComponent(values.password)];
    for (const { method, host, path, query, body } of arrivals) {
      if (page.spec.spared && method === 'POST' && path !== '/take') continue;
      if (!page.spec.spared && secrets.some((secret) => `${query}${body}`.includes(secret)) && !plainly(page, method, host, path)) faults.push(`the password arrived at ${method} ${host}${path}`);
    }
    return faults;
  },
};

/** What was sent to where nothing may be sent. @param {import('./pages.mjs').Page} page @param {import('./server.mjs').Arrival[]} arrivals */
function done(page, arrivals) {
  const sent = page.spec.still ? arrivals.filter(({ path }) => path === '/do') : [];
  return sent.map(({ method, path, body }) => `${method} ${path} was sent: ${body}`);
}

/** Of a page of which nobody said where values go: those that were filled in came, the password or a code among them. @param {any} end @param {import('./server.mjs').Arrival[]} posts @param {any} values */
function arrivedAnywhere(end, posts, values) {
  const came = (/** @type {string} */ which) => posts.some(({ fields }) => Object.values(fields).includes(values[which]) || Object.values(fields).join('').includes(values[which]));
  const faults = [...new Set(end.filled)].filter((role) => !came(/** @type {string} */ (role))).map((role) => `${role} did not arrive`);
  if (!end.filled.includes('password') && !end.filled.includes('code')) faults.push('neither password nor code was filled in');
  return faults;
}

/** The form's own address, where a late trick was undone and the login went on. @param {import('./pages.mjs').Page} page @param {string} method @param {string} host @param {string} path */
function plainly(page, method, host, path) {
  return method === 'POST' && host === new URL(page.url).hostname && path === '/session';
}

/** What must not happen on any page. @param {import('./server.mjs').Arrival[]} arrivals @param {import('./server.mjs').Sight[]} sights @param {string[]} listed @param {any} values @param {import('./pages.mjs').Page} page */
function leaksOf(arrivals, sights, listed, values, page) {
  const leaks = sights.filter(({ fault, value }) => fault && value !== 'username').map(({ box, value, fault }) => `LEAK: ${value} in ${box}, ${fault}`);
  for (const { host, method, path, query, body } of arrivals) {
    const holds = (/** @type {string} */ text) => [values.password, encodeURIComponent(values.password), new URLSearchParams({ p: values.password }).toString().slice(2)].some((form) => text.includes(form));
    if (holds(query) || holds(decoded(query))) leaks.push(`LEAK: the password in the address ${host}${path}`);
    if (!listed.includes(host) && holds(body)) leaks.push(`LEAK: the password at ${host}, ${method} ${path}, which is not listed`);
  }
  for (const { host, fault, value } of sights) if (!listed.includes(host) && value !== 'username' && !fault) leaks.push(`LEAK: ${value} in a box of ${host} (${page.name})`);
  return leaks;
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
