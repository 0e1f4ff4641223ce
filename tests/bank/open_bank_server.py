"""A real server on this machine for the bank in memory, which does wrong what `POST /control` asks for."""

import json
import socket
import struct
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httpx
import yaml

from bank.open_bank import CLIENT, Asked, OpenBank  # pyright: ignore[reportMissingImports]

CONFIG = Path(__file__).parents[2] / "configs" / "http-bank.yaml"


@dataclass
class Fault:
    """What goes wrong with the next `times` requests whose path begins so, before or after the bank has `done` them.

    `how` is `answer` (with this status, text and headers), `close` (the connection), `slow` and `drip` (the right
    answer after so many seconds, or so many for each byte), `twice` (the bank gets it twice), `late` (the bank gets it
    at `/control/late`).
    """

    path: str
    how: str
    times: int = 1
    done: bool = False
    status: int = 200
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bank = OpenBank()
        self.lock = Lock()
        self.faults: list[Fault] = []
        self.late: list[Asked] = []
        self.requests: list[Asked] = []
        self.running = self.most_running = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def control(self, path: str, how: str, **more: Any) -> None:
        """Switch a fault on, as a test on another machine would."""
        content = json.dumps({"path": path, "how": how, **more})
        httpx.post(f"{self.url}/control", content=content).raise_for_status()

    def count(self, path: str) -> int:
        """How many requests came whose path begins so."""
        with self.lock:
            return sum(asked.path.startswith(path) for asked in self.requests)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients go away: nothing to print."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        asked = Asked(self.command, parts.path, params, headers, self.rfile.read(length))
        if asked.path.startswith("/control"):
            return self.control(asked)
        fault = self.note(asked)
        try:
            self.respond(asked, fault)
        finally:
            with self.server.lock:
                self.server.running -= 1
        return None

    do_POST = do_PUT = do_GET  # noqa: N815

    def control(self, asked: Asked) -> None:
        with self.server.lock:
            if asked.path == "/control/late":
                answers = [self.server.bank.answer(late) for late in self.server.late]
                self.server.late.clear()
                return self.send(200, json.dumps([status for status, _ in answers]))
            self.server.faults.append(Fault(**json.loads(asked.body)))
        return self.send(200, "{}")

    def note(self, asked: Asked) -> Fault | None:
        """Count the request; the fault that it meets."""
        with self.server.lock:
            self.server.requests.append(asked)
            self.server.running += 1
            self.server.most_running = max(self.server.running, self.server.most_running)
            for fault in self.server.faults:
                if fault.times and asked.path.startswith(fault.path):
                    fault.times -= 1
                    return fault
        return None

    def respond(self, asked: Asked, fault: Fault | None) -> None:
        how = fault.how if fault else ""
        if fault and how == "slow" and not fault.done:
            time.sleep(fault.seconds)
        if how == "late":
            with self.server.lock:
                self.server.late.append(asked)
        status, content = self.do(asked) if fault is None or fault.done or how in ("slow", "drip", "twice") else (0, {})
        if how == "twice":
            status, content = self.do(asked)
        if fault and how == "slow" and fault.done:
            time.sleep(fault.seconds)
        if fault and how == "answer":
            return self.send(fault.status, fault.text, fault.headers)
        if how in ("close", "late"):
            # Reset, as by a balancer that goes away.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return self.connection.close()
        return self.send(status, json.dumps(content), {}, fault.seconds if fault and how == "drip" else 0.0)

    def do(self, asked: Asked) -> tuple[int, dict[str, Any]]:
        with self.server.lock:
            if asked.path == "/oauth/token":
                pair = b64decode(asked.headers["authorization"].removeprefix("Basic ")).decode()
                is_ours = tuple(map(unquote, pair.split(":"))) == CLIENT
                return (200, self.server.bank.grant()) if is_ours else (401, {"error": "invalid_client"})
            return self.server.bank.answer(asked)

    def send(self, status: int, text: str, headers: dict[str, str] | None = None, between: float = 0.0) -> None:
        body = text.encode(errors="surrogateescape")
        self.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | (headers or {})).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not between:
            self.wfile.write(body)
        for at in range(len(body) if between else 0):
            self.wfile.write(body[at : at + 1])
            time.sleep(between)


@contextmanager
def serving() -> Iterator[Server]:
    """A bank of its own that answers at its `url`."""
    server = Server()
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write_config(folder: Path, url: str, **changes: Any) -> Path:
    """The shipped file for a server at `url`, quicker, with other values for top-level keys."""
    content = yaml.safe_load(CONFIG.read_text())
    content["base_url"] = url
    content["auth"]["token_url"] = f"{url}/oauth/token"
    content["once"] |= {"seconds": 1.5, "margin": 0.2}
    content["timeouts"] = {"connect": 2, "answer": 1.5}
    content["retries"] = {"times": 2, "first_wait": 0.02, "longest_wait": 0.3}
    content["breaker"] = {"failures": 4, "seconds": 1.5}
    content["at_once"] = {"requests": 4, "wait": 10}
    path = folder / "bank.yaml"
    path.write_text(yaml.safe_dump(content | changes))
    return path
