/* The page behind a letter's link: send the tapped answer at once, so that one tap is enough.
   Not where a machine looks: mail filters open every link, some with a browser. Without this file one press does it. */
(() => {
  "use strict";
  const form = document.querySelector("[data-answer-ready]");
  if (!form) return;
  const isPerson = () => !navigator.webdriver && document.visibilityState === "visible" && document.hasFocus();
  const send = () => { if (isPerson()) form.requestSubmit(form.querySelector("button")); };
  window.setTimeout(send, 400);
})();
