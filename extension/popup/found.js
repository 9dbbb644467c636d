// Shows a person what the extension finds in this tab, and why not more: in the popup as a list, in the page as marks for as
// long as the list is there. Nothing is filled in or pressed.

import * as enrol from '../worker/enrol.js';
import { Refused, Unreachable } from '../worker/server.js';
import * as documents from './documents.js';
import { button, element } from './dom.js';
import * as verdict from './verdict.js';

/** @typedef {import('./row.js').Account} Account */
/** @typedef {{at: documents.Attended, found: verdict.Found}} Seen */

/**
 * @param {HTMLElement} place
 * @param {{tab: number, origin: string, accounts: Account[]}} where
 * @param {() => void} leave shows what was there before
 */
export async function open(place, { tab, origin, accounts }, leave) {
  /** @type {documents.Attended[]} */
  let attended = [];
  let turn = 0;
  const disconnect = () => {
    for (const { port } of attended) port.disconnect();
    attended = [];
  };
  const close = () => {
    turn += 1;
    disconnect();
    document.removeEventListener('keydown', escape);
    place.hidden = true;
    leave();
  };
  const escape = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Escape') return;
    // The first one leaves this view, the next one the popup.
    event.preventDefault();
    close();
  };
  document.addEventListener('keydown', escape);

  const title = element('h2', { id: 'found-title', className: 'grow', tabIndex: -1 }, 'What Keytile finds here');
  const result = element('div', { className: 'stack', ariaLive: 'polite' });
  const choice = accounts.length > 0 ? chooser(accounts, () => void look()) : null;
  const again = button('Look again', () => void look());
  place.replaceChildren(
    element('div', { className: 'line' }, title, button('Back', close)),
    ...(choice ? [choice] : []),
    result,
    element('div', {}, again),
  );
  place.hidden = false;
  title.focus();
  await look();

  async function look() {
    const now = (turn += 1);
    const picked = choice?.querySelector('select')?.value;
    const account = accounts.find(({ id }) => id === picked) ?? null;
    const origins = [...new Set([origin, ...(account?.origins ?? [])])];
    const content = await carefully(origin, async () => {
      const recipe = account === null ? null : (await enrol.ask('GET', `/extension/v1/accounts/${account.id}/recipe`)).recipe;
      if (now !== turn) return [];
      disconnect();
      const into = await documents.attend(tab, origins, () => {
        if (now === turn) void look();
      });
      if (now !== turn) {
        for (const { port } of into.attended) port.disconnect();
        return [];
      }
      ({ attended } = into);
      if (into.isComing) return [notice('', 'The page is still loading.')];
      const shown = report(await documents.find(attended, { origins, recipe }), into.left, account);
      return account?.can_edit ? [...shown, recorder(tab, account)] : shown;
    });
    if (now === turn) result.replaceChildren(...content);
  }
}

/**
 * Which account's addresses and recipe are looked with.
 * @param {Account[]} accounts
 * @param {() => void} changed
 */
function chooser(accounts, changed) {
  const select = element('select', { id: 'found-as', onchange: changed }, ...accounts.map(({ id, name }) => element('option', { value: id }, name)));
  const label = element('label', { htmlFor: 'found-as' }, 'As a login to');
  return element('div', { className: 'field' }, label, select);
}

/**
 * The way out for an Owner where something was found wrongly.
 * @param {number} tab
 * @param {Account} account
 */
function recorder(tab, { id, name }) {
  const begin = button('Record how to log in', async () => {
    const { left = 0, top = 0, width = 0 } = await chrome.windows.getCurrent();
    const address = `record/record.html?${new URLSearchParams({ tab: String(tab), account: id })}`;
    /** @type {chrome.windows.CreateData} */
    const recorder = { url: chrome.runtime.getURL(address), type: 'popup', width: 440, height: 720 };
    // At the right edge of this window; where that is off the screen, the browser refuses, and finds a place.
    await chrome.windows.create({ ...recorder, top, left: Math.max(0, left + width - 440) }).catch(() => chrome.windows.create(recorder));
    window.close();
  });
  const why = `Does it find the wrong thing? Point at the right ones, and every login to ${name} goes by that.`;
  return element('div', { className: 'stack' }, element('p', { className: 'small quiet' }, why), element('div', {}, begin));
}

/** @param {string} origin of the tab @param {() => Promise<HTMLElement[]>} make @returns {Promise<HTMLElement[]>} */
async function carefully(origin, make) {
  try {
    return await make();
  } catch (error) {
    if (error instanceof Refused) return [notice('bad', error.message)];
    if (error instanceof Unreachable) return [notice('warn', 'The server does not answer. Try again in a moment.')];
    if (error instanceof enrol.NotConnected) return [notice('bad', 'This browser is not connected to Keytile. Go back, and sign in.')];
    if (!(error instanceof documents.Barred)) throw error;
    const { protocol, hostname } = new URL(origin);
    const origins = [`${protocol}//${hostname}/*`];
    if (await chrome.permissions.contains({ origins })) return [notice('bad', 'The browser lets no extension read this page. Open the login page, then look again.')];
    const allow = button('Allow', () => void chrome.permissions.request({ origins }), 'primary');
    return [notice('bad', `The extension may not read ${hostname}. Allow it, then look again.`, allow)];
  }
}

/** @param {'' | 'warn' | 'bad' | 'good'} tone @param {string} text @param {HTMLElement[]} actions */
function notice(tone, text, ...actions) {
  return element('div', { className: `notice ${tone}` }, element('p', {}, text), ...actions);
}

/**
 * @param {Seen[]} seen
 * @param {string[]} left
 * @param {Account | null} account
 */
function report(seen, left, account) {
  const all = seen.map(({ found }) => found);
  const { tone, text } = verdict.verdict(all, account?.name ?? null);
  const groups = verdict.ranked(all).slice(0, 6).map((group) => {
    const from = seen.find(({ found }) => found.groups.includes(group));
    return section(group, (id) => documents.tell(from?.at.port, { type: 'show', id }));
  });
  const notes = verdict.notes(all, left).map((note) => element('li', {}, note));
  const rest = notes.length > 0 ? [element('ul', { className: 'stack small quiet' }, ...notes)] : [];
  return [notice(tone, text), ...groups, ...rest];
}

/**
 * One form and its parts; each is pointed out in the page while it is looked at here.
 * @param {verdict.Group} group
 * @param {(id: string | null) => void} show
 */
function section(group, show) {
  const { title, text } = verdict.judged(group);
  const hits = group.boxes.slice(0, 20).map((box) => hit(box.id, box.fits ? box.role : 'other', verdict.ROLES[box.role], box.called, verdict.explained(box), show));
  if (group.submit && group.kind === 'login') hits.push(hit(group.submit.id, 'submit', 'Button', group.submit.called, 'It sends the form.', show));
  const rows = element('ul', {}, ...hits.map((row) => element('li', {}, row)));
  return element('section', { className: 'group' }, element('h3', {}, title), element('p', { className: 'small quiet' }, text), rows);
}

/**
 * @param {string} id
 * @param {string} line as it is marked in the page
 * @param {string} role
 * @param {string} called
 * @param {string} why
 * @param {(id: string | null) => void} show
 */
function hit(id, line, role, called, why, show) {
  const name = element('span', {}, element('strong', {}, role), ...(called ? [` “${called}”`] : []));
  const words = element('span', { className: 'grow' }, name, element('br', {}), element('span', { className: 'small quiet' }, why));
  const swatch = element('span', { className: `line-of ${line}`, ariaHidden: 'true' });
  const on = () => show(id);
  const off = () => show(null);
  const row = element('button', { type: 'button', className: 'hit', onfocus: on, onblur: off, onmouseenter: on, onmouseleave: off, onclick: on }, swatch, words);
  row.append(element('span', { className: 'unseen' }, ' Show it in the page'));
  return row;
}
