"""Replies from a .gguf file through llama-cpp-python, in this process: the optional extra `llama`."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from tellerbot.errors import ArtefactError, MissingExtraError, UnavailableError
from tellerbot.model_server import broken
from tellerbot.responses.engine import Budget, closed_error
from tellerbot.responses.remote import WATCH, Chunk, Countdown, from_model_pieces, messages

# Tokens of the system message, the brief and the reply together.
CONTEXT = 2048
_MAGIC = b"GGUF"


class LlamaEngine:
    """An engine that writes replies with llama.cpp, one after the other. The file's own chat template is used.

    A budget is looked at between tokens: reading the prompt, which takes part of a second, is not broken off.
    """

    def __init__(self, path: Path, threads: int) -> None:
        """Load the model.

        Raises ArtefactError for a file that is no GGUF, MissingExtraError without llama-cpp-python.
        """
        check_gguf(path)
        try:
            from llama_cpp import Llama  # pyright: ignore[reportMissingImports]
        except ImportError as error:
            raise MissingExtraError("Serving a GGUF file", "llama") from error
        self._name = path.name
        # A Llama keeps the state of what it reads, so it is for one reply at a time.
        self._lock = Lock()
        try:
            self._model: Any = Llama(
                model_path=str(path), n_ctx=CONTEXT, n_threads=threads, n_threads_batch=threads, verbose=False
            )
        except (ValueError, RuntimeError, OSError) as error:
            raise ArtefactError(
                f"{path}: expected a language model, found: {error}. Fetch or make it again."
            ) from error

    def write(self, prompt: str, budget: Budget, is_cancelled: Callable[[], bool]) -> Generator[str, None, None]:
        """See Engine."""
        return self._write(prompt, Countdown(budget, is_cancelled))

    def close(self) -> None:
        """Stop before the next token. The memory is given back once the reply under way has stopped."""
        self._model = None

    def _write(self, prompt: str, countdown: Countdown) -> Generator[str, None, None]:
        with self._turn(countdown), closing(self._chunks(prompt, countdown.budget)) as chunks:
            yield from from_model_pieces(contents(chunks, countdown))

    @contextmanager
    def _turn(self, countdown: Countdown) -> Iterator[None]:
        """Wait for the model, and have it alone. Raises OutOfBudgetError."""
        countdown.check()
        while not self._lock.acquire(timeout=WATCH):
            countdown.check()
        try:
            yield
        finally:
            self._lock.release()

    def _chunks(self, prompt: str, budget: Budget) -> Generator[Chunk, None, None]:
        model = self._model
        if model is None:
            raise closed_error()
        try:
            for event in model.create_chat_completion(
                messages=messages(prompt),
                max_tokens=budget.tokens,
                temperature=0,
                repeat_penalty=1.0,
                stream=True,
            ):
                yield Chunk.model_validate(event)
                if self._model is None:
                    raise closed_error()
        except (ValueError, RuntimeError) as error:
            # Its message may quote the prompt.
            raise UnavailableError(
                f"Expected {self._name} to write a reply, found {type(error).__name__}. A brief may be longer than "
                f"{CONTEXT} tokens, or the file's chat template may take no system message."
            ) from None


def check_gguf(path: Path) -> None:
    """Raise ArtefactError when `path` is anything but a GGUF file."""
    try:
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
    except OSError as error:
        raise ArtefactError(f"{path}: expected a .gguf file, found none that can be read: {error.strerror}.") from error
    if path.suffix != ".gguf":
        raise _other(path, f"a {path.suffix} file" if path.suffix else "a file without an ending")
    if start != _MAGIC:
        raise _other(path, "other content")


def _other(path: Path, found: str) -> ArtefactError:
    return ArtefactError(
        f"{path}: expected a .gguf file, found {found}. Convert the model with llama.cpp's convert_hf_to_gguf.py."
    )


def contents(chunks: Iterable[Chunk], countdown: Countdown) -> Iterator[str]:
    """Yield the texts of a chat completion's chunks up to its end.

    Raises OutOfBudgetError when the budget is spent, UnavailableError when the chunks stop before the reply's end.
    """
    for chunk in chunks:
        countdown.check()
        text, ended = chunk.read(countdown.budget)
        if text:
            yield text
        if ended:
            return
    raise broken("no end")
