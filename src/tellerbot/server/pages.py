"""The chat page: Jinja and htmx; chat.js sends what is typed and keeps it until it is answered."""

import logging
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date
from importlib.resources import files
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.exceptions import HTTPException

from tellerbot.assistant.message import MAX_CHARACTERS
from tellerbot.bank.demo import DemoBank
from tellerbot.conversation.event_values import StepName
from tellerbot.conversation.turns import TurnView
from tellerbot.errors import DataError, TellerbotError, UnavailableError
from tellerbot.records.cases import NO_NEWS, Cases, News
from tellerbot.records.claims import TurnTakenError, turn_of
from tellerbot.records.conversations import Conversations
from tellerbot.records.store import ConversationNotFoundError
from tellerbot.server.api import State
from tellerbot.server.auth import (
    Session,
    SignInError,
    address_of,
    authenticate,
    begin_session,
    end_session,
    forget_session,
    keep_session,
    read_session,
    token_of,
)
from tellerbot.server.errors import lead_home, public_message, say_wait, status_of
from tellerbot.server.policies import read_policy
from tellerbot.server.render import templates
from tellerbot.server.state import STREAMS, OverloadedError, RateLimitError, ServerState, Ticket, server_state
from tellerbot.server.turns import MessageId, receive, stream_turn, views
from tellerbot.types import Customer, Named

HTMX = files("django_htmx") / "static" / "django_htmx"
SCRIPTS = {"htmx.js": "htmx-2.min.js", "sse.js": "ext/hx-sse-2.min.js"}
PROGRESS: Mapping[StepName, str] = {
    "redact": "Masking personal data",
    "understand": "Reading your question",
    "decide": "Deciding what to do",
    "act": "Asking the bank",
    "recall": "Looking through our policies",
    "respond": "Writing",
    "check": "Checking every figure",
    "flow": "Going on with your request",
    "record": "Writing it down",
}

NO_ANSWER = "We couldn't answer that. Reload the page, then send it once more."
# Conversations listed at once.
PAGE_SIZE = 50
# Turns that a page shows at most.
MOST_SHOWN = 100
log = logging.getLogger("tellerbot")
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What a page shows of a conversation, by default of a new one: turns, and messages that wait for their reply.

    `now` is how the conversation is with agents. `first_turn` is the first of the turns where there are earlier ones,
    else ""; `is_past`: there are later ones.
    """

    conversation: str = ""
    turns: Sequence[TurnView] = ()
    now: News = NO_NEWS
    waiting: Sequence[Ticket] = ()
    is_known: bool = True
    first_turn: str = ""
    is_past: bool = False


async def same_site(request: Request) -> None:
    """Refuse forms posted from elsewhere, beside the cookie's SameSite=Strict."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(400, "Expected a form of this site.")


async def visit(request: Request, state: Annotated[ServerState, Depends(server_state)]) -> Session:
    """Return the session of the cookie."""
    return await read_session(state, token_of(request))


Visit = Annotated[Session, Depends(visit)]


async def visitor(session: Visit) -> Customer:
    """Return the customer of the cookie's session."""
    return session.customer


Visitor = Annotated[Customer, Depends(visitor)]


@router.get("/")
async def home(request: Request, state: State) -> Response:
    """Show the chat to a signed-in customer, the sign-in form to others."""
    try:
        session = await visit(request, state)
    except SignInError:
        return _sign_in_page(request)
    return await _chat_page(request, state, session, Excerpt())


@router.get("/conversations/{conversation}")
async def show_past(conversation: str, request: Request, state: State, session: Visit, before: str = "") -> Response:
    """Show an earlier conversation, to read and go on with, and the messages in it that are not answered yet.

    A long one has its newest turns, or those `before` a turn. One that is not there gets the page too, with a status
    of 404: the page may have its first message still to send.
    """
    customer = session.customer
    # Before the turns: a message that is answered meanwhile is in either or in both, but never in neither.
    waiting = state.list_tickets(conversation, customer)
    try:
        kept = await state.readers.run(state.store.turns, conversation, customer.id, before or None, MOST_SHOWN + 1)
        turns, is_known = views(state, kept), True
        now = await state.readers.run(Cases(state.store).news, conversation, customer.id)
    except ConversationNotFoundError:
        turns, now, is_known = [], NO_NEWS, False
    answered = {turn.id for turn in turns}
    waiting = [ticket for ticket in waiting if ticket.turn not in answered]
    first = turns[-MOST_SHOWN].id if len(turns) > MOST_SHOWN else ""
    excerpt = Excerpt(
        conversation, turns[-MOST_SHOWN:], now, waiting, is_known or bool(waiting), first, is_past=bool(before)
    )
    return await _chat_page(request, state, session, excerpt)


@router.post("/sign-in", dependencies=[Depends(same_site)])
async def sign_in(
    request: Request,
    state: State,
    username: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
) -> Response:
    """Sign in, and lead to the home page; show the form again with what is wrong."""
    try:
        customer = await authenticate(state, username, password, address_of(request))
    except (SignInError, RateLimitError) as error:
        return _sign_in_page(request, error, username)
    response = lead_home(request)
    keep_session(request, state, begin_session(customer), response)
    return response


@router.post("/sign-out", dependencies=[Depends(same_site)])
async def sign_out(request: Request, state: State) -> Response:
    """Sign out, and lead to the home page."""
    response = lead_home(request)
    # Whatever becomes of the session, this browser forgets it.
    with suppress(TellerbotError):
        await end_session(state, token_of(request))
    forget_session(state, response)
    return response


@router.post("/messages", dependencies=[Depends(same_site)])
async def send(
    request: Request,
    state: State,
    session: Visit,
    message: Annotated[str, Form()] = "",
    conversation: Annotated[str, Form()] = "",
    message_id: Annotated[MessageId | None, Form()] = None,
    sender: Annotated[str, Form()] = "",
) -> Response:
    """Take a message; the fragment shows it and opens the stream of its reply.

    Sent again with its `message_id`, it is the same message. `sender` is the customer that the page was made for:
    where another has signed in since, the page is led to the sign-in as if its session had ended.
    """
    customer = session.customer
    if sender not in ("", customer.id):
        return lead_home(request)
    state.limit_messages(customer)
    message_id = message_id or secrets.token_urlsafe(16)
    try:
        received = receive(customer, message, conversation, message_id)
    except DataError as error:
        return _part(request, "notice.html", status_of(error)[0], text=_refuse(message))
    if conversation and state.started.get(conversation) != customer.id:
        await state.readers.run(state.store.require_owned, conversation, customer.id)
    shown = await state.readers.run(state.assistant.parts.mask_at_once, received.text)
    ticket = Ticket(received, turn_of(received.conversation, message_id), message_id, shown.text)
    state.add_ticket(ticket)
    response = _part(request, "sent.html", ticket=ticket)
    keep_session(request, state, session, response)
    return response


@router.get("/messages/{turn}/stream")
async def stream(turn: str, request: Request, state: State, customer: Visitor) -> Response:
    """Stream the reply as it grows, as HTML.

    A ticket is good until its reply was sent: a lost stream is resumed with it.
    """
    ticket = state.find_ticket(turn, customer)
    if ticket is None:
        return Response(status_code=204)  # the browser does not come again; the page sends the message again
    return EventSourceResponse(_events(state, ticket), shutdown_grace_period=STREAMS)


@router.get("/policies/{release}/{policy}")
async def policy(release: str, policy: str, request: Request, state: State, customer: Visitor) -> Response:
    """Show the document that a citation is in; the fragment of the link marks the passage."""
    today = date.today()
    parts = await state.workers.run(read_policy, state, release, policy, today)
    if parts is None:
        raise HTTPException(404, "Expected a policy that a reply can have cited. Open it from the reply.")
    expired = not parts[0].passage.in_force(today)
    return _part(request, "policy.html", customer=customer, parts=parts, expired=expired)


@router.get("/scripts/{name}")
async def script(name: str) -> Response:
    """Return a script of htmx, from the package that carries it."""
    if name not in SCRIPTS:
        raise HTTPException(404, "No such script.")
    return FileResponse(
        str(HTMX / SCRIPTS[name]), media_type="text/javascript", headers={"Cache-Control": "max-age=86400"}
    )


async def _events(state: ServerState, ticket: Ticket) -> AsyncIterator[ServerSentEvent]:
    conversation = ticket.message.conversation
    said = ""
    try:
        async for item in stream_turn(state, ticket.message):
            if isinstance(item, TurnView):
                # The records know the conversation now, on every server.
                state.started.pop(conversation, None)
                has_records = any(item.source.kind == "bank" for item in item.figures)
                things = await _find_things(state, ticket.message.customer) if has_records else {}
                values = {"turn": item, "root": state.settings.prefix, "news": conversation, "things": things}
                yield render_event("reply.html", **values)
            elif isinstance(item, str):
                said += item
                yield render_event("growing.html", text=said)
            elif not said:  # a step's name does not replace the text that is there
                yield render_event("progress.html", text=PROGRESS[item.name])
    except (TurnTakenError, OverloadedError):
        return  # without its end, so that the browser comes again in a few seconds
    except Exception as error:  # noqa: BLE001 - the status is sent; the page must still show that it failed
        log.error("stream of conversation %s: %r", conversation, error)
        # What is about the request is in a program's words.
        words = public_message(error) if status_of(error)[0] >= 500 else NO_ANSWER
        yield render_event("notice.html", text=words)
    state.tickets.pop(ticket.turn, None)
    yield ServerSentEvent("", event="done")


def _refuse(message: str) -> str:
    """Word for the customer why a message cannot be taken."""
    if len(message) > MAX_CHARACTERS:
        return f"That message has {len(message)} characters, and {MAX_CHARACTERS} fit. Shorten it, then send it again."
    return "There was nothing to read in that message. Type your question, then send it again."


def render_event(template: str, name: str | None = None, **values: Any) -> ServerSentEvent:
    """Render a fragment as an event; a stream that is opened again goes on after the event called `name`."""
    return ServerSentEvent(templates.get_template(template).render(**values), event="message", id=name)


def _part(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    return templates.TemplateResponse(request, template, values, status_code=status)


def _sign_in_page(
    request: Request, problem: SignInError | RateLimitError | None = None, username: str = ""
) -> Response:
    words, headers = str(problem or ""), {}
    if isinstance(problem, RateLimitError):
        words = f"That was too many tries. Come back {say_wait(problem.retry_after)}, then try again."
        headers["Retry-After"] = str(problem.retry_after)
    values = {"problem": words, "username": username}
    status = status_of(problem)[0] if problem else 200
    return templates.TemplateResponse(request, "sign_in.html", values, status_code=status, headers=headers)


async def list_values(
    state: ServerState, customer: Customer, conversation: str, search: str = "", before: str | None = None
) -> dict[str, Any]:
    """Return the values that the list of conversations shows; `conversation` is the one that is open."""
    found = await state.readers.run(Conversations(state.store).list_page, customer.id, search, before, PAGE_SIZE)
    earlier = found[-1]["id"] if len(found) == PAGE_SIZE else ""
    return {"conversations": found, "conversation": conversation, "search": search, "earlier": earlier}


async def _find_things(state: ServerState, customer: Customer) -> Mapping[str, Named]:
    """Return what the customer can name, by the bank's ids; nothing where the bank cannot be reached."""
    with suppress(UnavailableError, OverloadedError):
        return {named.ref: named for named in await state.readers.run(state.assistant.parts.bank.names, customer)}
    return {}


async def _chat_page(request: Request, state: ServerState, session: Session, excerpt: Excerpt) -> Response:
    project, customer = state.assistant.parts.project, session.customer
    values = {
        "topics": project.topics(),
        "customer": customer,
        **{each.name: getattr(excerpt, each.name) for each in fields(excerpt)},
        "things": await _find_things(state, customer) if excerpt.turns else {},
        **await list_values(state, customer, excerpt.conversation),
        "max_characters": MAX_CHARACTERS,
        "has_phone": isinstance(state.assistant.parts.bank, DemoBank),
    }
    response = templates.TemplateResponse(request, "chat.html", values, status_code=200 if excerpt.is_known else 404)
    keep_session(request, state, session, response)
    return response
