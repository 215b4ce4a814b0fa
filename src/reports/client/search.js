// Search over pages, partners, deals and metrics: `/` opens it, arrows move, Enter goes. The index is one file beside the pages, read when first needed.
(() => {
  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  let hits = [];
  let at = 0;

  const load = () =>
    new Promise((resolve) => {
      if (window.attributaryIndex !== undefined) return resolve(window.attributaryIndex);
      const script = document.createElement("script");
      script.src = `${document.documentElement.dataset.root}search-index.js`;
      script.onload = () => resolve(window.attributaryIndex);
      script.onerror = () => resolve(null);
      document.head.append(script);
    });

  // How figures are computed stands in the same file, so that no page carries it.
  document.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-how]") : null;
    if (button === null) return;
    if ((await load()) === null) button.closest("h3").querySelector("a").click();
    else window.attributaryHow(button);
  });

  const score = (entry, words) => {
    const title = folded(entry[1]);
    const all = `${title} ${folded(entry[2])}`;
    if (!words.every((word) => all.includes(word))) return -1;
    const first = words[0] ?? "";
    return (
      (title.startsWith(first) ? 8 : title.includes(first) ? 4 : 0) +
      (entry[0] === "Page" ? 2 : entry[0] === "Partner" ? 1 : 0)
    );
  };

  const find = (index, text) => {
    const words = folded(text).split(/\s+/).filter(Boolean);
    if (words.length === 0) return index.filter((entry) => entry[0] === "Page").slice(0, 12);
    return index
      .map((entry, place) => ({ entry, place, score: score(entry, words) }))
      .filter((hit) => hit.score >= 0)
      .sort((a, b) => b.score - a.score || a.place - b.place)
      .slice(0, 40)
      .map((hit) => hit.entry);
  };

  const mark = (list, input) => {
    for (const [place, link] of [...list.children].entries()) {
      link.setAttribute("aria-selected", String(place === at));
      if (place === at) {
        link.scrollIntoView({ block: "nearest" });
        input.setAttribute("aria-activedescendant", link.id);
      }
    }
    if (hits.length === 0) input.removeAttribute("aria-activedescendant");
  };

  const draw = (dialog, found, text) => {
    const list = dialog.querySelector(".search-hits");
    const input = dialog.querySelector("input");
    hits = found;
    at = 0;
    list.replaceChildren(
      ...found.map((entry, place) => {
        const link = document.createElement("a");
        link.href = document.documentElement.dataset.root + entry[3];
        link.id = `hit-${place}`;
        link.setAttribute("role", "option");
        link.tabIndex = -1;
        for (const [name, words] of [
          ["kind", entry[0]],
          ["title", entry[1]],
          ["more", entry[2]],
        ]) {
          const span = document.createElement("span");
          span.className = name;
          span.textContent = words;
          link.append(span);
        }
        return link;
      }),
    );
    dialog.querySelector(".search-said").textContent =
      found.length === 0
        ? `Nothing is called “${text}”.`
        : `${found.length === 40 ? "The first 40" : found.length} found. Arrows move, Enter opens, Esc closes.`;
    mark(list, input);
  };

  const open = async () => {
    const dialog = document.querySelector("dialog.search");
    if (dialog === null || dialog.open) return;
    dialog.showModal();
    const input = dialog.querySelector("input");
    input.value = "";
    const index = await load();
    if (index === null) {
      dialog.querySelector(".search-said").textContent =
        "search-index.js is not beside this page, so only this page can be read.";
      return;
    }
    const refresh = () => draw(dialog, find(index, input.value), input.value);
    input.oninput = refresh;
    input.onkeydown = (event) => {
      // A search field would first be emptied by Escape.
      if (event.key === "Escape") {
        event.preventDefault();
        dialog.close();
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        at = Math.max(0, Math.min(hits.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)));
        mark(dialog.querySelector(".search-hits"), input);
      } else if (event.key === "Enter") {
        event.preventDefault();
        dialog.querySelectorAll(".search-hits a")[at]?.click();
      }
    };
    refresh();
  };

  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    if (event.target.closest("[data-search-open]") !== null) open();
    const dialog = event.target.closest("dialog.search");
    if (dialog !== null && (event.target === dialog || event.target.closest(".search-hits a") !== null)) dialog.close();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target instanceof Element && event.target.closest("input, select, textarea") !== null;
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      open();
    }
  });
})();
