// The outbox: messages that are not answered yet, kept for this tab and this customer only, and how they are posted.
const composer = document.getElementById("composer");
const sender = document.getElementById("sender").value;
const LONGEST_POST = 30_000; // milliseconds
const LONGEST_PAUSE = 30; // seconds

const nameOf = (what) => `tellerbot ${composer.dataset.root} ${sender} ${what}`;
export const read = (what) => JSON.parse(sessionStorage.getItem(nameOf(what)));
export const keep = (what, value) => sessionStorage.setItem(nameOf(what), JSON.stringify(value));

// The oldest first: {id, text, conversation, isFirst, turn}.
export const outbox = read("outbox") ?? [];
export const saveOutbox = () => keep("outbox", outbox);

// crypto.randomUUID is there on HTTPS only.
const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Put a message into the outbox. */
export function enter(text, conversation) {
  const item = { id: newId(), text, conversation };
  outbox.push(item);
  saveOutbox();
  return item;
}

/** Take a message that is settled out of the outbox. */
export function settle(item) {
  outbox.splice(outbox.indexOf(item), 1);
  saveOutbox();
}

/** Forget all that is kept for this customer. */
export function forget() {
  outbox.length = 0;
  for (const what of ["outbox", "draft", "back"]) sessionStorage.removeItem(nameOf(what));
}

/** Move what is in one conversation to another. */
export function move(old, conversation) {
  for (const item of outbox) if (item.conversation === old) item.conversation = conversation;
  saveOutbox();
}

/** Post a message; a status of 0 is no answer, be it for no line or for no time. */
export async function post(item) {
  item.isFirst ||= !item.conversation;
  saveOutbox();
  // A first message that is sent again names no conversation either, and so reaches the one that it has started.
  const conversation = item.isFirst ? "" : item.conversation;
  const body = new URLSearchParams({ message: item.text, message_id: item.id, conversation, sender });
  const signal = AbortSignal.timeout(LONGEST_POST);
  try {
    const reply = await fetch(composer.action, { method: "POST", body, headers: { "HX-Request": "true" }, signal });
    const text = await reply.text();
    // A page of somebody else's on the way, such as a hotel's, is no answer of ours.
    const isOurs = !reply.ok || reply.headers.has("HX-Redirect") || text.includes("data-turn=");
    return { status: isOurs ? reply.status : 0, ok: reply.ok, headers: reply.headers, text };
  } catch {
    return { status: 0, headers: new Headers() };
  }
}

/** The least seconds until a message may be sent again; undefined where that would not help. */
export function retryAfter({ status, headers }) {
  if ([0, 408, 429].includes(status) || status >= 500) return Number(headers.get("Retry-After")) || 0;
}

let end = () => {};

/** Wait before the next of so many tries, and so many seconds at the least; true where somebody wakes it. */
export const pause = (tries, seconds) =>
  new Promise((resolve) => {
    end = resolve;
    const wait = Math.max(seconds, Math.min(2 ** tries, LONGEST_PAUSE));
    if (Number.isFinite(wait)) setTimeout(resolve, wait * 1000);
  });

/** End the pause that there may be. */
export const wake = () => end(true);
