// Runs before the first paint: "as the system" becomes light or dark here, so that no page flashes.
(() => {
  "use strict";
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    const wish = root.dataset.theme;
    const theme = wish === "light" || wish === "dark" ? wish : dark.matches ? "dark" : "light";
    if (root.dataset.bsTheme === theme) return;
    root.dataset.bsTheme = theme;
    document.dispatchEvent(new CustomEvent("tz:theme"));
  };
  window.tzTheme = { apply };
  apply();
  dark.addEventListener("change", apply);
})();
