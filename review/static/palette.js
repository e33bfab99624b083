// Ctrl+K: everything that can be done on this page or reached from it, found by typing a part of its name.
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const palette = $("#palette"), words = $("#palette-words"), list = $("#palette-list"), found = $("#palette-found");
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  let choices = []; // [name, element]

  const collect = () => {
    const names = new Map();
    for (const element of document.querySelectorAll("#page [data-key], #page .menu a, #page .end a")) {
      const label = element.labels?.[0]?.innerText || element.ariaLabel || element.textContent;
      const name = label.replace(/\s+/g, " ").trim();
      if (name && !element.disabled) names.set(name, element);
    }
    choices = [...names];
  };

  const choose = (element) => {
    palette.close();
    if (element.matches("input, select, textarea, h2")) element.focus();
    else element.click();
  };

  const show = () => {
    const wanted = plain(words.value).split(" ").filter(Boolean);
    const fit = choices.filter(([name]) => wanted.every((word) => plain(name).includes(word)));
    list.replaceChildren(...fit.map(([name, element]) => {
      const row = document.createElement("li"), button = document.createElement("button");
      button.type = "button";
      button.textContent = name;
      button.addEventListener("click", () => choose(element));
      row.append(button);
      return row;
    }));
    found.textContent = fit.length ? "" : found.dataset.none;
  };

  words.addEventListener("input", show);
  palette.addEventListener("keydown", (event) => {
    const buttons = [...list.querySelectorAll("button")], here = buttons.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" && event.target === words) {
      event.preventDefault();
      buttons[0]?.click();
    } else if (step) {
      event.preventDefault();
      (buttons[here + step] ?? words).focus();
    }
  });

  document.addEventListener("keydown", (event) => {
    if (!event.ctrlKey || event.key !== "k" || $("dialog[open]")) return;
    event.preventDefault();
    words.value = "";
    collect();
    show();
    palette.showModal();
    words.focus();
  });
})();
