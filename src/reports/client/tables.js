// Tables: sort by a column, search rows, show the rest, download what is shown as CSV. Rows hidden by the filter bar stay hidden.
(() => {
  const blockOf = (element) => element.closest(".table-block");
  const rowsOf = (block) => [...block.querySelectorAll("tbody > tr")];
  const shownRows = (block) => rowsOf(block).filter((row) => !row.hidden);
  // A longer list shows its first dozen until it is asked for all.
  const folded = 12;

  // A number as it is printed, for reading by machines.
  const plain = (text) =>
    text
      .replace("+", "")
      .replaceAll("−", "-")
      .replace(/(\d),(?=\d{3})/g, "$1");

  /** What a cell counts as: its exact number where the text is rounded, else what the text says. */
  const sortValue = (row, index) => {
    const cell = row.cells[index];
    if (cell === undefined) return null;
    const text = cell.textContent.trim();
    if (cell.dataset.v !== undefined) return cell.dataset.v === "" ? null : Number(cell.dataset.v);
    if (cell.classList.contains("number")) return text === "–" ? null : Number(plain(text));
    if (cell.classList.contains("date")) return text === "–" ? null : Date.parse(`${text} UTC`);
    return text.toLowerCase();
  };

  const compareCells = (a, b) => {
    if (a === b) return 0;
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a) < String(b) ? -1 : 1;
  };

  const sortBy = (header, asked) => {
    const block = blockOf(header);
    const index = header.cellIndex;
    const isNumber = header.classList.contains("number");
    const before = header.getAttribute("aria-sort");
    const direction =
      asked ??
      (before === "descending"
        ? "ascending"
        : before === "ascending"
          ? "descending"
          : isNumber
            ? "descending"
            : "ascending");
    for (const other of header.parentElement.cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", direction);
    const sign = direction === "ascending" ? 1 : -1;
    const rows = rowsOf(block).map((row, place) => ({ row, place, value: sortValue(row, index) }));
    rows.sort((a, b) => {
      // A row without a value comes last in either direction.
      if (a.value === null || b.value === null) {
        return (a.value === null ? 1 : 0) - (b.value === null ? 1 : 0) || a.place - b.place;
      }
      return sign * compareCells(a.value, b.value) || a.place - b.place;
    });
    const body = block.querySelector("tbody");
    for (const { row } of rows) body.append(row);
  };

  const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

  const retotal = (block) => {
    const foot = block.querySelector("tfoot tr");
    if (foot === null) return;
    const rows = shownRows(block);
    const isWhole = rows.length === rowsOf(block).length;
    for (const cell of foot.cells) {
      // What was built adds up every row, also those that are left out of the page.
      cell.dataset.built ??= cell.textContent;
      if (cell.dataset.total === "sum") cell.dataset.builtV ??= cell.dataset.v;
      if (isWhole) {
        cell.textContent = cell.dataset.built;
        if (cell.dataset.total === "sum") cell.dataset.v = cell.dataset.builtV;
        continue;
      }
      if (cell.tagName === "TH") cell.textContent = `Total of ${number.format(rows.length)}`;
      // The rate of all rows is not that of the ones shown.
      if (cell.dataset.overall !== undefined) cell.textContent = "";
      if (cell.dataset.total !== "sum") continue;
      const known = rows.map((row) => sortValue(row, cell.cellIndex)).filter((value) => value !== null);
      const sum = known.reduce((total, value) => total + value, 0);
      // Values that are all unknown add up to nothing known, not to zero.
      cell.dataset.v = known.length === 0 ? "" : String(sum);
      const plus = cell.dataset.signed !== undefined && Math.round(sum) > 0 ? "+" : "";
      cell.textContent = known.length === 0 ? "–" : `${plus}${number.format(sum).replace("-", "−")}`;
    }
  };

  const say = (block) => {
    const said = block.querySelector(".table-said");
    if (said === null) return;
    const all = rowsOf(block).length;
    const shown = shownRows(block).length;
    const of = Number(block.dataset.of ?? all);
    const noun = (count) => (count === 1 ? block.dataset.one : block.dataset.noun);
    const whole = `${number.format(all)} ${noun(all)}`;
    const isFolded = shown > folded && block.classList.contains("is-short");
    const listed = all < of ? `the first ${number.format(all)} of ${number.format(of)} ${noun(of)} are listed` : whole;
    const narrowed = all < of ? `${number.format(shown)} shown; ${listed}` : `${number.format(shown)} of ${whole}`;
    said.textContent = isFolded
      ? `${folded} of ${number.format(of)} ${noun(of)} shown`
      : shown === all
        ? listed
        : narrowed;
    const more = block.querySelector("[data-more]");
    if (more !== null) {
      more.hidden = !isFolded;
      more.textContent = all < of ? `Show ${number.format(all)}` : `Show all ${number.format(all)}`;
    }
    sayOnPaper(block, shown === all ? null : narrowed);
  };

  // Paper shows what is not filtered away, folded or not, and says so where that is not every row.
  const sayOnPaper = (block, narrowed) => {
    let paper = block.querySelector(".table-paper");
    if (paper === null && narrowed === null) return;
    if (paper === null) {
      paper = document.createElement("p");
      paper.className = "table-paper";
      paper.dataset.built = "";
      block.querySelector(".table-scroll").before(paper);
    }
    paper.dataset.built ??= paper.textContent;
    paper.textContent = narrowed ?? paper.dataset.built;
  };

  // What names the deal that the address asks for, its key and its name; null where all deals are shown.
  let onlyDeal = null;

  const textAt = (row, at) => row?.cells[at < 0 ? row.cells.length + at : at].textContent.trim();

  /** On a partner's page: leaves the rows of one deal or registration, its payments and evidence, and says so. */
  const lookForDeal = (key) => {
    const place = document.getElementById("deal-list");
    const registrations = document.getElementById("registrations");
    document.querySelector(".deal-shown")?.remove();
    const before = onlyDeal;
    onlyDeal = null;
    if (place === null || !key) return;
    const registered = registrations === null ? undefined : rowsOf(registrations).find((row) => textAt(row, 0) === key);
    const keys = [key, textAt(registered, -1)];
    const deal = rowsOf(place).find((row) => keys.includes(textAt(row, -1)));
    const isFound = deal !== undefined || registered !== undefined;
    const name = textAt(deal, 0);
    const said = document.createElement("p");
    said.className = "deal-shown";
    said.setAttribute("role", "status");
    said.textContent = isFound
      ? `Only ${name ?? key}, with its payments and evidence. `
      : `${key} is not among the rows that are listed here. `;
    if (isFound) {
      onlyDeal = new Set([...keys, name].filter((one) => one !== undefined && one !== "–"));
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button";
      button.dataset.allDeals = "";
      button.textContent = "Show all deals";
      said.append(button);
    }
    place.before(said);
    if (before === null) said.scrollIntoView({ block: "center" });
  };

  /** Where rows are deals, their names lead to the deal on its partner's page, and from there to its invoices. */
  const linkDeals = (block) => {
    const heads = [...block.querySelector("thead tr").cells].map((cell) => cell.textContent.trim());
    const at = heads.indexOf("Deal");
    const last = heads.length - 1;
    if (at < 0 || !/source id$/i.test(heads[last])) return;
    for (const row of rowsOf(block)) {
      const partner = row.querySelector('a[href*="partners/"]');
      const name = row.cells[at].textContent.trim();
      if (partner === null || name === "–" || row.cells[at].querySelector("a") !== null) continue;
      const link = document.createElement("a");
      link.href = partner.getAttribute("href");
      link.dataset.carry = "";
      link.dataset.deal = row.cells[last].textContent.trim();
      link.textContent = name;
      row.cells[at].replaceChildren(link);
    }
  };

  const applyRows = (block, filters) => {
    const words = (block.querySelector("input[type=search]")?.value ?? "").trim().toLowerCase();
    const facets = [...block.querySelectorAll("select[data-facet]")].filter((select) => select.value !== "");
    const only = onlyDeal;
    const scopes = (block.dataset.scopes ?? "").split(" ").filter((name) => filters[name]);
    for (const row of rowsOf(block)) {
      const isKept =
        scopes.every((name) => row.dataset[name] === filters[name]) &&
        facets.every((select) => row.cells[Number(select.dataset.facet)].textContent.trim() === select.value) &&
        (only === null || [...row.cells].some((cell) => only.has(cell.textContent.trim()))) &&
        (words === "" || row.textContent.toLowerCase().includes(words));
      row.hidden = !isKept;
    }
    // Rows beyond the first dozen are folded away only while nothing narrows the list.
    if (words !== "" || facets.length > 0 || scopes.length > 0 || only !== null) block.classList.remove("is-short");
    retotal(block);
    say(block);
  };

  const csvText = (cell) => {
    const text = cell.textContent.replace(/\s+/g, " ").trim();
    if (text === "–") return "";
    if (cell.classList.contains("number") && cell.closest("thead") === null) return plain(text);
    // Spreadsheets read text that begins with one of these as a formula.
    return /^[=+\-@＝＋－＠]/.test(text) ? `'${text}` : text;
  };

  const quote = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

  // A drawing repeats what another column says in figures.
  const textCells = (row) => [...row.cells].filter((cell) => cell.dataset.drawn === undefined && !cell.hidden);

  // A wide table lets its reader leave columns away; the first one names the row and stays.
  const offerColumns = (block) => {
    const heads = [...block.querySelector("thead tr").cells]
      .slice(1)
      .filter((cell) => cell.dataset.drawn === undefined);
    const before = block.querySelector("[data-csv-of]");
    if (heads.length < 5 || before === null) return;
    const choice = document.createElement("details");
    choice.className = "columns-choice";
    choice.innerHTML = "<summary>Columns</summary><div></div>";
    for (const head of heads) {
      const label = document.createElement("label");
      label.innerHTML = '<input type="checkbox" checked>';
      label.firstChild.dataset.column = head.cellIndex;
      label.append(head.textContent.trim());
      choice.lastChild.append(label);
    }
    before.before(choice);
  };

  // On a phone a row is a block and no head of a column is in sight: a list sorts instead of it.
  const offerSorting = (block) => {
    const heads = [...block.querySelector("thead tr").cells].filter((cell) => cell.querySelector("button") !== null);
    const tools = block.querySelector(".table-tools");
    if (heads.length === 0 || tools === null) return;
    const label = document.createElement("label");
    label.className = "sort-choice";
    label.innerHTML =
      '<span class="hidden-words">Sort by</span><select data-sort><option value="">Sort by</option></select>';
    for (const head of heads) {
      const isDate = rowsOf(block)[0]?.cells[head.cellIndex]?.classList.contains("date") === true;
      const words = head.classList.contains("number")
        ? ["largest first", "smallest first"]
        : isDate
          ? ["newest first", "oldest first"]
          : ["Z to A", "A to Z"];
      const ways = [`${head.cellIndex} descending`, `${head.cellIndex} ascending`].map((value, index) => {
        const option = document.createElement("option");
        option.value = value;
        option.textContent = `${head.textContent.trim()}, ${words[index]}`;
        return option;
      });
      label.lastChild.append(...(head.classList.contains("number") || isDate ? ways : ways.reverse()));
    }
    tools.prepend(label);
  };

  const showColumn = (block, index, isShown) => {
    for (const row of block.querySelectorAll("tr"))
      if (row.cells[index] !== undefined) row.cells[index].hidden = !isShown;
  };

  // Columns left away stand in the address as table.column, so that a copied link shows the same.
  const hideColumns = (block, hidden) => {
    for (const box of block.querySelectorAll("[data-column]")) {
      box.checked = !hidden.includes(`${block.id}.${box.dataset.column}`);
      showColumn(block, Number(box.dataset.column), box.checked);
    }
  };

  const keepColumn = (block, column, isShown) => {
    const name = `${block.id}.${column}`;
    const others = (window.attributary.aside().hide ?? "").split(",").filter((one) => one && one !== name);
    window.attributary.go({ hide: (isShown ? others : [...others, name]).join(",") });
  };

  /** The table as shown, with what it was filtered by, the version of its definitions and when its data ends in the last columns. */
  const toCsv = (block) => {
    const root = document.documentElement.dataset;
    const filters = window.attributary.filters();
    const words = Object.entries(filters)
      .filter(([name, value]) => name !== "period" && value)
      .map(([name, value]) => `${name}=${value}`)
      .join(" ");
    const period = filters.period ?? root.period ?? "";
    const tail = [period, words === "" ? "all" : words, root.definitions ?? "", root.asOf ?? ""];
    const lines = [
      textCells(block.querySelector("thead tr")).map(csvText).concat(["period", "filter", "definitions", "as_of"]),
      ...[...shownRows(block), ...block.querySelectorAll("tfoot tr")].map((row) =>
        textCells(row).map(csvText).concat(tail),
      ),
    ];
    return `${lines.map((line) => line.map(quote).join(",")).join("\r\n")}\r\n`;
  };

  const download = (block) => {
    const root = document.documentElement.dataset;
    const name = [
      root.page,
      root.partner,
      block.id,
      window.attributary.filters().period ?? root.period,
      `as-of-${root.asOf}`,
    ];
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", toCsv(block)], { type: "text/csv" }));
    link.download = `${name.filter(Boolean).join("_")}.csv`;
    link.click();
    URL.revokeObjectURL(link.href);
  };

  // Cells laid out as blocks would no longer be told as a table's, so its parts say what they are.
  const label = (block) => {
    if (block.dataset.labelled) return;
    block.dataset.labelled = "yes";
    const names = [...block.querySelector("thead tr").cells].map((cell) => cell.textContent.trim());
    block.querySelector("table").setAttribute("role", "table");
    for (const part of block.querySelectorAll("thead, tbody, tfoot")) part.setAttribute("role", "rowgroup");
    for (const row of block.querySelectorAll("tr")) {
      row.setAttribute("role", "row");
      for (const cell of row.cells) {
        const isHead = cell.tagName === "TH";
        cell.setAttribute("role", isHead ? (cell.scope === "col" ? "columnheader" : "rowheader") : "cell");
        if (!isHead && names[cell.cellIndex] !== "") cell.dataset.label = names[cell.cellIndex];
      }
    }
  };

  const narrow = matchMedia("(max-width: 900px)");

  // A table that is wider than its place says so, since the shade at its edge is easily missed; where there is little room it is laid out in blocks.
  const measure = () => {
    const blocks = [...document.querySelectorAll(".table-block")];
    for (const block of blocks) block.classList.remove("is-stacked");
    // All are measured before any is changed, so that the page is laid out once.
    const wide = blocks.map((block) => {
      const place = block.querySelector(".table-scroll");
      return place.scrollWidth > place.clientWidth + 1;
    });
    for (const [at, block] of blocks.entries()) {
      const isWide = wide[at];
      const isStacked = isWide && narrow.matches;
      if (isStacked) label(block);
      block.classList.toggle("is-stacked", isStacked);
      block.classList.toggle("is-wide", isWide && !isStacked);
    }
  };

  const enhance = (root, filters, aside) => {
    const hidden = (aside.hide ?? "").split(",");
    lookForDeal(aside.deal);
    for (const block of root.querySelectorAll(".table-block")) {
      if (rowsOf(block).length > 14 && !block.dataset.touched) block.classList.add("is-short");
      if (!block.dataset.touched) {
        offerColumns(block);
        offerSorting(block);
        linkDeals(block);
      }
      block.dataset.touched = "yes";
      hideColumns(block, hidden);
      applyRows(block, filters);
    }
    measure();
  };

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target.closest("button") : null;
    const block = target === null ? null : blockOf(target);
    if (block === null) return;
    if (target.dataset.csvOf !== undefined) download(block);
    else if (target.dataset.more !== undefined) {
      block.classList.remove("is-short");
      say(block);
    } else if (target.parentElement.tagName === "TH") sortBy(target.parentElement);
  });
  const onNarrow = (event) => {
    const block = event.target instanceof Element ? blockOf(event.target) : null;
    const { column, sort } = block === null ? {} : event.target.dataset;
    if (sort !== undefined) {
      const [index, direction] = event.target.value.split(" ");
      if (event.type === "change" && direction !== undefined)
        sortBy(block.querySelector("thead tr").cells[Number(index)], direction);
    } else if (column !== undefined) keepColumn(block, column, event.target.checked);
    else if (block !== null) applyRows(block, window.attributary.filters());
  };
  // Tables inside a folded figure have no width until it is opened.
  document.addEventListener("toggle", measure, true);
  window.addEventListener("resize", measure);
  document.addEventListener("input", onNarrow);
  document.addEventListener("change", onNarrow);

  window.attributary = Object.assign(window.attributary ?? {}, { enhanceTables: enhance, toCsv, cellValue: sortValue });
})();
