"""What a hand-off promises is true: now, when the bank opens, or nothing, with the phone line where that helps."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

import tellerbot
from tellerbot.assistant.agents import stay_silent
from tellerbot.assistant.hand_off import end_hand_off, find_phones, promise
from tellerbot.bank.demo_schema import phones as phones_table
from tellerbot.conversation.event_values import Step
from tellerbot.conversation.events import MessageReceived, TurnMeasured
from tellerbot.conversation.state import State
from tellerbot.project.load import load_assistant
from tellerbot.project.schema import AssistantFile, HandOff
from tellerbot.responses.check import check
from tellerbot.settings import Settings
from tellerbot.types import Fact, Source

DEMO = Path(tellerbot.__file__).parent / "project" / "demo"
PHONES = {"support_phone": Fact("support_phone", "phone", "1-800-555-0142", Source("bank", "phones/support"))}
OPEN, CLOSED = datetime(2026, 11, 23, 15, tzinfo=UTC), datetime(2026, 11, 23, 11, 30, tzinfo=UTC)  # a Monday


@pytest.fixture(scope="module")
def demo() -> AssistantFile:
    return load_assistant(DEMO)


def ending(demo: AssistantFile, now: datetime = OPEN, has_delivery: bool = True, **more: Any) -> tuple[str, list[str]]:
    """The checked words, and what their figures rest on."""
    given = {"phones": PHONES, "priority": 0, "is_again": False, **more}
    reply = check(end_hand_off(demo, now=now, has_delivery=has_delivery, reference="QWRTZP", **given))
    assert "{" not in reply.text
    return reply.text, [item.source.ref for item in reply.figures]


def test_in_hours_a_colleague_is_promised(demo: AssistantFile) -> None:
    assert ending(demo) == (demo.messages.hand_off.strip().replace("{reference}", "QWRTZP"), [])
    again = ending(demo, is_again=True)[0]
    assert "QWRTZP" in again and again != ending(demo)[0]


def test_out_of_hours_the_next_opening_and_the_phone_line_are_named(demo: AssistantFile) -> None:
    text, sources = ending(demo, CLOSED)
    assert "back today at 8:00 am EST" in text and "QWRTZP" in text and text.endswith("1-800-555-0142.")
    assert sorted(sources) == ["hand_off/hours", "phones/support"]


@pytest.mark.parametrize(("now", "said"), [
    (datetime(2026, 11, 24, 2, tzinfo=UTC), "back tomorrow at 8:00 am EST"),
    (datetime(2026, 11, 28, 19, tzinfo=UTC), "back on Monday at 8:00 am EST"),
    (datetime(2026, 7, 4, 1, tzinfo=UTC), "back tomorrow at 9:00 am EDT"),
])  # fmt: skip
def test_the_next_opening_is_said_in_the_banks_days(demo: AssistantFile, now: datetime, said: str) -> None:
    assert said in ending(demo, now)[0] and said in ending(demo, now, is_again=True)[0]


def test_where_nobody_learns_of_it_nothing_is_promised(demo: AssistantFile) -> None:
    for now in (OPEN, CLOSED):
        text, sources = ending(demo, now, has_delivery=False)
        assert "can't bring a colleague" in text and "QWRTZP" in text and "1-800-555-0142" in text
        assert sources == ["phones/support"]


def test_an_emergency_names_the_phone_line_at_any_hour(demo: AssistantFile) -> None:
    assert "1-800-555-0142" in ending(demo, priority=3)[0] and "1-800-555-0142" not in ending(demo, priority=2)[0]


def test_without_a_phone_line_the_words_end_before_it(demo: AssistantFile) -> None:
    other = demo.model_copy(update={"hand_off": demo.hand_off.model_copy(update={"phone": "concierge"})})
    for found in (ending(demo, CLOSED, phones={}, priority=3), ending(other, CLOSED, priority=3)):
        assert "phone" not in found[0] and found[1] == ["hand_off/hours"]


def test_a_phone_line_that_the_reply_names_is_not_named_again(demo: AssistantFile) -> None:
    assert "1-800-555-0142" not in ending(demo, CLOSED, before="You can also call us at 1-800-555-0142.")[0]


def test_a_zone_without_a_name_is_said_by_its_distance(demo: AssistantFile) -> None:
    far = HandOff(hours={"mon": "08:00-20:00"}, timezone="Asia/Dubai")
    text, _ = ending(demo.model_copy(update={"hand_off": far}), datetime(2026, 11, 22, 15, tzinfo=UTC))
    assert "tomorrow at 8:00 am +04" in text


def test_without_hours_people_are_always_there() -> None:
    assert promise(HandOff(), CLOSED, True) == "now" and promise(HandOff(), CLOSED, False) == "nobody"


def test_phone_lines_are_the_banks_own_and_may_be_none(own_home: Path) -> None:
    assistant = tellerbot.load("production", Settings(home=own_home))
    bank: Any = assistant.parts.bank
    assert find_phones(bank, date.today())["support_phone"].source.ref == "phones/support"
    with bank.engine.begin() as connection:
        connection.execute(delete(phones_table))
    assert find_phones(bank, date.today()) == {}
    bank.engine.dispose()
    assistant.close()


def test_a_message_to_an_agent_is_recorded_without_a_reply() -> None:
    received, steps = MessageReceived("hello?", (), "1.0.0"), [Step("redact", "", 0.1)]
    assert stay_silent(State(agent="Kim"), received, steps) == (received, TurnMeasured(tuple(steps)))
    assert stay_silent(State(), received, steps) == ()
