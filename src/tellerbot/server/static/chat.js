// Sending. A message is shown at once, kept in the outbox until it is answered, and sent until the server has it.
// The server takes a message once, however often it comes, so that sending again is always safe.
import { enter, forget, keep, move, outbox, pause, post, read, retryAfter, saveOutbox, settle, wake } from "./outbox.js";
import { announce, announceReply, goToEnd } from "./view.js";

const find = (id) => document.getElementById(id);
const [log, composer, message, stopButton] = ["log", "composer", "message", "stop"].map(find);
const { root } = composer.dataset;
const copy = (template) => find(template).content.cloneNode(true);
// The conversation that is shown; "" for a new one until the server has named it.
let here = find("conversation").value;

// ---- The composer
function restore(text) {
  message.value = [text, message.value].filter(Boolean).join("\n");
  keep("draft", message.value);
}

message.value ||= read("draft") ?? "";
keep("draft", message.value);
message.addEventListener("input", () => keep("draft", message.value));
message.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    if (!find("send").disabled) composer.requestSubmit();
  }
});

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  const choice = event.submitter?.matches(".suggestion") ? event.submitter : null;
  const text = (choice ?? message).value.trim();
  if (!text) return;
  if (choice) {
    // Pressed twice it is one answer; what has been typed stays.
    choice.disabled = true;
    setTimeout(() => (choice.disabled = false), 1000);
  } else {
    message.value = "";
    keep("draft", "");
  }
  show(enter(text, here));
  goToEnd();
  message.focus();
  work();
});

// ---- The turns of the outbox in the log
const turnsOf = (item) => log.querySelectorAll(`.turn[data-message="${item.id}"]`);
const isShown = (item) => turnsOf(item).length > 0;
const isRecorded = (item) => item.turn && find(`turn-${item.turn}`);

function show(item) {
  const turns = copy("sending");
  turns.querySelector("p").textContent = item.text;
  for (const turn of turns.children) turn.dataset.message = item.id;
  announce(turns.lastElementChild.textContent.trim());
  log.append(turns);
}

/** Show of all messages that wait whether they are on their way. */
function mark(isUnsent) {
  for (const [said, answer] of outbox.filter(isShown).map(turnsOf)) {
    said.querySelector(".unsent")?.remove();
    if (isUnsent) said.append(copy("unsent"));
    answer.hidden = isUnsent;
  }
  if (isUnsent) announce(find("unsent").content.firstChild.firstChild.textContent);
}

// ---- Sending, one message after the other
let isWorking = false;
let stop = () => {};

async function work() {
  if (isWorking) return;
  isWorking = true;
  for (let tries = 0; outbox.length > 0; ) {
    const wait = await deliver(outbox[0]);
    if (wait === undefined) tries = 0;
    else if (await pause(tries++, wait)) tries = 0;
  }
  isWorking = false;
  if (isStale) location.reload();
}

/** Send a message and see its reply to the end; returns the least seconds to wait where it has to be sent again. */
async function deliver(item) {
  mark(false);
  let source = sources.get(item.id);
  if (!source) {
    const reply = await post(item);
    const wait = reply.headers.has("HX-Redirect") ? signOut() : retryAfter(reply);
    if (wait !== undefined) {
      mark(true);
      return wait;
    }
    if (reply.status === 404 && !item.isFirst) {
      // The server knows nothing of the conversation, as after a restart: the message starts one.
      rename(item.conversation, "");
      return deliver(item);
    }
    if (!reply.ok) return refuse(item, reply);
    source = accept(item, reply.text);
  }
  if (source && (await end(item, source)) === "lost") return 0;
  settle(item);
  tabs.postMessage(item.conversation);
}

/** Say that the session has ended; the page after the next sign-in is this one again. */
function signOut() {
  if (!log.querySelector(".signed-out")) log.append(copy("signed-out"));
  keep("back", location.pathname);
  return Infinity;
}

/** Say why a message is not taken, in the server's words where it has some, and give its text back. */
function refuse(item, reply) {
  for (const turn of turnsOf(item)) turn.remove();
  if (reply.status === 422) log.insertAdjacentHTML("beforeend", reply.text);
  else log.append(copy("refused"));
  restore(item.text);
  settle(item);
}

/** Show a message as the server has taken it and open the stream of its reply; nothing where it is answered already. */
function accept(item, html) {
  const fragment = document.createRange().createContextualFragment(html);
  const [said, answer] = fragment.children;
  const isHere = item.conversation === here;
  item.turn = said.dataset.turn;
  saveOutbox();
  log.querySelector(".signed-out")?.remove();
  keep("back", null);
  rename(item.conversation, said.dataset.conversation);
  const shown = turnsOf(item);
  if (isRecorded(item)) {
    for (const turn of shown) turn.remove();
    return undefined;
  }
  if (!isHere) return openStream(answer.querySelector("[sse-connect]").getAttribute("sse-connect"), item.id);
  shown[0].replaceWith(said);
  shown[1].replaceWith(answer);
  htmx.process(answer);
  return sources.get(item.id);
}

/** Move what is in one conversation to another, and the page with it where it shows it. */
function rename(old, name) {
  if (old === name) return;
  move(old, name);
  if (here !== old) return;
  here = find("conversation").value = name;
  history.replaceState(null, "", addressOf(name));
}

const addressOf = (conversation) => `${root}/${conversation && `conversations/${conversation}`}`;

// ---- Streams of replies
// By the id of their message, as far as htmx, or a message of another conversation than this, has opened one.
const sources = new Map();

function openStream(address, id) {
  const source = new EventSource(address);
  const bubble = log.querySelector(`[sse-connect="${CSS.escape(address)}"]`);
  id ??= bubble?.parentElement.dataset.message;
  if (id) sources.set(id, source);
  return source;
}

const onLost = (source, then) =>
  source.addEventListener("error", () => source.readyState === EventSource.CLOSED && then());

/** Wait for the end of a reply: "done", "stopped", or "lost" where the server knows nothing of the message any more. */
async function end(item, source) {
  const bubble = turnsOf(item)[1]?.firstElementChild;
  stopButton.hidden = !bubble;
  const how = await new Promise((resolve) => {
    source.addEventListener("done", () => resolve("done"));
    onLost(source, () => resolve("lost"));
    stop = () => resolve("stopped");
  });
  source.close();
  sources.delete(item.id);
  if (document.activeElement === stopButton) message.focus();
  stopButton.hidden = true;
  if (!bubble) return how;
  bubble.removeAttribute("sse-connect"); // or htmx would open it again
  if (how === "lost") return how;
  if (how === "stopped") {
    bubble.querySelector(".progress")?.remove();
    bubble.append(copy("stopped"));
  }
  if (bubble.querySelector("[role=alert]")) restore(item.text);
  else announceReply(bubble);
  return how;
}

stopButton.addEventListener("click", () => stop());
// Who signs out leaves nothing behind for who comes next.
document.querySelector('form[action$="/sign-out"]').addEventListener("submit", forget);
log.addEventListener("click", (event) => event.target.matches(".retry") && wake());

// The stream of news may begin anew: what is there already is left out.
document.body.addEventListener("htmx:sseBeforeMessage", (event) => {
  const id = event.detail.lastEventId;
  if (id && find(`turn-${id}`)) event.preventDefault();
});

// ---- The line, other tabs, and coming back
function showLine() {
  find("offline").hidden = navigator.onLine;
  if (navigator.onLine) wake();
  else announce(find("offline").textContent);
}

window.addEventListener("online", showLine);
window.addEventListener("offline", showLine);
document.addEventListener("visibilitychange", () => document.hidden || wake());
window.addEventListener("pageshow", (event) => event.persisted && location.reload());

let isStale = false;
const tabs = new BroadcastChannel(`tellerbot ${root}`);
tabs.addEventListener("message", ({ data }) => {
  if (data !== here) return;
  isStale = true;
  if (!isWorking) location.reload();
});

/** The address of a new conversation that got it while the page without it was being loaded again. */
function findReloaded() {
  const [{ type }] = performance.getEntriesByType("navigation");
  const first = type === "reload" && !here && outbox.find((item) => item.isFirst && item.conversation);
  return first ? addressOf(first.conversation) : null;
}

// ---- The beginning, once htmx has opened the streams of the messages that the server has shown as waiting
document.addEventListener("DOMContentLoaded", () => {
  const back = read("back") ?? findReloaded();
  keep("back", null);
  if (back && back !== location.pathname) return location.replace(back);
  find("send").disabled = !window.htmx;
  if (!window.htmx) return;
  outbox.filter(isRecorded).forEach(settle);
  const ours = outbox.filter((item) => item.conversation === here);
  for (const item of ours) item.turn ??= turnsOf(item)[0]?.dataset.turn;
  if (ours.length > 0) find("unknown")?.remove();
  ours.filter((item) => !isShown(item)).forEach(show);
  // Sent from another tab: this one has nothing to send again.
  for (const [id, source] of sources) {
    if (!outbox.some((item) => item.id === id)) onLost(source, () => location.reload());
  }
  showLine();
  goToEnd();
  work();
});
if (window.htmx) htmx.createEventSource = (address) => openStream(address);
