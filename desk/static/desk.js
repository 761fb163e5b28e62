// Swaps the live parts of the page for newer ones, while someone is looking. The page is whole without it.
"use strict";
(function () {
  const pause = 5000;
  const patience = 10000;
  const stale = document.getElementById("stale");
  let tag = "";
  let timer = 0;
  let busy = false;

  // What the keyboard is on must survive the swap.
  function place() {
    const a = document.activeElement;
    const part = a && a.closest("[data-live]");
    if (!part || !a.getAttribute("href")) return null;
    const same = [...part.querySelectorAll("a")].filter((x) => x.getAttribute("href") === a.getAttribute("href"));
    return { live: part.dataset.live, href: a.getAttribute("href"), nth: same.indexOf(a) };
  }

  function back(p) {
    if (!p) return;
    const part = document.querySelector('[data-live="' + p.live + '"]');
    const same = [...part.querySelectorAll("a")].filter((x) => x.getAttribute("href") === p.href);
    if (same[p.nth]) same[p.nth].focus({ preventScroll: true });
  }

  function selecting() {
    const s = window.getSelection();
    return s && !s.isCollapsed;
  }

  async function look() {
    const headers = tag ? { "If-None-Match": tag } : {};
    const giveUp = new AbortController();
    setTimeout(() => giveUp.abort(), patience);
    const r = await fetch(location.href, { headers, cache: "no-store", signal: giveUp.signal });
    if (r.status === 304) return;
    if (!r.ok) throw new Error(String(r.status));
    const doc = new DOMParser().parseFromString(await r.text(), "text/html");
    if (selecting()) return; // someone is copying a title: next time
    const was = place();
    for (const now of doc.querySelectorAll("[data-live]")) {
      const old = document.querySelector('[data-live="' + now.dataset.live + '"]');
      if (old && old.innerHTML !== now.innerHTML) old.replaceChildren(...now.childNodes);
    }
    const clock = doc.querySelector(".clock");
    if (clock) document.querySelector(".clock").replaceChildren(...clock.childNodes);
    back(was);
    tag = r.headers.get("ETag") || "";
  }

  async function turn() {
    if (document.hidden || busy) return;
    busy = true;
    try {
      await look();
      stale.hidden = true;
    } catch {
      stale.hidden = false;
    }
    busy = false;
  }

  function start() {
    clearInterval(timer);
    if (document.hidden) return;
    turn();
    timer = setInterval(turn, pause);
  }

  document.addEventListener("visibilitychange", start);
  timer = setInterval(turn, pause);
})();
