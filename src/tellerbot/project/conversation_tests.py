"""What the conversation tests of a project may say."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from tellerbot.errors import RefusalReason
from tellerbot.project.schema import Day, Name, Text
from tellerbot.types import SlotKind


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _write_out(value: object) -> object:
    return str(value) if isinstance(value, (int, float, date)) else value


Shown = Annotated[Text, BeforeValidator(_write_out)]


class Expect(_Strict):
    """What a conversation test expects of one turn; what is not given is not checked.

    `intents` are all that were decided on, in order; `intent` is one of them. Of `acts`, `slots`, `facts` and `choices`
    each one given must be there, and an empty list or mapping says that there is none. `slots` map a kind to the
    customer's words or to the value (`2026-03-15`, `2026-03-01 to 2026-03-31`, `12.50 USD`, a name). `facts` are
    figures that are traced to a source, as the reply writes them. `contains`, `excludes` and `choices` ignore case.
    `cites` is a policy or one of its sections. `events` are kinds of events that the turn adds. `flow` is open on top
    after the turn, "" where none is, and `step` is the id of the step that it waits at, or `code`. `did` are the
    actions that the turn does, `refused` is why the bank does not do one, and `card` has lines of the confirmation or
    receipt by their labels.
    """

    kind: Text | None = None
    intent: Name | None = None
    intents: list[Name] | None = None
    acts: list[Name] | None = None
    slots: dict[SlotKind, Shown] | None = None
    contains: list[Text] = []
    excludes: list[Text] = []
    facts: list[Text] | None = None
    choices: list[Text] | None = None
    cites: Text | None = None
    hand_off: bool | None = None
    events: list[Text] = []
    flow: str | None = None
    step: Text | None = None
    did: list[Name] | None = None
    refused: RefusalReason | None = None
    card: dict[Text, Shown] | None = None


class TurnTest(_Strict):
    """What a customer types, and what is expected of the reply. `{code}` is the newest one-time code that they got."""

    say: Text
    expect: Expect


class ConversationTest(_Strict):
    """One conversation in tests/*.yaml, who has it (a user name; none is not signed in), and on which day.

    `today` is a day of its own, as for what is asked on a holiday; without it, it is the project's. `say` and `expect`
    are a conversation of one turn.
    """

    customer: Text | None = None
    today: Day | None = None
    turns: list[TurnTest] = []
    say: Text | None = None
    expect: Expect | None = None

    @model_validator(mode="after")
    def _has_turns(self) -> Self:
        alone = self.say is not None and self.expect is not None
        if alone == bool(self.turns) or (self.turns and (self.say or self.expect)):
            raise ValueError("expected either turns, or say and expect")
        return self

    def places(self) -> Iterator[tuple[tuple[str | int, ...], TurnTest]]:
        """Each turn with the keys that lead to it from here."""
        for at, turn in enumerate(self.all_turns()):
            yield ("turns", at) if self.turns else (), turn

    def all_turns(self) -> list[TurnTest]:
        """Its turns, in order."""
        return [TurnTest(say=self.say, expect=self.expect)] if self.say and self.expect else self.turns
