// The filter bar: its state lives in the address after `#`, follows links to other pages, and swaps in views that were drawn at build time.
(() => {
  const names = ["period", "region", "type", "tier", "manager"];
  const slices = names.slice(1);
  const originals = new Map();
  let stored = null;

  const pick = (wanted) => {
    const hash = location.hash.slice(1);
    const pairs = hash.includes("=") ? new URLSearchParams(hash) : new URLSearchParams();
    return Object.fromEntries(wanted.filter((name) => pairs.get(name)).map((name) => [name, pairs.get(name)]));
  };

  const read = () => pick(names);

  // What the address says beside the filters: the columns left away, and the deal that a link led to.
  const aside = () => pick(["hide", "deal"]);

  const textOf = (pairs) => new URLSearchParams(Object.entries(pairs).filter(([, value]) => value)).toString();

  const go = (pairs) => {
    location.hash = textOf({ ...read(), ...aside(), ...pairs });
  };

  const unpack = async () => {
    if (stored !== null) return stored;
    const packed = document.getElementById("views");
    if (packed === null) {
      stored = {};
      return stored;
    }
    const bytes = Uint8Array.from(atob(packed.textContent.trim()), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    stored = JSON.parse(await new Response(stream).text());
    return stored;
  };

  const labelOf = (name, value) => {
    const option = [...(document.querySelector(`select[name=${name}]`)?.options ?? [])].find(
      (one) => one.value === value,
    );
    return option?.textContent ?? value;
  };

  const titleOf = (name) =>
    document.querySelector(`select[name=${name}]`).parentElement.firstChild.textContent.trim().toLowerCase();

  const carry = (filters) => {
    const hash = textOf(filters);
    for (const link of document.querySelectorAll("a[data-carry]")) {
      const address = link.getAttribute("href").split("#")[0];
      const own = link.dataset.deal === undefined ? hash : textOf({ ...filters, deal: link.dataset.deal });
      link.setAttribute("href", own === "" ? address : `${address}#${own}`);
    }
  };

  // The foot of a printed page names the quarter that is shown.
  const footOf = (label, period) => {
    const foot = document.getElementById("print-foot");
    if (foot === null || document.querySelector("select[name=period]") === null) return;
    foot.dataset.built ??= foot.textContent;
    foot.textContent = period
      ? foot.dataset.built.replace(/Q\d FY\d\d(?: so far)?(?= · as of)/, label)
      : foot.dataset.built;
  };

  const apply = async () => {
    const filters = read();
    const chosen = slices.filter((name) => filters[name]);
    const slice = chosen[0];
    const views = Object.keys(filters).length === 0 ? {} : await unpack();
    const root = document.documentElement.dataset;
    for (const name of names) {
      const select = document.querySelector(`select[name=${name}]`);
      if (select === null) continue;
      select.value = filters[name] ?? "";
      select.parentElement.classList.toggle("is-set", Boolean(filters[name]));
    }
    let missing = 0;
    for (const block of document.querySelectorAll("[data-view]")) {
      if (!originals.has(block)) originals.set(block, block.innerHTML);
      const by = block.dataset.by.split(" ");
      const period = by.includes("period") && filters.period && filters.period !== root.period ? filters.period : "";
      const dimension = by.includes("slice") && slice ? `${slice}|${filters[slice]}` : "";
      const key = `${period}#${dimension}`;
      const markup = key === "#" ? originals.get(block) : views.blocks?.[block.dataset.view]?.[key];
      const text = typeof markup === "number" ? views.texts[markup] : markup;
      block.classList.toggle("is-missing", text === undefined);
      if (text === undefined) missing += 1;
      if (block.dataset.shown !== key) {
        block.dataset.shown = key;
        block.innerHTML =
          text ??
          `<p class="empty"><b>Not stored for this choice.</b> This figure is kept by quarter and by slice, not for both at once.</p>`;
      }
    }
    footOf(labelOf("period", filters.period ?? ""), filters.period);
    const note = document.querySelector(".filter-note");
    if (note !== null) {
      const said = [];
      const shown = names.filter((name) => filters[name] && document.querySelector(`select[name=${name}]`) !== null);
      if (shown.length > 0) {
        const words = shown.map((name) => `${titleOf(name)} ${labelOf(name, filters[name])}`);
        said.push(`Shown: ${words.join(", ")}.`);
      }
      if (chosen.length > 1) {
        said.push(
          `Figures and headings are stored for one dimension at a time and show ${chosen[0]} ${labelOf(slice, filters[slice])} only; lists follow every choice.`,
        );
      }
      if (missing > 0) said.push("Some figures are not stored for this choice.");
      note.textContent = said.join(" ");
    }
    const clear = document.querySelector("[data-clear]");
    if (clear !== null) clear.hidden = Object.keys(filters).length === 0;
    window.attributary.enhanceTables(document, filters, aside());
    carry(filters);
  };

  document.addEventListener("change", (event) => {
    const select = event.target;
    if (!(select instanceof HTMLSelectElement) || !names.includes(select.name)) return;
    go({ [select.name]: select.value });
  });
  document.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (button === null) return;
    if (button.dataset.clear !== undefined) go(Object.fromEntries(names.map((name) => [name, ""])));
    if (button.dataset.allDeals !== undefined) go({ deal: "" });
    if (button.dataset.print !== undefined) window.print();
    if (button.dataset.copyLink !== undefined) {
      const said = button.textContent;
      try {
        await navigator.clipboard.writeText(location.href);
        button.textContent = "Copied";
      } catch {
        button.textContent = "Copy it from the address bar";
      }
      button.addEventListener(
        "blur",
        () => {
          button.textContent = said;
        },
        { once: true },
      );
    }
  });
  window.addEventListener("hashchange", apply);
  // Charts and folded rows are printed whole, whatever was folded on the screen.
  window.attributary = Object.assign(window.attributary ?? {}, { filters: read, aside, go });
  document.addEventListener("DOMContentLoaded", apply);
})();
