"""Flows as customers meet them: over the API, as a stream, and on the page in a real Chromium at both widths."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from server.conftest import CHROMIUM, PHONE, Server, ask, start  # pyright: ignore[reportMissingImports]
from shared import copy_home

DESK: ViewportSize = {"width": 1200, "height": 900}
YES, CHANGE, NO = "Yes, do it", "Change something", "No, leave it"
TUNDE = "Tunde Okafor"
pytestmark = pytest.mark.slow
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="No Chromium here: apt-get install chromium")


@pytest.fixture(scope="module")
def server(demo_flow_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo's own flows; the tiny intent of transfers starts one."""
    home = copy_home(demo_flow_home, tmp_path_factory.mktemp("served-flows"))
    running = start(home, TELLERBOT_SIGN_INS_PER_MINUTE="1000", TELLERBOT_MESSAGES_PER_MINUTE="100000")
    yield running
    running.stop()


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def sized(request: pytest.FixtureRequest, page: Page) -> Iterator[Page]:
    page.set_viewport_size(request.param)
    yield page
    # Nothing is wider than the window, and nothing was said in error.
    assert page.evaluate("document.documentElement.scrollWidth") <= request.param["width"]
    expect(page.get_by_role("alert")).to_have_count(0)


def last(page: Page) -> Locator:
    return page.locator(".turn.assistant").last


def card(page: Page, name: str) -> Locator:
    return last(page).get_by_role("group", name=name)


def wait_for_reply(page: Page, turns: int) -> None:
    """Wait until the turn after so many is whole."""
    expect(page.locator(".turn.assistant")).to_have_count(turns + 1)
    expect(last(page).locator(".bubble > *").first).to_be_visible()
    expect(last(page).locator(".progress, .growing")).to_have_count(0)


def say(page: Page, *messages: str) -> None:
    """Type messages, each after the reply to the one before."""
    for message in messages:
        turns = page.locator(".turn.assistant").count()
        ask(page, message)
        wait_for_reply(page, turns)


def choose(page: Page, title: str) -> None:
    turns = page.locator(".turn.assistant").count()
    last(page).get_by_role("button", name=title).click()
    wait_for_reply(page, turns)


def newest_code(page: Page) -> str:
    """The code on the page of the demo customer's phone."""
    text: str = page.evaluate("fetch('/demo-phone').then((page) => page.text())")
    return re.findall(r": (\d{6})\b", text)[0]


@needs_browser
def test_money_is_moved_after_a_card_and_a_yes(sized: Page) -> None:
    say(sized, "make a transfer")
    expect(last(sized).locator(".choices button")).to_contain_text(["Everyday Checking", "Steady Savings", TUNDE])
    choose(sized, "Steady Savings")
    say(sized, "$12.50")
    confirmation = card(sized, "Please confirm")
    expect(confirmation.locator("dt")).to_have_text(["From", "To", "Amount", "When"])
    expect(confirmation).to_contain_text("$12.50")
    choose(sized, YES)
    receipt = card(sized, "Receipt")
    expect(receipt.locator("dt")).to_have_text(["Amount", "From", "To", "Reference"])
    expect(receipt).to_contain_text("Done, the money has been moved")
    # What was asked before can be chosen no more.
    expect(sized.locator(".choices:visible")).to_have_count(0)
    last(sized).get_by_text("Where the figures come from").click()
    expect(last(sized)).to_contain_text("Everyday Checking …4821, available balance")


@needs_browser
def test_what_is_corrected_is_shown_anew(sized: Page) -> None:
    say(sized, "make a transfer", "savings", "20", "no, 35")
    expect(card(sized, "Please confirm")).to_contain_text("$35.00")
    choose(sized, CHANGE)
    choose(sized, "To")
    say(sized, "Tunde")
    expect(card(sized, "Please confirm")).to_contain_text(TUNDE)
    expect(card(sized, "Please confirm")).to_contain_text("$35.00")
    choose(sized, NO)


@needs_browser
@pytest.mark.parametrize("leave", [NO, "cancel", "never mind"])
def test_what_is_left_changes_nothing(sized: Page, leave: str) -> None:
    say(sized, "what is my balance")
    before = re.findall(r"\$[\d,.]+\d", last(sized).inner_text())
    say(sized, "make a transfer", "savings", "40")
    choose(sized, leave) if leave == NO else say(sized, leave)
    expect(last(sized)).to_contain_text("nothing was changed")
    say(sized, "what is my balance")
    assert re.findall(r"\$[\d,.]+\d", last(sized).inner_text()) == before


@needs_browser
def test_what_a_limit_refuses_is_asked_again(sized: Page) -> None:
    say(sized, "make a transfer", "savings", "900000")
    expect(last(sized)).to_contain_text("available. How much shall I transfer?")
    expect(last(sized).locator(".card")).to_have_count(0)
    say(sized, "0", "-5", "7")
    expect(card(sized, "Please confirm")).to_contain_text("$7.00")
    choose(sized, NO)


@needs_browser
def test_a_payment_asks_for_the_code_on_the_phone_and_masks_it(sized: Page) -> None:
    say(sized, "make a transfer", TUNDE, "checking", "3")
    choose(sized, YES)
    expect(last(sized)).to_contain_text("one-time code")
    say(sized, "000000")
    expect(last(sized)).to_contain_text("isn't right")
    code = newest_code(sized)
    say(sized, code)
    expect(card(sized, "Receipt")).to_contain_text("on its way")
    assert code not in sized.locator("main").inner_text()


def test_the_api_gives_cards_as_rows_and_each_action_once(server: Server) -> None:
    with server.client("ada") as client:
        conversation = client.post("/api/v1/chat/", json={"message": "make a transfer"}).json()["conversation_id"]

        def tell(message: str) -> httpx.Response:
            return client.post("/api/v1/chat/", json={"message": message, "conversation_id": conversation})

        assert tell("savings").json()["kind"] == "ask"
        asked = tell("$8").json()
        (confirmation,) = [block for block in asked["blocks"] if block["kind"] == "confirmation"]
        assert asked["kind"] == "confirm" and ["Amount", "$8.00"] in confirmation["rows"]
        done, again = tell(YES).json(), tell(YES).json()
        (receipt,) = [block for block in done["blocks"] if block["kind"] == "receipt"]
        assert done["kind"] == "act" and receipt["rows"][-1][0] == "Reference"
        assert "done already" in again["reply"] and not again["blocks"][0]["rows"]


def test_the_stream_ends_with_the_card(server: Server) -> None:
    with server.client("ada") as client:
        body = {"message": "make a transfer"}
        conversation = client.post("/api/v1/chat/", json=body).json()["conversation_id"]
        for message in ("savings", "$9"):
            body = {"message": message, "conversation_id": conversation}
            accept = {"Accept": "text/event-stream"}
            with client.stream("POST", "/api/v1/chat/", json=body, headers=accept) as reply:
                lines = [line[6:] for line in reply.iter_lines() if line.startswith("data: ")]
        turn = json.loads(lines[-1])
    assert turn["blocks"][0]["kind"] == "confirmation"
