// What needs a script: asking before something is done that cannot be undone, and copying a password.
// Everything can be read, and every form be sent, without it.
"use strict";

document.addEventListener("submit", (event) => {
  const sentence = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (sentence && !window.confirm(sentence)) event.preventDefault();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  await navigator.clipboard.writeText(document.querySelector(button.dataset.copies).textContent.trim());
  button.textContent = button.dataset.done;
});

// What is under way is told by the server (server-sent events); when it is over, the whole page is another one.
document.querySelectorAll("[data-live]").forEach((part) => {
  const events = new EventSource(part.dataset.live);
  events.addEventListener("message", (event) => { part.innerHTML = event.data; });
  events.addEventListener("over", () => { events.close(); window.location.reload(); });
});

// On a phone the menu is wider than the screen: show where one is in it.
const menu = document.querySelector("nav ul");
const here = menu?.querySelector("[aria-current]");
if (here) menu.scrollLeft = here.offsetLeft - (menu.clientWidth - here.offsetWidth) / 2;

document.querySelectorAll("[data-checks]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => {
    const boxes = [...button.form.querySelectorAll(`input[type=checkbox][name="${button.dataset.checks}"]`)];
    const all = boxes.every((box) => box.checked);
    boxes.forEach((box) => { box.checked = !all; });
  });
});

// A table that is wider than the screen is scrolled with the arrow keys, so they must be able to reach it.
const widths = new ResizeObserver((seen) => seen.forEach(({ target }) => {
  if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
  else target.removeAttribute("tabindex");
}));
document.addEventListener("htmx:load", (event) => {
  event.target.querySelectorAll(".scrolls").forEach((each) => widths.observe(each));
});
