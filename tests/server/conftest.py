"""A real server in a process of its own."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PHONE: ViewportSize = {"width": 390, "height": 780}


@dataclass
class Server:
    process: subprocess.Popen[str]
    home: Path
    url: str
    clients: list[httpx.Client] = field(default_factory=list)

    def password(self, user: str) -> str:
        lines = (self.home / "var" / "demo-passwords.txt").read_text().splitlines()
        return dict(line.split() for line in lines)[user]

    def client(self, user: str | None = None) -> httpx.Client:
        headers = {}
        if user:
            form = {"username": user, "password": self.password(user)}
            reply = httpx.post(f"{self.url}/api/v1/auth/token", data=form)
            headers["Authorization"] = f"Bearer {reply.json()['access_token']}"
        client = httpx.Client(base_url=self.url, headers=headers, timeout=30)
        self.clients.append(client)
        return client

    def stop(self, how: signal.Signals = signal.SIGTERM) -> str:
        for client in self.clients:
            client.close()
        self.process.send_signal(how)
        output, _ = self.process.communicate(timeout=30)
        return output


def start(home: Path, port: int = 0, **environment: str) -> Server:
    """Start `tellerbot serve` on a port, 0 for a free one, and wait until it greets."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tellerbot", "serve", "--port", str(port)],
        env={**os.environ, "TELLERBOT_HOME": str(home), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    deadline = time.monotonic() + 60
    seen = ""
    while time.monotonic() < deadline and (line := process.stdout.readline()):
        seen += line
        if found := re.search(r"at (http://\S+)", line):
            while "Stop with" not in line:
                line = process.stdout.readline()
            return Server(process, home, found[1])
    process.kill()
    raise AssertionError(f"The server did not start: {seen}")


@pytest.fixture(scope="module")
def server(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    (folder / "releases").symlink_to(home / "releases")
    shutil.copytree(home / "registry", folder / "registry")
    running = start(folder, TELLERBOT_SIGN_INS_PER_MINUTE="1000", TELLERBOT_MESSAGES_PER_MINUTE="100000")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser_page(server: Server) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(base_url=server.url)
        yield page
        browser.close()


@pytest.fixture
def page(browser_page: Page, server: Server) -> Page:
    """Signed in as Ada, by keyboard alone."""
    browser_page.context.clear_cookies()
    browser_page.goto("/")
    expect(browser_page.locator("#username")).to_be_focused()
    browser_page.keyboard.type("ada")
    browser_page.keyboard.press("Tab")
    browser_page.keyboard.type(server.password("ada"))
    browser_page.keyboard.press("Enter")
    expect(browser_page.locator("#message")).to_be_focused()
    expect(browser_page.locator("#send")).to_be_enabled()
    return browser_page


def ask(page: Page, text: str) -> None:
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def open_last_conversation(page: Page) -> None:
    """Open the newest conversation of the list, from the sheet where there is no room for the column."""
    button = page.get_by_role("button", name="Your conversations")
    if button.is_visible():
        button.click()
    page.locator("#conversations a").first.click()
