// Runs on the pages of the configured server that may carry a ticket, and nowhere else. It hands the ticket to the worker,
// which asks the server for everything else, and says on the page how that went. It may come long after the page did, where
// the extension was installed meanwhile, or told of its server.

(() => {
  /** A login begins by itself only for somebody who has just asked for it. */
  const LATEST = 10 * 60_000;

  const ticket = document.querySelector('meta[name="keytile-ticket"]')?.getAttribute('content');
  const section = document.querySelector('section#login');
  const sentence = document.querySelector('#login-state');
  if (!ticket || !(section instanceof HTMLElement)) return;
  // The page was registered for and found open in one moment, or an extension before this one took it over.
  const waits = section.dataset.state === 'waiting' || section.dataset.state === 'missing';
  const marked = /** @type {{keytileTicket?: boolean}} */ (globalThis);
  if (!waits || marked.keytileTicket) return;
  marked.keytileTicket = true;

  /** @param {string} state @param {string} text */
  const say = (state, text) => {
    section.dataset.state = state;
    if (sentence) sentence.textContent = text;
  };

  const [navigation] = performance.getEntriesByType('navigation');
  if (navigation instanceof PerformanceNavigationTiming && navigation.type === 'back_forward') {
    // Otherwise nobody could ever go back past this page.
    say('failed', 'You came back to this page. Reload it to log in again.');
    return;
  }
  const isLate = section.dataset.state === 'missing';
  if (isLate && performance.now() > LATEST) {
    say('failed', 'The extension is here now. Reload this page to log in.');
    return;
  }
  say('working', 'Logging in…');
  chrome.runtime.sendMessage({ type: 'ticket', ticket }).then(
    (answer) => {
      // The page was here before the extension, for longer than its ticket lives. What it is loaded as anew is not late.
      if (isLate && answer?.over) location.reload();
      else say(answer?.state ?? 'failed', answer?.text ?? 'The extension gave no answer. Reload this page.');
    },
    () => say('failed', 'The extension was updated just now. Reload this page.'),
  );
})();
