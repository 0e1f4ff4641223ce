"""Sessions: they last while they are used, and end by signing out, by a new password, and after half a day."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import httpx
import jwt
import pytest
from pwdlib import PasswordHash

from server.conftest import Server  # pyright: ignore[reportMissingImports]

SITE = {"Sec-Fetch-Site": "same-origin"}


def status(client: httpx.Client) -> int:
    return client.get("/api/v1/conversations").status_code


def sign_in(server: Server, user: str = "ada") -> httpx.Client:
    """A browser's session."""
    browser = httpx.Client(base_url=server.url, headers=SITE, timeout=30)
    server.clients.append(browser)
    reply = browser.post("/sign-in", data={"username": user, "password": server.password(user)})
    assert reply.status_code == 303
    return browser


@pytest.mark.slow
def test_a_token_is_good_no_more_after_signing_out_and_others_are(server: Server) -> None:
    client, other = server.client("ada"), server.client("ada")
    assert client.delete("/api/v1/auth/token").status_code == 204
    assert (status(client), status(other)) == (401, 200)
    assert client.post("/api/v1/chat/", json={"message": "hello"}).status_code == 401
    assert client.delete("/api/v1/auth/token").status_code == 204
    assert server.client().delete("/api/v1/auth/token").status_code == 401


def test_a_cookie_is_good_no_more_after_signing_out(server: Server) -> None:
    browser = sign_in(server)
    cookie = browser.cookies["tellerbot_session"]
    assert "Your message" in browser.get("/").text
    renewed = browser.cookies["tellerbot_session"]
    assert browser.post("/sign-out").status_code == 303 and not browser.cookies
    for old in (cookie, renewed):
        reply = httpx.get(server.url, cookies={"tellerbot_session": old})
        assert 'name="password"' in reply.text
        streamed = httpx.get(f"{server.url}/messages/any/stream", cookies={"tellerbot_session": old})
        assert streamed.status_code == 303


def test_signing_out_twice_or_without_a_session_leads_home(server: Server) -> None:
    browser = sign_in(server)
    for _ in range(2):
        reply = browser.post("/sign-out")
        assert (reply.status_code, reply.headers["location"]) == (303, "/")


def set_hash(server: Server, user: str, new: str) -> str:
    """Change what the bank keeps of a customer's password; gives what it kept before."""
    with closing(sqlite3.connect(server.home / "var" / "bank.db")) as bank, bank:
        (old,) = bank.execute("SELECT password_hash FROM customers WHERE username = ?", [user]).fetchone()
        bank.execute("UPDATE customers SET password_hash = ? WHERE username = ?", [new, user])
        return old


def test_a_new_password_ends_all_sessions(server: Server) -> None:
    user = "ben"
    client, browser = server.client(user), sign_in(server, user)
    old = set_hash(server, user, PasswordHash.recommended().hash("new words"))
    try:
        assert status(client) == 401 and "password was changed" in client.get("/api/v1/conversations").text
        assert 'name="password"' in browser.get("/").text
    finally:
        set_hash(server, user, old)
    assert status(client) == 200


def test_a_session_that_is_used_is_renewed_until_half_a_day_has_passed(server: Server) -> None:
    secret = (server.home / "var" / "secret.key").read_text().strip()
    browser = sign_in(server)
    now = datetime.now(UTC)

    def session(began: timedelta, left: timedelta) -> httpx.Client:
        claims = jwt.decode(browser.cookies["tellerbot_session"], secret, algorithms=["HS256"], issuer="tellerbot")
        changed = {**claims, "auth_time": int((now - began).timestamp()), "exp": now + left}
        cookie = {"tellerbot_session": jwt.encode(changed, secret, algorithm="HS256")}
        server.clients.append(httpx.Client(base_url=server.url, headers=SITE, cookies=cookie, timeout=30))
        return server.clients[-1]

    def ends(client: httpx.Client) -> float:
        reply = client.post("/messages", data={"message": "hello"})
        cookie = reply.cookies["tellerbot_session"]
        return jwt.decode(cookie, secret, algorithms=["HS256"], issuer="tellerbot")["exp"] - time.time()

    minutes = timedelta(minutes=1)
    assert 29 * 60 < ends(session(60 * minutes, minutes)) <= 30 * 60
    # The last renewal goes to the end of the session and not beyond.
    assert 8 * 60 < ends(session(timedelta(hours=11, minutes=51), minutes)) <= 9 * 60
