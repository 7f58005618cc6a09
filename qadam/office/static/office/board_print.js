/* Fill each sheet: the largest type with which its content fits. Without this file the sheets have their usual type. */
(() => {
  "use strict";

  const LARGEST = 1.5, SMALLEST = 0.3, TRIES = 12;

  function fill(sheet) {
    const frame = sheet.querySelector(".sheet-fit"), body = sheet.querySelector(".sheet-body");
    const fits = (zoom) => {
      body.style.zoom = zoom;
      return body.getBoundingClientRect().height <= frame.clientHeight;
    };
    let low = SMALLEST, high = LARGEST;
    for (let turn = 0; turn < TRIES; turn += 1) {
      const middle = (low + high) / 2;
      if (fits(middle)) low = middle;
      else high = middle;
    }
    body.style.zoom = low;
  }

  document.querySelectorAll(".sheet").forEach(fill);
  const button = document.querySelector("[data-print]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => window.print());
})();
