// When a certificate's address is opened while its server is away, the page that needs no server answers in its place.
"use strict";

const STORE = "kompetensi-cek";
const PAGE = "luring"; // beside this file
const A_DAY = 86400000;

async function keep() {
  await (await caches.open(STORE)).add(new Request(PAGE, { cache: "reload" }));
}

async function renew() {
  const kept = await (await caches.open(STORE)).match(PAGE);
  if (!kept || Date.now() - new Date(kept.headers.get("Date") || 0) > A_DAY) await keep();
}

async function answer(request) {
  const kept = async () => (await caches.open(STORE)).match(PAGE);
  try {
    const response = await fetch(request);
    // What stands in front of the server may be alive while the server is not.
    return response.status >= 502 && response.status <= 504 ? (await kept()) || response : response;
  } catch (problem) {
    const page = await kept();
    if (page) return page;
    throw problem;
  }
}

self.addEventListener("install", (event) => { self.skipWaiting(); event.waitUntil(keep()); });
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate" || event.request.method !== "GET") return;
  event.respondWith(answer(event.request));
  event.waitUntil(renew().catch(() => {}));
});
