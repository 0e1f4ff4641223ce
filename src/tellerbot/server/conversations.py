"""The customer's list of conversations, and what they make of it: search, rename, delete, and rate a reply."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request, Response

from tellerbot.errors import DataError
from tellerbot.records.conversations import Conversations
from tellerbot.records.store import ConversationNotFoundError
from tellerbot.server.api import State
from tellerbot.server.errors import lead_home
from tellerbot.server.pages import Visitor, list_values, same_site
from tellerbot.server.render import templates
from tellerbot.server.state import ServerState
from tellerbot.types import Customer

router = APIRouter(include_in_schema=False)
# What the page sends along: the text of the search, and the conversation that is open.
Search = Annotated[str, Form()]
Open = Annotated[str, Form()]


@router.get("/conversations")
async def show_list(
    request: Request,
    state: State,
    customer: Visitor,
    search: str = "",
    conversation: str = "",
    before: str | None = None,
) -> Response:
    """Show the list, or the rows of the page `before` a conversation."""
    template = "conversation_rows.html" if before else "conversations.html"
    values = await list_values(state, customer, conversation, search, before)
    return templates.TemplateResponse(request, template, values)


@router.post("/conversations/{conversation_id}/title", dependencies=[Depends(same_site)])
async def rename(
    conversation_id: str,
    request: Request,
    state: State,
    customer: Visitor,
    title: Annotated[str, Form()] = "",
    search: Search = "",
    conversation: Open = "",
) -> Response:
    """Give a conversation another title, masked, and show the list again."""
    state.limit_messages(customer)
    shown = await state.readers.run(state.assistant.parts.mask_at_once, title)
    news = f"The title is now “{shown.text}”."
    try:
        await state.workers.run(Conversations(state.store).rename, conversation_id, customer.id, shown.text)
    except DataError as error:
        news = str(error)
    return await _list(request, state, customer, conversation, search, news)


@router.post("/conversations/{conversation_id}/deletion", dependencies=[Depends(same_site)])
async def delete(
    conversation_id: str,
    request: Request,
    state: State,
    customer: Visitor,
    search: Search = "",
    conversation: Open = "",
) -> Response:
    """Take a conversation out of the list, and show the list again; from the one that is open lead to a new one."""
    state.limit_messages(customer)
    news = "The conversation has left your list."
    try:
        await state.workers.run(Conversations(state.store).delete, conversation_id, customer.id)
    except DataError as error:
        news = str(error)
    else:
        state.started.pop(conversation_id, None)
        if conversation_id == conversation:
            return lead_home(request)
    return await _list(request, state, customer, conversation, search, news)


@router.post("/turns/{turn}/rating", dependencies=[Depends(same_site)])
async def rate(
    turn: str, request: Request, state: State, customer: Visitor, helpful: Annotated[Literal["yes", "no"], Form()]
) -> Response:
    """Note whether a reply helped; the last rating counts."""
    state.limit_messages(customer)
    found = await state.readers.run(state.store.find_turn, turn, customer.id)
    if found is None:
        raise ConversationNotFoundError(
            "Expected a reply of one of your own conversations, found none. Reload the page."
        )
    is_helpful = helpful == "yes"
    await state.workers.run(Conversations(state.store).rate, found.conversation, customer.id, turn, is_helpful)
    return templates.TemplateResponse(
        request, "rating.html", {"turn": {"id": turn, "is_helpful": is_helpful}, "has_focus": True}
    )


async def _list(
    request: Request, state: ServerState, customer: Customer, conversation: str, search: str, news: str
) -> Response:
    values: dict[str, Any] = await list_values(state, customer, conversation, search)
    return templates.TemplateResponse(request, "conversations.html", {**values, "news": news})
