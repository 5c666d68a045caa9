/* Tool Sync: small helpers; every page works without them. Loaded in <head>, no inline script. */
(() => {
  "use strict";
  const root = document.documentElement;
  const $$ = (sel, from = document) => [...from.querySelectorAll(sel)];
  const embedded = window.self !== window.top;
  const kept = (key) => { try { return localStorage.getItem(key); } catch { return null; } }; // storage may be refused

  // 1. Theme and language follow Airflow's own switches, live; without them, the system's.
  const theme = () => {
    const want = new URLSearchParams(location.search).get("theme") ?? kept("theme");
    root.classList.toggle("dark", want === "dark");
    root.classList.toggle("light", want === "light");
  };
  const language = () => {
    const want = (kept("i18nextLng") ?? "").slice(0, 2);
    const jar = document.cookie;
    if (!want || !navigator.cookieEnabled || jar.includes(`sync_host_lang=${want}`)) return;
    const path = new URL(root.dataset.root, location.href).pathname;
    for (const name of ["sync_host_lang", "sync_lang"]) document.cookie = `${name}=${want}; path=${path}; max-age=31536000; samesite=lax`;
    if (want !== root.lang && document.cookie.includes(`sync_host_lang=${want}`)) location.reload();
  };
  theme();
  language();
  addEventListener("storage", (e) => {
    if (e.key === "theme" || e.key === null) theme();
    if (e.key === "i18nextLng") language();
  });

  // 2. Words at the edge of the page.
  const toasts = () => document.querySelector(".toasts");
  const toast = (text, kind = "ok") => {
    const note = document.createElement("div");
    note.className = `note ${kind}`;
    note.textContent = text;
    toasts()?.append(note);
    setTimeout(() => note.remove(), 8000);
  };
  const failed = (status) => toast(status === 401 ? toasts().dataset.signedOut : toasts().dataset.failed, "bad");

  // 3. Fragments: the part of a page that changes, by the same address. Old rows stay until the new ones are here.
  const address = () => location.href.split("#")[0];
  let page = address();
  const asked = new Map(); // the last question of each box: its answer alone is shown
  const fetchInto = async (href, target, { push = false, quiet = false, body = undefined } = {}) => {
    const box = document.querySelector(target);
    if (!box) return location.assign(href);
    const mine = (asked.get(target) ?? 0) + 1;
    asked.set(target, mine);
    box.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(href, { method: body ? "POST" : "GET", body, headers: { "X-Fragment": "1" } });
      if (mine !== asked.get(target)) return undefined;
      if (!answer.ok) return quiet ? undefined : failed(answer.status);
      const held = box.contains(document.activeElement) && document.activeElement;
      box.innerHTML = await answer.text();
      const shown = answer.headers.get("Content-Location") ?? href;
      if (push) history.pushState({}, "", shown);
      else if (!quiet) history.replaceState(history.state, "", shown);
      page = address();
      ready(box);
      if (held) holdOn(box, held);
    } catch {
      if (!quiet) failed(0);
    } finally {
      box.removeAttribute("aria-busy");
    }
    return undefined;
  };
  // Who was on a button that is no more stays at its like, or at the box.
  const holdOn = (box, held) => {
    const like = held.name && box.querySelector(`[name="${held.name}"][value="${CSS.escape(held.value)}"]:not(:disabled)`);
    if (!like) box.tabIndex = -1;
    (like || box).focus({ preventScroll: true });
  };
  // Back to another address; a link into the page itself (#main) is told here too, and changes nothing.
  addEventListener("popstate", () => { if (address() !== page) location.reload(); });
  const filterForm = (form, button) => {
    const given = new FormData(form, button);
    const at = form.getAttribute("action") ?? location.pathname;
    if (form.method === "post") return fetchInto(at, form.dataset.fetch, { body: given }).then(() => look(form));
    const query = new URLSearchParams([...given].filter(([, value]) => value !== ""));
    return fetchInto(`${at}?${query}`, form.dataset.fetch);
  };
  // What comes of a choice, while one chooses.
  const look = (form) => form.dataset.preview && fetchInto(form.dataset.previewAt, form.dataset.preview, { quiet: true, body: new FormData(form) });
  const refresh = () => $$("[data-refresh]").forEach((box) => {
    setInterval(() => {
      if (!document.hidden && !document.querySelector("dialog[open]")) fetchInto(box.dataset.from ?? location.href, `#${box.id}`, { quiet: true });
    }, Number(box.dataset.refresh) * 1000);
  });
  const late = () => $$("[data-load]").forEach((box) => fetchInto(box.dataset.load, `#${box.id}`, { quiet: true }));

  // 4. Dialogs: native <dialog>, which the frame allows (alert, confirm, prompt and print are refused there).
  const open = (id) => {
    const box = document.getElementById(id);
    if (!(box instanceof HTMLDialogElement)) return false;
    if (!box.open) box.showModal();
    return true;
  };

  // 5. Writes: sent by script so that what was typed is kept when the session has ended or somebody was faster.
  const send = async (form, button) => {
    const told = form.querySelector("[data-told]");
    const body = new FormData(form, button);
    form.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(button?.getAttribute("formaction") ?? form.getAttribute("action"), { method: "POST", body, headers: { "X-Fragment": "1" } });
      if (answer.ok) return location.assign(answer.url);
      if (told) told.innerHTML = await answer.text();
      else failed(answer.status);
    } catch {
      failed(0);
    } finally {
      form.removeAttribute("aria-busy");
    }
    return undefined;
  };

  // 6. Airflow's pages from inside the frame: it refuses target=_top and _blank, so the parent document follows.
  const toAirflow = (event, link) => {
    if (!embedded) return;
    event.preventDefault();
    const outer = window.parent.document;
    const copy = outer.createElement("a");
    copy.href = link.href;
    outer.body.append(copy);
    copy.click();
    copy.remove();
  };

  document.addEventListener("click", (event) => {
    const hit = (sel) => event.target.closest(sel);
    if (hit("[aria-disabled=true]")) return event.preventDefault();
    const opener = hit("[data-dialog]");
    if (opener) return open(opener.dataset.dialog) && event.preventDefault();
    if (hit("[data-close]")) { event.preventDefault(); return hit("dialog")?.close(); }
    const link = hit("a[data-airflow]");
    if (link) return toAirflow(event, link);
    const more = hit("a[data-fetch]");
    if (more && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      return fetchInto(more.href, more.dataset.fetch, { push: true });
    }
    if (event.target instanceof HTMLDialogElement) event.target.close(); // a click on the backdrop
    return undefined;
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-send]") || event.submitter?.matches("[data-send]")) { event.preventDefault(); send(form, event.submitter); }
    else if (form.matches("[data-fetch]")) { event.preventDefault(); filterForm(form, event.submitter); }
  });

  // 7. Rows: select all, count, and the bar of the chosen rows.
  const count = (table) => {
    const boxes = $$("tbody input[type=checkbox]:not(:disabled)", table);
    const on = boxes.filter((b) => b.checked);
    boxes.forEach((b) => b.closest("tr").classList.toggle("on", b.checked));
    const all = table.querySelector("thead input[type=checkbox]");
    if (all) { all.checked = on.length > 0 && on.length === boxes.length; all.indeterminate = on.length > 0 && !all.checked; }
    $$(`[data-for="${table.id}"]`).forEach((bar) => { bar.hidden = on.length + Number(table.dataset.elsewhere ?? 0) === 0 && !bar.hasAttribute("data-keep"); });
    $$(`[data-count="${table.id}"]`).forEach((out) => { out.textContent = String(on.length + Number(table.dataset.elsewhere ?? 0)); });
    $$(`[data-list="${table.id}"]`).forEach((list) => {
      list.textContent = (list.dataset.head ?? "") + on.map((b) => b.value + (list.dataset.tail ?? "")).join("\n");
    });
  };
  document.addEventListener("change", (event) => {
    const el = event.target;
    const table = el.closest("table[data-pick]");
    if (table) {
      if (el.closest("thead")) $$("tbody tr:not([hidden]) input[type=checkbox]:not(:disabled)", table).forEach((b) => { b.checked = el.checked; });
      count(table);
    }
    if (el.form?.dataset.preview && (table || el.matches("[data-look]"))) look(el.form);
    if (el.name === "kind") $$("[data-kind]").forEach((p) => { p.hidden = !p.dataset.kind.split(" ").includes(el.value); });
    if (el.matches("select, [data-auto]") && !el.matches("[data-look]") && el.form?.matches("form[data-fetch]")) filterForm(el.form);
  });

  // 8. Filters as one types, and the typed confirmation that arms a button.
  let pause;
  document.addEventListener("input", (event) => {
    const el = event.target;
    if (el.type === "search" && el.form?.matches("form[data-fetch]")) {
      clearTimeout(pause);
      pause = setTimeout(() => filterForm(el.form), 250);
    }
    if (el.dataset.expect) el.form.querySelector("[data-armed]").disabled = el.value.trim() !== el.dataset.expect;
  });

  // 9. What the server sends must work without script; with it, buttons wait for their confirmation.
  const ready = (from) => {
    $$("table[data-pick]", from).forEach(count);
    $$("[data-armed]", from).forEach((b) => { b.disabled = true; });
    $$("[data-no-script]", from).forEach((b) => { b.hidden = true; });
  };
  document.addEventListener("DOMContentLoaded", () => {
    ready(document);
    refresh();
    late();
  });
})();
