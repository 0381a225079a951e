// Makes a report quicker to read: one step at a time, keys, histories of VMAs. Everything that is needed to understand a
// finding is on the page without it.
(() => {
  "use strict";
  const root = document.documentElement;
  const steps = document.getElementById("steps");
  const box = document.createElement("aside");
  box.id = "history";
  box.hidden = true;
  document.body.append(box);
  function close() {
    box.hidden = true;
    for (const each of document.querySelectorAll(".mine")) each.classList.remove("mine");
  }
  // Packs: fragments of HTML, compressed, by kind and number. The first parts of all, then the second parts ...
  const packs = [...document.querySelectorAll("script[type='application/x-pack']")].map(element => ({
    kind: element.dataset.kind, first: Number(element.dataset.first), count: Number(element.dataset.count), element}));
  const unpacked = new Map();
  function unpack(pack) {
    if (!unpacked.has(pack)) {
      const bytes = Uint8Array.from(atob(pack.element.textContent), each => each.charCodeAt(0));
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
      unpacked.set(pack, new Response(stream).json());
    }
    return unpacked.get(pack);
  }
  async function fragment(kind, number) {
    const pack = packs.find(each => each.kind === kind && each.first <= number && number < each.first + each.count);
    return pack ? (await unpack(pack)).map(parts => parts[number - pack.first]).join("") : "";
  }

  if (!steps) return cells();
  root.classList.add("js");

  // The map of a campaign: a click on a cell shows how a trace reaches it, the command, or the reason.
  function cells() {
    document.addEventListener("click", async event => {
      const cell = event.target.closest(".cell[title]");
      if (event.target.closest("#history > button")) close();
      if (!cell) return;
      const story = cell.dataset.story ? await fragment("cell", Number(cell.dataset.story)) : "";
      box.innerHTML = "<button>close</button><h4></h4><pre class=command></pre><div></div>";
      box.querySelector("h4").textContent = cell.dataset.cell;
      box.querySelector("pre").textContent = cell.title;
      box.querySelector("div").innerHTML = story;
      box.classList.toggle("wide", story !== "");
      box.scrollTop = 0;
      box.hidden = false;
    });
    document.addEventListener("keydown", event => { if (event.key === "Escape") close(); });
  }

  const rows = new Map([...document.querySelectorAll("[data-row]")].map(row => [Number(row.dataset.row), row]));
  const count = rows.size;
  const nav = document.getElementById("keys");
  let current = 0;
  let loaded = false;

  // The bars of rows that come into view.
  const wanting = new IntersectionObserver(seen => {
    for (const each of seen) {
      if (!each.isIntersecting) continue;
      wanting.unobserve(each.target);
      fill(each.target);
    }
  }, {rootMargin: "600px"});
  async function fill(row) {
    row.querySelector(".lanes").innerHTML = await fragment("lanes", Number(row.dataset.row));
  }
  for (const row of rows.values())
    if (!row.querySelector(".lanes").firstChild) wanting.observe(row);

  // Scrolls the timeline, and not the page.
  function reveal(row) {
    const timeline = row.closest(".timeline");
    const inside = timeline.getBoundingClientRect();
    const place = row.getBoundingClientRect();
    const top = inside.top + timeline.querySelector(".head").offsetHeight;
    if (place.top < top) timeline.scrollTop -= top - place.top;
    else if (place.bottom > inside.bottom) timeline.scrollTop += place.bottom - inside.bottom + 2;
  }

  const section = number => document.getElementById("step=" + number);
  async function show(number, scroll) {
    number = Math.min(Math.max(number, 1), count);
    if (!count || number === current) return;
    current = number;
    if (!section(number)) {
      const html = await fragment("step", number);
      if (!section(number)) steps.insertAdjacentHTML("beforeend", html);
      if (number !== current) return;
    }
    for (const each of document.querySelectorAll(".now")) each.classList.remove("now");
    section(number).classList.add("now");
    const row = rows.get(number);
    row.classList.add("now");
    if (!row.querySelector(".lanes").firstChild) fill(row);
    reveal(row);
    if (scroll) nav.scrollIntoView({block: "start"});
    nav.querySelector("output").textContent = `step ${number} of ${count}`;
    root.dataset.step = number;
    // Not while the page loads: the browser would scroll there.
    if (loaded && location.hash !== "#step=" + number) history.replaceState(null, "", "#step=" + number);
    loaded = true;
  }
  const hashed = () => Number((location.hash.match(/^#step=(\d+)$/) || [])[1] || 0);
  const bad = () => Number((document.querySelector(".row.bad") || {dataset: {row: count}}).dataset.row);

  async function show_history(number) {
    const inside = document.querySelector(`[data-history="${number}"]`);
    box.innerHTML = "<button>close</button>" + (inside ? inside.innerHTML : await fragment("history", number));
    close();
    box.hidden = false;
    for (const each of document.querySelectorAll(`.v[data-v="${number}"]`)) each.classList.add("mine");
  }

  document.addEventListener("click", event => {
    const vma = event.target.closest("[data-v]");
    if (vma) {
      event.preventDefault();
      return void show_history(Number(vma.dataset.v));
    }
    if (event.target.closest("#history > button")) return close();
    const link = event.target.closest("a[href^='#step=']");
    if (link) {
      event.preventDefault();
      return void show(Number(link.getAttribute("href").slice(6)), !link.closest(".row"));
    }
    const row = event.target.closest("[data-row]");
    if (row) show(Number(row.dataset.row));
    const go = event.target.closest("[data-go]");
    if (go) show(go.dataset.go === "bad" ? bad() : current + Number(go.dataset.go));
  });
  const keys = {
    ArrowRight: () => current + 1, j: () => current + 1, ArrowLeft: () => current - 1, k: () => current - 1,
    Home: () => 1, End: () => count, f: bad,
  };
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape") return close();
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    show(keys[event.key]());
  });
  addEventListener("hashchange", () => { if (hashed()) show(hashed(), true); });

  const copy = document.getElementById("copy");
  if (copy && navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", () =>
      navigator.clipboard.writeText(new TextDecoder().decode(Uint8Array.from(
        atob(document.getElementById("download").href.split(",")[1]), each => each.charCodeAt(0)))));
  }
  nav.hidden = false;
  if (!document.querySelector(".row.bad")) nav.querySelector("[data-go=bad]").hidden = true;
  show(hashed() || bad(), hashed() > 0);
})();
