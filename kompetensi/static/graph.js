// Zooms and pans the drawn graph. Without this script the drawing scrolls, and the list beside it says the same.
(() => {
  "use strict";
  const region = document.getElementById("graf");
  const tools = document.getElementById("graf-alat");
  const drawing = region && region.querySelector("svg");
  if (!drawing || !tools) return;
  const [width, height] = ["width", "height"].map((name) => parseFloat(drawing.getAttribute(name)));
  const STEP = 1.25, SMALLEST = 0.2, LARGEST = 3;
  let scale = 1;

  const fit = () => {
    const style = getComputedStyle(region);
    const room = region.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    return Math.max(SMALLEST, Math.min(1, room / width));
  };
  // Keeps the middle of what is seen in the middle.
  const zoom = (wanted) => {
    const next = Math.max(SMALLEST, Math.min(LARGEST, wanted));
    const middle = (region.scrollLeft + region.clientWidth / 2) / scale;
    scale = next;
    drawing.setAttribute("width", width * scale);
    drawing.setAttribute("height", height * scale);
    region.scrollLeft = middle * scale - region.clientWidth / 2;
  };
  const act = { in: () => zoom(scale * STEP), out: () => zoom(scale / STEP), fit: () => zoom(fit()) };

  tools.hidden = false;
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("[data-zoom]");
    if (button) act[button.dataset.zoom]();
  });
  region.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const name = { "+": "in", "=": "in", "-": "out", "0": "fit" }[event.key];
    if (!name) return;
    event.preventDefault();
    act[name]();
  });
  region.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return; // a plain wheel scrolls the page
    event.preventDefault();
    zoom(scale * (event.deltaY < 0 ? STEP : 1 / STEP));
  }, { passive: false });

  let grip = null;
  region.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button === 0) grip = { x: event.clientX, y: event.clientY, moved: false };
  });
  region.addEventListener("pointermove", (event) => {
    if (!grip) return;
    const [dx, dy] = [event.clientX - grip.x, event.clientY - grip.y];
    if (!grip.moved && Math.hypot(dx, dy) < 5) return;
    if (!grip.moved) region.setPointerCapture(event.pointerId);
    region.scrollLeft -= dx;
    window.scrollBy(0, -dy);
    grip = { x: event.clientX, y: event.clientY, moved: true };
  });
  region.addEventListener("pointerup", () => { setTimeout(() => { grip = null; }); });
  region.addEventListener("click", (event) => { if (grip && grip.moved) event.preventDefault(); }, true);
  drawing.querySelectorAll("a").forEach((link) => { link.setAttribute("draggable", "false"); });

  // A drawing that is only a little too wide begins fitted; otherwise the node that is looked at begins in view.
  if (fit() >= 0.75) act.fit();
  const focus = document.getElementById("graf-fokus");
  if (focus) {
    const [box, frame] = [focus.getBoundingClientRect(), region.getBoundingClientRect()];
    region.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
  }
})();
