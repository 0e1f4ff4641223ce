"""Under a path prefix: what a browser asks for through a proxy, which keeps the prefix or strips it."""

import http.client
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from server.conftest import CHROMIUM, FLAGS, Server, open_last_conversation, start  # pyright: ignore[reportMissingImports]
from tellerbot.errors import ConfigError
from tellerbot.server.app import open_state
from tellerbot.settings import Settings

PREFIX = "/bank/assistant"


@contextmanager
def proxy(port: int, keeps: bool) -> Iterator[str]:
    """A reverse proxy for PREFIX, and for nothing else on its host, as an address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not (self.path == PREFIX or self.path.startswith(f"{PREFIX}/")):
                self.send_error(404)
                return
            path = self.path if keeps else self.path.removeprefix(PREFIX) or "/"
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            headers = {**dict(self.headers.items()), "Connection": "close", "X-Forwarded-For": "198.51.100.1"}
            upstream.request(self.command, path, body, headers)
            reply = upstream.getresponse()
            self.send_response_only(reply.status)
            for name, value in reply.getheaders():
                if name.lower() not in ("transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.end_headers()
            while piece := reply.read1():
                self.wfile.write(piece)
            upstream.close()

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@dataclass
class Prefixed:
    server: Server
    home: Path


@pytest.fixture(scope="module")
def prefixed(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefixed]:
    folder = tmp_path_factory.mktemp("prefixed")
    (folder / "releases").symlink_to(home / "releases")
    (folder / "registry").symlink_to(home / "registry")
    running = start(
        folder, TELLERBOT_PREFIX=f"{PREFIX}/", TELLERBOT_PROXIES="127.0.0.1", TELLERBOT_SIGN_INS_PER_MINUTE="1000"
    )
    yield Prefixed(running, folder)
    running.stop()


@pytest.fixture(params=[True, False], ids=["kept", "stripped"])
def outside(request: pytest.FixtureRequest, prefixed: Prefixed) -> Iterator[str]:
    """The host as browsers see it."""
    with proxy(httpx.URL(prefixed.server.url).port or 0, request.param) as address:
        yield address


@contextmanager
def signed_in(outside: str, server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=outside, timeout=30) as client:
        reply = client.post(f"{PREFIX}/sign-in", data={"username": "ada", "password": server.password("ada")})
        assert (reply.status_code, reply.headers["location"]) == (303, f"{PREFIX}/")
        yield client


def test_prefix_is_in_the_greeting(prefixed: Prefixed) -> None:
    assert prefixed.server.url.endswith(PREFIX)


@pytest.mark.slow
def test_prefix_is_in_every_link_form_and_script(outside: str, prefixed: Prefixed) -> None:
    with signed_in(outside, prefixed.server) as client:
        sent = client.post(f"{PREFIX}/messages", data={"message": "what is the atm fee"})
        stream = re.search(r'sse-connect="([^"]+)"', sent.text)
        conversation = re.search(r'data-conversation="([^"]+)"', sent.text)
        assert stream and conversation
        reply = client.get(stream[1])
        assert "$2.50" in reply.text and "event: done" in reply.text
        places = {
            match
            for page in (
                f"{PREFIX}/",
                PREFIX,
                f"{PREFIX}/conversations/{conversation[1]}",
                f"{PREFIX}/policies/1.0.0/fees",
            )
            for match in re.findall(r'\s(?:href|src|action|hx-post|hx-get)="([^"]+)"', client.get(page).text)
        } | set(re.findall(r'href="([^"]+)"', reply.text))
        places = {place for place in places if not place.startswith("tel:")}
        assert all(place.startswith(f"{PREFIX}/") for place in places)
        assert len(places) >= 9
        found = {
            place: client.get(place).status_code
            for place in places
            if not place.endswith(("/messages", "/sign-out", "/sign-in", "/title", "/deletion", "/rating"))
        }
        assert set(found.values()) == {200}


def test_prefix_is_the_cookies_path_and_its_end(outside: str, prefixed: Prefixed) -> None:
    with signed_in(outside, prefixed.server) as client:
        [cookie] = client.cookies.jar
        assert cookie.path == PREFIX
        reply = client.post(f"{PREFIX}/sign-out")
        assert reply.headers["location"] == f"{PREFIX}/" and not list(client.cookies.jar)
        # Whoever is not signed in is led to the home page, a program with htmx too.
        reply = client.get(f"{PREFIX}/conversations/any")
        assert (reply.status_code, reply.headers["location"]) == (303, f"{PREFIX}/")
        reply = client.post(f"{PREFIX}/messages", data={"message": "hello"}, headers={"HX-Request": "true"})
        assert reply.headers["hx-redirect"] == f"{PREFIX}/"


def test_prefix_another_assistants_cookie_at_the_root_signs_nobody_out(outside: str, prefixed: Prefixed) -> None:
    with signed_in(outside, prefixed.server) as client:
        client.cookies.set("tellerbot_session", "another's", domain="127.0.0.1", path="/")
        assert client.get(f"{PREFIX}/conversations/none").status_code == 404  # and not to the sign-in


def test_prefix_leads_the_api_its_citations_and_its_description(outside: str, prefixed: Prefixed) -> None:
    api = f"{outside}{PREFIX}/api/v1"
    form = {"username": "ada", "password": prefixed.server.password("ada")}
    token = httpx.post(f"{api}/auth/token", data=form).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    reply = httpx.post(f"{api}/chat/", json={"message": "what is the atm fee"}, headers=headers).json()
    links = [item["link"] for item in reply["citations"]]
    assert links and all(link.startswith(f"{PREFIX}/policies/1.0.0/fees#") for link in links)
    kept = httpx.get(f"{api}/conversations/{reply['conversation_id']}", headers=headers).json()["turns"][0]
    assert [item["link"] for item in kept["citations"]] == links
    assert httpx.get(f"{api}/conversations").json()["error"]["code"] == "not_signed_in"
    assert httpx.get(f"{outside}{PREFIX}/openapi.json").json()["servers"] == [{"url": PREFIX}]


def test_prefix_streams_events(outside: str, prefixed: Prefixed) -> None:
    with prefixed.server.client("ada") as direct:
        headers = {"Accept": "text/event-stream", "Authorization": direct.headers["Authorization"]}
    body = {"message": "what is the atm fee"}
    text = httpx.post(f"{outside}{PREFIX}/api/v1/chat/", json=body, headers=headers, timeout=30).text
    assert "event: done" in text and f'"link":"{PREFIX}/policies/' in text


def test_prefix_probes_work_without_it(prefixed: Prefixed) -> None:
    url = httpx.URL(prefixed.server.url)
    for path in ("/healthz", "/readyz", "/metrics", f"{PREFIX}/healthz"):
        assert httpx.get(url.copy_with(path=path)).status_code == 200
    assert 'route="/healthz"' in httpx.get(url.copy_with(path="/metrics")).text


@pytest.mark.parametrize("own", ["/api", "/static/x", "/conversations", "/messages/", "/healthz"])
def test_prefix_of_the_servers_own_paths_is_refused(own: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"TELLERBOT_PREFIX: .* found {own.rstrip('/')}"):
        open_state("production", Settings(home=tmp_path, prefix=own))
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="No Chromium here: apt-get install chromium")
def test_prefix_in_the_browser(outside: str, prefixed: Prefixed) -> None:
    problems: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(base_url=outside)
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("response", lambda reply: problems.append(reply.url) if reply.status >= 400 else None)
        page.goto(PREFIX)
        page.fill("#username", "ada")
        page.fill("#password", prefixed.server.password("ada"))
        page.keyboard.press("Enter")
        expect(page.locator("#send")).to_be_enabled()
        page.fill("#message", "what is the atm fee")
        page.keyboard.press("Enter")
        reply = page.locator(".turn.assistant").last
        expect(reply).to_contain_text("$2.50")
        reply.locator("details").first.locator("summary").click()
        with page.context.expect_page() as opened:
            reply.get_by_text("Open in the document").first.click()
        expect(opened.value.locator("section:target")).to_be_visible()
        opened.value.get_by_role("link", name="Fernhollow Assistant").click()
        open_last_conversation(opened.value)
        expect(opened.value.locator("#log")).to_contain_text("$2.50")
        opened.value.get_by_text("Sign out").click()
        expect(opened.value.locator("#password")).to_be_visible()
        browser.close()
    assert problems == []
