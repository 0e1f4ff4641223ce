"""Taking turns for requests: in the workers, with their progress, and once only for a message that is sent again."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Annotated, Any

from fastapi import Request
from pydantic import StringConstraints

from tellerbot.assistant.generate import Listener
from tellerbot.assistant.load import new_conversation
from tellerbot.assistant.message import clean
from tellerbot.assistant.turn import take_turn
from tellerbot.conversation.event_values import Step
from tellerbot.conversation.turns import Turn, TurnView, view, view_all
from tellerbot.errors import DataError
from tellerbot.records.claims import TurnTakenError, conversation_of, is_claimed, turn_of
from tellerbot.server.state import Message, ServerState
from tellerbot.types import Customer

# Seconds that a message sent again waits for its turn under way, longer than for a dead server's claim to run out,
# and between two looks at it.
WAIT, PAUSE = 17, 0.1
PIECE = 6  # words
MessageId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:~+/=-]{1,100}$")]


def receive(customer: Customer, text: str, conversation: str | None, message_id: str | None) -> Message:
    """Make the message of a request, in a new conversation when it names none. Raises DataError for an unfit text."""
    if not conversation:
        conversation = conversation_of(customer.id, message_id) if message_id else new_conversation()
    return Message(customer, conversation, clean(text), turn_of(conversation, message_id) if message_id else None)


async def whole_turn(request: Request, state: ServerState, message: Message) -> TurnView:
    """Take a turn that nobody hears of before its end; when the client goes, the model stops writing."""
    cancelled = threading.Event()

    async def notice() -> None:
        # After the body the only message there is means that the client has gone.
        await request.receive()
        cancelled.set()

    watcher = asyncio.ensure_future(notice())
    try:
        return await _start(state, message, lambda step: None, Listener(is_cancelled=cancelled.is_set))
    finally:
        cancelled.set()
        watcher.cancel()


def stream_turn(state: ServerState, message: Message) -> AsyncIterator[Step | str | TurnView]:
    """Yield the steps of a turn as they end, its reply in pieces that joined give it, then the recorded turn.

    A generated reply's sentences are pieces, given as they pass. When this is closed early, because the client has
    gone, the model stops writing and the turn is recorded as it is. Raises OverloadedError now, not in the midst.
    """
    loop = asyncio.get_running_loop()
    news: asyncio.Queue[Step | str | None] = asyncio.Queue()
    cancelled = threading.Event()

    def tell(item: Step | str) -> None:
        loop.call_soon_threadsafe(news.put_nowait, item)

    work = asyncio.ensure_future(_start(state, message, tell, Listener(tell, cancelled.is_set)))
    work.add_done_callback(lambda _: news.put_nowait(None))
    return _follow(work, news, cancelled)


async def _follow(
    work: "asyncio.Future[TurnView]", news: "asyncio.Queue[Step | str | None]", cancelled: threading.Event
) -> AsyncIterator[Step | str | TurnView]:
    said = ""
    try:
        while (item := await news.get()) is not None:
            if isinstance(item, str):
                item = f"{' ' if said else ''}{item}"
                said += item
            yield item
        turn = await work
    finally:
        cancelled.set()
    async for item in replay(turn, said):
        yield item


async def replay(turn: TurnView, said: str = "") -> AsyncIterator[str | TurnView]:
    """Yield what a turn's reply adds to `said`, in pieces of a few words, then the turn."""
    words = turn.reply[len(said) :].split(" ")
    for at in range(0, len(words), PIECE):
        yield " ".join(words[at : at + PIECE]) + (" " if at + PIECE < len(words) else "")
    yield turn


async def earlier_turn(state: ServerState, message: Message) -> TurnView | None:
    """Return the turn of a message that was sent before.

    Raises DataError when its `message_id` came with another text.

    Texts are compared masked, as the records keep them.
    """
    if message.turn is None:
        return None
    turn = await state.readers.run(state.store.find_turn, message.turn, message.customer.id)
    if turn is None:
        return None
    found = view(turn)
    forms = await state.readers.run(state.assistant.parts.masked_forms, message.text)
    if found.message not in forms:
        raise DataError("message_id: expected one that is new, found one that came with another text. Make a new one.")
    return found


def views(state: ServerState, turns: Sequence[Turn]) -> list[TurnView]:
    """Return the views of a conversation's turns that hold anything to read."""
    return view_all(turns, state.assistant.parts.project.assistant.messages)


def _start(
    state: ServerState, message: Message, on_step: Callable[[Step], None], listener: Listener
) -> Coroutine[Any, Any, TurnView]:
    """Begin to take the message's turn. Raises OverloadedError."""

    def take() -> "asyncio.Future[TurnView]":
        return state.workers.submit(_take, state, message, on_step, listener)

    return _once(state, message, take(), take, listener)


async def _once(
    state: ServerState,
    message: Message,
    taking: "asyncio.Future[TurnView]",
    take: "Callable[[], asyncio.Future[TurnView]]",
    listener: Listener,
) -> TurnView:
    """Return the message's turn.

    It is the one being taken, or the one that is there, or under way elsewhere, once it ends.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + WAIT
    while True:
        try:
            turn = await taking
        except TurnTakenError:
            if earlier := await earlier_turn(state, message):
                return earlier
            # A claim locks the database for all writers, so the next try waits until the other claim is gone.
            held = True
            while held:
                if listener.is_cancelled() or loop.time() > end:
                    raise
                await asyncio.sleep(PAUSE)
                held = bool(message.turn) and await state.readers.run(is_claimed, state.store.engine, message.turn)
            taking = take()
        else:
            state.metrics.observe(turn)
            return turn


def _take(state: ServerState, message: Message, on_step: Callable[[Step], None], listener: Listener) -> TurnView:
    parts = state.assistant.parts
    if message.turn is None:
        return take_turn(parts, message.text, message.customer, message.conversation, on_step, listener)
    with state.store.claims.hold(message.turn):
        return take_turn(parts, message.text, message.customer, message.conversation, on_step, listener, message.turn)
