// The recorder: a window beside a tab, in which an Owner points at what a login needs. What it knows lives as long as this
// window, and goes to the server when it is saved.

import * as documents from '../popup/documents.js';
import { button, element, part } from '../popup/dom.js';
import { ROLES as NAMES } from '../popup/verdict.js';
import * as enrol from '../worker/enrol.js';
import { Refused, Unreachable } from '../worker/server.js';
import * as settings from '../worker/settings.js';
import * as plan from './plan.js';

/** @typedef {import('../popup/row.js').Account} Account */

/** @type {Record<plan.Role, string>} */
const ASKS = {
  username: 'Click the user name box in the page',
  password: 'Click the password box in the page',
  code: 'Click a code box in the page',
  submit: 'Click the button that sends this in the page',
};

/** Why something was not taken. @type {Record<string, string>} */
const REFUSALS = {
  no_box: 'That is no box that one can type into. Point at the box itself.',
  no_button: 'That is no button. Point at what one presses to go on.',
  no_password: 'That is no box for a password: what is typed there can be read. A password is filled in nowhere else.',
  a_password: 'That is a box for a password. A user name is filled in elsewhere.',
  strange: 'That box says that it is for something else, such as a search or a new password. Nothing is filled in there.',
  elsewhere: 'That part of the page is shut in by its site, and has no address. Nothing is filled in there.',
  nameless: 'There is nothing by which to find that again. Point at something else, or write the recipe on the account’s page.',
};

const UNUSED = 'A login would not use it: by its own words the form here is no login, or this belongs to another one.';

const question = new URLSearchParams(location.search);
const tab = Number(question.get('tab'));
const form = /** @type {HTMLFormElement} */ (part('asking'));
const save = /** @type {HTMLButtonElement} */ (part('save'));

/** @type {Account} */
let account;
/** @type {documents.Attended[]} */
let attended = [];
/** @type {plan.Step[]} */
let steps = [];
/** @type {plan.Role | null} */
let asked = null;
/** Whether the person said what is asked for, or that nothing is. */
let isChosen = false;
let isOver = false;
let isSaving = false;
let isSaved = false;
/** The recipe that saving replaces, as it was when this window last asked. */
let replaced = 'null';

/** Looks one after the other. @type {Promise<void>} */
let looking = Promise.resolve();

part('discard').addEventListener('click', () => window.close());
part('turn').addEventListener('click', () => {
  steps = plan.turn(steps, attended.map(({ document }) => document));
  isChosen = false;
  void look();
});
save.addEventListener('click', () => void keep());
form.addEventListener('submit', (event) => event.preventDefault());
form.addEventListener('change', () => {
  problem('');
  isChosen = true;
  ask(/** @type {plan.Role | ''} */ (new FormData(form).get('role')) || null);
});
document.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') rest();
});

await begin();

async function begin() {
  try {
    const { url = '' } = await chrome.tabs.get(tab);
    const { origin } = new URL(url);
    const { accounts } = await enrol.ask('GET', `/extension/v1/accounts?${new URLSearchParams({ origin })}`);
    const found = accounts.find((/** @type {Account} */ { id }) => id === question.get('account'));
    if (!found?.can_edit) return stop('Only an Owner of the account can record how to log in, and only at one of its addresses.');
    account = found;
    await isReplaced();
  } catch (error) {
    return stop(explain(error));
  }
  part('title').textContent = `Record how to log in to ${account.name}`;
  form.hidden = false;
  chrome.webNavigation.onCommitted.addListener(({ tabId, frameId, documentLifecycle = 'active' }) => {
    if (tabId !== tab || documentLifecycle !== 'active') return;
    leave(({ frame }) => frameId === 0 || frame === frameId);
    if (frameId === 0) wait();
    void look();
  });
  chrome.tabs.onRemoved.addListener((id) => {
    if (id === tab) stop(`The tab was closed.${steps.length > 0 ? ' What was recorded can still be saved.' : ''}`);
  });
  await look();
}

/** Looks at what the tab shows now, and asks for what is still missing. */
function look() {
  looking = looking.then(async () => {
    if (isOver) return;
    document.querySelector('main')?.setAttribute('aria-busy', 'true');
    try {
      const { attended: there, top, isComing } = await documents.attend(tab, account.origins, () => void look(), attended);
      const fresh = there.filter((one) => !attended.includes(one));
      for (const one of fresh) hear(one);
      attended = there;
      if (!account.origins.includes(top)) return ask(null, `The page is at ${top}, which is not one of this account’s addresses. Nothing can be recorded here.`);
      if (isComing) return wait();
      // A frame that comes late changes nothing of what the person has chosen.
      if (isChosen && !fresh.some(({ frame }) => frame === 0)) ask(asked);
      else await askNext();
    } catch (error) {
      if (!(error instanceof documents.Barred)) console.error('Keytile: a look at the tab failed', error);
      ask(null, 'The browser does not let the extension read this page. Go on at another one, or allow it in the browser’s settings.');
    } finally {
      document.querySelector('main')?.setAttribute('aria-busy', 'false');
    }
  });
  return looking;
}

async function askNext() {
  isChosen = false;
  const { origins } = account;
  const seen = await documents.find(attended, { origins, recipe: plan.recipe(steps) });
  const boxes = seen.flatMap(({ found }) => found.groups.flatMap((group) => group.boxes));
  for (const { port } of attended) documents.tell(port, { type: 'unmark' });
  ask(plan.next(steps, attended.map(({ document }) => document), new Set(boxes.map(({ role }) => role))));
}

/** @param {documents.Attended} one */
function hear(one) {
  one.port.onMessage.addListener((/** @type {any} */ told) => {
    if (told.type === 'stopped') rest();
    if (told.by === 'another') problem('Another window points at things in this page now. To go on here, choose below what to point at.');
    if (told.type === 'refused') problem(REFUSALS[told.why] ?? REFUSALS.nameless);
    if (told.type === 'pointed') void take({ ...told, document: one.document });
    if (told.type === 'pointed' || told.type === 'refused') void chrome.windows.getCurrent().then(({ id = -1 }) => chrome.windows.update(id, { focused: true }));
  });
  one.port.onDisconnect.addListener(() => {
    const isShown = attended.includes(one);
    leave((other) => other === one);
    // What comes instead says so; where the site does not answer, nothing does.
    if (isShown && one.frame === 0) wait();
  });
}

/** Documents that have gone. In Firefox the next one in a frame has the same name. @param {(one: documents.Attended) => boolean} which */
function leave(which) {
  const gone = attended.filter(which).map(({ document }) => document);
  attended = attended.filter((one) => !which(one));
  steps = plan.turn(steps, gone);
}

/** @param {plan.Pointed} pointed */
async function take(pointed) {
  if (plan.isFull(steps)) return problem('A recipe has at most 20 steps.');
  steps = plan.add(steps, pointed);
  problem('');
  show();
  return askNext();
}

/**
 * Asks for one thing, or for nothing, so that the page can be used.
 * @param {plan.Role | null} role
 * @param {string} [instead] what to say
 * @param {'' | 'warn'} [tone]
 */
function ask(role, instead, tone = instead ? 'warn' : '') {
  if (isOver) return show();
  asked = role;
  for (const radio of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll('[name=role]'))) radio.checked = radio.value === (role ?? '');
  for (const { document, port } of attended) {
    documents.tell(port, role === null ? { type: 'stop' } : { type: 'point', role, step: plan.known(steps, document), origins: account.origins });
  }
  show();
  const forward = steps.length > 0 ? 'Log in on the page as far as the next step, then point at what it asks for. Or save.' : 'Choose below what to point at.';
  state(instead ?? (role === null ? forward : `${ASKS[role]}, or go to it with the Tab key and press Enter. Escape stops.`), tone);
}

/** Asks for nothing until the page is there. */
function wait() {
  ask(null, 'Waiting for the page…', '');
}

/** Asks for nothing until the person says so, or the next page comes. */
function rest() {
  isChosen = true;
  ask(null);
}

function show() {
  save.disabled = steps.length === 0 || isSaving;
  part('nothing').hidden = steps.length > 0;
  part('turn').hidden = !steps.some(({ document }) => attended.some((one) => one.document === document));
  part('steps').replaceChildren(
    ...steps.map((step, index) => {
      const picks = plan.ROLES.flatMap((role) => (step.picks[role] ? [row(step, index, role, step.picks[role])] : []));
      const title = `Step ${index + 1}: ${plan.glob(step.path) ?? 'any page'}`;
      return element('li', { className: 'step' }, element('h3', {}, title), element('ul', {}, ...picks));
    }),
  );
}

/**
 * @param {plan.Step} step
 * @param {number} index
 * @param {plan.Role} role
 * @param {plan.Pick} pick
 */
function row(step, index, role, { selector, used }) {
  const selectors = [selector].flat();
  const count = selectors.length > 1 ? `, ${selectors.length} boxes, the first of them` : '';
  const name = element('p', {}, element('strong', {}, NAMES[role]), count);
  const words = element('div', { className: 'grow' }, name, element('p', {}, element('code', {}, selectors[0])));
  if (!used) words.append(element('p', { className: 'small' }, UNUSED));
  const away = button('Remove', () => {
    steps = plan.remove(steps, index, role);
    ask(asked);
    part('discard').focus();
  });
  away.append(element('span', { className: 'unseen' }, ` ${NAMES[role]} of step ${index + 1}`));
  const at = () => attended.find(({ document }) => document === step.document)?.port;
  const line = element('li', { className: 'pick' }, element('span', { className: `line-of ${role}`, ariaHidden: 'true' }), words, ...(isSaved ? [] : [away]));
  const on = () => documents.tell(at(), { type: 'name', selector, role });
  const off = () => documents.tell(at(), { type: 'unmark' });
  line.addEventListener('mouseenter', on);
  line.addEventListener('mouseleave', off);
  line.addEventListener('focusin', on);
  line.addEventListener('focusout', off);
  return line;
}

async function keep() {
  isSaving = true;
  ask(null);
  try {
    if (await isReplaced()) return problem('Somebody else has changed the recipe of this account meanwhile. Save again to replace it.');
    await enrol.ask('PUT', `/extension/v1/accounts/${account.id}/recipe`, { recipe: plan.recipe(steps) });
  } catch (error) {
    return problem(explain(error), ...(await actions(error)));
  } finally {
    isSaving = false;
    show();
  }
  problem('');
  const done = element('p', {}, `Saved. The next login to ${account.name} goes by it.`);
  part('state').replaceChildren(element('div', { className: 'notice good' }, done));
  part('discard').textContent = 'Close';
  save.hidden = true;
  isSaved = true;
  part('replaces').hidden = true;
  end();
  show();
  return part('discard').focus();
}

/** Asks which recipe there is. @returns {Promise<boolean>} whether it is another one than before */
async function isReplaced() {
  const { recipe } = await enrol.ask('GET', `/extension/v1/accounts/${account.id}/recipe`);
  const before = replaced;
  replaced = JSON.stringify(recipe);
  part('replaces').hidden = recipe === null;
  return replaced !== before;
}

/** Nothing can be pointed at any more. @param {string} why */
function stop(why) {
  problem(why);
  state('', '');
  end();
  if (steps.length > 0) return;
  save.hidden = true;
  part('recorded').hidden = true;
  part('discard').textContent = 'Close';
}

function end() {
  isOver = true;
  for (const { port } of attended) port.disconnect();
  attended = [];
  form.hidden = true;
  document.querySelector('main')?.setAttribute('aria-busy', 'false');
}

/** @param {unknown} error @returns {string} */
function explain(error) {
  if (error instanceof Refused) return error.message;
  if (error instanceof Unreachable) return 'The server does not answer. Try again in a moment.';
  if (error instanceof enrol.NotConnected) return 'This browser is not connected to Keytile. Sign in, then save again.';
  console.error('Keytile: recording failed', error);
  return 'The tab cannot be read. Close this window, and begin again from the login page.';
}

/** What helps where the server does not know this browser, or its session has ended. @param {unknown} error @returns {Promise<HTMLElement[]>} */
async function actions(error) {
  if (!(error instanceof enrol.NotConnected || error instanceof Refused && /^(session_over|unknown_device)$/.test(error.code))) return [];
  const { server } = await settings.read();
  return [button('Sign in', () => void chrome.tabs.create({ url: `${server}/extension/connect` }))];
}

/** @param {string} text @param {'' | 'warn'} tone */
function state(text, tone) {
  part('state').replaceChildren(...(text ? [element('div', { className: `notice ${tone}` }, element('p', {}, text))] : []));
}

/** @param {string} text @param {HTMLElement[]} helps what to press */
function problem(text, ...helps) {
  part('problem').replaceChildren(...(text ? [element('div', { className: 'notice bad' }, element('p', {}, text), ...helps)] : []));
}
