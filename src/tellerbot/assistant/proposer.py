"""Asking a model on an OpenAI-compatible server for proposals, each within its seconds."""

import logging
import time
from concurrent.futures import CancelledError
from threading import Lock

from pydantic import BaseModel, Field, ValidationError

from tellerbot.assistant.proposal import Menu, ReadingProposal, read_proposal
from tellerbot.assistant.propose_prompt import describe_message, describe_task
from tellerbot.conversation.state import State
from tellerbot.errors import ConfigError, UnavailableError
from tellerbot.model_server import ModelServer, broken
from tellerbot.project.load import Project

# The most tokens of a proposal, and bytes of the answer that brings it.
TOKENS, LONGEST = 800, 1 << 16
# After so many failures in a row the model is not asked for so many seconds.
FAILURES, REST = 3, 30.0
log = logging.getLogger("tellerbot")


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message


class _Completion(BaseModel, hide_input_in_errors=True):
    choices: list[_Choice] = Field(min_length=1)


class Breaker:
    """A circuit breaker, so that a dead server does not cost every message its seconds; `rest` is its pause."""

    def __init__(self, rest: float = REST) -> None:
        self.rest = rest
        self._lock = Lock()
        self._failures = 0
        self._until = 0.0

    def allows(self) -> bool:
        """Return whether to ask now. After a rest one caller may ask, and the others wait for the outcome."""
        with self._lock:
            if self._failures < FAILURES:
                return True
            now = time.monotonic()
            if now < self._until:
                return False
            self._until = now + self.rest
            return True

    def note(self, is_fine: bool) -> None:
        """Record whether the server answered."""
        with self._lock:
            self._failures = 0 if is_fine else self._failures + 1
            self._until = time.monotonic() + self.rest


class Proposer:
    """A client that asks a model for proposals, each within `seconds`, from several threads at once."""

    def __init__(self, server: ModelServer, seconds: float, project: Project) -> None:
        self.name = server.model or "a model"
        self.menu = Menu.of(project)
        self.breaker = Breaker()
        self._server = server
        self.seconds = seconds
        self._project = project
        self._task = describe_task(project, self.menu)
        schema = {"name": "proposal", "strict": True, "schema": self.menu.schema()}
        self._format = {"type": "json_schema", "json_schema": schema}

    def propose(self, text: str, state: State) -> ReadingProposal:
        """Ask how the model reads a masked message in the light of its conversation.

        Raises UnavailableError when it does not answer in time or is not asked for now, SenselessError when what it
        writes is no proposal. Neither says anything that the server sent.
        """
        if not self.breaker.allows():
            raise UnavailableError(f"it failed {FAILURES} times in a row")
        try:
            content = self._write(describe_message(text, state, self._project))
        except UnavailableError:
            self.breaker.note(False)
            raise
        self.breaker.note(True)
        return read_proposal(content)

    def close(self) -> None:
        """Close the connections to the server."""
        self._server.close()

    def _write(self, message: str) -> str:
        body = {
            "messages": [{"role": "system", "content": self._task}, {"role": "user", "content": message}],
            "max_tokens": TOKENS,
            "temperature": 0,
            "response_format": self._format,
        }
        try:
            asked = self._server.start(lambda: self._fetch(body))
            try:
                answer = asked.result(self.seconds)
            finally:
                asked.cancel()
            return _Completion.model_validate_json(answer).choices[0].message.content or ""
        except TimeoutError:
            raise UnavailableError(f"no answer in {self.seconds:g} s") from None
        except ValidationError:
            raise UnavailableError("its server writes no chat completion") from None
        except (UnavailableError, ConfigError, CancelledError) as error:
            # What they say names the server, which is for its operator.
            log.warning("The model that proposes was away: %s", error)
            raise UnavailableError("its server is away, or refuses") from None

    async def _fetch(self, body: dict[str, object]) -> bytes:
        found = b""
        async with self._server.answer(body, self.seconds) as response:
            async for block in response.aiter_raw():
                found += block
                if len(found) > LONGEST:
                    raise broken("an answer without an end")
        return found
