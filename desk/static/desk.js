// Keeps a live page up to date while somebody looks at it, opens an item beside the matrix, and listens to a few keys. Every page is whole without it.
"use strict";

// Parts of a page are swapped for newer ones:
//   data-live="name"  a part that is taken from the page, read anew, when what it is about has changed
//   data-about="a,b"  what it is about: ids of items, list (new items), any (any item), hand (what needs a hand), alarms-… (other alarms than these); without it: any
//   data-every="3"    a part that is read anew every so many seconds: of something that is no item
//   data-push="strip" a part that the stream itself sends
//   data-row="id"     a row that the stream itself sends
(function () {
  const said = document.getElementById("said");
  const stale = document.getElementById("stale");
  if (!said || !document.querySelector("[data-live]")) return;

  const least = 6000; // between two readings of the page
  const spread = 6000; // so that two hundred browsers do not ask in the same second
  const slow = 120000; // one reading now and then, whatever the stream says
  const poll = 15000; // without a stream
  const patience = 10000;
  let seq = Number(said.dataset.seq) || 0;
  let stream = null;
  let subscribed = "";
  let failures = 0;
  let busy = false;
  let again = false;
  let timer = 0; // of the next reading
  let read = Date.now();
  let since = null; // what the stream sent while the page was read
  let polling = 0;
  let announced = 0;

  const all = (selector) => Array.from(document.querySelectorAll(selector));

  function interest() {
    const rows = new Set(all("[data-row]").map((x) => x.dataset.row));
    const on = new Set();
    for (const part of all("[data-live]")) {
      if (part.dataset.push) on.add(part.dataset.push);
      else for (const t of (part.dataset.about || "any").split(",")) on.add(t);
    }
    return "/live?rows=" + Array.from(rows).join(",") + "&on=" + encodeURIComponent(Array.from(on).join(","));
  }

  // What the keyboard is on must survive a swap.
  function place(part) {
    const a = document.activeElement;
    if (!a || !part.contains(a)) return null;
    const key = a.getAttribute("href") || a.getAttribute("name") || a.id;
    const same = Array.from(part.querySelectorAll(a.tagName)).filter((x) => (x.getAttribute("href") || x.getAttribute("name") || x.id) === key);
    return { tag: a.tagName, key, nth: same.indexOf(a) };
  }

  function back(part, p) {
    if (!p) return;
    const same = Array.from(part.querySelectorAll(p.tag)).filter((x) => (x.getAttribute("href") || x.getAttribute("name") || x.id) === p.key);
    if (same[p.nth]) same[p.nth].focus({ preventScroll: true });
  }

  function parse(html, selector) {
    return new DOMParser().parseFromString(html, "text/html").querySelector(selector);
  }

  function setRow(id, html) {
    const fresh = parse("<table><tbody>" + html + "</tbody></table>", "tr");
    if (!fresh) return;
    for (const old of all("[data-row]").filter((x) => x.dataset.row === id)) {
      const row = document.importNode(fresh, true);
      const title = row.querySelector(".title");
      if (row.classList.contains("hand") && !old.classList.contains("hand") && title) announce(said.dataset.hand + " " + title.textContent);
      if (row.classList.contains("hand") !== old.classList.contains("hand")) refresh(); // it stands in another group now
      if (old.classList.contains("at")) row.classList.add("at");
      if (old.hasAttribute("aria-current")) row.setAttribute("aria-current", "true");
      const p = place(old);
      old.replaceWith(row);
      back(row, p);
    }
  }

  function setPush(name, html) {
    for (const part of all("[data-push]").filter((x) => x.dataset.push === name)) {
      const fresh = parse("<div id=x>" + html + "</div>", "#x");
      const p = place(part);
      part.replaceChildren(...Array.from(fresh.childNodes));
      back(part, p);
    }
  }

  // Said aloud by a screen reader, now and then at most.
  function announce(text) {
    const now = Date.now();
    if (now - announced < 5000) return;
    announced = now;
    said.textContent = text;
  }

  function trouble(text) {
    stale.textContent = text || stale.dataset.text;
    stale.hidden = false;
  }
  stale.dataset.text = stale.textContent;

  // The page is read anew, and the parts that differ are swapped. What the stream sends meanwhile may be newer than what is read, so it is set again.
  async function look() {
    clearTimeout(timer);
    timer = 0;
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    since = [];
    const stop = new AbortController();
    const late = setTimeout(() => stop.abort(), patience);
    try {
      const r = await fetch(location.href, { cache: "no-store", signal: stop.signal });
      if (r.redirected && new URL(r.url).pathname !== location.pathname) return over();
      if (!r.ok || r.redirected) throw new Error(String(r.status)); // redirected: to the sign-in
      swap(new DOMParser().parseFromString(await r.text(), "text/html"));
      if (stream || polling) stale.hidden = true;
    } catch (e) {
      trouble();
      timer = setTimeout(look, poll);
    } finally {
      clearTimeout(late);
      const news = since;
      since = null;
      for (const n of news) n();
      read = Date.now();
      busy = false;
    }
    if (stream && interest() !== subscribed) open();
    if (again) {
      again = false;
      refresh();
    }
  }

  function swap(doc) {
    const fresh = doc.getElementById("said");
    for (const part of doc.querySelectorAll("[data-live]")) {
      const old = all("[data-live]").find((x) => x.dataset.live === part.dataset.live);
      if (!old || old.isEqualNode(part) || inUse(old)) continue;
      const p = place(old);
      const at = old.querySelector(".at[data-row]");
      unfold(old, part);
      if (old.isEqualNode(part)) continue;
      old.replaceChildren(...Array.from(part.childNodes));
      if (part.dataset.about !== undefined) old.dataset.about = part.dataset.about;
      const same = at && Array.from(old.querySelectorAll("[data-row]")).find((x) => x.dataset.row === at.dataset.row);
      if (same) same.classList.add("at");
      back(old, p);
    }
    const clock = doc.querySelector(".clock");
    if (clock) document.querySelector(".clock").replaceChildren(...Array.from(clock.childNodes));
    if (fresh) seq = Math.max(seq, Number(fresh.dataset.seq) || 0);
  }

  // What was unfolded stays so, also where something new stands before it.
  function unfold(old, part) {
    const folds = Array.from(part.querySelectorAll("details"));
    for (const d of old.querySelectorAll("details[open]")) {
      const same = folds.find((f) => f.parentElement.textContent === d.parentElement.textContent) || folds.find((f) => f.textContent === d.textContent);
      if (same) same.open = true;
    }
  }

  // Somebody is typing there, or copying words: it can wait.
  function inUse(part) {
    const s = window.getSelection();
    const a = document.activeElement;
    const typing = a && part.contains(a) && /^(INPUT|TEXTAREA|SELECT)$/.test(a.tagName);
    return typing || (s && !s.isCollapsed && part.contains(s.anchorNode));
  }

  // The page is read anew soon, and not more often than now and then. On a later page of a list only a word says that it has changed.
  function refresh() {
    if (timer || document.hidden) return;
    const rest = Math.max(0, read + least - Date.now());
    timer = setTimeout(look, rest + Math.random() * spread);
  }

  function touched(topics) {
    const concerned = all("[data-live]").some((part) => !part.dataset.push && (part.dataset.about || "any").split(",").some((t) => topics.includes(t)));
    if (concerned) refresh();
  }

  function on(name, act) {
    stream.addEventListener(name, (e) => {
      if (e.target !== stream) return;
      const data = JSON.parse(e.data);
      if (e.lastEventId) seq = Number(e.lastEventId) || seq;
      act(data);
      if (since && (name === "rows" || name === "strip")) since.push(() => act(data));
    });
  }

  function open() {
    close();
    subscribed = interest();
    stream = new EventSource(subscribed + "&since=" + seq);
    on("hello", () => {
      failures = 0;
      unpoll();
      stale.hidden = true;
    });
    on("rows", (rows) => {
      const names = Object.keys(rows);
      for (const id of names) setRow(id, rows[id]);
      announce(said.dataset.rows + names.length);
    });
    on("strip", (html) => setPush("strip", html));
    on("touch", touched);
    on("all", () => {
      read = 0;
      refresh();
    });
    on("tick", (text) => {
      const t = document.querySelector(".clock time");
      if (t && t.textContent !== text) t.textContent = text;
      if (Date.now() - read > slow) refresh();
    });
    on("full", () => {
      close();
      announce(said.dataset.poll);
      repoll();
    });
    on("gone", over);
    stream.onerror = () => {
      failures++;
      trouble();
      if (failures < 4 && stream && stream.readyState === EventSource.CONNECTING) return; // the browser tries again by itself
      close();
      repoll();
    };
  }

  function close() {
    if (stream) stream.close();
    stream = null;
  }

  // Without a stream the page asks now and then, and tries the stream again after a while.
  function repoll() {
    if (polling) return;
    let turns = 0;
    polling = setInterval(() => {
      if (document.hidden) return;
      if (++turns % 4 === 0) open();
      else look();
    }, poll + Math.random() * 3000);
  }

  function unpoll() {
    clearInterval(polling);
    polling = 0;
  }

  // Who reads has been signed out.
  function over() {
    close();
    unpoll();
    clearTimeout(timer);
    trouble(said.dataset.gone);
    document.removeEventListener("visibilitychange", seen);
  }

  // A browser has six lines to a host: a tab that nobody looks at gives its own back, and asks for what it missed when it is looked at again.
  function seen() {
    if (document.hidden) {
      close();
      unpoll();
      clearTimeout(timer);
      timer = 0;
    } else {
      open();
      if (Date.now() - read > slow) refresh();
    }
  }

  document.addEventListener("visibilitychange", seen);
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (e) => {
    if (e.persisted) seen();
  });
  const every = all("[data-every]").map((x) => Number(x.dataset.every)).filter((n) => n > 0);
  if (every.length)
    setInterval(() => {
      if (!document.hidden && document.querySelector("[data-every]")) look();
    }, Math.min(...every) * 1000);
  if (!window.EventSource) repoll();
  else if (!document.hidden) open();
})();
