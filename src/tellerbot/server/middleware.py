"""Around every request: an id, a body limit, security headers, a count."""

import logging
import secrets
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tellerbot.server.errors import CODES, answer_error, envelope
from tellerbot.server.metrics import Metrics
from tellerbot.server.state import BUSY, OverloadedError

log = logging.getLogger("tellerbot")
MAX_BODY = 64 * 1024
# What the paths of streams end with: to read one does something.
STREAMED = ("/stream", "/news")
# What the paths end with that a turn is asked for at.
TURNS = ("/api/v1/chat", "/messages")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class _TooLargeError(HTTPException):
    def __init__(self) -> None:
        super().__init__(413, f"Expected at most {MAX_BODY} bytes. Send less.")


class Guard:
    """The middleware around every request; pure ASGI, so that streams pass through untouched."""

    def __init__(self, app: ASGIApp, metrics: Metrics, has_room: Callable[[], bool]) -> None:
        """Wrap `app`; `has_room` answers whether another turn may be taken now."""
        self.app = app
        self.metrics = metrics
        self.has_room = has_room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: C901 - one wrapped call
        """Guard one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] == "HEAD" and not scope["path"].endswith(STREAMED):
            # Routes know GET alone, and uvicorn leaves the body out of what answers a HEAD.
            scope = {**scope, "method": "GET"}
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        started = False
        size = 0

        async def receive_limited() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > MAX_BODY:
                raise _TooLargeError
            return message

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                route = getattr(scope.get("route"), "path", "none")
                self.metrics.requests.labels(route, str(message["status"])).inc()
            await send(message)

        length = dict(scope["headers"]).get(b"content-length", b"0")
        try:
            if length.isdigit() and int(length) > MAX_BODY:
                raise _TooLargeError
            if scope["method"] == "POST" and scope["path"].rstrip("/").endswith(TURNS) and not self.has_room():
                # Before anything is spent on it that those under way could use.
                await answer_error(Request(scope), OverloadedError(BUSY))(scope, receive, send_with_headers)
                return
            await self.app(scope, receive_limited, send_with_headers)
        except _TooLargeError as error:
            if not started:
                await envelope(Request(scope), 413, CODES[413], error.detail)(scope, receive, send_with_headers)
        except ClientDisconnect:
            pass  # in mid-request, and nobody is there to read an answer
        except Exception as error:
            # Whatever nobody foresaw; it is logged with the id that the customer is shown.
            log.exception("request %s: %s %s", request_id, scope["method"], scope["path"])
            if not started:
                await answer_error(Request(scope), error)(scope, receive, send_with_headers)
