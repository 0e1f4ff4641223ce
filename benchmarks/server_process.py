"""The servers that server.py measures: processes of their own, over fresh homes, databases and states of the code."""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from sqlalchemy import make_url, text

from tellerbot.database import open_engine

ROOT = Path(__file__).parents[1]
# Those of the demo's customers who can transfer from checking to savings.
CUSTOMERS = ("ada", "dina", "ernest")
SEED = 14
LIMITS = {
    "TELLERBOT_MESSAGES_PER_MINUTE": "10000000",
    "TELLERBOT_SIGN_INS_PER_MINUTE": "10000000",
    "TELLERBOT_TOKEN_MINUTES": "720",
}
Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Server:
    """A server that is up; `passwords` are its demo customers'."""

    process: subprocess.Popen[bytes]
    url: str
    passwords: dict[str, str]
    tokens: list[str]

    def load(self, how: str, **plan: Any) -> Figures:
        """Let the load generator do a plan to the server; see server_load.py."""
        host, port = self.url.removeprefix("http://").split(":")
        plan = {"how": how, "host": host, "port": int(port), "tokens": self.tokens, "seed": SEED, **plan}
        done = subprocess.run(
            [sys.executable, ROOT / "benchmarks" / "server_load.py"],
            input=json.dumps(plan),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"The load generator found something wrong.\n{done.stderr[-4000:]}")
        return json.loads(done.stdout)

    def memory(self) -> float:
        """What the process holds in memory, in MB."""
        return int(_first(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())) / 1024

    def reload(self, count: int) -> None:
        """Reload the release so many times, one after the other."""
        before = self._reloads()
        for done in range(1, count + 1):
            self.process.send_signal(signal.SIGHUP)
            deadline = time.monotonic() + 60
            while self._reloads() < before + done:
                if time.monotonic() > deadline:
                    raise SystemExit("Expected a reload to end within a minute, but it did not.")
                time.sleep(0.05)

    def _reloads(self) -> int:
        found = re.search(r'tellerbot_reloads_total\{outcome="done"\} (\S+)', read(f"{self.url}/metrics").decode())
        return int(float(found[1])) if found else 0


def read(url: str, body: object = None) -> bytes:
    """The answer to a GET, or to a POST of JSON."""
    data = None if body is None else json.dumps(body).encode()
    # Only ever this machine's own server.
    with urlopen(Request(url, data, {"Content-Type": "application/json"}), timeout=30) as answer:  # noqa: S310
        return answer.read()


@contextmanager
def serving(home: Path, work: Path, source: Path, database: str) -> Iterator[Server]:
    """A server of the code in `source`, with a home of its own in `work`, over the releases of `home`."""
    with tempfile.TemporaryDirectory(prefix=".home-", dir=work) as folder:
        own = Path(folder).resolve()
        (own / "releases").symlink_to(home.resolve() / "releases")
        shutil.copytree(home / "registry", own / "registry")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TELLERBOT_")}
        environment |= LIMITS | {"PYTHONPATH": str(source), "TELLERBOT_HOME": str(own)}
        environment["TELLERBOT_DATABASE_URL"] = database
        log = own / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "tellerbot", "serve", "--port", "0"],
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            url = _wait_for_greeting(process, log)
            lines = (own / "var" / "demo-passwords.txt").read_text().splitlines()
            passwords = dict(line.split() for line in lines)
            answers = [
                read(f"{url}/api/v1/auth/token", {"username": name, "password": passwords[name]}) for name in CUSTOMERS
            ]
            yield Server(process, url, passwords, [json.loads(answer)["access_token"] for answer in answers])
        finally:
            process.terminate()
            process.wait(60)


def _wait_for_greeting(process: subprocess.Popen[bytes], log: Path) -> str:
    """The URL that the server says it is at."""
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        if "Stop with" in (greeting := log.read_text()):
            return _first(r"at (http://\S+)", greeting)
        time.sleep(0.05)
    raise SystemExit(f"The server did not start.\n{log.read_text()[-4000:]}")


def _first(pattern: str, content: str) -> str:
    found = re.search(pattern, content)
    assert found, f"expected {pattern} in {content[:500]!r}"
    return found[1]


@contextmanager
def databases(kind: str, admin: str) -> Iterator[str]:
    """The URL of an empty database for the records, dropped afterwards; "" is SQLite's, in the home."""
    if kind == "sqlite":
        yield ""
        return
    name = f"tellerbot_bench_{secrets.token_hex(4)}"
    engine = open_engine(admin, "--postgres").execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    try:
        yield make_url(admin).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        engine.dispose()


@contextmanager
def states(before: str | None) -> Iterator[dict[str, Path]]:
    """The states of the code to measure and where their sources are."""
    with tempfile.TemporaryDirectory(prefix="tellerbot-before-") as folder, ExitStack() as stack:
        found = {"after": ROOT / "src"}
        if before:
            tree = Path(folder) / "tree"
            git("worktree", "add", "--quiet", "--detach", str(tree), before)
            stack.callback(git, "worktree", "remove", "--force", str(tree))
            found = {"before": tree / "src", **found}
        for source in found.values():
            command = [sys.executable, "-c", "import tellerbot; print(tellerbot.__file__)"]
            where = subprocess.check_output(command, env={**os.environ, "PYTHONPATH": str(source)}, text=True).strip()
            if not Path(where).is_relative_to(source):
                raise SystemExit(f"Expected tellerbot from {source}, found {where}. Install it with pip install -e.")
        yield found


def git(*arguments: str) -> str:
    """What a git command prints in this repository."""
    return subprocess.check_output(["git", "-C", ROOT, *arguments], text=True).strip()  # noqa: S607
