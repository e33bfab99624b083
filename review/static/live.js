// Keeps the figures of a running crawl up to date. Where events are not to be had, the page still shows the last state.
(() => {
  "use strict";
  const box = document.querySelector("[data-events]");
  if (!box) return;
  const events = new EventSource(box.dataset.events);
  const leave = () => events.close();
  const show = (figures) => {
    for (const place of box.querySelectorAll("[data-figure]")) {
      const value = figures[place.dataset.figure];
      const text = place.getAttribute(`data-word-${value}`) ?? String(value ?? "");
      if (place.textContent !== text) place.textContent = text;
    }
  };
  events.addEventListener("message", (event) => {
    if (!box.isConnected) leave(); // the person went to another page
    else show(JSON.parse(event.data));
  });
  events.addEventListener("end", () => {
    leave();
    document.querySelector("#live").textContent = box.querySelector("[data-figure=state]").textContent;
  });
  addEventListener("pagehide", leave, { once: true });
})();
