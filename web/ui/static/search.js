// Fills in the result list as the registries answer, sorts it and filters it.
(function () {
  "use strict";
  var running = null; // the search under way

  function results() { return document.getElementById("results"); }

  // start asks for all rows that have no answer yet. A connection that breaks is
  // tried again with growing pauses, only for what is still missing.
  function start(box, tries) {
    if (!box || !box.matches("[data-stream]")) return;
    if (running) running.abort();
    var waiting = Array.from(box.querySelectorAll(".result-pending"));
    if (!waiting.length) { finish(box); return; }
    var stop = running = new AbortController();
    waiting.forEach(function (li) { li.classList.remove("result-lost"); });
    var form = new URLSearchParams();
    form.set("names", waiting.map(function (li) { return li.dataset.name; }).join("\n"));
    form.set("next", box.dataset.next || "");
    if (!box.querySelector("#ideas .result")) form.set("ideas", "1");
    fetch(box.dataset.stream, { method: "POST", body: form, signal: stop.signal, headers: { "Accept": "application/x-ndjson" } }).then(function (res) {
      if (!res.ok) throw new Error(String(res.status));
      notice(false);
      return read(res.body.getReader(), box);
    }).then(function (whole) {
      if (!whole) throw new Error("cut");
      if (running === stop) running = null;
      finish(box);
    }).catch(function (err) {
      if (stop.signal.aborted || err.name === "AbortError" || !box.isConnected) return;
      if (err.message !== "429") notice(true);
      if (tries >= 5) { lost(box); return; }
      setTimeout(function () { if (running === stop && box.isConnected) start(box, tries + 1); }, Math.min(20000, 1000 * Math.pow(2, tries)));
    });
  }

  // read takes the stream line by line; it tells whether the end was seen.
  function read(reader, box) {
    var decoder = new TextDecoder(), rest = "", ended = false;
    return reader.read().then(function more(part) {
      rest += decoder.decode(part.value || new Uint8Array(), { stream: !part.done });
      var lines = rest.split("\n");
      rest = lines.pop();
      lines.forEach(function (line) { if (line && take(JSON.parse(line), box)) ended = true; });
      return part.done ? ended : reader.read().then(more);
    });
  }

  function take(line, box) {
    rowsOf(line.rows).forEach(function (li) {
      var old = document.getElementById(li.id);
      if (old && box.contains(old)) { li.dataset.at = old.dataset.at; old.replaceWith(li); htmx.process(li); }
    });
    var ideas = box.querySelector("#ideas");
    rowsOf(line.ideas).forEach(function (li) {
      if (document.getElementById(li.id)) return;
      ideas.hidden = false;
      ideas.querySelector("ul").append(li);
      htmx.process(li);
    });
    count(box);
    return line.end;
  }

  function rowsOf(html) {
    var t = document.createElement("template");
    t.innerHTML = html || "";
    return Array.from(t.content.querySelectorAll("li.result"));
  }

  // lost gives rows without answer a definite state.
  function lost(box) {
    box.querySelectorAll(".result-pending").forEach(function (li) {
      li.classList.add("result-lost");
      li.querySelector(".tag").textContent = "No answer: the connection is lost";
    });
    var again = box.querySelector("[data-again]");
    if (again) again.hidden = false;
  }

  function notice(on) {
    var line = document.getElementById("lost");
    if (line) line.hidden = !on;
  }

  function count(box) {
    var main = Array.from(box.querySelectorAll("#found .result"));
    var open = main.filter(function (li) { return li.matches(".result-pending"); }).length;
    var progress = box.querySelector("[data-progress]");
    if (progress) {
      progress.hidden = open === 0 || main.length < 2;
      progress.querySelector("progress").value = main.length - open;
      progress.querySelector("span").textContent = (main.length - open) + " of " + main.length + " answered";
    }
    var can = main.filter(function (li) { return li.querySelector("input[form=add-all]"); }).length;
    var all = box.querySelector("#add-all");
    if (all) {
      all.hidden = can < 2;
      all.querySelector("button span").textContent = "Add all " + can + " available";
    }
  }

  function finish(box) {
    count(box);
    arrange(box);
    var main = box.querySelectorAll("#found .result").length;
    var can = box.querySelectorAll("#found .result-can").length;
    var voice = box.querySelector("[data-voice]");
    if (voice && main) voice.textContent = can + " of " + main + (main === 1 ? " name is available." : " names are available.");
  }

  // arrange sorts and filters what stands in the list.
  function arrange(box) {
    var list = box.querySelector("#found"), tools = box.querySelector(".result-tools");
    if (!list || !tools) return;
    var by = tools.querySelector("[name=sort]").value, only = tools.querySelector("[name=show]").checked;
    var rows = Array.from(list.children);
    rows.forEach(function (li, i) {
      if (!li.dataset.at) li.dataset.at = String(i);
      li.hidden = only && !li.matches(".result-can, .result-pending");
    });
    var keys = {
      "": function (a, b) { return a.dataset.at - b.dataset.at; },
      name: function (a, b) { return a.dataset.shown.localeCompare(b.dataset.shown) || a.dataset.at - b.dataset.at; },
      price: function (a, b) { return (a.dataset.price || Infinity) - (b.dataset.price || Infinity) || a.dataset.at - b.dataset.at; }
    };
    rows.sort(keys[by] || keys[""]).forEach(function (li, i) { if (list.children[i] !== li) list.insertBefore(li, list.children[i] || null); });
  }

  document.addEventListener("change", function (ev) {
    if (ev.target.closest(".result-tools")) arrange(results());
  });
  document.addEventListener("submit", function (ev) {
    if (ev.target.matches(".result-tools")) { ev.preventDefault(); arrange(results()); }
  });
  document.addEventListener("click", function (ev) {
    var again = ev.target.closest("[data-again]");
    if (again) { again.hidden = true; start(results(), 0); return; }
    var one = ev.target.closest(".result-do a[data-ask]");
    if (!one || !results().matches("[data-stream]")) return;
    ev.preventDefault();
    var li = one.closest(".result");
    li.classList.add("result-pending");
    li.querySelector(".result-state").innerHTML = '<span class="tag tag-quiet">Asking the registry…</span>';
    li.querySelector(".result-do").textContent = "";
    if (!running) start(results(), 0);
  });
  document.addEventListener("htmx:afterSettle", function () {
    var box = results();
    if (box && !box.dataset.begun) { box.dataset.begun = "1"; start(box, 0); }
  });
  // A page from the browser's history asks for what was missing when it was left.
  window.addEventListener("pageshow", function (ev) { if (ev.persisted) start(results(), 0); });
  window.addEventListener("pagehide", function () { if (running) running.abort(); });
  var box = results();
  if (box) { box.dataset.begun = "1"; number(box); start(box, 0); }

  function number(box) { box.querySelectorAll("#found > li").forEach(function (li, i) { li.dataset.at = String(i); }); }
})();
