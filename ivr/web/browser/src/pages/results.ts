// The results page: figures that are replaced keep what is open and where the
// keyboard is; figures that could not be fetched are said to be old.
const figures = document.getElementById("figures");
const old = document.querySelector<HTMLElement>("[data-old]");

function isOld(yes: boolean): void {
  if (old) old.hidden = !yes;
}

for (const failure of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  figures?.addEventListener(failure, () => isOld(true));
}

let focused = "";
figures?.addEventListener("htmx:beforeSwap", () => {
  const active = document.activeElement;
  const link = active instanceof HTMLAnchorElement && figures.contains(active);
  focused = link ? (active.getAttribute("href") ?? "") : "";
});
figures?.addEventListener("htmx:afterSwap", () => {
  isOld(false);
  if (!focused) return;
  for (const link of figures.querySelectorAll<HTMLAnchorElement>("a")) {
    if (link.getAttribute("href") === focused) return link.focus({ preventScroll: true });
  }
});

document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
