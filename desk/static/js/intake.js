/* Writing: what the gates say is asked for again after a pause, without leaving the page. Nothing is saved by it. */
(function () {
  "use strict";
  var form = document.querySelector("form[data-write]");
  if (!form || !window.fetch || !window.FormData) return;
  var timer = 0, turn = 0, changed = false;

  function ask() {
    var mine = ++turn, data = new FormData(form);
    ["pictures", "files"].forEach(function (name) { data.delete(name); });
    data.set("act", "check");
    if (!String(data.get("title")).trim() || !String(data.get("body")).trim() || !data.get("kind")) return;
    fetch(form.action, { method: "POST", body: data, credentials: "same-origin" }).then(function (res) {
      return res.ok ? res.text() : "";
    }).then(function (text) {
      if (!text || mine !== turn) return;
      var fresh = new DOMParser().parseFromString(text, "text/html").getElementById("checked");
      var old = document.getElementById("checked");
      if (!fresh || !old || old.contains(document.activeElement)) return;
      var top = old.scrollTop;
      fresh = document.importNode(fresh, true);
      old.replaceWith(fresh);
      fresh.scrollTop = top;
      var said = document.getElementById("check-said"), verdict = fresh.querySelector(".check-verdict");
      if (said && verdict && said.textContent !== verdict.textContent) said.textContent = verdict.textContent;
    }).catch(function () {});
  }

  form.addEventListener("input", function () {
    changed = true;
    clearTimeout(timer);
    timer = setTimeout(ask, 1500);
  });
  form.addEventListener("submit", function () { changed = false; });
  window.addEventListener("beforeunload", function (e) {
    if (!changed) return;
    e.preventDefault();
    e.returnValue = "";
  });
})();
