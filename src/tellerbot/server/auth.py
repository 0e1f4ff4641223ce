"""Signing in: a signed, expiring token, with a secret made on first start and kept for the owner only."""

import secrets
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from pathlib import Path
from typing import Annotated

import jwt
from fastapi import Depends, Request, Response

from tellerbot.errors import ConfigError, TellerbotError
from tellerbot.files import write_atomic
from tellerbot.server.state import ServerState, server_state
from tellerbot.types import Customer

COOKIE = "tellerbot_session"
ISSUER = "tellerbot"
NO_MATCH = "That user name and password don't match. Check both and try again."
MAX_NAME, MAX_PASSWORD = 200, 1000
# How far the clocks of two servers may be apart: a token is good from this long before to this long after its times.
LEEWAY = timedelta(seconds=10)


class SignInError(TellerbotError):
    """No token, or one that is wrong or has run out."""


def load_secret(path: Path) -> str:
    """The signing secret, made when there is none. Refuses a file that others may read."""
    if not path.exists():
        write_atomic(path, secrets.token_hex(32) + "\n", mode=0o600)
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"{path}: expected a file only its owner can read. Run: chmod 600 {path}")
    secret = path.read_text().strip()
    if len(secret) < 32:
        raise ConfigError(f"{path}: expected a secret of at least 32 characters, found {len(secret)}. Remove the file.")
    return secret


def issue_token(state: ServerState, customer: Customer) -> str:
    now = datetime.now(UTC)
    expires = now + timedelta(minutes=state.settings.token_minutes)
    return jwt.encode({"sub": customer.id, "iat": now, "exp": expires, "iss": ISSUER}, state.secret, algorithm="HS256")


async def customer_of(state: ServerState, token: str | None) -> Customer:
    """The customer a token was made for. Raises SignInError."""
    if not token:
        raise SignInError("Expected to be signed in. Get a token at POST /api/v1/auth/token.")
    try:
        claims = jwt.decode(
            token,
            state.secret,
            algorithms=["HS256"],
            issuer=ISSUER,
            leeway=LEEWAY,
            options={"require": ["exp", "sub", "iat"]},
        )
    except jwt.InvalidTokenError as error:
        raise SignInError(f"Expected a valid token: {error}. Sign in again.") from error
    customer = await state.workers.run(state.assistant.parts.bank.find, claims["sub"])
    if customer is None:
        raise SignInError("The bank no longer knows this customer. Sign in again.")
    return customer


async def signed_in(request: Request, state: Annotated[ServerState, Depends(server_state)]) -> Customer:
    """The customer of the Authorization header."""
    return await customer_of(state, _bearer(request))


async def service(request: Request, state: Annotated[ServerState, Depends(server_state)]) -> None:
    """Let in only who has one of TELLERBOT_SERVICE_TOKENS. Raises SignInError for all others, customers among them."""
    found = (_bearer(request) or "").encode()
    # Each is compared, so that the time it takes tells nothing.
    matches = [compare_digest(found, token.get_secret_value().encode()) for token in state.settings.service_tokens]
    if not any(matches):
        raise SignInError("Expected a service's token, one of TELLERBOT_SERVICE_TOKENS.")


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def session_of(request: Request) -> str | None:
    """The token in the session cookie.

    Browsers put the cookie with the longest path first, so that another assistant's at the root of the host, which
    `request.cookies` would return, does not sign this one's customers out.
    """
    pairs = (item.strip().partition("=") for item in request.headers.get("cookie", "").split(";"))
    return next((value for name, _, value in pairs if name == COOKIE), None)


def keep_session(request: Request, state: ServerState, customer: Customer, response: Response) -> None:
    """Set the session cookie, for this assistant's paths only."""
    response.set_cookie(
        COOKIE,
        issue_token(state, customer),
        max_age=state.settings.token_minutes * 60,
        path=state.settings.prefix or "/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def end_session(state: ServerState, response: Response) -> None:
    """Delete the session cookie."""
    response.delete_cookie(COOKIE, path=state.settings.prefix or "/")


def address_of(request: Request) -> str:
    """The client's address, for limits; a trusted proxy's word for it is in place of the proxy's own by now."""
    return request.client.host if request.client else "unknown"


async def authenticate(state: ServerState, username: str, password: str, address: str) -> Customer:
    """Check a password, at a limited pace for each user name and address. Raises SignInError."""
    state.limit_sign_ins(f"address {address}")
    if len(username) > MAX_NAME or len(password) > MAX_PASSWORD:
        raise SignInError(NO_MATCH)
    state.limit_sign_ins(f"user {username.casefold()}")
    customer = await state.workers.run(state.assistant.parts.bank.authenticate, username, password)
    if customer is None:
        raise SignInError(NO_MATCH)
    return customer
