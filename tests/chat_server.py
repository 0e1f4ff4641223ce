"""A server on this machine that speaks OpenAI's chat protocol, and answers as a test says."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


class ChatServer(ThreadingHTTPServer):
    """Gives each request to `answer`, and keeps its body in `requests`; `over` is set when the test ends."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), ChatHandler)
        self.requests: list[dict[str, Any]] = []
        self.over = Event()
        self.answer: Callable[[ChatHandler], None] = lambda handler: handler.send(b"", 500)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone is no news."""

    def writes(self, content: object) -> None:
        """Let the model write this; what is no text it writes as JSON."""
        text = content if isinstance(content, str) else json.dumps(content)
        self.answer = lambda handler: handler.write(text)


class ChatHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ChatServer  # pyright: ignore[reportIncompatibleVariableOverride]

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        self.server.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.answer(self)

    def send(self, content: bytes, status: int = 200, claimed: int | None = None) -> None:
        """Send an answer, which may claim to be longer than it is."""
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content) if claimed is None else claimed))
        self.end_headers()
        self.wfile.write(content)

    def write(self, text: str) -> None:
        """Answer with a chat completion."""
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        self.send(json.dumps({"object": "chat.completion", "choices": [choice]}).encode())


@contextmanager
def chat_server() -> Iterator[ChatServer]:
    """Run a server for as long as a test needs it."""
    with ChatServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()
