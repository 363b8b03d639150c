/* What quickens the pages. Every page works without this file. */
(() => {
  "use strict";

  const openMenus = () => document.querySelectorAll("details.menu[open]");

  function closeMenus(except) {
    openMenus().forEach((menu) => {
      if (menu !== except) menu.open = false;
    });
  }

  function isTyping(target) {
    return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
  }

  function onKey(event) {
    if (event.key === "Escape") {
      const menu = event.target.closest("details.menu[open]") || openMenus()[0];
      closeMenus();
      if (menu) menu.querySelector("summary").focus();
      return;
    }
    const search = document.querySelector("[data-search]");
    if (event.key === "/" && search && !isTyping(event.target) && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    }
  }

  function focusErrors(root) {
    const summary = root.querySelector(".errors");
    if (summary) summary.focus();
  }

  /* One press, one request: a second press of the same button within a form that is already on its way is ignored. */
  function onSubmit(event) {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
  }

  function say(sentence) {
    const place = document.getElementById("notices");
    if (!place) return;
    const notice = document.createElement("div");
    notice.className = "notice bad";
    const words = document.createElement("p");
    words.textContent = sentence;
    notice.append(document.createElement("span"), words);
    place.replaceChildren(notice);
  }

  function onCheckAll(event) {
    const box = event.target.closest("[data-check-all]");
    if (!box) return;
    document.querySelectorAll(`input[type="checkbox"][name="${box.dataset.checkAll}"]`).forEach((other) => {
      if (!other.disabled) other.checked = box.checked;
    });
  }

  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("focusin", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("submit", onSubmit);
  document.addEventListener("change", onCheckAll);
  document.addEventListener("DOMContentLoaded", () => focusErrors(document));
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  });

  document.addEventListener("htmx:afterSwap", (event) => focusErrors(event.target));
  document.addEventListener("htmx:responseError", () => say("Tandem could not do that. Reload the page and try again; what was saved is safe."));
  document.addEventListener("htmx:sendError", () => say("Tandem did not answer. Check your network, then try again."));
  document.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    say("The passkey was not used: your browser or device stopped it. Try again, or use another way to sign in.");
  });
})();
