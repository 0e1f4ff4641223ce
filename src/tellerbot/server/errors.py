"""The only place where exceptions become statuses, all in one envelope:

{"error": {"code": "...", "message": "...", "request_id": "..."}}
"""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from tellerbot.errors import ConfigError, DataError, TellerbotError, UnavailableError
from tellerbot.records.cases import CaseConflictError, UnknownCaseError
from tellerbot.records.claims import TurnTakenError
from tellerbot.records.store import NotTheirsError, StaleError
from tellerbot.server.auth import SignInError, forget_session
from tellerbot.server.state import OverloadedError, RateLimitError, server_state

log = logging.getLogger("tellerbot")

# The first class that fits decides.
STATUS: tuple[tuple[type[Exception], int, str], ...] = (
    (SignInError, 401, "not_signed_in"),
    (NotTheirsError, 404, "not_found"),
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
RETRY_AFTER = "5"


def status_of(error: Exception) -> tuple[int, str]:
    return next(((status, code) for kind, status, code in STATUS if isinstance(error, kind)), (500, "failed"))


def public_message(error: Exception) -> str:
    """What a customer may read: our own words where they are about the request, nothing of the inside otherwise."""
    status, _ = status_of(error)
    if status == 500:
        return "Something went wrong on our side. It has been logged; please try again later."
    if isinstance(error, UnavailableError):
        return "A system this needs cannot be reached right now. Nothing was lost; please try again in a moment."
    return str(error)


def envelope(request: Request, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    body = {"error": {"code": code, "message": message, "request_id": request.state.request_id}}
    return JSONResponse(body, status, headers)


def add_error_handlers(app: FastAPI) -> None:
    async def ours(request: Request, error: Exception) -> Response:
        status, code = status_of(error)
        if status >= 500:
            log.error(
                "%s %s: %s",
                request.method,
                request.url.path,
                error,
                extra={"request_id": request.state.request_id},
            )
        headers: dict[str, str] = {}
        if status == 401:
            headers["WWW-Authenticate"] = "Bearer"
            if not request.url.path.startswith(f"{server_state(request).settings.prefix}/api/"):
                return _to_sign_in(request)
        # A conflict between agents does not pass by waiting.
        if status in (429, 503) or hasattr(error, "retry_after"):
            headers["Retry-After"] = str(getattr(error, "retry_after", RETRY_AFTER))
        return envelope(request, status, code, public_message(error), headers)

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
    """Pages lead back to signing in; htmx is told in a header, since it would follow a redirect unseen."""
    state = server_state(request)
    home = f"{state.settings.prefix}/"
    response = (
        Response(status_code=200, headers={"HX-Redirect": home})
        if "hx-request" in request.headers
        else RedirectResponse(home, 303)
    )
    forget_session(state, response)
    return response
