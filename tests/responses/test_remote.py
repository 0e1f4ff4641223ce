"""The engine for OpenAI-compatible servers, against a real one on this machine that misbehaves on demand."""

import json
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

import pytest

from tellerbot.errors import ConfigError, TellerbotError, UnavailableError
from tellerbot.responses.engine import Budget, Engine, OutOfBudgetError
from tellerbot.responses.prompt import SYSTEM
from tellerbot.responses.remote import RemoteEngine

BUDGET = Budget(50, 10.0)
SHORT = Budget(50, 0.5)
SECRET = "sk-very-secret"
PROMPT = "Topic: balance\nNotes: You have {balance:money}.\nCustomer: where is my teal umbrella"
# Every piece of it is cut somewhere else, the placeholders too.
REPLY = ["", "Sure", ". You ", "have [bal", "ance:mo", "ney]", " and [", "due:date", "] is", " near [soon]. ", "[Bye"]
WHOLE = "Sure. You have {balance:money} and {due:date} is near [soon]. [Bye"


class Server(ThreadingHTTPServer):
    """Speaks the protocol; what it does wrong is the name of the model."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.connections = 0
        self.lock = Lock()
        # Set when a client has gone away, and when the test is over.
        self.broken, self.over = Event(), Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server  # pyright: ignore[reportIncompatibleVariableOverride]

    def setup(self) -> None:
        super().setup()
        with self.server.lock:
            self.server.connections += 1

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((self.path, dict(self.headers), body))
        self.said = body["messages"][1]["content"]
        try:
            if body["model"].isdigit():
                self.refuse(int(body["model"]))
            else:
                getattr(self, body["model"])()
        except (BrokenPipeError, ConnectionResetError):
            self.server.broken.set()
            self.close_connection = True

    def refuse(self, status: int) -> None:
        """Servers quote what was sent, headers included."""
        quoted = f"{self.said} {self.headers['Authorization']}".encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(quoted)))
        self.end_headers()
        self.wfile.write(quoted)

    def begin(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def send(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def event(self, content: object) -> None:
        self.send(b"data: " + json.dumps(content, ensure_ascii=False).encode() + b"\n\n")

    def piece(self, text: str | None, finish: str | None = None) -> None:
        delta = {} if text is None else {"content": text}
        self.event({"object": "chat.completion.chunk", "choices": [{"delta": delta, "finish_reason": finish}]})

    def end(self, finish: str = "stop") -> None:
        self.piece(None, finish)
        self.send(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def normal(self) -> None:
        self.begin()
        self.event({"choices": [{"delta": {"role": "assistant", "content": None}, "finish_reason": None}]})
        for text in REPLY:
            self.piece(text)
        self.end()

    def loose(self) -> None:
        """All that the protocol allows: comments, other fields, no space, no choices, CRLF, chunks cut anywhere."""
        self.begin()
        data = json.dumps({"choices": [{"delta": {"content": "Une carte\u2028à débit"}}]}, ensure_ascii=False).encode()
        self.send(b": keep-alive\n\nevent: message\r\nid: 1\r\nretry: 5\r\ndata:" + data[:40])
        for at in range(40, len(data)):
            self.send(data[at : at + 1])
        self.send(b"\r\n\r\n: PROCESSING\n\n")
        self.event({"choices": [], "usage": {"total_tokens": 5}})
        self.event({"choices": [{"delta": None, "finish_reason": "stop", "index": 0, "logprobs": None}]})
        self.event({"choices": [], "usage": {"total_tokens": 5}})
        self.send(b"data: [DONE]")
        self.wfile.write(b"0\r\n\r\n")

    def unfinished(self) -> None:
        """Tells the reason to finish, and never ends the stream."""
        self.begin()
        self.piece("Sure.", "stop")
        self.server.over.wait(20)

    def only_done(self) -> None:
        self.begin()
        self.piece("Sure.")
        self.send(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def echo(self) -> None:
        self.begin()
        for word in self.said.split():
            self.piece(f"{word} ")
            time.sleep(0.05)
        self.end()

    def slow(self) -> None:
        self.begin()
        while not self.server.over.wait(0.05):
            self.piece("word ")

    def deaf(self) -> None:
        self.server.over.wait(20)

    def silent(self) -> None:
        self.begin()
        self.piece("Sure. ")
        self.server.over.wait(20)

    def alive(self) -> None:
        self.begin()
        while not self.server.over.wait(0.05):
            self.send(b": keep-alive\n\n")

    def dripping(self) -> None:
        """Not even a whole header comes."""
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not self.server.over.wait(0.05):
            self.wfile.write(b"x")

    def endless_line(self) -> None:
        self.begin()
        while True:
            self.send(b"x" * 100_000)

    def cut(self) -> None:
        self.begin()
        self.piece("Sure. ")
        self.close_connection = True

    def short(self) -> None:
        """An end of the stream in good order, but not of the reply."""
        self.begin()
        self.piece("Sure. ")
        self.wfile.write(b"0\r\n\r\n")

    def dead(self) -> None:
        self.close_connection = True

    def page(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "13")
        self.end_headers()
        self.wfile.write(b"<html></html>")

    def length(self) -> None:
        self.begin()
        self.piece("Sure. ")
        self.end("length")

    def filtered(self) -> None:
        self.begin()
        self.piece("Sure. ")
        self.end("content_filter")

    def failed(self) -> None:
        self.begin()
        self.event({"error": {"message": self.said, "code": 500}})
        self.send(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def failed_like_vllm(self) -> None:
        self.begin()
        self.event({"object": "error", "message": self.said, "code": 400})
        self.send(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def failed_by_field(self) -> None:
        self.begin()
        self.send(b"error: " + json.dumps({"message": self.said}).encode() + b"\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def failed_by_event(self) -> None:
        self.begin()
        self.send(b"event: error\ndata: " + json.dumps({"details": self.said}).encode() + b"\n\ndata: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def no_json(self) -> None:
        self.begin()
        self.send(b"data: {" + self.said.encode().replace(b"\n", b" ") + b"\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def other_json(self) -> None:
        self.begin()
        self.event({"choices": [{"delta": {"content": [self.said]}}]})
        self.wfile.write(b"0\r\n\r\n")


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def connect(server: Server) -> Iterator[Callable[..., RemoteEngine]]:
    """Makes an engine for a model of the server."""
    engines: list[RemoteEngine] = []

    def open_engine(model: str, url: str = "", key: str | None = SECRET) -> RemoteEngine:
        engines.append(RemoteEngine(url or server.url, model, key))
        return engines[-1]

    yield open_engine
    for engine in engines:
        engine.close()


def stays() -> bool:
    return False


def written(engine: RemoteEngine, budget: Budget = BUDGET, prompt: str = PROMPT) -> str:
    return "".join(engine.write(prompt, budget, stays))


def fails(engine: RemoteEngine, kind: type[TellerbotError], budget: Budget = BUDGET) -> str:
    """The message of the error, nothing of which, nor of where it comes from, tells a secret."""
    with pytest.raises(kind) as caught:
        written(engine, budget)
    told = "".join(traceback.format_exception(caught.value)) + str(caught.value)
    assert SECRET not in told
    assert "umbrella" not in told
    return str(caught.value)


def test_the_reply_comes_in_pieces_with_whole_placeholders_in_braces(connect):
    engine: Engine = connect("normal")
    pieces = list(engine.write(PROMPT, BUDGET, stays))
    assert "".join(pieces) == WHOLE
    assert len(pieces) > 5
    assert all(piece.count("{") == piece.count("}") for piece in pieces)


def test_the_request_is_what_the_protocol_wants(server, connect):
    for url in (server.url, server.url + "/"):
        written(connect("normal", url))
    (path, headers, body), (other, _, _) = server.requests
    assert path == other == "/v1/chat/completions"
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert body == {
        "model": "normal",
        "messages": [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": PROMPT.replace("{balance:money}", "[balance:money]")},
        ],
        "max_tokens": 50,
        "temperature": 0,
        "stream": True,
    }


def test_without_a_key_none_is_sent(server, connect):
    written(connect("normal", key=None))
    written(connect("normal", key="\n"))
    assert all("Authorization" not in headers for _, headers, _ in server.requests)


def test_a_key_read_from_a_file_may_end_in_a_newline(server, connect):
    written(connect("normal", key=f"{SECRET}\n"))
    assert server.requests[0][1]["Authorization"] == f"Bearer {SECRET}"


def test_everything_the_stream_may_hold_is_read(connect):
    assert written(connect("loose")) == "Une carte\u2028à débit"


@pytest.mark.parametrize("model", ["unfinished", "only_done"])
def test_either_sign_of_the_end_is_enough(connect, model):
    started = time.monotonic()
    assert written(connect(model)) == "Sure."
    assert time.monotonic() - started < 2


def test_a_connection_is_used_again(server, connect):
    engine = connect("normal")
    for _ in range(3):
        assert written(engine) == WHOLE
        # The last bytes may come after the reply's end.
        time.sleep(0.2)
    assert server.connections == 1


@pytest.mark.parametrize("model", ["deaf", "silent", "alive", "dripping", "slow"])
def test_the_seconds_are_kept_whatever_the_server_does(connect, model):
    engine = connect(model)
    started = time.monotonic()
    assert "0.5 seconds" in fails(engine, OutOfBudgetError, SHORT)
    assert 0.4 < time.monotonic() - started < 1.0


def test_the_seconds_run_from_when_it_is_asked_for(connect):
    pieces = connect("normal").write(PROMPT, SHORT, stays)
    time.sleep(0.6)
    with pytest.raises(OutOfBudgetError):
        next(pieces)


def test_too_many_tokens_are_out_of_budget(connect):
    assert "50 tokens" in fails(connect("length"), OutOfBudgetError)


@pytest.mark.parametrize("model", ["deaf", "alive", "slow"])
def test_nothing_is_written_for_nobody(server, connect, model):
    started = time.monotonic()
    with pytest.raises(OutOfBudgetError, match="nobody"):
        list(connect(model).write(PROMPT, BUDGET, lambda: time.monotonic() - started > 0.3))
    assert time.monotonic() - started < 1.0
    assert model == "deaf" or server.broken.wait(2)


def test_closing_the_iterator_closes_the_connection(server, connect):
    pieces = connect("slow").write(PROMPT, BUDGET, stays)
    assert next(pieces) == "word "
    assert not server.broken.is_set()
    pieces.close()
    assert server.broken.wait(2)


def test_an_iterator_that_is_never_read_sends_nothing(server, connect):
    connect("normal").write(PROMPT, BUDGET, stays).close()
    assert server.requests == []


@pytest.mark.parametrize(
    "model, found",
    [
        ("cut", "RemoteProtocolError"),
        ("short", "cut"),
        ("page", "cut"),
        ("dead", "RemoteProtocolError"),
        ("filtered", "content_filter"),
        ("failed", "an error from the server"),
        ("failed_like_vllm", "an error from the server"),
        ("failed_by_field", "an error from the server"),
        ("failed_by_event", "an error from the server"),
        ("no_json", "no chat completion"),
        ("other_json", "no chat completion"),
        ("endless_line", "a line without an end"),
        ("408", "408"),
        ("429", "429"),
        ("500", "500"),
        ("502", "502"),
        ("503", "503"),
    ],
)
def test_a_server_in_trouble_is_unavailable(connect, model, found):
    message = fails(connect(model), UnavailableError)
    assert found in message
    assert message.startswith("Expected ")


@pytest.mark.parametrize(
    "model, remedy",
    [
        ("401", "API key"),
        ("403", "API key"),
        ("400", "model's name, '400'"),
        ("404", "model's name, '404'"),
        ("307", "URL"),
        ("422", "log"),
    ],
)
def test_what_the_server_will_never_do_is_a_mistake_of_configuration(connect, model, remedy):
    message = fails(connect(model), ConfigError)
    assert model in message
    assert remedy in message.partition("found")[2]


def test_a_server_that_does_not_run_is_unavailable(connect):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        assert url in fails(connect("normal", url), UnavailableError)


def test_a_server_that_takes_no_connection_is_unavailable(connect):
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for client in (first, second):
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        started = time.monotonic()
        url = f"http://127.0.0.1:{full.getsockname()[1]}/v1"
        assert "in time" in fails(connect("normal", url), UnavailableError, Budget(50, 1.0))
        assert time.monotonic() - started < 1.0


def test_several_replies_are_written_at_once(connect):
    engine = connect("echo")
    prompts = [f"Customer {number}: " + f"word{number} " * 10 for number in range(8)]
    started = time.monotonic()
    with ThreadPoolExecutor(len(prompts)) as pool:
        replies = list(pool.map(lambda prompt: written(engine, prompt=prompt), prompts))
    assert replies == prompts
    # One after the other they would take almost 5 seconds.
    assert time.monotonic() - started < 3


def test_closing_the_engine_stops_replies_under_way(server, connect):
    engine = connect("slow")
    pieces = engine.write(PROMPT, BUDGET, stays)
    next(pieces)
    engine.close()
    with pytest.raises(UnavailableError, match="closed"):
        list(pieces)
    assert server.broken.wait(2)


def test_a_closed_engine_writes_no_more(connect):
    engine = connect("normal")
    written(engine)
    engine.close()
    engine.close()
    assert "closed" in fails(engine, UnavailableError)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8000/v1",
        "ftp://models.bank.example/v1",
        "file:///etc/passwd",
        "http://",
        "http://[::1/v1",
        "http://bank:port/v1",
        "http://ada:hunter2@bank.example/v1",
        "ftp://ada:hunter2@bank.example/v1",
        "http://bank.example/v1?key=hunter2",
        "http://bank.example/v1#hunter2",
    ],
)
def test_a_bad_url_is_refused_without_telling_what_is_secret_in_it(url):
    with pytest.raises(ConfigError, match=r"^Expected .* found ") as caught:
        RemoteEngine(url, "normal")
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("key", ["sk-very\nsecret", "sk-very-sécret"])
def test_a_key_that_no_header_can_hold_is_refused_without_telling_it(key):
    with pytest.raises(ConfigError) as caught:
        RemoteEngine("http://127.0.0.1:8000/v1", "normal", key)
    assert "very" not in "".join(traceback.format_exception(caught.value))


@pytest.fixture
def proxies(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Sets the environment's proxy for all servers."""

    def use(url: str) -> None:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
            for spelling in (name, name.lower()):
                monkeypatch.delenv(spelling, raising=False)
        monkeypatch.setenv("http_proxy", url)

    return use


def test_other_machines_are_reached_through_the_proxy(server, connect, proxies):
    proxies(server.url.removesuffix("/v1"))
    assert written(connect("normal", "http://models.bank.example/v1")) == WHOLE
    assert server.requests[0][0] == "http://models.bank.example/v1/chat/completions"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_never_reached_through_a_proxy(server, connect, proxies, host):
    proxies("http://127.0.0.1:1")
    assert written(connect("normal", server.url.replace("127.0.0.1", host))) == WHOLE
    assert server.requests[0][0] == "/v1/chat/completions"


def test_a_proxy_that_cannot_be_used_is_a_mistake_of_configuration(proxies):
    proxies("gopher://ada:hunter2@proxy.bank.example")
    with pytest.raises(ConfigError, match="HTTPS_PROXY") as caught:
        RemoteEngine("http://models.bank.example/v1", "normal")
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))
