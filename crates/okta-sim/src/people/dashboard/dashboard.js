// Keeps the chiclets current without a reload, and narrows them while somebody types.
// Events carry no data: whatever happened, we fetch the list again and compare.
const list = document.getElementById("apps");
const news = document.getElementById("news");
const search = document.getElementById("search");

const labels = () => new Map([...list.querySelectorAll("[data-app]")].map(
  (tile) => [tile.dataset.app, tile.querySelector(".label").textContent]));

let asked = 0;
async function refresh(announce) {
  const mine = ++asked;
  const answer = await fetch("/app/UserHome/apps?q=" + encodeURIComponent(search.value));
  if (mine !== asked) return;
  if (answer.status === 401) { location.assign("/login?fromURI=%2Fapp%2FUserHome"); return; }
  if (!answer.ok) return;
  const html = await answer.text();
  if (mine !== asked) return;
  const before = labels();
  const focused = document.activeElement?.closest("[data-app]")?.dataset.app;
  list.innerHTML = html;
  const after = labels();
  if (focused) list.querySelector(`[data-app="${CSS.escape(focused)}"] a`)?.focus();
  if (!announce) return;
  const added = [...after].filter(([id]) => !before.has(id));
  const removed = [...before].filter(([id]) => !after.has(id));
  for (const [id] of added) list.querySelector(`[data-app="${CSS.escape(id)}"]`).classList.add("arrived");
  const said = [...added.map(([, label]) => label + " was added."), ...removed.map(([, label]) => label + " was removed.")];
  if (said.length) news.textContent = said.join(" ");
}

search.addEventListener("input", () => refresh(false));
search.form.addEventListener("submit", (event) => { event.preventDefault(); refresh(false); });

const changes = new EventSource("/app/UserHome/changes");
// Also after a lost connection: what happened meanwhile is found by looking again.
changes.addEventListener("open", () => refresh(true));
changes.addEventListener("change", () => refresh(true));
