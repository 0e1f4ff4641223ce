"""A server after hours of use: it takes no more memory, descriptors or threads than at first, and keeps every turn."""

import asyncio
import json
import os
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from server.conftest import Server, drain, start  # pyright: ignore[reportMissingImports]
from slow.soak_load import Client, Tally, connect  # pyright: ignore[reportMissingImports]
from tellerbot.database import open_engine
from tellerbot.records.tables import turns
from tellerbot.server.processes import reload_all
from tellerbot.settings import Settings

# Of load in all. In each round the release is reloaded twice: under load, and at rest before the server is measured.
SECONDS, ROUNDS = 600.0, 25
# They have two accounts each.
USERS, CLIENTS = ("ada", "dina"), 8
# The sockets of a server without connections: it listens on one, and its loop has two.
IDLE = 3
# What may grow after the first third of the rounds, when caches are full. Python's blocks tell of a leak: one that a
# request leaves, or so many by chance. A process's memory also holds what its allocators cannot give back, which
# swings: it may grow by so much of itself, as much as a leak of 500 bytes a request outside of Python would take.
A_REQUEST, BY_CHANCE, SHARE = 1, 15_000, 0.1
# A server that takes longer to say that it is alive, in seconds, is taken for dead.
ALIVE = 2.0


@dataclass(frozen=True, slots=True)
class Sample:
    """The server at rest after so many requests: blocks that Python holds, memory and log in bytes.

    `healthz` is in seconds, under load before.
    """

    requests: int
    blocks: int
    memory: int
    descriptors: int
    threads: int
    healthz: float
    log: int

    def __str__(self) -> str:
        return (
            f"{self.requests:7,} requests  {self.blocks:,} blocks  {self.memory / 1e6:6.1f} MB  "
            f"{self.descriptors} descriptors  {self.threads} threads  "
            f"/healthz {1000 * self.healthz:.0f} ms  log {self.log:,} bytes"
        )


def show(line: object) -> None:
    print(line, flush=True)  # noqa: T201 - figures for whoever watches


def growth(samples: Sequence[Sample], value: Callable[[Sample], float]) -> float:
    """What a value grows by from the first to the last sample, by the median of the slopes between any two (Theil)."""
    slopes = [(value(b) - value(a)) / (b.requests - a.requests) for a, b in combinations(samples, 2)]
    return statistics.median(slopes) * (samples[-1].requests - samples[0].requests)


@pytest.fixture
def server(own_flow_home: Path) -> Iterator[Server]:
    limits = {"TELLERBOT_MESSAGES_PER_MINUTE": "100000", "TELLERBOT_SIGN_INS_PER_MINUTE": "100000"}
    running = start(own_flow_home, **limits)
    threading.Thread(target=drain, args=[running.process.stdout, log_of(running)]).start()
    yield running
    running.process.kill()
    running.process.wait(30)


def log_of(server: Server) -> Path:
    return server.home / "server.log"


async def soak(server: Server, tally: Tally) -> list[Sample]:
    """Let customers come and go; returns the server after each round."""
    clients = [
        Client(server, tally, USERS[number % len(USERS)], random.Random(number))  # noqa: S311 - no secret
        for number in range(CLIENTS)
    ]
    for client in clients:
        await client.begin()
    samples = []
    for _ in range(ROUNDS):
        healthz = await load(server, clients, SECONDS / ROUNDS)
        samples.append(await measure(server, tally, healthz))
        show(samples[-1])
    return samples


async def load(server: Server, clients: Sequence[Client], seconds: float) -> float:
    """Let the clients act for so long while the release is reloaded; returns the median time of /healthz."""
    end = time.monotonic() + seconds

    async def act(client: Client) -> None:
        async with client.connected():
            while time.monotonic() < end:
                await client.act()

    async with connect(server) as http, asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(act(client))
        probe = group.create_task(look(http, end))
        await asyncio.sleep(seconds / 2)
        await reload(server, http)
    return probe.result()


async def look(http: httpx.AsyncClient, end: float) -> float:
    """Ask again and again whether the server is alive; returns the median time."""
    times = []
    while time.monotonic() < end:
        begun = time.monotonic()
        assert (await http.get("/healthz")).status_code == 200
        times.append(time.monotonic() - begun)
        await asyncio.sleep(0.1)
    return statistics.median(times)


async def reload(server: Server, http: httpx.AsyncClient) -> None:
    """Load the release anew, as `tellerbot release reload` does, and wait for its end."""

    done = 'tellerbot_reloads_total{outcome="done"}'
    before, deadline = await read_metric(http, done), time.monotonic() + 60
    assert reload_all(server.home / "var") == 1
    while await read_metric(http, done) == before:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def read_metric(http: httpx.AsyncClient, name: str) -> float:
    """The value of a metric, 0 while there is none."""
    found = re.search(rf"^{re.escape(name)} (\S+)", (await http.get("/metrics")).text, re.MULTILINE)
    return float(found[1]) if found else 0.0


async def measure(server: Server, tally: Tally, healthz: float) -> Sample:
    """Reload the release at rest, which gives back what is free, and see what the server holds."""
    async with connect(server) as http:
        await reload(server, http)
        blocks = int(await read_metric(http, "tellerbot_python_blocks"))
    process, deadline = Path(f"/proc/{server.process.pid}"), time.monotonic() + 30
    while sum("socket" in name for name in descriptors(process)) > IDLE:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    memory, threads = int(status["VmRSS"].split()[0]) * 1024, int(status["Threads"])
    log = log_of(server).stat().st_size
    return Sample(tally.requests, blocks, memory, len(descriptors(process)), threads, healthz, log)


def descriptors(process: Path) -> list[str]:
    """What the descriptors of a process lead to; one may be closed meanwhile."""
    return [os.readlink(path) for path in (process / "fd").iterdir() if os.path.lexists(path)]  # noqa: PTH115


def audit(home: Path) -> dict[str, int]:
    """What `tellerbot audit verify` finds."""
    command = [sys.executable, "-m", "tellerbot", "audit", "verify", "--json", str(home / "audit.json")]
    result = subprocess.run(
        command, env={**os.environ, "TELLERBOT_HOME": str(home)}, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout
    return json.loads((home / "audit.json").read_text())


@pytest.mark.timeout(4 * SECONDS)
def test_hours_of_use_leave_a_server_as_it_was(server: Server) -> None:
    tally = Tally()
    samples = asyncio.run(soak(server, tally))
    show(f"{dict(tally.acts)} {dict(tally.statuses)}")
    warm = samples[ROUNDS // 3 :]
    requests = warm[-1].requests - warm[0].requests
    names = ("blocks", "memory", "descriptors", "threads")
    grown = {name: growth(warm, lambda sample, name=name: getattr(sample, name)) for name in names}
    show(f"Over the last {requests:,} requests: {grown}")
    assert grown["blocks"] <= max(A_REQUEST * requests, BY_CHANCE)
    assert grown["memory"] <= SHARE * warm[0].memory
    # SQLite may open one more connection for a while, and idle threads end by themselves.
    assert grown["descriptors"] < 4 and grown["threads"] < 4
    assert max(sample.healthz for sample in samples) < ALIVE

    server.process.terminate()
    assert server.process.wait(60) == 0
    # Nothing but the reloads is worth a line.
    assert [
        line for line in log_of(server).read_text().splitlines() if "WARNING tellerbot Now serving" not in line
    ] == []
    engine = open_engine(Settings(home=server.home).database)
    with engine.connect() as connection:
        recorded = set(connection.execute(select(turns.c.id)).scalars())
    engine.dispose()
    assert set(tally.turns) <= recorded <= set(tally.turns) | tally.abandoned
    assert audit(server.home)["turns"] == len(recorded)
