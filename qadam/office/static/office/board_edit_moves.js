/* Moving cards and stages of the map's draft: with Alt and an arrow, or by a handle. Both send the form #map-move;
   the ⋯ menu does the same with one pointer and no dragging. */
(() => {
  "use strict";

  const [THRESHOLD, EDGE, STEP] = [4, 48, 16];
  const mover = () => document.getElementById("map-move");
  let drag = null;

  function send(at, to, before) {
    for (const [name, value] of Object.entries({ at, to, before })) mover().elements[name].value = value || "";
    mover().requestSubmit();
  }

  const cardsOf = (list) => [...list.querySelectorAll("[data-card]")];
  const kindOf = ({ dataset }) => (dataset.list === "everywhere" ? "cases" : dataset.list.split("/").pop());

  /* ── Alt and an arrow ── */
  function moveStage(stop, key) {
    const heads = [...document.querySelectorAll(".edit-board thead [data-col]")];
    const place = heads.indexOf(stop.closest("[data-col]"));
    const to = { ArrowLeft: place - 1, ArrowRight: place + 2 }[key];
    if (to === undefined || to < 0 || to > heads.length) return;
    send(stop.dataset.stop, "", heads[to]?.dataset.card);
  }

  function moveCard(stop, key) {
    const list = stop.closest("[data-list]");
    const cards = cardsOf(list);
    const place = cards.indexOf(stop.closest("[data-card]"));
    const goal = { ArrowUp: place - 1, ArrowDown: place + 2 }[key];
    if (goal >= 0 && goal <= cards.length) send(stop.dataset.stop, list.dataset.list, cards[goal]?.dataset.card);
    if (goal !== undefined) return;
    const column = Number(stop.closest("[data-col]")?.dataset.col) + { ArrowLeft: -1, ArrowRight: 1 }[key];
    const there = stop.closest("tr")?.querySelector(`[data-col="${column}"] [data-list]`);
    if (there) send(stop.dataset.stop, there.dataset.list, "");
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drag) return stopDragging();
    const stop = event.target.closest?.("#map-edit [data-movable]");
    if (!stop || !event.altKey || !event.key.startsWith("Arrow") || !mover()) return;
    event.preventDefault();
    if (stop.closest("thead")) moveStage(stop, event.key);
    else if (stop.closest("[data-list]")) moveCard(stop, event.key);
  });

  /* ── By the handle ── */
  document.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest?.("#map-edit [data-handle]");
    if (!handle || event.button !== 0) return;
    event.preventDefault();
    const stop = handle.parentElement.querySelector("[data-movable]");
    drag = { stop, line: document.createElement("div"), x: event.clientX, y: event.clientY, isOn: false, to: null };
    drag.line.className = "drop-line";
    handle.setPointerCapture(event.pointerId);
  });

  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (!drag.isOn && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < THRESHOLD) return;
    drag.isOn = true;
    drag.stop.parentElement.classList.add("is-dragged");
    scrollNear(event);
    const under = document.elementFromPoint(event.clientX, event.clientY);
    drag.to = drag.stop.closest("thead") ? stageUnder(under, event.clientX) : listUnder(under, event.clientY);
    if (!drag.to) drag.line.remove();
  });

  function stageUnder(under, x) {
    const column = under?.closest?.(".edit-board [data-col]")?.dataset.col;
    const head = column && document.querySelector(`.edit-board thead [data-col="${column}"]`);
    if (!head) return null;
    const isBefore = x < head.getBoundingClientRect().left + head.offsetWidth / 2;
    drag.line.className = `drop-line is-upright${isBefore ? "" : " is-after"}`;
    head.append(drag.line);
    return { list: "", before: (isBefore ? head : head.nextElementSibling)?.dataset.card };
  }

  function listUnder(under, y) {
    const own = drag.stop.closest("[data-list]");
    const holder = under?.closest?.("td[data-col], [data-list]");
    const list = holder?.matches("[data-list]") ? holder : holder?.querySelector("[data-list]");
    if (!own || !list || kindOf(list) !== kindOf(own)) return null;
    const others = cardsOf(list).filter((card) => !card.contains(drag.stop));
    const next = others.find((card) => y < card.getBoundingClientRect().top + card.offsetHeight / 2);
    if (next || !others.length) list.insertBefore(drag.line, next || list.firstChild);
    else others[others.length - 1].after(drag.line);
    return { list: list.dataset.list, before: next?.dataset.card };
  }

  function scrollNear({ clientX, clientY }) {
    const frame = document.querySelector(".edit-frame");
    const box = frame.getBoundingClientRect();
    const aside = clientX > box.right - EDGE ? STEP : clientX < box.left + EDGE ? -STEP : 0;
    const down = clientY > Math.min(box.bottom, window.innerHeight) - EDGE ? STEP : clientY < EDGE ? -STEP : 0;
    frame.scrollBy(aside, down);
    window.scrollBy(0, down);
  }

  document.addEventListener("pointerup", () => {
    const { stop, isOn, to } = drag || {};
    stopDragging();
    if (isOn && to) send(stop.dataset.stop, to.list, to.before);
  });
  document.addEventListener("pointercancel", stopDragging);

  function stopDragging() {
    if (!drag) return;
    drag.line.remove();
    drag.stop.parentElement.classList.remove("is-dragged");
    drag = null;
  }
})();
