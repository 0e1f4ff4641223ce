"""Signing in: sessions of signed tokens that run out. The secret is made on first start and kept for the owner only."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from pathlib import Path
from typing import Annotated, Any

import jwt
from fastapi import Depends, Request, Response

from tellerbot.errors import ConfigError, TellerbotError
from tellerbot.files import write_atomic
from tellerbot.records.sessions import Sessions
from tellerbot.server.state import ServerState, server_state
from tellerbot.types import Customer

COOKIE = "tellerbot_session"
ISSUER = "tellerbot"
NO_MATCH = "That user name and password don't match. Check both and try again."
MAX_NAME, MAX_PASSWORD = 200, 1000
# How far the clocks of two servers may be apart: a token is good from this long before to this long after its times.
LEEWAY = timedelta(seconds=10)
# How long a session that is used can last before the customer signs in anew.
LONGEST_SESSION = timedelta(hours=12)


class SignInError(TellerbotError):
    """No token, or one that is wrong or has run out."""


def load_secret(path: Path) -> str:
    """Read the signing secret, or make it when there is none. Refuses a file that others may read."""
    if not path.exists():
        write_atomic(path, secrets.token_hex(32) + "\n", mode=0o600)
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"{path}: expected a file only its owner can read. Run: chmod 600 {path}")
    secret = path.read_text().strip()
    if len(secret) < 32:
        raise ConfigError(f"{path}: expected a secret of at least 32 characters, found {len(secret)}. Remove the file.")
    return secret


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in of a customer, by its id; `began` is when, in UTC. Its tokens are renewed until `ends`."""

    customer: Customer
    id: str
    began: datetime

    @property
    def ends(self) -> datetime:
        """When the last token of the session runs out, in UTC."""
        return self.began + LONGEST_SESSION


def begin_session(customer: Customer) -> Session:
    """Begin a session of a customer, now."""
    return Session(customer, secrets.token_urlsafe(16), datetime.now(UTC))


def issue_token(state: ServerState, session: Session) -> str:
    """Issue a signed token (JWT, HS256) for a session.

    It runs out after `token_minutes`, or with the session.
    """
    now = datetime.now(UTC)
    claims = {
        "sub": session.customer.id,
        "sid": session.id,
        "auth_time": int(session.began.timestamp()),
        "credential": session.customer.credential,
        "iat": now,
        "exp": min(now + timedelta(minutes=state.settings.token_minutes), session.ends),
        "iss": ISSUER,
    }
    return jwt.encode(claims, state.secret, algorithm="HS256")


async def read_session(state: ServerState, token: str | None) -> Session:
    """Return the session a token was made for. Raises SignInError."""
    claims = _claims(state, token)
    return await state.readers.run(_find_session, state, claims)


def _claims(state: ServerState, token: str | None) -> Mapping[str, Any]:
    if not token:
        raise SignInError("Expected to be signed in. Get a token at POST /api/v1/auth/token.")
    try:
        return jwt.decode(
            token,
            state.secret,
            algorithms=["HS256"],
            issuer=ISSUER,
            leeway=LEEWAY,
            options={"require": ["exp", "sub", "iat", "sid", "auth_time", "credential"]},
        )
    except jwt.InvalidTokenError as error:
        raise SignInError(f"Expected a valid token: {error}. Sign in again.") from error


def _find_session(state: ServerState, claims: Mapping[str, Any]) -> Session:
    customer = state.assistant.parts.bank.find(claims["sub"])
    if customer is None:
        raise SignInError("The bank no longer knows this customer. Sign in again.")
    if customer.credential != claims["credential"]:
        raise SignInError("The password was changed. Sign in again.")
    if Sessions(state.store.engine).is_ended(claims["sid"]):
        raise SignInError("This session was ended. Sign in again.")
    return Session(customer, claims["sid"], datetime.fromtimestamp(claims["auth_time"], UTC))


async def end_session(state: ServerState, token: str | None) -> None:
    """End the session of a token: all of its tokens are good no more. Raises SignInError for a bad one."""
    claims = _claims(state, token)
    # As long as a token of it could be good.
    until = datetime.fromtimestamp(claims["auth_time"], UTC) + LONGEST_SESSION + LEEWAY
    await state.readers.run(Sessions(state.store.engine).end, claims["sid"], until)


async def current_customer(request: Request, state: Annotated[ServerState, Depends(server_state)]) -> Customer:
    """Return the customer of the Authorization header."""
    return (await read_session(state, bearer(request))).customer


async def service(request: Request, state: Annotated[ServerState, Depends(server_state)]) -> None:
    """Let in only services with one of TELLERBOT_SERVICE_TOKENS. Raises SignInError for all others."""
    found = (bearer(request) or "").encode()
    # Each is compared, so that the time it takes gives nothing away.
    matches = [compare_digest(found, token.get_secret_value().encode()) for token in state.settings.service_tokens]
    if not any(matches):
        raise SignInError("Expected a service's token, one of TELLERBOT_SERVICE_TOKENS.")


def bearer(request: Request) -> str | None:
    """Return the bearer token of the Authorization header, or None."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def token_of(request: Request) -> str | None:
    """Return the token in the session cookie.

    Browsers put the cookie with the longest path first, so that another assistant's at the root of the host, which
    `request.cookies` would return, does not sign this one's customers out.
    """
    pairs = (item.strip().partition("=") for item in request.headers.get("cookie", "").split(";"))
    return next((value for name, _, value in pairs if name == COOKIE), None)


def keep_session(request: Request, state: ServerState, session: Session, response: Response) -> None:
    """Set the session cookie, for this assistant's paths only; the session lasts on from now."""
    response.set_cookie(
        COOKIE,
        issue_token(state, session),
        max_age=state.settings.token_minutes * 60,
        path=state.settings.prefix or "/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def forget_session(state: ServerState, response: Response) -> None:
    """Delete the session cookie."""
    response.delete_cookie(COOKIE, path=state.settings.prefix or "/")


def address_of(request: Request) -> str:
    """Return the client's address, for limits.

    By now it is the one that a trusted proxy gives, not the proxy's own.
    """
    return request.client.host if request.client else "unknown"


async def authenticate(state: ServerState, username: str, password: str, address: str) -> Customer:
    """Check a password, at a limited pace for each user name and address. Raises SignInError."""
    state.limit_sign_ins(f"address {address}")
    if len(username) > MAX_NAME or len(password) > MAX_PASSWORD:
        raise SignInError(NO_MATCH)
    state.limit_sign_ins(f"user {username.casefold()}")
    customer = await state.sign_ins.run(state.assistant.parts.bank.authenticate, username, password)
    if customer is None:
        raise SignInError(NO_MATCH)
    return customer
