/* Passkeys: asks the server what to ask, asks the device, and sends its answer back. Without this file, and on devices
   without passkeys, its forms stay hidden, and the letter is the way in. */
(() => {
  "use strict";

  if (!window.PublicKeyCredential || !navigator.credentials) return;

  const bytesOf = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

  const textOf = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  async function send(form, address, body) {
    const response = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (response.status === 403 && answer.to) {
      /* Who came in long ago shows once more who they are. The page goes away, so nothing else happens here. */
      window.location.assign(answer.to);
      return new Promise(() => {});
    }
    if (!response.ok) throw new Error(answer.message);
    return answer;
  }

  function read(options) {
    options.challenge = bytesOf(options.challenge);
    if (options.user) options.user.id = bytesOf(options.user.id);
    for (const key of [...(options.excludeCredentials || []), ...(options.allowCredentials || [])]) key.id = bytesOf(key.id);
    return options;
  }

  function write(made) {
    const response = { clientDataJSON: textOf(made.response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[name]) response[name] = textOf(made.response[name]);
    }
    if (made.response.getTransports) response.transports = made.response.getTransports();
    return { id: made.id, rawId: textOf(made.rawId), type: made.type, clientExtensionResults: {}, response };
  }

  async function run(form) {
    const options = read(await send(form, form.action, {}));
    const isNew = form.dataset.passkey === "register";
    const made = isNew
      ? await navigator.credentials.create({ publicKey: options })
      : await navigator.credentials.get({ publicKey: options });
    const field = (name) => (form.elements[name] ? form.elements[name].value : "");
    const answer = await send(form, form.dataset.finish, { answer: write(made), next: field("next"), name: field("name") });
    window.location.assign(answer.to);
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const error = form.querySelector(".error");
      error.hidden = true;
      run(form).catch((failure) => {
        /* What the device says is in its own language and for programmers; ours is for people. */
        const isOurs = !(failure instanceof DOMException) && failure.message;
        error.querySelector("span").textContent = isOurs ? failure.message : form.dataset.failed;
        error.hidden = false;
      });
    });
  }
})();
