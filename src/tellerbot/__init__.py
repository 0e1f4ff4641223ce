"""tellerbot fine-tunes, measures and serves a banking support assistant."""

from typing import TYPE_CHECKING, Any

from tellerbot.version import __version__

if TYPE_CHECKING:
    from tellerbot.assistant.load import load
    from tellerbot.intents.train import train

__all__ = ["__version__", "load", "train"]


def __getattr__(name: str) -> Any:
    # Resolved on first use, so that `import tellerbot` loads neither torch nor onnxruntime.
    if name == "load":
        from tellerbot.assistant.load import load

        return load
    if name == "train":
        from tellerbot.intents.train import train

        return train
    raise AttributeError(f"module 'tellerbot' has no attribute {name!r}")
