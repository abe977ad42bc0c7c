// The list of a register: parts instead of whole pages, ticking and bulk, conditions, columns, keys.
(() => {
  "use strict";
  const list = document.querySelector("[data-list]");
  if (!list) return;
  const body = document.getElementById("list-body");
  const search = list.querySelector("[data-list-search] input[name=q]");
  const state = list.querySelector("[data-list-state]");

  // -- parts: the body, tabs, conditions and head come new; the search box stays under the hand -----------------
  const here = () => location.pathname + location.search;
  let running = 0;
  tz.part = async (url) => {
    const target = new URL(url, location.href);
    if (target.origin !== location.origin || target.pathname !== list.dataset.url) return location.assign(url);
    tz.closeMenu();
    running++;
    list.classList.add("is-loading");
    try {
      await window.htmx.ajax("GET", target.pathname + target.search, { source: body, target: "#list-body", swap: "innerHTML", push: target.pathname + target.search });
    } finally {
      if (!--running) list.classList.remove("is-loading");
    }
  };
  body.addEventListener("htmx:before:response", (event) => {
    const { raw } = event.detail.ctx.response;
    // Signed out meanwhile, or refused: the whole page says so better than a part of it.
    if (raw.redirected || raw.status >= 400) {
      event.preventDefault();
      location.assign(raw.redirected ? raw.url : event.detail.ctx.request.action);
    }
  });
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.target !== body && !body.contains(event.target)) return;
    const fresh = document.getElementById("list-state");
    if (fresh) {
      state.replaceChildren(fresh.content.cloneNode(true));
      if (document.activeElement !== search) search.value = fresh.dataset.query;
      fresh.remove();
    }
    at = -1;
    chosen.clear();
    tz.renew(document);
    paintConditions();
    if (body.getBoundingClientRect().top < 0) list.scrollIntoView({ block: "start" });
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-part]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    if ("clear" in link.dataset) search.value = "";
    tz.part(link.href);
  });

  const query = () => {
    const address = new URLSearchParams(location.search);
    for (const name of ["page", "at"]) address.delete(name);
    return address;
  };
  const go = (address) => tz.part(`${list.dataset.url}${address.size ? `?${address}` : ""}`);
  const find = () => {
    const address = query();
    const words = search.value.trim();
    if (words === (address.get("q") || "")) return;
    if (words) address.set("q", words);
    else address.delete("q");
    go(address);
  };
  const soon = tz.wait(260, find);
  // While a pinyin word is being put together nothing is asked.
  search.addEventListener("input", (event) => event.isComposing || soon());
  search.addEventListener("compositionend", soon);
  search.form.addEventListener("submit", (event) => {
    event.preventDefault();
    delete search.form.dataset.sent;
    find();
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && search.value) (event.stopPropagation(), (search.value = ""), find());
    else if (event.key === "Escape") search.blur();
    else if (event.key === "ArrowDown") (event.preventDefault(), search.blur(), move(1));
  });

  // The head of the table stays in sight while the table fits; a wider one scrolls in its box instead.
  const fits = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      const box = target.closest("[data-stick]");
      if (box) box.classList.toggle("stick", target.offsetWidth <= box.clientWidth);
    }
  });
  tz.each("[data-stick] > table", (table) => fits.observe(table));

  // -- ticking: the bulk bar lies over the head of the table -----------------------------------------------------
  const chosen = new Set();
  const picks = () => [...body.querySelectorAll("[data-pick-row]")];
  let last = null;
  const paint = () => {
    const bar = body.querySelector("[data-bulk]");
    if (!bar) return;
    const all = picks();
    bar.hidden = !chosen.size;
    bar.querySelector("[data-bulk-count]").textContent = tz.text("chosen", { count: chosen.size });
    bar.querySelector("input[data-bulk-none]").indeterminate = chosen.size < all.length;
    for (const pick of all) {
      pick.checked = chosen.has(pick.value);
      pick.closest("tr").classList.toggle("sel", pick.checked);
    }
    const whole = body.querySelector("[data-pick-all]");
    whole.checked = chosen.size > 0 && chosen.size === all.length;
    body.querySelector("table")?.classList.toggle("has-bulk", chosen.size > 0);
  };
  body.addEventListener("click", (event) => {
    const pick = event.target.closest("[data-pick-row]");
    if (pick) {
      const all = picks();
      const range = event.shiftKey && last ? all.slice(...[all.indexOf(last), all.indexOf(pick)].sort((a, b) => a - b).map((place, end) => place + end)) : [pick];
      for (const one of range) pick.checked ? chosen.add(one.value) : chosen.delete(one.value);
      last = pick;
      paint();
    } else if (event.target.closest("[data-bulk-none]")) {
      chosen.clear();
      paint();
    }
  });
  // Every row of the list, over all pages: the server says which they are.
  body.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-bulk-all]");
    if (!button) return;
    button.disabled = true;
    try {
      const found = await tz.ask(button.dataset.bulkAll + location.search);
      for (const id of found.ids) chosen.add(String(id));
      paint();
      if (found.more) tz.toast(tz.text("mostChosen", { count: found.ids.length }), "info");
    } catch (error) {
      tz.alert(error.message);
    } finally {
      button.disabled = false;
    }
  });
  body.addEventListener("change", (event) => {
    if (!event.target.matches("[data-pick-all]")) return;
    for (const pick of picks()) event.target.checked ? chosen.add(pick.value) : chosen.delete(pick.value);
    paint();
    if (event.target.checked) body.querySelector("input[data-bulk-none]")?.focus();
  });
  body.addEventListener(
    "submit",
    (event) => {
      if (!event.target.matches("[data-bulk-form]") || event.target.dataset.filled) return;
      for (const id of chosen) event.target.append(tz.el("input", { type: "hidden", name: "ids", value: id }));
      event.target.dataset.filled = "1";
      // Taken back when the question is answered with no.
      setTimeout(() => event.defaultPrevented && !document.getElementById("tz-ask").open && unfill(event.target));
      document.getElementById("tz-ask").addEventListener("close", () => setTimeout(() => event.target.dataset.asked || unfill(event.target), 50), { once: true });
    },
    true,
  );
  const unfill = (form) => {
    for (const field of form.querySelectorAll('[name="ids"]')) field.remove();
    delete form.dataset.filled;
  };

  // -- the exact count, when somebody wants to know -----------------------------------------------------------------
  body.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-count]");
    if (!button) return;
    button.setAttribute("aria-busy", "true");
    try {
      button.replaceWith(tz.el("b", { text: await tz.ask(button.dataset.count) }));
    } catch (error) {
      tz.alert(error.message);
    }
  });

  // -- conditions ----------------------------------------------------------------------------------------------------
  let filters = null;
  const paintConditions = () => {
    const source = list.querySelector("script[data-filters]");
    filters = source ? JSON.parse(source.textContent) : null;
  };
  paintConditions();
  const bare = new Set(["empty", "filled"]);
  const build = (panel, old = null) => {
    const { fields, texts } = filters;
    const label = (text, control) => tz.el("label", { class: "tz-l" }, text, control);
    const field = tz.el("select", { class: "form-select form-select-sm" }, ...fields.map((one) => tz.el("option", { value: one.name, text: one.label })));
    const relation = tz.el("select", { class: "form-select form-select-sm" });
    const place = tz.el("div", { class: "tz-pop-value" });
    const apply = tz.el("button", { class: "btn btn-primary btn-sm", type: "submit", text: texts.apply });
    const form = tz.el("form", { method: "get", novalidate: true }, label(texts.field, field), label(texts.relation, relation), place, tz.el("div", { class: "row-x" }, apply));
    const spec = () => fields.find((one) => one.name === field.value);
    let read = () => "";
    const control = () => {
      const one = spec();
      const word = relation.value;
      const preset = old && old.field === one.name ? old.value : "";
      place.replaceChildren();
      read = () => "";
      if (bare.has(word)) return;
      if (["choice", "state", "choices"].includes(one.kind)) {
        const several = ["is", "is_not"].includes(word) && one.kind !== "choices";
        const had = preset.split(",");
        const boxes = one.options.map(([value, text]) => {
          const box = tz.el("input", { class: "form-check-input", type: several ? "checkbox" : "radio", name: "value", value });
          box.checked = had.includes(value);
          return tz.el("label", { class: "tz-check" }, box, tz.el("span", { text }));
        });
        place.append(tz.el("fieldset", { class: "tz-pop-options" }, tz.el("legend", { class: "tz-l", text: texts.value }), ...boxes));
        read = () => [...place.querySelectorAll("input:checked")].map((box) => box.value).join(",");
        return;
      }
      if (one.kind === "bool") {
        const answer = tz.el("select", { class: "form-select form-select-sm" }, tz.el("option", { value: "1", text: texts.yes }), tz.el("option", { value: "0", text: texts.no }));
        answer.value = preset === "0" ? "0" : "1";
        place.append(label(texts.value, answer));
        read = () => answer.value;
        return;
      }
      if (one.kind === "reference") {
        const select = tz.el("select", { class: "form-select", "data-remote": one.url, multiple: true, "aria-label": texts.value });
        const names = old && old.field === one.name ? old.valueLabel.split("、") : [];
        preset.split(",").filter(Boolean).forEach((value, index) => select.append(tz.el("option", { value, selected: true, text: names[index] || value })));
        place.append(tz.el("span", { class: "tz-l", text: texts.value }), select);
        tz.renew(place);
        read = () => [...select.options].filter((option) => option.selected && option.value).map((option) => option.value).join(",");
        return;
      }
      const days = word.endsWith("_days");
      const input = tz.el("input", { class: "form-control form-control-sm", type: "text", autocomplete: "off", inputmode: days || ["money", "quantity", "percent", "whole"].includes(one.kind) ? "decimal" : null });
      if (!days && ["date", "datetime", "time"].includes(one.kind)) input.dataset.when = one.kind;
      input.value = preset;
      place.append(label(days ? `${texts.value} (${texts.days})` : texts.value, input));
      read = () => input.value.trim();
    };
    const relations = () => {
      relation.replaceChildren(...spec().relations.map(([value, text]) => tz.el("option", { value, text })));
      if (old && old.field === field.value && spec().relations.some(([value]) => value === old.relation)) relation.value = old.relation;
      control();
    };
    field.addEventListener("change", relations);
    relation.addEventListener("change", control);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      document.activeElement?.blur(); // a date that is being typed becomes a date
      const value = read();
      if (!value && !bare.has(relation.value)) return void place.querySelector("input, select")?.focus();
      const address = query();
      const kept = address.getAll("where").filter((text) => !old || text !== `${old.field}:${old.relation}:${old.value}`);
      address.delete("where");
      for (const text of [...kept, `${field.value}:${relation.value}:${value}`]) address.append("where", text);
      go(address);
    });
    if (old) field.value = old.field;
    relations();
    panel.replaceChildren(form);
    (old ? place.querySelector("input, select") || relation : field).focus();
  };
  list.addEventListener("tz:open", (event) => event.target.matches(".tz-pop") && build(event.target), true);
  list.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-condition]");
    if (!chip) return;
    event.stopPropagation();
    const panel = list.querySelector(".tz-pop");
    tz.openMenu(chip, panel);
    build(panel, chip.dataset);
  });
  list.addEventListener("click", (event) => {
    if (event.target.closest("[data-sheet]")) document.getElementById("list-tools").classList.toggle("is-sheet");
    else if (event.target.matches(".tz-conds") || event.target.closest("[data-sheet-close]")) document.getElementById("list-tools").classList.remove("is-sheet");
  });

  // -- columns ---------------------------------------------------------------------------------------------------------
  list.addEventListener("input", (event) => {
    if (!event.target.matches("[data-columns-find]")) return;
    const words = event.target.value.trim().toLowerCase();
    for (const label of event.target.form.querySelectorAll("[data-column]")) label.hidden = Boolean(words) && !label.textContent.toLowerCase().includes(words);
  });
  list.addEventListener("change", (event) => {
    const label = event.target.closest("[data-column]");
    if (!label) return;
    const form = label.closest("form");
    form.querySelector(event.target.checked ? "[data-columns-shown]" : "[data-columns-rest]").append(label);
    event.target.focus();
  });
  list.addEventListener("keydown", (event) => {
    const label = event.target.closest("[data-columns-shown] [data-column]");
    if (!label || !event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    const other = event.key === "ArrowUp" ? label.previousElementSibling : label.nextElementSibling;
    if (!other || other.querySelector(":disabled") || label.querySelector(":disabled")) return;
    event.key === "ArrowUp" ? other.before(label) : other.after(label);
    event.target.focus();
  });
  list.addEventListener("pointerdown", (event) => {
    const label = event.target.closest(".grip")?.closest("[data-columns-shown] [data-column]");
    if (!label || label.querySelector(":disabled")) return;
    event.preventDefault();
    label.classList.add("drag");
    const box = label.parentElement;
    const move = (moved) => {
      for (const other of box.children) {
        const size = other.getBoundingClientRect();
        if (other === label || other.querySelector(":disabled") || moved.clientY < size.top || moved.clientY > size.bottom) continue;
        moved.clientY < size.top + size.height / 2 ? other.before(label) : other.after(label);
      }
    };
    const end = () => {
      label.classList.remove("drag");
      removeEventListener("pointermove", move);
      label.addEventListener("click", (click) => click.preventDefault(), { once: true });
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end, { once: true });
  });

  // -- views: what is asked for now goes into the form that keeps it ------------------------------------------------------
  document.querySelector("form[data-save-view]")?.addEventListener("submit", (event) => {
    const box = event.target.querySelector("[data-view-state]");
    box.replaceChildren(...[...new URLSearchParams(location.search)].filter(([name]) => !["page", "at", "view"].includes(name)).map(([name, value]) => tz.el("input", { type: "hidden", name, value })));
  });

  // -- keys ----------------------------------------------------------------------------------------------------------------
  let at = -1;
  const rows = () => [...body.querySelectorAll("tbody tr[data-id]")];
  const move = (by) => {
    const all = rows();
    if (!all.length) return;
    at = Math.min(Math.max(0, at + by), all.length - 1);
    all.forEach((row, place) => row.classList.toggle("here", place === at));
    all[at].scrollIntoView({ block: "nearest" });
    all[at].querySelector("a.main")?.focus({ preventScroll: true });
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || tz.isTyping(event.target) || document.querySelector("dialog[open]") || document.querySelector(".tz-menu:not([hidden])")) return;
    if (event.key === "Escape" && chosen.size) return (chosen.clear(), paint());
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") return body.querySelector(event.key === "ArrowLeft" ? "[data-previous]" : "[data-next]")?.click();
    if (!tz.island.singleKeys) return;
    const row = rows()[at];
    const act = { j: () => move(1), k: () => move(at < 0 ? 1 : -1), "/": () => search.select(), x: () => row?.querySelector("[data-pick-row]")?.click(), e: () => row?.querySelector('.tz-menu a[href*="/edit/"]')?.click(), Enter: () => !event.target.closest("a, button, input") && row?.querySelector("a.main")?.click() }[event.key];
    if (act) (event.key !== "Enter" && event.preventDefault(), act());
  });
  body.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr[data-id]");
    if (!row) return;
    at = rows().indexOf(row);
    rows().forEach((other) => other.classList.toggle("here", other === row && event.target.matches("a.main")));
  });
  void here;
})();
