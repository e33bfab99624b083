// A review pack: its items are in the page already; what is decided stays in this browser and in the file one saves.
(() => {
  "use strict";
  const $ = (selector) => document.querySelector(selector);
  const { pack, number, form: kind, manifest, signature } = document.body.dataset;
  const words = JSON.parse(document.body.dataset.words);
  const say = (name, about = {}) => words[name].replace(/%\((\w+)\)s/g, (_, hole) => about[hole]);
  const items = [...document.querySelectorAll("article")], form = $("#decision");
  const flags = items.map((item) => Number(item.dataset.flag));
  $("#unpack").remove();

  // What is kept: decisions by flag, in which order they were made, what is typed, and which of them (by its time) stands in a file.
  const KEY = `wildtrade-pack-${pack}`;
  const state = { decisions: {}, order: [], drafts: {}, filed: {}, at: 0 };
  let kept = true;
  try { Object.assign(state, JSON.parse(localStorage.getItem(KEY) ?? "{}")); } catch { kept = false; }
  const keep = () => {
    try { localStorage.setItem(KEY, JSON.stringify(state)); kept = true; } catch { kept = false; }
  };

  const notice = (text, warning = false) => {
    const box = document.createElement("div");
    box.className = warning ? "notice warning" : "notice";
    box.textContent = text;
    $("#notice").replaceChildren(box);
    $("#live").textContent = text;
  };

  const decided = () => flags.filter((flag) => state.decisions[flag]);
  const standing = () => decided().map((flag) => state.decisions[flag]);
  const isKnown = ({ action, label }) =>
    label ? $(`[data-label="${CSS.escape(label)}"]`) : ["escalate", "skip"].includes(action);
  const name = (one) => one.label ? $(`[data-label="${one.label}"]`).firstChild.data.trim() : say(one.action);
  const fill = (values) => {
    for (const field of form.elements) field.value = values[field.name] ?? "";
  };
  const typed = () => Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim()));
  const inNoFile = () => standing().filter((one) => state.filed[one.flag] !== one.at).length;

  const tell = () => {
    const open = inNoFile();
    $("#progress").textContent = say("done", { n: decided().length, total: items.length })
      + (open ? ` · ${say("unsaved", { n: open })}` : "");
  };

  const show = (at, focus = true) => {
    state.at = Math.max(0, Math.min(at, items.length - 1));
    items.forEach((item, here) => { item.hidden = here !== state.at; });
    const flag = flags[state.at], one = state.decisions[flag];
    fill(state.drafts[flag] ?? one ?? {});
    $("#mine").textContent = one ? say("decided", { decision: name(one) }) : "";
    const place = say("place", { n: state.at + 1, total: items.length });
    $("#place").textContent = place;
    $("#live").textContent = [$("#notice").textContent, place].join(" ");
    tell();
    keep();
    if (!focus) return;
    items[state.at].querySelector("h1").focus({ preventScroll: true });
    scrollTo(0, 0);
  };

  const onwards = () => {
    const after = flags.findIndex((flag, at) => at > state.at && !state.decisions[flag]);
    const first = flags.findIndex((flag) => !state.decisions[flag]);
    if (after < 0 && first < 0) {
      show(state.at);
      notice(say("finished"));
      $("[data-do=save]").focus();
    } else show(after < 0 ? first : after);
  };

  const decide = (action, label) => {
    const flag = flags[state.at];
    state.decisions[flag] = { flag, action, ...(label && { label }), at: new Date().toISOString(), ...typed() };
    state.order = [...state.order.filter((one) => one !== flag), flag];
    delete state.drafts[flag];
    $("#about").open = false;
    notice(say("decided", { decision: name(state.decisions[flag]) }));
    onwards();
  };

  const undo = () => {
    const flag = state.order.pop();
    if (flag === undefined) return notice(say("nothing"));
    state.drafts[flag] = state.decisions[flag];
    delete state.decisions[flag];
    notice(say("undone"));
    show(flags.indexOf(flag));
  };

  const save = () => {
    const now = new Date().toISOString(), decisions = standing();
    const text = JSON.stringify({ form: kind, manifest, signature, saved_at: now, decisions }, null, 1);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = `pack-${number}-decisions.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    for (const one of decisions) state.filed[one.flag] = one.at;
    keep();
    tell();
    notice(say("saved", { n: decisions.length }));
  };

  const load = async (file) => {
    let read = null;
    try { read = JSON.parse(await file.text()); } catch { /* told below */ }
    if (read?.form !== kind || read.manifest !== manifest || !Array.isArray(read.decisions)) return notice(say("other"), true);
    const mine = read.decisions.filter((one) => flags.includes(one?.flag) && typeof one.at === "string" && isKnown(one));
    for (const one of mine) {
      if (state.decisions[one.flag]?.at > one.at) continue; // what was decided here later stays
      state.decisions[one.flag] = one;
      state.filed[one.flag] = one.at;
      state.order = [...state.order.filter((flag) => flag !== one.flag), one.flag];
    }
    notice(say("loaded", { n: mine.length }));
    show(state.at, false);
  };

  const picture = (button) => {
    const image = document.createElement("img");
    image.src = button.dataset.picture;
    image.alt = button.dataset.alt;
    image.tabIndex = -1; // the focus stays where the button was
    button.replaceWith(image);
    image.focus();
  };

  const does = { undo, save, next: () => show(state.at + 1), previous: () => show(state.at - 1) };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || (event.detail > 1 && event.target.closest(".dock"))) return; // the second click of a double click
    if (button.dataset.picture) picture(button);
    else if (!items.length) return;
    else if (button.dataset.do) does[button.dataset.do]();
    else if (button.dataset.label) decide("decide", button.dataset.label);
    else if (button.dataset.action) decide(button.dataset.action);
  });
  form?.addEventListener("submit", (event) => event.preventDefault());
  form?.addEventListener("input", () => {
    state.drafts[flags[state.at]] = typed();
    keep();
  });
  $("#load").addEventListener("change", (event) => event.target.files[0] && load(event.target.files[0]));

  const look = () => {
    for (const how of ["blur", "grey"]) document.body.classList.toggle(how, $(`#${how}`).checked);
  };
  for (const how of ["blur", "grey"]) $(`#${how}`).addEventListener("change", look);
  look();

  const typing = (element) => element.matches?.("input:not([type=checkbox]), select, textarea");
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey || event.ctrlKey || event.isComposing || event.repeat) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (!$("#keys-on").checked || (event.key === "Enter" && event.target.matches("a, button, summary"))) return;
    const key = CSS.escape(event.key), target = $(`[data-key="${key}"], [data-spare="${key}"]`);
    if (!target) return;
    event.preventDefault();
    if (typing(target)) target.focus();
    else target.click();
  });
  addEventListener("beforeunload", (event) => {
    if (!kept && inNoFile()) event.preventDefault();
  });

  if (items.length) {
    $("#about").open = !decided().length;
    show(state.at, false);
    if (!kept) notice(say("unkept"), true);
  }
})();
