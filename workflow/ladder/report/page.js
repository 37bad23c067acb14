"use strict";
// Puts the timings in their places, and lets the ladder be sorted and filtered, and a sweep's points sorted.

// Timings are all that differs between two runs of one study; the page keeps them in one block.
const timings = JSON.parse(document.getElementById("timings").textContent);
for (const place of document.querySelectorAll("[data-timing]")) {
  const [owner, kind] = place.dataset.timing.split(".");
  place.textContent = timings[owner][kind];
  place.dataset.value = timings[owner][kind].replaceAll(",", "");
}

// An empty value is not defined: it goes to the end, whichever way the column is sorted.
function compare(a, b, up) {
  if (a === b) return 0;
  if (a === "" || b === "") return a === "" ? 1 : -1;
  const order = isNaN(a) || isNaN(b) ? a.localeCompare(b) : a - b;
  return up ? order : -order;
}

function sortBy(table, column) {
  const body = table.tBodies[0];
  const header = table.tHead.rows[0].cells[column];
  const up = header.getAttribute("aria-sort") !== "ascending";
  for (const cell of table.tHead.rows[0].cells) cell.removeAttribute("aria-sort");
  header.setAttribute("aria-sort", up ? "ascending" : "descending");
  const value = (row) => row.cells[column].dataset.value;
  body.append(...[...body.rows].sort((a, b) => compare(value(a), value(b), up)));
}

for (const table of document.querySelectorAll("table.sortable")) {
  [...table.tHead.rows[0].cells].forEach((cell, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...cell.childNodes);
    button.addEventListener("click", () => sortBy(table, column));
    cell.append(button);
  });
}

const filter = document.getElementById("ladder-filter");
filter.closest("p").hidden = false;
filter.addEventListener("input", () => {
  const wanted = filter.value.trim().toLowerCase();
  for (const row of document.getElementById("ladder-table").tBodies[0].rows) row.hidden = !row.cells[0].querySelector("a").textContent.toLowerCase().includes(wanted);
});
