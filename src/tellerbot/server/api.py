"""The JSON API, with and without streaming."""

import asyncio
import json
import logging
import threading
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sse_starlette import EventSourceResponse, ServerSentEvent

from tellerbot.assistant.conversations import details
from tellerbot.assistant.generate import Listener
from tellerbot.assistant.load import new_conversation
from tellerbot.assistant.message import clean
from tellerbot.assistant.trace import Step
from tellerbot.assistant.turn import Turn
from tellerbot.errors import DataError
from tellerbot.server.auth import authenticate, issue_token, signed_in
from tellerbot.server.errors import public_message, status_of
from tellerbot.server.state import STREAMS, ServerState, server_state
from tellerbot.types import Customer

log = logging.getLogger("tellerbot")
router = APIRouter()
State = Annotated[ServerState, Depends(server_state)]
SignedIn = Annotated[Customer, Depends(signed_in)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Credentials(_Strict):
    username: str = Field(min_length=1)
    password: str = Field(min_length=1)


class Token(BaseModel):
    """`expires_in` is in seconds."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - a scheme's name
    expires_in: int


class ChatMessage(_Strict):
    """Without `conversation_id` a new conversation is started."""

    message: str
    conversation_id: str | None = Field(None, max_length=100)


class Citation(BaseModel):
    """A passage that the reply quotes; signed in, `link` shows it in its document. `page` counts from 1."""

    id: str
    policy: str
    title: str
    section: str
    path: list[str]
    page: int | None
    version: str
    in_force_from: date
    in_force_to: date | None
    text: str
    link: str


class ChatReply(BaseModel):
    """A turn; `figures` says where each figure in the reply came from.

    `choices` are the intents, with their titles, that the reply asks to choose from: sending a title back answers it.
    """

    conversation_id: str
    turn_id: str
    message: str
    reply: str
    kind: str
    reason: str
    intent: str
    confidence: float
    scope_score: float
    masked: list[str]
    figures: list[dict[str, str]]
    citations: list[Citation]
    choices: list[dict[str, str]]
    reference: str | None
    release: str
    trace: list[dict[str, Any]]


def shown(turn: Turn) -> ChatReply:
    return ChatReply(
        conversation_id=turn.conversation,
        turn_id=turn.id,
        message=turn.message,
        reply=turn.reply.text,
        **details(turn),
    )


@router.post("/api/v1/auth/token")
async def token(request: Request, state: State) -> Token:
    """Sign in with a user name and password, as a form (OAuth2 password grant) or as JSON."""
    try:
        if request.headers.get("content-type", "").startswith("application/json"):
            credentials = Credentials.model_validate_json(await request.body())
        else:
            form = await request.form()
            credentials = Credentials(username=str(form.get("username", "")), password=str(form.get("password", "")))
    except ValidationError as error:
        raise DataError("Expected a username and a password, as a form or as JSON.") from error
    address = request.client.host if request.client else "unknown"
    customer = await authenticate(state, credentials.username, credentials.password, address)
    return Token(access_token=issue_token(state, customer), expires_in=state.settings.token_minutes * 60)


@router.post("/api/v1/chat", include_in_schema=False, response_model=ChatReply)
@router.post("/api/v1/chat/", response_model=ChatReply)
async def chat(body: ChatMessage, request: Request, state: State, customer: SignedIn) -> ChatReply | Response:
    """Answer a message. With `Accept: text/event-stream` the events are step, delta, done (the whole turn) or error."""
    state.limit_messages(customer)
    text = clean(body.message)
    if body.conversation_id:
        await state.workers.run(state.store.owned, body.conversation_id, customer.id)
    conversation = body.conversation_id or new_conversation()
    if "text/event-stream" in request.headers.get("accept", ""):
        state.workers.require_room()
        return EventSourceResponse(_events(state, text, customer, conversation), shutdown_grace_period=STREAMS)
    turn = await _whole_turn(request, state, text, customer, conversation)
    state.metrics.observe(turn)
    return shown(turn)


async def _whole_turn(request: Request, state: ServerState, text: str, customer: Customer, conversation: str) -> Turn:
    """A turn that nobody hears of before its end; when the client goes, the model stops writing."""
    gone = threading.Event()

    async def notice() -> None:
        # After the body the only message there is says that the client has gone.
        await request.receive()
        gone.set()

    noticing = asyncio.ensure_future(notice())
    listener = Listener(gone=gone.is_set)
    try:
        return await state.workers.run(state.assistant.reply, text, customer, conversation, listener=listener)
    finally:
        gone.set()
        noticing.cancel()


async def stream_turn(
    state: ServerState, text: str, customer: Customer, conversation: str
) -> AsyncIterator[Step | str | Turn]:
    """The steps of a turn as they end, a generated reply's sentences as they pass, then the turn, recorded by then.

    When this is closed early, because the client has gone, the model stops writing and the turn is recorded as it is.
    """
    loop = asyncio.get_running_loop()
    news: asyncio.Queue[Step | str | None] = asyncio.Queue()
    gone = threading.Event()

    def tell(item: Step | str) -> None:
        loop.call_soon_threadsafe(news.put_nowait, item)

    listener = Listener(tell, gone.is_set)
    work = asyncio.ensure_future(state.workers.run(state.assistant.reply, text, customer, conversation, tell, listener))
    work.add_done_callback(lambda _: news.put_nowait(None))
    try:
        while (item := await news.get()) is not None:
            yield item
        turn = await work
    finally:
        gone.set()
    state.metrics.observe(turn)
    yield turn


async def _events(
    state: ServerState, text: str, customer: Customer, conversation: str
) -> AsyncIterator[ServerSentEvent]:
    said = ""
    try:
        async for item in stream_turn(state, text, customer, conversation):
            if isinstance(item, Step):
                yield ServerSentEvent(json.dumps(asdict(item)), event="step")
                continue
            more = [f"{' ' if said else ''}{item}"] if isinstance(item, str) else pieces(item.reply.text[len(said) :])
            for piece in more:
                said += piece
                yield ServerSentEvent(json.dumps({"text": piece}), event="delta")
            if isinstance(item, Turn):
                yield ServerSentEvent(shown(item).model_dump_json(), event="done")
    except Exception as error:  # noqa: BLE001 - the status is sent; the stream must still say that it failed
        log.error("stream of conversation %s: %r", conversation, error)
        status, code = status_of(error)
        yield ServerSentEvent(
            json.dumps({"code": code, "status": status, "message": public_message(error)}), event="error"
        )


def pieces(text: str) -> list[str]:
    """A reply in pieces of a few words, which joined give it back."""
    words = text.split(" ")
    return [" ".join(words[at : at + 6]) + (" " if at + 6 < len(words) else "") for at in range(0, len(words), 6)]


@router.get("/api/v1/conversations")
async def conversations(state: State, customer: SignedIn) -> list[dict[str, Any]]:
    """The customer's own conversations, newest first."""
    return await state.workers.run(state.store.listed, customer.id)


@router.get("/api/v1/conversations/{conversation_id}")
async def conversation(conversation_id: str, state: State, customer: SignedIn) -> dict[str, Any]:
    """The turns of one of the customer's own conversations, oldest first."""
    return {
        "id": conversation_id,
        "turns": await state.workers.run(state.store.history, conversation_id, customer.id),
    }


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(state: State) -> dict[str, str]:
    """It can answer: the records and the bank can be reached."""
    await state.workers.run(state.store.ping)
    await state.workers.run(state.assistant.parts.bank.ping)
    return {"status": "ready", "release": state.assistant.manifest.version}


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(state: State) -> Response:
    """Prometheus metrics."""
    return Response(generate_latest(state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
