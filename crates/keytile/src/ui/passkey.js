// Makes a passkey, or signs in with one (WebAuthn level 3). A button says which, and where to ask:
// <button data-passkey="create|get" data-start="URL" data-finish="URL" aria-describedby="ID of the message">.
// Start answers {publicKey: …}; finish takes the credential as JSON and answers {location} or {message}.

/** @param {string} url @param {unknown} body @returns {Promise<any>} */
async function post(url, body) {
  const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json", accept: "application/json" }, body: JSON.stringify(body) });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok && said.location) location.assign(said.location);
  if (!answer.ok) throw new Error(said.message ?? "The server did not accept this. Reload the page and try again.");
  return said;
}

/** @param {HTMLElement} button */
async function ceremony(button) {
  const { passkey, start = "", finish = "" } = button.dataset;
  const api = /** @type {any} */ (window.PublicKeyCredential);
  if (!api?.parseRequestOptionsFromJSON) throw new Error("This browser cannot use passkeys. Update it, or use another one.");
  const name = /** @type {HTMLInputElement | null} */ (document.getElementById("passkey-name"))?.value;
  const { publicKey } = await post(start, { name });
  const credential = passkey === "create"
    ? await navigator.credentials.create({ publicKey: api.parseCreationOptionsFromJSON(publicKey) })
    : await navigator.credentials.get({ publicKey: api.parseRequestOptionsFromJSON(publicKey) });
  const { location: next } = await post(finish, /** @type {any} */ (credential).toJSON());
  location.assign(next);
}

/** @param {unknown} problem */
function words(problem) {
  if (!(problem instanceof Error)) return String(problem);
  if (problem.name === "NotAllowedError") return "No passkey was used: the request was cancelled or timed out. You can try again.";
  if (problem.name === "InvalidStateError") return "This device already holds a passkey for this person.";
  if (problem.name === "SecurityError") return "Passkeys work only at the address that Keytile is set up for, over https.";
  return problem.message;
}

for (const found of document.querySelectorAll("[data-passkey]")) {
  const button = /** @type {HTMLElement} */ (found);
  button.addEventListener("click", async () => {
    const message = document.getElementById(button.getAttribute("aria-describedby") ?? "");
    if (message) message.hidden = true;
    button.setAttribute("aria-busy", "true");
    try {
      await ceremony(button);
    } catch (problem) {
      const line = message?.querySelector("p") ?? message;
      if (line) line.textContent = words(problem);
      if (message) message.hidden = false;
      button.removeAttribute("aria-busy");
    }
  });
}
