// Small comforts on top of pages that work without script.
"use strict";

// Paper cannot be unfolded: open every fold for printing, and close again those that were closed.
const unfolded = [];
window.addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("main details:not([open])")) {
    fold.open = true;
    unfolded.push(fold);
  }
});
window.addEventListener("afterprint", () => {
  for (const fold of unfolded.splice(0)) fold.open = false;
});

// Escape closes the menu of a narrow screen and gives the focus back to its button.
document.addEventListener("keydown", (event) => {
  const menu = document.querySelector(".k-burger[open]");
  if (event.key === "Escape" && menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A second click on a slow button does not send a form twice. A download leaves the page as it is, so the door opens again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  else if (form.method === "post") {
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 4000);
  }
});

// A page that shows how far something is draws itself anew every few seconds until it has ended. Who reads a part of it
// keeps the focus; a screen reader is told the count, politely, and nothing else.
const live = document.querySelector("[data-live]");
if (live) {
  const renew = async () => {
    let region = document.querySelector("[data-live]");
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const next = fresh.querySelector("[data-live]");
      if (!answer.ok || !next) return location.reload(); // ended, or the reader must sign in again
      const told = region.querySelector("[data-live-status]");
      const words = next.querySelector("[data-live-status]").textContent;
      if (!region.contains(document.activeElement) || document.activeElement === document.body) {
        const kept = told.cloneNode(true);
        region.replaceChildren(...next.childNodes);
        region.querySelector("[data-live-status]").replaceWith(kept);
        kept.textContent = words;
      } else {
        told.textContent = words;
        region.querySelector("progress").value = next.querySelector("progress").value;
        region.querySelector("h1").replaceWith(next.querySelector("h1"));
      }
    } catch {
      // The network is away for a moment; the next time will tell.
    }
    setTimeout(renew, 1000 * live.dataset.live);
  };
  setTimeout(renew, 1000 * live.dataset.live);
}
