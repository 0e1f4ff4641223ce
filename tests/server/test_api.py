"""The API over real HTTP: sign-in, chat, conversations, errors."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from server.conftest import Server, start  # pyright: ignore[reportMissingImports]
from tellerbot.server.render import templates


def say(client: httpx.Client, message: str, **more: str) -> httpx.Response:
    return client.post("/api/v1/chat/", json={"message": message, **more})


def test_sign_in_by_form_and_by_json(server: Server) -> None:
    client = server.client()
    credentials = {"username": "ada", "password": server.password("ada")}
    for reply in (
        client.post("/api/v1/auth/token", data=credentials),
        client.post("/api/v1/auth/token", json=credentials),
    ):
        assert reply.status_code == 200 and reply.json()["token_type"] == "bearer"
        assert reply.json()["expires_in"] == 1800


@pytest.mark.parametrize("body", [{"username": "ada", "password": "wrong"}, {"username": "eve", "password": "x"}])
def test_wrong_passwords_and_unknown_users_get_the_same_answer(server: Server, body: dict[str, str]) -> None:
    reply = server.client().post("/api/v1/auth/token", json=body)
    assert reply.status_code == 401
    assert reply.json()["error"]["message"] == "That user name and password don't match. Check both and try again."


def claims(server: Server) -> tuple[str, dict[str, Any]]:
    """The secret, and what a good token of Ada's holds."""
    secret = (server.home / "var" / "secret.key").read_text().strip()
    token = server.client("ada").headers["Authorization"].removeprefix("Bearer ")
    return secret, jwt.decode(token, secret, algorithms=["HS256"], issuer="tellerbot")


def test_tokens_that_are_forged_expired_or_unsigned_are_refused(server: Server) -> None:
    secret, good = claims(server)
    now = datetime.now(UTC)
    tokens = {
        "good": jwt.encode(good, secret, algorithm="HS256"),
        "forged": jwt.encode(good, "x" * 64, algorithm="HS256"),
        "expired": jwt.encode({**good, "exp": now - timedelta(minutes=1)}, secret, algorithm="HS256"),
        "endless": jwt.encode({key: good[key] for key in good if key != "exp"}, secret, algorithm="HS256"),
        "of an older version": jwt.encode({key: good[key] for key in good if key != "sid"}, secret, algorithm="HS256"),
        "unsigned": jwt.encode(good, "", algorithm="none"),
        "nobody": jwt.encode({**good, "sub": "CUST-99"}, secret, algorithm="HS256"),
    }
    found = {
        name: server.client().get("/api/v1/conversations", headers={"Authorization": f"Bearer {token}"}).status_code
        for name, token in tokens.items()
    }
    assert found == {name: 200 if name == "good" else 401 for name in tokens}


def test_tokens_of_a_clock_a_few_seconds_off_are_good(server: Server) -> None:
    secret, good = claims(server)
    now, seconds = datetime.now(UTC), timedelta(seconds=1)
    tokens = {
        "made ahead": {"iat": now + 7 * seconds},
        "good from a moment on": {"nbf": now + 7 * seconds},
        "just run out": {"exp": now - 5 * seconds},
        "made far ahead": {"iat": now + 60 * seconds},
        "good from later on": {"nbf": now + 60 * seconds},
        "run out": {"exp": now - 15 * seconds},
    }
    statuses = {}
    for name, changes in tokens.items():
        token = jwt.encode({**good, **changes}, secret, algorithm="HS256")
        reply = server.client().get("/api/v1/conversations", headers={"Authorization": f"Bearer {token}"})
        statuses[name] = reply.status_code
    assert list(statuses.values()) == [200, 200, 200, 401, 401, 401]


def test_the_secret_and_the_passwords_are_for_the_owner_only(server: Server) -> None:
    for name in ("secret.key", "demo-passwords.txt"):
        assert (server.home / "var" / name).stat().st_mode & 0o777 == 0o600


def test_chat_with_and_without_the_slash(server: Server) -> None:
    with server.client("ada") as client:
        for path in ("/api/v1/chat", "/api/v1/chat/"):
            reply = client.post(path, json={"message": "what is my balance"}).json()
            assert "$2,682.00" in reply["reply"] and reply["kind"] == "act" and reply["choices"] == []
            assert {"figure": "$2,682.00", "source": "accounts/ACC-1001/available", "kind": "bank"} in reply["figures"]


def test_the_page_shows_what_a_reply_holds_as_text_only() -> None:
    """Names of payees come from others, and titles from the bank's files: neither is ever markup."""
    evil = "\"'><img src=x onerror=alert(1)>"
    choices = [{"intent": "card_lost", "title": "Report your lost card"}, {"intent": "x", "title": evil}]
    blocks = [{"kind": "text", "text": evil}, {"kind": "list", "rows": [[evil]]}]
    blocks += [{"kind": "total", "text": evil, "rows": [[evil, evil]]}]
    page = templates.get_template("reply.html").render(turn={"blocks": blocks, "choices": choices}, root="/bank")
    assert 'class="suggestion" value="Report your lost card">Report your lost card</button>' in page
    assert page.count('class="suggestion"') == 2 and page.count("onerror") == 8 and "<img" not in page
    assert not re.search(r'="[^"]*"[^ />]', page)


def test_a_reply_of_an_older_release_is_its_text() -> None:
    turn = {"id": "t1", "at": datetime.now(UTC), "reply": "Here.\n- one", "blocks": (), "is_helpful": None}
    page = templates.get_template("reply.html").render(turn=turn, root="")
    assert '<p class="text">Here.\n- one</p>' in page and "suggestion" not in page


def test_streaming_gives_the_steps_the_text_and_the_whole_turn(server: Server) -> None:
    with server.client("ada") as client:
        headers = {"Accept": "text/event-stream"}
        with client.stream("POST", "/api/v1/chat/", json={"message": "what is the atm fee"}, headers=headers) as reply:
            assert reply.headers["content-type"].startswith("text/event-stream")
            lines = [line for line in reply.iter_lines() if line and not line.startswith(":")]
    events = [(name[7:], json.loads(data[6:])) for name, data in zip(lines[::2], lines[1::2], strict=True)]
    done = events[-1][1]
    # Which piece of the section comes first is a close call of the tiny model, and differs between machines.
    assert events[-1][0] == "done" and done["citations"][0]["id"].split("/")[0] == "fees#atm-withdrawals"
    assert "".join(data["text"] for name, data in events if name == "delta") == done["reply"]
    steps = [data["name"] for name, data in events if name == "step"]
    assert steps == ["redact", "understand", "decide", "act", "recall", "respond", "check", "record"]


def test_conversations_are_read_by_their_owner_only(server: Server) -> None:
    with server.client("ada") as ada, server.client("ben") as ben:
        first = say(ada, "what is my balance").json()["conversation_id"]
        assert say(ada, "what is the atm fee", conversation_id=first).json()["conversation_id"] == first
        turns = ada.get(f"/api/v1/conversations/{first}").json()["turns"]
        assert [turn["message"] for turn in turns] == ["what is my balance", "what is the atm fee"]
        assert first in [item["id"] for item in ada.get("/api/v1/conversations").json()]
        assert first not in [item["id"] for item in ben.get("/api/v1/conversations").json()]
        assert ben.get(f"/api/v1/conversations/{first}").status_code == 404
        assert say(ben, "what is my balance", conversation_id=first).status_code == 404
        assert say(ada, "hello", conversation_id="no-such").status_code == 404
        assert len(ada.get(f"/api/v1/conversations/{first}").json()["turns"]) == 2


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b'{"message": ""}', 422, "invalid"),
        (b'{"message": "  \\u200b\\u0007 "}', 422, "invalid"),
        (json.dumps({"message": "a" * 2001}).encode(), 422, "invalid"),
        (json.dumps({"message": "a" * 100_000}).encode(), 413, "too_large"),
        (b"\x80\x81\xfe", 400, "bad_request"),
        (b"{", 422, "invalid"),
        (b'{"message": 5}', 422, "invalid"),
        (b'{"message": "hi", "customer": "CUST-2"}', 422, "invalid"),
    ],
)
def test_bad_messages_get_one_envelope(server: Server, content: bytes, status: int, code: str) -> None:
    with server.client("ada") as client:
        reply = client.post("/api/v1/chat/", content=content, headers={"Content-Type": "application/json"})
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
    assert reply.json()["error"]["message"] and reply.json()["error"]["request_id"] == reply.headers["x-request-id"]


ODD = {
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd",
    "emoji": "\U0001f600\U0001f4b8",
    "override": "\u202ecba\u202c",
    "control": "a\x00b\x1bc",
    "html": "<script>alert(1)</script>",
    "sql": "'; DROP TABLE turns; --",
}


@pytest.mark.parametrize("message", ODD.values(), ids=ODD)
def test_odd_messages_are_answered_politely(server: Server, message: str) -> None:
    with server.client("ada") as client:
        reply = say(client, message)
    assert reply.status_code == 200 and reply.json()["kind"] in ("refuse", "hand off", "answer", "act")


def test_unknown_routes_and_methods_get_the_envelope(server: Server) -> None:
    client = server.client()
    assert client.get("/nope").json()["error"]["code"] == "not_found"
    assert client.put("/api/v1/chat/").json()["error"]["code"] == "method_not_allowed"


def test_health_readiness_and_metrics(server: Server) -> None:
    client = server.client()
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready", "release": "1.0.0"}
    assert "tellerbot_turns_total" in client.get("/metrics").text


@pytest.mark.slow
def test_many_at_once_are_all_answered_and_all_recorded(server: Server) -> None:
    with server.client("carmen") as client, ThreadPoolExecutor(16) as pool:
        before = len(client.get("/api/v1/conversations").json())
        conversation = say(client, "what is my balance").json()["conversation_id"]
        replies = list(pool.map(lambda _: say(client, "what is my balance", conversation_id=conversation), range(40)))
        assert {reply.status_code for reply in replies} == {200}
        assert len(client.get(f"/api/v1/conversations/{conversation}").json()["turns"]) == 41
        assert len(client.get("/api/v1/conversations").json()) == before + 1


@pytest.mark.slow
def test_too_many_messages_and_sign_ins_are_told_when_to_come_back(own_home: Path) -> None:
    running = start(own_home, TELLERBOT_MESSAGES_PER_MINUTE="2", TELLERBOT_SIGN_INS_PER_MINUTE="3")
    try:
        with running.client("ada") as client:
            statuses = [say(client, "what is my balance").status_code for _ in range(3)]
            assert statuses == [200, 200, 429]
            assert int(say(client, "what is my balance").headers["retry-after"]) > 0
            guesses = [
                client.post("/api/v1/auth/token", json={"username": "ben", "password": "guess"}).status_code
                for _ in range(4)
            ]
            assert guesses[-1] == 429
    finally:
        running.stop()


def test_a_long_body_without_a_length_is_too_large(server: Server) -> None:
    reply = server.client("ada").post("/api/v1/chat/", content=(b"x" * 10_000 for _ in range(20)))
    assert (reply.status_code, reply.json()["error"]["code"]) == (413, "too_large")


def test_long_lists_come_in_pages(server: Server) -> None:
    client = server.client("carmen")
    first = say(client, "hello there one").json()
    talk = first["conversation_id"]
    for number in ("two", "three"):
        say(client, f"hello there {number}", conversation_id=talk)
    say(client, "what is my balance")
    listed = client.get("/api/v1/conversations", params={"limit": 1}).json()
    assert [item["title"] for item in listed] == ["what is my balance"]
    older = client.get("/api/v1/conversations", params={"before": listed[0]["id"]}).json()
    assert older[0]["id"] == talk and listed[0]["id"] not in [item["id"] for item in older]
    found = client.get("/api/v1/conversations", params={"search": "THERE ÖNE"}).json()
    assert [item["id"] for item in found] == [talk]
    where = f"/api/v1/conversations/{talk}"
    newest = client.get(where, params={"limit": 2}).json()["turns"]
    assert [turn["message"][12:] for turn in newest] == ["two", "three"]
    before = client.get(where, params={"limit": 2, "before": newest[0]["id"]}).json()["turns"]
    assert [turn["message"][12:] for turn in before] == ["one"]
    for wrong in ({"limit": 0}, {"limit": 1000}, {"before": "x" * 200}):
        assert client.get(where, params=wrong).status_code == 422
