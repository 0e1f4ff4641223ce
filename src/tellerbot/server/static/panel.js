// The conversations beside the chat: where the focus goes, and when the list is left alone.
const panel = document.getElementById("panel");
const list = document.getElementById("conversations");

// As a sheet it begins at its first link, and ends where the focus leaves it.
panel.addEventListener("toggle", (event) => {
  if (event.target === panel && event.newState === "open") panel.querySelector(".new").focus();
});
panel.addEventListener("focusout", (event) => {
  if (event.relatedTarget && !panel.contains(event.relatedTarget) && panel.matches(":popover-open")) panel.hidePopover();
});
// Where there is room again it is the column.
matchMedia("(min-width: 1000px)").addEventListener("change", () => panel.hidePopover());

// A menu that opens has its field ready; Escape closes the menu, and only then the sheet.
list.addEventListener("toggle", (event) => {
  if (event.target.open) event.target.querySelector("input:not(details details:not([open]) *)")?.select();
}, true);
panel.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest("details[open]");
  if (!menu) return;
  event.preventDefault();
  menu.open = false;
  menu.querySelector("summary").focus();
});

// It is not fetched anew under the hands of somebody who renames or deletes, nor for a tab that goes away.
list.addEventListener("htmx:beforeRequest", (event) => {
  const isOwn = event.target === list;
  const isSearch = document.activeElement.id === "search";
  if (isOwn && (document.hidden || (!isSearch && list.querySelector("details[open]")))) event.preventDefault();
});
