"""The server as a process: killed, reloaded, overloaded, told to stop, started badly."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from server.conftest import start, start_command  # pyright: ignore[reportMissingImports]
from tellerbot.assistant.load import open_store
from tellerbot.errors import ArtefactError
from tellerbot.records.conversations import Conversations
from tellerbot.records.verify import verify
from tellerbot.release.registry import Registry
from tellerbot.server.processes import reload_all
from tellerbot.server.run import listen
from tellerbot.settings import Settings


@pytest.mark.slow
def test_killing_the_server_mid_chat_loses_no_acknowledged_turn(own_home: Path) -> None:
    running = start(own_home, TELLERBOT_MESSAGES_PER_MINUTE="100000")
    acknowledged: list[str] = []

    def chat() -> None:
        try:
            client = running.client("ada")
            while True:
                reply = client.post("/api/v1/chat/", json={"message": "what is my balance"})
                acknowledged.append(reply.json()["turn_id"])
        except httpx.HTTPError:
            return

    threads = [threading.Thread(target=chat) for _ in range(4)]
    for thread in threads:
        thread.start()
    while len(acknowledged) < 20:
        time.sleep(0.05)
    running.process.kill()
    for thread in threads:
        thread.join()
    running.stop(signal.SIGKILL)

    store = open_store(Settings(home=own_home))
    kept = {
        turn.id
        for item in Conversations(store).list_page("CUST-1", limit=10_000)
        for turn in store.turns(item["id"], "CUST-1")
    }
    assert len(acknowledged) >= 20 and set(acknowledged) <= kept
    verdict = verify(store.engine)
    assert not verdict.faults and verdict.turns == len(kept)


@pytest.mark.slow
def test_reloading_changes_the_release_and_drops_no_request(own_home: Path) -> None:
    running = start(own_home, TELLERBOT_MESSAGES_PER_MINUTE="100000")
    client, done = running.client("ada"), threading.Event()
    statuses: list[int] = []
    releases: list[str] = []

    def chat() -> None:
        mine = running.client("ben")
        while not done.is_set():
            reply = mine.post("/api/v1/chat/", json={"message": "what is my balance"})
            statuses.append(reply.status_code)
            releases.append(reply.json()["release"])

    threads = [threading.Thread(target=chat) for _ in range(2)]
    for thread in threads:
        thread.start()
    while not releases:
        time.sleep(0.05)
    registry = Registry.at(Settings(home=own_home))
    for version, change in (
        ("1.1.0", lambda: registry.promote("production", "1.1.0")),
        ("1.0.0", lambda: registry.rollback("production")),
    ):
        change()
        assert reload_all(own_home / "var") == 1
        deadline = time.monotonic() + 30
        while client.get("/readyz").json()["release"] != version or releases[-1:] != [version]:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    done.set()
    for thread in threads:
        thread.join()
    running.stop()
    assert set(statuses) == {200} and {"1.0.0", "1.1.0"} == set(releases)


def test_a_damaged_release_is_not_taken_over(own_home: Path) -> None:
    running = start(own_home)
    registry = Registry.at(Settings(home=own_home))
    registry.promote("production", "1.1.0")
    aliases = own_home / "registry" / "aliases.json"
    aliases.write_text('{"production": ["9.9.9"]}')
    os.kill(running.process.pid, signal.SIGHUP)
    client = running.client()
    deadline = time.monotonic() + 20
    while 'tellerbot_reloads_total{outcome="failed"} 1.0' not in client.get("/metrics").text:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert client.get("/readyz").json()["release"] == "1.0.0"
    assert "still serving 1.0.0" in running.stop()
    with pytest.raises(ArtefactError, match=r"found '9.9.9'|found 'production'"):
        registry.resolve("production")


@pytest.mark.slow
def test_stopping_lets_turns_under_way_end_and_leaves_no_pid_file(own_home: Path) -> None:
    running = start_command(own_home)
    running.stop()
    assert running.process.returncode == 0
    assert not [*(own_home / "var").glob("*.pid")] and reload_all(own_home / "var") == 0


@pytest.mark.slow
def test_stopped_as_soon_as_it_greets_it_stops(own_home: Path) -> None:
    for _ in range(3):
        running = start_command(own_home)
        assert running.stop() == "" and running.process.returncode == 0


@pytest.mark.slow
def test_a_killed_server_leaves_its_number_to_nobody_and_two_keep_theirs_apart(own_home: Path) -> None:
    killed, other = start(own_home), start(own_home)
    files = {int(path.read_text()): path for path in (own_home / "var").glob("*.pid")}
    assert reload_all(own_home / "var") == 2
    left = files[killed.process.pid]
    killed.stop(signal.SIGKILL)
    # The number is another process's by now: this one's, which a signal would end.
    left.write_text(f"{os.getpid()}\n")
    assert reload_all(own_home / "var") == 1 and not left.exists()
    again = start(own_home, int(killed.url.rpartition(":")[2]))
    assert reload_all(own_home / "var") == 2
    for running in (again, other):
        running.stop()
    assert reload_all(own_home / "var") == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_nagles_algorithm_is_off_on_accepted_connections(host: str) -> None:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    with closing(listen(Settings(host=host, port=0))) as listener:
        server = uvicorn.Server(uvicorn.Config(answer, lifespan="off", log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        with httpx.Client() as client:
            port = listener.getsockname()[1]
            assert client.get(f"http://{f'[{host}]' if ':' in host else host}:{port}/").status_code == 200
            [connection] = server.server_state.connections
            accepted: socket.socket = connection.transport.get_extra_info("socket")  # type: ignore[union-attr]
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        server.should_exit = True
        thread.join()


def run(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tellerbot", *arguments],
        env={**os.environ, "TELLERBOT_HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.slow
def test_a_busy_port_is_told_at_once(own_home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run(own_home, "serve", "--port", str(port))
    assert result.returncode == 2 and f"127.0.0.1:{port}" in result.stderr and "--port" in result.stderr


@pytest.mark.slow
def test_a_secret_that_others_may_read_is_refused(own_home: Path) -> None:
    (own_home / "var" / "secret.key").write_text("s" * 64)
    (own_home / "var" / "secret.key").chmod(0o644)
    result = run(own_home, "serve", "--port", "0")
    assert result.returncode == 2 and "chmod 600" in result.stderr


@pytest.mark.slow
def test_a_database_that_is_away_is_told_with_its_remedy(own_home: Path) -> None:
    url = "postgresql://nobody:secret@127.0.0.1:1/none"
    result = run(own_home, "serve", "--port", "0", TELLERBOT_DATABASE_URL=url)
    assert result.returncode == 1 and "cannot be used now" in result.stderr and "secret" not in result.stderr


@pytest.mark.slow
def test_it_serves_from_postgresql(own_home: Path, postgres_url: str) -> None:
    running = start(own_home, TELLERBOT_DATABASE_URL=postgres_url, TELLERBOT_BANK__URL=postgres_url)
    try:
        client = running.client("ada")
        reply = client.post("/api/v1/chat/", json={"message": "what is my balance"}).json()
        assert "$2,682.00" in reply["reply"]
        assert len(client.get(f"/api/v1/conversations/{reply['conversation_id']}").json()["turns"]) == 1
    finally:
        running.stop()
    store = open_store(Settings(database_url=postgres_url))
    assert verify(store.engine).turns == 1
    store.engine.dispose()
