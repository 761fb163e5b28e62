// The matrix: an item beside its list on a wide screen, and keys. Both are told on /keys; everything can be done without them.
(function () {
  "use strict";
  const said = document.getElementById("said");
  const drawer = document.getElementById("drawer");
  const wide = window.matchMedia("(min-width: 1100px)");
  let from = null; // what the keyboard was on before the drawer opened
  let asked = 0;

  function word(name) {
    return (said && said.dataset[name]) || "";
  }

  function button(text, act) {
    const b = document.createElement("button");
    b.type = "button";
    b.textContent = text;
    b.addEventListener("click", act);
    return b;
  }

  function head(url) {
    const bar = document.createElement("p");
    bar.className = "drawer-bar";
    const whole = document.createElement("a");
    whole.href = url;
    whole.textContent = word("open");
    bar.append(whole, button(word("close"), shut));
    return bar;
  }

  function mark(row) {
    document.querySelectorAll("tr[aria-current]").forEach((x) => x.removeAttribute("aria-current"));
    if (row) row.setAttribute("aria-current", "true");
  }

  function shut() {
    asked++;
    if (!drawer || drawer.hidden) return;
    drawer.hidden = true;
    drawer.replaceChildren();
    document.querySelector(".with-drawer").classList.remove("open");
    const row = document.querySelector("tr[aria-current]");
    mark(null);
    const link = from && document.contains(from) ? from : row && row.querySelector(".title");
    if (link) link.focus({ preventScroll: true });
  }

  // The drawer shows what the item's own page has in its main part. Ids are left out: the page around has its own.
  async function show(link) {
    const url = link.href;
    const mine = ++asked;
    from = link;
    drawer.hidden = false;
    document.querySelector(".with-drawer").classList.add("open");
    const waits = document.createElement("p");
    waits.className = "dim";
    waits.textContent = word("wait");
    drawer.replaceChildren(head(url), waits);
    mark(link.closest("tr"));
    try {
      const r = await fetch(url, { cache: "no-store" });
      if (!r.ok || new URL(r.url).pathname !== new URL(url).pathname) throw new Error(String(r.status));
      const doc = new DOMParser().parseFromString(await r.text(), "text/html");
      if (mine !== asked) return; // another one was chosen meanwhile
      const main = doc.querySelector("main");
      main.querySelectorAll("#said, #stale, .crumb, script").forEach((x) => x.remove());
      const part = document.createElement("div");
      part.className = "drawer-main";
      part.append(...Array.from(main.childNodes));
      part.querySelectorAll("[data-live], [data-push]").forEach((x) => {
        x.removeAttribute("data-live");
        x.removeAttribute("data-push");
      });
      part.querySelectorAll("h1").forEach((h) => {
        const h2 = document.createElement("h2");
        h2.append(...Array.from(h.childNodes));
        h.replaceWith(h2);
      });
      rename(part);
      drawer.replaceChildren(head(url), part);
      drawer.focus({ preventScroll: true });
      drawer.scrollTop = 0;
    } catch (e) {
      location.href = url;
    }
  }

  // Ids of the item's page get a mark of the drawer, and what points to them too.
  function rename(part) {
    part.querySelectorAll("[id]").forEach((x) => {
      x.id = "drawer-" + x.id;
    });
    for (const name of ["for", "aria-labelledby", "aria-describedby", "aria-controls", "list"]) {
      part.querySelectorAll("[" + name + "]").forEach((x) => {
        const ids = x.getAttribute(name).split(/\s+/).map((id) => "drawer-" + id);
        x.setAttribute(name, ids.join(" "));
      });
    }
    part.querySelectorAll('a[href^="#"]').forEach((x) => x.setAttribute("href", "#drawer-" + x.getAttribute("href").slice(1)));
  }

  document.addEventListener("click", (e) => {
    const link = e.target.closest("tr[data-row] a.title");
    if (!link || !drawer || !wide.matches || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    e.preventDefault();
    show(link);
  });

  // Keys.
  const off = /(?:^|; )keys=off(?:;|$)/.test(document.cookie);
  const places = { t: "/", c: "/calendar", m: "/matrix", e: "/editions" };
  let going = 0;

  function move(step) {
    const rows = Array.from(document.querySelectorAll("tr[data-row]"));
    if (!rows.length) return;
    const now = rows.findIndex((x) => x.classList.contains("at") || x.contains(document.activeElement));
    const next = rows[Math.max(0, Math.min(rows.length - 1, now < 0 ? 0 : now + step))];
    rows.forEach((x) => x.classList.remove("at"));
    next.classList.add("at");
    next.querySelector(".title").focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }

  function typing(x) {
    return x && (/^(INPUT|TEXTAREA|SELECT)$/.test(x.tagName) || x.isContentEditable);
  }

  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && drawer && !drawer.hidden) return shut();
    if (off || e.ctrlKey || e.metaKey || e.altKey || e.isComposing || typing(e.target)) return;
    if (going && Date.now() - going < 1500 && places[e.key]) {
      going = 0;
      e.preventDefault();
      location.href = places[e.key];
      return;
    }
    going = 0;
    const search = document.querySelector('form[role="search"] input[type="search"]');
    if (e.key === "/" && search) {
      e.preventDefault();
      search.focus();
      search.select();
    } else if (e.key === "j") move(1);
    else if (e.key === "k") move(-1);
    else if (e.key === "g") going = Date.now();
    else if (e.key === "?") location.href = "/keys";
  });
})();
