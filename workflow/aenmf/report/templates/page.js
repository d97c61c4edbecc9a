"use strict";
// Tables that sort, verdicts that filter, figures that open, and everything shown on paper.

const order = new Intl.Collator("en", { numeric: true });

function sortTable(table, column, direction) {
  const body = table.tBodies[0];
  const rows = [...body.rows].map((row, place) => {
    const cell = row.cells[column];
    const key = cell.dataset.key;
    return { row, place, key: key === undefined ? null : Number(key), text: cell.textContent.trim() };
  });
  const numeric = table.tHead.rows[0].cells[column].classList.contains("number");
  const empty = (item) => (numeric ? item.key === null : item.text === "");
  rows.sort((a, b) => {
    if (empty(a) !== empty(b)) return empty(a) ? 1 : -1; // what is missing stays at the end
    const difference = numeric ? a.key - b.key : order.compare(a.text, b.text);
    return direction * difference || a.place - b.place;
  });
  body.append(...rows.map((item) => item.row));
}

for (const table of document.querySelectorAll("table[data-sortable]")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = head.querySelector("button.sort");
    if (!button) return;
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      sortTable(table, column, down ? -1 : 1);
    });
  });
}

// On a phone every row of a wide table is a card; its cells name their columns.
for (const table of document.querySelectorAll("table")) {
  const titles = [...(table.tHead?.rows[0].cells ?? [])].map((cell) => cell.textContent.trim());
  if (titles.length < 3) continue;
  table.classList.add("cards");
  for (const row of table.tBodies[0].rows) [...row.cells].forEach((cell, column) => (cell.dataset.label = titles[column]));
}

const dialog = document.getElementById("zoomed");
let opener = null;
for (const button of document.querySelectorAll("button.zoom")) {
  button.addEventListener("click", () => {
    const source = button.querySelector("img");
    const image = dialog.querySelector("img");
    Object.assign(image, { src: source.src, alt: source.alt, width: source.width, height: source.height });
    image.width = source.getAttribute("width");
    image.height = source.getAttribute("height");
    dialog.querySelector("p").textContent = button.parentElement.querySelector("figcaption").textContent.trim();
    image.classList.remove("full");
    opener = button;
    dialog.showModal();
  });
}
dialog.querySelector("img").addEventListener("click", (event) => event.target.classList.toggle("full"));
dialog.addEventListener("close", () => opener?.focus());
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

const contents = document.querySelector("details.contents");
if (window.matchMedia("(max-width: 63.99rem)").matches) contents.open = false;

// Paper shows what is open, and the evidence; what a reader opens on demand stays closed.
let closed = [];
window.addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details.claim:not([open])")];
  closed.forEach((part) => (part.open = true));
});
window.addEventListener("afterprint", () => closed.forEach((part) => (part.open = false)));

// A link into a closed part opens it. An address with a slash is a fit, see below.
function reveal() {
  const name = decodeURIComponent(location.hash.slice(1));
  const target = name ? document.getElementById(name) : null;
  for (let part = target?.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  target?.scrollIntoView();
}
window.addEventListener("hashchange", reveal);
reveal();

// The contents mark the part that is read.
const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
function mark() {
  const parts = [...document.querySelectorAll("main section")];
  const here = parts.findLast((part) => part.getBoundingClientRect().top < window.innerHeight / 3);
  for (const [name, link] of links) {
    if (here && name === here.id) link.setAttribute("aria-current", "location");
    else link.removeAttribute("aria-current");
  }
}
window.addEventListener("scroll", () => requestAnimationFrame(mark), { passive: true });
mark();
