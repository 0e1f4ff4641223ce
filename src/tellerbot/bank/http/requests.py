"""Requests of the file -> requests to send, for a customer and with arguments."""

from tellerbot.bank.http.config import HttpBankConfig
from tellerbot.bank.http.parts import Request
from tellerbot.bank.http.template import Call, Values, fill
from tellerbot.types import Customer


def call_for(
    config: HttpBankConfig,
    request: Request,
    name: str,
    principal: Customer | None,
    values: Values | None = None,
    headers: dict[str, str] | None = None,
) -> Call:
    """Fill the request that the file describes at `name`, with the header that names its customer."""
    about = {config.customers.header: "{customer}"} if principal and config.customers.header else {}
    customer = {"customer": principal.id} if principal else {}
    return fill(request.call(name, {**about, **(headers or {})}), {**(values or {}), **customer})
