// Which documents a tab shows, and who they and everybody around them are. The browser is asked, never the page.

/**
 * @typedef {object} Frame
 * @property {number} frame its id; 0 is the tab's own
 * @property {string} document
 */

/**
 * A document's id; in Firefox, which has none, its frame's.
 * @param {{documentId?: string, frameId?: number}} details
 */
export function documentOf({ documentId, frameId }) {
  return documentId ?? `frame ${frameId ?? 0}`;
}

/**
 * How a document is named as a target of scripts and messages.
 * @param {string} document
 * @returns {{documentId: string} | {frameId: number}}
 */
export function target(document) {
  const frame = /^frame (\d+)$/.exec(document);
  return frame ? { frameId: Number(frame[1]) } : { documentId: document };
}

/**
 * The origin that a document's address stands for; of `about:` addresses, its parent's.
 * @param {string} address
 * @param {string} [parent] the parent's origin
 */
export function originOf(address, parent = 'null') {
  if (address.startsWith('about:')) return parent;
  return URL.canParse(address) ? new URL(address).origin : 'null';
}

/**
 * The active documents of a tab.
 * @param {number} tab
 */
export async function active(tab) {
  const all = (await chrome.webNavigation.getAllFrames({ tabId: tab })) ?? [];
  return all.filter((frame) => frame.documentLifecycle === undefined || frame.documentLifecycle === 'active');
}

/**
 * The origins of a document and of all around it, each as that document's own script context says it: a sandboxed one
 * says `null`, whatever its address is.
 * @param {number} tab
 * @param {string} document
 * @returns {Promise<string[] | null>} from the inside out; null when the document is not there, or not active
 */
export async function originsAround(tab, document) {
  const frames = await active(tab);
  const chain = [];
  let frame = frames.find((one) => documentOf(one) === document);
  while (frame) {
    chain.push(frame);
    const { parentFrameId } = frame;
    if (parentFrameId < 0) break;
    frame = frames.find((one) => one.frameId === parentFrameId);
  }
  if (chain.at(-1)?.frameId !== 0) return null;
  const byDocument = chain.every(({ documentId }) => documentId !== undefined);
  const results = await chrome.scripting.executeScript({
    target: {
      tabId: tab,
      ...(byDocument
        ? { documentIds: chain.map(({ documentId }) => documentId) }
        : { frameIds: chain.map(({ frameId }) => frameId) }),
    },
    func: () => globalThis.origin,
    injectImmediately: true,
  });
  const origins = chain.map(({ frameId }) => results.find((one) => one.frameId === frameId)?.result);
  return origins.every((origin) => typeof origin === 'string') ? /** @type {string[]} */ (origins) : null;
}
