/* What HTML alone can't do: the side panel, copying, menus that close, and saying what went wrong.
   Every page works without this file. */
(() => {
  "use strict";

  const region = () => document.getElementById("announcements");

  function announce(text) {
    const place = region();
    place.textContent = "";
    window.setTimeout(() => { place.textContent = text; }, 50);
  }

  function warn(text) {
    const list = document.getElementById("messages");
    if (!list) return announce(text);
    const line = document.createElement("p");
    line.className = "message message-warning";
    line.textContent = text;
    list.replaceChildren(line);
    line.scrollIntoView({ block: "nearest" });
  }

  /* Side panel: <a href="…" data-panel> loads the page's partial beside the list. */
  let opener = null;

  function openPanel(link) {
    const panel = document.getElementById("panel");
    opener = link;
    window.htmx
      .ajax("GET", link.href, { target: "#panel-body", swap: "innerHTML" })
      .then(() => {
        if (!panel.open) panel.showModal();
        panel.scrollTop = 0;
      });
  }

  document.addEventListener("click", (event) => {
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    const link = event.target.closest("a[data-panel]");
    if (link && isPlain && window.htmx && window.innerWidth >= 900) {
      event.preventDefault();
      openPanel(link);
      return;
    }
    if (event.target.id === "panel") event.target.close();
    const copier = event.target.closest("[data-copy]");
    if (copier) {
      navigator.clipboard.writeText(copier.dataset.copy).then(() => announce(region().dataset.copied));
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  document.addEventListener("close", (event) => {
    if (event.target.id === "panel" && opener) opener.focus();
  }, true);

  /* A filter that applies itself; without script its form has a button. */
  document.addEventListener("change", (event) => {
    const field = event.target.closest("[data-submit-on-change]");
    if (field) field.form.requestSubmit();
  });

  /* A refusal of the server arrives as a page; show its sentence where the person is. */
  document.addEventListener("htmx:responseError", (event) => {
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    const refusal = page.querySelector(".refusal-message");
    warn(refusal ? refusal.textContent.trim() : region().dataset.failed);
  });
  document.addEventListener("htmx:sendError", () => warn(region().dataset.offline));

  /* A swap that replaced the page's heart is told to those who can't see it. */
  document.addEventListener("htmx:load", (event) => {
    const part = event.detail.elt;
    if (part === document.body) return;
    const told = part.matches?.("[data-announce]") ? part : part.querySelector?.("[data-announce]");
    if (told) announce(told.dataset.announce);
  });
})();
