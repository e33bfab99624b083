// The review pages by keyboard. Single keys never fire while a person types, and can be switched off or moved.
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const typing = (element) => element.matches?.("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
  const busy = () => $(".htmx-request") !== null; // a second key must not decide an item nobody has seen

  const keysOn = $("#keys-on");
  keysOn.checked = localStorage.getItem("keys") !== "off";
  keysOn.addEventListener("change", () => localStorage.setItem("keys", keysOn.checked ? "on" : "off"));

  let going = 0; // until when a key after "g" names a page
  const targetOf = (key) => {
    const menu = going > Date.now();
    going = 0;
    if (menu) return $(`[data-go="${CSS.escape(key)}"]`);
    if (key === "g") going = Date.now() + 1500;
    return $(`[data-key="${CSS.escape(key)}"]`);
  };

  // In a list, the keys for next and previous go from row to row, and one ticks the row one is at.
  const inList = (key) => {
    const list = $("[data-rows]");
    if (!list) return null;
    const rows = [...list.children], here = rows.findIndex((row) => row.contains(document.activeElement));
    const { next, previous, select } = list.dataset;
    if (key === next) return rows[Math.min(here + 1, rows.length - 1)].querySelector("a");
    if (key === previous) return rows[Math.max(here - 1, 0)].querySelector("a");
    return key === select ? rows[Math.max(here, 0)].querySelector("input[type=checkbox]") : null;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey && event.key === "Enter" && $(".dock")) {
      event.preventDefault();
      $(".dock button, .dock a").focus();
      return;
    }
    if (event.altKey || event.metaKey || event.ctrlKey || event.isComposing || event.repeat || $("dialog[open]")) return;
    if (event.key === "Shift") return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (!keysOn.checked || $("[data-no-keys]") || busy()) return;
    if (event.key === "Enter" && event.target.matches("a, button, summary")) return;
    const row = inList(event.key), target = row ?? targetOf(event.key);
    if (!target) return;
    event.preventDefault();
    if (typing(target) || target.matches("h2") || row?.matches("a")) {
      target.focus();
      if (target.matches("h2")) target.scrollIntoView({ block: "start" });
    } else target.click();
  });

  const closeMenus = (but) => {
    for (const menu of document.querySelectorAll(".menu[open]")) if (menu !== but) menu.open = false;
  };
  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.(".menu[open]");
    if (event.key !== "Escape" || !menu) return;
    menu.querySelector("summary").focus();
    closeMenus();
  });

  document.addEventListener("click", (event) => {
    closeMenus(event.target.closest(".menu"));
    if (event.target.closest("[data-keys]")) $("#keys").showModal();
    const all = event.target.closest("[data-all]");
    if (all) {
      const boxes = [...document.querySelectorAll(`input[name="${all.dataset.all}"]`)];
      const tick = boxes.some((box) => !box.checked);
      for (const box of boxes) box.checked = tick;
    }
    // The second click of a double click would land on the next item.
    if (event.detail > 1 && event.target.closest(".dock")) { event.preventDefault(); event.stopPropagation(); }
  }, true);

  const forNow = () => {
    // A message is for now; going back in history must not repeat it.
    const address = new URL(location.href);
    for (const name of ["stored", "done"]) address.searchParams.delete(name);
    history.replaceState(history.state, "", address);
  };

  const say = (text) => {
    const box = document.createElement("div");
    box.className = "notice warning";
    box.textContent = text;
    $("#notice").replaceChildren(box);
    $("#live").textContent = text;
  };
  window.addEventListener("wildtrade:say", (event) => say(event.detail));

  const isPage = (event) => event.detail.target?.id === "page";
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isPage(event) || event.detail.xhr.responseText.includes('id="page"')) return;
    event.detail.shouldSwap = false;
    say(event.detail.xhr.responseText.slice(0, 300) || document.body.dataset.failed);
  });
  document.addEventListener("htmx:sendError", () => say(document.body.dataset.offline));

  // After a swap the heading has the focus, and a polite message says where we are.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt?.id !== "page" && !isPage(event)) return;
    window.dispatchEvent(new Event("wildtrade:arrived"));
    forNow();
    $("main h1")?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
    $("#live").textContent = [$("#notice")?.innerText, $("#place")?.innerText].filter(Boolean).join(" ");
  });
  addEventListener("DOMContentLoaded", forNow); // after every other script has read the address
})();
