// Forms: nothing typed is ever lost, dates and amounts as people type them, remote selects, lines, files, keys.
(() => {
  "use strict";

  // -- remote selects ----------------------------------------------------------------------------------------
  const remote = async (select) => {
    await tz.load("vendor/tom-select.complete.min.js");
    if (select.tomselect || !select.isConnected) return;
    const url = select.dataset.remote;
    const joint = url.includes("?") ? "&" : "?";
    const chosen = [...select.options].filter((option) => option.value).map((option) => ({ value: option.value, text: option.textContent, secondary: option.dataset.secondary || "" }));
    const describedby = select.getAttribute("aria-describedby");
    const label = select.getAttribute("aria-label");
    const field = new window.TomSelect(select, {
      options: chosen,
      items: chosen.map((one) => one.value),
      valueField: "value",
      labelField: "text",
      searchField: [], // the server has searched, by initials too
      maxOptions: 200,
      hideSelected: true,
      preload: "focus",
      loadThrottle: 180,
      placeholder: select.getAttribute("placeholder") || tz.text("typeToSearch"),
      plugins: select.multiple ? ["virtual_scroll", "remove_button"] : select.getAttribute("aria-required") ? ["virtual_scroll"] : ["virtual_scroll", "clear_button"],
      firstUrl: (query) => `${url}${joint}q=${encodeURIComponent(query)}&page=1`,
      shouldLoad: () => true,
      score: () => () => 1,
      load(query, done) {
        const address = this.getUrl(query);
        tz.ask(address)
          .then((answer) => {
            if (answer.more) {
              const page = Number(new URL(address, location.href).searchParams.get("page")) + 1;
              this.setNextUrl(query, `${url}${joint}q=${encodeURIComponent(query)}&page=${page}`);
            }
            done(answer.results);
          })
          .catch(() => done());
      },
      render: {
        option: (one, escape) => `<div class="option"><div class="tz-opt"><span>${escape(one.text)}</span><small class="id">${escape(one.secondary || "")}</small>${one.note ? `<small>${escape(one.note)}</small>` : ""}</div></div>`,
        item: (one, escape) => `<div title="${escape(one.text)}">${escape(one.text)}${one.secondary ? `<small class="id">${escape(one.secondary)}</small>` : ""}</div>`,
        no_results: () => `<div class="no-results">${tz.text("noResults")}</div>`,
        loading: () => `<div class="spinner">${tz.text("loading")}</div>`,
        loading_more: () => `<div class="spinner">${tz.text("loading")}</div>`,
        no_more_results: () => null,
        clear_button: () => `<button class="clear-button" type="button" tabindex="-1" title="${tz.text("clear")}" aria-label="${tz.text("clear")}">×</button>`,
      },
      onInitialize() {
        if (describedby) this.control_input.setAttribute("aria-describedby", describedby);
        if (label) this.control_input.setAttribute("aria-label", label);
        if (select.getAttribute("aria-invalid")) this.control_input.setAttribute("aria-invalid", "true");
        if (select.dataset.add) {
          const foot = tz.el("div", { class: "tz-opt-foot" }, tz.el("span"), tz.el("a", { href: select.dataset.add, target: "_blank", rel: "noopener", text: tz.text("newEntry") }));
          this.dropdown.append(foot);
        }
      },
      onType() {
        this.clearOptions();
      },
      onChange() {
        select.dispatchEvent(new Event("input", { bubbles: true }));
      },
    });
    // The list of a select inside a scrolling box must not be cut off.
    if (select.closest(".tz-scroll, .tz-menu, dialog")) {
      field.on("dropdown_open", (list) => {
        const at = field.control.getBoundingClientRect();
        list.style.position = "fixed";
        list.style.top = `${at.bottom}px`;
        list.style.left = `${at.left}px`;
        list.style.width = `${Math.max(at.width, 240)}px`;
        list.style.zIndex = "60";
      });
    }
  };
  tz.each("select[data-remote]", (select) => select.closest("template") || remote(select));

  // -- dates and times, as people type them -----------------------------------------------------------------
  const two = (number) => String(number).padStart(2, "0");
  const today = () => {
    const now = new Date();
    return [now.getFullYear(), now.getMonth() + 1, now.getDate()];
  };
  const readDate = (typed) => {
    const text = typed.normalize("NFKC").trim();
    const [year] = today();
    if (["今天", "今", "t", "today"].includes(text.toLowerCase())) return today();
    const shift = text.match(/^([+-]\d{1,3})$/);
    if (shift) {
      const there = new Date(year, today()[1] - 1, today()[2] + Number(shift[1]));
      return [there.getFullYear(), there.getMonth() + 1, there.getDate()];
    }
    let parts = text.match(/^(\d{4})(\d{2})(\d{2})$/) || text.match(/^(\d{4})[-/.年 ](\d{1,2})[-/.月 ](\d{1,2})日?$/);
    if (parts) return parts.slice(1).map(Number);
    parts = text.match(/^(\d{1,2})[-/.月 ](\d{1,2})日?$/) || text.match(/^(\d{2})(\d{2})$/);
    return parts ? [year, Number(parts[1]), Number(parts[2])] : null;
  };
  const exists = ([year, month, day]) => {
    const there = new Date(year, month - 1, day);
    return there.getFullYear() === year && there.getMonth() === month - 1 && there.getDate() === day;
  };
  const readTime = (typed) => {
    const parts = typed.normalize("NFKC").trim().match(/^(\d{1,2})[:：点时](\d{1,2})?分?$/) || typed.trim().match(/^(\d{1,2})(\d{2})$/);
    if (!parts) return null;
    const [hour, minute] = [Number(parts[1]), Number(parts[2] || 0)];
    return hour < 24 && minute < 60 ? `${two(hour)}:${two(minute)}` : null;
  };
  const neat = (kind, typed) => {
    if (kind === "time") return readTime(typed);
    const [day, ...rest] = typed.trim().replace("T", " ").split(/\s+/);
    const date = readDate(day);
    if (!date || !exists(date)) return null;
    const written = `${date[0]}-${two(date[1])}-${two(date[2])}`;
    if (kind === "date") return written;
    const time = rest.length ? readTime(rest.join("")) : "00:00";
    return time && `${written} ${time}`;
  };
  document.addEventListener("focusout", (event) => {
    const field = event.target;
    if (!field.matches?.("[data-when]") || !field.value.trim()) return;
    const found = neat(field.dataset.when, field.value);
    if (found) field.value = found; // what cannot be read stays as typed; the server says why
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pick]");
    if (!button) return;
    const box = button.parentElement;
    const field = box.querySelector("[data-when]");
    let native = box.querySelector("input.native");
    if (!native) {
      native = tz.el("input", { class: "native", type: field.dataset.when === "datetime" ? "datetime-local" : field.dataset.when, tabindex: "-1", "aria-hidden": "true" });
      native.addEventListener("change", () => {
        field.value = native.value.replace("T", " ");
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.focus();
      });
      box.append(native);
    }
    native.value = (neat(field.dataset.when, field.value) || "").replace(" ", "T");
    native.showPicker?.();
  });

  // -- amounts: thousands by comma, and the capitals of a voucher below -----------------------------------------
  const DIGITS = "零壹贰叁肆伍陆柒捌玖";
  const group = (four) => {
    let said = "";
    let zero = false;
    for (let place = 0; place < 4; place++) {
      const digit = Number(four[place]);
      if (!digit) zero = Boolean(said);
      else {
        said += (zero ? "零" : "") + DIGITS[digit] + ["仟", "佰", "拾", ""][place];
        zero = false;
      }
    }
    return said;
  };
  // The same words as app/documents/capitals.py; tests/browser compares them.
  tz.capitals = (typed) => {
    const text = typed.normalize("NFKC").replace(/[,\s¥$]/g, "").replace("−", "-");
    const parts = text.match(/^(-?)(\d{1,16})(?:\.(\d{1,4}))?$/);
    if (!parts) return "";
    let fen = BigInt(parts[2]) * 100n + BigInt((parts[3] || "").padEnd(3, "0").slice(0, 2));
    if (Number((parts[3] || "").padEnd(3, "0")[2]) >= 5) fen += 1n;
    const yuan = String(fen / 100n);
    const [jiao, cent] = [Number((fen / 10n) % 10n), Number(fen % 10n)];
    const digits = yuan.padStart(Math.ceil(yuan.length / 4) * 4, "0");
    const units = ["", "万", "亿", "万亿"];
    let said = "";
    let gap = false;
    for (let at = 0; at < digits.length; at += 4) {
      const four = digits.slice(at, at + 4);
      const unit = units[digits.length / 4 - at / 4 - 1];
      if (four === "0000") {
        gap = Boolean(said);
        if (unit === "亿" && said) said = `${said.replace(/万亿$/, "万")}亿`;
        continue;
      }
      if (said && (gap || four[0] === "0")) said += "零";
      if (unit === "亿") said = said.replace(/万亿/, "万");
      said += group(four) + unit;
      gap = false;
    }
    said = said ? `${said}元` : "";
    if (!jiao && !cent) said = `${said || "零元"}整`;
    else {
      if (jiao) said += `${DIGITS[jiao]}角`;
      else if (said) said += "零";
      if (cent) said += `${DIGITS[cent]}分`;
    }
    return (parts[1] && fen ? "负" : "") + said;
  };
  const amount = (field) => {
    const text = field.value.normalize("NFKC").replace(/[,\s]/g, "");
    const parts = text.match(/^([-−]?)(\d+)(\.\d+)?$/);
    if (parts) field.value = parts[1] + parts[2].replace(/\B(?=(\d{3})+$)/g, ",") + (parts[3] || "");
  };
  const preview = (field) => {
    const place = field.closest("[data-field]")?.querySelector("[data-capitals]");
    if (place) place.textContent = document.documentElement.lang.startsWith("zh") && field.value.trim() ? tz.capitals(field.value) : "";
  };
  tz.each("input[data-money]", (field) => {
    amount(field);
    field.dataset.was = field.value;
    preview(field);
  });
  document.addEventListener("input", (event) => event.target.matches?.("[data-money]") && preview(event.target));
  document.addEventListener("focusout", (event) => event.target.matches?.("[data-money]") && amount(event.target));

  // Running text grows with what is written.
  const grow = (area) => {
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, 480)}px`;
  };
  tz.each("textarea[data-grow]", (area) => {
    if (area.value) grow(area);
    area.addEventListener("input", () => grow(area));
  });

  // -- files: chosen, dropped or pasted ----------------------------------------------------------------------------
  const LIMIT = 20 * 1024 * 1024;
  tz.each("[data-drop]", (box) => {
    const field = box.querySelector('input[type="file"]');
    const list = box.querySelector(".tz-drop-files");
    const sends = box.closest("form[data-upload]");
    const give = (files) => {
      const all = new DataTransfer();
      for (const file of files) {
        if (file.size > LIMIT) tz.alert(tz.text("tooBig", { name: file.name }));
        else all.items.add(file);
      }
      field.files = all.files;
      show();
      field.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const show = () => {
      list.replaceChildren(
        ...[...field.files].map((file, at) => {
          const drop = tz.el("button", { class: "tz-link xs", type: "button", text: tz.text("remove") });
          drop.addEventListener("click", () => give([...field.files].filter((_file, other) => other !== at)));
          return tz.el("li", {}, tz.icon("paperclip"), tz.el("span", { class: "cut grow", text: file.name }), tz.el("span", { class: "xs t3", text: `${Math.max(1, Math.round(file.size / 1024)).toLocaleString("en")} KB` }), drop);
        }),
      );
      if (sends && field.files.length) sends.requestSubmit();
    };
    field.addEventListener("change", () => give([...field.files]));
    box.addEventListener("dragover", (event) => (event.preventDefault(), box.classList.add("is-over")));
    box.addEventListener("dragleave", () => box.classList.remove("is-over"));
    box.addEventListener("drop", (event) => {
      event.preventDefault();
      box.classList.remove("is-over");
      give([...field.files, ...event.dataTransfer.files]);
    });
    if (sends) return;
    document.addEventListener("paste", (event) => {
      if (event.clipboardData?.files.length && !tz.isTyping(event.target)) give([...field.files, ...event.clipboardData.files]);
    });
  });

  // -- lines: rows inside a form ----------------------------------------------------------------------------------
  tz.each("[data-lines]", (box) => {
    const name = box.dataset.lines;
    const body = box.querySelector("tbody");
    const template = box.querySelector("template");
    const rows = () => [...body.querySelectorAll(":scope > tr[data-line]")];
    let next = rows().length;
    const fields = (row) => [...row.querySelectorAll("input:not([type=hidden]), select, textarea")].filter((field) => field.name);
    const column = (field) => field.name.slice(field.name.lastIndexOf("-") + 1);
    const count = () => (box.querySelector("[data-lines-count]").textContent = rows().length ? tz.text("rows", { count: rows().length }) : "");
    const changed = () => (count(), box.dispatchEvent(new Event("input", { bubbles: true })));
    const make = (after = null) => {
      const row = template.content.firstElementChild.cloneNode(true);
      const place = next++;
      for (const part of row.querySelectorAll("[name], [id], [for]")) {
        for (const attribute of ["name", "id", "for"]) {
          if (part.hasAttribute(attribute)) part.setAttribute(attribute, part.getAttribute(attribute).replace("__index__", place));
        }
      }
      if (after) after.after(row);
      else body.append(row);
      tz.renew(row);
      return row;
    };
    const set = (field, value) => {
      if (field.type === "checkbox") field.checked = ["1", "true", "是", "有", "√", "✓", "y", "yes"].includes(String(value).trim().toLowerCase());
      else if (field.matches("select:not([data-remote])")) {
        const wanted = String(value).trim();
        const option = [...field.options].find((one) => one.value === wanted || one.textContent.trim() === wanted);
        if (!option && wanted) return tz.alert(tz.text("notInList", { text: wanted }));
        field.value = option?.value ?? "";
      } else if (field.dataset.remote) remotePaste(field, String(value).trim());
      else field.value = field.dataset.when ? neat(field.dataset.when, String(value)) || String(value).trim() : String(value).trim();
      if (field.matches("[data-money]")) amount(field);
    };
    const remotePaste = async (field, wanted) => {
      if (!wanted) return;
      const url = field.dataset.remote;
      try {
        const answer = await tz.ask(`${url}${url.includes("?") ? "&" : "?"}q=${encodeURIComponent(wanted)}`);
        const exact = answer.results.find((one) => one.text === wanted || one.secondary === wanted) || (answer.results.length === 1 ? answer.results[0] : null);
        if (!exact) return tz.alert(tz.text("notInList", { text: wanted }));
        await remote(field);
        field.tomselect.addOption(exact);
        field.tomselect.addItem(exact.value);
      } catch (error) {
        tz.alert(error.message);
      }
    };
    const valueOf = (field) => (field.type === "checkbox" ? (field.checked ? "1" : "") : field.value);
    const copy = (from, to) => {
      for (const field of fields(from)) {
        const twin = fields(to).find((other) => column(other) === column(field));
        if (!twin) continue;
        if (field.tomselect && field.value) {
          remote(twin).then(() => {
            twin.tomselect.addOption(field.tomselect.options[field.value]);
            twin.tomselect.addItem(field.value);
          });
        } else if (twin.type === "checkbox") twin.checked = field.checked;
        else twin.value = valueOf(field);
      }
    };
    const focus = (row, name = null) => {
      const all = fields(row);
      const field = all.find((one) => column(one) === name) || all[0];
      if (field?.tomselect) field.tomselect.focus();
      else field?.focus();
    };
    box.addEventListener("click", (event) => {
      const row = event.target.closest("tr[data-line]");
      if (event.target.closest("[data-line-add]")) (focus(make()), changed());
      else if (event.target.closest("[data-line-copy]")) {
        const made = make(row);
        copy(row, made);
        focus(made);
        changed();
      } else if (event.target.closest("[data-line-drop]")) {
        const near = row.nextElementSibling || row.previousElementSibling;
        row.remove();
        if (near) focus(near);
        else box.querySelector("[data-line-add]").focus();
        changed();
      } else if (event.target.closest("[data-line-paste]")) {
        tz.toast(tz.text("pasteHere"), "info");
        focus(rows().at(-1) || make());
      }
    });
    box.addEventListener("keydown", (event) => {
      const field = event.target;
      const row = field.closest?.("tr[data-line]");
      if (!row || event.isComposing) return;
      if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.defaultPrevented && !field.matches("button, textarea") && !field.closest(".ts-wrapper")) {
        event.preventDefault();
        focus(row.nextElementSibling || make(), field.name ? column(field) : null);
        changed();
      } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "d" && row.previousElementSibling) {
        event.preventDefault();
        copy(row.previousElementSibling, row);
        changed();
      }
    });
    // Rows copied in a spreadsheet fill the cells from where the caret stands, to the right and downwards.
    box.addEventListener("paste", (event) => {
      const text = event.clipboardData?.getData("text/plain") || "";
      const row = event.target.closest?.("tr[data-line]");
      if (!row || !/[\t\n]/.test(text.trimEnd())) return;
      event.preventDefault();
      const start = Math.max(0, fields(row).indexOf(event.target.closest(".ts-wrapper")?.previousElementSibling || event.target));
      const pasted = text.replace(/\r/g, "").replace(/\n$/, "").split("\n");
      let at = row;
      pasted.forEach((line, index) => {
        if (index) at = at.nextElementSibling || make();
        line.split("\t").forEach((value, offset) => {
          const field = fields(at)[start + offset];
          if (field) set(field, value);
        });
      });
      changed();
      tz.toast(tz.text("pasted", { count: pasted.length }), "info");
    });
    count();
    if (!rows().length && template && box.closest("form")?.dataset.guard !== undefined && !box.closest(".tz-scroll")) make();
    count();
    void name;
  });

  // Kept in this browser, for this person alone; gone when he signs out.
  tz.drafts = `draft:${tz.island.who}:`;
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-sign-out]")) return;
    for (const key of Object.keys(localStorage)) if (key.startsWith(tz.drafts)) localStorage.removeItem(key);
  });

  // -- what was typed and not saved -----------------------------------------------------------------------------------
  for (const form of document.querySelectorAll("form[data-guard]")) {
    const note = form.querySelector("[data-guard-note]");
    const key = `${tz.drafts}${location.pathname}`;
    const values = () => {
      const found = [];
      for (const [name, value] of new FormData(form)) {
        if (typeof value === "string" && !["csrf_token", "base", "version", "then"].includes(name)) found.push([name, value]);
      }
      return found;
    };
    const fold = (list) => {
      const folded = new Map();
      for (const [name, value] of list) folded.set(name, folded.has(name) ? `${folded.get(name)}\u0000${value}` : value);
      return folded;
    };
    const before = fold(values());
    let leaving = false;
    // After a refusal the form already differs from what is stored.
    const refused = Boolean(form.querySelector('[aria-invalid="true"], .tz-note.bad-n')) || document.getElementById("lost") !== null;
    const count = () => {
      const now = fold(values());
      let differ = 0;
      for (const name of new Set([...before.keys(), ...now.keys()])) differ += (before.get(name) ?? "") !== (now.get(name) ?? "");
      return differ;
    };
    const store = () => {
      try {
        const labels = [...form.querySelectorAll("select[data-remote]")].filter((field) => field.value).map((field) => [`${field.name}:label`, field.selectedOptions[0]?.textContent || ""]);
        localStorage.setItem(key, JSON.stringify({ at: Date.now(), version: form.elements.version?.value || "", values: [...values(), ...labels] }));
      } catch {
        // A full or forbidden store takes nothing away from the page itself.
      }
    };
    const say = tz.wait(400, () => {
      const differ = count();
      if (note) {
        const now = new Date();
        note.textContent = differ ? tz.text("draftKept", { when: `${two(now.getHours())}:${two(now.getMinutes())}` }) : "";
      }
      if (differ) store();
      else localStorage.removeItem(key);
    });
    form.addEventListener("input", say);
    form.addEventListener("change", say);

    const dirty = () => !leaving && (count() > 0 || refused);
    addEventListener("beforeunload", (event) => dirty() && event.preventDefault());
    form.addEventListener("submit", () => {
      leaving = true;
      store();
      sessionStorage.setItem("draft:sent", key);
    });
    document.addEventListener("click", async (event) => {
      const link = event.target.closest("a[href]");
      if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button || link.target === "_blank" || link.hasAttribute("download")) return;
      if (link.getAttribute("href").startsWith("#") || !dirty()) return;
      event.preventDefault();
      const answer = await tz.question({ title: tz.text("leave"), text: tz.text("leaveText", { count: count() || 1 }), verb: tz.text("leaveVerb"), grave: true, no: tz.text("stay") });
      if (!answer) return;
      leaving = true;
      localStorage.removeItem(key);
      location.assign(link.href);
    });

    // Something was kept by an earlier visit: offer it, never put it in unasked.
    const kept = (() => {
      try {
        return JSON.parse(localStorage.getItem(key) || "null");
      } catch {
        return null;
      }
    })();
    if (kept && !refused && kept.version === (form.elements.version?.value || "") && Date.now() - kept.at < 14 * 86400e3) {
      const then = new Date(kept.at);
      const text = tz.text("draftFound", { when: `${then.getMonth() + 1}-${two(then.getDate())} ${two(then.getHours())}:${two(then.getMinutes())}` });
      const put = tz.el("button", { class: "btn btn-std btn-sm", type: "button", text: tz.text("draftRestore") });
      const drop = tz.el("button", { class: "btn btn-quiet btn-sm", type: "button", text: tz.text("draftDrop") });
      const box = tz.el("div", { class: "tz-notes" }, tz.el("div", { class: "tz-note run-n", role: "status" }, tz.icon("history"), tz.el("div", { class: "grow", text }), drop, put));
      drop.addEventListener("click", () => (localStorage.removeItem(key), box.remove()));
      put.addEventListener("click", async () => {
        const old = fold(kept.values);
        for (const field of form.elements) {
          if (!field.name || ["csrf_token", "base", "version", "then"].includes(field.name) || field.type === "file" || field.type === "submit") continue;
          const value = old.get(field.name);
          if (field.type === "checkbox" || field.type === "radio") field.checked = (value ?? "").split("\u0000").includes(field.value);
          else if (field.dataset.remote) {
            if (!value || field.value === value) continue;
            await remote(field);
            const label = (kept.values.find(([name]) => name === `${field.name}:label`) || [])[1];
            field.tomselect.addOption({ value, text: label || `#${value}` });
            field.tomselect.addItem(value);
          } else if (value !== undefined) field.value = value;
        }
        box.remove();
        form.dispatchEvent(new Event("input", { bubbles: true }));
      });
      form.prepend(box);
    } else if (kept && !refused) localStorage.removeItem(key);

    // Keys: Ctrl S keeps a draft where there is one, Ctrl Enter sends.
    document.addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || document.querySelector("dialog[open]:not(#lost)")) return;
      const main = form.querySelector("[data-main]");
      if (event.key === "Enter") (event.preventDefault(), main?.click());
      else if (event.key.toLowerCase() === "s") (event.preventDefault(), (form.querySelector('[name="then"][value="draft"]') || main)?.click());
    });

    // After a refusal the summary has the focus; its links lead to the fields.
    const summary = form.querySelector(".tz-note.bad-n");
    if (summary && !document.getElementById("lost")) requestAnimationFrame(() => summary.focus({ preventScroll: false }));
    form.addEventListener("click", (event) => {
      const link = event.target.closest('.tz-note a[href^="#"], .tz-toc a[href^="#"]');
      if (!link) return;
      const target = document.getElementById(decodeURIComponent(link.getAttribute("href").slice(1)));
      if (!target) return;
      event.preventDefault();
      target.scrollIntoView({ block: target.matches("section") ? "start" : "center" });
      if (target.tomselect) target.tomselect.focus();
      else if (target.matches("input, select, textarea")) target.focus({ preventScroll: true });
      else target.querySelector("input:not([type=hidden]), select, textarea")?.focus({ preventScroll: true });
    });
    if (location.hash.length > 1 && !summary) {
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (target?.matches("input, select, textarea")) setTimeout(() => (target.tomselect ? target.tomselect.focus() : target.focus()), 150);
    } else if (!refused && !form.querySelector("[autofocus]") && matchMedia("(pointer: fine)").matches) {
      form.querySelector(".tz-sec input:not([type=hidden]):not([readonly]), .tz-sec select, .tz-sec textarea")?.focus({ preventScroll: true });
    }
  }
  // A form that was sent and answered by another page is saved: its kept copy goes.
  const sent = sessionStorage.getItem("draft:sent");
  if (sent) {
    sessionStorage.removeItem("draft:sent");
    const again = sent === `${tz.drafts}${location.pathname}` && document.querySelector('form[data-guard] [aria-invalid="true"], form[data-guard] .tz-note.bad-n, #lost');
    // A door or an accident in between is no answer: the copy stays.
    if (!again && !document.querySelector(".tz-error, .tz-login")) localStorage.removeItem(sent);
  }

  // Two people changed one record: the choice comes up by itself.
  document.querySelector("dialog#lost[data-open]")?.showModal();

  // The section that is being read is marked at the right.
  const toc = document.querySelector(".tz-toc");
  if (toc && "IntersectionObserver" in window) {
    const links = new Map([...toc.querySelectorAll('a[href^="#"]')].map((link) => [document.getElementById(link.getAttribute("href").slice(1)), link]));
    const seen = new Set();
    const watcher = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) entry.isIntersecting ? seen.add(entry.target) : seen.delete(entry.target);
        const first = [...links.keys()].find((section) => seen.has(section));
        if (first) for (const [section, link] of links) section === first ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
      },
      { rootMargin: "-64px 0px -30% 0px" },
    );
    for (const section of links.keys()) if (section) watcher.observe(section);
  }
})();
