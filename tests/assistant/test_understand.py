"""Messages read in the light of what came before; the encoder's answers are given."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from tellerbot.assistant.understand import Reader
from tellerbot.conversation.event_values import Question
from tellerbot.conversation.reading import Reading
from tellerbot.conversation.state import State
from tellerbot.project.follow_ups import join_follow_up
from tellerbot.project.load import Project
from tellerbot.project.schema import AssistantFile, Messages, Response
from tellerbot.types import Named, Period, QuerySpec, Slot, Understanding

TODAY = date(2026, 11, 29)
CHECKING = Named("account", "ACC-1", "Everyday Checking", ("checking",))
SAVINGS = Named("account", "ACC-2", "Steady Savings", ("savings",))
UNSURE = Understanding("spending", 0.3, 0.8, True, False, ("spending",))
QUERIES = {"balances": QuerySpec(False, ("account", "day"))}
OUTSIDE = Understanding("spending", 0.3, 0.0, False, False, ("spending",))


def sure(intent: str, confidence: float = 0.9) -> Understanding:
    return Understanding(intent, confidence, 0.9, True, True, (intent,))


@pytest.fixture
def project() -> Project:
    messages = Messages(welcome="Hi", refuse=["No.", "Not here."], hand_off="{reference}", sign_in="?", clarify="?")
    assistant = AssistantFile(name="A", bank="B", locale="en-US", currency="USD", messages=messages, topics=["x"])
    responses = {name: Response(reply="Here.") for name in ("check_balance", "spending", "wire_fees")}
    responses["check_balance"] = Response(reply="Here.", queries=["balances"])
    return Project(Path(), assistant, {}, {}, {}, responses, {}, [], [])


def read(
    project: Project,
    text: str,
    found: Mapping[str, Understanding],
    last: Question | None = None,
    heard: Mapping[str, str] = {},
) -> tuple[list[Reading], tuple[str, ...]]:
    def understand(texts: Sequence[str]) -> list[Understanding]:
        return [found.get(text, OUTSIDE) for text in texts]

    def hear(texts: Sequence[str], before: str) -> list[tuple[str, ...]]:
        return [(heard[text],) if text in heard else () for text in texts]

    state = State(questions=(last,) if last else ())
    return Reader(understand, hear, project, QUERIES).read(text, state, [CHECKING, SAVINGS], TODAY)


LAST = Question("balance of checking", "check_balance", (Slot("account", 11, 19, "checking", (CHECKING,)),))


def test_a_bare_follow_up_keeps_the_intent_and_takes_its_own_slots(project: Project) -> None:
    (reading,), _ = read(project, "and savings?", {}, LAST)
    assert reading.follows and reading.understanding.intent == "check_balance"
    assert [slot.value for slot in reading.slots] == [(SAVINGS,)]


def test_a_message_that_leads_on_is_what_it_is_with_the_question_before(project: Project) -> None:
    joined = join_follow_up(LAST.text, "and how much went out")
    (reading,), _ = read(project, "and how much went out", {joined: sure("spending")}, LAST)
    assert reading.follows and reading.understanding.intent == "spending"
    assert [slot.value for slot in reading.slots] == [(CHECKING,)]


def test_a_question_of_its_own_that_is_surer_begins_anew(project: Project) -> None:
    text = "what does a wire to another country cost"
    found = {text: sure("wire_fees", 0.95), join_follow_up(LAST.text, text): sure("check_balance", 0.6)}
    (reading,), _ = read(project, text, found, LAST)
    assert not reading.follows and reading.understanding.intent == "wire_fees" and reading.slots == ()


def test_an_act_alone_is_no_follow_up_and_one_with_a_request_is(project: Project) -> None:
    (reading,), acts = read(project, "thanks", {}, LAST, {"thanks": "thank"})
    assert not reading.follows and acts == ("thank",)
    joined = join_follow_up(LAST.text, "cancel it")
    (reading,), _ = read(project, "cancel it", {joined: sure("spending")}, LAST, {"cancel it": "cancel"})
    assert reading.follows


def test_a_name_in_vain_is_forgotten_with_its_question(project: Project) -> None:
    last = Question("spent at walmart", "spending", (Slot("payee", 9, 16, "walmart", ()),))
    same, other = join_follow_up(last.text, "this year"), join_follow_up(last.text, "and what is left")
    (reading,), _ = read(project, "this year", {same: sure("spending")}, last)
    assert [slot.kind for slot in reading.slots] == ["payee", "period"]
    (reading,), _ = read(project, "and what is left", {other: sure("check_balance")}, last)
    assert reading.slots == ()


def test_a_later_part_is_read_with_all_parts_before_it(project: Project) -> None:
    text = "how do i send a wire and how much is it and how long does it take"
    parts = ["how do i send a wire", "how much is it", "how long does it take"]
    found = {
        text: sure("wire_fees"),
        parts[0]: sure("wire_fees"),
        join_follow_up(parts[0], parts[1]): sure("spending"),
        join_follow_up(" ".join(parts[:2]), parts[2]): sure("check_balance"),
    }
    readings, _ = read(project, text, found)
    assert [reading.understanding.intent for reading in readings] == ["wire_fees", "spending", "check_balance"]


def test_a_part_that_asks_nothing_is_left_out(project: Project) -> None:
    text = "whatever. how do i send a wire"
    (reading,), _ = read(project, text, {text: UNSURE, "how do i send a wire": sure("wire_fees")})
    assert reading.said == "how do i send a wire"


def test_thanks_is_no_follow_up_however_sure_the_joined_reading_is(project: Project) -> None:
    joined = join_follow_up(LAST.text, "thanks")
    (reading,), _ = read(project, "thanks", {joined: sure("check_balance")}, LAST, {"thanks": "thank"})
    assert not reading.follows


def test_a_bare_slot_that_the_last_answer_takes_stays_with_it(project: Project) -> None:
    joined = join_follow_up(LAST.text, "and savings?")
    (reading,), _ = read(project, "and savings?", {joined: sure("spending")}, LAST)
    assert reading.understanding.intent == "check_balance"
    other = Question("what did i spend", "spending")
    (reading,), _ = read(
        project, "and savings?", {join_follow_up(other.text, "and savings?"): sure("wire_fees")}, other
    )
    assert reading.understanding.intent == "wire_fees"


def test_all_together_is_more_than_the_account_before(project: Project) -> None:
    joined = join_follow_up(LAST.text, "so how much all together")
    (reading,), _ = read(project, "so how much all together", {joined: sure("check_balance")}, LAST)
    assert reading.follows and reading.slots == ()


def test_days_to_come_are_not_kept_for_another_question(project: Project) -> None:
    ahead = Slot("period", 0, 9, "next week", Period(date(2026, 11, 30), date(2026, 12, 6)))
    last = Question("bills next week", "spending", (ahead,))
    same, other = join_follow_up(last.text, "and how much is that"), join_follow_up(last.text, "and do i have that")
    (reading,), _ = read(project, "and how much is that", {same: sure("spending")}, last)
    assert reading.slots == (ahead,)
    (reading,), _ = read(project, "and do i have that", {other: sure("check_balance")}, last)
    assert reading.slots == ()


def test_a_period_before_the_one_before_is_no_term(project: Project) -> None:
    month = Slot("period", 9, 16, "october", Period(date(2026, 10, 1), date(2026, 10, 31)))
    last = Question("spent in october", "spending", (month,))
    (reading,), _ = read(project, "and two months before that?", {}, last)
    assert [slot.value for slot in reading.slots] == [Period(date(2026, 8, 1), date(2026, 8, 31))]


def test_thanks_for_something_asks_for_nothing(project: Project) -> None:
    text = "thanks for explaining"
    joined = join_follow_up(LAST.text, text)
    (reading,), _ = read(project, text, {joined: sure("spending")}, LAST, {text: "thank"})
    assert not reading.follows


def test_an_alarm_is_heard_behind_all_that_is_answered(project: Project) -> None:
    text = "is it open? is it near? is it big? is it new? is it far? is it old? i want to die?"
    _, acts = read(project, text, {}, heard={"i want to die?": "distress"})
    assert acts == ("distress",)


def test_slots_of_a_follow_up_are_placed_in_the_whole_question(project: Project) -> None:
    (reading,), _ = read(project, "and savings?", {}, LAST)
    (slot,) = reading.slots
    assert reading.text[slot.start : slot.end] == "savings"


def test_the_last_two_years_are_no_product(project: Project) -> None:
    product = Named("product", "cd24", "Two-year CD", ("two year cd",))
    state = State()
    readings, _ = Reader(
        lambda texts: [OUTSIDE] * len(texts), lambda texts, before: [()] * len(texts), project, QUERIES
    ).read("spent in the last two years", state, [product], TODAY)
    assert [slot.kind for slot in readings[0].slots] == ["period"]


def test_what_leans_on_the_question_before_is_not_refused(project: Project) -> None:
    unsure = Understanding("wire_fees", 0.4, 0.6, True, False, ("wire_fees",))
    joined = join_follow_up(LAST.text, "and i gave them one already")
    (reading,), _ = read(project, "and i gave them one already", {joined: unsure}, LAST)
    assert reading.follows and reading.understanding.in_scope and not reading.understanding.confident
    (reading,), _ = read(project, "who wins the cup", {}, LAST)
    assert not reading.follows and not reading.understanding.in_scope


def test_a_question_behind_a_statement_is_about_what_that_says(project: Project) -> None:
    text = "my savings worry me. what is in there?"
    (reading,), _ = read(project, text, {text: UNSURE, "what is in there?": sure("check_balance")})
    assert reading.text == text and [slot.value for slot in reading.slots] == [(SAVINGS,)]
