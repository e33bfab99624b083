// What may come a moment after the page: counts and facets.
(() => {
  "use strict";
  for (const place of document.querySelectorAll("[data-load]")) {
    const address = place.dataset.load;
    place.removeAttribute("data-load");
    place.setAttribute("aria-busy", "true");
    fetch(address, { credentials: "same-origin", headers: { "X-Part": "1" } })
      .then((response) => (response.ok ? response.text() : Promise.reject(response.status)))
      .then((text) => {
        const part = new DOMParser().parseFromString(text, "text/html").body.firstElementChild;
        if (part?.id === `${place.id}-there`) place.replaceChildren(part);
      })
      .catch(() => {}) // the link stays
      .finally(() => place.removeAttribute("aria-busy"));
  }
})();
