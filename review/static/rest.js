// Proposes a break after a time of work without one, or after many graphic items. It is only said; work goes on.
(() => {
  "use strict";
  const PAUSE = 5 * 60_000, AGAIN = 10 * 60_000, GRAPHIC = 200;
  const told = () => document.querySelector("#page").dataset; // how this person wants it
  const atWork = () => document.querySelector(".dock") !== null;
  const read = () => JSON.parse(localStorage.getItem("work") ?? "{}"); // since, last, next: times; graphic: a number
  const keep = (work) => localStorage.setItem("work", JSON.stringify(work));

  const worked = () => {
    const after = Number(told().breakAfter) * 60_000;
    if (!after || !atWork()) return;
    const now = Date.now(), before = read();
    const rested = !before.last || now - before.last > PAUSE;
    const work = rested ? { since: now, next: now + after, graphic: 0 } : before;
    work.last = now;
    if (now >= work.next || work.graphic >= GRAPHIC) {
      work.next = now + AGAIN;
      work.graphic = 0;
      window.dispatchEvent(new CustomEvent("wildtrade:say", { detail: told().breakWords }));
    }
    keep(work);
  };
  for (const name of ["keydown", "pointerdown"]) document.addEventListener(name, worked, { passive: true });
  document.addEventListener("submit", (event) => {
    if (event.target.elements?.sensitivity?.value !== "graphic") return;
    const work = read();
    keep({ ...work, graphic: (work.graphic ?? 0) + 1 });
  }, true);
})();
