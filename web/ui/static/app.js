// Small comforts on top of pages that work without them.
(function () {
  "use strict";
  var lost = document.getElementById("lost");

  // Copy buttons: data-copy holds the text.
  document.addEventListener("click", function (ev) {
    var button = ev.target.closest("[data-copy]");
    if (!button) return;
    navigator.clipboard.writeText(button.dataset.copy).then(function () {
      button.classList.add("copied");
      say("Copied.");
      setTimeout(function () { button.classList.remove("copied"); }, 1500);
    }, function () { say("Copying is not possible here."); });
  });

  // say speaks to screen readers.
  function say(text) {
    var voice = document.getElementById("voice");
    if (!voice) {
      voice = document.createElement("p");
      voice.id = "voice";
      voice.className = "visually-hidden";
      voice.setAttribute("role", "status");
      document.body.appendChild(voice);
    }
    voice.textContent = text;
  }

  // Selects that send their form at once.
  document.addEventListener("change", function (ev) {
    if (ev.target.matches("[data-autosubmit]")) ev.target.form.requestSubmit();
  });

  // Forms that must not be sent twice; the server would notice anyway.
  document.addEventListener("submit", function (ev) {
    var form = ev.target;
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) { ev.preventDefault(); return; }
    form.dataset.sent = "1";
    if (ev.submitter) ev.submitter.classList.add("sending");
  });
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-sent]").forEach(function (form) {
      delete form.dataset.sent;
      form.querySelectorAll(".sending").forEach(function (b) { b.classList.remove("sending"); });
    });
  });

  // Menus close when the eye moves on.
  document.addEventListener("click", function (ev) {
    document.querySelectorAll("details.drop[open]").forEach(function (d) {
      if (!d.contains(ev.target)) d.open = false;
    });
  });

  // Keyboard: / searches, g and a letter goes somewhere, ? helps.
  var going = 0;
  document.addEventListener("keydown", function (ev) {
    if (ev.key === "Escape") {
      document.querySelectorAll("details.drop[open]").forEach(function (d) { d.open = false; d.querySelector("summary").focus(); });
      if (location.hash === "#menu") location.hash = "#top";
    }
    if (ev.ctrlKey || ev.metaKey || ev.altKey || ev.target.closest("input, textarea, select, [contenteditable], dialog[open]")) return;
    if (ev.key === "/") {
      var field = document.getElementById("q") || document.querySelector("[data-shortcut='/']");
      if (field) { ev.preventDefault(); field.focus(); field.select(); }
    } else if (ev.key === "?") {
      help();
    } else if (ev.key === "g") {
      going = Date.now();
      return;
    } else if (going && Date.now() - going < 1500) {
      var link = document.querySelector("[data-key='" + CSS.escape(ev.key) + "']");
      if (link) { ev.preventDefault(); link.click(); }
    }
    going = 0;
  });
  document.addEventListener("click", function (ev) { if (ev.target.closest("[data-help]")) help(); });
  function help() {
    var dialog = document.getElementById("help");
    if (dialog && !dialog.open) dialog.showModal();
  }

  // A lost connection says so, and live parts try again with growing pauses.
  var failures = 0;
  function failed(ev) {
    failures++;
    lost.hidden = false;
    var part = ev.detail.elt;
    if (!part.matches("[hx-trigger*='again']")) return;
    setTimeout(function () {
      if (part.isConnected) htmx.trigger(part, "again");
    }, Math.min(30000, 1000 * Math.pow(2, failures)));
  }
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:timeout", failed);
  document.addEventListener("htmx:responseError", function (ev) {
    var status = ev.detail.xhr.status;
    if (status === 401) { location.reload(); return; }
    if (status >= 500 || status === 429) { failed(ev); return; }
    // Anything else is told by a full page: send the form or open the address plainly.
    var elt = ev.detail.elt;
    if (elt.tagName === "FORM") HTMLFormElement.prototype.submit.call(elt);
  });
  document.addEventListener("htmx:afterOnLoad", function () { failures = 0; lost.hidden = true; });
})();
