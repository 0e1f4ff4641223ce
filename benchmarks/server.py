"""The HTTP server under load, on SQLite and on PostgreSQL: turns a second, times, overload, sign-ins and memory.

Run `make bench-server HOME_DIR=demo`. Each measurement has a server of its own, fresh from the releases of --home: its
records are empty, its bank is the demo's on SQLite, its limits of messages and sign-ins are high, and all else is as by
default. server_load.py is the load, in a process of its own. With --before each measurement is taken of that state of
the code first, from a work tree made for it, and then of this one. Results are kept in --work as they come.
"""

import argparse
import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import text

from server_process import CUSTOMERS, Figures, Server, databases, git, serving, states
from server_tables import tables
from tellerbot.database import open_engine, translate_errors
from tellerbot.files import write_json

PARTS = ("closed", "open", "alone", "sign-in", "memory")
DATABASES = ("sqlite", "postgresql")
LEVELS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 400)
WARM_UP = 2
PEAK_CLIENTS, CHATTING, SIGNING_IN, RELOADS, ALONE = 16, 8, 2, 50, 300
SUSTAINED, SUSTAINED_CONNECTIONS, OVERLOAD, OVERLOAD_CONNECTIONS = 120, 16, 5, 400
Measurement = tuple[str, Figures, Callable[[Server], Figures]]
"""Its part, what tells it from the others of its part, and how to take it."""


def measure_closed(server: Server, clients: int, seconds: float) -> Figures:
    return server.load("closed", clients=clients, warm_up=WARM_UP, seconds=seconds)


def measure_sustained(server: Server, seconds: float) -> Figures:
    return server.load(
        "open", clients=SUSTAINED_CONNECTIONS, warm_up=WARM_UP, seconds=seconds, rate=SUSTAINED, drop=False
    )


def measure_overload(server: Server, seconds: float) -> Figures:
    """Arrivals at five times what the same server answers just before."""
    peak = measure_closed(server, PEAK_CLIENTS, seconds)["turns_per_s"]
    found = server.load(
        "open", clients=OVERLOAD_CONNECTIONS, warm_up=WARM_UP, seconds=seconds, rate=OVERLOAD * peak, drop=True
    )
    return found | {"peak_per_s": peak, "goodput_share": found["turns_per_s"] / peak}


def measure_sign_in(server: Server, seconds: float) -> Figures:
    """Chats by themselves, then beside clients who sign in over and over."""
    people = [[name, server.passwords[name]] for name in CUSTOMERS[:SIGNING_IN]]
    without = measure_closed(server, CHATTING, seconds)
    beside = server.load("closed", clients=CHATTING, warm_up=WARM_UP, seconds=seconds, sign_ins=people)
    names = ("turns_per_s", "median_ms", "p95_ms")
    shown = {f"without_{name}": without[name] for name in names} | {f"beside_{name}": beside[name] for name in names}
    return shown | {"sign_ins_per_s": beside["sign_ins_per_s"]}


def measure_memory(server: Server, soak: float) -> Figures:
    """In MB, after the start, the reloads and the mixed load."""
    found: Figures = {"start_mb": server.memory()}
    server.reload(RELOADS)
    found["reloaded_mb"] = server.memory()
    if soak:
        measure_closed(server, CHATTING, 1)
        found |= {"soak_s": soak, "soak_first_mb": server.memory()}
        measure_closed(server, CHATTING, soak)
        found["soak_last_mb"] = server.memory()
    return found


def measurements(arguments: argparse.Namespace) -> list[Measurement]:
    """Each measurement's part, what tells it from the others of its part, and how to take it."""
    seconds = arguments.seconds
    found: list[Measurement] = [
        ("closed", {"clients": clients}, lambda server, clients=clients: measure_closed(server, clients, seconds))
        for clients in arguments.clients
    ]
    found += [
        ("open", {"arrivals": "sustained"}, lambda server: measure_sustained(server, arguments.sustain)),
        ("open", {"arrivals": "overload"}, lambda server: measure_overload(server, seconds)),
        ("alone", {}, lambda server: server.load("alone", turns=ALONE)),
        ("sign-in", {}, lambda server: measure_sign_in(server, seconds)),
        ("memory", {}, lambda server: measure_memory(server, arguments.soak)),
    ]
    return [each for each in found if each[0] in arguments.only]


def profile(server: Server, seconds: float, file: Path) -> None:
    """Write where the server's time goes with 16 clients, as speedscope (www.speedscope.app) reads it."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    spy = shutil.which("py-spy", path=path)
    if not spy:
        print("No profile: py-spy is not installed. Install it with: pip install py-spy", file=sys.stderr)
        return
    measure_closed(server, PEAK_CLIENTS, 1)
    options = ["--pid", str(server.process.pid), "--duration", str(max(1, round(seconds)))]
    with subprocess.Popen([spy, "record", "--format", "speedscope", "--output", file, *options]) as spying:
        measure_closed(server, PEAK_CLIENTS, seconds)
    print(f"Profile: {file}" if spying.returncode == 0 else "No profile: py-spy failed, see above.", file=sys.stderr)


def describe_machine(work: Path, admin: str) -> Figures:
    """What the figures depend on; the fsync is of 4 KiB, where SQLite's databases are."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    found: Figures = {
        "cores": len(os.sched_getaffinity(0)),
        "load_average": os.getloadavg()[0],
        "processor": next((line.partition(": ")[2] for line in lines if line.startswith("model name")), ""),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "versions": {name: version(name) for name in ("uvicorn", "starlette", "fastapi", "sqlalchemy", "psycopg")},
    }
    if admin:
        engine = open_engine(admin, "--postgres")
        with translate_errors(engine), engine.connect() as connection:
            found["postgresql"] = connection.execute(text("SHOW server_version")).scalar_one()
        engine.dispose()
    times = []
    with tempfile.NamedTemporaryFile(prefix=".fsync-", dir=work) as file:
        for _ in range(50):
            begun = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - begun)
    return found | {"fsync_ms": 1000 * statistics.median(times)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True, help="a home with a trained release, such as make run's")
    parser.add_argument(
        "--work", type=Path, default=Path("bench-server"), help="where results and the servers' own files are kept"
    )
    parser.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--databases", nargs="*", choices=DATABASES, default=list(DATABASES))
    parser.add_argument("--postgres", default="postgresql://postgres@127.0.0.1:5432/postgres", help="to make databases")
    parser.add_argument("--clients", nargs="*", type=int, default=list(LEVELS), help="levels of the closed loop")
    parser.add_argument("--seconds", type=float, default=8, help="of each load, after two of warm-up")
    parser.add_argument("--sustain", type=float, default=30, help=f"seconds of {SUSTAINED} arrivals a second")
    parser.add_argument("--soak", type=float, default=0, help="seconds of mixed load while memory is watched")
    parser.add_argument("--before", metavar="COMMIT", help="another state of the code to measure beside this one")
    parser.add_argument("--profile", action="store_true", help="also write profiles, with py-spy")
    arguments = parser.parse_args()
    if not (arguments.home / "registry").is_dir():
        parser.error(f"expected a home with a registry, found none in {arguments.home}. Make one with: make run")
    work = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    kept = work / f"server-{datetime.now():%Y%m%d-%H%M%S}.json"
    admin = arguments.postgres if "postgresql" in arguments.databases else ""
    rows: list[Figures] = []
    found = {"command": sys.argv[1:], "machine": describe_machine(work, admin), "commit": commit(), "rows": rows}
    with states(arguments.before) as sources:
        for database in arguments.databases:
            for part, key, measure in measurements(arguments):
                for state, source in sources.items():
                    print(f"{database}, {part}, {key or ''}, {state} ...", file=sys.stderr, flush=True)
                    with databases(database, admin) as url, serving(arguments.home, work, source, url) as server:
                        rows.append({"database": database, "part": part, **key, "state": state, **measure(server)})
                    write_json(kept, found)
            if arguments.profile:
                with databases(database, admin) as url, serving(arguments.home, work, sources["after"], url) as server:
                    profile(server, arguments.seconds, kept.with_name(f"{kept.stem}-{database}.speedscope.json"))
    print(f"{tables(rows)}\n\nMachine: {found['machine']}\nKept in {kept}")


def commit() -> str:
    """The commit of this state of the code, with -dirty where it has changed since."""
    return git("describe", "--always", "--dirty")


if __name__ == "__main__":
    main()
