"""Taking turns for requests: in the workers, with their progress, and once only for a message that is sent again."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import Request
from pydantic import StringConstraints

from tellerbot.assistant.generate import Listener
from tellerbot.assistant.load import new_conversation
from tellerbot.assistant.message import clean
from tellerbot.assistant.turn import take_turn
from tellerbot.conversation.events import Step
from tellerbot.conversation.turns import Turn, TurnView, view, view_all
from tellerbot.errors import DataError
from tellerbot.records.claims import TurnTakenError, claim, conversation_of, is_claimed, turn_of
from tellerbot.server.state import Message, ServerState
from tellerbot.types import Customer

# Seconds that a message sent again waits for its turn under way, and between two looks at it.
WAIT, PAUSE = 10, 0.1
PIECE = 6  # words
MessageId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:~+/=-]{1,100}$")]


def receive(customer: Customer, text: str, conversation: str | None, message_id: str | None) -> Message:
    """A message as it was sent, in a new conversation when it names none. Raises DataError for an unfit text."""
    if not conversation:
        conversation = conversation_of(customer.id, message_id) if message_id else new_conversation()
    return Message(customer, conversation, clean(text), turn_of(conversation, message_id) if message_id else None)


async def whole_turn(request: Request, state: ServerState, message: Message) -> TurnView:
    """A turn that nobody hears of before its end; when the client goes, the model stops writing."""
    gone = threading.Event()

    async def notice() -> None:
        # After the body the only message there is says that the client has gone.
        await request.receive()
        gone.set()

    noticing = asyncio.ensure_future(notice())
    try:
        return await _once(state, message, lambda step: None, Listener(gone=gone.is_set))
    finally:
        gone.set()
        noticing.cancel()


async def stream_turn(state: ServerState, message: Message) -> AsyncIterator[Step | str | TurnView]:
    """The steps of a turn as they end, its reply in pieces that joined give it, then the turn, recorded by then.

    A generated reply's sentences are pieces, given as they pass. When this is closed early, because the client has
    gone, the model stops writing and the turn is recorded as it is.
    """
    loop = asyncio.get_running_loop()
    news: asyncio.Queue[Step | str | None] = asyncio.Queue()
    gone = threading.Event()

    def tell(item: Step | str) -> None:
        loop.call_soon_threadsafe(news.put_nowait, item)

    work = asyncio.ensure_future(_once(state, message, tell, Listener(tell, gone.is_set)))
    work.add_done_callback(lambda _: news.put_nowait(None))
    said = ""
    try:
        while (item := await news.get()) is not None:
            if isinstance(item, str):
                item = f"{' ' if said else ''}{item}"
                said += item
            yield item
        turn = await work
    finally:
        gone.set()
    async for item in replay(turn, said):
        yield item


async def replay(turn: TurnView, said: str = "") -> AsyncIterator[str | TurnView]:
    """What a turn's reply adds to `said`, in pieces of a few words, then the turn."""
    words = turn.reply[len(said) :].split(" ")
    for at in range(0, len(words), PIECE):
        yield " ".join(words[at : at + PIECE]) + (" " if at + PIECE < len(words) else "")
    yield turn


async def earlier_turn(state: ServerState, message: Message) -> TurnView | None:
    """The turn of a message that was sent before. Raises DataError when its `message_id` came with another text.

    Texts are compared as they are kept: masked.
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
    return linked(state, found)


def views(state: ServerState, turns: Sequence[Turn]) -> list[TurnView]:
    """What is shown of a conversation's turns that hold anything to read."""
    return [linked(state, shown) for shown in view_all(turns, state.assistant.parts.project.assistant.messages)]


def linked(state: ServerState, turn: TurnView) -> TurnView:
    """A turn whose links lead to where the server is seen; they are kept without a prefix, which may change."""
    prefix = state.settings.prefix
    return replace(turn, citations=tuple(replace(item, link=prefix + item.link) for item in turn.citations))


async def _once(state: ServerState, message: Message, watch: Callable[[Step], None], listener: Listener) -> TurnView:
    """The message's turn: the one that is there, the one under way elsewhere once it ends, or one taken now."""
    loop = asyncio.get_running_loop()
    end = loop.time() + WAIT
    while True:
        try:
            turn = await state.workers.run(_take, state, message, watch, listener)
        except TurnTakenError:
            if earlier := await earlier_turn(state, message):
                return earlier
            # A claim locks the database for all writers, so the next try waits until the other claim is gone.
            held = True
            while held:
                if listener.gone() or loop.time() > end:
                    raise
                await asyncio.sleep(PAUSE)
                held = bool(message.turn) and await state.readers.run(is_claimed, state.store.engine, message.turn)
        else:
            state.metrics.observe(turn)
            return linked(state, turn)


def _take(state: ServerState, message: Message, watch: Callable[[Step], None], listener: Listener) -> TurnView:
    parts = state.assistant.parts
    if message.turn is None:
        return take_turn(parts, message.text, message.customer, message.conversation, watch, listener)
    with claim(state.store.writes, message.turn):
        return take_turn(parts, message.text, message.customer, message.conversation, watch, listener, message.turn)
