// The page of one record: masked values against a reason, the timeline's filter.
(() => {
  "use strict";
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-unmask]");
    if (!button) return;
    const answer = await tz.question({ title: tz.text("unmask", { label: button.dataset.label }), text: tz.text("unmaskText"), verb: tz.text("show"), reason: true });
    if (!answer) return button.focus();
    try {
      const { value } = await tz.ask(button.dataset.unmask, { method: "POST", data: { reason: answer.reason } });
      const place = button.parentElement;
      place.replaceChildren(tz.el("span", { text: value, tabindex: "-1" }));
      place.firstChild.focus();
    } catch (error) {
      tz.alert(error.message);
    }
  });

  const filter = document.querySelector("[data-timeline-filter]");
  const entries = [...document.querySelectorAll("[data-timeline] .tz-tl > li")];
  const narrow = () => {
    const only = filter.value === "changes" && entries.some((entry) => !("look" in entry.dataset));
    for (const entry of entries) entry.hidden = only && "look" in entry.dataset;
  };
  if (filter) (filter.addEventListener("change", narrow), narrow());

  const jump = document.querySelector(".tz-jump");
  jump?.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link) return;
    for (const other of jump.querySelectorAll("a")) other.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
  });
})();
