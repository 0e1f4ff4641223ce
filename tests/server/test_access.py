"""Whether everybody can use the pages: by keyboard alone, with a screen reader, enlarged, without motion.

axe-core looks through them in every state, width and colour scheme.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, StorageState, ViewportSize, expect, sync_playwright

from server.conftest import CHROMIUM, FLAGS, PHONE, Server, ask, start  # pyright: ignore[reportMissingImports]
from shared import copy_home
from tellerbot.assistant.load import open_store
from tellerbot.conversation.event_values import Block
from tellerbot.conversation.events import MessageReceived, ReplySent, TurnMeasured
from tellerbot.records.cases import Cases
from tellerbot.settings import Settings

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="No Chromium here: apt-get install chromium")
# The success criteria of WCAG 2.2, levels A and AA, and what axe holds to be good practice beside.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
SIZES: tuple[ViewportSize, ...] = (
    {"width": 1200, "height": 900},
    {"width": 390, "height": 844},
    {"width": 320, "height": 640},
)
TABLE = (
    Block("text", "What you earn with us:"),
    Block("table", columns=("Term", "Rate"), rows=(("12 months", "2.10%"), ("24 months", "2.40%"))),
    Block("steps", rows=(("Choose a term.",), ("Sign.",))),
    Block("total", "$3.00 = sum of 2 transactions", rows=(("November 3", "$1.00"), ("November 4", "$2.00"))),
)


@pytest.fixture(scope="module")
def server(demo_flow_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = copy_home(demo_flow_home, tmp_path_factory.mktemp("access"))
    limits = {"TELLERBOT_SIGN_INS_PER_MINUTE": "1000", "TELLERBOT_MESSAGES_PER_MINUTE": "100000"}
    running = start(home, **limits, TELLERBOT_SERVICE_TOKENS=secrets.token_hex(32))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def talks(server: Server) -> dict[str, str]:
    """Addresses of conversations: one with all that a reply can hold, one that an agent has."""
    store = open_store(Settings(home=server.home))
    with server.client("ada") as client:

        def say(message: str, conversation: str | None = None) -> dict[str, Any]:
            body = {"message": message, "conversation_id": conversation}
            return client.post("/api/v1/chat/", json=body).json()

        full = say("what is my balance, my card is 4111 1111 1111 1111")["conversation_id"]
        for message in ("what is the atm fee", "make a transfer", "savings", "$3", "yes"):
            say(message, full)
        asked = MessageReceived("which rates do you have", (), "1.0.0")
        store.append(full, "table", "CUST-1", [asked, ReplySent("2.10%", blocks=TABLE), TurnMeasured(())])
        for message in ("make a transfer", "savings", "$4"):
            say(message, full)
        handed = say("give me a human agent now")
    cases = Cases(store)
    cases.claim(handed["reference"], "Kim")
    cases.reply(handed["reference"], "Kim", "Hello Ada, call me at 1-800-555-0117.")
    store.engine.dispose()
    return {"full": f"/conversations/{full}", "agent": f"/conversations/{handed['conversation_id']}"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=60_000)  # for a machine that is busy with much else
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
    expect.set_options(timeout=5_000)


@pytest.fixture(scope="module")
def session(browser: Browser, server: Server) -> StorageState:
    """Signed in as Ada."""
    context = browser.new_context(base_url=server.url)
    page = context.new_page()
    page.goto("/")
    page.fill("#username", "ada")
    page.fill("#password", server.password("ada"))
    page.keyboard.press("Enter")
    expect(page.locator("#send")).to_be_enabled()
    state = context.storage_state()
    context.close()
    return state


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, server: Server) -> Iterator[Open]:
    """Open a page in a context of its own, which goes with the test; without motion, unless it is asked for."""
    contexts = []

    def open_it(size: ViewportSize, path: str = "/", **options: Any) -> Page:
        options = {"base_url": server.url, "viewport": size, "reduced_motion": "reduce", **options}
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.goto(path)
        return page

    yield open_it
    for context in contexts:
        context.close()


def open_all(page: Page) -> None:
    """Open the sources and the rows of totals."""
    expect(page.locator("#send")).to_be_enabled()
    for summary in page.locator("#log summary").all():
        summary.click()


def show_menu(page: Page, name: str) -> None:
    """Open the form that renames or deletes the newest conversation."""
    expect(page.locator("#send")).to_be_enabled()
    if page.locator("[popovertarget=panel]").first.is_visible():
        page.locator("[popovertarget=panel]").first.click()
    page.locator("#conversations li").first.hover()
    page.locator(".more > summary").first.click()
    page.locator(".more details > summary", has_text=name).first.click()


def send_nothing(page: Page) -> None:
    """Send a message that is on its way for ever."""
    expect(page.locator("#send")).to_be_enabled()
    page.route("**/stream", lambda _: None)
    page.fill("#message", "what is my balance")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()


def go_offline(page: Page) -> None:
    expect(page.locator("#send")).to_be_enabled()
    page.context.set_offline(True)
    page.fill("#message", "what is my balance")
    page.keyboard.press("Enter")
    expect(page.locator(".unsent")).to_be_visible()


def states(talks: dict[str, str]) -> Iterator[tuple[str, str, Callable[[Page], object]]]:
    """The states of the pages of who is signed in: a name, an address, and how to get there from it."""
    yield "empty", "/", lambda page: expect(page.locator("#send")).to_be_enabled()
    yield "full", talks["full"], open_all
    yield "agent", talks["agent"], lambda page: expect(page.locator(".turn.agent")).to_have_count(2)
    yield "rename", "/", lambda page: show_menu(page, "Rename")
    yield "delete", "/", lambda page: show_menu(page, "Delete")
    yield "busy", "/", send_nothing
    yield "offline", "/", go_offline
    yield "unknown", "/conversations/none", lambda page: expect(page.get_by_role("alert")).to_be_visible()
    yield "policy", "/policies/1.0.0/fees", lambda _: None
    yield "phone", "/demo-phone", lambda _: None
    yield "error", "/nowhere", lambda _: None


def barriers(page: Page) -> list[str]:
    """What axe finds in the light, and of colours in the dark, as its rule and the element."""
    found = []
    rules: dict[Literal["light", "dark"], Any] = {
        "light": {"type": "tag", "values": RULES}, "dark": {"type": "rule", "values": COLOURS}
    }  # fmt: skip
    for scheme, what in rules.items():
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        violations = Axe().run(page, options={"runOnly": what}).response["violations"]
        found += [f"{scheme} {each['id']}: {node['html'][:200]}" for each in violations for node in each["nodes"]]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES, ids=lambda size: str(size["width"]))
def test_axe_finds_no_barrier(
    open_page: Open, session: StorageState, talks: dict[str, str], size: ViewportSize
) -> None:
    page = open_page(size)
    found = {"sign-in": barriers(page)}
    page.fill("#username", "ada")
    page.fill("#password", "wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    found["wrong password"] = barriers(page)
    for name, path, reach in states(talks):
        page = open_page(size, path, storage_state=session)
        reach(page)
        found[name] = barriers(page)
        page.context.close()
    assert {name: each for name, each in found.items() if each} == {}


def test_a_screen_reader_meets_things_in_their_order(
    open_page: Open, session: StorageState, talks: dict[str, str]
) -> None:
    page = open_page(PHONE, talks["full"], storage_state=session)
    expect(page.locator("#send")).to_be_enabled()
    lines = page.locator("body").aria_snapshot().splitlines()
    landmarks = [
        line.rstrip(":") for line in lines if re.match("(  )?- (banner|main|button|heading|log|textbox)", line)
    ]
    assert landmarks == [
        "- banner",
        '  - button "Your conversations"',
        '  - heading "Fernhollow Assistant" [level=1]',
        '  - button "Sign out"',
        "- main",
        '  - log "Conversation"',
        '  - textbox "Your message"',
        '  - button "Send"',
    ]
    # Each message has whose it is for its heading.
    headings = page.get_by_role("log").get_by_role("heading", level=2)
    assert headings.all_inner_texts() == ["Assistant", *["You", "Assistant"] * 10]
    page.goto(talks["agent"])
    expect(page.locator(".turn.agent").get_by_role("heading")).to_have_text(["Kim"])


# As it is shown, the element that has the focus can be seen, and so can it that it has the focus.
FOCUS = """() => {
    const element = document.activeElement, style = getComputedStyle(element), box = element.getBoundingClientRect();
    const inside = [box.left + box.width / 2, Math.min(box.top + box.height / 2, innerHeight - 1)];
    const top = document.elementFromPoint(...inside);
    return element !== document.body && element.matches(":focus-visible") && style.outlineStyle === "solid"
        && parseFloat(style.outlineWidth) >= 2 && element.checkVisibility({ opacityProperty: true })
        && (element.contains(top) || top?.contains(element));
}"""


def tab_to(page: Page, goal: Locator, key: str = "Tab") -> None:
    """Press a key until something has the focus; whatever has it on the way can be seen to have it."""
    for _ in range(60):
        page.keyboard.press(key)
        assert page.evaluate(FOCUS), page.evaluate("document.activeElement.outerHTML")
        if goal.evaluate("goal => goal === document.activeElement"):
            return
    raise AssertionError(
        f"Expected the focus on {goal}, found it on {page.evaluate('document.activeElement.outerHTML')}"
    )


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES[:2], ids=lambda size: str(size["width"]))
def test_everything_is_done_by_keyboard_alone(open_page: Open, server: Server, size: ViewportSize) -> None:
    page = open_page(size)
    expect(page.locator("#username")).to_be_focused()
    page.keyboard.type("ada")
    page.keyboard.press("Tab")
    ask(page, server.password("ada"))
    expect(page.locator("#send")).to_be_enabled()
    expect(page.locator("#message")).to_be_focused()
    reply = page.locator(".turn.assistant").last
    ask(page, "make a transfer")
    expect(reply.locator(".choices")).to_be_visible()
    tab_to(page, reply.get_by_role("button", name="Steady Savings"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(reply).to_contain_text("How much")
    expect(page.locator("#message")).to_be_focused()
    tab_to(page, reply.get_by_role("button", name="Yes"), "Shift+Tab")
    page.keyboard.press("Space")
    expect(reply.locator(".rating")).to_contain_text("Thank you.")
    expect(reply.get_by_role("button", name="Yes")).to_be_focused()

    in_panel = page.locator("#panel")
    expect(in_panel.locator("[aria-current]")).to_contain_text("make a transfer")
    if size["width"] < 1000:
        tab_to(page, page.get_by_role("button", name="Your conversations"), "Shift+Tab")
        page.keyboard.press("Enter")
        expect(in_panel.get_by_role("link", name="New conversation")).to_be_focused()
    for name in ("Rename", "Delete"):
        # On the desk from the message back to the list; from what says that it is renamed on into it.
        is_back = size["width"] >= 1000 and name == "Rename"
        tab_to(page, in_panel.locator(".more > summary").first, "Shift+Tab" if is_back else "Tab")
        page.keyboard.press("Enter")
        tab_to(page, in_panel.locator(".more details > summary", has_text=name).first)
        page.keyboard.press("Enter")
        if name == "Rename":
            expect(in_panel.locator("#conversations input:visible")).to_be_focused()
            ask(page, "Holiday money")
            expect(in_panel.get_by_role("status")).to_have_text("The title is now “Holiday money”.")
            expect(in_panel.get_by_role("status")).to_be_focused()
        else:
            tab_to(page, in_panel.get_by_role("button", name="Delete this conversation").first)
            page.keyboard.press("Enter")
    expect(page.locator(".turn.customer")).to_have_count(0)
    expect(in_panel.get_by_role("link", name="Holiday money")).to_have_count(0)
    expect(page.locator("#message")).to_be_focused()
    tab_to(page, page.get_by_role("button", name="Sign out"), "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#username")).to_be_focused()


# What is wider than its place, but for what is meant to scroll or to end in an ellipsis.
OVERFULL = """() => [...document.querySelectorAll("html, body, body *")].filter(each => each.checkVisibility()
    && !each.closest(".hidden, .rows, svg, input, textarea") && !each.matches("#conversations a span")
    && getComputedStyle(each).display !== "inline" && each.scrollWidth > each.clientWidth + 1
).map(each => each.outerHTML.slice(0, 200))"""


# 1280 x 720 at 200 %, and 1280 x 1024 at 400 % (WCAG 2.2, 1.4.10).
@pytest.mark.slow
@pytest.mark.parametrize("size", [(640, 360, 2), (320, 256, 4)], ids=["200%", "400%"])
def test_enlarged_nothing_is_cut_off(
    open_page: Open, session: StorageState, talks: dict[str, str], size: tuple[int, int, int]
) -> None:
    view: ViewportSize = {"width": size[0], "height": size[1]}
    for name, path, reach in states(talks):
        page = open_page(view, path, storage_state=session, device_scale_factor=size[2])
        reach(page)
        found = page.evaluate(OVERFULL)
        assert found == [], name
        if page.locator("#send").count():
            box, log = page.locator("#send").bounding_box(), page.locator("#log").bounding_box()
            assert box and box["y"] + box["height"] <= view["height"], name
            assert log and log["height"] >= 60, name
        page.context.close()


def test_nothing_moves_for_who_wants_no_motion(open_page: Open, session: StorageState) -> None:
    count = "document.getAnimations().filter(each => each.effect.getComputedTiming().activeDuration > 1).length"
    for motion, is_moving in (("reduce", False), ("no-preference", True)):
        page = open_page(PHONE, storage_state=session, reduced_motion=motion)
        send_nothing(page)
        assert (page.evaluate(count) > 0) == is_moving
        page.locator("[popovertarget=panel]").first.click()
        assert (page.evaluate(count) > 0) == is_moving
