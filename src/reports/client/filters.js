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

  const selectOf = (name) => document.querySelector(`select[name=${name}]`);

  const only = (pairs, test) => Object.fromEntries(Object.entries(pairs).filter(([name, value]) => test(name, value)));

  // The page's own quarter is no choice of another one.
  const asked = () => {
    const own = document.documentElement.dataset.period;
    return only(pick(names), (name, value) => name !== "period" || value !== own || selectOf(name) === null);
  };

  // A link may name what the bar of this page does not offer: one that is not kept, has another name now or is long over.
  const isOffered = (name, value) =>
    selectOf(name) === null || [...selectOf(name).options].some((option) => option.value === value && !option.disabled);

  const read = () => only(asked(), isOffered);

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
    const option = [...(selectOf(name)?.options ?? [])].find((one) => one.value === value);
    return option?.textContent ?? value;
  };

  const titleOf = (name) => selectOf(name).parentElement.firstChild.textContent.trim().toLowerCase();

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
    if (foot === null || selectOf("period") === null) return;
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
      const select = selectOf(name);
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
          `<p class="empty"><b>Not stored for this choice.</b> ${period && dimension ? "This figure is kept by quarter and by slice, not for both at once." : "It is none of those kept here."}</p>`;
      }
    }
    footOf(labelOf("period", filters.period ?? ""), filters.period);
    const note = document.querySelector(".filter-note");
    if (note !== null) {
      const said = [];
      const shown = names.filter((name) => filters[name] && selectOf(name) !== null);
      if (shown.length > 0) {
        const words = shown.map((name) => `${titleOf(name)} ${labelOf(name, filters[name])}`);
        said.push(`Shown: ${words.join(", ")}.`);
      }
      if (chosen.length > 1) {
        said.push(
          `Figures and headings are stored for one dimension at a time and show ${chosen[0]} ${labelOf(slice, filters[slice])} only; lists follow every choice.`,
        );
      }
      for (const [name, value] of Object.entries(only(asked(), (name, value) => !isOffered(name, value)))) {
        said.push(
          `${titleOf(name).replace(/^./, (letter) => letter.toUpperCase())} ${value} is not kept here and was left out.`,
        );
      }
      if (missing > 0) said.push("Some figures are not stored for this choice.");
      note.textContent = said.join(" ");
    }
    const clear = document.querySelector("[data-clear]");
    if (clear !== null) clear.hidden = Object.keys(asked()).length === 0;
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
