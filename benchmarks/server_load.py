"""The load that server.py puts on a server, from a process of its own: a plan as JSON comes in, figures as JSON go out.

HTTP/1.1 is spoken by hand over asyncio's streams, for the generator shares two cores with the server; `cpu` in the
figures is what it took of one. A reply that is not as expected ends it with an error.
"""

import asyncio
import json
import math
import random
import socket
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

CHAT, TOKEN, HEALTH = "/api/v1/chat/", "/api/v1/auth/token", "/healthz"
REFUSED = (429, 503)
TURNS, PROBE_S, PATIENCE_S = 4, 0.2, 600  # singles a conversation; seconds between probes; and for what is under way
FIELDS = ("reply", "kind", "conversation_id", "turn_id", "release")


@dataclass(frozen=True, slots=True)
class Say:
    """A message, the field of its reply that must hold something, and whether the reply is streamed."""

    text: str
    field: str = "reply"
    streamed: bool = False


VETTED = (Say("how do I reset my password"),)
# What customers do in a conversation, and how often.
MIX: tuple[tuple[tuple[Say, ...], int], ...] = (
    (VETTED, 6),
    ((Say("what is my balance", "figures"),), 6),
    ((Say("how much is an overdraft", "citations"),), 4),
    ((Say("transfer 20 from checking to savings", "blocks"), Say("no")), 2),
    ((Say("what is my balance", "figures", streamed=True),), 2),
    ((Say("how much is an overdraft", "citations", streamed=True),), 2),
)
Draw = Callable[[random.Random], list[Say]]


def draw_mix(rng: random.Random) -> list[Say]:
    """A conversation's messages."""
    chosen = rng.choices([script for script, _ in MIX], [weight for _, weight in MIX], k=TURNS)
    return [say for script in chosen for say in script]


def draw_vetted(_: random.Random) -> list[Say]:
    return list(VETTED)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    head: bytes
    body: bytes

    @property
    def retry_after(self) -> float | None:
        """Seconds, where the header is there."""
        value = self.head.partition(b"\r\nretry-after:")[2].partition(b"\r\n")[0].strip()
        return float(value) if value else None


class Connection:
    """One connection, kept alive and opened again when the server has closed it."""

    def __init__(self, host: str, port: int) -> None:
        self._address = (host, port)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> Answer:
        reader, writer = await self._open()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if b"transfer-encoding: chunked" in head:
            body = await _read_chunks(reader)
        else:
            body = await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))
        return Answer(int(head[9:12]), head, body)

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams and not self._streams[0].at_eof():
            return self._streams
        self.close()
        self._streams = await asyncio.open_connection(*self._address)
        self._streams[1].get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._streams

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    chunks: list[bytes] = []
    while size := int(await reader.readline(), 16):
        chunks.append((await reader.readexactly(size + 2))[:-2])
    await reader.readline()
    return b"".join(chunks)


def request(path: str, body: bytes = b"", token: str = "", streamed: bool = False) -> bytes:
    """A request's bytes: GET without a body, POST with one."""
    lines = [f"{'POST' if body else 'GET'} {path} HTTP/1.1", "Host: bench", f"Content-Length: {len(body)}"]
    lines += [f"Accept: {'text/event-stream' if streamed else 'application/json'}"]
    lines += ["Content-Type: application/json"] if body else []
    lines += [f"Authorization: Bearer {token}"] if token else []
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(slots=True)
class Tally:
    """The turns begun between two times of `time.perf_counter`, in seconds, and how many were answered between them."""

    start: float
    end: float
    answered: int = 0
    turns: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    with_retry_after: int = 0

    def add(self, begun: float, answer: Answer, status: int) -> None:
        now = time.perf_counter()
        self.answered += status == 200 and self.start <= now < self.end
        if not self.start <= begun < self.end:
            return
        self.statuses[status] += 1
        (self.refused if status in REFUSED else self.turns).append(now - begun)
        self.with_retry_after += status in REFUSED and answer.retry_after is not None

    def figures(self) -> dict[str, Any]:
        """Rates a second and times in ms; the times are of turns that were answered."""
        refused = len(self.refused)
        shown = {"turns": len(self.turns), "turns_per_s": self.answered / (self.end - self.start)}
        shown |= spread(self.turns) | {"statuses": {str(status): count for status, count in self.statuses.items()}}
        if refused:
            shown |= {"refused_share": refused / (refused + len(self.turns)), **spread(self.refused, "refused_")}
            shown["retry_after_share"] = self.with_retry_after / refused
        return shown


def spread(seconds: Sequence[float], prefix: str = "") -> dict[str, float]:
    """Median, 95th and 99th percentile and maximum in ms, by nearest rank; nothing of nothing."""
    times = sorted(seconds)
    ranks = {"median": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {
        f"{prefix}{name}_ms": 1000 * times[max(0, math.ceil(share * len(times)) - 1)]
        for name, share in ranks.items()
        if times
    }


class Customer:
    """A virtual customer, who has one conversation after another on a connection of their own."""

    def __init__(self, connection: Connection, token: str, seed: int, draw: Draw) -> None:
        self.connection = connection
        self._token, self._draw = token, draw
        self._rng = random.Random(seed)  # noqa: S311 - no secret
        self._script: list[Say] = []
        self._conversation = ""

    async def take_turn(self, tally: Tally, begun: float | None = None) -> float:
        """Send the next message and count its answer; returns the seconds to wait that a refusal asks for.

        After a refusal the customer begins anew, so that no flow is continued that was not begun.
        """
        if not self._script:
            self._script, self._conversation = self._draw(self._rng), ""
        say = self._script.pop(0)
        body = {"message": say.text} | ({"conversation_id": self._conversation} if self._conversation else {})
        sent = request(CHAT, json.dumps(body).encode(), self._token, say.streamed)
        begun = time.perf_counter() if begun is None else begun
        answer = await self.connection.ask(sent)
        status, turn = read_turn(answer, say)
        tally.add(begun, answer, status)
        if status in REFUSED:
            self._script = []
            return answer.retry_after or 1.0
        self._conversation = turn["conversation_id"]
        return 0.0


def read_turn(answer: Answer, say: Say) -> tuple[int, dict[str, Any]]:
    """The status, which a stream may give in an event, and the turn. Raises ValueError when it is not as expected."""
    status, content = answer.status, answer.body
    if status == 200 and say.streamed:
        name, _, rest = (b"\n" + content).rpartition(b"\nevent: ")[2].partition(b"\r\n")
        content = rest.partition(b"data: ")[2].partition(b"\r\n")[0]
        status = 200 if name == b"done" else json.loads(content or b"{}").get("status", 0)
    if status in REFUSED:
        return status, {}
    turn = json.loads(content) if status == 200 else {}
    missing = [name for name in (*FIELDS, say.field) if not turn.get(name)]
    if missing:
        raise ValueError(
            f"{say}: expected a turn with {', '.join(missing)}, found status {status}: {answer.body[:1000]!r}"
        )
    return status, turn


async def closed(plan: dict[str, Any]) -> dict[str, Any]:
    """Each client sends its next message once the last one is answered, or as late as a refusal asks."""
    start = time.perf_counter() + plan["warm_up"]
    tally, sign_ins = Tally(start, start + plan["seconds"]), Tally(start, start + plan["seconds"])

    async def chat(customer: Customer) -> None:
        while time.perf_counter() < tally.end:
            wait = await customer.take_turn(tally)
            if wait:
                await asyncio.sleep(min(wait, max(0.0, tally.end - time.perf_counter())))

    async def sign_in(name: str, password: str) -> None:
        connection = Connection(plan["host"], plan["port"])
        sent = request(TOKEN, json.dumps({"username": name, "password": password}).encode())
        while time.perf_counter() < sign_ins.end:
            begun = time.perf_counter()
            answer = await connection.ask(sent)
            if answer.status != 200 or not json.loads(answer.body).get("access_token"):
                raise ValueError(f"sign-in: expected a token, found {answer.status}: {answer.body[:1000]!r}")
            sign_ins.add(begun, answer, 200)
        connection.close()

    people = [chat(customer) for customer in customers(plan, draw_mix)]
    shown = await beside_probe(plan, tally, people + [sign_in(*each) for each in plan.get("sign_ins", [])])
    return shown | ({"sign_ins_per_s": sign_ins.figures()["turns_per_s"]} if plan.get("sign_ins") else {})


async def opened(plan: dict[str, Any]) -> dict[str, Any]:
    """Messages arrive at a rate, whatever becomes of those before.

    An arrival that finds all connections busy waits for one, which counts, or with `drop` goes away.
    """
    start = time.perf_counter() + plan["warm_up"]
    tally, dropped = Tally(start, start + plan["seconds"]), 0
    rng = random.Random(plan["seed"])  # noqa: S311 - no secret
    free: asyncio.Queue[Customer] = asyncio.Queue()
    for customer in customers(plan, draw_mix):
        free.put_nowait(customer)

    async def one(at: float) -> None:
        customer = await free.get()
        await customer.take_turn(tally, at)
        free.put_nowait(customer)

    async def arrive() -> None:
        nonlocal dropped
        at = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            while (at := at + rng.expovariate(plan["rate"])) < tally.end:
                # Also where it is late, so that the arrival before takes its connection first.
                await asyncio.sleep(max(0.0, at - time.perf_counter()))
                if plan["drop"] and free.empty():
                    dropped += at >= tally.start
                else:
                    group.create_task(one(at))

    shown = await beside_probe(plan, tally, [arrive()])
    return shown | {"rate": plan["rate"], "dropped": dropped}


async def alone(plan: dict[str, Any]) -> dict[str, Any]:
    """One vetted turn after another, each in a conversation of its own."""
    [customer] = customers(plan | {"clients": 1}, draw_vetted)
    warm_up, tally = Tally(0.0, 0.0), Tally(0.0, math.inf)
    for at in range(plan["turns"] + 20):
        if await customer.take_turn(warm_up if at < 20 else tally):
            raise ValueError("alone: expected a turn, found a refusal. Serve it with higher limits.")
    customer.connection.close()
    return {"turns": len(tally.turns), **spread(tally.turns)}


def customers(plan: dict[str, Any], draw: Draw) -> list[Customer]:
    tokens = plan["tokens"]
    return [
        Customer(Connection(plan["host"], plan["port"]), tokens[at % len(tokens)], plan["seed"] + at, draw)
        for at in range(plan["clients"])
    ]


async def beside_probe(plan: dict[str, Any], tally: Tally, work: Sequence[Awaitable[None]]) -> dict[str, Any]:
    """Do the work to its end while a probe asks whether the process is alive; returns all figures."""
    probes = Tally(tally.start, tally.end)
    cpu, begun = time.process_time(), time.perf_counter()

    async def probe() -> None:
        connection = Connection(plan["host"], plan["port"])
        while (at := time.perf_counter()) < tally.end:
            answer = await connection.ask(request(HEALTH))
            if answer.status != 200:
                raise ValueError(f"{HEALTH}: expected 200, found {answer.status}")
            probes.add(at, answer, 200)
            await asyncio.sleep(max(0.0, at + PROBE_S - time.perf_counter()))
        connection.close()

    async with asyncio.timeout(tally.end - time.perf_counter() + PATIENCE_S):
        await asyncio.gather(probe(), *work)
    taken = (time.process_time() - cpu) / (time.perf_counter() - begun)
    return {**tally.figures(), **spread(probes.turns, "healthz_"), "probes": len(probes.turns), "cpu": taken}


def main() -> None:
    plan = json.load(sys.stdin)
    how = {"closed": closed, "open": opened, "alone": alone}[plan["how"]]
    print(json.dumps(asyncio.run(how(plan))))


if __name__ == "__main__":
    main()
