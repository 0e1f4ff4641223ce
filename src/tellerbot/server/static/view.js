// The view: it follows what is new unless the reader has scrolled up, and says aloud what matters.
const log = document.getElementById("log");
const newest = document.getElementById("newest");
const announcer = document.getElementById("announcer");
const NEAR = 80; // pixels from the end within which the reader is at the end
let isFollowing = true;

function follow() {
  if (isFollowing) log.scrollTop = log.scrollHeight;
}

/** Go to the end, and follow again. It jumps, which also suits who wants no motion. */
export function goToEnd() {
  isFollowing = true;
  newest.hidden = true;
  follow();
}

/** Have screen readers read a text out, unless it is the last that they have read. */
export function announce(text) {
  if (announcer.textContent !== text) announcer.textContent = text;
}

/** Have screen readers read a reply out, without its sources and what can be done with it. */
export function announceReply(bubble) {
  const parts = [...bubble.children].filter((part) => !part.matches("details, .foot, .hidden"));
  announce(parts.map((part) => part.innerText).join("\n"));
}

// Who scrolls up reads there. Where the window gets lower, as by a keyboard on the screen, the end moves away by itself.
let place = 0;
log.addEventListener("scroll", () => {
  if (log.scrollHeight - log.scrollTop - log.clientHeight < NEAR) {
    isFollowing = true;
    newest.hidden = true;
  } else if (log.scrollTop < place) isFollowing = false;
  place = log.scrollTop;
});
newest.addEventListener("click", () => {
  goToEnd();
  document.getElementById("message").focus();
});
// A rating and the like are no news.
const isNews = ({ target }) => !(target.nodeType === Node.TEXT_NODE ? target.parentElement : target)?.closest(".foot");
new MutationObserver((changes) => {
  if (!isFollowing && changes.some(isNews)) newest.hidden = false;
  follow();
}).observe(log, { childList: true, subtree: true, characterData: true });
new ResizeObserver(follow).observe(log);

// News come whole, one at a time.
document.body.addEventListener("htmx:sseMessage", (event) => {
  if (event.target.id === "news") announce(log.lastElementChild.innerText);
});
