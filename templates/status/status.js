// Keeps the status page true while it is open: fetches it anew every ten seconds, tells how long ago things were, and says by
// itself when the status has run out. Without this script the page is whole, only older.
"use strict";
(() => {
  const every = 10000;
  let skew = 0; // server's clock minus ours, in milliseconds

  const now = () => Date.now() + skew;
  const main = () => document.getElementById("main");

  function ago(ms) {
    const s = Math.round(Math.abs(ms) / 1000);
    const [n, unit] = s < 90 ? [s, "s"] : s < 5400 ? [Math.round(s / 60), "min"] : s < 129600 ? [Math.round(s / 3600), "h"] : [Math.round(s / 86400), "days"];
    return ms < 0 ? `in ${n} ${unit}` : `${n} ${unit} ago`;
  }

  function tick() {
    for (const t of document.querySelectorAll("dd > time, .more > time")) {
      const ms = now() - Date.parse(t.dateTime);
      const text = ms >= 0 && t.closest(".next") ? "due" : ago(ms);
      let note = t.nextElementSibling;
      if (!note || note.className !== "ago") {
        note = document.createElement("span");
        note.className = "ago";
        t.after(note);
      }
      if (note.textContent !== text) note.textContent = text;
    }
    if (runOut(main())) told();
  }

  // runOut makes a page whose time is up say so, in place of what was true before, and tells whether it has just done so.
  function runOut(page) {
    if (now() <= Date.parse(page.dataset.validUntil) || page.dataset.expired) return false;
    page.dataset.expired = "yes";
    page.dataset.state = "fail";
    page.querySelector(".word span").textContent = "Stopped";
    for (const late of page.querySelectorAll("[data-late]")) late.textContent = late.dataset.late;
    return true;
  }

  // told says in the title, and to those who hear the page, what state it is in.
  function told() {
    const word = main().querySelector(".word").textContent;
    document.title = word + " · " + document.title.replace(/^[^·]*· /, "");
    say(word + ": " + main().querySelector("h1").textContent);
  }

  function say(text) {
    const said = document.getElementById("said");
    if (said.textContent !== text) said.textContent = text;
  }

  async function renew() {
    try {
      const answer = await fetch(location.pathname, { cache: "no-store", signal: AbortSignal.timeout(every - 1000) });
      if (!answer.ok) return;
      const date = Date.parse(answer.headers.get("date") || "");
      if (!isNaN(date)) skew = Math.abs(date - Date.now()) < 2000 ? 0 : date - Date.now();
      const next = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = next.getElementById("main");
      if (!fresh) return;
      runOut(fresh); // the server may live while its worker does not
      const changed = fresh.dataset.state !== main().dataset.state;
      const focused = document.activeElement && document.activeElement.getAttribute("href");
      main().replaceWith(document.adoptNode(fresh));
      document.title = fresh.dataset.expired ? "Stopped · " + next.title.replace(/^[^·]*· /, "") : next.title;
      if (focused) [...main().querySelectorAll("a")].find((a) => a.getAttribute("href") === focused)?.focus({ preventScroll: true });
      if (changed) told();
    } catch {
      // The server is away: what stands here stays, and runs out by itself.
    }
  }

  async function step() {
    await renew();
    tick();
    setTimeout(step, every);
  }
  step();
  setInterval(tick, 1000);
})();
