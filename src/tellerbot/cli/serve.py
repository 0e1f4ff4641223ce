"""The `tellerbot serve` command."""

import os
from typing import Annotated

import typer

from tellerbot.cli.options import load_settings


def serve(
    release: Annotated[str, typer.Argument(help="A release or alias.")] = "production",
    host: Annotated[str | None, typer.Option(help="Address to listen on; else TELLERBOT_HOST or 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; else TELLERBOT_PORT or 8000.")] = None,
) -> None:
    """Serve an assistant: API and chat page."""
    # Before the libraries are there that read them. For one message after the other their own threads cost more than
    # they do, and keep the cores from other customers' turns.
    for name, value in (("TOKENIZERS_PARALLELISM", "false"), ("OPENBLAS_NUM_THREADS", "1")):
        os.environ.setdefault(name, value)
    from tellerbot.server.run import run

    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    run(release, load_settings(**given))
