/* Sharing the picture of an occasion as a PNG, and skipping the occasion. Without script the link opens the picture. */
(() => {
  "use strict";

  const SIDE = 1080;

  async function toPng(address) {
    const picture = new Image();
    picture.src = address;
    await picture.decode();
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE;
    canvas.getContext("2d").drawImage(picture, 0, 0, SIDE, SIDE);
    return new Promise((resolve) => { canvas.toBlob(resolve, "image/png"); });
  }

  async function share(link) {
    const blob = await toPng(link.href);
    const file = new File([blob], link.dataset.file, { type: "image/png" });
    if (navigator.canShare && navigator.canShare({ files: [file] })) {
      await navigator.share({ files: [file], title: link.dataset.share });
      return;
    }
    const download = document.createElement("a");
    download.href = URL.createObjectURL(blob);
    download.download = link.dataset.file;
    download.click();
    URL.revokeObjectURL(download.href);
  }

  document.addEventListener("click", (event) => {
    const skip = event.target.closest("[data-skip]");
    if (skip) {
      event.preventDefault();
      skip.closest("[data-celebration]").remove();
      document.getElementById("main").focus();
      return;
    }
    const link = event.target.closest("[data-share]");
    if (!link) return;
    event.preventDefault();
    share(link).catch((error) => {
      if (error.name !== "AbortError") window.open(link.href, "_blank", "noopener");
    });
  });
})();
