/* Life without a connection: registers the service worker, keeps the own plan as text, and keeps answers that could
   not be sent until they can be, each with a key by which the server takes it once. Without this file every page works
   as long as there is a connection. Forms that may be sent later carry data-queue. */
(() => {
  "use strict";

  const place = document.getElementById("offline");
  if (!place) return;
  const { owner, language, kept, photo, sent, refused, waiting } = place.dataset;
  const MINE = "qadam-mine-";
  const SAVED_PLAN = "/plan/saved/";
  const HOUR = 36e5;

  /* What belongs to somebody else who was signed in here goes first. */
  async function tidy() {
    if (!("caches" in window)) return;
    for (const name of await caches.keys()) {
      if (name.startsWith(MINE) && name !== MINE + owner) await caches.delete(name);
    }
    if (!owner) indexedDB.deleteDatabase("qadam");
    await (await caches.open("qadam-settings")).put("/language", new Response(language));
  }

  /* The plan as text, at most once an hour. */
  async function savePlan(isNow) {
    if (!owner || !("caches" in window) || !navigator.onLine) return;
    const cache = await caches.open(MINE + owner);
    const saved = await cache.match(SAVED_PLAN);
    if (!isNow && saved && Date.now() - Date.parse(saved.headers.get("Date")) < HOUR) return;
    const answer = await fetch(SAVED_PLAN, { credentials: "same-origin" });
    if (answer.ok && !answer.redirected) await cache.put(SAVED_PLAN, answer);
  }

  /* The answers that wait. */
  function openStore(mode, act) {
    return new Promise((resolve, reject) => {
      const opening = indexedDB.open("qadam", 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore("answers", { keyPath: "slot" });
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const database = opening.result;
        const transaction = database.transaction("answers", mode);
        const asked = act(transaction.objectStore("answers"));
        transaction.oncomplete = () => { database.close(); resolve(asked.result); };
        transaction.onerror = () => { database.close(); reject(transaction.error); };
      };
    });
  }

  const readAnswers = async () =>
    (await openStore("readonly", (store) => store.getAll()))
      .filter((answer) => answer.owner === owner)
      .sort((one, other) => one.at - other.at);

  function tell(text) {
    if (!text) return;
    const list = document.getElementById("messages") || place;
    const line = document.createElement("p");
    line.className = "message message-info";
    line.textContent = text;
    list.replaceChildren(line);
    place.hidden = list !== place;
    const region = document.getElementById("announcements");
    if (region) region.textContent = text;
  }

  /* A newer answer to the same question takes the place of the older one. */
  async function keep(form, key) {
    const data = new FormData(form, form.qadamButton);
    const files = [...data].filter(([, value]) => value instanceof File);
    if (files.some(([, file]) => file.size)) return tell(photo);
    for (const [name] of files) data.delete(name);
    const fields = new URLSearchParams(data);
    fields.delete("csrfmiddlewaretoken");
    fields.delete("idempotency_key");
    const path = new URL(form.getAttribute("hx-post") || form.action, location.href).pathname;
    const names = [...new Set(fields.keys())].sort().join(",");
    const answer = { slot: [owner, path, names].join("|"), owner, path, key, body: fields.toString(), at: Date.now() };
    await openStore("readwrite", (store) => store.put(answer));
    form.classList.add("is-kept");
    tell(kept);
  }

  const makeKey = () =>
    [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  function readToken() {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    const field = document.querySelector("[name=csrfmiddlewaretoken]");
    return cookie ? cookie[1] : field ? field.value : "";
  }

  /* true: taken or refused for good, and done with; false: try again another time. */
  async function send(answer) {
    const headers = {
      "Content-Type": "application/x-www-form-urlencoded",
      "X-CSRFToken": readToken(),
      "Idempotency-Key": answer.key,
    };
    const response = await fetch(answer.path, { method: "POST", headers, body: answer.body, credentials: "same-origin" });
    const path = new URL(response.url).pathname;
    if (path.startsWith("/sign-in/") || [401, 403, 408, 429].includes(response.status) || response.status >= 500) return false;
    if (!response.ok) tell(refused);
    return true;
  }

  async function flush() {
    if (!owner || !navigator.onLine) return;
    let count = 0;
    for (const answer of await readAnswers()) {
      let isDone = false;
      try { isDone = await send(answer); } catch { /* still no connection */ }
      if (!isDone) break;
      await openStore("readwrite", (store) => store.delete(answer.slot));
      count += 1;
    }
    if (!count) return;
    await savePlan(true).catch(() => {});
    tell(sent);
    place.dispatchEvent(new CustomEvent("qadam:sent", { bubbles: true }));
    const isWriting = [...document.querySelectorAll("textarea, input[type=text]")].some((field) => field.value !== field.defaultValue);
    if (!isWriting) location.reload();
  }

  const flushAlone = () =>
    navigator.locks ? navigator.locks.request("qadam-queue", { ifAvailable: true }, (lock) => lock && flush()) : flush();

  if (owner && "indexedDB" in window) {
    document.addEventListener("htmx:configRequest", (event) => {
      const form = event.target.closest("form[data-queue]");
      if (!form) return;
      form.qadamKey = makeKey();
      form.qadamButton = event.detail.triggeringEvent?.submitter;
      event.detail.headers["Idempotency-Key"] = form.qadamKey;
    });
    /* Before ui.js says that there is no connection: here it does no harm. */
    document.addEventListener("htmx:sendError", (event) => {
      const form = event.target.closest("form[data-queue]");
      if (!form) return;
      event.stopPropagation();
      keep(form, form.qadamKey).catch(() => {});
    }, true);
    document.addEventListener("submit", (event) => {
      const form = event.target;
      if (!form.matches("form[data-queue]") || (form.hasAttribute("hx-post") && window.htmx)) return;
      form.qadamButton = event.submitter;
      if (!navigator.onLine) {
        event.preventDefault();
        keep(form, makeKey()).catch(() => {});
        return;
      }
      const field = form.querySelector("[name=idempotency_key]") || document.createElement("input");
      Object.assign(field, { type: "hidden", name: "idempotency_key", value: field.value || makeKey() });
      form.append(field);
    });
    window.addEventListener("online", () => flushAlone());
    window.addEventListener("load", () => {
      flushAlone();
      readAnswers().then((answers) => { if (answers.length && !navigator.onLine) tell(waiting); }, () => {});
    });
  }

  /* "Put it on the home screen", where the browser offers it. */
  let offer = null;
  window.addEventListener("beforeinstallprompt", (event) => {
    const button = document.querySelector("[data-install]");
    if (!button) return;
    event.preventDefault();
    offer = event;
    button.hidden = false;
  });
  document.addEventListener("click", (event) => {
    if (offer && event.target.closest("[data-install]")) offer.prompt();
  });

  window.addEventListener("load", () => {
    tidy().catch(() => {});
    if (!("serviceWorker" in navigator)) return;
    navigator.serviceWorker.register("/sw.js").catch(() => {});
    const save = () => savePlan(false).catch(() => {});
    if (["/today/", "/plan/"].includes(location.pathname)) (window.requestIdleCallback || window.setTimeout)(save);
  });
})();
