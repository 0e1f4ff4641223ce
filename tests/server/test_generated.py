"""A real server whose replies are worded by a model: by the release's own, and by an OpenAI-compatible server."""

import json
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from server.conftest import CHROMIUM, FLAGS, Model, Server, start  # pyright: ignore[reportMissingImports]
from tellerbot.assistant.load import open_store
from tellerbot.conversation.turns import TurnView, view
from tellerbot.records.conversations import Conversations
from tellerbot.records.verify import verify
from tellerbot.settings import Settings

pytestmark = pytest.mark.slow


def events(running: Server, text: str) -> list[tuple[str, dict[str, Any]]]:
    client = running.client("ada")
    found: list[tuple[str, dict[str, Any]]] = []
    with client.stream(
        "POST", "/api/v1/chat/", json={"message": text}, headers={"Accept": "text/event-stream"}
    ) as reply:
        kind = ""
        for line in reply.iter_lines():
            if line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                found.append((kind, json.loads(line[6:])))
    return found


def test_a_model_that_has_nothing_to_say_leaves_the_vetted_reply(fresh: Path) -> None:
    running = start(fresh)
    reply = running.client("ada").post("/api/v1/chat/", json={"message": "what is my balance"}).json()
    running.stop()
    assert "$2,682.00" in reply["reply"] and reply["kind"] == "act"
    (step,) = [step for step in reply["trace"] if step["name"] == "respond"]
    assert "the model wrote nothing to send" in step["note"]


def test_sentences_are_streamed_as_they_are_checked(fresh: Path, model: tuple[str, type[Model]]) -> None:
    url, kind = model
    kind.pause = 0.2
    running = start(fresh, TELLERBOT_WRITER__URL=url, TELLERBOT_WRITER__MODEL="any", TELLERBOT_WRITER__KEY="secret-key")
    found = events(running, "what is my balance")
    output = running.stop()
    deltas = [data["text"] for name, data in found if name == "delta"]
    [done] = [data for name, data in found if name == "done"]
    assert "".join(deltas) == done["reply"] and deltas[0] == "Don't worry."
    assert deltas[1].startswith(" Here are your balances as of")
    assert "$2,682.00" in done["reply"]
    # The first sentences came before the reply was whole.
    names = [data["name"] if name == "step" else name for name, data in found]
    assert names.index("delta") < names.index("respond")
    assert not re.search(r"\d", kind.prompts[0]) and "secret-key" not in output
    assert not verify(open_store(Settings(home=fresh)).engine).faults


@pytest.mark.skipif(CHROMIUM is None, reason="No Chromium here: apt-get install chromium")
def test_a_lost_card_a_transfer_and_savings_in_the_browser(fresh: Path, model: tuple[str, type[Model]]) -> None:
    url, kind = model
    running = start(fresh, TELLERBOT_WRITER__URL=url, TELLERBOT_WRITER__MODEL="any")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(base_url=running.url)
        page.goto("/")
        page.fill("#username", "ada")
        page.fill("#password", running.password("ada"))
        page.keyboard.press("Enter")
        expect(page.locator("#send")).to_be_enabled()
        for at, (text, said) in enumerate(
            [
                ("my lost card again", "1-800-555-0117"),
                ("transfer 500 to a friend", "transfer"),
                ("what is my balance savings", "$11,450.12"),
            ]
        ):
            page.locator("#message").fill(text)
            page.keyboard.press("Enter")
            turn = page.locator(".turn.assistant").nth(at + 1)  # the first one greets
            expect(turn).to_contain_text("Don't worry.")
            expect(turn).to_contain_text(said)
            expect(page.locator("#message")).to_be_enabled()
        # Only the account that was asked for, and no figure of anybody's went to the model.
        assert "2,682" not in page.locator(".turn.assistant").nth(3).inner_text()
        assert not any(re.search(r"\d", prompt.partition("Customer:")[2]) for prompt in kind.prompts)
        browser.close()
    running.stop()


def test_a_stream_ends_before_a_server_that_is_told_to_stop(fresh: Path, model: tuple[str, type[Model]]) -> None:
    url, kind = model
    kind.pause = 0.7
    running = start(fresh, TELLERBOT_WRITER__URL=url, TELLERBOT_WRITER__MODEL="any")
    client = running.client("ada")
    with client.stream(
        "POST", "/api/v1/chat/", json={"message": "my lost card again"}, headers={"Accept": "text/event-stream"}
    ) as reply:
        kinds: list[str] = []
        for line in reply.iter_lines():
            if line.startswith("event: "):
                if line == "event: delta" and line not in kinds:
                    running.process.terminate()
                kinds.append(line)
    output = running.stop()
    assert kinds[-1] == "event: done" and "ERROR" not in output


def left_turn(home: Path, kind: type[Model]) -> TurnView:
    """Ada's only turn, once the model has been stopped in the middle of it."""
    end = time.monotonic() + 20
    while not kind.broken and time.monotonic() < end:
        time.sleep(0.1)
    assert kind.broken
    store = open_store(Settings(home=home))
    while not (kept := Conversations(store).list_page("CUST-1")) and time.monotonic() < end:
        time.sleep(0.1)
    [turn] = store.turns(kept[0]["id"], "CUST-1")
    return view(turn)


def test_a_client_that_goes_stops_the_model_and_the_turn_is_kept(fresh: Path, model: tuple[str, type[Model]]) -> None:
    url, kind = model
    kind.pause = 1.0
    running = start(fresh, TELLERBOT_WRITER__URL=url, TELLERBOT_WRITER__MODEL="any")
    client = running.client("ada")
    with client.stream(
        "POST", "/api/v1/chat/", json={"message": "my lost card again"}, headers={"Accept": "text/event-stream"}
    ) as reply:
        for line in reply.iter_lines():
            if line.startswith("event: delta"):
                break
    turn = left_turn(fresh, kind)
    running.stop()
    assert turn.reply.startswith("Don't worry.") and "1-800-555-0117" in turn.reply


def test_a_client_that_waits_for_the_whole_reply_and_goes_stops_the_model_too(
    fresh: Path, model: tuple[str, type[Model]]
) -> None:
    url, kind = model
    kind.pause = 1.0
    running = start(fresh, TELLERBOT_WRITER__URL=url, TELLERBOT_WRITER__MODEL="any")
    with pytest.raises(httpx.ReadTimeout):
        running.client("ada").post("/api/v1/chat/", json={"message": "my lost card again"}, timeout=1.5)
    turn = left_turn(fresh, kind)
    running.stop()
    assert "1-800-555-0117" in turn.reply


def test_a_model_server_that_is_away_leaves_the_vetted_reply(fresh: Path) -> None:
    running = start(fresh, TELLERBOT_WRITER__URL="http://127.0.0.1:9/v1", TELLERBOT_WRITER__MODEL="any")
    reply = running.client("ada").post("/api/v1/chat/", json={"message": "my lost card again"}).json()
    output = running.stop()
    assert "1-800-555-0117" in reply["reply"] and "wrote nothing to send: it cannot be reached" in str(reply["trace"])
    # The operator learns why, and the customer does not learn where the bank's machines are.
    assert "127.0.0.1:9" in output and "127.0.0.1:9" not in str(reply)
