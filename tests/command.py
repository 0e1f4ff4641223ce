"""The `tellerbot` command in this process: what a new one would print and exit with, without importing all again."""

import gc
import io
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tellerbot.cli.main import main


def run(
    home: Path | None, *arguments: object, stdin: str = "", folder: Path | None = None, **environment: str
) -> CompletedProcess[str]:
    """Run a command on a home in a folder, the present ones by default, with further variables of the environment."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in range(2))
    command = ["tellerbot", *map(str, arguments)]
    code: object = 0
    # What a process leaves open ends with it.
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        warnings.simplefilter("ignore")
        for name, value in environment.items():
            patch.setenv(name, value)
        if home is not None:
            patch.setenv("TELLERBOT_HOME", str(home))
        if folder is not None:
            patch.chdir(folder)
        patch.setattr(sys, "argv", command)
        patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8"))
        try:
            main()
        except SystemExit as end:
            code = end.code
        gc.collect()
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
    return CompletedProcess(command, code if isinstance(code, int) else int(code is not None), *texts)
