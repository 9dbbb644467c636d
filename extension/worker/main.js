// The worker's front door: what the browser, pages and people tell it goes to where it belongs. All listeners are added at
// once, because whatever happens may be what started it.

import * as enrol from './enrol.js';
import * as flow from './flow.js';
import * as frames from './frames.js';
import * as ports from './ports.js';
import * as settings from './settings.js';
import * as tickets from './tickets.js';

const awake = flow.wake();

chrome.runtime.onInstalled.addListener(async ({ reason }) => {
  await settings.readPolicy();
  await tickets.register();
  const { server } = await settings.read();
  if (reason === 'install' && server === null) await chrome.runtime.openOptionsPage();
});

chrome.runtime.onStartup.addListener(async () => {
  await settings.readPolicy();
  await tickets.register();
  const { server, autoSignIn } = await settings.read();
  if (autoSignIn && server !== null && (await enrol.current()) === null) {
    await chrome.tabs.create({ url: `${server}/extension/connect`, active: false });
  }
});

chrome.storage.onChanged.addListener((_changes, area) => {
  if (area === 'managed') void settings.readPolicy().then(tickets.register);
});

chrome.runtime.onMessage.addListener((message, sender, answer) => {
  if (sender.id !== chrome.runtime.id) return false;
  switch (message?.type) {
    case 'ticket':
      void awake.then(() => tickets.receive(message.ticket, sender)).then(answer);
      return true;
    case 'changed':
      void awake.then(() => changed(message.observation, sender));
      return false;
    case 'server':
      if (!isOurPage(sender)) return false;
      void tickets.register().then(answer);
      return true;
    case 'stop':
      if (isOurPage(sender)) void awake.then(() => flow.tell(message.tab, { type: 'stopped' }));
      return false;
    default:
      return false;
  }
});

chrome.runtime.onConnect.addListener((port) => void ports.take(port, (tab) => awake.then(() => flow.runs(tab))));

chrome.webNavigation.onCommitted.addListener((details) => {
  if ((details.documentLifecycle ?? 'active') !== 'active') return;
  void awake.then(() => committed(details));
});

chrome.webNavigation.onErrorOccurred.addListener(({ tabId, frameId, error }) => {
  // A page that another one replaced before it came did not fail.
  const replaced = error === 'net::ERR_ABORTED' || error.includes('NS_BINDING_ABORTED');
  if (frameId === 0 && !replaced) void awake.then(() => flow.tell(tabId, { type: 'unanswered' }));
});

chrome.tabs.onRemoved.addListener((tab) => void awake.then(() => flow.close(tab)));

chrome.alarms.onAlarm.addListener(({ name }) => {
  const [kind, tab] = name.split(' ');
  if (kind === 'login') void awake.then(() => flow.tell(Number(tab), { type: 'tick' }));
});

/** @param {chrome.webNavigation.WebNavigationTransitionCallbackDetails} details */
async function committed(details) {
  const login = await flow.load(details.tabId);
  if (!login) return;
  const origin = frames.originOf(details.url, login.plan.top?.origin);
  const document = frames.documentOf(details);
  const listed = flow.isListed(login, origin);
  await flow.tell(details.tabId, { type: 'committed', document, frame: details.frameId, origin, listed });
}

/**
 * @param {import('./sight.js').Observation} observation
 * @param {chrome.runtime.MessageSender} sender
 */
async function changed(observation, sender) {
  const tab = sender.tab?.id;
  if (tab === undefined || sender.frameId === undefined || !observation) return;
  if ((sender.documentLifecycle ?? 'active') !== 'active') return;
  const login = await flow.load(tab);
  if (!login) return;
  const origin = sender.origin ?? frames.originOf(sender.url ?? '');
  const document = frames.documentOf(sender);
  const listed = flow.isListed(login, origin);
  await flow.tell(tab, { type: 'observed', document, frame: sender.frameId, origin, listed, observation });
}

/** @param {chrome.runtime.MessageSender} sender */
function isOurPage(sender) {
  return sender.url?.startsWith(chrome.runtime.getURL('')) ?? false;
}
