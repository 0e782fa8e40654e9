// Asks the browser for a passkey where a page has a form for it (`data-passkey`: "get" or
// "create"): its answer goes into the form's field `credential`, and the form is sent. Where the
// browser offers none the form is sent as it is, and the server says what to do instead.
(() => {
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  /** What to ask the browser for; nothing when the server refuses. */
  const options = async (act) => {
    const path = act === "create" ? "begin" : "challenge";
    const response = await fetch(`/v1/auth/passkeys/${path}`, { method: "POST" });
    if (!response.ok) return undefined;
    const { publicKey } = await response.json();
    publicKey.challenge = bytes(publicKey.challenge);
    if (publicKey.user) publicKey.user.id = bytes(publicKey.user.id);
    for (const known of [...(publicKey.excludeCredentials ?? []), ...(publicKey.allowCredentials ?? [])]) known.id = bytes(known.id);
    return publicKey;
  };

  /** The browser's answer in the JSON form of WebAuthn Level 3. */
  const said = ({ id, rawId, type, response }) => {
    const parts = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (response[part]) parts[part] = text(response[part]);
    }
    return JSON.stringify({ id, rawId: text(rawId), type, response: parts, clientExtensionResults: {} });
  };

  const send = (form, credential) => {
    form.elements.credential.value = credential ? said(credential) : "";
    form.requestSubmit();
  };

  /** Ends the prompt in the address field: a browser shows one at a time. */
  let offered;
  const endOffer = () => {
    offered?.abort();
    offered = undefined;
  };

  const offer = async (form) => {
    endOffer();
    const mine = (offered = new AbortController());
    try {
      if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
      const publicKey = await options("get");
      if (!publicKey || mine.signal.aborted) return;
      const credential = await navigator.credentials.get({ publicKey, mediation: "conditional", signal: mine.signal });
      if (form.isConnected) send(form, credential);
    } catch {
      // Ended, or not wanted: the rest of the page is there.
    }
  };

  const ask = async (form, act) => {
    endOffer();
    const publicKey = window.PublicKeyCredential && (await options(act));
    if (!publicKey) return send(form);
    try {
      send(form, await (act === "create" ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey })));
    } catch (error) {
      // Somebody who closes the prompt has changed their mind, and knows it.
      if (error.name !== "NotAllowedError" && error.name !== "AbortError") send(form);
    }
  };

  for (const place of document.querySelectorAll("[data-passkey]:not([data-ready])")) {
    const form = place.closest("form");
    place.dataset.ready = "";
    place.addEventListener("click", (event) => {
      if (!event.target.closest("button")) return;
      event.preventDefault();
      ask(form, place.dataset.passkey);
    });
    if ("autofill" in place.dataset && window.PublicKeyCredential) offer(form);
  }
})();
