// The captured pictures of an item: hidden until they are asked for, one at a time; each is fetched when it is first shown.
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const all = () => [...document.querySelectorAll("#pictures .shots > li")];
  const here = () => all().findIndex((one) => !one.hidden); // -1: none is shown

  const show = (at) => {
    const list = all(), box = $("#pictures"), image = list[at]?.querySelector("img");
    list.forEach((one, number) => { one.hidden = number !== at; });
    if (image && !image.hasAttribute("src")) {
      image.addEventListener("load", () => image.scrollIntoView({ block: "nearest" }), { once: true });
      image.src = image.dataset.src;
    }
    for (const button of box.querySelectorAll("[data-when-shown]")) button.disabled = !image;
    $("#picture-place").textContent = image ? image.alt : box.dataset.none;
  };

  const zoom = () => {
    const image = all()[here()]?.querySelector("img"), large = $("#zoom img");
    if (!image) return;
    large.src = `${image.dataset.src}?zoomed=1`;
    large.alt = image.alt;
    $("#zoom").showModal();
  };

  const steps = {
    show: () => show(here() + 1 < all().length ? here() + 1 : -1),
    back: () => show(Math.max(here() - 1, 0)),
    on: () => show(Math.min(here() + 1, all().length - 1)),
    zoom,
    close: () => $("#zoom").close(),
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-picture]");
    if (button) steps[button.dataset.picture]();
  });
  document.addEventListener("error", (event) => {
    const box = event.target.closest?.("#pictures");
    if (box) window.dispatchEvent(new CustomEvent("wildtrade:say", { detail: box.dataset.failed }));
  }, true); // such an event does not bubble
})();
