"use strict";
// The page is whole without this script; it adds filters, sorting and links to a filtered view.
(() => {
  const table = document.querySelector(".patches");
  const form = document.querySelector(".filter");
  if (!table || !form) return;
  const bodies = [...table.tBodies];
  const output = form.querySelector("output");
  const fields = [...form.querySelectorAll("[name]")];
  const selects = fields.filter((field) => field.tagName === "SELECT");
  const text = new Map(bodies.map((body) => [body, body.textContent.toLowerCase()]));

  // The numbers on top become buttons that filter.
  const tiles = [...document.querySelectorAll(".tile[data-advice]")].map((tile) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = tile.className;
    button.dataset.advice = tile.dataset.advice;
    button.append(...tile.childNodes);
    tile.replaceWith(button);
    button.addEventListener("click", () => {
      const select = form.elements.advice;
      select.value = select.value === button.dataset.advice ? "" : button.dataset.advice;
      apply();
    });
    return button;
  });

  function apply() {
    const words = form.elements.q.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const body of bodies) {
      const fits =
        selects.every((select) => !select.value || body.dataset[select.name] === select.value) &&
        words.every((word) => text.get(body).includes(word));
      body.hidden = !fits;
      shown += fits;
    }
    output.textContent = `${shown} of ${bodies.length} shown`;
    for (const tile of tiles) {
      tile.setAttribute("aria-pressed", String(form.elements.advice.value === tile.dataset.advice));
    }
    const view = new URLSearchParams(fields.filter((field) => field.value).map((field) => [field.name, field.value]));
    if (!/^#p\d+$/.test(location.hash) || String(view)) {
      history.replaceState(null, "", String(view) ? `#${view}` : location.pathname + location.search);
    }
  }

  function restore() {
    const hash = location.hash.slice(1);
    if (/^p\d+$/.test(hash)) {
      const body = document.getElementById(hash);
      if (body) {
        form.reset();
        body.querySelector("details").open = true;
        apply();
        body.scrollIntoView();
        return;
      }
    }
    const view = new URLSearchParams(hash);
    for (const field of fields) field.value = view.get(field.name) ?? "";
    for (const select of selects) if (select.selectedIndex < 0) select.value = "";
    apply();
  }

  const order = new Map(bodies.map((body, at) => [body, at]));
  const names = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  for (const head of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      // First up, then down, then back to the order of the series.
      const next = { ascending: "descending", descending: null }[head.getAttribute("aria-sort")];
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      const direction = next === undefined ? "ascending" : next;
      if (direction) head.setAttribute("aria-sort", direction);
      const sign = direction === "descending" ? -1 : 1;
      const value = (body) => {
        const cell = body.rows[0].cells[head.cellIndex];
        return cell.dataset.sort ?? cell.textContent.trim();
      };
      const compare = direction
        ? (a, b) => {
            const [x, y] = [value(a), value(b)];
            if (!x !== !y) return x ? -1 : 1; // what has no value stands last, either way
            return sign * names.compare(x, y) || order.get(a) - order.get(b);
          }
        : (a, b) => order.get(a) - order.get(b);
      table.append(...[...bodies].sort(compare));
    });
  }

  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  form.querySelector("[data-open]").addEventListener("click", (event) => {
    const open = event.currentTarget.getAttribute("aria-pressed") !== "true";
    event.currentTarget.setAttribute("aria-pressed", String(open));
    for (const body of bodies) if (!body.hidden) body.querySelector("details").open = open;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.target.closest("input, select, textarea")) {
      event.preventDefault();
      form.elements.q.focus();
    }
  });
  addEventListener("hashchange", restore);
  restore();
})();
