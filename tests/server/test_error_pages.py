"""What a browser gets instead of an answer: a page in plain words; programs get the envelope."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from server.conftest import Server, start  # pyright: ignore[reportMissingImports]
from tellerbot.server.errors import say_wait
from tellerbot.server.middleware import MAX_BODY

# What Chromium sends for a page.
PAGE = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"}


@pytest.fixture(scope="module")
def browser(server: Server) -> Iterator[httpx.Client]:
    """A browser that is signed in."""
    with httpx.Client(base_url=server.url, headers=PAGE, timeout=30) as client:
        client.post("/sign-in", data={"username": "ada", "password": server.password("ada")})
        yield client


def expect_page(reply: httpx.Response, status: int, words: str) -> None:
    assert reply.status_code == status
    assert reply.headers["content-type"].startswith("text/html")
    assert words in reply.text and 'href="/"' in reply.text
    assert reply.headers["x-request-id"] in reply.text
    assert "Expected" not in reply.text


def test_each_error_is_a_page_with_a_link_home(browser: httpx.Client) -> None:
    expect_page(browser.get("/nowhere"), 404, "find that page")
    expect_page(browser.get("/policies/1.0.0/nothing"), 404, "find that page")
    expect_page(browser.get("/static/none.css"), 404, "find that page")
    expect_page(browser.get("/sign-out"), 405, "do that")
    expect_page(browser.post("/messages", content=b"x" * (MAX_BODY + 1)), 413, "too much at once")
    expect_page(browser.post("/turns/any/rating", data={"helpful": "perhaps"}), 422, "read that")


@pytest.mark.parametrize(("message", "words"), [
    ("", "nothing to read"), (" \n", "nothing to read"), ("\u200b", "nothing to read"), ("x" * 2001, "and 2000 fit"),
])  # fmt: skip
def test_a_message_that_cannot_be_taken_is_refused_in_plain_words(
    browser: httpx.Client, message: str, words: str
) -> None:
    reply = browser.post("/messages", data={"message": message})
    assert reply.status_code == 422 and words in reply.text and "xpected" not in reply.text


def test_a_stream_that_cannot_be_answered_says_so_in_plain_words(browser: httpx.Client) -> None:
    for message, words in (("what is my balance", "$2,682.00"), ("what is the atm fee", "Reload the page")):
        # With another text it is another message, which its id is taken for.
        sent = browser.post("/messages", data={"message": message, "message_id": "one"}).text
        stream = re.search(r'sse-connect="([^"]+)"', sent)
        assert stream
        told = browser.get(stream[1]).text
        assert words in told and "event: done" in told and "xpected" not in told


def test_programs_get_the_envelope(browser: httpx.Client, server: Server) -> None:
    for path in ("/api/v1/nowhere", "/v1/nowhere"):
        assert browser.get(path).json()["error"]["code"] == "not_found"
    for accept in ("*/*", "application/json", "application/json, text/html;q=0.9", "text/html;q=0", "nonsense"):
        reply = httpx.get(f"{server.url}/nowhere", headers={"Accept": accept})
        assert reply.status_code == 404 and reply.json()["error"]["code"] == "not_found"
    large = httpx.post(f"{server.url}/messages", content=b"x" * (MAX_BODY + 1))
    assert large.status_code == 413 and large.json()["error"]["code"] == "too_large"


def test_too_many_tries_say_when_to_come_back(own_home: Path) -> None:
    server = start(own_home, TELLERBOT_SIGN_INS_PER_MINUTE="1")
    try:
        for status in (401, 429):
            reply = httpx.post(f"{server.url}/sign-in", data={"username": "ada", "password": "x"}, headers=PAGE)
            assert reply.status_code == status
        seconds = int(reply.headers["retry-after"])
        assert f"That was too many tries. Come back {say_wait(seconds)}" in reply.text
        assert 'value="ada"' in reply.text and 'name="password"' in reply.text
    finally:
        server.stop()


@pytest.mark.slow
def test_a_failure_inside_is_a_page_that_tells_nothing_of_it(own_home: Path) -> None:
    server = start(own_home)
    try:
        chat = server.client("ada").post("/api/v1/chat/", json={"message": "what is my balance"}).json()
        with httpx.Client(base_url=server.url, headers=PAGE, timeout=30) as client:
            client.post("/sign-in", data={"username": "ada", "password": server.password("ada")})
            with closing(sqlite3.connect(own_home / "var" / "tellerbot.db")) as records, records:
                records.execute("UPDATE events SET content = 'broken'")
            reply = client.get(f"/conversations/{chat['conversation_id']}")
            expect_page(reply, 500, "Something went wrong on our side")
            assert "broken" not in reply.text and "Traceback" not in reply.text
            with closing(sqlite3.connect(own_home / "var" / "tellerbot.db")) as records, records:
                records.execute("ALTER TABLE conversations RENAME TO lost")
            reply = client.get("/")
            expect_page(reply, 503, "be reached right now")
            assert f"Try again {say_wait(int(reply.headers['retry-after']))}." in reply.text
    finally:
        server.stop()


def test_a_wait_is_said_as_people_say_it() -> None:
    assert [say_wait(seconds) for seconds in (1, 30, 100, 300)] == [
        "in 1 second", "in 30 seconds", "in about 2 minutes", "in about 5 minutes"
    ]  # fmt: skip
