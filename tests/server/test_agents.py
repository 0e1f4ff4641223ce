"""An agent in the conversation, as the customer sees it: over the API, and on the page in a real Chromium."""

import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from server.conftest import CHROMIUM, PHONE, Server, ask, open_last_conversation, start  # pyright: ignore[reportMissingImports]
from shared import copy_home
from tellerbot.assistant.load import open_store
from tellerbot.records.cases import Cases
from tellerbot.records.verify import verify
from tellerbot.settings import Settings

PERSON = "give me a human agent now"


@pytest.fixture(scope="module")
def server(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start(
        copy_home(home, tmp_path_factory.mktemp("agents")),
        TELLERBOT_SIGN_INS_PER_MINUTE="1000",
        TELLERBOT_MESSAGES_PER_MINUTE="100000",
        TELLERBOT_SERVICE_TOKENS=secrets.token_hex(32),
    )
    yield running
    running.stop()


@pytest.fixture(scope="module")
def cases(server: Server) -> Iterator[Cases]:
    """The queue, as an agent at the command line has it."""
    store = open_store(Settings(home=server.home))
    yield Cases(store)
    assert verify(store.engine).faults == ()
    store.engine.dispose()


def newest(cases: Cases) -> str:
    return max(cases.list_cases(limit=500), key=lambda case: case.at).reference


def say(client: httpx.Client, message: str, **more: str) -> dict[str, str]:
    return client.post("/api/v1/chat/", json={"message": message, **more}).json()


def test_while_an_agent_has_the_conversation_the_assistant_is_silent(server: Server, cases: Cases) -> None:
    client = server.client("ada")
    turn = say(client, PERSON)
    talk = turn["conversation_id"]
    waiting = say(client, "what is my balance", conversation_id=talk)
    assert "$2,682.00" in waiting["reply"] and waiting["agent"] == ""
    cases.claim(turn["reference"], "Kim")
    silent = say(client, "my card is 4111 1111 1111 1111", conversation_id=talk)
    assert (silent["message"], silent["reply"], silent["agent"]) == ("my card is [card number]", "", "Kim")
    cases.return_(turn["reference"], "Kim")
    assert "$2,682.00" in say(client, "what is my balance", conversation_id=talk)["reply"]
    cases.claim(turn["reference"], "Kim")
    cases.close(turn["reference"], "Kim")
    again = say(client, PERSON, conversation_id=talk)
    assert again["reference"] and again["reference"] != turn["reference"]


@pytest.mark.slow
def test_a_stream_tells_what_agents_do_and_ends_with_the_case(server: Server, cases: Cases) -> None:
    client = server.client()
    client.post("/sign-in", data={"username": "ada", "password": server.password("ada")})
    turn = say(server.client("ada"), PERSON)
    path = f"/conversations/{turn['conversation_id']}/news"

    def work() -> None:
        cases.claim(turn["reference"], "Kim")
        time.sleep(1.5)
        cases.reply(turn["reference"], "Kim", "<b>Hello</b>")
        cases.close(turn["reference"], "Kim")

    agent = threading.Thread(target=work)
    agent.start()
    told = client.get(path).text  # the stream ends by itself
    agent.join()
    assert told.index("Kim has joined") < told.index("&lt;b&gt;Hello") < told.index("closed this case")
    assert told.rstrip().endswith("data:") and "event: done" in told
    ids = [line.removeprefix("id: ") for line in told.splitlines() if line.startswith("id: ")]
    assert len(ids) == 3
    later = client.get(path, headers={"Last-Event-ID": ids[0]}).text
    assert "has joined" not in later and "Hello" in later
    other = server.client()
    assert "event: done" in other.get(path).text and "Kim" not in other.get(path).text
    other.post("/sign-in", data={"username": "ben", "password": server.password("ben")})
    assert other.get(path).status_code == 404


needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="No Chromium here: apt-get install chromium")


@pytest.mark.slow
@needs_chromium
def test_a_page_shows_what_an_agent_writes_as_it_is_written(page: Page, cases: Cases) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    log = page.locator("#log")
    ask(page, PERSON)
    expect(page.locator(".said").get_by_text("Your reference is")).to_have_count(1)
    reference = newest(cases)
    cases.claim(reference, "Kim")
    expect(log.locator(".status")).to_have_text("Kim has joined this conversation.")
    cases.reply(reference, "Kim", "Hello Ada, <b>which</b> card is it?\nThe debit card?")
    written = log.locator(".turn.agent .bubble")
    expect(written).to_contain_text("Hello Ada, <b>which</b> card is it?")
    expect(written).to_contain_text("Kim")
    ask(page, "the debit card")
    expect(log.locator(".turn").last).to_have_text("Kim sees what you write.")
    expect(page.locator(".turn.assistant .bubble").filter(has_not=page.locator(".status"))).to_have_count(2)
    cases.reply(reference, "Kim", "Thank you, a new one is on its way.")
    expect(written).to_have_count(2)

    # What was there stays, once, and what comes is shown there too.
    page.reload()
    open_last_conversation(page)
    expect(written).to_have_count(2)
    expect(log.locator(".status").last).to_have_text("Kim sees what you write.")
    time.sleep(2.5)
    expect(written).to_have_count(2)
    page.set_viewport_size(PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    cases.close(reference, "Kim")
    expect(log.locator(".status").last).to_contain_text("Kim has closed this case.")
    ask(page, "what is my balance")
    expect(page.locator(".turn.assistant").last).to_contain_text("$2,682.00")

    # A further case is followed again.
    ask(page, PERSON)
    expect(page.locator(".said").get_by_text("Your reference is")).to_have_count(2)
    cases.claim(newest(cases), "Lee")
    expect(log.locator(".status").last).to_have_text("Lee has joined this conversation.")
    expect(written).to_have_count(2)
    assert problems == []
