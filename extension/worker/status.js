// How a login stands, on the toolbar: outside the page, where no page can draw over it.

import { handsOver, sentence } from './outcomes.js';

const COLOURS = { running: '#17607c', waits: '#764900', failed: '#a8281c', done: '#1b673a' };

/** @param {import('./flow.js').Running} login */
export async function show(login) {
  const { text, colour, title } = of(login);
  const { tab } = login;
  try {
    await chrome.action.setBadgeText({ tabId: tab, text });
    await chrome.action.setBadgeBackgroundColor({ tabId: tab, color: colour });
    await chrome.action.setBadgeTextColor?.({ tabId: tab, color: '#ffffff' });
    await chrome.action.setTitle({ tabId: tab, title });
  } catch {
    // The tab has gone, and its badge with it.
  }
}

/**
 * What is shown, and said in words too: colour alone tells nobody who does not see it.
 * @param {import('./flow.js').Running} login
 */
export function of({ name, plan: { phase, outcome, outcome_origin: origin } }) {
  if (outcome === null) return { text: '…', colour: COLOURS.running, title: `Keytile: logging in to ${name}` };
  const title = `Keytile: ${name}. ${sentence(outcome, origin)}`;
  if (outcome === 'logged_in') return { text: '✓', colour: COLOURS.done, title };
  if (phase !== 'ended' && handsOver(outcome)) return { text: '!', colour: COLOURS.waits, title };
  return { text: '×', colour: COLOURS.failed, title };
}
