"""The engine that serves a responder in this process: waiting requests are written in one batch."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tellerbot.errors import UnavailableError
from tellerbot.responses.engine import Budget, BusyError, OutOfBudgetError, closed_error
from tellerbot.responses.exported import ExportedModel

log = logging.getLogger("tellerbot")


@dataclass(slots=True, eq=False)
class _Request:
    """`texts` gets the reply so far after each token, and at the end whether it is whole, or why it never will be."""

    prompt: str
    tokens: int
    deadline: float
    is_cancelled: Callable[[], bool]
    texts: "queue.SimpleQueue[str | bool | UnavailableError]" = field(default_factory=queue.SimpleQueue)
    stopped: bool = False

    def is_over(self) -> bool:
        return self.stopped or time.monotonic() > self.deadline or self.is_cancelled()


class LocalEngine:
    """One model and one thread that runs it; requests that came while it wrote are written together, next."""

    def __init__(self, model: ExportedModel, waiting: int, at_once: int) -> None:
        """Start the thread; at most `waiting` requests wait for the model, and `at_once` are written in one batch."""
        self._model = model
        self._at_once = at_once
        self._closed = False
        self._waiting: queue.Queue[_Request | None] = queue.Queue(waiting)
        # The first call is slow, and it keeps the state of what is the same in every request.
        model.write(["Customer: hello"], 1)
        self._thread = threading.Thread(target=self._run, name="tellerbot-writer", daemon=True)
        self._thread.start()

    def write(self, prompt: str, budget: Budget, is_cancelled: Callable[[], bool]) -> Iterator[str]:
        """See `Engine.write`."""
        if self._closed:
            raise closed_error()
        request = _Request(prompt, budget.tokens, time.monotonic() + budget.seconds, is_cancelled)
        try:
            self._waiting.put_nowait(request)
        except queue.Full as error:
            raise BusyError("Expected room for one more reply, found too many waiting. Try again.") from error
        said = ""
        try:
            while True:
                try:
                    text = request.texts.get(timeout=max(0.0, request.deadline - time.monotonic()))
                except queue.Empty:
                    text = False
                if isinstance(text, UnavailableError):
                    raise text
                if text is True:
                    return
                if text is False:
                    # The model's thread sees the deadline too, and may be the first to.
                    if time.monotonic() >= request.deadline:
                        raise OutOfBudgetError(f"The reply took more than {budget.seconds:g} seconds.")
                    raise OutOfBudgetError(f"The reply took more than {budget.tokens} tokens, or nobody waits for it.")
                # A token may change how the one before it is read, but never by more than what is held back.
                if text.startswith(said) and len(text) > len(said):
                    yield text[len(said) :]
                    said = text
        finally:
            request.stopped = True

    def close(self) -> None:
        """Stop for good; see `Engine.close`."""
        self._closed = True
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        self._serve()
        # What still waits was asked for while the engine closed.
        while not self._waiting.empty():
            if request := self._waiting.get():
                request.texts.put(closed_error())

    def _serve(self) -> None:
        while (first := self._waiting.get()) is not None:
            batch = [first]
            while len(batch) < self._at_once:
                try:
                    more = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    self._waiting.put(None)
                    break
                batch.append(more)
            over = [request for request in batch if request.is_over()]
            for request in over:
                request.texts.put(False)
            self._write([request for request in batch if request not in over])

    def _write(self, batch: list[_Request]) -> None:
        if not batch:
            return

        def on_text(at: int, text: str, ended: bool) -> bool:
            if ended:
                # Others of the batch may go on for long. A reply whose end is not seen here ends with the batch, below.
                batch[at].texts.put(text)
                batch[at].texts.put(True)
                return True
            # An unclosed bracket may begin a placeholder, which is passed on whole.
            opened = text.rfind("[")
            batch[at].texts.put(text if opened < text.rfind("]") or opened < 0 else text[:opened])
            return batch[at].is_over()

        try:
            written = self._model.write(
                [request.prompt for request in batch], max(one.tokens for one in batch), on_text
            )
        except Exception as error:
            # CTranslate2 raises bare errors, as for a prompt that is longer than the model reads. The thread goes on.
            log.exception("The model failed to write")
            for request in batch:
                request.texts.put(UnavailableError(f"Expected the model to write, found {type(error).__name__}."))
            return
        for request, found in zip(batch, written, strict=True):
            if found.whole:
                request.texts.put(found.text)
            request.texts.put(found.whole)
