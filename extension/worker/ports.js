// The ports of documents in which a login runs (launch/awake.js). They carry nothing but the word that it is over.

/** @type {Map<number, Set<chrome.runtime.Port>>} by tab */
const ports = new Map();

/**
 * @param {chrome.runtime.Port} port
 * @param {(tab: number) => Promise<boolean>} runs whether a login runs in a tab
 */
export async function take(port, runs) {
  const tab = port.sender?.tab?.id;
  if (port.name !== 'awake' || tab === undefined || port.sender?.id !== chrome.runtime.id) return;
  const open = ports.get(tab) ?? new Set();
  ports.set(tab, open.add(port));
  port.onDisconnect.addListener(() => open.delete(port));
  if (!(await runs(tab))) release(tab);
}

/**
 * Lets every document of a login's origins open a port by itself, also one of whose coming a dying worker did not hear.
 * @param {number} tab
 * @param {string[]} patterns
 */
export async function watch(tab, patterns) {
  await unwatch(tab);
  await chrome.scripting.registerContentScripts([
    {
      id: scriptOf(tab),
      js: ['launch/awake.js'],
      matches: patterns,
      allFrames: true,
      runAt: 'document_start',
      persistAcrossSessions: false,
    },
  ]);
}

/** @param {number} tab */
export async function unwatch(tab) {
  await chrome.scripting.unregisterContentScripts({ ids: [scriptOf(tab)] }).catch(() => {});
}

/** @param {number} tab */
function scriptOf(tab) {
  return `awake-${tab}`;
}

/** Tells the documents of a tab that nothing runs there any more. @param {number} tab */
export function release(tab) {
  for (const port of ports.get(tab) ?? []) port.postMessage('over');
  ports.delete(tab);
}
