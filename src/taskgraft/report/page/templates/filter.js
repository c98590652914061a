(() => {
  "use strict";
  const form = document.getElementById("filter");
  const { words, group } = form.elements;
  const facets = [...form.querySelectorAll("[name=facet]")];
  // A variant's place is that of its row in the leaderboard, as the page was written.
  const names = [...document.querySelectorAll("#leaderboard tbody th bdi")].map((name) => name.textContent);
  const places = new Map(names.map((name, place) => [name, place]));
  const placesOf = (heading) => {
    if (places.has(heading)) return [places.get(heading)];
    const parts = heading.split(" \u2212 ");
    for (let i = 1; i < parts.length; i++) {
      const pair = [parts.slice(0, i), parts.slice(i)].map((side) => places.get(side.join(" \u2212 ")));
      if (!pair.includes(undefined)) return pair;
    }
    return null;
  };
  // Whatever of the page speaks of a variant or of a pair, with their places; found when it is needed first.
  let items = null;
  const find = () => {
    const found = [];
    const add = (element, name) => {
      const of = name && placesOf(name.textContent);
      if (of) found.push([element, of]);
    };
    for (const row of document.querySelectorAll("table.sortable tbody tr")) add(row, row.cells[0].querySelector("bdi"));
    for (const label of document.querySelectorAll("main fieldset label")) add(label, label.querySelector("bdi"));
    for (const part of document.querySelectorAll(".confusions, .diagnosed")) add(part, part.querySelector("summary bdi"));
    for (const part of document.querySelectorAll(".diagrams figure")) add(part, part.querySelector("figcaption bdi"));
    return found;
  };
  const levelOf = (facet, place) =>
    [...facet.options].findIndex((option) => option.value.split(" ").includes(String(place)));
  const shownPlaces = () => {
    const parts = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = facets.filter((facet) => facet.value).map((facet) => facet.value.split(" ").map(Number));
    return names.map((name, place) =>
      parts.every((part) => name.toLowerCase().includes(part)) && chosen.every((of) => of.includes(place)));
  };
  const regroup = (body, facet) => {
    for (const row of body.querySelectorAll(".grouped")) row.remove();
    if (!facet) return;
    const groups = [...facet.options].map(() => []);
    for (const row of [...body.rows]) groups[levelOf(facet, row.place)]?.push(row);
    groups.forEach((rows, level) => {
      if (!rows.length) return;
      const heading = document.createElement("tr");
      heading.className = "grouped";
      heading.hidden = rows.every((row) => row.hidden);
      const cell = document.createElement("th");
      cell.colSpan = rows[0].cells.length;
      cell.scope = "rowgroup";
      const words = document.createElement("span");
      words.textContent = `${group.selectedOptions[0].textContent}: ${facet.options[level].textContent}`;
      cell.append(words);
      heading.append(cell);
      body.append(heading, ...rows);
    });
  };
  const grouping = () => (group && group.value ? facets[Number(group.value)] : null);
  const apply = () => {
    items ??= find();
    const shown = shownPlaces();
    const bodies = new Set();
    for (const [element, of] of items) {
      element.hidden = !of.some((place) => shown[place]);
      if (element.tagName !== "TR" || of.length > 1) continue;
      element.place = of[0];
      bodies.add(element.parentElement);
    }
    for (const body of bodies) regroup(body, grouping());
    const number = shown.filter(Boolean).length;
    form.querySelector("output").textContent = `${number} of ${names.length} shown`;
    form.classList.toggle("active", number < names.length);
  };
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      form.reset();
      words.focus();
    }
  });
  addEventListener("sorted", ({ target }) => {
    const body = target.tBodies[0];
    if ([...body.rows].some((row) => row.place !== undefined)) regroup(body, grouping());
  });
  form.querySelector("output").textContent = `${names.length} shown`;
  // On a narrow screen what is varied opens; on a wide one it stands beside.
  const opener = document.getElementById("facets-button");
  opener?.addEventListener("click", () => {
    const isOpen = opener.getAttribute("aria-expanded") === "true";
    opener.setAttribute("aria-expanded", String(!isOpen));
  });
})();
