"""A message sent again with its `message_id`: one turn, over JSON, events and the page, on one server and on two."""

import json
import re
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, Route, expect, sync_playwright

from server.conftest import CHROMIUM, FLAGS, Model, Server, start  # pyright: ignore[reportMissingImports]
from tellerbot.assistant.load import open_store
from tellerbot.database import begin_write
from tellerbot.records.claims import CLAIM, RENEWAL, conversation_of, turn_of
from tellerbot.server.turns import WAIT
from tellerbot.settings import Settings

BALANCE, CARD = "what is my balance", "my lost card again"


def say(client: httpx.Client, message: str = BALANCE, **more: str) -> httpx.Response:
    return client.post("/api/v1/chat/", json={"message": message, **more})


def events(client: httpx.Client, **body: str) -> list[tuple[str, dict[str, Any]]]:
    reply = client.post("/api/v1/chat/", json=body, headers={"Accept": "text/event-stream"})
    found = re.findall(r"event: (\w+)\r?\ndata: (.*?)\r?\n", reply.text)
    return [(name, json.loads(data)) for name, data in found]


def turns(client: httpx.Client, conversation: str) -> list[str]:
    return [turn["id"] for turn in client.get(f"/api/v1/conversations/{conversation}").json()["turns"]]


def new_id() -> str:
    return str(uuid.uuid4())


def test_sent_again_a_message_gets_its_turn(server: Server) -> None:
    with server.client("ada") as client:
        first = say(client).json()
        message_id, conversation = new_id(), first["conversation_id"]
        replies = [say(client, conversation_id=conversation, message_id=message_id).json() for _ in range(3)]
        kept = [{name: reply[name] for name in reply if name != "trace"} for reply in replies]
        assert kept[0] == kept[1] == kept[2]
        assert turns(client, conversation) == [first["turn_id"], kept[0]["turn_id"]]


def test_sent_again_the_first_message_starts_one_conversation(server: Server) -> None:
    message_id = new_id()
    with server.client("ada") as client:
        before = len(client.get("/api/v1/conversations").json())
        first, again = (say(client, message_id=message_id).json() for _ in range(2))
        named = say(client, message_id=message_id, conversation_id=first["conversation_id"]).json()
        assert first["turn_id"] == again["turn_id"] == named["turn_id"]
        assert first["conversation_id"] == again["conversation_id"]
        assert len(client.get("/api/v1/conversations").json()) == before + 1


def test_sent_again_by_another_customer_or_elsewhere_it_is_another_message(server: Server) -> None:
    message_id = new_id()
    with server.client("ada") as ada, server.client("ben") as ben:
        first = say(ada, message_id=message_id).json()
        other = say(ben, message_id=message_id).json()
        assert "$18,200.00" in other["reply"] and other["conversation_id"] != first["conversation_id"]
        talk = say(ada).json()["conversation_id"]
        elsewhere = say(ada, conversation_id=talk, message_id=message_id).json()
        assert len({first["turn_id"], other["turn_id"], elsewhere["turn_id"]}) == 3
        theirs = say(ben, conversation_id=first["conversation_id"], message_id=message_id)
        assert theirs.status_code == 404 and "2,682" not in theirs.text


def test_sent_again_as_events_it_is_the_same_turn(server: Server) -> None:
    message_id = new_id()
    with server.client("ada") as client:
        first = say(client, message_id=message_id).json()
        found = events(client, message=BALANCE, message_id=message_id)
        assert "".join(data["text"] for name, data in found if name == "delta") == first["reply"]
        assert found[-1][0] == "done" and found[-1][1]["turn_id"] == first["turn_id"]
        assert all(name == "delta" for name, _ in found[:-1])
        streamed = events(client, message=BALANCE, message_id=(other := new_id()))[-1][1]
        assert say(client, message_id=other).json()["turn_id"] == streamed["turn_id"]


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_sent_again_with_another_text_it_is_refused(server: Server, accept: str) -> None:
    message_id = new_id()
    with server.client("ada") as client:
        conversation = say(client, "my card 4111 1111 1111 1111 is lost", message_id=message_id).json()[
            "conversation_id"
        ]
        for text in ("what is the atm fee", "my card is lost", ""):
            body = {"message": text, "message_id": message_id}
            reply = client.post("/api/v1/chat/", json=body, headers={"Accept": accept})
            assert (reply.status_code, reply.json()["error"]["code"]) == (422, "invalid")
        # Around the text, only spaces may differ, which are no part of the message.
        assert say(client, " my card 4111 1111 1111 1111 is lost\n", message_id=message_id).status_code == 200
        assert len(turns(client, conversation)) == 1


@pytest.mark.parametrize("message_id", ["", " ", "a b", "a\n", "a\u0000", "é", "x" * 101, "<b>", "a'b"])
def test_a_message_id_has_a_length_and_characters(server: Server, message_id: str) -> None:
    with server.client("ada") as client:
        reply = say(client, message_id=message_id)
        assert reply.status_code == 422 and "message_id" in reply.json()["error"]["message"]


@pytest.mark.parametrize("message_id", ["1", "x" * 100, "01J9Z.msg:7_a~b", "q+/w=="])
def test_a_message_id_may_be_any_common_form(server: Server, message_id: str) -> None:
    with server.client("carmen") as client:
        assert (
            say(client, message_id=message_id).json()["turn_id"] == say(client, message_id=message_id).json()["turn_id"]
        )


def test_without_a_message_id_each_is_a_turn_of_its_own(server: Server) -> None:
    with server.client("ada") as client:
        body = {"message": BALANCE, "message_id": None}
        ids = {client.post("/api/v1/chat/", json=body).json()["turn_id"] for _ in range(2)} | {
            say(client).json()["turn_id"]
        }
        assert len(ids) == 3


def test_sent_many_times_at_once_there_is_one_turn(server: Server) -> None:
    message_id = new_id()
    with server.client("ada") as client, ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda _: say(client, message_id=message_id), range(24)))
        assert {reply.status_code for reply in replies} == {200}
        assert len({reply.json()["turn_id"] for reply in replies}) == 1
        assert len(turns(client, replies[0].json()["conversation_id"])) == 1


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_sent_again_while_its_turn_runs_elsewhere_it_waits(server: Server, accept: str) -> None:
    message_id = new_id()
    store = open_store(Settings(home=server.home))
    release = threading.Event()
    holding = threading.Event()

    def hold() -> None:
        with store.claims.hold(turn_of(conversation_of("CUST-1", message_id), message_id)):
            holding.set()
            release.wait(20)
            raise InterruptedError

    with ThreadPoolExecutor(2) as pool, server.client("ada") as client:
        holder = pool.submit(hold)
        assert holding.wait(10)
        body = {"message": BALANCE, "message_id": message_id}
        waiting = pool.submit(client.post, "/api/v1/chat/", json=body, headers={"Accept": accept})
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.7)
        release.set()
        assert "2,682.00" in waiting.result(timeout=20).text
        assert isinstance(holder.exception(), InterruptedError)
    store.engine.dispose()


@pytest.mark.slow
def test_sent_again_while_its_turn_takes_long_it_is_asked_to_come_again(server: Server) -> None:
    message_id = new_id()
    store = open_store(Settings(home=server.home))
    turn = turn_of(conversation_of("CUST-1", message_id), message_id)
    with ThreadPoolExecutor(2) as pool, server.client("ada") as client, store.claims.hold(turn):
        waiting = pool.submit(say, client, message_id=message_id)
        streaming = pool.submit(events, client, message=BALANCE, message_id=message_id)
        time.sleep(WAIT - 5)
        assert not waiting.done()
        # While it waits it only reads, so that it needs no lock and keeps nobody from writing.
        with begin_write(store.engine):
            reply = waiting.result(timeout=15)
        assert (reply.status_code, reply.json()["error"]["code"]) == (409, "in_progress")
        assert int(reply.headers["retry-after"]) >= 1
        ((name, told),) = streaming.result(timeout=20)
        assert (name, told["status"], told["code"]) == ("error", 409, "in_progress") and told["retry_after"] >= 1
    store.engine.dispose()


@pytest.mark.slow
def test_sent_to_two_servers_on_one_postgresql_there_is_one_turn(own_home: Path, postgres_url: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        servers = list(pool.map(lambda _: start(own_home, TELLERBOT_DATABASE_URL=postgres_url), range(2)))
    try:
        clients = [running.client("ada") for running in servers]
        for _ in range(5):
            message_id = new_id()
            with ThreadPoolExecutor(8) as pool:
                sent = [pool.submit(say, clients[number % 2], message_id=message_id) for number in range(8)]
            replies = [future.result().json() for future in sent]
            assert len({reply["turn_id"] for reply in replies}) == 1
            assert len(turns(clients[0], replies[0]["conversation_id"])) == 1
    finally:
        for running in servers:
            running.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def slowly(request: pytest.FixtureRequest, model: tuple[str, type[Model]]) -> tuple[dict[str, str], type[Model]]:
    """The settings of servers on one database that a slow language model writes for, and the model."""
    url, kind = model
    database = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    settings = {"URL": url, "MODEL": "any", "SECONDS": "100"}
    named = {f"TELLERBOT_WRITER__{name}": value for name, value in settings.items()}
    return {**named, "TELLERBOT_DATABASE_URL": database}, kind


def wait_for_prompt(kind: type[Model]) -> None:
    """Wait until a turn is under way."""
    deadline = time.monotonic() + 60
    while not kind.prompts:
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.slow
def test_sent_again_at_once_after_its_server_was_killed_it_is_answered_within_seconds(
    fresh: Path, slowly: tuple[dict[str, str], type[Model]]
) -> None:
    settings, kind = slowly
    kind.pause = 60.0
    message_id = new_id()
    killed = start(fresh, **settings)
    with ThreadPoolExecutor(1) as pool:
        lost = pool.submit(say, killed.client("ada"), CARD, message_id=message_id)
        wait_for_prompt(kind)
        killed.process.kill()
        assert isinstance(lost.exception(30), httpx.TransportError)
    killed.stop()
    kind.pause = 0.0
    running = start(fresh, **settings)
    try:
        with running.client("ada") as client:
            began = time.monotonic()
            reply = say(client, CARD, message_id=message_id)
            assert time.monotonic() - began < CLAIM.total_seconds() + 5
            assert reply.status_code == 200 and "Don't worry." in reply.json()["reply"]
            assert turns(client, reply.json()["conversation_id"]) == [reply.json()["turn_id"]]
    finally:
        running.stop()


@pytest.mark.slow
def test_while_a_long_reply_is_written_no_other_server_takes_its_turn(
    fresh: Path, slowly: tuple[dict[str, str], type[Model]]
) -> None:
    settings, kind = slowly
    kind.pause = 3.0
    message_id = new_id()
    with ThreadPoolExecutor(2) as pool:
        servers = list(pool.map(lambda _: start(fresh, **settings), range(2)))
        try:
            one, other = (running.client("ada") for running in servers)
            one.timeout = other.timeout = 100
            began = time.monotonic()
            first = pool.submit(say, one, CARD, message_id=message_id)
            wait_for_prompt(kind)
            statuses = []
            while (again := say(other, CARD, message_id=message_id)).status_code != 200:
                statuses.append(again.status_code)
            assert time.monotonic() - began > CLAIM.total_seconds() + RENEWAL
            assert again.json()["turn_id"] == first.result().json()["turn_id"]
            assert set(statuses) == {409} and len(kind.prompts) == 1
            assert len(turns(one, again.json()["conversation_id"])) == 1
        finally:
            for running in servers:
                running.stop()


def test_the_description_of_the_api_has_it(server: Server) -> None:
    schema = server.client().get("/openapi.json").json()["components"]["schemas"]["ChatMessage"]
    assert "message_id" in schema["properties"] and "message_id" not in schema["required"]
    assert "sent again" in schema["description"]


@pytest.fixture
def page(server: Server) -> Any:
    if CHROMIUM is None:
        pytest.skip("No Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(base_url=server.url)
        page.goto("/")
        page.fill("#username", "ada")
        page.fill("#password", server.password("ada"))
        page.keyboard.press("Enter")
        expect(page.locator("#send")).to_be_enabled()
        yield page
        browser.close()


def recorded(page: Page, server: Server) -> list[str]:
    conversation = page.locator("#conversation").input_value()
    with server.client("ada") as client:
        return turns(client, conversation)


def test_page_a_double_click_is_one_turn(page: Page, server: Server) -> None:
    page.fill("#message", BALANCE)
    page.dblclick("#send")
    expect(page.locator(".turn.assistant").last).to_contain_text("$2,682.00")
    expect(page.locator(".turn.customer")).to_have_count(1)
    assert len(recorded(page, server)) == 1


def test_page_a_message_sent_again_after_its_answer_was_lost_is_one_turn(page: Page, server: Server) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().text())
        route.abort()

    page.route("**/messages", lose, times=1)
    page.fill("#message", BALANCE)
    page.click("#send")
    expect(page.locator(".unsent")).to_contain_text("Not sent yet")
    page.click(".retry")
    expect(page.locator(".turn.assistant").last).to_contain_text("$2,682.00")
    assert len(recorded(page, server)) == 1
    # Both answers name the same stream, and what is answered has none any more.
    stream = re.search(r'sse-connect="([^"]+)"', lost[0])
    assert stream and page.request.get(stream[1]).status == 204
    assert len(recorded(page, server)) == 1


@pytest.mark.slow
def test_page_a_lost_stream_is_resumed(page: Page, server: Server) -> None:
    page.route("**/stream", lambda route: route.abort(), times=1)
    page.fill("#message", BALANCE)
    page.click("#send")
    expect(page.locator(".turn.assistant").last).to_contain_text("$2,682.00")
    assert len(recorded(page, server)) == 1


def test_page_a_stream_that_broke_off_gives_the_same_turn(page: Page, server: Server) -> None:
    sent = page.request.post("/messages", form={"message": BALANCE, "message_id": "m"}).text()
    stream = re.search(r'sse-connect="([^"]+)"', sent)
    conversation = re.search(r'data-conversation="([^"]+)"', sent)
    assert stream and conversation
    cookies = {"tellerbot_session": page.context.cookies()[0].get("value", "")}
    with httpx.stream("GET", server.url + stream[1], cookies=cookies) as reply:
        next(reply.iter_lines())
    resumed = page.request.get(stream[1]).text()
    assert "$2,682.00" in resumed and "event: done" in resumed
    with server.client("ada") as client:
        assert len(turns(client, conversation[1])) == 1


def test_page_the_same_words_twice_are_two_messages(page: Page, server: Server) -> None:
    for count in (1, 2):
        page.fill("#message", BALANCE)
        page.click("#send")
        expect(page.locator(".turn.customer")).to_have_count(count)
        expect(page.locator(".turn.assistant").last).to_contain_text("$2,682.00")
    assert len(recorded(page, server)) == 2
