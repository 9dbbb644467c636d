// What this browser was told about its server, by an admin's policy or by the person. The policy wins.

/**
 * @typedef {object} Settings
 * @property {string | null} server the server's origin
 * @property {boolean} managed whether the organisation set it
 * @property {boolean} autoSignIn
 * @property {string | null} deviceName
 * @property {string[] | null} allowedOrigins null for every origin that a grant lists
 */

/** @returns {Promise<Settings>} */
export async function read() {
  const own = await chrome.storage.local.get(['server', 'deviceName', 'policy']);
  const policy = /** @type {Record<string, unknown> | undefined} */ (own.policy) ?? (await readPolicy());
  const set = typeof policy.serverUrl === 'string' ? origin(policy.serverUrl) : null;
  return {
    server: set ?? text(own.server),
    managed: set !== null,
    autoSignIn: policy.autoSignIn === true,
    deviceName: text(policy.deviceName) ?? text(own.deviceName),
    allowedOrigins: Array.isArray(policy.allowedOrigins) ? policy.allowedOrigins : null,
  };
}

/** @param {{server?: string, deviceName?: string}} own */
export async function write(own) {
  await chrome.storage.local.set(own);
}

/**
 * The origin of an address that may be a server's: https, or http on this machine.
 * @param {string} typed
 * @returns {string | null}
 */
export function origin(typed) {
  const text = typed.trim();
  if (!text) return null;
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.username || url.password) return null;
  return url.protocol === 'https:' || isLoopback(url) ? url.origin : null;
}

/**
 * Whether this is http on this very machine, where nobody listens in between.
 * @param {URL} url
 */
export function isLoopback(url) {
  return url.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
}

/**
 * Reads the organisation's policy and keeps a copy: a browser that has just started may take seconds to answer, and a
 * launch must not wait for that.
 * @returns {Promise<Record<string, unknown>>}
 */
export async function readPolicy() {
  // Firefox refuses where there is no policy at all.
  const policy = await chrome.storage.managed.get(null).catch(() => ({}));
  await chrome.storage.local.set({ policy });
  return policy;
}

/** @param {unknown} value */
function text(value) {
  return typeof value === 'string' && value ? value : null;
}
