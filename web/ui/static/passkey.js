// Passkeys (WebAuthn): a form with data-passkey asks the server for a challenge,
// the browser for an answer, and then sends the answer as any other form.
(function () {
  "use strict";
  var words = {
    unable: "This browser can't use passkeys.",
    cancelled: "Nothing was confirmed, or the time ran out. You can try again.",
    there: "There is a passkey for this account on this device already.",
    stale: "This page has been open for too long. Please load it again.",
    often: "Too many tries in a row. Please wait a minute.",
    failed: "That did not work, and nothing was changed. Please try again."
  };

  function bytes(text) {
    var raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(raw, function (c) { return c.charCodeAt(0); });
  }

  function text(buffer) {
    var raw = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(raw).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function known(list) {
    return (list || []).map(function (c) { return Object.assign({}, c, { id: bytes(c.id) }); });
  }

  function ask(kind, options) {
    options.challenge = bytes(options.challenge);
    if (kind === "create") {
      options.user.id = bytes(options.user.id);
      options.excludeCredentials = known(options.excludeCredentials);
      return navigator.credentials.create({ publicKey: options });
    }
    options.allowCredentials = known(options.allowCredentials);
    return navigator.credentials.get({ publicKey: options });
  }

  // plain turns an answer into what JSON can carry. No extension is asked for,
  // so none is answered.
  function plain(credential) {
    var r = credential.response, out = { clientDataJSON: text(r.clientDataJSON) };
    if (r.attestationObject) {
      out.attestationObject = text(r.attestationObject);
      out.transports = r.getTransports ? r.getTransports() : [];
    } else {
      out.authenticatorData = text(r.authenticatorData);
      out.signature = text(r.signature);
      if (r.userHandle) out.userHandle = text(r.userHandle);
    }
    return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response: out, clientExtensionResults: {} });
  }

  function begin(path) {
    return fetch(path, { method: "POST", headers: { Accept: "application/json" }, redirect: "error" }).then(function (res) {
      if (res.ok) return res.json();
      throw new Error(res.status === 429 ? "often" : res.status === 401 || res.status === 403 ? "stale" : "failed");
    });
  }

  function why(err) {
    if (err.name === "NotAllowedError" || err.name === "AbortError") return words.cancelled;
    if (err.name === "InvalidStateError") return words.there;
    return words[err.message] || words.failed;
  }

  document.querySelectorAll("[data-passkeys]").forEach(function (part) {
    var form = part.querySelector("form"), way = part.querySelector("[data-way]"), note = part.querySelector("[data-note]"), home = part.dataset.passkeys;
    function say(sentence) { note.textContent = sentence; note.hidden = !sentence; }

    if (location.origin !== home) {
      way.hidden = true;
      say("Passkeys work at " + home + " only. You are at " + location.origin + ".");
      return;
    }
    if (!window.PublicKeyCredential || !navigator.credentials) {
      way.hidden = true;
      say(words.unable);
      return;
    }
    if (!form.dataset.passkey) return; // leads to the page that asks

    var button = form.querySelector("button");
    form.addEventListener("submit", function (ev) {
      ev.preventDefault();
      if (button.disabled) return;
      button.disabled = true;
      say("");
      begin(form.dataset.begin).then(function (options) {
        return ask(form.dataset.passkey, options);
      }).then(function (credential) {
        form.querySelector("[data-answer]").value = plain(credential);
        HTMLFormElement.prototype.submit.call(form);
      }).catch(function (err) {
        button.disabled = false;
        button.focus();
        say(why(err));
      });
    });
  });
})();
