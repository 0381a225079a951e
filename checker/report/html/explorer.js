// The explorer of a scope: a state is the fragment of the address, "#3,17,0", the numbers of the calls that lead to it.
// So the browser's back and forward buttons work, and a link is a state.
(() => {
  "use strict";
  const at = id => document.getElementById(id);
  const text = (id, value) => { at(id).textContent = value; };
  const count = number => number.toLocaleString("en");
  const plural = (number, noun) => `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
  const fragment = path => "#" + path.join(",");
  let state = null;  // that is shown
  let asked = 0;     // the last request for a state

  function element(name, properties = {}, ...inside) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...inside);
    return made;
  }

  function wrong(message) {
    at("wrong").hidden = !message;
    at("wrong").lastElementChild.textContent = message;
  }

  const leads = {
    violated: () => "✕ violated",
    on: () => "→ leads on",
    seen: call => `↶ state after ${plural(call.seen_after, "call")}`,
    here: () => "↻ this state",
    same: () => "as without it",
  };
  const rank = {violated: 0, on: 1, seen: 2, here: 3, same: 4};
  // What the tag of a call says, with a word on calls that are no transitions of the scope.
  const tag_of = call => leads[call.leads](call) + (call.counts || call.leads === "same" ? "" : ", no transition");

  // "PRIVATE|FIXED" may be broken after the bar.
  function call_text(call) {
    const code = element("code");
    for (const part of call.split(/(?<=\|)/)) code.append(part, element("wbr"));
    return code;
  }

  function call_row(call) {
    const link = element("a", {href: fragment([...state.path, call.number]), className: call.leads},
      element("span", {className: "tag", textContent: tag_of(call)}), call_text(call.call), " = ",
      element("code", {textContent: call.result}));
    for (const each of call.violated || [])
      link.append(element("small", {textContent: `${each.property}: ${each.text}`}));
    const words = [link.textContent, call.ok ? "" : "fails"].join(" ").toLowerCase();
    return {row: element("li", {}, link), words};
  }

  let rows = [];  // of the calls: {row, words, group}
  function show_calls() {
    const groups = new Map();
    for (const call of state.calls) groups.set(call.op, [...(groups.get(call.op) || []), call]);
    rows = [];
    at("list").replaceChildren(...[...groups].map(([op, calls]) => {
      const list = element("ol");
      const group = element("details", {open: true}, element("summary", {}, op + " ", element("small")), list);
      for (const call of [...calls].sort((a, b) => rank[a.leads] - rank[b.leads])) {
        const made = call_row(call);
        list.append(made.row);
        rows.push({...made, group});
      }
      return group;
    }));
    const of = kind => state.calls.filter(each => each.leads === kind).length;
    const failing = state.calls.filter(each => !each.ok && each.leads !== "violated").length;
    const parts = [`${of("on")} lead on`, `${of("seen")} to earlier states of the path`, `${of("here")} back to this state`,
      `${failing} fail`];
    if (of("violated")) parts.unshift(`${of("violated")} violate a property`);
    if (of("same")) parts.push(`${of("same")} are as without the failure or the other task`);
    if (state.closed) parts.push(`${state.closed} cannot be made here`);
    text("tally", state.violated.length
      ? `The path ends here, as its replay does: ${state.violated[0].property} is violated.`
      : `${plural(state.calls.length, "call")}: ${parts.join(", ")}.`);
    at("filter").hidden = state.violated.length > 0;
    filter();
  }

  // Every word of the filter has to be in the row.
  function filter() {
    const wanted = at("filter").value.toLowerCase().split(/\s+/).filter(each => each);
    const shown = new Map();
    for (const {row, words, group} of rows) {
      row.hidden = !wanted.every(each => words.includes(each));
      shown.set(group, (shown.get(group) || 0) + (row.hidden ? 0 : 1));
    }
    for (const [group, number] of shown) {
      group.hidden = number === 0;
      group.querySelector("small").textContent = plural(number, "call");
    }
  }

  function show_path() {
    const path = state.path;
    at("rows").innerHTML = state.rows || "<p class=soft>No calls: this is where every path begins.</p>";
    const lines = [...at("rows").querySelectorAll(".row:not(.head)")].filter(each => each.querySelector(".n"));
    for (const line of lines) {
      const number = line.querySelector(".n");  // of the step; a dash for the starting layout
      const calls = Number(number.textContent) || 0;
      const link = element("a", {className: "n", href: fragment(path.slice(0, calls)), textContent: number.textContent});
      number.replaceWith(link);
      line.dataset.to = link.getAttribute("href");
    }
    lines.at(-1)?.classList.add("now");
    const timeline = at("rows").querySelector(".timeline");
    if (timeline) timeline.scrollTop = timeline.scrollHeight;
  }

  function show() {
    const path = state.path;
    wrong("");
    text("title", state.title);
    text("where", plural(path.length, "call"));
    at("again").hidden = state.same_after === undefined;
    if (state.same_after !== undefined)
      at("again").replaceChildren("It is the same as ", element("a", {href: fragment(path.slice(0, state.same_after)),
        textContent: `the state after ${plural(state.same_after, "call")}`}), ".");
    at("state").innerHTML = state.state;
    at("last").hidden = !state.step;
    at("step").innerHTML = state.step;
    at("inner").hidden = !state.more;
    at("more").innerHTML = state.more;
    if (path.length) at("back").href = fragment(path.slice(0, -1)); else at("back").removeAttribute("href");
    for (const each of [at("download"), at("file")]) {
      each.href = "trace?path=" + path.join(",");
      each.download = state.trace;
    }
    text("file", state.trace);
    text("replay", state.replay);
    text("explain", state.explain);
    show_calls();
    show_path();
    document.title = `${state.title} · ${document.querySelector("h1").textContent}`;
    document.body.dataset.state = path.join(",");
  }

  async function go() {
    const path = decodeURIComponent(location.hash.slice(1));
    const mine = ++asked;
    try {
      const reply = await fetch("state?path=" + encodeURIComponent(path));
      const body = reply.ok ? await reply.json() : await reply.text();
      if (mine !== asked) return;
      if (!reply.ok) return wrong(body);
      state = body;
    } catch {
      return wrong("vmacheck has ended, or cannot be reached; start it again with the same command.");
    }
    show();
  }

  const words = {holds: "holds", violated: "violated", error: "error", inconclusive: "undecided"};
  async function poll() {
    try {
      const now = await (await fetch("search")).json();
      for (const each of ["states", "transitions", "depth"]) text(each, count(now[each]));
      text("found", count(now.findings.length));
      const verdict = now.ended ? words[now.verdict] || now.verdict : "searching";
      at("verdict").className = "verdict " + (now.ended ? verdict : "undecided");
      text("verdict", verdict);
      at("findings").replaceChildren(...now.findings.map(each => element("li", {className: "finding"},
        element("div", {className: "bad"}, element("b", {className: "mark", textContent: "✕"}),
          element("div", {}, element("strong", {textContent: each.property}), " violated ",
            element("a", {href: fragment(each.path), textContent: `after ${plural(each.path.length, "call")}`}),
            element("br"), each.text)))));
      document.body.dataset.search = now.ended ? "ended" : "running";
      if (!now.ended) setTimeout(poll, 500);
    } catch {
      wrong("vmacheck has ended, or cannot be reached; start it again with the same command.");
    }
  }

  const shown_links = () => rows.filter(each => !each.row.hidden && each.group.open).map(each => each.row.firstChild);
  function move(by) {
    const links = shown_links();
    if (!links.length) return;
    const now = links.indexOf(document.activeElement);
    links[now < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(Math.max(now + by, 0), links.length - 1)].focus();
  }
  const keys = {
    ArrowDown: () => move(1), j: () => move(1), ArrowUp: () => move(-1), k: () => move(-1),
    u: () => at("back").click(), s: () => at("start").click(), d: () => at("download").click(),
    "/": () => at("filter").focus(),
  };
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target === at("filter")) {
      if (event.key === "Escape") { at("filter").value = ""; filter(); at("filter").blur(); }
      else if (event.key === "Enter" || event.key === "ArrowDown") { event.preventDefault(); move(1); }
      return;
    }
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });
  at("filter").addEventListener("input", filter);
  at("rows").addEventListener("click", event => {
    const row = event.target.closest(".row[data-to]");
    if (row && !event.target.closest("a")) location.hash = row.dataset.to;
  });
  if (navigator.clipboard) at("link").addEventListener("click", () => navigator.clipboard.writeText(location.href));
  else at("link").hidden = true;
  addEventListener("hashchange", go);
  go();
  poll();
})();
