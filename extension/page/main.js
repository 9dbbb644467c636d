// @ts-check
'use strict';
// Hears the worker, and tells it when the page has changed and come to rest.
(() => {
  /** @type {any} */
  const page = ((/** @type {any} */ (globalThis)).keytilePage ??= {});
  if (page.loaded) return;
  page.loaded = true;

  /** How long nothing may change before the page counts as at rest, in milliseconds. */
  const QUIET = 400;
  /** A page that never rests is read after so long, in milliseconds. */
  const RESTLESS = 1500;
  /** How often to look for what no event tells of: styles that fade, roots attached late, in milliseconds. */
  const GLANCE = 1000;
  /** How long after the last word of the worker to go on looking, in milliseconds. */
  const LIFE = 180_000;

  let changedAt = performance.now();
  let restlessSince = changedAt;
  let heardAt = -LIFE;
  let told = '';
  /** @type {ReturnType<typeof setTimeout> | null} */
  let timer = null;
  /** @type {ReturnType<typeof setInterval> | null} */
  let glance = null;
  /** @type {WeakSet<Node>} */
  const watched = new WeakSet();

  const observer = new MutationObserver(() => touch());
  const WATCHED = { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ['class', 'style', 'hidden', 'disabled', 'type', 'open', 'inert', 'readonly', 'aria-hidden', 'aria-invalid', 'aria-disabled', 'action'] };

  /** Watches roots, each once. @param {Node[]} roots */
  page.watch = (roots) => {
    for (const root of roots) {
      if (watched.has(root)) continue;
      watched.add(root);
      observer.observe(root, WATCHED);
      root.addEventListener('transitionend', touch);
      root.addEventListener('animationend', touch);
    }
  };

  function touch() {
    const now = performance.now();
    if (now - changedAt > QUIET) restlessSince = now;
    changedAt = now;
    if (now - heardAt < LIFE) timer ??= setTimeout(rest, QUIET);
  }

  function rest() {
    timer = null;
    const now = performance.now();
    const wait = QUIET - (now - changedAt);
    if (wait > 0 && now - restlessSince < RESTLESS) {
      timer = setTimeout(rest, wait);
      return;
    }
    restlessSince = now;
    tell();
  }

  /** Tells the worker what is seen, when it differs from what was told last. */
  function tell() {
    const { observation } = page.look();
    const text = JSON.stringify(observation);
    if (text === told) return;
    told = text;
    page.say?.({ type: 'changed', observation });
  }

  /** Waits until the page is at rest, or has had its time. */
  async function quiet() {
    const began = performance.now();
    while (performance.now() - began < RESTLESS) {
      const rests = performance.now() - changedAt;
      if (document.readyState === 'complete' && rests >= QUIET) return;
      const pause = Math.min(document.readyState === 'complete' ? Math.max(QUIET - rests, 10) : 100, 100);
      await new Promise((done) => {
        setTimeout(done, pause);
      });
    }
  }

  /** @param {any} message */
  async function look(message) {
    page.asked = { origins: message.origins ?? [], recipe: message.recipe ?? null, factors: message.factors ?? [] };
    heardAt = performance.now();
    glance ??= setInterval(peek, GLANCE);
    page.watch([document]);
    await quiet();
    const { wait_ms: wait = 0 } = page.stepOf(page.asked.recipe) ?? {};
    if (wait > 0) {
      await new Promise((done) => {
        setTimeout(done, Math.min(wait, 10_000));
      });
    }
    const { observation } = page.look();
    told = JSON.stringify(observation);
    return observation;
  }

  function peek() {
    if (performance.now() - heardAt > LIFE) {
      if (glance) clearInterval(glance);
      glance = null;
      return;
    }
    if (!timer) tell();
  }

  const ANSWERS = /** @type {Record<string, (message: any) => any>} */ ({
    look,
    fill: (message) => page.fill(message),
    submit: (message) => page.submit(message),
    clear: () => page.clear(),
    focus: (message) => page.focusOn(message),
  });

  /** One thing at a time. @type {Promise<any>} */
  let queue = Promise.resolve();

  /**
   * Does what the worker asks for.
   * @param {{type: string}} message
   */
  page.answer = (message) => {
    const done = queue.then(() => ANSWERS[message.type](message));
    queue = done.catch(() => {});
    if (message.type !== 'look') heardAt = performance.now();
    return done;
  };

  const runtime = /** @type {any} */ (globalThis).chrome?.runtime ?? /** @type {any} */ (globalThis).browser?.runtime;
  if (!runtime?.onMessage) return;
  page.say = (/** @type {any} */ message) => {
    // Nobody listens once the extension was updated or the login is over.
    runtime.sendMessage(message)?.catch?.(() => {});
  };
  runtime.onMessage.addListener((/** @type {any} */ message, /** @type {any} */ sender, /** @type {any} */ respond) => {
    if (sender.id !== runtime.id || sender.tab || !Object.hasOwn(ANSWERS, message?.type)) return undefined;
    page.answer(message).then(respond, (/** @type {Error} */ error) => respond({ error: error.message }));
    return true;
  });
})();
