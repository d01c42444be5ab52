// What the pages do better with script. Everything works without it, save that what was typed
// outlives a reload, and that lists are searched by synonym and code.
"use strict";
(() => {
  const KEPT = "cds-form";
  const SENT = "cds-sent";
  const WAIT = 700; // milliseconds after the last change before the next question is asked for
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const form = document.getElementById("form");

  // A link to a reason opens what it is folded into.
  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target) target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);
  // The code of a launch is used up: a reload goes on with what this tab keeps.
  if (location.pathname === "/callback") history.replaceState(null, "", "/");
  if (location.hash) reveal();

  // Whatever ends the work with a patient forgets what was typed.
  for (const end of all("[data-clear]")) {
    end.addEventListener(end.tagName === "FORM" ? "submit" : "click", () => sessionStorage.clear());
  }
  // What was sent is done with when its decision is there: a line may fail in between.
  const decided = location.pathname.startsWith("/decisions/") && sessionStorage.getItem(SENT);
  if (decided) sessionStorage.setItem(SENT, "decided");
  if (!form) return;

  const values = () => [...new FormData(form)].filter(([name, value]) => name !== "csrf_token" && value);
  const valuesOf = (name) => new FormData(form).getAll(name).filter((value) => value);

  // Kept in this tab only, never on the server: a reload or the back button loses nothing.
  function keep() {
    sessionStorage.setItem(KEPT, JSON.stringify(values()));
  }
  function put(name, value) {
    const fields = all(`[name="${CSS.escape(name)}"]`, form);
    const ticked = fields.find((field) => field.value === value && /radio|checkbox/.test(field.type));
    const open = fields.find((field) => !/radio|checkbox|hidden/.test(field.type));
    if (ticked) ticked.checked = true;
    else if (open) open.value = value;
    else {
      const left = Object.assign(document.createElement("input"), { type: "hidden", name, value });
      left.dataset.left = "";
      form.append(left);
    }
  }
  function restore() {
    const [navigation] = performance.getEntriesByType("navigation");
    const anew = navigation && navigation.type === "navigate";
    if (anew && sessionStorage.getItem(SENT) === "decided") sessionStorage.removeItem(KEPT);
    sessionStorage.removeItem(SENT);
    const kept = "empty" in form.dataset ? JSON.parse(sessionStorage.getItem(KEPT) || "[]") : [];
    for (const [name, value] of kept) put(name, value);
    return kept.length > 0;
  }

  // A question that matters only for some people is shown when it does.
  const showAll = document.getElementById("show-all");
  const given = (cue) => {
    const cut = cue.lastIndexOf("=");
    const found = valuesOf(cue.slice(0, cut));
    return cut + 1 < cue.length ? found.includes(cue.slice(cut + 1)) : found.length > 0;
  };
  const answered = (field) =>
    all("input", field).some((one) => (one.type === "radio" ? one.checked && one.value : one.value));
  function show() {
    for (const group of all("details.sometimes", form)) {
      const fields = all("[data-when]", group);
      for (const field of fields) {
        const matters = field.dataset.when.split(";").some(given) || answered(field);
        field.hidden = !matters && !showAll.checked;
      }
      const some = fields.some((field) => !field.hidden);
      group.hidden = !some;
      group.open = some;
      group.querySelector("summary").hidden = true;
    }
  }

  // The lists are searched by every name and code that the service knows.
  let terms = null;
  const list = (kind) => form.querySelector(`[data-list="${kind}"]`);
  async function search(event) {
    const { search: kind } = event.target.dataset;
    const wanted = event.target.value.trim().toLowerCase();
    terms = terms || fetch("/terms").then((answer) => answer.json());
    const words = (await terms)[kind];
    let hits = 0;
    for (const tick of all(".tick", list(kind))) {
      const known = [tick.textContent.toLowerCase(), ...(words[tick.dataset.id] || [])];
      const hit = !wanted || known.some((word) => word.includes(wanted) || sameCode(word, wanted));
      tick.hidden = !hit;
      hits += hit;
    }
    list(kind).querySelector("details").open = Boolean(wanted);
    document.getElementById(`${kind}_found`).textContent = wanted ? String(hits) : "";
  }
  // "I21.9" is found under the code I21 as well.
  const sameCode = (word, wanted) =>
    /\d/.test(wanted) && /\d/.test(word) && word.length > 2 && wanted.startsWith(word);

  // The next most useful question follows what is filled in.
  const asked = document.getElementById("asked");
  let timer = 0;
  let turn = 0;
  async function ask() {
    const mine = ++turn;
    const sent = new FormData(form);
    sent.set("ask", "1");
    const answer = await fetch("/questions", { method: "POST", body: new URLSearchParams(sent) });
    if (!answer.ok || mine !== turn) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    asked.replaceChildren(...page.getElementById("asked").childNodes);
    place(page.getElementById("more"), "more", (more) => sections.prepend(more));
    place(page.getElementById("known"), "known", (known) => sections.lastElementChild.before(known));
  }
  // Questions that the service called for come and go, save where somebody is writing.
  const sections = form.querySelector(".sections");
  function place(group, id, add) {
    const before = document.getElementById(id);
    if (before && before.contains(document.activeElement)) return;
    if (before && group) before.replaceWith(group);
    else if (group) add(group);
    else if (before) before.remove();
    for (const left of group ? all("[data-left]", form) : []) {
      if (group.querySelector(`[name="${CSS.escape(left.name)}"]`)) left.remove();
    }
  }
  function changed() {
    show();
    keep();
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  }

  // A file that is dropped anywhere on the page fills the form in.
  const bundle = document.getElementById("bundle");
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    bundle.closest("details").open = true;
    bundle.querySelector("[type=file]").files = event.dataTransfer.files;
    bundle.requestSubmit();
  });

  for (const hidden of all(".search[hidden], .only-script[hidden]", form)) hidden.hidden = false;
  form.classList.add("scripted");
  const restored = restore();
  show();
  keep();
  if (restored) ask();
  form.addEventListener("input", (event) => {
    if (event.target.dataset.search) search(event);
    else changed();
  });
  showAll.addEventListener("change", show);
  form.addEventListener("submit", (event) => {
    const decides = !event.submitter || !event.submitter.hasAttribute("formaction");
    if (decides) sessionStorage.setItem(SENT, "1");
  });
  const errors = document.querySelector(".summary-error");
  if (errors) errors.focus();
})();
