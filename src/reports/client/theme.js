// Runs in the head, before the first paint: says that scripts run and puts back the theme that was chosen last.
(() => {
  const root = document.documentElement;
  root.classList.add("has-script");
  let kept = null;
  try {
    kept = localStorage.getItem("attributary-theme");
  } catch {
    // Some browsers keep nothing for pages opened from disk; the system's theme serves then.
  }
  if (kept === "light" || kept === "dark") root.dataset.theme = kept;

  const isDark = () =>
    root.dataset.theme === "dark" ||
    (root.dataset.theme === undefined && matchMedia("(prefers-color-scheme: dark)").matches);

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-toggle]");
    if (button === null) return;
    const say = () => {
      button.setAttribute("aria-pressed", String(isDark()));
      button.textContent = isDark() ? "Light" : "Dark";
    };
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      try {
        localStorage.setItem("attributary-theme", root.dataset.theme);
      } catch {
        // The choice then lasts for this page only.
      }
      say();
    });
    say();
    const menu = document.querySelector("details.menu");
    if (menu !== null && matchMedia("(max-width: 1090px)").matches) menu.open = false;
  });
})();
