"""How the pages look: readable colours, nothing cut off, the bank's own look, no breach of the security policy."""

import re
import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from playwright.sync_api import Page, expect

from server.conftest import CHROMIUM, Server, open_last_conversation, start  # pyright: ignore[reportMissingImports]
from tellerbot.project.look import DARK_PAPER, PAPER, Look, contrast
from tellerbot.server.look import look_css
from tellerbot.server.render import HERE, link_phones, trim_quote

needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="No Chromium here: apt-get install chromium")
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4" fill="#7a1f5c"/></svg>'
LOOK = {"logo": "logo.svg", "accent": "#7a1f5c", "accent_dark": "#e79ccb", "corner": 4}


def colours(scheme: str) -> dict[str, str]:
    """The colours of style.css."""
    style = (HERE / "static" / "style.css").read_text()
    light, dark = style.split("@media (prefers-color-scheme: dark)")[:2]
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", light))
    return found if scheme == "light" else found | dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", dark))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_and_every_control_be_seen(scheme: str) -> None:
    found = colours(scheme)
    assert found["paper"] == (PAPER if scheme == "light" else DARK_PAPER)
    for text, paper in product(("ink", "soft", "warn", "accent"), ("paper", "wash")):
        assert contrast(found[text], found[paper]) >= 4.5, (text, paper)
    assert contrast(found["on-accent"], found["accent"]) >= 4.5
    for paper in ("paper", "wash"):
        assert contrast(found["edge"], found[paper]) >= 3, paper


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.005)


def test_the_look_is_custom_properties_only() -> None:
    assert look_css(Look()) == ""
    assert look_css(Look.model_validate(LOOK)) == (
        ":root { --accent: #7a1f5c; --corner: 4px; }\n"
        "@media (prefers-color-scheme: dark) { :root { --accent: #e79ccb; } }\n"
    )
    assert look_css(Look(corner=0)) == ":root { --corner: 0px; }\n"


def test_phone_numbers_are_links_and_all_else_is_escaped() -> None:
    assert link_phones("<b>Call</b> 1-800-555-0117 & wait") == (
        '&lt;b&gt;Call&lt;/b&gt; <a href="tel:+1-800-555-0117">1-800-555-0117</a> &amp; wait'
    )
    for text in ("ending in 4821", "$1,234,567.00", "2026-11-30", "GHBLFGCM", "8:30 am to 4:30 pm", "5 - 3 is 2"):
        assert link_phones(text) == text


def test_a_quote_leaves_out_what_the_reply_says() -> None:
    quote = "It is free. Abroad it costs $5.00.\nAsk us."
    assert trim_quote(quote, "Good news.") == quote
    assert trim_quote(quote, "Good news.\n- It is  free.") == "… Abroad it costs $5.00.\nAsk us."
    assert trim_quote(quote, "It is free. Abroad it costs $5.00. Ask us.") == ""


@pytest.fixture(scope="module")
def themed(tiny_project: Path, tiny_run: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose project has a look of its own."""
    from tellerbot.release.build import build_release
    from tellerbot.release.registry import Registry
    from tellerbot.settings import Settings

    folder = tmp_path_factory.mktemp("themed")
    project = folder / "bank"
    shutil.copytree(tiny_project, project)
    (project / "logo.svg").write_text(LOGO)
    file = project / "assistant.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "look": LOOK}))
    registry = Registry.at(Settings(home=folder))
    build_release(project, tiny_run.folder, registry)
    registry.promote("production", "1.0.0")
    running = start(folder)
    yield running
    running.stop()


@pytest.mark.slow
def test_the_bank_looks_like_itself(themed: Server) -> None:
    with httpx.Client(base_url=themed.url) as client:
        page = client.get("/").text
        addresses = re.findall(r'(?:src|href)="(/(?:logo|look\.css)[^"]*)"', page)
        assert set(addresses) == {"/logo?1.0.0", "/look.css?1.0.0"}
        style, logo = client.get("/look.css?1.0.0"), client.get("/logo?1.0.0")
        assert style.headers["content-type"].startswith("text/css") and "--accent: #7a1f5c" in style.text
        assert logo.headers["content-type"] == "image/svg+xml" and logo.text == LOGO
        assert style.headers["cache-control"] == logo.headers["cache-control"] == "max-age=86400"


def test_without_a_look_there_is_no_logo(server: Server) -> None:
    client = server.client()
    assert client.get("/logo").status_code == 404
    assert client.get("/look.css").text == ""


@pytest.mark.slow
@needs_browser
def test_the_accent_colours_the_buttons(browser_page: Page, themed: Server) -> None:
    browser_page.goto(themed.url)
    button = browser_page.get_by_role("button", name="Sign in")
    expect(button).to_have_css("background-color", "rgb(122, 31, 92)")
    expect(button).to_have_css("border-radius", "4px")
    assert browser_page.locator("img.mark").evaluate("image => image.naturalWidth") > 0
    browser_page.emulate_media(color_scheme="dark")
    expect(button).to_have_css("background-color", "rgb(231, 156, 203)")
    browser_page.emulate_media(color_scheme="light")


@pytest.mark.slow
@needs_browser
@pytest.mark.parametrize(
    ("width", "height", "text"), [(390, 780, 100), (320, 640, 100), (390, 780, 200), (800, 450, 200)]
)
def test_nothing_is_cut_off(page: Page, width: int, height: int, text: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    for question, words in (("what is the atm fee", "$2.50"), ("what is my balance " + "x" * 90, "")):
        page.fill("#message", question)
        page.keyboard.press("Enter")
        expect(page.locator(".turn.assistant").last).to_contain_text(words or "Helpful?")
    for summary in page.locator(".source summary").all():
        summary.click()
    page.evaluate("size => new CSSStyleSheet().replace(`html { font-size: ${size}% }`)"
                  ".then(sheet => document.adoptedStyleSheets.push(sheet))", text)  # fmt: skip
    page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("(log => log.scrollWidth - log.clientWidth)(document.getElementById('log'))") <= 0
    box = page.locator("#send").bounding_box()
    assert box and box["x"] + box["width"] <= width and box["y"] + box["height"] <= height
    cut = page.evaluate("""[...document.querySelectorAll("#log p, #log li, #log button, #log summary")]
        .filter(each => each.scrollWidth > each.clientWidth + 1 && each.checkVisibility()
            && getComputedStyle(each).display !== "inline").map(each => each.outerHTML)""")
    assert cut == []


@pytest.mark.slow
@needs_browser
def test_a_whole_conversation_breaches_no_security_policy(page: Page) -> None:
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.add_init_script("""addEventListener("securitypolicyviolation",
        event => console.error(`${event.violatedDirective} ${event.blockedURI}`))""")
    page.reload()
    expect(page.locator("#send")).to_be_enabled()
    for question, words in (("what is the atm fee", "$2.50"), ("what is my balance", "$2,682.00")):
        page.fill("#message", question)
        page.keyboard.press("Enter")
        expect(page.locator(".turn.assistant").last).to_contain_text(words)
    page.locator(".turn.assistant").last.get_by_role("button", name="Yes").click()
    expect(page.locator(".rating").last).to_contain_text("Thank you.")
    page.locator(".source summary").first.click()
    open_last_conversation(page)
    expect(page.locator(".turn.customer")).to_have_count(2)
    assert page.locator("style, [style]").count() == 0
    assert problems == []
    # The listener hears of a breach.
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.wait_for_timeout(200)
    assert len(problems) >= 1 and all("style-src" in problem or "inline style" in problem for problem in problems)
