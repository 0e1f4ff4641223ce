"""The only place where exceptions become statuses: for programs all in one envelope, for browsers a page.

{"error": {"code": "...", "message": "...", "request_id": "..."}}
"""

import logging
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from tellerbot.errors import ConfigError, DataError, TellerbotError, UnavailableError, format_count
from tellerbot.records.cases import CaseConflictError, UnknownCaseError
from tellerbot.records.claims import TurnTakenError
from tellerbot.records.store import ConversationNotFoundError, StaleError
from tellerbot.server.auth import SignInError, forget_session
from tellerbot.server.media import prefers_page
from tellerbot.server.render import templates
from tellerbot.server.state import OverloadedError, RateLimitError, state_of

log = logging.getLogger("tellerbot")

# The first class that fits decides.
STATUS: tuple[tuple[type[Exception], int, str], ...] = (
    (SignInError, 401, "not_signed_in"),
    (ConversationNotFoundError, 404, "not_found"),
    (UnknownCaseError, 404, "not_found"),
    (TurnTakenError, 409, "in_progress"),
    (StaleError, 409, "in_progress"),
    (CaseConflictError, 409, "conflict"),
    (RateLimitError, 429, "too_many_requests"),
    (OverloadedError, 503, "overloaded"),
    (UnavailableError, 503, "unavailable"),
    (DataError, 422, "invalid"),
    (ConfigError, 500, "misconfigured"),
    (TellerbotError, 500, "failed"),
)
CODES = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    415: "unsupported_media_type",
}
# Seconds, where an error names none itself.
RETRY_AFTER = 5
# The words of a browser's page: a title, and what to do next. A status without an entry has that of its hundred.
PAGES: Mapping[int, tuple[str, str]] = {
    400: ("That didn't work", "Something about the request was not as we expected. Go back and try once more."),
    404: ("We can't find that page", "The address may be mistyped, or what was there is gone."),
    405: ("This address can't do that", "It does not open as a page. Start again from the home page."),
    409: ("Somebody was faster", "This is being worked on already. Wait a moment, then try again."),
    413: ("That is too much at once", "Send less in one go."),
    422: ("We can't read that", "Something is missing, or has a form that we did not expect. Go back and check it."),
    429: ("One moment, please", "That was more than we can take in at once."),
    500: ("Something went wrong on our side", "It is not your fault, and it has been logged. Please try again later."),
    503: ("We can't be reached right now", "Nothing of yours was lost."),
}


def status_of(error: Exception) -> tuple[int, str]:
    """Return the status and the code of an error."""
    return next(((status, code) for kind, status, code in STATUS if isinstance(error, kind)), (500, "failed"))


def retry_after(error: Exception) -> int | None:
    """Return the seconds after which to ask again.

    None where waiting changes nothing, as with a conflict between agents.
    """
    default = RETRY_AFTER if status_of(error)[0] in (429, 503) else None
    return getattr(error, "retry_after", default)


def public_message(error: Exception) -> str:
    """Return what a customer may read: our own words where they are about the request, else nothing of the inside."""
    status, _ = status_of(error)
    if status == 500:
        return "Something went wrong on our side. It has been logged; please try again later."
    if isinstance(error, UnavailableError):
        return "A system this needs cannot be reached right now. Nothing was lost; please try again in a moment."
    return str(error)


def envelope(request: Request, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    """Return the response to an error: a page for a browser, else the envelope."""
    if _wants_page(request):
        title, advice = PAGES.get(status) or PAGES[500 if status >= 500 else 400]
        wait = say_wait(int(headers["Retry-After"])) if headers and "Retry-After" in headers else ""
        values = {"title": title, "advice": advice, "wait": wait, "request_id": request.state.request_id}
        return templates.TemplateResponse(request, "error.html", values, status_code=status, headers=headers)
    body = {"error": {"code": code, "message": message, "request_id": request.state.request_id}}
    return JSONResponse(body, status, headers)


def answer_error(request: Request, error: Exception) -> Response:
    """Return the response to an exception."""
    status, code = status_of(error)
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
        if not request.url.path.startswith(f"{state_of(request).settings.prefix}/api/"):
            return _to_sign_in(request)
    if seconds := retry_after(error):
        headers["Retry-After"] = str(seconds)
    return envelope(request, status, code, public_message(error), headers)


def lead_home(request: Request) -> Response:
    """Lead to the home page; htmx gets a header instead, since it would follow a redirect unseen."""
    home = f"{state_of(request).settings.prefix}/"
    return Response(headers={"HX-Redirect": home}) if "hx-request" in request.headers else RedirectResponse(home, 303)


def say_wait(seconds: int) -> str:
    """Word a wait: `in 30 seconds`, `in about 2 minutes`."""
    if seconds < 90:
        return f"in {format_count(seconds, 'second')}"
    return f"in about {round(seconds / 60)} minutes"


def _wants_page(request: Request) -> bool:
    """Return whether a browser asks for a page; programs ask for paths under /api/ and /v1/."""
    prefix = state_of(request).settings.prefix
    if request.url.path.startswith((f"{prefix}/api/", f"{prefix}/v1/")):
        return False
    return prefers_page(",".join(request.headers.getlist("accept")))


def add_error_handlers(app: FastAPI) -> None:
    """Register the handlers that turn exceptions into statuses."""

    async def ours(request: Request, error: Exception) -> Response:
        if status_of(error)[0] >= 500:
            log.error(
                "%s %s: %s",
                request.method,
                request.url.path,
                error,
                extra={"request_id": request.state.request_id},
            )
        return answer_error(request, error)

    async def invalid(request: Request, error: Exception) -> Response:
        items: list[dict[str, Any]] = list(error.errors()) if isinstance(error, RequestValidationError) else []
        message = "; ".join(f"{'.'.join(map(str, item['loc'][1:])) or 'body'}: {item['msg']}" for item in items)
        return envelope(request, 422, "invalid", message or "The request is not as expected.")

    async def http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        detail = str(error.detail) if isinstance(error, HTTPException) else ""
        if status == 400 and "parsing the body" in detail:
            detail = "Expected a body of JSON in UTF-8, found something else."
        return envelope(
            request, status, CODES.get(status, "failed"), detail, dict(getattr(error, "headers", None) or {})
        )

    app.add_exception_handler(TellerbotError, ours)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)


def _to_sign_in(request: Request) -> Response:
    """Lead a page back to signing in."""
    response = lead_home(request)
    forget_session(state_of(request), response)
    return response
