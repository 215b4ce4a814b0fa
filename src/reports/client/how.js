// How a figure is computed, in a dialog of its own. It stands in the file that is read with the index, not in every page.
window.attributaryHow = (button) => {
  const root = document.documentElement.dataset;
  const id = button.dataset.how;
  const known = window.attributaryDefinitions;
  const family = Object.keys(known).find((name) => name.includes(".") && id.startsWith(`${name.split(".")[0]}.`));
  const definition = known[id] ?? known[family];
  if (definition === undefined) return;
  const card = button.closest(".card");
  const text = (selector) => card.querySelector(selector)?.textContent.replace(/\s+/g, " ").trim() ?? "";
  const filters = window.attributary.filters();
  const slice = ["region", "type", "tier", "manager"].find((name) => filters[name]);
  const element = (name, words, parent) => {
    const made = document.createElement(name);
    made.textContent = words;
    parent.append(made);
    return made;
  };
  const quoted = (value) => `'${value.replaceAll("'", "''")}'`;
  const scope = text(".scope");
  const period = scope === "now" ? "current" : scope === "" ? (filters.period ?? root.period) : null;
  const place = [
    `metric = ${quoted(id)}`,
    ...(period === null ? [] : [`period = '${period}'`]),
    slice === undefined ? "slice = 'program'" : `slice = '${slice}' and slice_key = ${quoted(filters[slice])}`,
  ];
  const rows = text(".card-n");
  const dialog = document.createElement("dialog");
  dialog.className = "how-dialog";
  dialog.setAttribute("aria-label", `How ${definition.label} is computed`);
  element("h2", definition.label, dialog);
  element("p", definition.words, dialog);
  const list = element("dl", "", dialog);
  const items = [
    ["Here", [text(".card-value"), scope || period, rows].filter(Boolean).join(" · ")],
    ["Formula", definition.formula],
    ["One row is", definition.grain],
    ["Dated by", definition.datedBy],
    ["Included", definition.included],
    ["Left out", definition.excluded],
    ["Rules", `${document.querySelector(".foot span:nth-child(2)")?.textContent ?? ""} · as of ${root.asOf}`],
    ["Decided by", `${definition.owner}, since ${definition.since}`],
    ["Worked out in", definition.model],
    ...(root.page === "partner"
      ? []
      : [["Ask for it", `attributary query "from metrics.value where ${place.join(" and ")}"`]]),
  ];
  for (const [name, words] of items) {
    element("dt", name, list);
    element("dd", words, list);
  }
  const foot = element("p", "", dialog);
  const link = element("a", "Its place among all definitions", foot);
  link.href = card.querySelector("h3 a").href;
  const close = element("button", "Close", foot);
  close.type = "button";
  close.className = "button";
  close.onclick = () => dialog.close();
  dialog.onclose = () => dialog.remove();
  dialog.onclick = (event) => {
    if (event.target === dialog) dialog.close();
  };
  document.body.append(dialog);
  dialog.showModal();
};
