// Runs on the pages of the configured server that may carry a ticket, and nowhere else. It hands the ticket to the worker,
// which asks the server for everything else, and says on the page how that went.

(() => {
  const ticket = document.querySelector('meta[name="keytile-ticket"]')?.getAttribute('content');
  const section = document.querySelector('section#login');
  const sentence = document.querySelector('#login-state');
  if (!ticket || !(section instanceof HTMLElement)) return;

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
  say('working', 'Logging in…');
  chrome.runtime.sendMessage({ type: 'ticket', ticket }).then(
    (answer) => say(answer?.state ?? 'failed', answer?.text ?? 'The extension gave no answer. Reload this page.'),
    () => say('failed', 'The extension was updated just now. Reload this page.'),
  );
})();
