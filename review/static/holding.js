// Holding an item: the time that is left, and what is typed, kept in this tab at once and on the server every 5 seconds.
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const SAVE = 5000, RENEW = 30000, SOON = 120;
  let held = null; // { item, number, until, saved, renewed, warned }
  let sent = null; // draft of the form that is on its way
  let saving = null; // stops the request that is keeping draft or hold

  const draftOf = (form) => `draft ${new URL(form.action).pathname}`;
  const fieldsOf = (form) => [...new FormData(form)].filter(([name]) => !["csrf", "assessment_id", "also", "skip_reason"].includes(name));
  const say = (text) => window.dispatchEvent(new CustomEvent("wildtrade:say", { detail: text }));
  const lease = () => $("#lease");

  const post = (address, fields, signal) => fetch(address, {
    method: "POST",
    signal,
    headers: { "HX-Request": "true", ...JSON.parse($("#page").getAttribute("hx-headers") ?? "{}") },
    body: new URLSearchParams(fields),
  });

  // A decision ends the hold: what would keep it must neither overtake the decision nor come after it.
  const working = () => held !== null && $("#page .htmx-request:not(#taxon)") === null;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target.id === "page") saving?.abort();
  });

  const still = async (address, fields) => {
    if (!working()) return;
    const mine = held;
    saving = new AbortController();
    let response, answer;
    try { // stopped, or no answer: tried again with the next change
      response = await post(held.item + address, fields, saving.signal);
      answer = response.status === 401 ? {} : await response.json();
    } catch { return; }
    if (held !== mine) return;
    if (response.status === 401) { say(lease().dataset.out); held = null; return; }
    if (response.status === 409) { say(answer.lost); lose(); return; }
    if (!response.ok) return;
    mine.until = Date.now() + answer.left * 1000;
    mine.warned = false;
    if (fields.length) $("#kept").textContent = lease().dataset.kept;
  };

  const lose = () => {
    held = null;
    for (const button of document.querySelectorAll(".dock button[name=label]")) button.disabled = true;
    $("#clock").textContent = "0:00";
  };

  const tick = () => {
    if (!held || !lease()) return;
    const left = Math.max(0, Math.round((held.until - Date.now()) / 1000));
    $("#clock").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    if (left <= SOON && held.warned === false) { held.warned = "soon"; say(lease().dataset.soon); }
    if (left === 0 && held.warned !== "over") { held.warned = "over"; say(lease().dataset.over); }
  };
  setInterval(tick, 1000);

  const save = () => {
    const form = $("#decision");
    if (!form || !working()) return;
    const fields = fieldsOf(form), now = JSON.stringify(fields);
    if (now === held.saved) return;
    held.saved = now;
    held.renewed = Date.now();
    still("/draft", fields);
  };
  setInterval(save, SAVE);

  const active = () => {
    if (!working() || Date.now() - held.renewed < RENEW) return;
    held.renewed = Date.now();
    still("/keep", []);
  };
  for (const name of ["keydown", "pointerdown", "wheel"]) document.addEventListener(name, active, { passive: true });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-extend]")) still("/keep", []);
  });

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.id === "decision") sessionStorage.setItem(draftOf(form), JSON.stringify(fieldsOf(form)));
  });
  document.addEventListener("submit", (event) => {
    sent = event.target.id === "decision" ? draftOf(event.target) : null;
  }, true);

  const release = () => {
    if (!held) return;
    const form = new FormData();
    form.set("number", held.number);
    form.set("csrf", $("input[name=csrf]")?.value ?? "");
    navigator.sendBeacon(`${held.item}/release`, form);
    held = null;
  };
  addEventListener("pagehide", release);

  const restore = (form) => {
    const kept = sessionStorage.getItem(draftOf(form));
    if (!kept) return;
    for (const [name, value] of JSON.parse(kept)) {
      const field = form.elements[name];
      if (field && "value" in field) field.value = value;
    }
  };

  const arrived = () => {
    const stored = new URL(location.href).searchParams;
    if (sent && (stored.has("stored") || stored.has("done"))) sessionStorage.removeItem(sent);
    sent = null;
    if (held && held.item !== lease()?.dataset.item && !$(".dock")) release();
    const here = lease(), form = $("#decision");
    held = null;
    if (!here || !form) return;
    held = {
      item: here.dataset.item, number: here.dataset.hold, until: Date.now() + here.dataset.left * 1000,
      saved: JSON.stringify(fieldsOf(form)), renewed: Date.now(), warned: false,
    };
    restore(form);
    tick();
  };
  window.addEventListener("wildtrade:arrived", arrived);
  arrived();
})();
