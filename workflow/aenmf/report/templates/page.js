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

const filter = document.querySelector(".filter");
if (filter) {
  const rows = [...document.querySelectorAll("#table-verdict_parts tr[data-verdict]")];
  const said = document.getElementById("verdicts-shown");
  const show = () => {
    const verdict = filter.querySelector("input[name=verdict]:checked").value;
    const words = filter.querySelector("input[name=words]").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = (verdict && row.dataset.verdict !== verdict) || !words.every((word) => text.includes(word));
      shown += !row.hidden;
    }
    said.textContent = shown === rows.length ? "" : `${shown} of ${rows.length} claims`;
  };
  filter.addEventListener("input", show);
  show();
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
    opener = button;
    dialog.showModal();
  });
}
dialog.addEventListener("close", () => opener?.focus());
dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

const contents = document.querySelector("details.contents");
if (window.matchMedia("(max-width: 63.99rem)").matches) contents.open = false;

let closed = [];
window.addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  closed.forEach((part) => (part.open = true));
});
window.addEventListener("afterprint", () => closed.forEach((part) => (part.open = false)));

// A link to a figure inside a closed part opens it.
function reveal() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let part = target && target.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
}
window.addEventListener("hashchange", reveal);
reveal();
