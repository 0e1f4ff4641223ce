"""What a conversation remembers is read from its events, and from nothing else."""

from tellerbot.conversation.event_values import Part, Question
from tellerbot.conversation.events import (
    AgentReplied,
    CaseClaimed,
    CaseClosed,
    CaseOpened,
    CaseReturned,
    DecisionMade,
    Event,
    MessageReceived,
    MessageUnderstood,
    ReplySent,
)
from tellerbot.conversation.state import State, fold
from tellerbot.types import Choice

BALANCE, FEES = Question("whats my balance", "check_balance"), Question("atm fee", "atm_fees")
CHOICE = Choice("freeze_card", "Freeze your card")


def turn(*decisions: DecisionMade, choices: tuple[Choice, ...] = ()) -> list[Event]:
    parts = tuple(Part("text", decision.intents[0], 0.9, 0.9, True) for decision in decisions)
    return [MessageReceived("text", (), "1"), MessageUnderstood(parts), *decisions, ReplySent("reply", choices=choices)]


def answered(question: Question) -> DecisionMade:
    return DecisionMade("act", "facts from the bank", (question.intent,), question)


MISSED = DecisionMade("refuse", "out of scope", ("check_balance",), None, missed=True)
ACT = DecisionMade("answer", "thank", ("thank",))


def test_nothing_before_is_remembered_as_nothing() -> None:
    assert fold([]) == State() and fold([]).last is None


def test_a_message_of_two_questions_leaves_both_and_the_last_one_is_followed() -> None:
    state = fold(turn(answered(BALANCE), answered(FEES)))
    assert state.questions == (BALANCE, FEES) and state.last == FEES
    assert fold([*turn(answered(BALANCE), answered(FEES)), *turn(answered(BALANCE))]).questions == (BALANCE,)


def test_what_answers_no_question_leaves_the_one_before_open() -> None:
    assert fold([*turn(answered(BALANCE)), *turn(ACT)]).last == BALANCE
    assert fold([*turn(answered(BALANCE)), *turn(MISSED)]).last == BALANCE


def test_choices_last_until_the_next_message() -> None:
    state = fold(turn(answered(FEES), choices=(CHOICE,)))
    assert state.choices == (CHOICE,)
    assert fold([*turn(answered(FEES), choices=(CHOICE,)), *turn(ACT)]).choices == ()


def test_misses_are_counted_in_a_row_and_refusals_in_all() -> None:
    events = [*turn(MISSED), *turn(MISSED)]
    assert (fold(events).misses, fold(events).refusals) == (2, 2)
    events += turn(answered(BALANCE))
    assert (fold(events).misses, fold(events).refusals) == (0, 2)


def test_the_last_reply_and_the_case_that_is_open_are_remembered() -> None:
    state = fold([*turn(answered(BALANCE)), CaseOpened("XKRWTB", "distress", 3), *turn(ACT)])
    assert (state.reply, state.reference, state.priority) == ("reply", "XKRWTB", 3)


def test_an_agent_has_the_conversation_from_the_claim_until_it_is_returned_or_closed() -> None:
    case = CaseOpened("XKRWTB", "distress", 3)
    had = [*turn(answered(BALANCE)), case, CaseClaimed("XKRWTB", "Kim"), AgentReplied("XKRWTB", "Kim", "Hello.")]
    assert (fold(had).agent, fold(had).reference, fold(had).reply) == ("Kim", "XKRWTB", "reply")
    returned, closed = fold([*had, CaseReturned("XKRWTB", "Kim")]), fold([*had, CaseClosed("XKRWTB", "Kim")])
    assert (returned.agent, returned.reference, returned.priority) == ("", "XKRWTB", 3)
    assert (closed.agent, closed.reference, closed.priority, closed.last) == ("", "", 0, BALANCE)


def test_an_older_case_that_is_closed_leaves_the_more_urgent_one_open() -> None:
    both: list[Event] = [CaseOpened("LDRCSR", "why", 0), CaseOpened("XKRWTB", "distress", 3)]
    state = fold([*both, CaseClaimed("LDRCSR", "Kim"), CaseClosed("LDRCSR", "Kim")])
    assert (state.agent, state.reference, state.priority) == ("", "XKRWTB", 3)


def test_what_was_offered_before_an_agent_came_is_forgotten() -> None:
    events = [*turn(MISSED, choices=(CHOICE,)), CaseOpened("XKRWTB", "why"), CaseClaimed("XKRWTB", "Kim")]
    assert (fold(events[:-1]).choices, fold(events[:-1]).misses) == ((CHOICE,), 1)
    assert (fold(events).choices, fold(events).misses) == ((), 0)
