// What every page needs: texts, requests, menus, questions before grave steps, messages, work in progress.
// Other scripts use `tz`. Nothing here evaluates code or writes style into markup (CSP).
(() => {
  "use strict";
  const root = document.documentElement;
  const island = JSON.parse(document.getElementById("tz-island").textContent);
  const csrf = document.querySelector('meta[name="csrf-token"]').content;

  const tz = (window.tz = {
    island,
    urls: island.urls,

    // A sentence from the server, with its {names} filled in.
    text(name, values = {}) {
      return (island.texts[name] || name).replace(/\{(\w+)\}/g, (_all, key) => values[key] ?? "");
    },

    // An element from a tag, attributes and children; text is never read as markup.
    el(tag, attributes = {}, ...children) {
      const made = document.createElement(tag);
      for (const [name, value] of Object.entries(attributes)) {
        if (value === false || value == null) continue;
        if (name === "text") made.textContent = value;
        else made.setAttribute(name, value === true ? "" : value);
      }
      made.append(...children.filter((child) => child != null));
      return made;
    },

    icon(name) {
      const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
      const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
      svg.setAttribute("class", "ti");
      svg.setAttribute("aria-hidden", "true");
      use.setAttribute("href", `${tz.file("vendor/icons.svg")}#i-${name}`);
      svg.append(use);
      return svg;
    },

    file: (name) => `${island.static}${name}?v=${encodeURIComponent(island.build)}`,

    // Load a script of the house once; resolves when it is there.
    load(name) {
      tz.loading ||= new Map();
      if (!tz.loading.has(name)) {
        tz.loading.set(
          name,
          new Promise((resolve, reject) => {
            const script = tz.el("script", { src: tz.file(name) });
            script.onload = resolve;
            script.onerror = reject;
            document.head.append(script);
          }),
        );
      }
      return tz.loading.get(name);
    },

    // Ask the server; an answer that is no success becomes an Error with a sentence.
    async ask(url, { method = "GET", data = null, signal = null } = {}) {
      let answer;
      const headers = { Accept: "application/json", "X-Requested-With": "fetch" };
      if (method !== "GET") headers["X-CSRFToken"] = csrf;
      const body = data && !(data instanceof FormData) ? new URLSearchParams(data) : data;
      try {
        answer = await fetch(url, { method, headers, body, signal, credentials: "same-origin" });
      } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new Error(tz.text("noConnection"));
      }
      if (answer.redirected && new URL(answer.url).pathname.startsWith("/login")) throw new Error(tz.text("signedOut"));
      if (answer.status === 204) return null;
      const kind = answer.headers.get("Content-Type") || "";
      const said = kind.includes("json") ? await answer.json() : await answer.text();
      if (answer.ok) return said;
      if (answer.status === 401) throw new Error(tz.text("signedOut"));
      const why = typeof said === "object" && typeof said.message === "string" ? said.message : answer.status === 403 ? tz.text("noRight") : String(answer.status);
      throw Object.assign(new Error(typeof said === "object" && said.message ? why : tz.text("failed", { why })), { status: answer.status });
    },

    // A message at the upper right that goes by itself. Errors never come this way: use tz.alert.
    toast(message, kind = "success", link = null) {
      const toast = tz.el("div", { class: `tz-toast is-${kind}` }, tz.icon(kind === "success" ? "circle-check" : "info-circle"), tz.el("span", { class: "grow", text: message }));
      if (link) toast.append(tz.el("a", { href: link.url, text: link.label }));
      const close = tz.el("button", { class: "tz-icon", type: "button", "aria-label": tz.text("close") }, tz.icon("x"));
      close.addEventListener("click", () => toast.remove());
      toast.append(close);
      document.getElementById("tz-toasts").append(toast);
      let timer = setTimeout(() => toast.remove(), link ? 10000 : 6000);
      toast.addEventListener("mouseenter", () => clearTimeout(timer));
      toast.addEventListener("mouseleave", () => (timer = setTimeout(() => toast.remove(), 3000)));
      return toast;
    },

    // A notice on top of the page that stays: for what went wrong.
    alert(message) {
      let box = document.getElementById("tz-alerts");
      if (!box) {
        box = tz.el("div", { class: "tz-notes", id: "tz-alerts" });
        document.getElementById("main").prepend(box);
      }
      const note = tz.el("div", { class: "tz-note bad-n", role: "alert", tabindex: "-1" }, tz.icon("alert-circle"), tz.el("div", { class: "grow", text: message }));
      box.replaceChildren(note);
      note.focus();
    },

    // The question before a step. Resolves with {reason} for yes, null for no. The harmless button has the focus.
    question({ title, text = "", verb, reason = false, grave = false, no = "" }) {
      const dialog = document.getElementById("tz-ask");
      const field = dialog.querySelector("textarea");
      const error = document.getElementById("tz-ask-e");
      const yes = dialog.querySelector("[data-ask-yes]");
      const cancel = dialog.querySelector("[data-ask-no]");
      const sentence = dialog.querySelector("[data-ask-text]");
      document.getElementById("tz-ask-t").textContent = title;
      sentence.textContent = text;
      sentence.hidden = !text;
      dialog.querySelector("[data-ask-reason]").hidden = !reason;
      field.value = "";
      error.hidden = true;
      field.removeAttribute("aria-invalid");
      yes.textContent = verb;
      yes.className = `btn ${grave ? "btn-neg" : "btn-primary"}`;
      cancel.firstChild.textContent = no || tz.text("unchoose");
      return new Promise((resolve) => {
        const ends = new AbortController();
        const end = (answer) => {
          ends.abort();
          dialog.close();
          resolve(answer);
        };
        const accept = () => {
          const said = field.value.trim();
          if (reason && !said) {
            error.hidden = false;
            field.setAttribute("aria-invalid", "true");
            field.focus();
            return;
          }
          end({ reason: said });
        };
        const options = { signal: ends.signal };
        yes.addEventListener("click", accept, options);
        cancel.addEventListener("click", () => end(null), options);
        dialog.addEventListener("cancel", (event) => (event.preventDefault(), end(null)), options);
        dialog.addEventListener(
          "keydown",
          (event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) (event.preventDefault(), event.stopPropagation(), accept());
          },
          options,
        );
        dialog.showModal();
        (reason ? field : cancel).focus();
      });
    },

    // Run something for each element that matches, now and in whatever is swapped in later.
    each(selector, what) {
      const run = (within) => {
        for (const found of within.querySelectorAll(selector)) {
          const done = (found.tzDone ||= new Set());
          if (!done.has(what)) (done.add(what), what(found));
        }
      };
      eachers.push(run);
      run(document);
    },
    renew(within) {
      for (const run of eachers) run(within);
    },

    isTyping(target) {
      return target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable], .ts-wrapper, dialog[open]");
    },
    wait(milliseconds, what) {
      let timer;
      return (...values) => {
        clearTimeout(timer);
        timer = setTimeout(() => what(...values), milliseconds);
      };
    },
  });
  const eachers = [];
  document.addEventListener("htmx:after:settle", (event) => tz.renew(event.target.nodeType === 1 ? event.target : document));
  document.addEventListener("htmx:after:swap", () => tz.renew(document));
  document.addEventListener("htmx:error", (event) => {
    if (event.detail?.error?.name !== "AbortError") tz.alert(tz.text("noConnection"));
  });

  // -- menus: a button with data-menu opens the .tz-menu beside it ------------------------------------
  let open = null;
  const place = () => {
    if (!open) return;
    const { button, menu } = open;
    const at = button.getBoundingClientRect();
    const size = menu.getBoundingClientRect();
    const below = innerHeight - at.bottom - 8;
    const top = below >= size.height || below >= at.top ? at.bottom + 4 : Math.max(8, at.top - size.height - 4);
    const left = menu.dataset.side === "left" ? at.left : at.right - size.width;
    menu.style.top = `${top}px`;
    menu.style.left = `${Math.min(Math.max(8, left), innerWidth - size.width - 8)}px`;
    menu.style.maxHeight = `${Math.max(160, Math.min(560, innerHeight - top - 8))}px`;
  };
  tz.closeMenu = (refocus = false) => {
    if (!open) return;
    const { button, menu } = open;
    open = null;
    menu.hidden = true;
    button.setAttribute("aria-expanded", "false");
    if (refocus) button.focus();
  };
  tz.openMenu = (button, menu = button.parentElement.querySelector(":scope > .tz-menu")) => {
    tz.closeMenu();
    open = { button, menu };
    menu.hidden = false;
    button.setAttribute("aria-expanded", "true");
    place();
    menu.dispatchEvent(new CustomEvent("tz:open"));
    (menu.querySelector("[autofocus]") || menu.querySelector("a, button, input"))?.focus({ preventScroll: true });
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-menu]");
    if (button) {
      const was = open?.button === button;
      tz.closeMenu();
      if (!was) tz.openMenu(button);
      return;
    }
    if (open && !open.menu.contains(event.target) && event.target.isConnected) tz.closeMenu();
  });
  addEventListener("scroll", (event) => open && !open.menu.contains(event.target) && place(), true);
  addEventListener("resize", place);
  document.addEventListener("keydown", (event) => {
    if (!open) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopImmediatePropagation();
      tz.closeMenu(true);
      return;
    }
    if (event.key === "Tab") return setTimeout(() => open && !open.menu.contains(document.activeElement) && tz.closeMenu());
    const items = [...open.menu.querySelectorAll('[role="menuitem"]')].filter((item) => item.offsetParent);
    const at = items.indexOf(document.activeElement);
    if (!items.length || (event.target.matches("input, textarea, select") && !event.target.matches("[type=radio]"))) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined || event.target.matches("[type=radio]")) return;
    event.preventDefault();
    items[(to + items.length) % items.length].focus();
  });

  // -- questions before a form is sent: data-confirm, data-reason, data-grave ---------------------------
  document.addEventListener(
    "submit",
    async (event) => {
      const form = event.target;
      if (!form.matches("form[data-confirm]") || form.dataset.asked) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const submitter = event.submitter;
      tz.closeMenu();
      const answer = await tz.question({ title: form.dataset.confirm, text: form.dataset.text || "", verb: form.dataset.verb, reason: "reason" in form.dataset, grave: "grave" in form.dataset });
      if (!answer) return submitter?.focus();
      if (answer.reason) form.append(tz.el("input", { type: "hidden", name: "reason", value: answer.reason }));
      form.dataset.asked = "1";
      form.requestSubmit(submitter?.form === form ? submitter : undefined);
    },
    true,
  );

  // A form is sent once: its button waits with a turning sign, at the same width.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method === "dialog" || event.target.target === "_blank") return;
    if (event.target.dataset.sent) return event.preventDefault();
    event.target.dataset.sent = "1";
    const button = event.submitter;
    if (!button || button.closest(".tz-menu")) return;
    button.setAttribute("aria-busy", "true");
    const sign = button.querySelector("svg.ti:first-child use");
    if (sign) {
      sign.setAttribute("href", `${tz.file("vendor/icons.svg")}#i-loader-2`);
      button.querySelector("svg.ti").classList.add("tz-spin");
    }
  });
  // Back from the browser's memory: everything may be sent again.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll('[aria-busy="true"]')) button.removeAttribute("aria-busy");
  });

  // What cannot be done now says why when it is pressed.
  document.addEventListener("click", (event) => {
    const why = event.target.closest("[data-why]");
    if (why) (event.preventDefault(), tz.toast(why.dataset.why, "info"));
    const opener = event.target.closest("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog)?.showModal();
    if (event.target.closest("dialog [data-close]")) event.target.closest("dialog").close();
    if (event.target.matches("dialog.tz-dlg") && event.target.id !== "tz-ask") event.target.close();
    const more = event.target.closest("[data-more]");
    if (more) {
      const box = more.closest("li, section, div.tz-card") || more.parentElement;
      box.classList.add("is-all");
      more.remove();
    }
    const password = event.target.closest("[data-show-password]");
    if (password) {
      const field = password.parentElement.querySelector("input");
      const shown = field.type === "text";
      field.type = shown ? "password" : "text";
      password.setAttribute("aria-pressed", String(!shown));
    }
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("select[data-go]")) return;
    const url = event.target.value;
    if (tz.part && event.target.closest("[data-list]")) tz.part(url);
    else location.assign(url);
  });

  // -- appearance ------------------------------------------------------------------------------------------
  const keep = (data) => (island.signedIn ? tz.ask(tz.urls.preferences, { method: "POST", data }).catch((error) => tz.alert(error.message)) : Promise.resolve());
  tz.prefer = keep;
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-toggle-theme]")) return;
    const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    root.dataset.theme = theme;
    window.tzTheme.apply();
    for (const radio of document.querySelectorAll('input[name="theme"]')) radio.checked = radio.value === theme;
    keep({ theme });
  });
  document.addEventListener("change", async (event) => {
    const form = event.target.closest("form[data-preferences]");
    if (!form) return;
    const { name, type, checked, value } = event.target;
    if (name === "theme") {
      root.dataset.theme = value;
      window.tzTheme.apply();
    } else if (name === "density") root.dataset.density = value;
    else if (name === "single_keys") island.singleKeys = checked;
    await keep({ [name]: type === "checkbox" ? (checked ? "1" : "0") : value });
    if ("reload" in event.target.dataset) location.reload();
  });

  // -- messages of the server ----------------------------------------------------------------------------
  tz.each("template[data-toast]", (found) => {
    tz.toast(found.content.textContent.trim(), found.dataset.toast);
    found.remove();
  });

  // -- a job at work: asks how far it is, until it is done --------------------------------------------------
  tz.each("[data-progress-url]", (box) => {
    const bar = box.querySelector("progress");
    const part = (name) => box.querySelector(`[data-progress-${name}]`);
    const began = Date.now();
    let first = null;
    let failures = 0;
    const look = async () => {
      if (!box.isConnected) return;
      try {
        const state = await tz.ask(box.dataset.progressUrl);
        failures = 0;
        if (state.text) part("text").textContent = state.text;
        if (state.total) {
          first ??= state.done;
          bar.max = state.total;
          bar.value = state.done;
          part("count").textContent = `${state.done.toLocaleString("en")} / ${state.total.toLocaleString("en")}`;
          const rate = (state.done - first) / (Date.now() - began);
          if (rate > 0 && state.done < state.total && Date.now() - began > 3000) {
            const left = Math.ceil((state.total - state.done) / rate / 1000);
            part("note").textContent = tz.text("remaining", { time: left > 90 ? tz.text("minutes", { count: Math.round(left / 60) }) : tz.text("seconds", { count: left }) });
          }
        }
        if (state.finished) {
          bar.value = bar.max;
          part("note").textContent = state.text || tz.text("finished");
          box.dispatchEvent(new CustomEvent("tz:finished", { bubbles: true, detail: state }));
          if (state.url) location.assign(state.url);
          return;
        }
      } catch (error) {
        if (++failures > 5) return void (part("note").textContent = error.message);
      }
      setTimeout(look, document.hidden ? 4000 : failures ? 3000 : 1000);
    };
    look();
  });

  // -- charts and remote selects bring their library along ------------------------------------------------
  tz.each("[data-chart]", async (box) => {
    await tz.load("vendor/echarts.min.js");
    await tz.load("js/charts.js");
    tz.draw(box);
  });
})();
