"""The JSON API, with and without streaming."""

import json
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sse_starlette import EventSourceResponse, ServerSentEvent

from tellerbot.conversation.events import Block, Citation, Step
from tellerbot.conversation.turns import Turn, TurnView
from tellerbot.errors import DataError
from tellerbot.records.conversations import Conversations
from tellerbot.server.auth import (
    address_of,
    authenticate,
    bearer,
    begin_session,
    end_session,
    issue_token,
    signed_in,
)
from tellerbot.server.errors import public_message, status_of
from tellerbot.server.media import JSON, is_json, prefers_events
from tellerbot.server.state import STREAMS, Message, ServerState, server_state
from tellerbot.server.turns import MessageId, earlier_turn, receive, replay, stream_turn, views, whole_turn
from tellerbot.types import Choice, Customer, FigureSource, Slot

log = logging.getLogger("tellerbot")
router = APIRouter()
State = Annotated[ServerState, Depends(server_state)]
SignedIn = Annotated[Customer, Depends(signed_in)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Credentials(Strict):
    username: str = Field(min_length=1)
    password: str = Field(min_length=1)


class Token(BaseModel):
    """`expires_in` is in seconds."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - a scheme's name
    expires_in: int


class ChatMessage(Strict):
    """Without `conversation_id` a new conversation is started.

    With a `message_id`, new for each message (a UUID is one), a message can be sent again when its reply was lost: it
    gets the turn that is there, waits for one under way, and never leads to a second one. Sent again with the same
    `conversation_id` or again without one, it is the same message; the customer's other conversations don't know it.
    With another text it is refused (422). One whose turn takes too long to wait for is asked to come again (409).
    """

    message: str
    conversation_id: str | None = Field(None, max_length=100)
    message_id: MessageId | None = None


class TurnShown(BaseModel):
    """A turn; `figures` says where each figure in the reply came from, and of a computed one the `rows` it is over.

    `choices` are the intents, with their titles, that the reply asks to choose from: sending a title back answers it.
    `acts`, `slots` and `intents` are what the message was understood as; `blocks` are the reply's shape. A turn of an
    agent's has no message: `agent` wrote the reply, or did what `notice` says. A message to an agent has no reply.
    `is_helpful` is how the customer rated the reply.
    """

    message: str
    reply: str
    kind: str
    reason: str
    intent: str
    confidence: float
    scope_score: float
    masked: list[str]
    figures: list[dict[str, str | list[str]]]
    citations: list[Citation]
    choices: list[Choice]
    reference: str | None
    release: str
    trace: list[Step]
    acts: list[str]
    slots: list[Slot]
    intents: list[str]
    blocks: list[Block]
    agent: str
    notice: str
    is_helpful: bool | None


class ChatReply(TurnShown):
    conversation_id: str
    turn_id: str


class PastTurn(TurnShown):
    id: str
    at: datetime


class PastConversation(BaseModel):
    """`turns` are the oldest first."""

    id: str
    turns: list[PastTurn]


def _fields(turn: TurnView) -> dict[str, Any]:
    shown = {each.name: getattr(turn, each.name) for each in fields(turn)}
    return {**shown, "figures": [_figure(item) for item in turn.figures]}


def _figure(item: FigureSource) -> dict[str, Any]:
    shown: dict[str, Any] = {"figure": item.figure, "source": item.source.ref, "kind": item.source.kind}
    return {**shown, "rows": list(item.source.rows)} if item.source.rows else shown


def past_turns(state: ServerState, turns: Sequence[Turn]) -> list[PastTurn]:
    """The turns that hold anything to read."""
    return [PastTurn(**_fields(turn)) for turn in views(state, turns)]


def answer(message: Message, turn: TurnView) -> ChatReply:
    return ChatReply(conversation_id=message.conversation, turn_id=turn.id, **_fields(turn))


@router.post("/api/v1/auth/token")
async def token(request: Request, state: State) -> Token:
    """Sign in with a user name and password, as a form (OAuth2 password grant) or as JSON."""
    try:
        if is_json(request.headers.get("content-type", "")):
            credentials = Credentials.model_validate_json(await request.body())
        else:
            form = await request.form()
            credentials = Credentials(username=str(form.get("username", "")), password=str(form.get("password", "")))
    except ValidationError as error:
        raise DataError("Expected a username and a password, as a form or as JSON.") from error
    customer = await authenticate(state, credentials.username, credentials.password, address_of(request))
    return Token(access_token=issue_token(state, begin_session(customer)), expires_in=state.settings.token_minutes * 60)


@router.delete("/api/v1/auth/token", status_code=204)
async def sign_out(request: Request, state: State) -> None:
    """Sign out: the token of the Authorization header, and every other of its session, is good no more."""
    await end_session(state, bearer(request))


@router.post("/api/v1/chat", include_in_schema=False, response_model=ChatReply)
@router.post("/api/v1/chat/", response_model=ChatReply)
async def chat(body: ChatMessage, request: Request, state: State, customer: SignedIn) -> Response:
    """Answer a message.

    Where `Accept` prefers `text/event-stream`, the events are step, delta, done (the whole turn) or error.
    """
    state.limit_messages(customer)
    message = receive(customer, body.message, body.conversation_id, body.message_id)
    if body.conversation_id:
        await state.readers.run(state.store.owned, body.conversation_id, customer.id)
    if prefers_events(",".join(request.headers.getlist("accept"))):
        # What is wrong with the message is a status still, and not an event.
        earlier = await earlier_turn(state, message)
        state.workers.require_room()
        items = replay(earlier) if earlier else stream_turn(state, message)
        return EventSourceResponse(_events(message, items), shutdown_grace_period=STREAMS)
    turn = await whole_turn(request, state, message)
    # FastAPI would check and copy it once more.
    return Response(answer(message, turn).model_dump_json(), media_type=JSON)


async def _events(message: Message, items: AsyncIterator[Step | str | TurnView]) -> AsyncIterator[ServerSentEvent]:
    try:
        async for item in items:
            if isinstance(item, Step):
                yield ServerSentEvent(json.dumps(asdict(item)), event="step")
            elif isinstance(item, str):
                yield ServerSentEvent(json.dumps({"text": item}), event="delta")
            else:
                yield ServerSentEvent(answer(message, item).model_dump_json(), event="done")
    except Exception as error:  # noqa: BLE001 - the status is sent; the stream must still say that it failed
        log.error("stream of conversation %s: %r", message.conversation, error)
        status, code = status_of(error)
        yield ServerSentEvent(
            json.dumps({"code": code, "status": status, "message": public_message(error)}), event="error"
        )


@router.get("/api/v1/conversations")
async def conversations(state: State, customer: SignedIn) -> list[dict[str, Any]]:
    """The customer's own conversations, newest first."""
    return await state.readers.run(Conversations(state.store).listed, customer.id)


@router.get("/api/v1/conversations/{conversation_id}")
async def conversation(conversation_id: str, state: State, customer: SignedIn) -> PastConversation:
    """The turns of one of the customer's own conversations, oldest first."""
    turns = await state.readers.run(state.store.turns, conversation_id, customer.id)
    return PastConversation(id=conversation_id, turns=past_turns(state, turns))


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process is alive."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(state: State) -> dict[str, str]:
    """It can answer: the records can be written, and the bank can be reached."""
    await state.readers.run(state.store.ping)
    await state.readers.run(state.assistant.parts.bank.ping)
    return {"status": "ready", "release": state.assistant.manifest.version}


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(state: State) -> Response:
    """Prometheus metrics."""
    return Response(generate_latest(state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
