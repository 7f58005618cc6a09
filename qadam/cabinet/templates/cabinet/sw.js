/* The cabinet's service worker. Files of the look: first what is kept, by version. Pages: first the network; without
   one the own plan as text, else a page that says so. No page is kept here except that plan, which the page's own
   script puts into a cache of whoever is signed in, and which goes at sign-out. */
"use strict";

const { version, shell, languages } = {% autoescape off %}{{ constants }}{% endautoescape %};
const STATIC = `qadam-static-${version}`;
const MINE = "qadam-mine-";
const SETTINGS = "qadam-settings";
const SAVED_PLAN = "/plan/saved/";
const SHOW_PLAN = ["/", "/today/", "/plan/", SAVED_PLAN];
const HASHED = /\.[0-9a-f]{12}\.[a-z0-9]+$/;
const KEPT_DAYS = 30;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(STATIC).then((cache) => cache.addAll(shell)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("qadam-static-") && name !== STATIC) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const request = event.request;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method === "POST" && url.pathname === "/sign-out/") event.waitUntil(forgetMine());
  if (request.method !== "GET") return;
  if (url.pathname.startsWith("/static/")) event.respondWith(readStatic(request, url));
  else if (request.mode === "navigate") event.respondWith(readPage(request, url));
});

async function readStatic(request, url) {
  const isHashed = HASHED.test(url.pathname);
  const kept = isHashed ? await caches.match(request) : undefined;
  if (kept) return kept;
  try {
    const answer = await fetch(request);
    if (answer.ok && isHashed) await (await caches.open(STATIC)).put(request, answer.clone());
    return answer;
  } catch (error) {
    const found = await caches.match(request);
    if (found) return found;
    throw error;
  }
}

async function readPage(request, url) {
  try {
    return await fetch(request);
  } catch {
    const saved = SHOW_PLAN.includes(url.pathname) ? await readSavedPlan() : undefined;
    return saved || (await caches.match(`/offline/${await readLanguage()}/`)) || Response.error();
  }
}

async function readSavedPlan() {
  for (const name of await caches.keys()) {
    if (!name.startsWith(MINE)) continue;
    const saved = await (await caches.open(name)).match(SAVED_PLAN);
    const age = saved ? Date.now() - Date.parse(saved.headers.get("Date")) : 0;
    if (saved && !(age > KEPT_DAYS * 864e5)) return saved;
  }
  return undefined;
}

async function readLanguage() {
  const kept = await (await caches.open(SETTINGS)).match("/language");
  const language = kept ? await kept.text() : "";
  return languages.includes(language) ? language : languages[0];
}

async function forgetMine() {
  for (const name of await caches.keys()) {
    if (name.startsWith(MINE)) await caches.delete(name);
  }
  indexedDB.deleteDatabase("qadam");
}
