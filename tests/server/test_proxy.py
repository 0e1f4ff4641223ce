"""Whose address counts behind proxies: trusted peers are believed, as far as the chain of them reaches."""

import asyncio
from ipaddress import ip_network
from pathlib import Path

import pytest
from starlette.types import Message, Receive, Scope, Send

from server.conftest import Server, start  # pyright: ignore[reportMissingImports]
from tellerbot.server.proxy import BehindProxy

TRUSTED = [ip_network(item) for item in ("10.0.0.0/8", "192.0.2.7", "fd00::/8")]


def seen(peer: str, *headers: tuple[str, str], path: str = "/", prefix: str = "") -> Scope:
    """The scope that reaches the application."""
    found: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.append(scope)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None: ...

    scope: Scope = {
        "type": "http", "scheme": "http", "client": (peer, 4711), "path": path, "raw_path": path.encode(),
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
    }  # fmt: skip
    asyncio.run(BehindProxy(app, TRUSTED, prefix)(scope, receive, send))
    return found[0]


def forwarded(peer: str, *lines: str) -> str:
    return seen(peer, *(("X-Forwarded-For", line) for line in lines))["client"][0]


@pytest.mark.parametrize("peer", ["203.0.113.9", "127.0.0.1", "2001:db8::1", "192.0.2.8"])
def test_address_forged_headers_of_an_untrusted_peer_change_nothing(peer: str) -> None:
    scope = seen(
        peer, ("X-Forwarded-For", "198.51.100.1"), ("X-Forwarded-Proto", "https"), ("Forwarded", "for=9.9.9.9")
    )
    assert scope["client"] == (peer, 4711) and scope["scheme"] == "http"


@pytest.mark.parametrize(
    ("peer", "lines", "client"),
    [
        ("10.1.2.3", ["198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", ["198.51.100.1, 192.0.2.7"], "198.51.100.1"),
        ("10.1.2.3", ["6.6.6.6, 198.51.100.1, 192.0.2.7,10.9.9.9"], "198.51.100.1"),  # what the client wrote first
        ("10.1.2.3", ["6.6.6.6", "198.51.100.1, 10.0.0.2"], "198.51.100.1"),  # several lines are one list
        ("10.1.2.3", ["198.51.100.1", "10.0.0.2"], "198.51.100.1"),
        ("10.1.2.3", ["10.0.0.5, 10.0.0.6"], "10.0.0.5"),  # a client of the trusted network
        ("10.1.2.3", ["198.51.100.1:50123"], "198.51.100.1"),
        ("10.1.2.3", ["[2001:DB8:0::1]:443"], "2001:db8::1"),
        ("10.1.2.3", ["2001:db8:0:0::1"], "2001:db8::1"),
        ("10.1.2.3", ["[2001:db8::1]"], "2001:db8::1"),
        ("fd00::5", ["2001:db8::1, fd00::6"], "2001:db8::1"),
        ("::ffff:10.1.2.3", ["198.51.100.1"], "198.51.100.1"),  # an IPv4 peer of an IPv6 socket
        ("10.1.2.3", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("10.1.2.3", [" 198.51.100.1 , , 10.0.0.2 ,"], "198.51.100.1"),  # empty items don't count
    ],
)
def test_address_is_the_first_untrusted_from_the_right(peer: str, lines: list[str], client: str) -> None:
    assert forwarded(peer, *lines) == client


@pytest.mark.parametrize(
    "line",
    [
        "", ",", "unknown", "_hidden", "localhost", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4:", "1.2.3.4:port",
        "[1.2.3.4", "2001:db8::1]:5", "[2001:db8::1]5", "for=1.2.3.4", '"1.2.3.4"', "1.2.3.4/8", "1.2.3.4 5.6.7.8",
        "1.2.3.4;5", "<script>", "\xff\xfe", "9" * 5000, "1.2.3.4:٣".encode().decode("latin-1"), "6.6.6.6, unknown",
    ],
)  # fmt: skip
def test_address_malformed_headers_are_ignored(line: str) -> None:
    assert forwarded("10.1.2.3", line) == "10.1.2.3"


def test_address_what_stands_before_a_malformed_item_is_not_believed() -> None:
    assert forwarded("10.1.2.3", "6.6.6.6, junk, 10.0.0.2") == "10.0.0.2"
    assert forwarded("10.1.2.3", "6.6.6.6, junk, 198.51.100.1") == "198.51.100.1"


@pytest.mark.parametrize(
    ("addresses", "schemes", "scheme"),
    [
        ("198.51.100.1", ["https"], "https"),
        ("198.51.100.1", ["HTTPS"], "https"),
        ("198.51.100.1", ["https, http"], "http"),  # the client wrote the first
        ("198.51.100.1, 10.0.0.2", ["https, http"], "https"),  # the outer proxy wrote the first
        ("198.51.100.1, 10.0.0.2", ["http", "https", "http"], "https"),
        ("198.51.100.1, 10.0.0.2", ["https"], "https"),
        ("", ["https"], "https"),
        ("198.51.100.1", ["javascript"], "http"),
        ("198.51.100.1", ["https://"], "http"),
        ("198.51.100.1", [""], "http"),
    ],
)
def test_scheme_is_what_the_client_used(addresses: str, schemes: list[str], scheme: str) -> None:
    lines = [("X-Forwarded-For", addresses), *(("X-Forwarded-Proto", item) for item in schemes)]
    assert seen("10.1.2.3", *lines)["scheme"] == scheme


def test_address_a_unix_socket_has_none_and_is_not_trusted() -> None:
    assert seen("", ("X-Forwarded-For", "198.51.100.1"))["client"] == ("", 4711)


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("/bank/healthz", "/bank/healthz"),
        ("/healthz", "/bank/healthz"),
        ("/bank", "/bank/"),
        ("/bank/", "/bank/"),
        ("/", "/bank/"),
        ("/banking", "/bank/banking"),
        ("/bank/bank", "/bank/bank"),
    ],
)
def test_prefix_kept_or_stripped_gives_the_same_path(path: str, whole: str) -> None:
    scope = seen("203.0.113.9", path=path, prefix="/bank")
    assert (scope["path"], scope["raw_path"], scope["root_path"]) == (whole, whole.encode(), "/bank")


def guesses(server: Server, address: str, times: int) -> list[int]:
    """Wrong passwords for users who are each tried once, so that only the address counts."""
    return [
        server.client()
        .post(
            "/api/v1/auth/token",
            json={"username": f"nobody {address} {number}", "password": "guess"},
            headers={"X-Forwarded-For": address, "Forwarded": f"for={address}"},
        )
        .status_code
        for number in range(times)
    ]


def cookie(server: Server) -> str:
    form = {"username": "ada", "password": server.password("ada")}
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.77"}
    return server.client().post("/sign-in", data=form, headers=headers).headers["set-cookie"]


@pytest.mark.slow
def test_limits_count_each_client_of_a_trusted_proxy(own_home: Path) -> None:
    running = start(own_home, TELLERBOT_PROXIES="192.0.2.0/24, 127.0.0.1", TELLERBOT_SIGN_INS_PER_MINUTE="2")
    try:
        assert guesses(running, "198.51.100.1", 3) == [401, 401, 429]
        assert guesses(running, "2001:db8::1", 2) == [401, 401]
        assert guesses(running, "[2001:DB8::1]:99", 1) == [429]  # the same client
        assert guesses(running, "6.6.6.6, 198.51.100.1", 1) == [429]  # it cannot name another
        assert "secure" in cookie(running).lower()
    finally:
        running.stop()


@pytest.mark.slow
def test_limits_count_an_untrusted_peer_whatever_it_claims(own_home: Path) -> None:
    # uvicorn by itself would believe this machine, or what FORWARDED_ALLOW_IPS says.
    running = start(own_home, TELLERBOT_SIGN_INS_PER_MINUTE="2", FORWARDED_ALLOW_IPS="*")
    try:
        assert "secure" not in cookie(running).lower()
        assert guesses(running, "198.51.100.1", 1) == [401]
        assert guesses(running, "198.51.100.2", 1) == [429]
    finally:
        running.stop()
