// Keyboard help for the chat, and nothing sent before htmx is there: the rest is htmx.
const message = document.getElementById("message");
const composer = document.getElementById("composer");
const log = document.getElementById("log");
const send = document.getElementById("send");

// Sent before htmx is there, the form would leave the page and lose the message.
document.addEventListener("DOMContentLoaded", () => {
  send.disabled = !window.htmx;
});

message.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    if (!send.disabled) composer.requestSubmit();
  }
});

// A choice that is pressed leaves what has been typed.
document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful) {
    if (event.target === composer) message.value = "";
  } else if (![422, 429].includes(event.detail.xhr.status)) {
    const notice = document.createElement("p");
    notice.className = "notice";
    notice.setAttribute("role", "alert");
    notice.textContent = "That could not be sent. Check your connection and try again; your message is still there.";
    log.append(notice);
  }
  message.focus();
});

// The stream of news may begin anew: what is there already is left out.
document.body.addEventListener("htmx:sseBeforeMessage", (event) => {
  const id = event.detail.lastEventId;
  if (id && document.getElementById(`turn-${id}`)) event.preventDefault();
});

// Follow the reply as it grows, unless the reader has scrolled up.
let following = true;
log.addEventListener("scroll", () => {
  following = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
});
new MutationObserver(() => {
  if (following) log.scrollTop = log.scrollHeight;
}).observe(log, { childList: true, subtree: true, characterData: true });
log.scrollTop = log.scrollHeight;
