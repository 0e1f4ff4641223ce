"""A real server in a process of its own, and a server of a language model for it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any, ClassVar

import httpx
import pytest
import yaml
from playwright.sync_api import Error, Page, ViewportSize, expect, sync_playwright

from forked import ForkedCommand
from shared import copy_home, make_once
from tellerbot.settings import Settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PHONE: ViewportSize = {"width": 390, "height": 780}


Process = ForkedCommand | subprocess.Popen[str]


@dataclass
class Server:
    process: Process
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


def start(home: Path, port: int = 0, /, **environment: str) -> Server:
    """Start `tellerbot serve` on a port, 0 for a free one, and wait until it greets."""
    environment = {**os.environ, "TELLERBOT_HOME": str(home), **environment}
    return await_greeting(ForkedCommand("serve", "--port", str(port), environment=environment), home)


def start_command(home: Path, *before: str) -> Server:
    """Start `tellerbot serve` as a shell does, which imports everything and ends in every way of its own.

    `before` is a command that runs the one after it.
    """
    command = [*before, sys.executable, "-m", "tellerbot", "serve", "--port", "0"]
    environment = {**os.environ, "TELLERBOT_HOME": str(home)}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return await_greeting(process, home)


def await_greeting(process: Process, home: Path) -> Server:
    """The server of a process that is starting."""
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


def drain(output: IO[str], log: Path) -> None:
    """Keep what a server writes until it ends: it writes much, and must not wait for somebody to read it."""
    with output, log.open("a", buffering=1) as kept:
        kept.writelines(output)


@pytest.fixture(scope="module")
def server(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = copy_home(home, tmp_path_factory.mktemp("served"))
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
    try:
        browser_page.goto("/")
    except Error:
        # The test before may have ended while its page was on its way elsewhere.
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
    assert page.viewport_size
    if page.viewport_size["width"] < 1000:
        page.get_by_role("button", name="Your conversations").click()
    page.locator("#conversations a").first.click()


@pytest.fixture(scope="session")
def generated_home(
    tiny_project: Path, tiny_run: Any, tiny_responder: Any, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A home whose release has every reply generated, and a responder too small to word any."""
    from tellerbot.release.build import build_release
    from tellerbot.release.registry import Registry

    def make(home: Path) -> None:
        project = home / "bank"
        shutil.copytree(tiny_project, project)
        described = yaml.safe_load((project / "assistant.yaml").read_text())
        (project / "assistant.yaml").write_text(yaml.safe_dump(described | {"wording": {"default": "generated"}}))
        registry = Registry.at(Settings(home=home))
        build_release(project, tiny_run.folder, registry, responder_run=tiny_responder.folder)
        registry.promote("production", "1.0.0")

    return make_once(tmp_path_factory, "generated", make)


@pytest.fixture
def fresh(generated_home: Path, tmp_path: Path) -> Path:
    return copy_home(generated_home, tmp_path)


class Model(BaseHTTPRequestHandler):
    """Says the notes it is sent, sentence by sentence, with a pause after each."""

    prompts: ClassVar[list[str]] = []
    pause = 0.0
    broken: ClassVar[list[bool]] = []

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = body["messages"][-1]["content"]
        self.prompts.append(prompt)
        notes = re.findall(r"^Notes: (.*)$", prompt, re.MULTILINE)[0]
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        try:
            for part in re.split(r"(?<=[.:] )", f"Don't worry. {notes} "):
                chunk = {"choices": [{"delta": {"content": part}, "finish_reason": None}]}
                self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
                self.wfile.flush()
                time.sleep(self.pause)
            done = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
            self.wfile.write(f"data: {json.dumps(done)}\n\ndata: [DONE]\n\n".encode())
        except OSError:
            self.broken.append(True)

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def model() -> Iterator[tuple[str, type[Model]]]:
    kind = type("Fresh", (Model,), {"prompts": [], "broken": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/v1", kind
    server.shutdown()
    server.server_close()
