// Keys for the review page. Single letters never fire while a person types, and can be switched off.
(() => {
  "use strict";
  const typing = (element) => element.matches("input, select, textarea, [contenteditable]");
  const press = (key) => {
    const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!target) return false;
    target.click();
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey || event.ctrlKey || event.isComposing) return;
    if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
    if (typing(event.target) || localStorage.getItem("keys") === "off") return;
    if (press(event.key)) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const toggle = event.target.closest("[data-toggle-keys]");
    if (!toggle) return;
    localStorage.setItem("keys", localStorage.getItem("keys") === "off" ? "on" : "off");
    show();
  });
  const show = () => {
    for (const toggle of document.querySelectorAll("[data-toggle-keys]")) {
      toggle.textContent = localStorage.getItem("keys") === "off" ? "Turn single-letter keys on" : "Turn single-letter keys off";
    }
  };
  // After a swap the new heading gets the focus, so that keyboard and screen reader go on from there.
  document.addEventListener("htmx:afterSettle", () => {
    show();
    document.querySelector("main h1")?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  });
  // Leaving a form half filled must not lose a note.
  document.addEventListener("htmx:responseError", (event) => {
    const place = document.getElementById("notice");
    if (place) place.textContent = event.detail.xhr.responseText.slice(0, 300) || "That did not work; nothing was changed.";
  });
  show();
})();
