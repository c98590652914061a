(() => {
  "use strict";
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    if ("key" in cell.dataset) return Number(cell.dataset.key);
    // A number that is written in full is what its cell sorts by.
    const text = cell.firstChild?.data?.trim();
    return /^[0-9]+(\.[0-9]+)?$/.test(text) && !cell.classList.contains("words") ? Number(text) : null;
  };
  const compare = (a, b, column, hasKeys, sign) => {
    if (!hasKeys) {
      return sign * a.cells[column].textContent.localeCompare(b.cells[column].textContent);
    }
    const [x, y] = [valueOf(a, column), valueOf(b, column)];
    // What has no value stays last, whichever way the rest goes.
    return x === null || y === null ? (x === null) - (y === null) : sign * (x - y);
  };
  const sort = (table, heading) => {
    const column = heading.cellIndex;
    const body = table.tBodies[0];
    const rows = [...body.rows].filter((row) => !row.classList.contains("grouped"));
    const hasKeys = rows.some((row) => valueOf(row, column) !== null);
    // Figures begin with the highest, words with the first letter.
    const first = hasKeys ? "descending" : "ascending";
    const second = hasKeys ? "ascending" : "descending";
    const order = heading.getAttribute("aria-sort") === first ? second : first;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    body.append(...rows.sort((a, b) => compare(a, b, column, hasKeys, sign)));
    table.dispatchEvent(new Event("sorted", { bubbles: true }));
  };
  for (const table of document.querySelectorAll("table.sortable")) {
    for (const heading of table.tHead.rows[0].cells) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      button.addEventListener("click", () => sort(table, heading));
      heading.append(button);
    }
  }
  const open = () => {
    let part = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const target = part;
    for (; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    if (target) target.scrollIntoView();
  };
  addEventListener("hashchange", open);
  if (location.hash) open();
  document.documentElement.classList.add("with-script");
})();
