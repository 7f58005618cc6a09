/* The journey editor's keyboard: arrows walk from step to step, Alt and arrows move a step. Works without it, too. */
(() => {
  "use strict";

  const STEPS = "#flow [data-flow]";

  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    const menu = event.target.closest(".flow-menu[open]");
    if (menu) return walk(event, [...menu.querySelectorAll("summary, button")]);
    const step = event.target.closest(".flow-row");
    if (!step || !event.target.closest("#flow")) return;
    if (event.altKey) {
      const button = step.querySelector(`[data-move="${event.key === "ArrowUp" ? "up" : "down"}"]`);
      event.preventDefault();
      if (button && !button.disabled) button.click();
    } else if (event.target.matches(STEPS)) {
      walk(event, [...document.querySelectorAll(STEPS)]);
    }
  });

  function walk(event, stops) {
    const place = stops.indexOf(event.target.closest("summary, button, a"));
    const next = stops[place + (event.key === "ArrowDown" ? 1 : -1)];
    if (place < 0 || !next) return;
    event.preventDefault();
    next.focus();
  }
})();
