// Making and using passkeys; loaded on the sign-in and account pages only.
(() => {
  "use strict";
  if (window.passkeysReady) return;
  window.passkeysReady = true;

  const ask = async (path, body) => {
    const token = document.querySelector("#page").getAttribute("hx-headers");
    const headers = { "Content-Type": "application/json", ...(token ? JSON.parse(token) : {}) };
    const response = await fetch(path, { method: "POST", headers, body: body ? JSON.stringify(body) : "" });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.problem || response.statusText);
    return answer;
  };
  const make = async () => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await ask("/account/passkeys/options"));
    await ask("/account/passkeys", (await navigator.credentials.create({ publicKey })).toJSON());
    location.assign("/account?done=passkey");
  };
  const signIn = async (next) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await ask("/login/passkey/options"));
    await ask("/login/passkey", (await navigator.credentials.get({ publicKey })).toJSON());
    location.assign(next.startsWith("/") && !/^\/[/\\]/.test(next) ? next : "/");
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-passkey]");
    if (!button) return;
    const told = document.querySelector("#passkey-problem");
    told.textContent = "";
    button.disabled = true;
    try {
      await (button.dataset.passkey === "make" ? make() : signIn(button.dataset.next));
    } catch (error) {
      told.textContent = `${told.dataset.failed} ${error.name === "Error" ? error.message : ""}`;
      button.disabled = false;
    }
  });
})();
