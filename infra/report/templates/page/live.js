// Asks now and then whether there is a newer page, and takes its content over: what is unfolded and where one is stay so.
(() => {
  const every = 1000 * Number(document.documentElement.dataset.every);
  const status = document.getElementById("live");
  const pause = document.getElementById("pause");
  let etag = "";
  let paused = false;
  const take = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    const open = [...document.querySelectorAll("details[open]")].map((one) => one.id);
    const at = document.activeElement && document.activeElement.id;
    for (const name of ["top", "main"]) {
      document.getElementById(name).replaceChildren(...fresh.getElementById(name).childNodes);
    }
    document.title = fresh.title;
    for (const id of open) {
      const one = document.getElementById(id);
      if (one) one.open = true;
    }
    const focused = at && document.getElementById(at);
    if (focused && document.activeElement !== focused) focused.focus({ preventScroll: true });
  };
  const look = async () => {
    if (paused || document.hidden) return;
    try {
      const answer = await fetch("/", { headers: etag ? { "If-None-Match": etag } : {}, cache: "no-store" });
      if (answer.status === 304) return;
      if (!answer.ok) throw new Error(answer.status);
      etag = answer.headers.get("ETag") || "";
      take(await answer.text());
      status.textContent = "Live. Updated at " + new Date().toLocaleTimeString() + ".";
    } catch {
      status.textContent = "The server does not answer: this is the page as it was last.";
    }
  };
  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    status.textContent = paused ? "Updates are paused." : "Live.";
    if (!paused) look();
  });
  setInterval(look, every);
})();
