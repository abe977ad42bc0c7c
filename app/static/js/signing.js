// Signing: refusing and sending back ask for a word first; more than one task may be ticked.
(() => {
  "use strict";
  const form = document.getElementById("decide");
  if (form) {
    const opinion = form.querySelector("[name=opinion]");
    form.addEventListener("submit", (event) => {
      const act = event.submitter?.value;
      const needed = ["reject", "return"].includes(act) || (act === "approve" && opinion.required);
      if (!needed || opinion.value.trim()) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      opinion.setAttribute("aria-invalid", "true");
      opinion.placeholder = opinion.dataset.missing;
      opinion.focus();
    }, true);
  }
  const many = document.getElementById("many");
  const picks = [...document.querySelectorAll(".sg-l .pick")];
  const count = () => {
    const chosen = picks.filter((one) => one.checked).length;
    if (many) many.hidden = !chosen;
    const place = many?.querySelector("[data-count]");
    if (place) place.textContent = String(chosen);
  };
  for (const one of picks) one.addEventListener("change", count);
  count();
})();
