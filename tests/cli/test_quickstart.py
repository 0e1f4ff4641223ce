"""`tellerbot quickstart` when the release is there: what is left is the server."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_server_replaces_the_process_that_trained_and_ends_with_ctrl_c(own_home: Path, tiny_project: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tellerbot", "quickstart", own_home, "--project", tiny_project],
        env={**os.environ, "TELLERBOT_PORT": "0"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # A shell's background job is born deaf to it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    try:
        assert process.stdout
        said = []
        for line in process.stdout:
            said.append(line)
            if "Stop with Ctrl-C." in line:
                break
        command = Path(f"/proc/{process.pid}/cmdline").read_text().split("\0")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert any("made from it already" in line for line in said)
    assert command[3:6] == ["serve", "--home", str(own_home)]
    assert process.returncode == 130 and errors == f"Home: {own_home}\n"
