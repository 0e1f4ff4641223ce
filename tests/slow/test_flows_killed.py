"""Money moves once, whatever becomes of the server: it is killed again and again while many customers act at once."""

import asyncio
import random
import signal
import threading
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from sqlalchemy import Engine, func, insert, select, update

import tellerbot
from server.conftest import Server, drain, start  # pyright: ignore[reportMissingImports]
from tellerbot.assistant.load import open_bank, open_store
from tellerbot.assistant.settle import settle
from tellerbot.bank import demo_schema as t
from tellerbot.bank.demo import DemoBank
from tellerbot.conversation.events import ActionConfirmed, ActionDone, ActionRefused, ActionStarted, decode
from tellerbot.records.actions import find_pending
from tellerbot.records.tables import actions, claims, events
from tellerbot.records.verify import verify
from tellerbot.server.auth import ISSUER, load_secret
from tellerbot.settings import BankSettings, Settings

CUSTOMERS, KILLS, AT_ONCE = 200, 10, 32
# A server dies after so many more answers.
BETWEEN = (30, 70)
CHECKING, SAVINGS = Decimal("1000.00"), Decimal("500.00")
YES, PAST = "Yes, do it", datetime(2026, 1, 1, tzinfo=UTC)
WAITING, NOT_DONE = ("hear from our systems", "Our systems haven't said"), "nothing was changed"


@dataclass
class World:
    """A bank with many customers, the records, and the server that is up, if one is."""

    settings: Settings
    bank: DemoBank
    engine: Engine
    secret: str
    server: Server | None = None
    answered: int = 0
    statuses: Counter[int] = field(default_factory=Counter)

    def start(self) -> None:
        self.server = start(self.settings.home, **environment(self.settings))
        # It writes the codes that it sends, and must not wait for somebody to read them.
        threading.Thread(target=drain, args=[self.server.process.stdout, self.settings.home / "server.log"]).start()

    def kill(self) -> None:
        """Kill the server. Nobody renews its claims and leases; they would run out in a minute, and do so now."""
        assert self.server
        self.server.process.send_signal(signal.SIGKILL)
        self.server.process.wait(30)
        self.server = None
        with self.engine.begin() as connection:
            connection.execute(update(claims).values(until=PAST))
            connection.execute(update(actions).values(until=PAST))

    def token(self, customer: str) -> str:
        now, known = datetime.now(UTC), self.bank.find(customer)
        assert known
        claim = {
            "sub": customer, "sid": f"of {customer}", "auth_time": int(now.timestamp()), "credential": known.credential,
            "iat": now, "exp": now + timedelta(minutes=30), "iss": ISSUER,
        }  # fmt: skip
        return jwt.encode(claim, self.secret, algorithm="HS256")

    def booked(self) -> list[Any]:
        """What the bank has done, in the order of the customers."""
        table = t.bank_actions
        with self.bank.engine.connect() as connection:
            query = select(table).where(table.c.status == "done").order_by(table.c.customer_id, table.c.at)
            return [*connection.execute(query)]

    def count(self, kind: type) -> Counter[str]:
        """How many events of a kind there are in all, by the key of the action."""
        query = select(events.c.kind, events.c.content).where(events.c.kind == kind.__name__)
        with self.engine.connect() as connection:
            return Counter(decode(row.kind, row.content).key for row in connection.execute(query))  # type: ignore[union-attr]

    def total(self) -> Decimal:
        with self.bank.engine.connect() as connection:
            return sum(connection.execute(select(t.accounts.c.available)).scalars(), Decimal(0))

    def close(self) -> None:
        self.bank.engine.dispose()
        self.engine.dispose()


def environment(settings: Settings) -> dict[str, str]:
    return {
        "TELLERBOT_DATABASE_URL": settings.database,
        "TELLERBOT_BANK__URL": settings.bank_url,
        "TELLERBOT_MESSAGES_PER_MINUTE": "100000",
        "TELLERBOT_SIGN_INS_PER_MINUTE": "1000",
    }


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, own_flow_home: Path) -> Iterator[World]:
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    settings = Settings(home=own_flow_home, database_url=url, bank=BankSettings(url=url))
    bank, store = open_bank(settings), open_store(settings)
    assert isinstance(bank, DemoBank)
    world = World(settings, bank, store.engine, load_secret(settings.var / "secret.key"))
    yield world
    if world.server:
        world.kill()
    world.close()


def add_customers(bank: DemoBank, count: int) -> list[str]:
    """Customers with two accounts and a payee each; nobody signs in with a password."""
    ids = [f"SIM-{number:03}" for number in range(count)]
    people = [{"id": one, "username": one, "name": f"Customer {one}", "password_hash": "none"} for one in ids]
    held = [("Everyday Checking", CHECKING, "1"), ("Steady Savings", SAVINGS, "2")]
    own = [
        {"id": f"{one}-{at}", "customer_id": one, "product": product, "last4": f"{at}{one[-3:]}", "available": amount,
         "current": amount, "opening": amount, "opened": date(2026, 1, 1)}
        for one in ids for product, amount, at in held
    ]  # fmt: skip
    saved = [{"customer_id": one, "payee": "Rosa Reyes", "bank": "Harbor Trust", "last4": "4472"} for one in ids]
    with bank.engine.begin() as connection:
        connection.execute(insert(t.customers), people)
        connection.execute(insert(t.accounts), own)
        connection.execute(insert(t.payees), saved)
    return ids


@dataclass
class Client:
    """One customer, who sends each message until it is answered."""

    world: World
    http: httpx.AsyncClient
    room: asyncio.Semaphore
    customer: str
    conversation: str | None = None
    references: list[str] = field(default_factory=list)

    async def say(self, message: str) -> dict[str, Any]:
        body = {"message": message, "message_id": str(uuid.uuid4()), "conversation_id": self.conversation}
        headers = {"Authorization": f"Bearer {self.world.token(self.customer)}"}
        while True:
            async with self.room:
                reply = await self._post(body, headers)
            if reply is not None:
                self.world.statuses[reply.status_code] += 1
                if reply.status_code == 200:
                    break
            await asyncio.sleep(0.2)
        self.world.answered += 1
        turn = reply.json()
        self.conversation = turn["conversation_id"]
        return turn

    async def _post(self, body: dict[str, Any], headers: dict[str, str]) -> httpx.Response | None:
        if self.world.server is None:
            return None
        try:
            return await self.http.post(f"{self.world.server.url}/api/v1/chat/", json=body, headers=headers)
        except httpx.TransportError:
            return None

    async def move(self, amount: str) -> None:
        """Move money to the savings account."""
        while not self.references:
            for message in ("make a transfer", "1"):
                await self.say(message)
            assert (await self.say(amount))["kind"] == "confirm"
            await self._hear_of(await self.say(YES))

    async def pay(self, amount: str) -> None:
        """Pay the one payee; a code that was typed into a server that died is good no more."""
        while not self.references:
            for message in ("start my transfer", "1"):
                await self.say(message)
            assert (await self.say(amount))["kind"] == "confirm"
            turn = await self.say(YES)
            while "one-time code" in turn["reply"] or "new code" in turn["reply"]:
                if "new code" in turn["reply"]:
                    await self.say("new code")
                turn = await self.say(self.world.bank.messages(self.customer)[0].text.split(": ")[-1])
            await self._hear_of(turn)

    async def _hear_of(self, turn: dict[str, Any]) -> None:
        """Hear what became of it; who is told that it was not done begins again."""
        while any(words in turn["reply"] for words in WAITING):
            await asyncio.sleep(0.2)
            turn = await self.say("what is my balance")
        receipts = [block for block in turn["blocks"] if block["kind"] == "receipt"]
        self.references += [receipt["rows"][-1][1] for receipt in receipts]
        assert receipts or NOT_DONE in turn["reply"], turn["reply"]


async def act(world: World, ids: Sequence[str]) -> list[Client]:
    """Let all customers act at once, the even ones moving money and the odd ones paying, while the server dies."""
    room = asyncio.Semaphore(AT_ONCE)
    async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=AT_ONCE)) as http:
        clients = [Client(world, http, room, one) for one in ids]
        flows = [(one.pay if at % 2 else one.move)(f"${amount_of(at)}") for at, one in enumerate(clients)]
        work = asyncio.gather(*flows)
        killing = asyncio.create_task(kill_often(world, work))
        await work
        assert await killing == KILLS
    return clients


async def kill_often(world: World, work: "asyncio.Future[Any]") -> int:
    """Kill the server again and again and start it anew; returns how often it was while there was work."""
    for kills in range(KILLS):
        goal = world.answered + random.randint(*BETWEEN)  # noqa: S311
        while world.answered < goal:
            if work.done():
                return kills
            await asyncio.sleep(0.01)
        await asyncio.sleep(random.uniform(0, 0.1))  # noqa: S311
        world.kill()
        await asyncio.to_thread(world.start)
    return KILLS


def amount_of(number: int) -> Decimal:
    """Another amount for each customer."""
    return Decimal(1000 + number) / 100


def test_money_moves_once_however_often_the_server_is_killed(world: World) -> None:
    ids = add_customers(world.bank, CUSTOMERS)
    before = world.total()
    world.start()
    clients = asyncio.run(act(world, ids))
    world.kill()
    assistant = tellerbot.load("production", world.settings)
    settle(assistant.parts, None)
    assistant.parts.records.engine.dispose()
    assert isinstance(assistant.parts.bank, DemoBank)
    assistant.parts.bank.engine.dispose()

    booked = world.booked()
    keys = Counter(row.key for row in booked)
    # Each customer was told of one action, and it is the one that the bank has done.
    assert [(row.customer_id, row.reference, row.amount) for row in booked] == [
        (one.customer, one.references[0], amount_of(at)) for at, one in enumerate(clients)
    ]
    assert all(len(one.references) == 1 for one in clients)
    assert world.count(ActionDone) == keys
    assert world.count(ActionStarted) == world.count(ActionConfirmed) == keys + world.count(ActionRefused)
    assert find_pending(world.engine) == [] and verify(world.engine).faults == ()
    # To the cent.
    paid = sum((row.amount for row in booked if row.name == "pay_payee"), Decimal(0))
    assert world.total() == before - paid and paid == sum(amount_of(at) for at in range(1, CUSTOMERS, 2))
    with world.bank.engine.connect() as connection:
        own = t.accounts.c.customer_id.in_(ids)
        booked_on = select(func.count()).select_from(t.transactions).join(t.accounts).where(own)
        assert connection.execute(booked_on).scalar() == CUSTOMERS + CUSTOMERS // 2
    assert world.statuses[500] == 0


def test_the_same_yes_to_two_servers_at_once_is_done_once(world: World) -> None:
    (customer,) = add_customers(world.bank, 1)
    settings = world.settings
    with ThreadPoolExecutor(2) as pool:
        servers = list(pool.map(lambda _: start(settings.home, **environment(settings)), range(2)))
    headers = {"Authorization": f"Bearer {world.token(customer)}"}
    clients = [httpx.Client(base_url=server.url, headers=headers, timeout=30) for server in servers]

    def say(at: int, message: str, **more: str | None) -> httpx.Response:
        return clients[at % 2].post("/api/v1/chat/", json={"message": message, **more})

    try:
        # One message sent to both, and two messages of two tabs.
        for round_, is_same in enumerate([True, False, True, False], 1):
            conversation = say(0, "make a transfer").json()["conversation_id"]
            for at, message in enumerate(("1", f"${amount_of(round_)}")):
                say(at, message, conversation_id=conversation)
            same = str(uuid.uuid4())
            with ThreadPoolExecutor(4) as pool:
                sent = [
                    pool.submit(
                        say, at, YES, conversation_id=conversation, message_id=same if is_same else str(uuid.uuid4())
                    )
                    for at in range(4)
                ]
            replies = [future.result() for future in sent]
            assert {reply.status_code for reply in replies} <= {200, 409}
            turns = {turn["turn_id"]: turn for reply in replies if reply.status_code == 200 for turn in [reply.json()]}
            receipts = [turn for turn in turns.values() if turn["blocks"][0]["kind"] == "receipt"]
            assert len(receipts) == 1 and (len(turns) == 1 or not is_same)
            others = [turn["reply"] for turn in turns.values() if turn not in receipts]
            late = ("done already", "still waiting")
            assert [reply for reply in others if not any(words in reply for words in late)] == []
            assert len(world.booked()) == round_
        keys = Counter(row.key for row in world.booked())
        assert world.count(ActionConfirmed) == world.count(ActionStarted) == world.count(ActionDone) == keys
        assert verify(world.engine).faults == ()
    finally:
        for client, server in zip(clients, servers, strict=True):
            client.close()
            server.stop()
