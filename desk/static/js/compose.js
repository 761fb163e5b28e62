// Lets the entries of an edition be dragged. The buttons beside them do the same without a script.
"use strict";
(function () {
  const list = document.querySelector(".plan-list");
  const form = document.getElementById("order");
  if (!list || !form) return;
  let held = null;

  for (const li of list.querySelectorAll(".entries > li")) {
    li.draggable = true;
  }

  function clear() {
    for (const x of list.querySelectorAll(".before, .into")) x.classList.remove("before", "into");
  }

  function target(e) {
    const into = e.target.closest(".entries");
    return held && into ? { into, before: e.target.closest(".entries > li") } : null;
  }

  list.addEventListener("dragstart", (e) => {
    held = e.target.closest ? e.target.closest(".entries > li") : null;
    if (!held) return;
    held.classList.add("dragged");
    e.dataTransfer.effectAllowed = "move";
    e.dataTransfer.setData("text/plain", held.dataset.item);
  });
  list.addEventListener("dragend", () => {
    if (held) held.classList.remove("dragged");
    held = null;
    clear();
  });
  list.addEventListener("dragover", (e) => {
    const t = target(e);
    if (!t) return;
    e.preventDefault();
    clear();
    if (t.before && t.before !== held) t.before.classList.add("before");
    else t.into.classList.add("into");
  });
  list.addEventListener("drop", (e) => {
    const t = target(e);
    if (!t) return;
    e.preventDefault();
    clear();
    if (t.before === held) return;
    t.into.insertBefore(held, t.before);
    for (const into of list.querySelectorAll(".entries")) {
      for (const li of into.querySelectorAll(":scope > li")) {
        const field = document.createElement("input");
        field.type = "hidden";
        field.name = "order";
        field.value = li.dataset.item + ":" + into.dataset.section;
        form.append(field);
      }
    }
    form.submit();
  });
})();
