"""What agents do in a conversation, as it happens, for the page that shows it."""

import asyncio
import time
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request, Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from tellerbot.errors import UnavailableError
from tellerbot.records.cases import Cases
from tellerbot.server.api import State
from tellerbot.server.auth import SignInError
from tellerbot.server.pages import render_event, visit
from tellerbot.server.state import OverloadedError, ServerState
from tellerbot.server.turns import views
from tellerbot.types import Customer

router = APIRouter(include_in_schema=False)
# Seconds between two looks, and after which the browser has to come again, and to be signed in still.
PAUSE, LIFE = 1.0, 300.0
_END = ServerSentEvent("", event="done")


@router.get("/conversations/{conversation}/news")
async def news(conversation: str, request: Request, state: State) -> Response:
    """Stream what agents write and do, until no case is open.

    A browser that comes again gets what followed the last event it has seen.
    """
    try:
        customer = (await visit(request, state)).customer
    except SignInError:
        # A redirect, or a status, would only make the page try again.
        return EventSourceResponse(_end_at_once())
    await state.readers.run(state.store.require_owned, conversation, customer.id)
    seen = request.headers.get("last-event-id", "")
    return EventSourceResponse(_follow(state, customer, conversation, seen))


async def _end_at_once() -> AsyncIterator[ServerSentEvent]:
    yield _END


async def _follow(
    state: ServerState, customer: Customer, conversation: str, seen: str
) -> AsyncIterator[ServerSentEvent]:
    cases, end = Cases(state.store), time.monotonic() + LIFE
    while time.monotonic() < end:
        try:
            found = await state.readers.run(cases.news, conversation, customer.id, seen)
        except (OverloadedError, UnavailableError):
            # News can wait; a message can't.
            await asyncio.sleep(PAUSE)
            continue
        for turn in views(state, found.turns):
            yield render_event("news.html", turn.id, turn=turn)
            seen = turn.id
        if not found.is_open:
            yield _END
            return
        await asyncio.sleep(PAUSE)
