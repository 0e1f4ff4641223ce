// Copying a reply, and rating it without the chat taking notice.
document.documentElement.classList.toggle("can-copy", Boolean(navigator.clipboard));

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.(".copy");
  if (!button) return;
  await navigator.clipboard.writeText(button.closest(".turn").querySelector(".said").innerText);
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
});

document.getElementById("log").addEventListener("htmx:afterRequest", (event) => {
  if (event.target.closest(".rating")) event.stopPropagation();
});
