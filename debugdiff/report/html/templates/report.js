"use strict";
(() => {
  const main = document.querySelector("main");
  const packed = document.getElementById("packed");
  for (const side of main.querySelectorAll(".side")) prepareTabs(side, "");
  if (!packed) return;
  const first = main.firstElementChild;
  const help = document.getElementById("help");
  let store;

  // --- pages: a line for each page with the numbers of its lines, an empty line, then all lines
  const opened = () => (store ??= open(packed.textContent));
  async function open(text) {
    const letters = atob(text.trim());
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const all = await new Response(stream).text();
    const end = all.indexOf("\n\n");
    const index = new Map(all.slice(0, end).split("\n").map((line) => line.split("\t")));
    return { index, lines: all.slice(end + 2).split("\n") };
  }
  async function page(name) {
    const { index, lines } = await opened();
    if (!index.has(name)) return null;
    return index.get(name).split(" ").map((part) => {
      const [from, count] = part.split("+").map(Number);
      return lines.slice(from, from + count).join("\n");
    }).join("\n");
  }
  const decoded = (text) => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text; // somebody has typed the link
    }
  };
  const parsed = (text) => {
    const box = document.createElement("template");
    box.innerHTML = text;
    return box.content;
  };

  // --- routes: #answer, #matrix?category=shape, #bug/shape/name/case/program
  const kept = new Map([[first.dataset.page, first]]);
  const order = [];
  async function article(name) {
    if (kept.has(name)) return kept.get(name);
    const text = await page(name);
    const made = document.createElement("article");
    made.dataset.page = name;
    if (text === null) {
      made.append(parsed("<h1>Not in this report</h1><p class=\"empty\">The link names a page that this file does not have.</p>"));
      return made;
    }
    made.append(parsed(text));
    if (name === "matrix") {
      prepareMatrix(made);
      kept.set(name, made);
    }
    return made;
  }
  async function bug(category, title, wantedCase, program) {
    const name = `bug/${category}/${title}`;
    const made = await article(name);
    const { index } = await opened();
    const cases = [...index.keys()].filter((each) => each.startsWith(`${name}/`));
    const chosen = cases.find((each) => each === `${name}/${wantedCase}`) ?? cases[0];
    if (!chosen) return made;
    const part = parsed(await page(chosen));
    for (const link of made.querySelectorAll(".chips a"))
      if (link.hash === `#${chosen}`) link.setAttribute("aria-current", "true");
    for (const side of part.querySelectorAll(".side")) prepareTabs(side, decoded(program ?? ""));
    made.append(part, await neighbours(name, chosen.slice(name.length + 1)));
    return made;
  }
  let turn = 0;
  let searched = false;
  async function route(isFirst) {
    const mine = ++turn;
    const fragment = location.hash.slice(1) || first.dataset.page;
    if (fragment === "main") return;
    const [path, query] = fragment.split("?");
    const parts = path.split("/");
    const made = parts[0] === "bug" ? await bug(...parts.slice(1)) : await article(path);
    if (mine !== turn) return;
    if (path === "matrix") {
      matrix = location.hash;
      readFilters(made, new URLSearchParams(query));
    }
    if (made !== main.firstElementChild) main.replaceChildren(made);
    const title = made.querySelector("h1");
    document.title = `${title ? title.textContent : ""} - debugdiff`;
    for (const link of document.querySelectorAll("header nav a")) {
      const here = link.hash === `#${{ bug: "matrix", claim: "claims" }[parts[0]] ?? parts[0]}`;
      link.toggleAttribute("aria-current", here);
      if (here) link.setAttribute("aria-current", "page");
    }
    if (!isFirst) {
      scrollTo(0, 0);
      main.focus({ preventScroll: true });
    }
    if (path === "matrix" && searched) made.querySelector("input")?.focus();
    else if (path === "matrix" && last) made.querySelector(`a[href="${CSS.escape(last)}"]`)?.focus();
    searched = false;
    document.body.dataset.open = fragment;
  }

  // --- the matrix: filters, whose state stands in the fragment, and arrow keys
  const fields = ["find", "case", "category", "shows", "differs"];
  let last = "";
  let matrix = "#matrix";
  function prepareMatrix(made) {
    const form = made.querySelector(".filters");
    if (!form) return;
    const changed = () => {
      const state = new URLSearchParams();
      for (const name of fields) {
        const field = form.querySelector(`[name=${name}]`);
        const value = field?.type === "checkbox" ? (field.checked ? "1" : "") : field?.value.trim();
        if (value) state.set(name, value);
      }
      const query = state.toString();
      matrix = `#matrix${query ? `?${query}` : ""}`;
      history.replaceState(null, "", matrix);
      document.body.dataset.open = location.hash.slice(1);
      filter(made);
    };
    form.addEventListener("input", changed);
    form.querySelector(".reset").addEventListener("click", () => {
      readFilters(made, new URLSearchParams());
      changed();
    });
    made.querySelector(".matrix").addEventListener("keydown", move);
  }
  function readFilters(made, state) {
    for (const name of fields) {
      const field = made.querySelector(`.filters [name=${name}]`);
      if (field?.type === "checkbox") field.checked = state.has(name);
      else if (field) field.value = state.get(name) ?? "";
    }
    filter(made);
  }
  function filter(made) {
    if (!made.querySelector(".filters")) return;
    const value = (name) => {
      const field = made.querySelector(`.filters [name=${name}]`);
      return field?.type === "checkbox" ? field.checked : (field?.value ?? "").trim().toLowerCase();
    };
    const [find, only, category, shows, differs] = fields.map(value);
    const here = (cell) => !only || cell.dataset.case === only;
    const rows = [...made.querySelectorAll(".matrix tbody tr")];
    order.length = 0;
    for (const row of rows) {
      const cells = [...row.querySelectorAll("td")];
      for (const cell of cells) cell.hidden = !here(cell);
      const cases = row.dataset.differs.split(" ").filter(Boolean);
      const shown = (!find || row.firstElementChild.textContent.toLowerCase().includes(find))
        && (!category || row.dataset.category === category)
        && (!shows || cells.some((cell) => here(cell) && cell.classList.contains(shows)))
        && (!differs || cases.some((each) => !only || each === only))
        && (!only || cells.some((cell) => here(cell) && !cell.classList.contains("unfit")));
      row.hidden = !shown;
      if (shown) order.push(row.querySelector("th a").hash.slice(1));
    }
    for (const head of made.querySelectorAll(".matrix thead [data-case]")) head.hidden = !here(head);
    const columns = [...made.querySelectorAll(".programs [data-case]")].filter((each) => !each.hidden).length;
    made.querySelector(".matrix").classList.toggle("dense", columns > 8);
    made.querySelector("output").textContent = `${order.length} of ${rows.length} bugs`;
    made.querySelector("#none").hidden = order.length > 0;
    made.querySelector(".heat").hidden = order.length === 0;
    made.querySelector(".reset").hidden = fields.every((name) => !value(name));
  }
  function move(event) {
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const cell = event.target.closest("td, th");
    if (!step || !cell || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const [down, right] = step;
    let row = cell.parentElement;
    let column = cell.cellIndex;
    for (;;) {
      if (right) column += right;
      else do row = down > 0 ? row.nextElementSibling : row.previousElementSibling; while (row?.hidden);
      const next = row?.cells[column];
      if (!next) return;
      const link = next.hidden ? null : next.querySelector("a");
      if (link) {
        link.focus();
        return;
      }
    }
  }

  // --- a bug: programs of one framework as tabs, and the way to the next bug
  function prepareTabs(side, wanted) {
    const tabs = [...side.querySelectorAll("[role=tab]")];
    const panels = [...side.querySelectorAll(".program")];
    const choose = (name) => {
      for (const tab of tabs) {
        const here = tab.dataset.program === name;
        tab.setAttribute("aria-selected", here);
        tab.tabIndex = here ? 0 : -1;
      }
      for (const panel of panels) panel.classList.toggle("folded", panel.dataset.program !== name);
    };
    if (!tabs.length) return;
    const names = tabs.map((tab) => tab.dataset.program);
    choose(names.includes(wanted) ? wanted : names[0]);
    for (const [at, tab] of tabs.entries()) {
      tab.addEventListener("click", () => choose(tab.dataset.program));
      tab.addEventListener("keydown", (event) => {
        const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
        if (!step) return;
        const next = tabs[(at + step + tabs.length) % tabs.length];
        choose(next.dataset.program);
        next.focus();
      });
    }
  }
  async function neighbours(name, inCase) {
    if (!order.length) {
      const { index } = await opened();
      for (const each of index.keys()) if (each.split("/").length === 3) order.push(each);
    }
    const at = order.indexOf(name);
    const made = document.createElement("nav");
    made.className = "neighbours";
    made.setAttribute("aria-label", "Other bugs");
    for (const [key, to, words] of [["p", order[at - 1], "previous"], ["n", order[at + 1], "next"]]) {
      if (at < 0 || !to) continue;
      const link = document.createElement("a");
      link.href = `#${to}/${inCase}`;
      link.dataset.key = key;
      link.textContent = `${words}: ${decoded(to.slice(4))}`;
      made.append(link);
    }
    last = `#${name}/${inCase}`;
    return made;
  }

  // --- keys of every page
  addEventListener("hashchange", () => route(false));
  route(true);
  if (!help) return;
  document.getElementById("keys").addEventListener("click", () => help.showModal());
  help.querySelector("button").addEventListener("click", () => help.close());
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || help.open) return;
    if (event.target.closest("input, select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const act = {
      "?": () => help.showModal(),
      "/": () => {
        searched = true;
        if (location.hash.startsWith("#matrix")) route(false);
        else location.hash = matrix;
      },
      m: () => { location.hash = matrix; },
      n: () => document.querySelector("[data-key=n]")?.click(),
      p: () => document.querySelector("[data-key=p]")?.click(),
    }[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });
})();
