"""The customer's conversations beside the chat, in a real Chromium: a column where there is room, a sheet elsewhere."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from playwright.sync_api import Page, ViewportSize, expect

from server.conftest import CHROMIUM, PHONE, Server  # pyright: ignore[reportMissingImports]

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="No Chromium here: apt-get install chromium")
DESK: ViewportSize = {"width": 1200, "height": 900}
FEE, BALANCE = "what is the atm fee", "what is my balance"


@pytest.fixture
def desk(page: Page) -> Page:
    page.set_viewport_size(DESK)
    return page


@pytest.fixture
def phone(page: Page) -> Page:
    page.set_viewport_size(PHONE)
    return page


def say(page: Page, text: str, words: str) -> None:
    """Ask and wait for an answer with these words."""
    expect(page.locator("#send")).to_be_enabled()
    page.fill("#message", text)
    page.keyboard.press("Enter")
    expect(page.locator(".turn.assistant").last).to_contain_text(words)


def titles(page: Page) -> list[str]:
    return page.locator("#conversations a > span").all_inner_texts()


def open_menu(page: Page, number: int, name: str) -> None:
    item = page.locator("#conversations li").nth(number)
    item.hover()
    item.locator(".more > summary").click()
    item.locator(".more details > summary", has_text=name).click()


@needs_browser
def test_a_new_conversation_is_in_the_column_as_soon_as_it_is_answered(desk: Page) -> None:
    count = len(titles(desk))
    say(desk, FEE, "$2.50")
    first = desk.locator("#conversations a").first
    expect(desk.locator("#conversations a")).to_have_count(count + 1)
    expect(first).to_contain_text(FEE)
    expect(first).to_have_attribute("aria-current", "page")
    expect(first.locator("time")).to_have_text(re.compile(r"^\d{1,2}:\d\d [AP]M$"))
    expect(first.locator("time")).to_have_attribute("title", re.compile("20\\d\\d"))
    expect(desk.get_by_role("button", name="Your conversations")).not_to_be_visible()
    expect(desk.locator("#message")).to_be_focused()


@needs_browser
def test_the_list_is_fetched_when_the_tab_comes_back(desk: Page, server: Server) -> None:
    client = server.client("ada")
    client.post("/api/v1/chat/", json={"message": "from another device, what is my balance"})
    desk.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(desk.locator("#conversations a").first).to_contain_text("from another device")


@pytest.mark.slow
@needs_browser
def test_earlier_conversations_are_shown_on_demand(desk: Page, server: Server) -> None:
    client = server.client("carmen")
    for number in range(52):
        client.post("/api/v1/chat/", json={"message": f"what is my balance, time {number}"})
    desk.get_by_text("Sign out").click()
    desk.fill("#username", "carmen")
    desk.fill("#password", server.password("carmen"))
    desk.keyboard.press("Enter")
    expect(desk.locator("#conversations a")).to_have_count(50)
    desk.get_by_role("button", name="Show earlier ones").click()
    expect(desk.locator("#conversations a")).to_have_count(52)
    expect(desk.locator("#conversations a").last).to_contain_text("time 0")
    expect(desk.get_by_role("button", name="Show earlier ones")).to_have_count(0)
    desk.fill("#search", "BALANCE, Tïme")
    expect(desk.locator("#conversations a")).to_have_count(50)
    desk.get_by_role("button", name="Show earlier ones").click()
    expect(desk.locator("#conversations a")).to_have_count(52)
    expect(desk.locator("#conversations a").last).to_contain_text("time 0")


@needs_browser
def test_search_finds_titles(desk: Page) -> None:
    say(desk, "what is the atm fee near Portland", "$2.50")
    desk.fill("#search", "PORTLAND")
    expect(desk.locator("#conversations a")).to_have_count(1)
    desk.fill("#search", "<b>%_")
    expect(desk.locator("#conversations")).to_contain_text("No title has “<b>%_” in it.")
    desk.fill("#search", "")
    expect(desk.locator("#conversations a")).not_to_have_count(1)


@needs_browser
def test_renaming_masks_and_the_other_rows_stay(desk: Page) -> None:
    say(desk, FEE, "$2.50")
    expect(desk.locator("#conversations a").first).to_have_attribute("aria-current", "page")
    before = titles(desk)[1:]
    open_menu(desk, 0, "Rename")
    expect(desk.locator("#conversations input:visible")).to_be_focused()
    # Under the hands of who types, the list is not fetched anew.
    desk.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    desk.keyboard.type("Card 4111 1111 1111 1111 & fees")
    desk.keyboard.press("Enter")
    expect(desk.locator("#conversations [role=status]")).to_have_text("The title is now “Card [card number] & fees”.")
    expect(desk.locator("#conversations [role=status]")).to_be_focused()
    assert titles(desk) == ["Card [card number] & fees", *before]
    desk.reload()
    assert titles(desk)[0] == "Card [card number] & fees"


@pytest.mark.slow
@needs_browser
def test_deleting_asks_once_more_and_leads_away_from_what_is_gone(desk: Page, server: Server) -> None:
    say(desk, FEE, "$2.50")
    desk.get_by_role("link", name="New conversation").click()
    say(desk, BALANCE, "$2,682.00")
    expect(desk.locator("#conversations a").first).to_contain_text(BALANCE)
    conversation = (desk.locator("#conversations a").nth(1).get_attribute("href") or "").rpartition("/")[2]
    count = len(titles(desk))
    open_menu(desk, 1, "Delete")
    expect(desk.locator("#conversations form:visible")).to_contain_text("The bank’s records keep it.")
    assert len(titles(desk)) == count
    desk.get_by_role("button", name="Delete this conversation").click()
    expect(desk.locator("#conversations [role=status]")).to_contain_text("left your list")
    assert len(titles(desk)) == count - 1
    assert server.client("ada").get(f"/api/v1/conversations/{conversation}").status_code == 404
    expect(desk.locator(".turn.assistant").last).to_contain_text("$2,682.00")
    open_menu(desk, 0, "Delete")
    desk.get_by_role("button", name="Delete this conversation").click()
    expect(desk.locator(".turn.customer")).to_have_count(0)
    assert len(titles(desk)) == count - 2


@needs_browser
def test_the_sheet_opens_and_closes_by_keyboard(phone: Page) -> None:
    button = phone.get_by_role("button", name="Your conversations")
    panel = phone.locator("#panel")
    expect(panel).not_to_be_visible()
    button.focus()
    phone.keyboard.press("Enter")
    expect(panel).to_be_visible()
    expect(phone.get_by_role("link", name="New conversation")).to_be_focused()
    phone.keyboard.press("Escape")
    expect(panel).not_to_be_visible()
    expect(button).to_be_focused()


@needs_browser
def test_a_sheet_that_gets_room_is_the_column(phone: Page) -> None:
    phone.get_by_role("button", name="Your conversations").click()
    phone.set_viewport_size(DESK)
    expect(phone.locator("#panel:popover-open")).to_have_count(0)
    expect(phone.locator("#panel")).to_have_css("position", "static")
    expect(phone.locator("#panel")).to_be_visible()


@needs_browser
def test_escape_closes_the_menu_before_the_sheet(phone: Page) -> None:
    say(phone, FEE, "$2.50")
    phone.get_by_role("button", name="Your conversations").click()
    expect(phone.locator("#conversations a").first).to_contain_text(FEE)
    open_menu(phone, 0, "Rename")
    phone.keyboard.press("Escape")
    phone.keyboard.press("Escape")
    expect(phone.locator("#conversations details[open]")).to_have_count(0)
    expect(phone.locator("#panel")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    phone.keyboard.press("Escape")
    expect(phone.locator("#panel")).not_to_be_visible()


@needs_browser
def test_times_are_those_of_the_reader(page: Page, server: Server) -> None:
    browser = page.context.browser
    assert browser
    context = browser.new_context(
        base_url=server.url, timezone_id="Asia/Tokyo", storage_state=page.context.storage_state()
    )
    tokyo = context.new_page()
    tokyo.goto("/")
    say(tokyo, FEE, "$2.50")
    now = tokyo.evaluate("new Intl.DateTimeFormat('en', {hour: 'numeric'}).format(new Date())").split()[1]
    for place in (".turn.customer time", ".turn.assistant .foot time", "#conversations time"):
        expect(tokyo.locator(place).first).to_have_text(re.compile(rf"^\d{{1,2}}:\d\d {now}$"))
        expect(tokyo.locator(place).first).to_have_attribute("title", re.compile(r"GMT\+9"))
    tokyo.evaluate("""document.getElementById("log").insertAdjacentHTML("beforeend",
        "<time datetime='2026-01-02T20:04:00+00:00'>x</time>")""")
    expect(tokyo.locator("#log > time")).to_have_text("Jan 3, 5:04 AM")
    context.close()


@needs_browser
def test_a_reply_is_rated_and_the_rating_can_be_changed(desk: Page, server: Server) -> None:
    say(desk, FEE, "$2.50")
    rating = desk.locator(".rating").last
    rating.get_by_role("button", name="Yes").click()
    expect(rating).to_contain_text("Thank you.")
    expect(rating.get_by_role("button", name="Yes")).to_have_attribute("aria-pressed", "true")
    expect(rating.get_by_role("button", name="Yes")).to_be_focused()
    rating.get_by_role("button", name="No").click()
    expect(rating.get_by_role("button", name="No")).to_have_attribute("aria-pressed", "true")
    expect(rating.get_by_role("button", name="Yes")).to_have_attribute("aria-pressed", "false")
    conversation = desk.locator("#conversation").input_value()
    past = server.client("ada").get(f"/api/v1/conversations/{conversation}").json()
    assert [turn["is_helpful"] for turn in past["turns"]] == [False]
    desk.reload()
    expect(desk.locator(".rating").last.get_by_role("button", name="No")).to_have_attribute("aria-pressed", "true")


@needs_browser
def test_a_reply_is_copied_as_it_reads(desk: Page) -> None:
    desk.context.grant_permissions(["clipboard-read", "clipboard-write"])
    say(desk, BALANCE, "$2,682.00")
    bubble = desk.locator(".turn.assistant").last
    bubble.hover()
    bubble.get_by_role("button", name="Copy").click()
    expect(bubble.get_by_role("button", name="Copied")).to_be_visible()
    copied = desk.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Here are your balances") and "$2,682.00" in copied
    assert "helpful" not in copied and "Where the figures" not in copied


@contextmanager
def signed_in(server: Server, user: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=30) as client:
        client.post("/sign-in", data={"username": user, "password": server.password(user)})
        yield client


def test_nobody_changes_what_is_anothers(server: Server) -> None:
    chat = server.client("ada").post("/api/v1/chat/", json={"message": BALANCE}).json()
    at, turn = f"/conversations/{chat['conversation_id']}", chat["turn_id"]
    posts = ((f"{at}/title", {"title": "mine"}), (f"{at}/deletion", {}), (f"/turns/{turn}/rating", {"helpful": "yes"}))
    with signed_in(server, "ben") as ben, signed_in(server, "ada") as ada:
        for path, form in posts:
            assert ben.post(path, data=form).status_code == 404
            assert ada.post(path, data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 400
            assert httpx.post(server.url + path, data=form).status_code == 303
        assert BALANCE not in ben.get("/conversations").text
        assert "mine" not in ada.get("/conversations").text


def test_a_title_that_cannot_be_kept_is_refused_in_plain_words(server: Server) -> None:
    chat = server.client("ada").post("/api/v1/chat/", json={"message": BALANCE}).json()
    with signed_in(server, "ada") as ada:
        for title, words in (("  ", "a word or two"), ("x" * 81, "and 80 fit"), ("a\0b", "Type it anew")):
            reply = ada.post(f"/conversations/{chat['conversation_id']}/title", data={"title": title})
            assert reply.status_code == 200 and words in reply.text and "xpected" not in reply.text
