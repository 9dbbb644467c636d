// While a login runs in this document, a port to the worker: its end means that the worker died, and opening it again wakes
// the worker, which then goes on where it was. Without it, the worker's alarm does so within half a minute.

(() => {
  const marked = /** @type {{keytileAwake?: boolean}} */ (globalThis);
  if (marked.keytileAwake) return;
  marked.keytileAwake = true;

  // A worker that cannot start must not be started for ever.
  let left = 20;
  const open = () => {
    left -= 1;
    let over = left < 0;
    if (over) return;
    try {
      const port = chrome.runtime.connect({ name: 'awake' });
      port.onMessage.addListener(() => {
        over = true;
        marked.keytileAwake = false;
        port.disconnect();
      });
      port.onDisconnect.addListener(() => {
        if (!over) open();
      });
    } catch {
      // The extension was updated or removed meanwhile.
    }
  };
  open();
})();
