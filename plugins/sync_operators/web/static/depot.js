/* The file manager: forms in a dialog, previews below the table, uploads with progress. Without script they are pages. */
(() => {
  "use strict";
  const dialog = document.getElementById("ask");
  const failed = () => document.querySelector(".toasts")?.dataset.failed ?? "";
  const fetched = async (href) => {
    const answer = await fetch(href, { headers: { "X-Fragment": "1" } });
    return answer.text();
  };

  // 1. Forms: the part of the page that the address has, in a dialog.
  let opener;
  const ask = async (href, files) => {
    opener = document.activeElement;
    dialog.innerHTML = await fetched(href).catch(() => `<form><div class="note bad">${failed()}</div></form>`);
    if (!dialog.open) dialog.showModal();
    (dialog.querySelector("[autofocus]") ?? dialog.querySelector("input:not([type=hidden]), select, button, a"))?.focus();
    const input = dialog.querySelector("input[type=file]");
    if (files && input) { input.files = files; input.dispatchEvent(new Event("change", { bubbles: true })); }
  };
  dialog.addEventListener("close", () => opener?.isConnected && opener.focus());
  // What was done to a row makes a new page: the focus goes back to it there, or to its neighbour when it is gone.
  const storage = (() => { try { return window.sessionStorage; } catch { return null; } })(); // it may be refused
  const keepPlace = () => {
    const row = opener?.closest("tr");
    const near = [row, row?.nextElementSibling, row?.previousElementSibling].map((one) => one?.querySelector("th a")?.getAttribute("href"));
    storage?.setItem("sync-row", JSON.stringify(near));
  };
  const takePlace = () => {
    const near = JSON.parse(storage?.getItem("sync-row") ?? "[]");
    storage?.removeItem("sync-row");
    near.map((href) => href && document.querySelector(`#files th a[href="${CSS.escape(href)}"]`)).find(Boolean)?.focus();
  };
  document.addEventListener("click", async (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest("a[data-ask], a[data-into]");
    if (!link || link.getAttribute("aria-disabled") === "true") return;
    event.preventDefault();
    if (link.dataset.into) {
      const box = document.querySelector(link.dataset.into);
      box.innerHTML = await fetched(link.href).catch(() => box.innerHTML);
      box.querySelector("h2")?.focus();
    } else ask(link.href);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("form[data-ask]")) {
      event.preventDefault();
      const given = new URLSearchParams(new FormData(form));
      if (event.submitter?.name) given.append(event.submitter.name, event.submitter.value);
      ask(`${form.getAttribute("action")}?${given}`);
    }
    if (form.matches("dialog [data-send]")) keepPlace();
    if (form.matches("form[data-upload]")) { event.preventDefault(); upload(form); }
  });

  // 2. Uploads: one request and one progress for each file; what failed stays listed.
  const listed = (file, list) => {
    const line = document.createElement("li");
    const name = Object.assign(document.createElement("span"), { className: "grow", textContent: file.name });
    const bar = Object.assign(document.createElement("progress"), { max: 100, value: 0, ariaLabel: file.name });
    const told = Object.assign(document.createElement("span"), { className: "small muted" });
    line.append(name, bar, told);
    list.append(line);
    return { bar, told };
  };
  const sent = (action, file, { bar, told }, list) => new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const body = new FormData();
    body.append("files", file);
    request.open("POST", action);
    request.setRequestHeader("X-Fragment", "1");
    request.upload.addEventListener("progress", (e) => { if (e.lengthComputable) bar.value = (100 * e.loaded) / e.total; });
    const end = (good, text) => { bar.remove(); told.textContent = text; resolve(good); };
    request.addEventListener("load", () => {
      const good = request.status < 400;
      const said = new DOMParser().parseFromString(request.responseText, "text/html").querySelector(".note .grow");
      end(good, good ? list.dataset.done : (said?.textContent ?? list.dataset.failed));
    });
    request.addEventListener("error", () => end(false, list.dataset.failed));
    request.send(body);
  });
  const upload = async (form) => {
    const list = form.querySelector("[data-files]");
    const button = form.querySelector("button.primary");
    list.replaceChildren();
    button.disabled = true;
    let good = true;
    for (const file of form.querySelector("input[type=file]").files) good = (await sent(form.action, file, listed(file, list), list)) && good;
    button.disabled = false;
    if (good) { const here = new URL(location.href); here.search = "?told=uploaded"; location.assign(here); }
  };

  // 3. Files dragged onto the page: into the table they are uploaded, beside it nothing happens.
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const veil = (on) => document.body.classList.toggle("dragging", on);
  document.addEventListener("dragover", (event) => { if (carries(event)) { event.preventDefault(); veil(true); } });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) veil(false); });
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    veil(false);
    const button = document.getElementById("upload");
    const inDialog = event.target.closest("dialog input[type=file], .filebox");
    if (inDialog) inDialog.closest("form").querySelector("input[type=file]").files = event.dataTransfer.files;
    else if (event.target.closest(".dropzone") && button) ask(button.href, event.dataTransfer.files);
  });

  // 4. What only makes sense with a script.
  const ready = () => document.querySelectorAll("[data-script]").forEach((el) => { el.hidden = false; });
  new MutationObserver(ready).observe(document.getElementById("files-box"), { childList: true });
  ready();
  takePlace();
})();
