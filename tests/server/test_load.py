"""The load generator of benchmarks/server.py, against a server that answers as a test says."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

LOAD = Path(__file__).parents[2] / "benchmarks" / "server_load.py"
TURN = {name: "something" for name in ("reply", "kind", "conversation_id", "turn_id", "release")}
TURN |= {name: ["one"] for name in ("figures", "citations", "blocks")}
Answers = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answers: Answers

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.send(200, b"{}")

    def do_POST(self) -> None:
        self.body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).answers(self)

    @property
    def is_streamed(self) -> bool:
        return self.headers["Accept"] == "text/event-stream"

    def send(self, status: int, content: bytes, **headers: str) -> None:
        head = [f"HTTP/1.1 {status} It", f"Content-Length: {len(content)}"]
        head += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.wfile.write("\r\n".join([*head, "", ""]).encode() + content)

    def stream(self, name: str, data: object) -> None:
        events = ['event: step\r\ndata: {"name": "mask"}\r\n\r\n', f"event: {name}\r\ndata: {json.dumps(data)}\r\n\r\n"]
        chunks = "".join(f"{len(event):x}\r\n{event}\r\n" for event in [*events, ""])
        self.wfile.write(f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}".encode())

    def turn(self, **changed: object) -> None:
        if self.is_streamed:
            self.stream("done", TURN | changed)
        else:
            self.send(200, json.dumps(TURN | changed).encode())


@contextmanager
def answering(answers: Answers) -> Iterator[int]:
    """The port of a server that answers chats in this way."""
    handler = type("Own", (Handler,), {"answers": staticmethod(answers)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def run(port: int, **plan: Any) -> subprocess.CompletedProcess[str]:
    plan = {"host": "127.0.0.1", "port": port, "tokens": ["t"], "seed": 1, "warm_up": 0.1, "seconds": 0.7, **plan}
    return subprocess.run([sys.executable, LOAD], input=json.dumps(plan), capture_output=True, text=True, timeout=60)


def load(port: int, **plan: Any) -> dict[str, Any]:
    done = run(port, **plan)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_turns_are_counted_with_their_times_and_the_health_of_the_process() -> None:
    with answering(Handler.turn) as port:
        found = load(port, how="closed", clients=4)
        assert found["statuses"] == {"200": found["turns"]} and found["turns"] > 20
        # A turn under way at either end counts as begun or as answered only: one a client.
        assert abs(found["turns_per_s"] * 0.7 - found["turns"]) < 4.5
        assert 0 < found["median_ms"] <= found["p95_ms"] <= found["p99_ms"] <= found["max_ms"]
        assert found["probes"] >= 2 and found["healthz_p95_ms"] <= found["healthz_max_ms"]
        assert "refused_share" not in found
        assert load(port, how="alone", turns=30)["turns"] == 30


def test_refusals_are_counted_apart_and_end_a_conversation() -> None:
    numbers = count()
    continued_after_refusal: list[object] = []
    refused: set[object] = set()

    def answers(handler: Handler) -> None:
        conversation = handler.body.get("conversation_id")
        if conversation in refused:
            continued_after_refusal.append(conversation)
        number = next(numbers)
        if number % 3 == 2:
            refused.update([conversation] if conversation else [])
            if handler.is_streamed:
                handler.stream("error", {"status": 503})
            else:
                handler.send(503, b"{}", Retry_After="0.01")
        else:
            handler.turn(conversation_id=conversation or f"conversation-{number}")

    with answering(answers) as port:
        found = load(port, how="open", clients=4, rate=200, drop=False)
    assert set(found["statuses"]) == {"200", "503"} and found["turns"] == found["statuses"]["200"]
    assert 0.25 < found["refused_share"] < 0.42 and 0.5 < found["retry_after_share"] < 1
    assert found["dropped"] == 0 and refused and not continued_after_refusal


def test_arrivals_that_find_no_connection_free_are_dropped() -> None:
    def slowly(handler: Handler) -> None:
        time.sleep(0.1)
        handler.turn()

    with answering(slowly) as port:
        found = load(port, how="open", clients=1, rate=100, drop=True)
    assert found["turns"] <= 8 and found["dropped"] > 30


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (lambda handler: handler.turn(reply=""), "expected a turn with reply"),
        (lambda handler: handler.turn(figures=[], citations=[], blocks=[]), "expected a turn with"),
        (lambda handler: handler.send(500, b'{"error": {"code": "failed"}}'), "found status 500"),
        (lambda handler: handler.stream("error", {"status": 500}) if handler.is_streamed else handler.turn(), "500"),
    ],
)
def test_a_reply_that_is_not_as_expected_ends_it(answers: Answers, expected: str) -> None:
    with answering(answers) as port:
        done = run(port, how="closed", clients=4)
    assert done.returncode and expected in done.stderr
