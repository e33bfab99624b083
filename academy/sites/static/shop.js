// Lantern: draws a grid without end, or one product, from data. No library, no build.
"use strict";
const state = window.__STATE__;
const app = document.getElementById("app");

function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== null));
  return node;
}

function priceTag(item) {
  const now = element("span", { class: "now" }, item.price ? item.price.label : "Price on request");
  const was = item.wasPrice ? element("del", {}, item.wasPrice.label) : null;
  return element("p", { class: "price" }, now, was);
}

function cardOf(item) {
  return element("a", { class: "card", href: item.url },
    element("img", { src: item.image, alt: "", loading: "lazy", width: 240, height: 180 }),
    element("h3", {}, item.title), priceTag(item), element("p", { class: "place" }, item.place));
}

function showGrid(query) {
  const grid = element("div", { class: "grid" });
  const end = element("p", { class: "end" }, "Loading…");
  const known = query && query !== "*";
  app.replaceChildren(element("h1", {}, known ? `“${query}”` : "Fresh finds"), grid, end);
  let cursor = "";
  let busy = false;
  const watcher = new IntersectionObserver((entries) => { if (entries.some((e) => e.isIntersecting)) more(); }, { rootMargin: "300px" });
  async function more() {
    if (busy) return;
    busy = true;
    app.setAttribute("aria-busy", "true");
    const response = await fetch(`/api/items?${new URLSearchParams({ q: query, cursor })}`);
    const batch = await response.json();
    grid.append(...batch.items.map(cardOf));
    cursor = batch.next;
    busy = false;
    app.setAttribute("aria-busy", "false");
    watcher.unobserve(end);
    if (cursor) watcher.observe(end); // watched anew, it fires again if it is still in sight
    else end.textContent = grid.children.length ? "That is everything." : "Nothing found.";
  }
  watcher.observe(end);
}

function showProduct({ product, related }) {
  document.title = `${product.title} · Lantern`;
  const facts = element("div", { class: "facts" }, element("h1", {}, product.title), priceTag(product),
    product.availability === "available" ? null : element("p", { class: "flag" }, product.availability),
    element("p", { class: "text" }, product.description),
    element("p", { class: "place" }, `${product.place} · ${product.createdAt.slice(0, 10)}`),
    element("p", { class: "seller" }, product.seller.name, element("small", {}, ` on Lantern since ${product.seller.memberSince}`)),
    element("button", {}, "Add to cart"));
  const pictures = element("div", { class: "pictures" }, ...product.images.map((src) => element("img", { src, alt: "" })));
  app.replaceChildren(element("p", { class: "crumbs" }, `Shop / ${product.categoryName}`),
    element("div", { class: "product" }, pictures, facts),
    element("h2", {}, "You may also like"), element("div", { class: "grid" }, ...related.map(cardOf)));
}

if (state.view === "grid") showGrid(state.query);
else showProduct(state);
