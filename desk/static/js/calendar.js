// Drags what is still to go out to another day of the calendar. What follows is shown and asked on the next page; the form there does the same.
(function () {
  "use strict";
  let item = "";
  let over = null;

  function day(e) {
    return item && e.target.closest ? e.target.closest(".calendar [data-day]") : null;
  }

  function leave() {
    if (over) over.classList.remove("over");
    over = null;
  }

  document.addEventListener("dragstart", (e) => {
    const line = e.target.closest ? e.target.closest("[data-move]") : null;
    item = line ? line.dataset.move : "";
    if (!line) return;
    e.dataTransfer.effectAllowed = "move";
    e.dataTransfer.setData("text/plain", line.textContent.trim());
  });

  document.addEventListener("dragover", (e) => {
    const to = day(e);
    if (to !== over) leave();
    if (!to) return;
    e.preventDefault();
    over = to;
    over.classList.add("over");
  });

  document.addEventListener("drop", (e) => {
    const to = day(e);
    leave();
    if (!to) return;
    e.preventDefault();
    const q = new URLSearchParams({ check: "1", date: to.dataset.day, back: location.pathname + location.search });
    location.href = "/items/" + encodeURIComponent(item) + "/time?" + q;
  });

  document.addEventListener("dragend", () => {
    leave();
    item = "";
  });
})();
