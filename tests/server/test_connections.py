"""Connections under attack: half-sent requests and too many at once stop nobody, and fill no log."""

import logging
import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from server.conftest import Server, start, start_command  # pyright: ignore[reportMissingImports]
from tellerbot.assistant.load import open_store
from tellerbot.database import begin_write
from tellerbot.server.logs import MOST_ALIKE, RepeatFilter
from tellerbot.settings import Settings

HALF = b"POST /api/v1/chat/ HTTP/1.1\r\nHost: bank\r\nContent-Type: application/json\r\nContent-Length: 40\r\n"


@pytest.fixture
def few(own_home: Path) -> Iterator[Server]:
    """A server that may have 256 descriptors."""
    running = start_command(own_home, "sh", "-c", f'ulimit -n 256; exec "$@" 2>{own_home}/errors', "sh")
    yield running
    running.stop()


def connect(server: Server) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


@pytest.mark.slow
def test_half_sent_requests_beyond_the_descriptors_stop_nobody(few: Server) -> None:
    client = few.client("ada")
    with ExitStack() as stack:
        for number in range(330):
            half = stack.enter_context(connect(few))
            half.sendall(HALF[: 20 + number % 100] if number % 2 else HALF + b"\r\n{")
            if number % 30 == 0:
                began = time.monotonic()
                assert httpx.get(f"{few.url}/healthz", timeout=30).status_code == 200
                assert time.monotonic() - began < 5
        reply = client.post("/api/v1/chat/", json={"message": "what is my balance"})
        assert reply.status_code == 200 and "$2,682.00" in reply.text
    assert (few.home / "errors").stat().st_size < 20_000


@pytest.mark.slow
def test_the_slowest_is_told_that_there_are_too_many(few: Server) -> None:
    with ExitStack() as stack:
        sockets = [stack.enter_context(connect(few)) for _ in range(130)]
        assert sockets[0].recv(1000).startswith(b"HTTP/1.1 503") and sockets[0].recv(1000) == b""
        sockets[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: bank\r\n\r\n")
        assert sockets[-1].recv(1000).startswith(b"HTTP/1.1 200")


@pytest.mark.slow
@pytest.mark.parametrize("sent", [b"", b"GET /healthz HT", HALF, HALF + b"\r\n{"])
def test_a_request_that_does_not_arrive_is_given_up(server: Server, sent: bytes) -> None:
    with connect(server) as half:
        half.sendall(sent)
        began = time.monotonic()
        assert half.recv(1000).startswith(b"HTTP/1.1 408") and half.recv(1000) == b""
        assert 10 < time.monotonic() - began < 25


def test_a_request_in_many_small_pieces_is_served(server: Server) -> None:
    with connect(server) as slow:
        for piece in (b"GET /hea", b"lthz HTTP/1.1\r\n", b"Host: bank\r\n", b"\r\n"):
            slow.sendall(piece)
            time.sleep(0.3)
        assert slow.recv(1000).startswith(b"HTTP/1.1 200")
        # The next one on the same connection has its own time.
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: bank\r\n\r\n")
        assert slow.recv(1000).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/", "/static/style.css", "/nowhere"])
def test_head_gives_the_headers_alone(server: Server, path: str) -> None:
    client = server.client()
    got, head = client.get(path), client.head(path)
    assert head.status_code == got.status_code and head.content == b""
    assert head.headers["content-type"] == got.headers["content-type"]


def test_head_takes_no_turn(server: Server) -> None:
    client = server.client("ada")
    assert client.head("/messages/any/stream").status_code == 405
    assert client.head("/api/v1/chat/").status_code == 405


FORM, JSON = b"application/x-www-form-urlencoded", b"application/json"


CUT_OFF = [
    (b"/api/v1/auth/token", JSON, b'{"username": "a'),
    (b"/api/v1/auth/token", FORM, b"username=a"),
    (b"/api/v1/auth/token", JSON, b""),
    (b"/api/v1/chat/", JSON, b'{"message": "wh'),
    (b"/sign-in", FORM, b"username=a"),
    (b"/sign-in", b"multipart/form-data; boundary=b", b"--b\r\nContent-Disp"),
    (b"/messages", FORM, b"message=wh"),
]


@pytest.mark.slow
def test_a_client_that_goes_away_in_mid_request_is_no_error(own_home: Path) -> None:
    running = start(own_home)
    for path, kind, body in CUT_OFF:
        with connect(running) as gone:
            head = b"POST %b HTTP/1.1\r\nHost: bank\r\nContent-Type: %b\r\nContent-Length: 40\r\n\r\n"
            gone.sendall(head % (path, kind) + body)
            # The server has begun to read it by the time that it has answered another.
            assert httpx.get(f"{running.url}/healthz").status_code == 200
    assert httpx.get(f"{running.url}/healthz").status_code == 200
    assert running.stop() == ""


@pytest.mark.slow
def test_streams_that_there_is_no_room_for_are_refused_by_a_status_that_says_when_to_come_back(own_home: Path) -> None:
    running = start(own_home, TELLERBOT_QUEUE="10", TELLERBOT_MESSAGES_PER_MINUTE="100000")
    store = open_store(Settings(home=own_home))
    room = len(os.sched_getaffinity(0)) + 1 + 10
    refused, body, headers = 0, {"message": "what is my balance"}, {"Accept": "text/event-stream"}
    try:
        client = running.client("ada")
        with ThreadPoolExecutor(40) as pool:
            for _ in range(5):
                with begin_write(store.engine):  # no turn ends
                    sent = [pool.submit(client.post, "/api/v1/chat/", json=body, headers=headers) for _ in range(40)]
                    deadline = time.monotonic() + 8
                    while sum(each.done() for each in sent) < 40 - room and time.monotonic() < deadline:
                        time.sleep(0.05)
                for reply in (each.result() for each in sent):
                    refused += reply.status_code == 503
                    assert "event: done" in reply.text or int(reply.headers["retry-after"]) >= 1, reply.text
                    assert "event: error" not in reply.text
    finally:
        store.engine.dispose()
        running.stop()
    assert refused


def test_what_repeats_itself_is_logged_a_few_times() -> None:
    repeats = RepeatFilter()
    records = [
        logging.LogRecord("tellerbot", logging.ERROR, "", 0, "failed: %s", (number,), None) for number in range(99)
    ]
    assert [repeats.filter(record) for record in records] == [True] * MOST_ALIKE + [False] * (99 - MOST_ALIKE)
    other = logging.LogRecord("tellerbot", logging.ERROR, "", 0, "something else", (), None)
    assert repeats.filter(other) and other.getMessage() == "something else"
    # A minute later the next one says how many were left out.
    (kind,) = [kind for kind in repeats._seen if kind[2] == "failed: %s"]
    repeats._seen[kind] = (repeats._seen[kind][0] - 61, repeats._seen[kind][1])
    later = logging.LogRecord("tellerbot", logging.ERROR, "", 0, "failed: %s", ("again",), None)
    assert (
        repeats.filter(later)
        and later.getMessage() == f"failed: again ({99 - MOST_ALIKE} more like this were left out)"
    )
