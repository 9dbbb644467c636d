// What a page that waits for the extension says when nobody takes over.

const login = document.getElementById("login");
if (login?.dataset.state === "waiting") {
  // Who is there has taken over within two seconds; who comes later still may.
  setTimeout(() => {
    if (login.dataset.state === "waiting") login.dataset.state = "missing";
  }, 2000);
}
