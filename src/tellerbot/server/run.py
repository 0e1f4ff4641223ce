"""Running the server: the port, the signals, the greeting."""

import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import closing

import uvicorn

from tellerbot.assistant.load import PASSWORDS
from tellerbot.errors import ConfigError
from tellerbot.server.app import create_app, open_state
from tellerbot.server.connections import connections
from tellerbot.server.logs import start_log
from tellerbot.server.processes import note_server
from tellerbot.server.state import GRACE, ServerState
from tellerbot.settings import Settings

# Connections that the system holds for the server while it is busy.
BACKLOG = 128


def run(release: str, settings: Settings) -> None:
    """Serve until a signal to stop. SIGHUP reloads what the alias names without dropping a request.

    Raises ConfigError when the port is taken.
    """
    start_log()
    with closing(listen(settings)) as listener:
        state = open_state(release, settings)
        config = uvicorn.Config(
            create_app(state),
            log_level="warning",
            access_log=False,
            http=connections(),  # type: ignore[arg-type]  # called as the class is
            backlog=BACKLOG,
            timeout_graceful_shutdown=GRACE,
            server_header=False,
            # Whom to believe is decided by TELLERBOT_PROXIES; uvicorn would believe whatever runs on this machine.
            proxy_headers=False,
        )
        # uvicorn raises the signal again when it has shut down; this makes that an orderly end.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=state.reload).start())
        with note_server(settings.var):
            _Server(config, lambda: _greet(state, listener)).run(sockets=[listener])


class _Server(uvicorn.Server):
    """A server that greets once it takes requests and the signals to stop.

    An earlier signal can be lost in an import.
    """

    def __init__(self, config: uvicorn.Config, greet: Callable[[], None]) -> None:
        super().__init__(config)
        self._greet = greet

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._greet()


def listen(settings: Settings) -> socket.socket:
    """Open the listening socket, before anything is loaded, so that a busy port is reported at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only where the protocol is named; with it a reply on a kept-alive connection
    # waits 40 ms for the client to acknowledge its headers.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"Expected to listen on {settings.host}:{settings.port}, but: {error.strerror}. Stop what uses it, or "
            "choose another port with --port or TELLERBOT_PORT."
        ) from error
    return listener


def _greet(state: ServerState, listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}{state.settings.prefix}"
    lines = [f"{state.assistant.parts.project.assistant.name} {state.assistant.manifest.version} at {address}"]
    passwords = state.settings.var / PASSWORDS
    if state.settings.bank.name == "demo" and passwords.is_file():
        lines += ["Sign in as one of the demo customers (made for this machine, kept in " + str(passwords) + "):"]
        lines += ["  user {}  password {}".format(*line.split()) for line in passwords.read_text().splitlines()]
    lines.append("Stop with Ctrl-C.")
    print("\n".join(lines), flush=True)  # noqa: T201 - the greeting is the command's output
