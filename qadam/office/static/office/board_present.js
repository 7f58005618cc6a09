/* A presentation by keys: arrows, Page Up and Down, Space, Home and End; a button for the full screen. */
(() => {
  "use strict";

  const slides = [...document.querySelectorAll(".slide")];
  const dots = [...document.querySelectorAll(".present-dots a")];
  const full = document.querySelector("[data-full]");
  let here = Math.max(slides.findIndex((each) => `#${each.id}` === location.hash), 0);

  function show(place) {
    here = Math.min(Math.max(place, 0), slides.length - 1);
    slides[here].scrollIntoView({ block: "start" });
    slides[here].focus({ preventScroll: true });
    mark();
  }

  function mark() {
    dots.forEach((dot, place) => {
      if (place === here) dot.setAttribute("aria-current", "true");
      else dot.removeAttribute("aria-current");
    });
    history.replaceState(null, "", `#${slides[here].id}`);
  }

  const steps = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === " " && event.target.closest("a, button")) return;
    if (event.key in steps) show(here + (event.shiftKey && event.key === " " ? -1 : steps[event.key]));
    else if (event.key === "Home") show(0);
    else if (event.key === "End") show(slides.length - 1);
    else return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#slide-']");
    if (!link) return;
    event.preventDefault();
    show(slides.findIndex((each) => `#${each.id}` === link.getAttribute("href")));
  });

  new IntersectionObserver((entries) => {
    const seen = entries.find((entry) => entry.isIntersecting);
    if (!seen) return;
    here = slides.indexOf(seen.target);
    mark();
  }, { threshold: 0.6 }).observe(slides[0]);

  if (full && document.fullscreenEnabled) {
    full.hidden = false;
    full.addEventListener("click", () => {
      if (document.fullscreenElement) document.exitFullscreen();
      else document.documentElement.requestFullscreen();
    });
  }
  mark();
})();
