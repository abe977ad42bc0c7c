// The shell: filter of the side menu, the rail, Ctrl K, keys.
(() => {
  "use strict";
  const root = document.documentElement;

  // -- side menu ------------------------------------------------------------------------------------------
  const nav = document.querySelector(".tz-nav");
  const filter = nav?.querySelector("[data-menu-filter]");
  const chapters = [...(nav?.querySelectorAll("details") || [])];
  const wasOpen = new Map(chapters.map((chapter) => [chapter, chapter.open]));
  const narrow = () => {
    const words = filter.value.trim().toLowerCase().replace(/\s+/g, "");
    nav.classList.toggle("is-filtered", Boolean(words));
    let found = 0;
    for (const chapter of chapters) {
      let here = 0;
      for (const entry of chapter.querySelectorAll("a[data-find]")) {
        const fits = !words || entry.dataset.find.split(" ").some((text) => text.includes(words)) || entry.textContent.trim().toLowerCase().replace(/\s+/g, "").includes(words);
        entry.classList.toggle("is-out", !fits);
        here += fits;
      }
      chapter.classList.toggle("is-out", Boolean(words) && !here);
      chapter.open = words ? here > 0 : wasOpen.get(chapter);
      found += here;
    }
    nav.querySelector("[data-menu-none]").hidden = found > 0;
  };
  filter?.addEventListener("input", narrow);
  filter?.addEventListener("keydown", (event) => {
    const shown = () => [...nav.querySelectorAll("details a[data-find]:not(.is-out)")].filter((entry) => entry.offsetParent);
    if (event.key === "Escape" && filter.value) {
      event.stopPropagation();
      filter.value = "";
      narrow();
    } else if (event.key === "Enter" && filter.value) shown()[0]?.click();
    else if (event.key === "ArrowDown") (event.preventDefault(), shown()[0]?.focus());
  });
  nav?.addEventListener("keydown", (event) => {
    if (!["ArrowDown", "ArrowUp"].includes(event.key) || event.target === filter) return;
    const all = [...nav.querySelectorAll("a, summary")].filter((entry) => entry.offsetParent);
    const next = all[all.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) (event.preventDefault(), next.focus());
  });

  // The menu as a page has its own filter.
  const pageFilter = document.querySelector("[data-page-filter]");
  pageFilter?.addEventListener("input", () => {
    const words = pageFilter.value.trim().toLowerCase().replace(/\s+/g, "");
    for (const card of document.querySelectorAll("[data-menu-page] .tz-card")) {
      let here = 0;
      for (const entry of card.querySelectorAll("a[data-find]")) {
        const fits = !words || entry.dataset.find.replace(/\s+/g, " ").split(" ").some((text) => text.includes(words));
        entry.hidden = !fits;
        here += fits;
      }
      card.hidden = !here;
    }
  });

  const opener = document.querySelector("[data-menu-open]");
  const showMenu = (shown) => {
    root.dataset.state = shown ? "menu" : "";
    opener?.setAttribute("aria-expanded", String(shown));
  };
  opener?.addEventListener("click", () => showMenu(root.dataset.state !== "menu"));
  nav?.addEventListener("click", (event) => {
    const rail = matchMedia("(min-width: 768px) and (max-width: 1199.98px)").matches;
    if (rail && event.target.closest("summary") && root.dataset.state !== "menu") {
      event.preventDefault();
      event.target.closest("details").open = true;
      showMenu(true);
    }
  });
  document.addEventListener("click", (event) => {
    if (root.dataset.state === "menu" && !event.target.closest(".tz-side")) showMenu(false);
  });
  nav?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });

  // -- Ctrl K --------------------------------------------------------------------------------------------
  const palette = document.getElementById("tz-palette");
  const input = palette.querySelector("input");
  const found = document.getElementById("tz-found");
  let asked = null;
  let chosen = -1;
  const options = () => [...found.querySelectorAll(".o")];
  const choose = (to) => {
    const all = options();
    if (!all.length) return void ((chosen = -1), input.removeAttribute("aria-activedescendant"));
    chosen = (to + all.length) % all.length;
    all.forEach((one, at) => one.setAttribute("aria-selected", String(at === chosen)));
    input.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  };
  const marked = (label, words) => {
    const at = words ? label.toLowerCase().indexOf(words.toLowerCase()) : -1;
    if (at < 0) return [label];
    return [label.slice(0, at), tz.el("mark", { text: label.slice(at, at + words.length) }), label.slice(at + words.length)];
  };
  const show = (groups, words) => {
    let count = 0;
    const parts = [];
    for (const group of groups) {
      parts.push(tz.el("h3", { text: group.label }));
      for (const entry of group.entries.slice(0, 10)) {
        const name = tz.el("span", { class: "cut" }, ...marked(entry.label, words));
        if (entry.secondary) name.append(" ", tz.el("small", { text: entry.secondary }));
        const option = tz.el("a", { class: "o", href: entry.url, role: "option", id: `tz-o-${count++}`, "aria-selected": "false", tabindex: "-1" }, tz.icon(entry.icon || group.icon || "table"), name);
        if (entry.note) option.append(tz.el("small", { class: /^[A-Z]+-/.test(entry.note) ? "id end" : "end", text: entry.note }));
        parts.push(option);
      }
    }
    if (!parts.length) parts.push(tz.el("p", { text: words ? tz.text("searchNone", { text: words }) : tz.text("typeToSearch") }));
    found.replaceChildren(...parts);
    choose(0);
  };
  const search = async () => {
    asked?.abort();
    asked = new AbortController();
    const words = input.value.trim();
    try {
      const answer = await tz.ask(`${tz.urls.search}?q=${encodeURIComponent(words)}`, { signal: asked.signal });
      show(answer.groups, words);
    } catch (error) {
      if (error.name !== "AbortError") found.replaceChildren(tz.el("p", { text: error.message || tz.text("searchFailed") }));
    }
  };
  const soon = tz.wait(140, search);
  tz.palette = () => {
    tz.closeMenu();
    if (palette.open) return;
    palette.showModal();
    input.value = "";
    input.focus();
    search();
  };
  input.addEventListener("input", (event) => event.isComposing || soon());
  input.addEventListener("compositionend", soon);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") (event.preventDefault(), choose(chosen + 1));
    else if (event.key === "ArrowUp") (event.preventDefault(), choose(chosen - 1));
    else if (event.key === "Enter" && options()[chosen]) {
      event.preventDefault();
      if (event.ctrlKey || event.metaKey) window.open(options()[chosen].href, "_blank", "noopener");
      else options()[chosen].click();
    }
  });
  found.addEventListener("mousemove", (event) => {
    const at = options().indexOf(event.target.closest(".o"));
    if (at >= 0 && at !== chosen) choose(at);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-palette]") && !event.ctrlKey && !event.metaKey) (event.preventDefault(), tz.palette());
    if (event.target.closest("[data-keys-help]")) (tz.closeMenu(), document.getElementById("tz-keys").showModal());
  });

  // -- keys: single letters only outside fields, and only where the person keeps them on --------------------
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return tz.palette();
    }
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !tz.island.singleKeys) return;
    if (tz.isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "?") return void document.getElementById("tz-keys").showModal();
    const link = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (link && link.offsetParent) (event.preventDefault(), link.click());
  });
})();
