// Keeps the page that checks without a server at hand, for the day on which there is no network.
"use strict";

if ("serviceWorker" in navigator && window.isSecureContext) {
  navigator.serviceWorker.register(document.currentScript.dataset.worker).catch(() => {});
}
