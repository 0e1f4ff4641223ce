"""What customers, their browsers and their broken programs do to a server for hours."""

import asyncio
import json
import random
import re
import ssl
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from server.conftest import Server  # pyright: ignore[reportMissingImports]
from tellerbot.records.claims import conversation_of, turn_of

CHAT, TOKEN, CONVERSATIONS = "/api/v1/chat/", "/api/v1/auth/token", "/api/v1/conversations"
# Reading the system's certificates takes longer than most requests.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
EVENTS = {"Accept": "text/event-stream"}
MESSAGES = (
    "what is my balance", "what is the atm fee", "tell me a poem", "report a lost card", "give me a human agent",
)  # fmt: skip
# What a customer says to move money between the accounts, and the kind of the last reply.
FLOWS = ((("make a transfer", "1", "$0.01", "Yes, do it"), "act"), (("make a transfer", "2", "0.02", "No"), "answer"))
# How often each is done.
ACTS = {
    "ask": 4, "stream": 4, "move": 2, "read": 6, "sign_in_and_out": 1, "mistype": 1, "leave": 2, "hang_up": 2,
    "send_half": 4, "stray": 24, "send_again": 2, "browse": 2,
}  # fmt: skip


@dataclass
class Tally:
    """What was sent and answered; `turns` are those that clients heard of, `abandoned` those they did not wait for."""

    requests: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    acts: Counter[str] = field(default_factory=Counter)
    turns: Counter[str] = field(default_factory=Counter)
    abandoned: set[str] = field(default_factory=set)

    async def count(self, reply: httpx.Response) -> None:
        self.requests += 1
        self.statuses[reply.status_code] += 1


def connect(server: Server, **more: Any) -> httpx.AsyncClient:
    """A client of the server, which closes its idle connections before the server does: neither loses a request."""
    limits = httpx.Limits(keepalive_expiry=2)
    return httpx.AsyncClient(base_url=server.url, timeout=60, verify=NO_TLS, limits=limits, **more)


@dataclass
class Client:
    """One customer, who does one thing after another: with a program, with a browser, and at times badly."""

    server: Server
    tally: Tally
    user: str
    rng: random.Random
    http: httpx.AsyncClient = field(init=False)
    customer: str = ""
    conversation: str | None = None

    def __post_init__(self) -> None:
        self.http = connect(self.server, headers={"Sec-Fetch-Site": "same-origin"})

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Open connections anew, for as long as this lasts."""
        hooks = {"response": [self.tally.count]}
        self.http = connect(self.server, headers=self.http.headers, cookies=self.http.cookies, event_hooks=hooks)
        async with self.http:
            yield

    async def act(self) -> None:
        """Do one of the things that customers do."""
        (name,) = self.rng.choices([*ACTS], [*ACTS.values()])
        await getattr(self, name)()
        self.tally.acts[name] += 1

    async def begin(self) -> None:
        """Sign in, with the program and with the browser."""
        async with self.connected():
            self.http.headers["Authorization"] = f"Bearer {await self._sign_in()}"
            form = {"username": self.user, "password": self.server.password(self.user)}
            assert (await self.http.post("/sign-in", data=form)).status_code == 303
            self.customer = re.findall(r"CUST-\d+", (await self.http.get("/")).text)[0]

    async def ask(self) -> None:
        self._hear((await self._post(self._message())).json())

    async def stream(self) -> None:
        text = (await self._post(self._message(), EVENTS)).text
        name, data = re.findall(r"event: (\w+)\r?\ndata: (.*?)\r?\n", text)[-1]
        assert name == "done", text
        self._hear(json.loads(data))

    async def move(self) -> None:
        messages, kind = self.rng.choice(FLOWS)
        self.conversation = None
        turn: dict[str, Any] = {}
        for message in messages:
            turn = (await self._post({"message": message, "conversation_id": self.conversation})).json()
            self._hear(turn)
        assert turn["kind"] == kind, turn

    async def read(self) -> None:
        listed = await self.http.get(CONVERSATIONS, params={"search": self.rng.choice(["", "balance"]), "limit": 20})
        for item in self.rng.sample(listed.json(), min(2, len(listed.json()))):
            assert (await self.http.get(f"{CONVERSATIONS}/{item['id']}")).status_code == 200

    async def sign_in_and_out(self) -> None:
        mine = {"Authorization": f"Bearer {await self._sign_in()}"}
        assert (await self.http.get(CONVERSATIONS, headers=mine)).status_code == 200
        assert (await self.http.delete(TOKEN, headers=mine)).status_code == 204
        assert (await self.http.get(CONVERSATIONS, headers=mine)).status_code == 401

    async def mistype(self) -> None:
        """A wrong password, and a user whom nobody knows."""
        for user in (self.user, f"nobody-{uuid.uuid4()}"):
            reply = await self.http.post(TOKEN, json={"username": user, "password": str(uuid.uuid4())})
            assert reply.status_code == 401

    async def leave(self) -> None:
        """Ask for a stream and close it as it begins."""
        body = self._identified()
        async with self.http.stream("POST", CHAT, json=body, headers=EVENTS) as reply:
            async for _ in reply.aiter_bytes():
                break

    async def hang_up(self) -> None:
        """Ask for a turn and close the connection at once, or a moment later."""
        async with self._connect() as (_, writer):
            writer.write(self._raw(json.dumps(self._identified()).encode()))
            await writer.drain()
            await asyncio.sleep(self.rng.choice([0, 0.02]))

    async def send_half(self) -> None:
        """Send the first part of a request; in one of a hundred cases wait for what the server says to that."""
        whole = self._raw(json.dumps({"message": MESSAGES[0]}).encode())
        async with self._connect() as (reader, writer):
            writer.write(whole[: self.rng.randrange(len(whole) - 1)])
            await writer.drain()
            if self.rng.random() < 0.01:
                assert (await reader.read(1000)).startswith(b"HTTP/1.1 408")

    async def stray(self) -> None:
        """What leads nowhere: paths that are not there, methods, bodies and tokens that are not good."""
        name = uuid.uuid4().hex
        ways: list[tuple[str, str, dict[str, Any], int]] = [
            ("GET", f"/{name}", {}, 404),
            ("GET", f"/api/v1/{name}", {}, 404),
            ("GET", f"{CONVERSATIONS}/{name}", {}, 404),
            ("GET", f"/policies/{name}/fees", {}, 404),
            ("PUT", CHAT, {}, 405),
            ("POST", CHAT, {"content": b"{"}, 422),
            ("POST", CHAT, {"json": {"message": " "}}, 422),
            ("POST", CHAT, {"content": bytes(70_000)}, 413),
            ("GET", CONVERSATIONS, {"headers": {"Authorization": f"Bearer {name}"}}, 401),
            ("GET", f"/messages/{name}/stream", {}, 204),
            ("GET", "/healthz", {}, 200),
            ("GET", "/static/style.css", {}, 200),
        ]
        method, path, more, status = self.rng.choice(ways)
        reply = await self.http.request(method, path, **more)
        assert reply.status_code == status, (method, path, reply.status_code, reply.text[:200])

    async def send_again(self) -> None:
        """One message three times, twice of them at once: one turn."""
        body = self._message() | {"message_id": str(uuid.uuid4())}
        replies = [*await asyncio.gather(self._post(body), self._post(body)), await self._post(body)]
        (turn,) = {reply.json()["turn_id"] for reply in replies}
        self._hear(replies[0].json())
        assert turn == self._turn(body)

    async def browse(self) -> None:
        """The page: a message, its stream, the conversation anew, the list, and what an agent would say in it."""
        message_id, text = str(uuid.uuid4()), self.rng.choice(MESSAGES)
        sent = await self.http.post("/messages", data={"message": text, "message_id": message_id})
        conversation = conversation_of(self.customer, message_id)
        turn = turn_of(conversation, message_id)
        assert sent.status_code == 200 and turn in sent.text
        reply = await self.http.get(f"/messages/{turn}/stream", headers=EVENTS)
        assert reply.text.rstrip().endswith("event: done\r\ndata:"), reply.text[-200:]
        self.tally.turns[turn] += 1
        for path in ("/", f"/conversations/{conversation}", "/conversations?search=balance"):
            assert (await self.http.get(path)).status_code == 200

    async def _sign_in(self) -> str:
        body = {"username": self.user, "password": self.server.password(self.user)}
        return (await self.http.post(TOKEN, json=body)).json()["access_token"]

    async def _post(self, body: dict[str, Any], headers: dict[str, str] | None = None) -> httpx.Response:
        reply = await self.http.post(CHAT, json=body, headers=headers)
        assert reply.status_code == 200, reply.text
        return reply

    def _message(self) -> dict[str, Any]:
        """One message, which starts a conversation or goes on with the last one."""
        conversation = self.conversation if self.rng.random() < 0.6 else None
        return {"message": self.rng.choice(MESSAGES), "conversation_id": conversation}

    def _identified(self) -> dict[str, Any]:
        """A message that nobody waits for."""
        body = self._message() | {"message_id": str(uuid.uuid4())}
        self.tally.abandoned.add(self._turn(body))
        return body

    def _turn(self, body: dict[str, Any]) -> str:
        """The id of the turn of a message that has an id."""
        conversation = body["conversation_id"] or conversation_of(self.customer, body["message_id"])
        return turn_of(conversation, body["message_id"])

    def _hear(self, turn: dict[str, Any]) -> None:
        assert turn["reply"]
        self.conversation = turn["conversation_id"]
        self.tally.turns[turn["turn_id"]] += 1

    def _raw(self, body: bytes) -> bytes:
        token = self.http.headers["Authorization"]
        head = f"POST {CHAT} HTTP/1.1\r\nHost: bank\r\nAuthorization: {token}\r\nContent-Type: application/json\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    @asynccontextmanager
    async def _connect(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        self.tally.requests += 1
        reader, writer = await asyncio.open_connection(self.http.base_url.host, self.http.base_url.port)
        try:
            yield reader, writer
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
