/* The map's own handling: the width of its columns, the switcher of stages, and the order of focus. */
(() => {
  "use strict";

  /* On a phone what is chosen folds away until it is wanted. */
  const fold = document.querySelector("details[data-fold]");
  if (fold && window.matchMedia("(max-width: 639px)").matches) fold.open = false;

  const STEP = 24, USUAL = 264, NARROWEST = 232, WIDEST = 360;
  const table = document.querySelector("table.board");
  if (!table) return;
  const frame = table.closest(".board-frame");
  const group = table.querySelector("[data-column-width]");

  const headers = () => [...table.querySelectorAll("thead th")];
  const shown = () => headers()[0].getBoundingClientRect().width;
  const fits = (width) => Math.min(Math.max(width, NARROWEST), WIDEST);
  const onStep = (width) => fits(USUAL + Math.round((width - USUAL) / STEP) * STEP);

  function setWidth(width, isSaid) {
    table.classList.add("is-set");
    table.style.setProperty("--column", `${width}px`);
    document.cookie = `board_columns=${Math.round(width)};path=/;max-age=31536000;samesite=lax`;
    if (!group) return;
    const [narrower, wider] = group.querySelectorAll("button");
    narrower.disabled = width <= NARROWEST;
    wider.disabled = width >= WIDEST;
    if (isSaid) document.getElementById("announcements").textContent = group.dataset.said.replace("#", width);
  }

  if (group) {
    group.hidden = false;
    group.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) setWidth(fits(onStep(shown()) + Number(button.dataset.step)), true);
    });
  }

  /* Drag the edge of a column: all columns follow, in steps. */
  table.addEventListener("pointerdown", (event) => {
    const handle = event.target.closest("[data-column-handle]");
    if (!handle || event.button !== 0) return;
    event.preventDefault();
    const header = handle.closest("th");
    const count = headers().indexOf(header) + 1;
    const from = event.clientX, before = shown();
    handle.setPointerCapture(event.pointerId);
    table.classList.add("is-resizing");
    const move = (next) => setWidth(onStep(before + (next.clientX - from) / count), false);
    const stop = () => {
      handle.removeEventListener("pointermove", move);
      table.classList.remove("is-resizing");
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("pointerup", stop, { once: true });
    handle.addEventListener("pointercancel", stop, { once: true });
  });

  /* Focus goes down a column before it goes on to the next, as the map is read. */
  function order() {
    const places = [...table.querySelectorAll("a[href], button:not([disabled]), summary")];
    const place = (each) => {
      const cell = each.closest("th, td");
      return [cell.cellIndex, cell.parentElement.rowIndex];
    };
    return places
      .filter((each) => each.checkVisibility())
      .map((each, index) => ({ each, key: [...place(each), index] }))
      .sort((a, b) => a.key[0] - b.key[0] || a.key[1] - b.key[1] || a.key[2] - b.key[2])
      .map((item) => item.each);
  }

  table.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || event.altKey || event.ctrlKey || event.metaKey) return;
    const all = order();
    const next = all[all.indexOf(event.target) + (event.shiftKey ? -1 : 1)];
    if (!next || !all.includes(event.target)) return leave(event, all);
    event.preventDefault();
    next.focus();
  });

  /* At either end of the columns focus leaves the table, wherever that end stands in its rows. */
  function leave(event, all) {
    const every = [...document.querySelectorAll("a[href], button:not([disabled]), input, select, summary, [tabindex='0']")];
    const outside = every.filter((each) => each.checkVisibility() && (each === frame || !table.contains(each)));
    const after = (each) => frame.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_FOLLOWING;
    if (!all.includes(event.target)) return;
    const target = event.shiftKey
      ? outside.filter((each) => !after(each)).at(-1)
      : outside.find((each) => after(each) && each.type !== "hidden");
    if (!target) return;
    event.preventDefault();
    target.focus();
  }

  /* The switcher shows where the reader is, and scrolls only the map. */
  const links = [...document.querySelectorAll(".stage-path a[data-stage]")];
  const header = (key) => headers().find((each) => each.dataset.stage === key);

  document.querySelector(".stage-path")?.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-stage]");
    const target = link && header(link.dataset.stage);
    if (!target || !frame.checkVisibility()) return;
    event.preventDefault();
    frame.scrollTo({ left: target.offsetLeft - table.querySelector(".corner").offsetWidth });
  });

  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const link of links) {
        if (link.dataset.stage === entry.target.dataset.stage) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    }
  }, { root: frame, threshold: 0.6 });
  if (window.matchMedia("(min-width: 640px) and (max-width: 1023px)").matches) headers().forEach((each) => watcher.observe(each));
})();
