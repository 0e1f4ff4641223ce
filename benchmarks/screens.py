"""Pictures of the customer pages in every state, at three widths, light and dark: `make screenshots`.

A server of its own runs on the releases of TELLERBOT_HOME, over records and a demo bank that are made anew.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
SIZES = {1200: 900, 390: 844, 320: 640}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@contextmanager
def serving(home: Path) -> Iterator[tuple[str, str]]:
    """A server over the releases of `home`; gives its address and Ada's password."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "releases").symlink_to(home.resolve() / "releases")
        shutil.copytree(home / "registry", folder / "registry")
        limits = {"TELLERBOT_SIGN_INS_PER_MINUTE": "1000", "TELLERBOT_MESSAGES_PER_MINUTE": "1000"}
        process = subprocess.Popen(
            [sys.executable, "-m", "tellerbot", "serve", "--port", "0"],
            env={**os.environ, **limits, "TELLERBOT_HOME": name, "TELLERBOT_SERVICE_TOKENS": "x" * 40},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        try:
            greeting = ""
            for line in process.stdout:
                greeting += line
                if "Stop with" in line:
                    break
            address, password = (
                re.search(r"at (http://\S+)", greeting),
                re.search(r"user ada  password (\S+)", greeting),
            )
            assert address and password, greeting
            yield address[1], password[1]
        finally:
            process.terminate()
            process.wait(30)


class Walk:
    """One customer's way through the pages, pictured at each step."""

    def __init__(self, page: Page, folder: Path, password: str, is_wide: bool) -> None:
        self.page, self.folder, self.password, self.is_wide = page, folder, password, is_wide
        self.number = 0

    def picture(self, name: str) -> None:
        self.number += 1
        self.page.wait_for_timeout(300)
        width = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if width > 0:
            print(f"{self.folder.name} {name}: {width} px too wide")
        self.page.screenshot(path=self.folder / f"{self.number:02}-{name}.png", animations="disabled")

    def sign_in(self) -> None:
        self.page.goto("/")
        self.picture("sign-in")
        for password, name in (("wrong", "wrong-password"), (self.password, "empty")):
            self.page.fill("#username", "ada")
            self.page.fill("#password", password)
            self.page.keyboard.press("Enter")
            expect(self.page.locator("#send" if name == "empty" else ".problem")).to_be_visible()
            self.picture(name)

    def say(self, text: str) -> Locator:
        """Send a message; gives the reply once it is whole."""
        replies = self.page.locator(".turn.assistant")
        count = replies.count()
        expect(self.page.locator("#send")).to_be_enabled()
        self.page.fill("#message", text)
        self.page.keyboard.press("Enter")
        expect(replies).to_have_count(count + 1)
        expect(replies.last.locator(".foot")).to_have_count(1)
        return replies.last

    def replies(self) -> None:
        self.say("what is my balance")
        self.picture("list")
        self.open(self.say("how much did I spend at restaurants last month").locator(".total summary"), "total")
        self.open(self.say("what is the atm fee").locator(".source summary"), "citation")
        self.open(self.page.get_by_text("Where the figures come from").last, "table")
        self.say("which number do I call for a lost card")
        self.page.locator(".turn.assistant").last.hover()
        self.picture("phone-numbers")
        helpful = self.page.locator(".turn.assistant .rating").last.get_by_role("button", name="Yes")
        helpful.click()
        self.picture("rated")

    def open(self, summary: Locator, name: str) -> None:
        summary.first.click()
        summary.first.scroll_into_view_if_needed()
        self.picture(name)

    def flows(self) -> None:
        self.say("move $25 from my checking to my savings")
        self.picture("confirmation")
        self.say("yes")
        self.picture("receipt")
        self.say("send $200 to Tunde Okafor")
        self.say("Everyday Checking")
        self.say("yes")
        self.picture("code")
        self.say("cancel")
        self.say("I want to talk to a person")
        self.picture("hand-off")

    def conversations(self) -> None:
        self.page.goto("/")
        self.say("what are your opening hours")
        if not self.is_wide:
            self.page.click("[popovertarget=panel]")
        self.picture("conversations")
        for name in ("Rename", "Delete"):
            item = self.page.locator("#conversations li").first
            item.hover()
            if not item.locator(".more[open]").count():
                item.locator(".more > summary").click()
            item.locator(".more details > summary", has_text=name).click()
            self.picture(name.lower())
        self.page.fill("#search", "nothing like it")
        expect(self.page.locator("#conversations")).to_contain_text("No title")
        self.picture("search")

    def offline(self) -> None:
        self.page.goto("/")
        expect(self.page.locator("#send")).to_be_enabled()
        self.page.context.set_offline(True)
        self.page.fill("#message", "what is my balance")
        self.page.keyboard.press("Enter")
        expect(self.page.locator("#offline")).to_be_visible()
        self.picture("offline")
        self.page.context.set_offline(False)
        expect(self.page.locator(".turn.assistant .foot")).to_have_count(1)

    def errors(self) -> None:
        self.page.goto("/nowhere")
        self.picture("error")
        self.page.goto("/demo-phone")
        self.picture("demo-phone")


def walk(browser: Browser, address: str, password: str, folder: Path) -> None:
    for (width, height), scheme in product(SIZES.items(), SCHEMES):
        target = folder / f"{width}-{scheme}"
        target.mkdir(parents=True, exist_ok=True)
        is_wide = width >= 1000
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            has_touch=not is_wide,
            is_mobile=not is_wide,
        )
        steps = Walk(context.new_page(), target, password, is_wide)
        steps.sign_in()
        steps.replies()
        steps.flows()
        steps.conversations()
        steps.offline()
        steps.errors()
        context.close()
        print(f"{steps.number} pictures in {target}")


def picture_for_readme(browser: Browser, address: str, password: str, folder: Path) -> None:
    """Picture what the README shows, docs/chat.png: a balance, and where its figures come from."""
    context = browser.new_context(base_url=address, viewport={"width": 900, "height": 860})
    steps = Walk(context.new_page(), folder, password, is_wide=False)
    steps.page.goto("/")
    steps.page.fill("#username", "ada")
    steps.page.fill("#password", password)
    steps.page.keyboard.press("Enter")
    expect(steps.page.locator("#send")).to_be_enabled()
    steps.say("what is my balance").get_by_text("Where the figures come from").click()
    steps.page.mouse.wheel(0, 2000)
    steps.page.wait_for_timeout(300)
    steps.page.screenshot(path=folder / "chat.png", animations="disabled")
    context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("TELLERBOT_HOME", "demo")))
    parser.add_argument("--out", type=Path, default=Path("screenshots"))
    options = parser.parse_args()
    expect.set_options(timeout=60_000)  # the machine may be busy with much else
    with serving(options.home) as (address, password), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        options.out.mkdir(parents=True, exist_ok=True)
        picture_for_readme(browser, address, password, options.out)
        walk(browser, address, password, options.out)
        browser.close()


if __name__ == "__main__":
    main()
