// How the login of the shown tab stands, while one runs there and after it ended.

import { handsOver, sentence } from '../worker/outcomes.js';
import { button, element } from './dom.js';

/** What is going on, by the plan's phase. @type {Record<string, string>} */
const PHASES = {
  observe: 'Looking for the login form',
  claim: 'Found the login form',
  fill: 'Filling it in',
  verify: 'Checking that it is filled in',
  submit: 'Sending it',
  classify: 'Waiting for the site',
  resuming: 'Going on',
};

/**
 * Shows it, and each change of it.
 * @param {chrome.tabs.Tab} tab
 * @param {HTMLElement} place
 */
export async function watch(tab, place) {
  const key = `login ${tab.id}`;
  const stored = await chrome.storage.session.get(key);
  show(/** @type {import('../worker/flow.js').Running | undefined} */ (stored[key]), place);
  chrome.storage.session.onChanged.addListener((changes) => {
    if (key in changes) show(/** @type {any} */ (changes[key].newValue), place);
  });
}

/**
 * @param {import('../worker/flow.js').Running | undefined} login
 * @param {HTMLElement} place
 */
function show(login, place) {
  place.replaceChildren();
  if (!login) return;
  const { phase, outcome, outcome_origin: origin } = login.plan;
  const title = element('p', {}, element('strong', {}, login.name));
  const stop = button('Stop', () => void chrome.runtime.sendMessage({ type: 'stop', tab: login.tab }));
  if (outcome === null) {
    const text = element('p', {}, `${PHASES[phase] ?? 'Logging in'}…`);
    place.append(element('div', { className: 'notice' }, title, text, stop));
    return;
  }
  const waits = phase !== 'ended' && handsOver(outcome);
  const tone = outcome === 'logged_in' ? 'good' : waits ? 'warn' : 'bad';
  const notice = element('div', { className: `notice ${tone}` }, title, element('p', {}, sentence(outcome, origin)));
  if (waits) notice.append(stop);
  if (outcome === 'no_permission') {
    const origins = login.origins.map((one) => `${new URL(one).protocol}//${new URL(one).hostname}/*`);
    notice.append(button('Allow', () => void chrome.permissions.request({ origins }), 'primary'));
  }
  place.append(notice);
}
