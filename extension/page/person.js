// @ts-check
'use strict';
// Hears the popup and the recorder, over a port that they open. When it closes, nothing of it is left in the page.
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.attended) return;
  page.attended = true;

  const runtime = /** @type {any} */ (globalThis).chrome?.runtime ?? /** @type {any} */ (globalThis).browser?.runtime;

  /** Whose the pointing is. @type {any} */
  let pointing = null;

  runtime.onConnect.addListener((/** @type {any} */ port) => {
    const { sender } = port;
    if (port.name !== 'person' || sender?.id !== runtime.id || !sender.url?.startsWith(runtime.getURL(''))) return;
    const tell = (/** @type {object} */ told) => port.postMessage(told);
    port.onMessage.addListener((/** @type {any} */ message) => {
      switch (message?.type) {
        case 'find':
          return tell({ type: 'found', found: find(message.asked) });
        case 'show':
          return page.showFound(message.id);
        case 'name':
          return page.showNamed(message.selector, message.role);
        case 'unmark':
          return page.unmark();
        case 'point':
          if (pointing && pointing !== port) pointing.postMessage({ type: 'stopped', by: 'another' });
          pointing = port;
          return page.point(message, tell);
        case 'stop':
          return stop(port);
        default:
          return undefined;
      }
    });
    const end = () => {
      window.removeEventListener('pagehide', gone);
      stop(port);
      page.unmark();
    };
    // A document that a browser keeps for the way back loses its port, and is not told.
    const gone = (/** @type {Event} */ event) => event.isTrusted && end();
    window.addEventListener('pagehide', gone);
    port.onDisconnect.addListener(end);
  });

  /** @param {any} port */
  function stop(port) {
    if (pointing !== port) return;
    pointing = null;
    page.stopPointing();
  }

  /** @param {any} asked @returns {object | null} null where a page is such that it cannot be looked at */
  function find(asked) {
    try {
      return page.found(asked);
    } catch (error) {
      console.error('Keytile: a look at this page failed', error);
      return null;
    }
  }
})();
