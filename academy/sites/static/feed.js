// Murmur: appends further posts, ready-made by the server, whenever the end of the feed comes into sight.
"use strict";
const feed = document.getElementById("feed");
const end = document.getElementById("end");
let busy = false;

const watcher = new IntersectionObserver((entries) => { if (entries.some((e) => e.isIntersecting)) more(); }, { rootMargin: "400px" });

async function more() {
  if (busy) return;
  busy = true;
  feed.parentElement.setAttribute("aria-busy", "true");
  const last = feed.lastElementChild;
  const words = new URLSearchParams({ q: feed.dataset.query, cursor: last ? last.dataset.id : "" });
  const response = await fetch(`/more?${words}`);
  const before = feed.children.length;
  feed.insertAdjacentHTML("beforeend", (await response.text()).trim());
  busy = false;
  feed.parentElement.setAttribute("aria-busy", "false");
  watcher.unobserve(end);
  if (feed.children.length > before) watcher.observe(end); // watched anew, it fires again if it is still in sight
  else end.textContent = "You are all caught up.";
}

watcher.observe(end);
