// The calendar of a year: a click on a day fills the form below.
(() => {
  "use strict";
  const form = document.querySelector("#day form");
  if (!form) return;
  document.querySelector(".cal-year").addEventListener("click", (event) => {
    const link = event.target.closest("[data-day]");
    if (!link) return;
    form.elements.day.value = link.dataset.day;
    form.elements.kind.value = link.dataset.kind;
    form.elements.name.value = link.dataset.name;
    form.elements.kind.focus();
  });
})();
