// What pages do beyond links and forms. Passkeys are in passkey.js.

/** The one place that turns text, of our own server, into HTML. @type {(html: string) => Document} */
const parse = (() => {
  const trusted = /** @type {any} */ (window).trustedTypes?.createPolicy("keytile", { createHTML: (/** @type {string} */ html) => html });
  return (html) => new DOMParser().parseFromString(trusted ? trusted.createHTML(html) : html, "text/html");
})();

/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement[]} */
const all = (selector, root = document) => [...root.querySelectorAll(selector)].map((found) => /** @type {HTMLElement} */ (found));

/** @param {string} [selector] */
const field = (selector) => /** @type {HTMLInputElement} */ (document.querySelector(selector ?? "#"));

/** @param {Event} event @param {string} selector @returns {HTMLElement | null} */
const hit = (event, selector) => (event.target instanceof Element ? event.target.closest(selector) : null);

/** @param {string} name @param {string} [more] */
function icon(name, more = "") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", `icon ${more}`);
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${document.documentElement.dataset.icons ?? "/assets/icons.svg"}#${name}`);
  svg.append(use);
  return svg;
}

// Toasts: a success goes by itself, anything else waits to be closed.

/** @param {string} kind good, bad, warn or info @param {string} text */
function toast(kind, text) {
  const box = document.createElement("div");
  box.className = `toast ${kind}`;
  const words = document.createElement("div");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "button plain icon-only";
  close.setAttribute("aria-label", "Close this message");
  close.dataset.close = "toast";
  close.append(icon("close"));
  box.append(icon(kind), words, close);
  document.getElementById("toasts")?.append(box);
  expire(box);
}

/** @param {HTMLElement} box */
function expire(box) {
  if (!box.classList.contains("good")) return;
  const leave = () => (box.matches(":hover, :focus-within") ? setTimeout(leave, 3000) : box.remove());
  setTimeout(leave, 9000);
}

// Instants: in the reader's time zone.

const relative = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });

/** @param {ParentNode} root */
function localise(root) {
  for (const time of all("time[datetime]", root)) {
    const at = new Date(/** @type {HTMLTimeElement} */ (time).dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const minutes = Math.round((at.getTime() - Date.now()) / 60_000);
    time.title = whole.format(at);
    if (Math.abs(minutes) < 60) time.textContent = relative.format(minutes, "minute");
    else if (Math.abs(minutes) < 60 * 12) time.textContent = relative.format(Math.round(minutes / 60), "hour");
    else time.textContent = day.format(at);
  }
}

// Fragments: a part of the page that the server sends anew.

/** @param {HTMLElement} target @param {ParentNode} fresh */
function replace(target, fresh) {
  const focused = target.contains(document.activeElement) ? document.activeElement : null;
  target.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
  if (focused?.id) document.getElementById(focused.id)?.focus();
  // It is there no more: who uses the keyboard goes on where the answer is.
  if (focused && !target.contains(document.activeElement)) {
    target.tabIndex = -1;
    target.focus({ preventScroll: true });
  }
  enliven(target);
}

/** @type {Map<HTMLElement, EventSource>} */
const sources = new Map();

/** Follows progress, in a seen tab alone: HTTP/1.1 allows six connections per host. @param {HTMLElement} live */
function follow(live) {
  const target = live.parentElement;
  if (!target || !live.dataset.live || document.hidden) return;
  sources.get(target)?.close();
  const source = new EventSource(live.dataset.live);
  sources.set(target, source);
  const stop = () => {
    source.close();
    if (sources.get(target) === source) sources.delete(target);
  };
  source.addEventListener("fragment", (event) => {
    if (sources.get(target) !== source) return;
    const fresh = parse(event.data);
    const next = fresh.querySelector("[data-live]");
    // The same stream goes on: the new node must not open a second one.
    if (next?.getAttribute("data-live") === live.dataset.live) next?.setAttribute("data-followed", "");
    // Another one takes over. Without one, this still brings the news of how it went, and then its end.
    else if (next) stop();
    replace(target, fresh.body);
  });
  source.addEventListener("toast", (event) => {
    const { kind, text } = JSON.parse(event.data);
    toast(kind, text);
  });
  source.addEventListener("end", stop);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    for (const source of sources.values()) source.close();
    sources.clear();
  } else {
    all("[data-live]").forEach(follow);
  }
});

// Forms with data-into put the answer's fragment into the page.

/** @param {HTMLFormElement} form @param {HTMLElement | null} button */
async function submitInto(form, button) {
  const into = button?.dataset.into ?? form.dataset.into ?? "";
  const target = /** @type {HTMLElement | null} */ (document.querySelector(into));
  const action = button?.getAttribute("formaction") ?? form.action;
  if (!target) return form.submit();
  const body = new URLSearchParams(/** @type {any} */ (new FormData(form, button)));
  if (!button?.dataset.into) form.closest("dialog")?.close();
  busy(button, true);
  try {
    const answer = await fetch(action, { method: "POST", body, headers: { accept: "text/html", "x-fragment": into.slice(1) } });
    if (answer.redirected || !answer.headers.has("x-fragment")) return location.assign(answer.redirected ? answer.url : location.href);
    replace(target, parse(await answer.text()).body);
    for (const fold of all("details")) if (fold.contains(target)) fold.setAttribute("open", "");
  } catch {
    toast("bad", "The server could not be reached. Nothing was changed; check your connection and try again.");
  } finally {
    busy(button, false);
  }
}

/** @param {HTMLElement | null} button @param {boolean} on */
function busy(button, on) {
  if (on) button?.setAttribute("aria-busy", "true");
  else button?.removeAttribute("aria-busy");
}

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  const button = event.submitter;
  if (form.method === "dialog" || button?.getAttribute("formmethod") === "dialog") return;
  if (button?.getAttribute("aria-busy") === "true") return event.preventDefault();
  if (form.dataset.into || button?.dataset.into) {
    event.preventDefault();
    void submitInto(form, button);
  } else if (form.method === "post") {
    busy(button, true);
  }
});
// The Back button: nothing is under way any more.
addEventListener("pageshow", () => all("[aria-busy=true]").forEach((button) => busy(button, false)));

// Secrets: fetched when asked for, hidden after half a minute.

/** @param {string} url @param {string} field @returns {Promise<string>} */
async function secret(url, field) {
  const answer = await fetch(url, { method: "POST", body: new URLSearchParams({ field }), headers: { accept: "application/json" } });
  const body = await answer.json().catch(() => ({}));
  // Who they are has to be confirmed first.
  if (body.location) location.assign(body.location);
  if (!answer.ok) throw new Error(body.message ?? "This could not be read. Reload the page and try again.");
  return body.value;
}

/** @param {HTMLElement} button */
async function reveal(button) {
  const shown = document.getElementById(button.getAttribute("aria-controls") ?? "");
  if (!shown) return;
  const hide = () => {
    shown.textContent = "••••••••••••";
    button.setAttribute("aria-pressed", "false");
    button.replaceChildren(icon("eye"));
  };
  if (button.getAttribute("aria-pressed") === "true") return hide();
  shown.textContent = await secret(button.dataset.reveal ?? "", button.dataset.field ?? "");
  button.setAttribute("aria-pressed", "true");
  button.replaceChildren(icon("eye-off"));
  setTimeout(hide, 30_000);
}

/** @param {HTMLElement} button */
async function copy(button) {
  const { copy: selector = "", copyFrom, field: name = "" } = button.dataset;
  const text = copyFrom ? await secret(copyFrom, name) : document.querySelector(selector)?.textContent?.trim() ?? "";
  await navigator.clipboard.writeText(text);
  toast("good", `${button.dataset.what ?? "It"} is copied.`);
}

/** A password of 20 signs from 69, without look-alikes: more than 120 bits. @returns {string} */
function password() {
  const signs = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789-_.!*+=#%@?&";
  let made = "";
  while (made.length < 20) {
    const [byte] = crypto.getRandomValues(new Uint8Array(1));
    // A byte past the last whole multiple would favour the first signs.
    if (byte < 256 - (256 % signs.length)) made += signs[byte % signs.length];
  }
  return made;
}

/** @type {Record<string, (button: HTMLElement) => unknown>} */
const clicks = {
  "[data-close=toast]": (button) => button.closest(".toast")?.remove(),
  "[data-reveal]": reveal,
  "[data-copy], [data-copy-from]": copy,
  "[data-theme-set]": (button) => setTheme(button.dataset.themeSet ?? "system"),
  "[data-generate]": (button) => {
    const input = field(button.dataset.generate);
    input.value = password();
    input.type = "text";
  },
  "[data-peek]": (button) => {
    const input = field(button.dataset.peek);
    input.type = input.type === "password" ? "text" : "password";
    button.setAttribute("aria-pressed", String(input.type === "text"));
    button.replaceChildren(icon(input.type === "text" ? "eye-off" : "eye"));
  },
};

document.addEventListener("click", async (event) => {
  for (const menu of all(".menu[open]")) {
    // A choice was made, or the click fell elsewhere.
    if (!menu.contains(/** @type {Node} */ (event.target)) || hit(event, ".items > a, .items > button")) menu.removeAttribute("open");
  }
  for (const [selector, act] of Object.entries(clicks)) {
    const button = hit(event, selector);
    if (!button) continue;
    try {
      await act(button);
    } catch (problem) {
      toast("bad", problem instanceof Error ? problem.message : String(problem));
    }
  }
  const opener = hit(event, "button[commandfor]");
  if (opener && !("commandForElement" in HTMLButtonElement.prototype)) invoke(opener);
});

/** Browsers before 2025 don't know command and commandfor. @param {HTMLElement} button */
function invoke(button) {
  const dialog = document.getElementById(button.getAttribute("commandfor") ?? "");
  if (!(dialog instanceof HTMLDialogElement)) return;
  if (button.getAttribute("command") === "show-modal") dialog.showModal();
  else dialog.close();
}

// What has data-load fetches what it holds: a disclosure each time it is opened, anything else at once.
document.addEventListener("toggle", (event) => {
  const fold = /** @type {HTMLDetailsElement} */ (event.target);
  const target = fold.querySelector("[id]");
  if (fold.open && fold.dataset.load && target) load(fold.dataset.load, target);
}, true);

/** @param {string} url @param {Element} target */
async function load(url, target) {
  try {
    const answer = await fetch(url, { headers: { accept: "text/html", "x-fragment": target.id } });
    if (answer.ok && answer.headers.has("x-fragment")) replace(target, parse(await answer.text()).body);
  } catch {
    // No network: its link stays.
  }
}

document.addEventListener("change", (event) => hit(event, "[data-auto]")?.closest("form")?.requestSubmit());

// Keys: / goes to the search, arrows walk a menu, Escape closes it; Enter takes a picker's first choice.

document.addEventListener("keydown", (event) => {
  const menu = hit(event, ".menu");
  if (menu && event.key === "Escape" && menu.hasAttribute("open")) {
    menu.removeAttribute("open");
    menu.querySelector("summary")?.focus();
  } else if (menu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    menu.setAttribute("open", "");
    const items = all(".items > a, .items > button, .items form > button", menu);
    const step = event.key === "ArrowDown" ? 1 : -1;
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    items[(at === -1 && step === -1 ? items.length - 1 : at + step + items.length) % items.length]?.focus();
  }
  const picker = searchOf(event)?.dataset.search;
  if (picker && ["Enter", "ArrowDown"].includes(event.key) && !event.isComposing) {
    event.preventDefault();
    // What is shown is of the words before these.
    if (searching) taking = picker;
    else take(picker);
  }
  const held = event.ctrlKey || event.metaKey || event.altKey;
  const asked = held ? event.key === "k" && !event.altKey : event.key === "/" && !hit(event, "input, select, textarea");
  if (!asked || document.querySelector("dialog:modal")) return;
  event.preventDefault();
  field("#search")?.focus();
  field("#search")?.select();
});

// Search as you type: the page answers, and its #results or a picker's choices change.

let question = 0;
let searching = false;
/** The picker whose first choice is wanted as soon as it is known. */
let taking = "";

/** What was chosen stays so, where it is found again. @param {HTMLElement} choices @param {ParentNode} fresh */
function offer(choices, fresh) {
  const isFocused = choices.contains(document.activeElement);
  const chosen = field(`#${choices.id} input:checked`)?.value;
  replace(choices, fresh);
  const again = /** @type {HTMLInputElement[]} */ (all("input", choices)).find(({ value }) => value === chosen);
  if (!again) return;
  again.checked = true;
  if (isFocused) again.focus();
}

/** @param {string} picker */
function take(picker) {
  field(`#${picker} input`)?.focus();
  field(`#${picker} input`)?.click();
}

/** @param {Event} event */
const searchOf = (event) => /** @type {HTMLInputElement} */ (hit(event, "input[type=search]"))?.form;

document.addEventListener("input", (event) => {
  const form = searchOf(event);
  const picker = form?.dataset.search;
  const results = document.getElementById(picker || "results");
  if (!form || !results || (!picker && new URL(form.action).pathname !== location.pathname)) return;
  const mine = ++question;
  searching = true;
  taking = "";
  setTimeout(async () => {
    if (mine !== question) return;
    const url = new URL(form.action);
    url.search = `${new URLSearchParams(/** @type {any} */ (new FormData(form)))}`;
    try {
      const answer = await fetch(url, { headers: { accept: "text/html", ...(picker && { "x-fragment": picker }) } });
      const fresh = parse(await answer.text()).getElementById(results.id);
      if (!fresh || mine !== question) return;
      if (picker) {
        offer(results, fresh);
      } else {
        replace(results, fresh);
        history.replaceState(null, "", url);
      }
      if (taking) take(taking);
    } catch {
      // No network: what is shown stays.
    } finally {
      if (mine === question) searching = false;
    }
  }, 150);
});

/** @param {string} theme system, light or dark */
function setTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // It holds for this page.
  }
  showTheme();
}

function showTheme() {
  const theme = document.documentElement.dataset.theme ?? "system";
  for (const button of all("[data-theme-set]")) button.setAttribute("aria-pressed", String(button.dataset.themeSet === theme));
}

/** What new nodes need. @param {ParentNode} root */
function enliven(root) {
  localise(root);
  for (const live of all("[data-live]:not([data-followed])", root)) follow(live);
  for (const part of all("[data-load]:not(details)", root)) load(part.dataset.load ?? "", part);
}

enliven(document);
showTheme();
all(".toast").forEach(expire);
for (const dialog of /** @type {HTMLDialogElement[]} */ (all("dialog[open]"))) {
  // Sent open; only a script can make it modal.
  dialog.close();
  dialog.showModal();
  all("[aria-invalid=true]", dialog)[0]?.focus();
}
setInterval(() => localise(document), 60_000);
