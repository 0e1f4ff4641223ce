"""Random flows against random messages, through the real turns: what may never happen, whatever is said.

`FLOW_EXAMPLES` is how many conversations are tried.
"""

import logging
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from assistant.flow_strategies import (  # pyright: ignore[reportMissingImports]
    ASIDE,
    CANCEL,
    FITTING,
    NO,
    NOT_YES,
    OTHER,
    SAID,
    SLOTS,
    WRONG,
    YES,
    Content,
    Said,
    all_flows,
    next_release,
)  # fmt: skip
from flow_talk import Talk, make_flows, open_talk
from tellerbot.conversation.events import ActionConfirmed, ActionDone, ActionProposed, Event, decode, encode
from tellerbot.conversation.flows.values import argument_of
from tellerbot.conversation.state import fold
from tellerbot.database import open_engine
from tellerbot.project.flow_schema import Collect
from tellerbot.records.store import Records
from tellerbot.types import Private, Value
from toy_bank import DiedError, Mood, ToyBank

EXAMPLES = os.environ.get("FLOW_EXAMPLES", "")
MESSAGES = 12
# As far back as records go.
SINCE = datetime(2000, 1, 1, tzinfo=UTC)
MOODS: dict[str, Mood] = {"refuse": "refuse", "away": "away", "lose": "lose", "die": "die"}
PHONES = ("5550142", "555-0142", "5550188", "555 0188", "5550199", "555-0199")
NUMBERS = ("12345678", "87654321", "0044556677", "0044 5566 77")


class Player:
    """Says what is drawn, in the light of what was asked, and checks after each message what must hold."""

    def __init__(self, talk: Talk, contents: dict[str, Content]) -> None:
        self.talk, self.contents = talk, contents
        self.last = "hello"

    def play(self, said: Said) -> None:
        """Let one thing happen."""
        bank, talk = self.talk.bank, self.talk
        match said.kind:
            case "minutes" | "day":
                talk.wait(timedelta(minutes=20) if said.kind == "minutes" else timedelta(days=1))
            case "release":
                self.contents = next_release(self.contents, said.choice)
                talk.release(make_flows(self.contents))
            case "refuse" | "away" | "lose" | "die":
                bank.moods = [MOODS[said.kind]]
            case "bank away":
                bank.is_away = True
            case "bank back":
                bank.is_away = bank.is_mute = False
            case "balance":
                bank.balances["ACC-1"] -= 7
            case "meanwhile":
                bank.during = partial(self.say_besides, self.words(said))
            case "tab":
                self.tab(self.words(said))
            case _:
                self.say(self.words(said))

    def words(self, said: Said) -> str:
        """The message for what is to happen."""
        top = self.talk.top()
        waits = top.waits.removeprefix("collect_") if top else ""
        codes, choices = self.talk.bank.codes, self.talk.state().choices
        match said.kind:
            case "fit":
                other = ("Rosa Quist",) if waits == "name" else YES if top else ("begin main",)
                return said.one_of(FITTING.get(waits, other))
            case "correct" if said.slot != "number" or self.hides_numbers():
                return f"no, {said.one_of(FITTING[said.slot])}"
            case "all":
                given = [FITTING[name][0] for name in SLOTS if name not in ("note", "number", "phone")]
                return ", ".join(given) if top else f"begin main {' '.join(given)}"
            case "button" if choices:
                return choices[said.choice % len(choices)].title
            case "code" | "wrong code" if codes:
                code = codes[-1][0]
                return code if said.kind == "code" else f"{(int(code) + 1 + said.choice) % 1_000_000:06}"
            case "again":
                return self.last
            case "person":
                return "I want a person"
            case kind:
                forms = {"wrong": WRONG, "yes": YES, "not yes": NOT_YES, "no": NO, "cancel": CANCEL, "aside": ASIDE}
                return said.one_of(forms.get(kind, OTHER))

    def hides_numbers(self) -> bool:
        """Whether the flow that is open has a slot for an account number."""
        top = self.talk.top()
        flow = self.talk.parts.project.flows.get(top.name) if top else None
        return flow is not None and "number" in flow.slots

    def say(self, text: str) -> None:
        """Say it, and check; a server that dies on the way is followed by another, after its time."""
        if any(number in text for number in NUMBERS) and not self.hides_numbers():
            # Nobody has asked for it: to tellerbot these are any digits.
            text = "hm"
        self.last = text
        before = self.talk.state()
        try:
            reply = self.talk.say(text)
        except DiedError:
            self.talk.wait(timedelta(minutes=2))
            return
        note(f"> {text}\n{reply}")
        assert reply.strip() or before.agent
        self.check()

    def say_besides(self, text: str) -> None:
        """Say it in another tab, while the bank acts for this one, or this one's message is being understood."""
        if not any(number in text for number in NUMBERS):
            assert Talk(self.talk.parts, self.talk.bank, steps=self.talk.steps).say(text).strip()

    def tab(self, text: str) -> None:
        """Say the last message once more, and this one in another tab before that is taken."""
        parts, waiting = self.talk.parts, [text]

        def understand(texts: object) -> object:
            if waiting:
                self.talk.parts = parts
                self.say_besides(waiting.pop())
            return parts.understand(texts)  # type: ignore[arg-type]

        self.talk.parts = replace(parts, understand=understand)  # type: ignore[arg-type]
        # A code that another tab has tried is right no more.
        self.say("hm" if any(number in self.last for number in NUMBERS) else self.last)
        self.talk.parts = parts

    # What must hold.

    def check(self) -> None:
        """All that holds after a message."""
        happened = self.talk.events()
        assert tuple(decode(*encode(event)) for event in happened) == happened
        assert fold(happened) == fold(happened)
        self.check_acts(happened)
        self.check_asks()
        stored = self.talk.stored() + "".join(step.note for step in self.talk.steps)
        for secret in self.secrets():
            assert secret not in stored, secret

    def secrets(self) -> tuple[str, ...]:
        """What no event, trace or log may hold."""
        return (*PHONES, *NUMBERS, *(code for code, _ in self.talk.bank.codes))

    def check_acts(self, happened: tuple[Event, ...]) -> None:
        """Nothing is done without its yes, with other values, or twice."""
        keys = [act.key for act in self.talk.bank.ledger]
        assert len(keys) == len({*keys})
        # A turn that has not ended has its yes on record all the same.
        history = self.talk.records.history(self.talk.conversation, self.talk.customer.id, SINCE)
        confirmed = {one.key: one for one in history.events if isinstance(one, ActionConfirmed)}
        proposed = {one.key: one for one in history.events if isinstance(one, ActionProposed)}
        for act in self.talk.bank.ledger:
            yes = confirmed[act.key]
            assert yes.action == act.name == proposed[act.key].action
            assert yes.arguments == proposed[act.key].arguments
            shown = {name: _plain(value) for name, value in yes.arguments.items()}
            private = {name for name, value in yes.arguments.items() if isinstance(value, Private)}
            assert shown == {name: None if name in private else value for name, value in act.arguments.items()}
        done = [one.key for one in happened if isinstance(one, ActionDone)]
        assert len(done) == len({*done}) and {*done} <= {*keys}

    def check_asks(self) -> None:
        """What is given is not asked for, and what the reply asks is what the flow waits for."""
        state, view = self.talk.state(), self.talk.views[-1]
        for opened in state.flows:
            flow = self.talk.parts.project.flows.get(opened.name)
            step = flow.by_id.get(opened.waits) if flow else None
            assert not isinstance(step, Collect) or step.collect not in opened.values
        # Another tab may have opened a flow on top, which has not asked in this reply.
        top = next((opened for opened in reversed(state.flows) if opened.is_asked), None)
        for name in [*SLOTS, "name"]:
            if f"Which {name} is it?" in view.reply and top and not top.is_acting:
                assert top.waits == f"collect_{name}" and name not in top.values, view.reply
        if any(block.kind == "confirmation" for block in view.blocks):
            assert top and top.proposal and not top.proposal.is_confirmed

    def leave(self) -> None:
        """Cancel for each flow: nothing remains but what the bank has not told of, and then nothing."""
        bank = self.talk.bank
        bank.is_away, bank.moods, bank.during = False, [], None
        for _ in range(len(self.talk.state().flows) + 1):
            self.say("cancel")
        assert all(opened.is_acting for opened in self.talk.state().flows)
        bank.is_mute = False
        self.talk.wait(timedelta(minutes=2))
        self.say("hello")
        for _ in range(len(self.talk.state().flows)):
            self.say("cancel")
        assert self.talk.state().flows == ()
        assert {act.key for act in bank.ledger} == {event.key for event in self.talk.of(ActionDone)}


def _plain(value: Value) -> object:
    return None if isinstance(value, Private) else argument_of(value)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.timeout(1200)
@settings(
    max_examples=int(EXAMPLES or 8), derandomize=not EXAMPLES, deadline=None,
    # A conversation is read as it is: to shorten it takes many more.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
@given(flows=all_flows(), said=st.lists(SAID, min_size=MESSAGES, max_size=MESSAGES))
def test_whatever_is_said_to_whatever_flow(
    prepared: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture, flows: dict[str, Content], said: list[Said]
) -> None:
    for old in tmp_path.glob("talk.db*"):
        old.unlink()
    shutil.copy(prepared, tmp_path / "talk.db")
    records = Records(open_engine(f"sqlite:///{tmp_path / 'talk.db'}"))
    caplog.set_level(logging.DEBUG)
    try:
        player = Player(open_talk(records, flows, ToyBank()), flows)
        player.say("begin main")
        for one in said:
            player.play(one)
        player.leave()
        assert not any(secret in caplog.text for secret in player.secrets())
    finally:
        records.engine.dispose()
        caplog.clear()
