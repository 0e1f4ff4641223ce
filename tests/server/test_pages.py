"""The chat page in a real Chromium."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from server.conftest import CHROMIUM, PHONE, Server, ask, open_last_conversation, start  # pyright: ignore[reportMissingImports]
from shared import copy_home
from tellerbot.assistant.load import open_store
from tellerbot.conversation.events import MessageReceived, ReplySent, TurnMeasured
from tellerbot.settings import Settings

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="No Chromium here: apt-get install chromium")


def test_a_wrong_password_is_told_and_nothing_is_shown(browser_page: Page) -> None:
    browser_page.context.clear_cookies()
    browser_page.goto("/")
    browser_page.fill("#username", "ada")
    browser_page.fill("#password", "wrong")
    browser_page.click("button")
    expect(browser_page.get_by_role("alert")).to_have_text(
        "That user name and password don't match. Check both and try again."
    )
    expect(browser_page.locator("#message")).to_have_count(0)


def test_a_question_streams_its_answer_with_sources(page: Page) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    ask(page, "what is the atm fee")
    reply = page.locator(".turn.assistant").last
    expect(reply).to_contain_text("$2.50")
    expect(page.locator("#message")).to_have_value("")
    reply.get_by_text("Fees and charges: ATM withdrawals").first.click()
    expect(reply).to_contain_text("in force from January 1, 2026")
    reply.get_by_text("Where the figures come from").click()
    expect(reply).to_contain_text("Our records of fees, ATM out of network")
    assert problems == []


def test_what_is_typed_before_the_scripts_are_there_is_kept_and_can_be_sent(page: Page) -> None:
    held: list[Route] = []
    page.route("**/scripts/htmx.js", lambda route: held.append(route))
    page.goto("/", wait_until="commit")
    page.fill("#message", "what is the atm fee")
    expect(page.locator("#send")).to_be_disabled()
    held[0].continue_()
    expect(page.locator("#send")).to_be_enabled()
    expect(page.locator("#message")).to_have_value("what is the atm fee")
    page.click("#send")
    expect(page.locator(".turn.assistant").last).to_contain_text("$2.50")
    page.unroute("**/scripts/htmx.js")


def test_a_citation_opens_its_passage_in_the_document(page: Page) -> None:
    ask(page, "what is the atm fee")
    # The tiny tokenizer makes so many tokens of a section that it comes in pieces.
    citation = (
        page.locator(".turn.assistant").last.locator("details").filter(has_text="withdrawal in the United States")
    )
    citation.get_by_text("Fees and charges: ATM withdrawals").click()
    with page.context.expect_page() as opened:
        citation.get_by_text("Open in the document").click()
    document = opened.value
    expect(document.get_by_role("heading", name="Fees and charges", exact=True)).to_be_visible()
    expect(document.get_by_text("in force from January 1, 2026")).to_be_visible()
    cited = document.locator("section:target")
    expect(cited).to_contain_text("Quoted in the reply")
    expect(cited).to_contain_text("ATM withdrawal in the United States costs $2.50")
    expect(document.locator(".cited:visible")).to_have_count(1)
    assert document.locator("h2").all_text_contents()[:2] == ["ATM withdrawals", "Overdraft fees"]
    document.set_viewport_size(PHONE)
    assert document.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    document.close()


@pytest.mark.slow
def test_a_contradiction_is_handed_over_and_what_nothing_answers_is_not(
    browser_page: Page, disagreeing_home: Path, tmp_path: Path
) -> None:
    server = start(copy_home(disagreeing_home, tmp_path))
    try:
        assert browser_page.context.browser
        page = browser_page.context.browser.new_page()
        page.goto(server.url)
        page.fill("#username", "ada")
        page.fill("#password", server.password("ada"))
        page.keyboard.press("Enter")
        expect(page.locator("#send")).to_be_enabled()
        for question, handed in (("my lost card again", 0), ("what is the atm fee", 1)):
            ask(page, question)
            expect(page.locator("#message")).to_have_value("")
            expect(page.locator(".said").get_by_text("Your reference is")).to_have_count(handed)
            if not handed:
                expect(page.locator(".turn.assistant").last).to_contain_text("I don't know that yet")
                expect(page.get_by_role("button", name="Talk to a person")).to_be_visible()
        expect(page.get_by_text("Open in the document")).to_have_count(0)
        page.close()
    finally:
        server.stop()


def test_only_what_can_have_been_cited_can_be_opened(server: Server) -> None:
    client = server.client()
    form = {"username": "ada", "password": server.password("ada")}
    assert client.get("/policies/1.0.0/fees").status_code == 303
    assert client.post("/sign-in", data=form).status_code == 303
    assert "<title>Fees and charges" in client.get("/policies/1.0.0/fees").text
    assert "no longer in force" in client.get("/policies/1.0.0/fees-2025").text
    for address in (
        "1.0.0/nothing",
        "1.1.0/fees",  # on the shelf, but never served
        "9.9.9/fees",
        "production/fees",
        "../fees",
        "1.0.0/..%2F..%2Fmanifest.json",
        "..%2Freleases%2F1.0.0/fees",
        "1.0.0/fees.md",
    ):
        reply = client.get(f"/policies/{address}")
        assert reply.status_code == 404 and reply.json()["error"]["code"] == "not_found"


@pytest.mark.slow
def test_the_conversation_goes_on_and_is_there_after_a_reload(page: Page) -> None:
    ask(page, "tell me a poem today")
    expect(page.locator(".turn.assistant").last).to_contain_text("I can't help with that")
    ask(page, "what is my balance")
    expect(page.locator(".turn.assistant").last).to_contain_text("$2,682.00")
    page.goto("/")
    open_last_conversation(page)
    expect(page.locator(".turn.customer")).to_have_count(2)
    expect(page.locator("#log")).to_contain_text("$2,682.00")


def test_what_a_customer_types_is_shown_as_text_and_masked(page: Page) -> None:
    ask(page, "<img src=x onerror=document.title='hacked'> lost card 4111 1111 1111 1111")
    said = page.locator(".turn.customer").last
    expect(said).to_contain_text("<img src=x")
    expect(said).to_contain_text("[card number]")
    expect(page.locator(".turn.assistant").last).to_contain_text("masked in your message: card number")
    assert page.title() == "Fernhollow Assistant"


def test_an_empty_message_is_not_sent_and_shift_enter_makes_a_line(page: Page) -> None:
    page.keyboard.press("Enter")
    expect(page.locator(".turn.customer")).to_have_count(0)
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    expect(page.locator("#message")).to_have_value("one\ntwo")
    expect(page.locator(".turn.customer")).to_have_count(0)


def test_it_fits_a_phone(page: Page) -> None:
    page.set_viewport_size(PHONE)
    ask(page, "what is the atm fee " + "x" * 120)
    expect(page.locator(".turn.assistant")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    box = page.locator("#message").bounding_box()
    assert box and box["y"] + box["height"] <= PHONE["height"]


def test_the_end_stays_in_view_where_the_window_gets_lower(page: Page) -> None:
    page.set_viewport_size(PHONE)
    for count in (1, 2, 3):
        ask(page, "what is the atm fee")
        expect(page.locator(".turn.assistant .foot")).to_have_count(count)
    # As a keyboard on the screen does it: the browser may tell of a scroll before it tells of the new height.
    page.evaluate("""() => {
        const log = document.getElementById("log");
        log.style.maxHeight = "200px";
        log.dispatchEvent(new Event("scroll"));
    }""")
    expect(page.locator(".turn.assistant .foot").last).to_be_in_viewport()


def test_signing_out_ends_it(page: Page, tmp_path: Path) -> None:
    page.get_by_text("Sign out").click()
    expect(page.locator("#password")).to_be_visible()
    page.goto("/conversations/any")
    expect(page.locator("#password")).to_be_visible()


def test_another_site_cannot_post_forms(server: Server) -> None:
    client = server.client()
    reply = client.post("/sign-in", data={"username": "ada"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert reply.status_code == 400


def test_a_long_conversation_is_shown_a_page_at_a_time(page: Page, server: Server) -> None:
    store = open_store(Settings(home=server.home))
    for number in range(105):
        received = MessageReceived(f"message {number}", (), "1.0.0")
        store.append("long", f"long-{number}", "CUST-1", [received, ReplySent(f"reply {number}"), TurnMeasured(())])
    store.engine.dispose()
    page.goto("/conversations/long")
    said = page.locator(".turn.customer .bubble")
    expect(said).to_have_count(100)
    expect(said.last).to_have_text("message 104")
    page.get_by_role("link", name="Earlier messages").click()
    expect(said).to_have_text([f"message {number}" for number in range(5)])
    expect(page.get_by_role("link", name="Earlier messages")).to_have_count(0)
    page.get_by_role("link", name="Go to the newest").click()
    expect(said).to_have_count(100)
