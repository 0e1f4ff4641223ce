"""Content types and Accept headers in all their spellings."""

import json

import pytest

from server.conftest import Server  # pyright: ignore[reportMissingImports]
from tellerbot.server.media import is_json, prefers_events


@pytest.mark.parametrize(
    ("content_type", "json"),
    [
        ("application/json", True),
        ("Application/JSON; Charset=UTF-8", True),
        ("APPLICATION/JSON;charset=utf-8", True),
        (" application/json ; x=y", True),
        ("application/vnd.bank+JSON", True),
        ("application/jsonp", False),
        ("application/json-seq", False),
        ("text/json", False),
        ("multipart/form-data; boundary=application/json", False),
        ("", False),
    ],
)
def test_content_types_are_compared_without_case_and_parameters(content_type: str, json: bool) -> None:
    assert is_json(content_type) is json


@pytest.mark.parametrize(
    ("accept", "events"),
    [
        ("text/event-stream", True),
        ("Text/Event-Stream", True),
        ("TEXT/EVENT-STREAM; charset=utf-8", True),
        ("text/event-stream, */*;q=0.1", True),
        ("text/event-stream, */*", True),
        ("application/json, text/event-stream", True),
        ("application/json;q=0.4, text/event-stream ; Q=0.5", True),
        ("text/event-stream;q=.5", True),
        ("application/json, text/event-stream;q=0.9", False),
        ("text/event-stream;q=0.1, application/*;q=0.2", False),
        ("text/event-stream;q=0", False),
        ("text/event-stream;q=0.000, */*", False),
        ("text/event-stream;q=lots", False),
        ("text/event-stream;q=nan", False),
        ("text/event-stream;q=2", False),
        ("text/event-streams", False),
        ('application/json;note="text/event-stream"', False),
        ("*/*", False),
        ("text/html", False),
        (",;,", False),
        ("", False),
    ],
)
def test_accept_is_read_with_its_qualities(accept: str, events: bool) -> None:
    assert prefers_events(accept) is events


@pytest.mark.parametrize(
    "kind", ["Application/JSON; Charset=UTF-8", "APPLICATION/JSON", 'application/json;charset="utf-8"']
)
def test_content_type_in_any_case_signs_in_and_chats(server: Server, kind: str) -> None:
    headers = {"Content-Type": kind}
    credentials = json.dumps({"username": "ada", "password": server.password("ada")})
    assert server.client().post("/api/v1/auth/token", content=credentials, headers=headers).status_code == 200
    body = json.dumps({"message": "what is my balance"})
    assert server.client("ada").post("/api/v1/chat/", content=body, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "kind", ["Application/X-WWW-Form-URLEncoded", "application/x-www-form-urlencoded; Charset=UTF-8"]
)
def test_content_type_of_a_form_in_any_case_signs_in(server: Server, kind: str) -> None:
    form = f"username=ada&password={server.password('ada')}"
    reply = server.client().post("/api/v1/auth/token", content=form, headers={"Content-Type": kind})
    assert reply.status_code == 200


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (["Text/Event-Stream; Charset=UTF-8"], "text/event-stream"),
        (["application/json;q=0.5", "text/event-stream"], "text/event-stream"),
        (["application/json, text/event-stream;q=0.5"], "application/json"),
    ],
)
def test_accept_decides_between_json_and_events(server: Server, lines: list[str], kind: str) -> None:
    headers = [("Accept", line) for line in lines]
    client = server.client("ada")
    del client.headers["Accept"]
    reply = client.post("/api/v1/chat/", json={"message": "what is my balance"}, headers=headers)
    assert reply.headers["content-type"].partition(";")[0] == kind and "2,682.00" in reply.text
