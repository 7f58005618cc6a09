/* The time zone of the device goes along with the form; a link is shared and printed by the device's own means.
   Without this file the company's zone counts, and the link can be copied by hand. */
(() => {
  "use strict";

  const zone = document.querySelector('input[name="zone"]');
  if (zone && !zone.value) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "";

  const share = document.querySelector("[data-share]");
  if (share && navigator.share) {
    share.hidden = false;
    share.addEventListener("click", () => {
      navigator.share({ text: share.dataset.words, url: share.dataset.share }).catch(() => {});
    });
  }

  const print = document.querySelector("[data-print]");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
  }
})();
