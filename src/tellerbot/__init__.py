"""tellerbot fine-tunes, measures and serves a banking support assistant."""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tellerbot.version import __version__

if TYPE_CHECKING:
    from tellerbot.assistant.load import load
    from tellerbot.intents.config import IntentsConfig
    from tellerbot.intents.evaluate import evaluate
    from tellerbot.intents.predict import IntentPredictor
    from tellerbot.intents.train import train
    from tellerbot.project.scaffold import init_project
    from tellerbot.release.build import build_release
    from tellerbot.release.registry import Registry
    from tellerbot.settings import Settings

# ONNX Runtime reports its use to its maker unless this is set before it is imported.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__all__ = [
    "IntentPredictor",
    "IntentsConfig",
    "Registry",
    "Settings",
    "__version__",
    "build_release",
    "evaluate",
    "init_project",
    "load",
    "train",
]
# Name -> the module that has it.
_LATER = {
    "IntentPredictor": "tellerbot.intents.predict",
    "IntentsConfig": "tellerbot.intents.config",
    "Registry": "tellerbot.release.registry",
    "Settings": "tellerbot.settings",
    "build_release": "tellerbot.release.build",
    "evaluate": "tellerbot.intents.evaluate",
    "init_project": "tellerbot.project.scaffold",
    "load": "tellerbot.assistant.load",
    "train": "tellerbot.intents.train",
}


def __getattr__(name: str) -> Any:
    # Resolved on first use, so that `import tellerbot` loads neither torch nor onnxruntime.
    if name not in _LATER:
        raise AttributeError(f"module 'tellerbot' has no attribute {name!r}")
    return getattr(import_module(_LATER[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
