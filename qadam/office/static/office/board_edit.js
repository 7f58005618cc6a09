/* The map's editor by keyboard: walking the grid, opening and closing a field's form, going on after saving.
   Without this file every link is a page and every form a plain form. */
(() => {
  "use strict";

  const body = () => document.getElementById("map-edit");
  if (!body()) return;

  const form = () => document.getElementById("edit-form");
  const slots = () => [...document.querySelectorAll("#map-edit .edit-slot")];
  const stops = () => [...document.querySelectorAll("#map-edit [data-stop]")].filter((each) => each.checkVisibility());
  const columnOf = (stop) => stop.closest("[data-col]")?.dataset.col;
  const menuOf = (stop) => stop.parentElement.querySelector("[data-menu]");
  let isDirty = false;
  let goOnAt = "";

  /* ── One stop of the grid is in the tab order, with its menu ── */
  function settle(current) {
    const chosen = stops().includes(current) ? current : stops().find((each) => !each.tabIndex) || stops()[0];
    for (const each of document.querySelectorAll("#map-edit [data-stop], #map-edit [data-menu]")) each.tabIndex = -1;
    if (!chosen) return;
    chosen.tabIndex = 0;
    if (menuOf(chosen)) menuOf(chosen).tabIndex = 0;
  }

  function goTo(stop) {
    settle(stop);
    stop?.focus();
  }

  function beside(stop, step) {
    const row = stop.closest("tr");
    const place = [...row.querySelectorAll(`[data-col="${columnOf(stop)}"] [data-stop]`)].indexOf(stop);
    const cells = [...row.querySelectorAll("[data-col]")].filter((each) => each.querySelector("[data-stop]"));
    const there = cells[cells.indexOf(stop.closest("[data-col]")) + step];
    const found = there?.checkVisibility() ? [...there.querySelectorAll("[data-stop]")] : [];
    return found[Math.min(place, found.length - 1)];
  }

  function next(stop, key, isFar) {
    const column = columnOf(stop);
    const along = stops().filter((each) => columnOf(each) === column);
    const inGrid = stops().filter((each) => columnOf(each));
    const place = along.indexOf(stop);
    if (isFar && !key.startsWith("Arrow")) return inGrid.at(key === "Home" ? 0 : -1);
    if (key === "ArrowUp") return along[place - 1];
    if (key === "ArrowDown") return along[place + 1];
    if (!column) return along[{ ArrowLeft: place - 1, ArrowRight: place + 1, Home: 0 }[key] ?? along.length - 1];
    if (key === "ArrowLeft" || key === "ArrowRight") return beside(stop, key === "ArrowLeft" ? -1 : 1);
    const row = inGrid.filter((each) => each.closest("tr") === stop.closest("tr"));
    return key === "Home" ? row[0] : row.find((each) => columnOf(each) === columnOf(row.at(-1)));
  }

  /* ── Forms ── */
  function close(focusId) {
    const from = slots().find((slot) => slot.firstElementChild)?.dataset.from;
    for (const slot of slots()) slot.replaceChildren();
    isDirty = false;
    goOnAt = "";
    goTo(document.getElementById(focusId || from || ""));
  }

  function after(place) {
    const stop = stops().find((each) => each.dataset.stop === place);
    if (!stop) return "";
    const following = columnOf(stop) ? beside(stop, 1) : null;
    return (following || stops()[stops().indexOf(stop) + 1] || stop).id;
  }

  function fieldsOf(holder) {
    const all = [...holder.querySelectorAll("textarea, select, summary, button, input:not([type=hidden])")];
    return all.filter((each) => !each.closest(".edit-form-head") && !each.disabled && each.checkVisibility());
  }

  function save(event, isGoingOn) {
    event.preventDefault();
    goOnAt = isGoingOn ? after(form().dataset.place) : "";
    if (isGoingOn && !isDirty) close(goOnAt);
    else form().requestSubmit(form().querySelector("[data-save]"));
  }

  function inForm(event) {
    const isField = form()?.contains(event.target);
    if (event.key === "Escape") {
      event.preventDefault();
      close();
    } else if (isField && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      save(event, false);
    } else if (isField && event.key === "Tab" && !event.shiftKey && fieldsOf(form()).pop() === event.target) {
      save(event, true);
    }
  }

  function onGrid(event) {
    const stop = event.target.closest("[data-stop]");
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && event.code === "KeyZ") {
      event.preventDefault();
      document.getElementById(event.shiftKey ? "map-redo" : "map-undo")?.click();
    } else if (!stop || event.altKey) {
      return;
    } else if (event.key === "F2") {
      event.preventDefault();
      stop.click();
    } else if (event.key === "Delete") {
      const menu = menuOf(stop);
      const path = menu ? menu.getAttribute("hx-get") : stop.getAttribute("hx-get")?.replace("/cell/", "/menu/");
      if (!path || stop.closest(".is-add")) return;
      event.preventDefault();
      open(stop, `${path}&do=remove`, menu);
    } else if (/^(Arrow|Home|End)/.test(event.key) && !event.shiftKey) {
      event.preventDefault();
      goTo(next(stop, event.key, isCommand));
    }
  }

  function open(stop, path, menu) {
    const slot = document.querySelector((menu || stop).getAttribute("hx-target"));
    if (!slot || !isFree()) return;
    slot.dataset.from = stop.id;
    window.htmx.ajax("GET", path, { target: slot, swap: "innerHTML show:none" });
  }

  /* What was begun is neither lost nor silently saved when something else is opened. */
  function isFree() {
    if (!isDirty || !form()) {
      slots().forEach((slot) => slot.replaceChildren());
      return true;
    }
    document.getElementById("announcements").textContent = body().dataset.unsaved;
    fieldsOf(form())[0]?.focus();
    return false;
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || !body()?.contains(event.target)) return;
    (event.target.closest(".edit-slot") ? inForm : onGrid)(event);
  });

  document.addEventListener("focusin", (event) => {
    if (event.target.matches?.("#map-edit [data-stop]")) settle(event.target);
  });

  document.addEventListener("input", (event) => {
    if (form()?.contains(event.target)) isDirty = true;
  });

  document.addEventListener("click", (event) => {
    const goal = document.getElementById(event.target.closest("[data-goto]")?.dataset.goto || "");
    if (goal?.checkVisibility()) {
      event.preventDefault();
      goTo(goal);
    } else if (event.target.closest("#map-edit .edit-slot [data-cancel]")) {
      event.preventDefault();
      close();
    } else if (event.target.closest("[data-take]")) isDirty = false;
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    const opener = event.detail.elt.closest?.("[data-stop], [data-menu]");
    if (!opener || !body().contains(opener)) return;
    if (!isFree()) return event.preventDefault();
    event.detail.target.dataset.from = opener.parentElement.querySelector("[data-stop]").id;
  });

  document.addEventListener("htmx:afterSettle", (event) => {
    const { target, elt } = event.detail;
    const isSlot = target === elt && target.matches(".edit-slot");
    if (isSlot && !target.firstElementChild) {
      close(goOnAt || target.dataset.from);
    } else if (elt?.id === "map-edit") {
      settle();
      close(document.getElementById(goOnAt) ? goOnAt : body().dataset.focus);
    } else if (isSlot) {
      goOnAt = "";
      target.scrollIntoView({ block: "nearest" });
      if (!target.contains(document.activeElement)) {
        (target.querySelector("[autofocus]") || fieldsOf(target)[0])?.focus();
      }
    }
  });

  window.addEventListener("beforeunload", (event) => isDirty && form() && event.preventDefault());

  settle(document.getElementById(location.hash.slice(1)));
})();
