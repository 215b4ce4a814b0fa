// A search box that leaves only the pieces of a page that hold every word typed.
(() => {
  document.addEventListener("input", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.dataset.find === undefined) return;
    const words = input.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const pieces = [...document.querySelectorAll(input.dataset.find)];
    for (const piece of pieces) {
      const text = piece.textContent.toLowerCase();
      piece.hidden = !words.every((word) => text.includes(word));
    }
    for (const section of new Set(pieces.map((piece) => piece.parentElement))) {
      section.hidden = pieces.filter((piece) => piece.parentElement === section).every((piece) => piece.hidden);
    }
    const said = document.querySelector("[data-found]");
    if (said !== null) said.textContent = `${pieces.filter((piece) => !piece.hidden).length} of ${pieces.length}`;
  });
})();
