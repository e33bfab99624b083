// The review page by keyboard. Single keys never fire while a person types, and can be switched off.
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const typing = (element) => element.matches?.("input, select, textarea, [contenteditable]");
  const busy = () => $(".htmx-request") !== null; // a second key must not decide an item nobody has seen

  const keysOn = $("#keys-on");
  keysOn.checked = localStorage.getItem("keys") !== "off";
  keysOn.addEventListener("change", () => localStorage.setItem("keys", keysOn.checked ? "on" : "off"));

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey || event.ctrlKey || event.isComposing || event.repeat || $("dialog[open]")) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (!keysOn.checked || $("[data-no-keys]") || busy()) return;
    if (event.key === "Enter" && event.target.matches("a, button")) return;
    const target = $(`[data-key="${CSS.escape(event.key)}"]`);
    if (!target) return;
    event.preventDefault();
    if (typing(target)) target.focus();
    else target.click();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) $("#keys").showModal();
    // The second click of a double click would land on the next item.
    if (event.detail > 1 && event.target.closest(".dock")) { event.preventDefault(); event.stopPropagation(); }
  }, true);

  // What is typed stays in this tab until it is stored.
  let sent = null;
  const draftOf = (form) => `draft ${new URL(form.action).pathname}`;
  document.addEventListener("input", (event) => {
    if (event.target.id === "note") sessionStorage.setItem(draftOf(event.target.form), event.target.value);
  });
  document.addEventListener("submit", (event) => {
    sent = event.target.id === "decision" ? draftOf(event.target) : null;
  }, true);

  const arrived = () => {
    const address = new URL(location.href);
    if (address.searchParams.has("stored") && sent) sessionStorage.removeItem(sent);
    sent = null;
    // A message is for now; going back in history must not repeat it.
    for (const name of ["stored", "undone"]) address.searchParams.delete(name);
    history.replaceState(history.state, "", address);
    const note = $("#note");
    if (note && !note.value) note.value = sessionStorage.getItem(draftOf(note.form)) ?? "";
  };

  const say = (text) => {
    const box = document.createElement("div");
    box.className = "notice warning";
    box.textContent = text;
    $("#notice").replaceChildren(box);
    $("#live").textContent = text;
  };

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.responseText.includes('id="page"')) return;
    event.detail.shouldSwap = false;
    say(event.detail.xhr.responseText.slice(0, 300) || "That did not work; nothing was changed.");
  });
  document.addEventListener("htmx:sendError", () => say("The server does not answer; nothing was stored. Is it running?"));

  // After a swap the heading has the focus, and a polite message says where we are.
  document.addEventListener("htmx:afterSettle", () => {
    arrived();
    $("main h1")?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
    $("#live").textContent = [$("#notice")?.innerText, $("#place")?.innerText].filter(Boolean).join(" ");
  });
  arrived();
})();
