"""What serves must not need what trains."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BLOCKED = """
import sys
from pathlib import Path

class Block:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"torch", "transformers", "sklearn", "scipy", "matplotlib", "psycopg", "django"}:
            raise ImportError(f"{name} is not in the core install")

sys.meta_path.insert(0, Block())
import tellerbot
from tellerbot.settings import Settings
turn = tellerbot.load("production", Settings(home=Path(sys.argv[1]))).reply("what is my balance", "CUST-1")
import tellerbot.server.app
import tellerbot.responses.local
import tellerbot.responses.remote
print(turn.reply)
"""


@pytest.mark.slow
def test_a_release_answers_without_torch_or_any_other_extra(own_home: Path) -> None:
    result = subprocess.run([sys.executable, "-c", BLOCKED, str(own_home)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "$2,682.00" in result.stdout


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, tellerbot; print(sorted({'torch', 'onnxruntime', 'numpy', 'fastapi'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_no_telemetry_is_kept_to_be_sent(tmp_path: Path) -> None:
    # ONNX Runtime keeps what it will send in the user's cache, except where tests run.
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "ORT_DISABLE_TELEMETRY")}
    environment |= {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", "import tellerbot.encoder.runtime"], env=environment, check=True)
    assert [*tmp_path.rglob("*")] == []


def test_a_missing_extra_gives_the_install_line(tmp_path: Path) -> None:
    code = BLOCKED.split("import tellerbot\n")[0] + "\nfrom tellerbot.cli.main import main\nmain()\n"
    config = Path(__file__).parents[1] / "configs" / "intents.yaml"
    command = [sys.executable, "-c", code, "train", "intents", str(config), "--data", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2 and "pip install 'tellerbot[train]'" in result.stderr
