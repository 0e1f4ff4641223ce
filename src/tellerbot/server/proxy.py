"""Behind a proxy: the client's own address and scheme, and the path prefix that the server is seen under."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]
_ADDRESS = re.compile(r"\[([^]]*:[^]]*)\](?::\d{1,5})?|([^:]+):\d{1,5}|([^][]+)", re.ASCII)


class BehindProxy:
    """The middleware that knows of proxies; pure ASGI, around everything else.

    Only X-Forwarded-For and X-Forwarded-Proto are read, and only from trusted peers. RFC 7239's Forwarded is not: a
    proxy that sets one kind of header passes the other on as the client wrote it, so that reading both would let the
    client choose. uvicorn's own middleware takes any text for an address and misses IPv4 peers of an IPv6 socket.
    """

    def __init__(self, app: ASGIApp, proxies: Networks, prefix: str) -> None:
        self.app = app
        self.proxies = proxies
        self.prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Correct one request's client, scheme and path."""
        if scope["type"] == "http":
            scope = {**scope, **self._path(scope["path"], scope["raw_path"]), **self._client(scope)}
        await self.app(scope, receive, send)

    def _path(self, path: str, raw: bytes) -> Scope:
        """Return the path with the prefix, whether the proxy kept it or stripped it.

        The prefix alone is the home page.
        """
        if path == self.prefix:
            path, raw = path + "/", raw + b"/"
        elif not path.startswith(self.prefix + "/"):
            path, raw = self.prefix + path, self.prefix.encode() + raw
        return {"root_path": self.prefix, "path": path, "raw_path": raw}

    def _client(self, scope: Scope) -> Scope:
        peer = _address(scope["client"][0]) if scope.get("client") else None
        if peer is None:
            return {}
        headers = Headers(scope=scope)
        way = self._way(peer, _items(headers, "x-forwarded-for"))
        found: Scope = {"client": (str(way[-1]), scope["client"][1] if len(way) == 1 else 0)}
        if self._trusts(peer):
            # Each proxy adds what it saw at the right end: the client's scheme is as far from there as its address.
            schemes = _items(headers, "x-forwarded-proto")[-max(len(way) - 1, 1) :]
            if schemes and schemes[0].lower() in ("http", "https"):
                found["scheme"] = schemes[0].lower()
        return found

    def _way(self, peer: Address, forwarded: list[str]) -> list[Address]:
        """Return the addresses from the peer back to the client, all trusted but the last.

        Read from the right, where the nearest proxy wrote: what precedes the first untrusted address, or what
        is no address, anybody may have written.
        """
        way = [peer]
        while self._trusts(way[-1]) and forwarded and (further := _address(forwarded.pop())):
            way.append(further)
        return way

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self.proxies)


def _items(headers: Headers, name: str) -> list[str]:
    """Return the items of a list that may come in several header lines; empty ones don't count (RFC 9110, 5.6.1)."""
    items = (item.strip() for item in ",".join(headers.getlist(name)).split(","))
    return [item for item in items if item]


def _address(text: str) -> Address | None:
    """Read an address with or without a port, an IPv6 one in brackets where it has one; None for anything else."""
    match = _ADDRESS.fullmatch(text)
    try:
        address = ip_address(match[match.lastindex or 0] if match else "")
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
