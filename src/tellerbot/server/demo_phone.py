"""The demo bank's imitation of a customer's phone: the page on which one-time codes arrive."""

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from tellerbot.bank.demo import DemoBank
from tellerbot.server.api import State
from tellerbot.server.pages import Visitor
from tellerbot.server.render import templates

router = APIRouter(include_in_schema=False)


@router.get("/demo-phone")
async def phone(request: Request, state: State, customer: Visitor) -> Response:
    """Show the text messages to the signed-in customer of the demo bank."""
    bank = state.assistant.parts.bank
    if not isinstance(bank, DemoBank):
        raise HTTPException(404, "Expected the demo bank, found another. Codes go to the customer's own phone.")
    messages = await state.readers.run(bank.messages, customer.id)
    values = {"customer": customer, "messages": messages}
    return templates.TemplateResponse(request, "phone.html", values)
