"""What events leave of the flows that are open."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import reduce

import pytest

from tellerbot.conversation.event_values import CodeVerdict
from tellerbot.conversation.events import (
    ActionConfirmed,
    ActionDone,
    ActionProposed,
    ActionRefused,
    ActionStarted,
    ActionUnknown,
    CodeSent,
    CodeTried,
    Event,
    FlowEnded,
    FlowMoved,
    FlowStarted,
    MessageReceived,
    ReplySent,
)
from tellerbot.conversation.flows.open_flow import Flows, OpenFlow, Proposal, fold_flows
from tellerbot.conversation.state import REMEMBERED, fold, wake
from tellerbot.types import Money, Text

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
PAY, OTHER = FlowStarted("pay", "d1"), FlowStarted("other", "d2")
AMOUNT = {"amount": Money(Decimal("5"), "USD")}
PROPOSED = ActionProposed("k", "pay_payee", AMOUNT, (("Amount", "$5.00"),))
CONFIRMED = ActionConfirmed("k", "pay_payee", AMOUNT)
STARTED = ActionStarted("k", "pay_payee")


def folded(*events: Event) -> Flows:
    return reduce(lambda flows, event: fold_flows(flows, event, AT), events, ())


def top(*events: Event) -> OpenFlow:
    return folded(*events)[-1]


def proposal(*events: Event) -> Proposal | None:
    return top(PAY, *events).proposal


def test_flows_are_a_stack() -> None:
    assert [flow.name for flow in folded(PAY, OTHER)] == ["pay", "other"]
    assert [flow.name for flow in folded(PAY, OTHER, FlowEnded("other", "done"))] == ["pay"]
    assert folded(FlowEnded("pay", "done")) == () and folded(FlowMoved("pay", "x")) == ()


def test_values_are_given_and_forgotten() -> None:
    flow = top(
        PAY, FlowMoved("pay", "a", {"a": Text("1"), "b": Text("2")}), FlowMoved("pay", "b", {"c": Text("3")}, ("a",))
    )
    assert flow.values == {"b": Text("2"), "c": Text("3")} and flow.waits == "b" and flow.is_asked
    assert top(PAY, FlowMoved("pay", "a", {"a": Text("1")}, ("a",))).values == {"a": Text("1")}


def test_steps_that_are_passed_stay_so_and_a_flow_that_waits_nowhere_asks_nothing() -> None:
    flow = top(PAY, FlowMoved("pay", "a", passed=("say",)), FlowMoved("pay", "", passed=("do",)))
    assert flow.passed == ("say", "do") and not flow.is_asked


def test_what_ends_or_moves_below_another_flow_is_taken_there() -> None:
    flows = folded(PAY, OTHER, FlowMoved("pay", "", passed=("do",)))
    assert [(flow.name, flow.passed) for flow in flows] == [("pay", ("do",)), ("other", ())]
    assert [flow.name for flow in folded(PAY, OTHER, FlowEnded("pay", "done"))] == ["other"]
    # Of two of a name it is the one on top.
    assert [flow.waits for flow in folded(PAY, OTHER, PAY, FlowMoved("pay", "x"))] == ["", "", "x"]


def test_a_proposal_goes_with_a_value_that_changes_and_stays_where_none_does() -> None:
    assert proposal(PROPOSED) == Proposal("k", "pay_payee", AMOUNT, PROPOSED.shown, AT)
    assert proposal(PROPOSED, FlowMoved("pay", "confirm", passed=("say",))) is not None
    assert proposal(PROPOSED, CONFIRMED, FlowMoved("pay", "confirm", AMOUNT)) is None
    assert proposal(PROPOSED, CONFIRMED, FlowMoved("pay", "confirm", forgotten=("amount",))) is None
    assert proposal(PROPOSED, ActionProposed("k2", "pay_payee", AMOUNT)) == Proposal("k2", "pay_payee", AMOUNT, (), AT)


def test_a_proposal_is_that_of_the_flow_that_asks() -> None:
    pay, other = folded(PAY, OTHER, FlowMoved("pay", "confirm"), PROPOSED)
    assert pay.proposal and pay.proposal.key == "k" and other.proposal is None


def test_what_the_bank_was_asked_for_stays_whatever_changes() -> None:
    found = proposal(PROPOSED, CONFIRMED, STARTED, FlowMoved("pay", "x", {}, ("amount",)))
    assert found and found.is_started and found.is_confirmed
    assert top(PAY, PROPOSED, CONFIRMED, STARTED).is_acting and not top(PAY, PROPOSED, CONFIRMED).is_acting


@pytest.mark.parametrize("answer", [ActionDone("k", "pay_payee", "BCD"), ActionRefused("k", "pay_payee", "too_late")])
def test_an_answer_of_the_bank_ends_the_proposal_wherever_its_flow_is(answer: Event) -> None:
    flows = folded(PAY, PROPOSED, CONFIRMED, STARTED, ActionUnknown("k", "pay_payee"), OTHER, answer)
    assert flows[0].proposal is None and flows[0].has_acted == isinstance(answer, ActionDone)
    assert not flows[1].has_acted


def test_events_of_another_key_change_nothing() -> None:
    flows = folded(PAY, PROPOSED)
    others: Sequence[Event] = (
        ActionConfirmed("x", "pay_payee", {}), CodeSent("x"), CodeTried("x", "right"), ActionStarted("x", "pay_payee"),
        ActionUnknown("x", "pay_payee"), ActionDone("x", "pay_payee", "B"), ActionRefused("x", "pay_payee", "y"),
    )  # fmt: skip
    for event in others:
        assert fold_flows(flows, event, AT) == flows and fold_flows((), event, AT) == ()
    assert folded(PROPOSED) == ()


@pytest.mark.parametrize(
    ("verdicts", "is_proven", "has_code"),
    [
        ([], False, True), (["wrong"], False, True), (["wrong", "right"], True, True), (["expired"], False, False),
        (["spent"], False, False), (["expired", "wrong"], False, False),
    ],
)  # fmt: skip
def test_a_code_is_open_until_it_is_right_old_or_spent(
    verdicts: list[CodeVerdict], is_proven: bool, has_code: bool
) -> None:
    found = proposal(PROPOSED, CONFIRMED, CodeSent("k"), *(CodeTried("k", verdict) for verdict in verdicts))
    assert found and found.is_proven == is_proven and (found.code_at == AT) == has_code and found.codes == 1
    again = proposal(PROPOSED, CONFIRMED, CodeSent("k"), CodeTried("k", "expired"), CodeSent("k"))
    assert again and again.codes == 2 and again.code_at == AT


def test_a_message_makes_nothing_asked_and_a_long_silence_closes_what_is_open() -> None:
    events = [MessageReceived("pay", (), "1", AT), PAY, FlowMoved("pay", "collect_amount"), ReplySent("How much?")]
    assert fold(events).flows[-1].is_asked
    later = MessageReceived("hm", (), "1", AT + REMEMBERED)
    assert not fold([*events, later]).flows[-1].is_asked
    day = MessageReceived("hm", (), "1", AT + REMEMBERED + timedelta(seconds=1))
    assert fold([*events, day]).flows == () and fold([*events, day]).lapsed == "pay"
    assert fold([*events, day, FlowEnded("pay", "lapsed")]).lapsed == ""
    assert wake(fold(events), AT + timedelta(days=1)) == wake(fold(events), AT + timedelta(days=1))


def test_what_is_under_way_outlasts_any_silence() -> None:
    events = [MessageReceived("yes", (), "1", AT), OTHER, PAY, PROPOSED, CONFIRMED, STARTED]
    state = wake(fold(events), AT + timedelta(days=3))
    assert [flow.name for flow in state.flows] == ["pay"] and state.lapsed == ""


def test_a_proposal_is_as_old_as_its_turn() -> None:
    found = fold(
        [MessageReceived("pay", (), "1", AT), PAY, PROPOSED, MessageReceived("yes", (), "1", AT + timedelta(hours=1))]
    )
    assert found.flows[-1].proposal and found.flows[-1].proposal.at == AT
