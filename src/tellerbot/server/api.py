"""The JSON API, with and without streaming."""

import json
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sse_starlette import EventSourceResponse, ServerSentEvent

from tellerbot.conversation.event_values import Block, Citation, Step
from tellerbot.conversation.turns import Turn, TurnView
from tellerbot.errors import DataError
from tellerbot.records.conversations import Conversations
from tellerbot.server.auth import (
    address_of,
    authenticate,
    bearer,
    begin_session,
    current_customer,
    end_session,
    issue_token,
)
from tellerbot.server.errors import public_message, retry_after, status_of
from tellerbot.server.media import JSON, is_json, prefers_events
from tellerbot.server.policies import link_passage
from tellerbot.server.state import STREAMS, Message, ServerState, server_state
from tellerbot.server.turns import MessageId, earlier_turn, receive, replay, stream_turn, views, whole_turn
from tellerbot.types import Choice, Customer, FigureSource, Slot

# What one answer lists at most.
MOST_READ = 200
log = logging.getLogger("tellerbot")
router = APIRouter()
State = Annotated[ServerState, Depends(server_state)]
Limit = Annotated[int, Query(ge=1, le=MOST_READ)]
# The id of the item that a page ends before.
Before = Annotated[str | None, Query(max_length=100)]
CurrentCustomer = Annotated[Customer, Depends(current_customer)]


class StrictBody(BaseModel):
    """A request's body, which holds no field but these."""

    model_config = ConfigDict(extra="forbid")


class Credentials(StrictBody):
    """What a customer signs in with."""

    username: str = Field(min_length=1)
    password: str = Field(min_length=1)


class Token(BaseModel):
    """`expires_in` is in seconds."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - a scheme's name
    expires_in: int


class ChatMessage(StrictBody):
    """Without `conversation_id` a new conversation is started.

    With a `message_id`, new for each message (a UUID is one), a message can be sent again when its reply was lost: it
    gets the turn that is there, waits for one under way, and never leads to a second one. Sent again with the same
    `conversation_id` or again without one, it is the same message; the customer's other conversations don't know it.
    With another text it is refused (422). One whose turn takes too long to wait for is asked to come again (409).
    """

    message: str
    conversation_id: str | None = Field(None, max_length=100)
    message_id: MessageId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedCitation(Citation):
    """A citation, with the path of its document; who follows it must be signed in."""

    link: str


class TurnBody(BaseModel):
    """A turn; `figures` gives the source of each figure in the reply, and of a computed one the `rows` it is over.

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
    citations: list[LinkedCitation]
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


class ChatReply(TurnBody):
    """The answer to a message: its turn, and its conversation."""

    conversation_id: str
    turn_id: str


class PastTurn(TurnBody):
    """A turn of a conversation as it was."""

    id: str
    at: datetime


class PastConversation(BaseModel):
    """`turns` are the oldest first. Those before the first of them are the page `before` its id; [] where none are."""

    id: str
    turns: list[PastTurn]


def _fields(state: ServerState, turn: TurnView) -> dict[str, Any]:
    shown = {each.name: getattr(turn, each.name) for each in fields(turn)}
    prefix = state.settings.prefix
    citations = [
        LinkedCitation(**asdict(item), link=link_passage(item, turn.release, prefix)) for item in turn.citations
    ]
    return {**shown, "figures": [_figure(item) for item in turn.figures], "citations": citations}


def _figure(item: FigureSource) -> dict[str, Any]:
    shown: dict[str, Any] = {"figure": item.figure, "source": item.source.ref, "kind": item.source.kind}
    return {**shown, "rows": list(item.source.rows)} if item.source.rows else shown


def past_turns(state: ServerState, turns: Sequence[Turn]) -> list[PastTurn]:
    """Return the turns that hold anything to read."""
    return [PastTurn(**_fields(state, turn)) for turn in views(state, turns)]


def answer(state: ServerState, message: Message, turn: TurnView) -> ChatReply:
    """Return the body that answers a message with its turn."""
    return ChatReply(conversation_id=message.conversation, turn_id=turn.id, **_fields(state, turn))


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
async def chat(body: ChatMessage, request: Request, state: State, customer: CurrentCustomer) -> Response:
    """Answer a message.

    Where `Accept` prefers `text/event-stream`, the events are step, delta, done (the whole turn) or error.
    """
    state.limit_messages(customer)
    message = receive(customer, body.message, body.conversation_id, body.message_id)
    if body.conversation_id:
        await state.readers.run(state.store.require_owned, body.conversation_id, customer.id)
    if prefers_events(",".join(request.headers.getlist("accept"))):
        # What is wrong with the message, or that there is no room for it, is a status still, and not an event.
        earlier = await earlier_turn(state, message)
        items = replay(earlier) if earlier else stream_turn(state, message)
        return EventSourceResponse(_events(state, message, items), shutdown_grace_period=STREAMS)
    turn = await whole_turn(request, state, message)
    # FastAPI would check and copy it once more.
    return Response(answer(state, message, turn).model_dump_json(), media_type=JSON)


async def _events(
    state: ServerState, message: Message, items: AsyncIterator[Step | str | TurnView]
) -> AsyncIterator[ServerSentEvent]:
    try:
        async for item in items:
            if isinstance(item, Step):
                yield ServerSentEvent(json.dumps(asdict(item)), event="step")
            elif isinstance(item, str):
                yield ServerSentEvent(json.dumps({"text": item}), event="delta")
            else:
                yield ServerSentEvent(answer(state, message, item).model_dump_json(), event="done")
    except Exception as error:  # noqa: BLE001 - the status is sent; the stream must still say that it failed
        log.error("stream of conversation %s: %r", message.conversation, error)
        status, code = status_of(error)
        shown: dict[str, Any] = {"code": code, "status": status, "message": public_message(error)}
        if seconds := retry_after(error):
            shown["retry_after"] = seconds
        yield ServerSentEvent(json.dumps(shown), event="error")


@router.get("/api/v1/conversations")
async def conversations(
    state: State,
    customer: CurrentCustomer,
    search: Annotated[str, Query(max_length=100)] = "",
    before: Before = None,
    limit: Limit = 50,
) -> list[dict[str, Any]]:
    """List the customer's own conversations, newest first.

    Those older than the last of them are the page `before` its id.

    Those with `search` in their titles, whatever the case and the accents.
    """
    return await state.readers.run(Conversations(state.store).list_page, customer.id, search, before, limit)


@router.get("/api/v1/conversations/{conversation_id}")
async def conversation(
    conversation_id: str,
    state: State,
    customer: CurrentCustomer,
    before: Before = None,
    limit: Limit = 100,
) -> PastConversation:
    """Return the newest turns of one of the customer's own conversations, `before` one of them if it is given."""
    turns = await state.readers.run(state.store.turns, conversation_id, customer.id, before, limit)
    return PastConversation(id=conversation_id, turns=past_turns(state, turns))


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Answer that the process is alive."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(state: State) -> dict[str, str]:
    """Answer that the server is ready: the records can be written, and the bank can be reached."""
    await state.readers.run(state.store.ping)
    await state.readers.run(state.assistant.parts.bank.ping)
    return {"status": "ready", "release": state.assistant.manifest.version}


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(state: State) -> Response:
    """Return the metrics in Prometheus's text format."""
    return Response(generate_latest(state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
