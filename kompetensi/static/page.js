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
