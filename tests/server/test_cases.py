"""Cases over the API, and their delivery to a real receiver that fails first."""

import hashlib
import hmac
import json
import secrets
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.conftest import Server, start  # pyright: ignore[reportMissingImports]
from shared import copy_home
from tellerbot.assistant.load import open_store
from tellerbot.conversation.events import CaseDelivered
from tellerbot.errors import ConfigError
from tellerbot.records.verify import verify
from tellerbot.settings import Settings, load_settings

TOKEN, KEY = secrets.token_hex(32), secrets.token_hex(32)


@pytest.fixture(scope="module")
def server(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose bank asks for its cases."""
    running = start(
        copy_home(home, tmp_path_factory.mktemp("asked")),
        TELLERBOT_SIGN_INS_PER_MINUTE="1000",
        TELLERBOT_MESSAGES_PER_MINUTE="100000",
        TELLERBOT_SERVICE_TOKENS=f"{'x' * 40}, {TOKEN}",
    )
    yield running
    running.stop()


def service(server: Server, token: str = TOKEN) -> httpx.Client:
    client = server.client()
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def hand_off(client: httpx.Client) -> dict[str, Any]:
    """A turn that opens a case, in a new conversation."""
    turn = client.post("/api/v1/chat/", json={"message": "give me a human agent now"}).json()
    assert turn["reference"]
    return turn


def act(bank: httpx.Client, reference: str, what: str, agent: str = "Kim", **more: str) -> httpx.Response:
    return bank.post(f"/api/v1/cases/{reference}/{what}", json={"agent": agent, **more})


def test_a_case_is_listed_claimed_answered_returned_and_closed(server: Server) -> None:
    ada, bank = server.client("ada"), service(server)
    turn = hand_off(ada)
    reference, path = turn["reference"], f"/api/v1/cases/{turn['reference']}"
    assert reference in [case["reference"] for case in bank.get("/api/v1/cases").json()]
    shown = bank.get(path).json()
    assert (shown["customer"], shown["status"], shown["agent"]) == ("CUST-1", "open", None)
    assert [item["message"] for item in shown["turns"]] == ["give me a human agent now"]

    claimed = act(bank, reference, "claim").json()
    assert (claimed["status"], claimed["agent"]) == ("claimed", "Kim") and claimed["claimed_at"]
    written = act(bank, reference, "reply", text=" Hello Ada!\nMail me at kim@fernhollow.example. ").json()
    assert (written["text"], written["masked"]) == ("Hello Ada!\nMail me at [e-mail address].", ["e-mail address"])
    assert act(bank, reference, "return").json()["status"] == "returned"
    assert act(bank, reference, "claim", "Lee").json()["agent"] == "Lee"
    assert act(bank, reference, "close", "Lee").json()["status"] == "closed"
    assert bank.get("/api/v1/cases", params={"status": "closed"}).json()[0]["reference"] == reference
    assert bank.get("/api/v1/cases", params={"status": "open"}).json() == []

    turns = ada.get(f"/api/v1/conversations/{turn['conversation_id']}").json()["turns"]
    assert [(item["agent"], item["reply"] or item["notice"]) for item in turns[1:]] == [
        ("Kim", "Kim has joined this conversation."),
        ("Kim", "Hello Ada!\nMail me at [e-mail address]."),
        ("Kim", "Kim has left this conversation, and I'm here again."),
        ("Lee", "Lee has joined this conversation."),
        ("Lee", "Lee has closed this case. I'm here if you need anything else."),
    ]
    assert all(item["message"] == "" for item in turns[1:])
    assert bank.get(path).json()["turns"] == turns
    for at, turn in enumerate(turns):
        assert bank.get(path, params={"before": turn["id"]}).json()["turns"] == turns[:at]
    assert bank.get(path, params={"before": "x" * 101}).status_code == 422


def test_what_does_not_fit_is_refused_in_the_one_envelope(server: Server) -> None:
    ada, bank = server.client("ada"), service(server)
    reference = hand_off(ada)["reference"]
    act(bank, reference, "claim")
    found = {
        "claim": act(bank, reference, "claim", "Lee"),
        "reply": act(bank, reference, "reply", "Lee", text="Hello."),
        "none": act(bank, "NOSUCH", "claim"),
        "odd": bank.get("/api/v1/cases/%00"),
        "empty": act(bank, reference, "reply", text=" \n "),
        "long": act(bank, reference, "reply", text="x" * 2001),
        "name": act(bank, reference, "claim", " "),
        "no name": bank.post(f"/api/v1/cases/{reference}/claim", json={}),
        "more": bank.post(f"/api/v1/cases/{reference}/claim", json={"agent": "Kim", "priority": 3}),
        "status": bank.get("/api/v1/cases", params={"status": "lost"}),
    }
    for reply in found.values():
        assert set(reply.json()["error"]) == {"code", "message", "request_id"}
    codes = {name: (reply.status_code, reply.json()["error"]["code"]) for name, reply in found.items()}
    conflict, missing, invalid = (409, "conflict"), (404, "not_found"), (422, "invalid")
    assert codes == {
        "claim": conflict, "reply": conflict, "none": missing, "odd": missing, "empty": invalid, "long": invalid,
        "name": invalid, "no name": invalid, "more": invalid, "status": invalid,
    }  # fmt: skip
    assert "retry-after" not in found["claim"].headers and "Kim has it" in found["claim"].json()["error"]["message"]


def test_only_a_service_is_let_in_and_a_service_is_no_customer(server: Server) -> None:
    ada = server.client("ada")
    reference = hand_off(ada)["reference"]
    clients = [
        ada,
        server.client(),
        *(service(server, token) for token in ("y", "x" * 39, TOKEN[:-1], TOKEN + "x", "é")),
    ]
    for client in clients:
        for reply in (client.get("/api/v1/cases"), act(client, reference, "claim")):
            assert (reply.status_code, reply.json()["error"]["code"]) == (401, "not_signed_in")
    assert service(server, "x" * 40).get("/api/v1/cases").status_code == 200
    assert service(server).get("/api/v1/conversations").status_code == 401
    assert service(server).get(f"/api/v1/cases/{reference}").json()["status"] == "open"


def test_without_tokens_nobody_is_a_service(own_home: Path) -> None:
    running = start(own_home)
    try:
        for token in ("y", TOKEN):
            assert service(running, token).get("/api/v1/cases").status_code == 401
    finally:
        running.stop()


class Receiver(ThreadingHTTPServer):
    """The bank's own system: keeps what it is sent, and answers with the next of `statuses`, the last one for ever."""

    def __init__(self, *statuses: int) -> None:
        super().__init__(("127.0.0.1", 0), _Receive)
        self.statuses = [*statuses]
        self.received: list[tuple[dict[str, Any], int]] = []
        self.is_stopped = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/cases"


class _Receive(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        at, signature = (part.partition("=")[2] for part in self.headers["Tellerbot-Signature"].split(","))
        assert hmac.compare_digest(
            signature, hmac.new(KEY.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
        )
        assert abs(time.time() - int(at)) < 60
        statuses = self.server.statuses
        status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        self.server.received.append((json.loads(body), status))
        if status == 0:
            self.server.is_stopped.wait(20)  # no answer at all
            status = 200
        self.send_response(status)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextmanager
def receiving(*statuses: int) -> Iterator[Receiver]:
    receiver = Receiver(*statuses)
    thread = threading.Thread(target=receiver.serve_forever)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.is_stopped.set()
        receiver.shutdown()
        thread.join()
        receiver.server_close()


def wait_for(receiver: Receiver, count: int, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while len(receiver.received) < count:
        assert time.monotonic() < deadline, receiver.received
        time.sleep(0.05)


def start_delivering(home: Path, receiver: Receiver, **more: str) -> Server:
    return start(
        home,
        TELLERBOT_HAND_OFF__URL=receiver.url,
        TELLERBOT_HAND_OFF__KEY=KEY,
        TELLERBOT_SERVICE_TOKENS=TOKEN,
        TELLERBOT_SIGN_INS_PER_MINUTE="1000",
        **more,
    )


def delivered(home: Path, conversation: str) -> int:
    store = open_store(Settings(home=home))
    assert verify(store.engine).faults == ()
    events = store.events(conversation, "CUST-1")
    store.engine.dispose()
    return sum(isinstance(event, CaseDelivered) for event in events)


@pytest.mark.slow
def test_a_case_is_sent_again_until_it_is_taken_in_also_by_the_next_server(own_home: Path) -> None:
    with receiving(500, 302, 404, 204) as receiver:
        running = start_delivering(own_home, receiver)
        client = running.client("ada")
        client.post("/api/v1/chat/", json={"message": "my lost card 4111 1111 1111 1111 again"})
        turn = hand_off(client)
        wait_for(receiver, 2)
        assert delivered(own_home, turn["conversation_id"]) == 0
        running.stop(signal.SIGKILL)

        running = start_delivering(own_home, receiver)
        try:
            wait_for(receiver, 4, 60)
            bodies = [body for body, _ in receiver.received]
            assert [status for _, status in receiver.received] == [500, 302, 404, 204]
            assert bodies[0] == bodies[1] == bodies[2] == bodies[3]
            body = bodies[0]
            assert (body["kind"], body["reference"], body["customer"]) == ("case", turn["reference"], "CUST-1")
            assert body["conversation"] == turn["conversation_id"] and body["priority"] == 0 and body["agent"] is None
            assert [item["message"] for item in body["transcript"]] == ["give me a human agent now"]
            assert body["transcript"][0]["reply"] == turn["reply"] and body["reason"] == turn["reason"]
            deadline = time.monotonic() + 10
            while not service(running).get(f"/api/v1/cases/{turn['reference']}").json()["delivered_at"]:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        finally:
            log = running.stop()
        assert delivered(own_home, turn["conversation_id"]) == 1
        assert "attempt 3" in log and "404" in log and "human agent" not in log and KEY not in log


@pytest.mark.slow
def test_a_receiver_that_does_not_answer_is_given_up_in_time(own_home: Path) -> None:
    with receiving(0, 200) as receiver:
        running = start_delivering(own_home, receiver)
        try:
            turn = hand_off(running.client("ada"))
            started = time.monotonic()
            wait_for(receiver, 2)
            assert 5 <= time.monotonic() - started < 20
        finally:
            running.stop()
        assert delivered(own_home, turn["conversation_id"]) == 1


@pytest.mark.slow
def test_two_servers_deliver_each_case_once(own_home: Path, postgres_url: str) -> None:
    with receiving(200) as receiver:
        running = [start_delivering(own_home, receiver, TELLERBOT_DATABASE_URL=postgres_url) for _ in range(2)]
        try:
            clients = [server.client("ada") for server in running]
            turns = [hand_off(clients[number % 2]) for number in range(8)]
            wait_for(receiver, 8)
            time.sleep(2)
        finally:
            for server in running:
                server.stop()
        assert sorted(body["reference"] for body, _ in receiver.received) == sorted(turn["reference"] for turn in turns)


@pytest.mark.parametrize(("settings", "found"), [
    ({"TELLERBOT_HAND_OFF__URL": "ftp://bank.example"}, "begin with https"),
    ({"TELLERBOT_HAND_OFF__URL": "https://bank.example"}, "TELLERBOT_HAND_OFF__KEY of 32 characters"),
    ({"TELLERBOT_HAND_OFF__URL": "https://bank.example", "TELLERBOT_HAND_OFF__KEY": "secret words"}, "openssl rand"),
    ({"TELLERBOT_SERVICE_TOKENS": f"{TOKEN},secret-words"}, "token 2 is none"),
    ({"TELLERBOT_SERVICE_TOKENS": "secret words " * 4}, "token 1 is none"),
])  # fmt: skip
def test_settings_that_are_not_safe_are_refused_without_repeating_them(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], found: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=found) as caught:
        load_settings()
    assert "secret" not in str(caught.value)
