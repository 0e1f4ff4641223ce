"""Sending from the chat page: at once, in order, once, over slow lines, reloads, restarts and ends of sessions."""

import json
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, Playwright, Route, expect, sync_playwright

from server.conftest import CHROMIUM, FLAGS, PHONE, Model, Server, ask, start  # pyright: ignore[reportMissingImports]
from tellerbot.assistant.load import open_store
from tellerbot.database import begin_write
from tellerbot.records.claims import conversation_of, turn_of
from tellerbot.server.state import Message, Ticket
from tellerbot.settings import Settings
from tellerbot.types import Customer

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="No Chromium here: apt-get install chromium")
BALANCE, FEE, CARD = "what is my balance", "what is the atm fee", "my lost card again"
PATIENCE = 60_000  # milliseconds, for a machine that is busy with much else


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    expect.set_options(timeout=PATIENCE)
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()
    expect.set_options(timeout=5_000)


@pytest.fixture
def tab(browser: Browser, server: Server) -> Iterator[Page]:
    """A tab of its own, signed in as Ada."""
    page = open_tab(browser, server)
    yield page
    page.context.close()


def open_tab(browser: Browser, server: Server) -> Page:
    page = browser.new_context(base_url=server.url).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto("/")
    sign_in(page, server)
    return page


def sign_in(page: Page, server: Server, user: str = "ada") -> None:
    page.fill("#username", user)
    page.fill("#password", server.password(user))
    page.keyboard.press("Enter")
    expect(page.locator("#send")).to_be_enabled()
    page.focus("#message")


def slow_down(page: Page, latency: int) -> None:
    """Make every request wait so many milliseconds, as on a far line; 0 for none."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": latency, "downloadThroughput": -1, "uploadThroughput": -1},
    )


@contextmanager
def standstill(home: Path) -> Iterator[None]:
    """Nothing can be recorded meanwhile, so that streams stay open."""
    store = open_store(Settings(home=home))
    with begin_write(store.engine):
        yield
    store.engine.dispose()


def recorded(page: Page, server: Server) -> list[str]:
    """The messages of the page's conversation, as the API has them."""
    with server.client("ada") as client:
        found = client.get(f"/api/v1/conversations/{page.url.rpartition('/')[2]}").json()
        return [turn["message"] for turn in found["turns"]]


def conversations(server: Server) -> int:
    with server.client("ada") as client:
        return len(client.get("/api/v1/conversations").json())


def kept(page: Page) -> list[dict[str, Any]]:
    """The outbox of whoever is signed in."""
    name = f"tellerbot  {page.locator('#sender').input_value()} outbox"
    return json.loads(page.evaluate("name => sessionStorage.getItem(name)", name) or "[]")


def last(page: Page) -> Any:
    return page.locator(".turn.assistant").last


def expect_answer(page: Page, text: str = "$2,682.00") -> None:
    expect(last(page)).to_contain_text(text)
    expect(page.locator(".progress")).to_have_count(0)


@pytest.mark.slow
def test_on_a_slow_line_a_message_is_there_at_once_and_what_is_typed_meanwhile_stays(tab: Page, server: Server) -> None:
    tab.evaluate(
        """() => {
            addEventListener("keydown", (event) => {
                if (event.key === "Enter") window.pressed = performance.now();
            }, true);
            new MutationObserver((_, observer) => {
                if (!document.querySelector(".turn.customer")) return;
                window.appeared = performance.now();
                observer.disconnect();
            }).observe(document.getElementById("log"), { childList: true, subtree: true });
        }"""
    )
    slow_down(tab, 2000)
    ask(tab, BALANCE)
    tab.keyboard.type("and then")
    expect(tab.locator(".turn.customer .bubble")).to_have_text(BALANCE)
    expect(last(tab)).to_contain_text("Sending")
    expect(tab.locator(".turn.customer")).to_be_in_viewport()
    assert tab.evaluate("window.appeared - window.pressed") < 100
    expect_answer(tab)
    expect(tab.locator("#message")).to_have_value("and then")
    assert recorded(tab, server) == [BALANCE]


def test_a_new_conversation_gets_its_address(tab: Page, server: Server) -> None:
    ask(tab, BALANCE)
    expect_answer(tab)
    expect(tab).to_have_url(re.compile(r"/conversations/\w+$"))
    tab.reload()
    expect_answer(tab)
    expect(tab.locator(".turn.customer .bubble")).to_have_text([BALANCE])
    ask(tab, FEE)
    expect_answer(tab, "$2.50")
    assert recorded(tab, server) == [BALANCE, FEE] and kept(tab) == []


def test_enter_pressed_twice_sends_once(tab: Page, server: Server) -> None:
    tab.keyboard.type(BALANCE)
    tab.evaluate(
        """() => [1, 2].forEach(() => document.getElementById("message").dispatchEvent(
            new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true })))"""
    )
    expect_answer(tab)
    assert recorded(tab, server) == [BALANCE]


def test_a_choice_pressed_twice_sends_once_and_leaves_what_is_typed(tab: Page, server: Server) -> None:
    tab.keyboard.type("and then")
    choice = tab.locator(".suggestion").first
    text = choice.inner_text()
    choice.dblclick()
    expect(tab.locator(".progress")).to_have_count(0)
    expect(tab.locator(".turn.customer .bubble")).to_have_text([text])
    expect(tab.locator("#message")).to_have_value("and then")
    expect(tab).to_have_url(re.compile("/conversations/"))
    assert len(recorded(tab, server)) == 1


@pytest.mark.slow
def test_messages_sent_one_after_the_other_are_answered_in_their_order(tab: Page, server: Server) -> None:
    slow_down(tab, 300)
    for text in (BALANCE, FEE, CARD):
        ask(tab, text)
    expect(tab.locator(".turn.customer .bubble")).to_have_text([BALANCE, FEE, CARD])
    expect_answer(tab, "1-800-555-0117")
    expect(tab.locator(".turn.assistant").nth(1)).to_contain_text("$2,682.00")
    assert recorded(tab, server) == [BALANCE, FEE, CARD]


@pytest.mark.slow
def test_a_reload_before_the_answer_loses_nothing(tab: Page, server: Server) -> None:
    before = conversations(server)
    slow_down(tab, 2000)
    ask(tab, BALANCE)
    ask(tab, FEE)
    tab.reload()
    expect(tab.locator(".turn.customer .bubble")).to_have_text([BALANCE, FEE])
    expect_answer(tab, "$2.50")
    assert recorded(tab, server) == [BALANCE, FEE] and conversations(server) == before + 1


@pytest.mark.slow
def test_a_reload_in_mid_stream_shows_the_message_and_goes_on(tab: Page, server: Server) -> None:
    with standstill(server.home):
        ask(tab, "lost card 4111 1111 1111 1111")
        expect(tab).to_have_url(re.compile("/conversations/"))
        tab.reload()
        # The server has it, so that it is masked.
        expect(tab.locator(".turn.customer .bubble")).to_have_text(["lost card [card number]"])
        expect(last(tab).locator(".progress")).to_be_visible()
        other = tab.context.new_page()  # knows only what the server does
        other.set_default_timeout(PATIENCE)
        other.goto(tab.url)
        expect(other.locator(".turn.customer .bubble")).to_have_text(["lost card [card number]"])
    expect_answer(tab, "masked in your message")
    expect_answer(other, "masked in your message")
    assert recorded(tab, server) == ["lost card [card number]"]
    tab.reload()
    expect(tab.locator(".turn.customer")).to_have_count(1)


def test_offline_a_message_is_kept_and_sent_once_when_the_line_is_back(tab: Page, server: Server) -> None:
    tab.context.set_offline(True)
    expect(tab.locator("#offline")).to_be_visible()
    ask(tab, BALANCE)
    expect(tab.locator(".unsent")).to_contain_text("Not sent yet")
    ask(tab, FEE)
    tab.keyboard.type("a draft")
    assert [item["text"] for item in kept(tab)] == [BALANCE, FEE]
    tab.context.set_offline(False)
    expect(tab.locator("#offline")).to_be_hidden()
    expect_answer(tab, "$2.50")
    expect(tab.locator(".unsent")).to_have_count(0)
    expect(tab.locator("#message")).to_have_value("a draft")
    assert recorded(tab, server) == [BALANCE, FEE] and kept(tab) == []


@pytest.mark.parametrize("status", [0, 429, 503])
def test_a_message_that_could_not_be_sent_is_sent_again_by_its_button(tab: Page, server: Server, status: int) -> None:
    tried: list[int] = []

    def fail(route: Route) -> None:
        tried.append(status)
        # Without the button it would wait for an hour.
        route.fulfill(status=status, headers={"Retry-After": "3600"}) if status else route.abort()

    tab.route("**/messages", fail)
    ask(tab, BALANCE)
    expect(tab.locator(".unsent")).to_contain_text("Not sent yet")
    expect(last(tab)).to_be_hidden()
    tab.unroute("**/messages")
    tab.get_by_role("button", name="Retry").click()
    expect_answer(tab)
    assert recorded(tab, server) == [BALANCE] and tried


@pytest.mark.slow
def test_by_itself_it_is_sent_again_after_a_while(tab: Page, server: Server) -> None:
    tab.route("**/messages", lambda route: route.abort(), times=2)
    ask(tab, BALANCE)
    expect_answer(tab)
    assert recorded(tab, server) == [BALANCE]


def test_what_the_server_refuses_is_given_back_with_its_words(tab: Page) -> None:
    unfit = "\u200b\u200b"  # nothing that can be seen, and no space either
    tab.fill("#message", unfit)
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("alert")).to_contain_text("nothing to read in that message. Type your question")
    expect(tab.locator("#message")).to_have_value(unfit)
    expect(tab.locator(".turn.customer")).to_have_count(0)
    tab.fill("#message", BALANCE)
    tab.keyboard.press("Enter")
    expect_answer(tab)
    assert kept(tab) == []


@pytest.mark.slow
def test_two_tabs_show_both_what_was_sent_in_either(tab: Page, server: Server) -> None:
    ask(tab, BALANCE)
    expect_answer(tab)
    other = tab.context.new_page()
    other.set_default_timeout(PATIENCE)
    other.goto(tab.url)
    expect(other.locator("#send")).to_be_enabled()
    with standstill(server.home):
        ask(tab, FEE)
        expect(last(tab).locator(".progress")).to_be_visible()
        ask(other, CARD)
        expect(last(other).locator(".progress")).to_be_visible()
    for page in (tab, other):
        expect(page.locator(".turn.customer")).to_have_count(3)
        expect(page.locator("#log")).to_contain_text("$2.50")
        expect(page.locator("#log")).to_contain_text("1-800-555-0117")
    assert sorted(recorded(tab, server)) == sorted([BALANCE, FEE, CARD])


@pytest.mark.slow
def test_a_message_of_another_conversation_is_sent_from_this_page(tab: Page, server: Server) -> None:
    ask(tab, BALANCE)
    expect_answer(tab)
    address = tab.url
    tab.route("**/messages", lambda route: route.abort())
    ask(tab, FEE)
    expect(tab.locator(".unsent")).to_be_visible()
    tab.goto("/")
    tab.unroute("**/messages")
    ask(tab, CARD)
    expect_answer(tab, "1-800-555-0117")
    expect(tab.locator(".turn.customer")).to_have_count(1)
    tab.goto(address)
    expect(tab.locator(".turn.customer .bubble")).to_have_text([BALANCE, FEE])
    assert recorded(tab, server) == [BALANCE, FEE]


@pytest.mark.slow
def test_after_a_session_has_ended_message_and_draft_are_kept_for_their_customer_only(
    tab: Page, server: Server
) -> None:
    ask(tab, BALANCE)
    expect_answer(tab)
    address = tab.url
    tab.context.clear_cookies()
    ask(tab, FEE)
    notice = tab.get_by_role("alert")
    expect(notice).to_have_text("You have been signed out. Sign in again to go on; your message is kept.")
    tab.keyboard.type("a draft")
    notice.get_by_role("link", name="Sign in again").click()
    sign_in(tab, server, "ben")
    expect(tab.locator("#message")).to_have_value("")
    expect(tab.locator(".turn.customer")).to_have_count(0)
    assert kept(tab) == []
    tab.get_by_text("Sign out").click()
    sign_in(tab, server)
    expect(tab).to_have_url(address)
    expect_answer(tab, "$2.50")
    expect(tab.locator("#message")).to_have_value("a draft")
    assert recorded(tab, server) == [BALANCE, FEE]


@pytest.mark.slow
def test_a_page_of_one_customer_sends_nothing_for_another_who_has_signed_in_since(tab: Page, server: Server) -> None:
    other = tab.context.new_page()
    other.set_default_timeout(PATIENCE)
    other.goto("/")
    other.get_by_text("Sign out").click()
    sign_in(other, server, "ben")
    with server.client("ben") as client:
        before = client.get("/api/v1/conversations").json()
    ask(tab, BALANCE)
    expect(tab.get_by_role("alert")).to_contain_text("your message is kept")
    other.reload()
    expect(other.locator("#sender")).to_have_count(1)  # still signed in
    with server.client("ben") as client:
        assert client.get("/api/v1/conversations").json() == before


def test_a_draft_survives_a_reload(tab: Page) -> None:
    tab.keyboard.type("half a thou")
    tab.reload()
    expect(tab.locator("#message")).to_have_value("half a thou")
    tab.goto("/conversations/none")
    expect(tab.get_by_role("alert")).to_contain_text("could not find this conversation")
    expect(tab.locator("#message")).to_have_value("half a thou")


def test_in_a_conversation_that_is_not_there_a_message_starts_one(tab: Page, server: Server) -> None:
    tab.goto("/conversations/none")
    expect(tab.locator("#send")).to_be_enabled()
    ask(tab, BALANCE)
    expect_answer(tab)
    assert not tab.url.endswith("/none") and recorded(tab, server) == [BALANCE]


@pytest.mark.slow
def test_the_view_follows_a_reply_unless_the_reader_has_scrolled_up(tab: Page) -> None:
    tab.set_viewport_size(PHONE)
    for count in range(1, 5):
        ask(tab, FEE)
        expect(tab.locator(".turn.customer")).to_have_count(count)
        expect_answer(tab, "$2.50")
    log = tab.locator("#log")
    assert log.evaluate("log => log.scrollHeight - log.scrollTop - log.clientHeight") < 2
    slow_down(tab, 700)
    ask(tab, BALANCE)
    expect(last(tab)).to_be_in_viewport()
    log.evaluate("log => { log.scrollTop = 0 }")
    expect_answer(tab)
    assert log.evaluate("log => log.scrollTop") == 0
    tab.get_by_role("button", name="New reply").click()
    expect(last(tab)).to_be_in_viewport()
    expect(tab.locator("#newest")).to_be_hidden()
    expect(tab.locator("#message")).to_be_focused()


def test_a_screen_reader_hears_the_reply_once_and_no_step(tab: Page) -> None:
    tab.evaluate(
        """() => {
            window.heard = [];
            const announcer = document.getElementById("announcer");
            new MutationObserver(() => heard.push(announcer.textContent)).observe(announcer, { childList: true });
        }"""
    )
    ask(tab, BALANCE)
    expect_answer(tab)
    expect(tab.locator("#announcer")).to_contain_text("$2,682.00")
    heard = tab.evaluate("heard")
    assert heard[0] == "Sending …" and len(heard) == 2
    assert tab.locator("#log").get_attribute("aria-live") == "off"


def test_somebody_elses_stream_is_nobodys_and_its_owner_is_still_answered(server: Server) -> None:
    ada, ben = server.client(), server.client()
    for client, user in ((ada, "ada"), (ben, "ben")):
        client.post("/sign-in", data={"username": user, "password": server.password(user)})
    sent = ada.post("/messages", data={"message": BALANCE, "message_id": "ticket"}).text
    stream = f"/messages/{turn_of(conversation_of('CUST-1', 'ticket'), 'ticket')}/stream"
    assert f'sse-connect="{stream}"' in sent
    assert ben.get(stream).status_code == 204
    assert ben.get(f"/conversations/{conversation_of('CUST-1', 'ticket')}").status_code == 404
    assert server.client().get(stream).status_code == 303
    assert "$2,682.00" in ada.get(stream).text
    assert ada.get(stream).status_code == 204


@pytest.fixture
def generating(
    browser: Browser, fresh: Path, model: tuple[str, type[Model]]
) -> Iterator[tuple[Page, Server, type[Model]]]:
    """A tab whose replies a model writes sentence by sentence, a second each."""
    url, kind = model
    kind.pause = 1.0
    running = start(fresh, TELLERBOT_WRITER__URL=url, TELLERBOT_WRITER__MODEL="any")
    page = open_tab(browser, running)
    yield page, running, kind
    page.context.close()
    running.stop()


@pytest.mark.slow
def test_stop_ends_the_reply_and_the_turn_is_kept(generating: tuple[Page, Server, type[Model]]) -> None:
    page, running, kind = generating
    ask(page, CARD)
    expect(last(page)).to_contain_text("Don't worry.")
    page.keyboard.type("a draft")
    page.get_by_role("button", name="Stop").click()
    expect(last(page)).to_contain_text("You stopped this reply")
    expect(page.locator("#stop")).to_be_hidden()
    expect(page.locator("#message")).to_be_focused()
    assert kept(page) == []
    deadline = time.monotonic() + 30
    while not kind.broken and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert kind.broken  # the model writes no further
    kind.pause = 0
    ask(page, " and so on")
    expect(last(page)).to_contain_text("Don't worry.")
    expect(page.locator("#stop")).to_be_hidden()
    assert recorded(page, running) == [CARD, "a draft and so on"]


@pytest.mark.slow
def test_a_server_that_is_killed_in_mid_stream_answers_once_it_is_up_again(
    browser: Browser, fresh: Path, model: tuple[str, type[Model]]
) -> None:
    url, kind = model
    kind.pause = 1.0
    settings = {"TELLERBOT_WRITER__URL": url, "TELLERBOT_WRITER__MODEL": "any"}
    running = start(fresh, **settings)
    page = open_tab(browser, running)
    ask(page, CARD)
    expect(last(page)).to_contain_text("Don't worry.")
    running.stop(signal.SIGKILL)
    ask(page, BALANCE)
    kind.pause = 0
    running = start(fresh, httpx.URL(running.url).port or 0, **settings)
    expect(page.locator(".turn.customer .bubble")).to_have_text([CARD, BALANCE])
    expect_answer(page)
    expect(page.locator(".turn.assistant").nth(1)).to_contain_text("1-800-555-0117")
    assert recorded(page, running) == [CARD, BALANCE] and conversations(running) == 1
    page.context.close()
    running.stop()


@pytest.mark.slow
def test_a_page_loaded_again_after_a_restart_sends_what_the_server_has_forgotten(
    browser: Browser, own_home: Path
) -> None:
    running = start(own_home)
    page = open_tab(browser, running)
    with standstill(own_home):
        ask(page, BALANCE)
        expect(page).to_have_url(re.compile("/conversations/"))
        address = page.url
        running.stop(signal.SIGKILL)
    running = start(own_home, httpx.URL(running.url).port or 0)
    page.reload()
    expect(page.locator(".turn.customer .bubble")).to_have_text([BALANCE])
    expect_answer(page)
    assert page.url == address and recorded(page, running) == [BALANCE] and kept(page) == []
    page.context.close()
    running.stop()


def test_a_ticket_is_good_for_ten_minutes() -> None:
    message = Message(Customer("CUST-1", "Ada"), "talk", BALANCE, "turn")
    ages = {age: Ticket(message, "turn", "id", BALANCE, time.monotonic() - age).is_good for age in (0, 590, 601)}
    assert ages == {0: True, 590: True, 601: False}
