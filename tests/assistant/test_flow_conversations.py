"""Flows in whole conversations: what is asked, confirmed, done once, and what becomes of it when something fails."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest

from flow_contents import FLOWS, PAY, SECURE
from flow_talk import Talk, make_flows
from tellerbot.assistant.settle import settle
from tellerbot.conversation.events import (
    ActionConfirmed,
    ActionDone,
    ActionProposed,
    ActionRefused,
    ActionStarted,
    ActionUnknown,
    CodeTried,
    FlowEnded,
    FlowStarted,
    ReplySent,
)
from tellerbot.records.actions import LEASE
from tellerbot.types import Money
from toy_bank import CHECKING, MARIA, DiedError

PAYMENT = ("begin pay", "to Maria Novak", "100 from checking")


@pytest.fixture
def talk(new_talk: Callable[..., Talk]) -> Talk:
    return new_talk(FLOWS)


def done(talk: Talk) -> list[str]:
    return [act.name for act in talk.bank.ledger]


def test_a_payment_is_asked_for_shown_confirmed_and_done(talk: Talk) -> None:
    assert talk.say("begin pay") == "To whom?"
    assert talk.say("Maria") == "From which account?"
    reply = talk.say("100 from checking")
    assert reply.startswith("Shall I send this?") and "- Amount: $100.00" in reply and "- Available: $500.00" in reply
    assert talk.bank.ledger == []
    assert "Sent:" in talk.say("yes") and "BBBBBB" in talk.views[-1].reply
    (act,) = talk.bank.ledger
    assert (act.arguments["amount"], act.arguments["account"], act.arguments["payee"]) == (100, CHECKING, MARIA)
    kinds = [type(event) for event in talk.of(ActionProposed, ActionConfirmed, ActionStarted, ActionDone)]
    assert kinds == [ActionProposed, ActionConfirmed, ActionStarted, ActionDone]


def test_what_the_first_message_gives_is_not_asked_again(talk: Talk) -> None:
    assert talk.say("begin pay 20 to Oskar Lund from savings").startswith("Shall I send this?")
    assert talk.say("yes").startswith("Sent:") and talk.bank.balances["ACC-2"] == Decimal("70.50")


def test_a_question_aside_is_answered_and_the_yes_after_it_counts(talk: Talk) -> None:
    talk.say(*PAYMENT)
    reply = talk.say("what is the wire fee?")
    assert reply.startswith("A wire costs $2.50.") and "Shall I send this?" in reply
    assert talk.say("yes").startswith("Sent:")


@pytest.mark.parametrize(
    "text",
    [
        "yes?", "yes but not today", "ok wait", "yes to the other one", "sure, if it is free", "ok, do the other",
        "yes, dont it", "yes, do it?", "no one", "yes or no", "yes 2 of them", "sure, why not later", "yes maybe",
        "ok so", "yes, make the change", "what does yes mean?", "ok hold on", "yes in an hour",
    ],
)  # fmt: skip
def test_what_is_no_plain_yes_runs_nothing(talk: Talk, text: str) -> None:
    talk.say(*PAYMENT, text)
    assert talk.bank.ledger == [] and talk.of(ActionConfirmed) == []


@pytest.mark.parametrize("text", ["Yes, do it", "yes, do it.", "YES", "sure, go ahead", "ok do it please"])
def test_a_plain_yes_runs_it(talk: Talk, text: str) -> None:
    talk.say(*PAYMENT, text)
    assert done(talk) == ["pay"]


def test_a_model_that_hears_a_yes_in_everything_confirms_nothing(new_talk: Callable[..., Talk]) -> None:
    talk = new_talk(FLOWS, heard=lambda texts, before: [("affirm",) for _ in texts])
    talk.say(*PAYMENT, "to Oskar then", "the sun shines", "do not", "that is wrong")
    assert talk.bank.ledger == []
    talk.say("yes please do")
    assert len(talk.bank.ledger) == 1


def test_the_same_yes_twice_runs_it_once(talk: Talk) -> None:
    talk.say(*PAYMENT, "yes")
    assert "receipt is above" in talk.say("yes") and len(talk.bank.ledger) == 1


def test_a_correction_makes_another_confirmation_necessary(talk: Talk) -> None:
    talk.say(*PAYMENT)
    first = talk.of(ActionProposed)[-1]
    assert "- Amount: $50.00" in talk.say("make it 50")
    assert talk.of(ActionProposed)[-1].key != first.key and talk.bank.ledger == []
    talk.say("yes")
    assert [act.arguments["amount"] for act in talk.bank.ledger] == [50]


def test_a_line_that_changed_meanwhile_is_shown_anew(talk: Talk) -> None:
    talk.say(*PAYMENT)
    talk.bank.balances["ACC-1"] = Decimal("180")
    reply = talk.say("yes")
    assert reply.startswith("Please look once more") and "- Available: $180.00" in reply
    assert talk.bank.ledger == []
    assert talk.say("yes").startswith("Sent:")


def test_a_balance_that_no_longer_reaches_is_said_and_nothing_is_done(talk: Talk) -> None:
    talk.say(*PAYMENT)
    talk.bank.balances["ACC-1"] = Decimal("80")
    assert "You have $80.00" in talk.say("yes") and talk.bank.ledger == []


def test_a_yes_an_hour_later_shows_it_again(talk: Talk) -> None:
    talk.say(*PAYMENT)
    talk.wait(timedelta(hours=1))
    assert talk.say("yes").startswith("Shall I send this?") and talk.bank.ledger == []
    assert talk.say("yes").startswith("Sent:")


def test_a_yes_a_day_later_finds_the_flow_closed_and_is_told_so(talk: Talk) -> None:
    talk.say(*PAYMENT)
    talk.wait(timedelta(days=1))
    assert "we left “Pay somebody”" in talk.say("yes") and talk.bank.ledger == []
    assert [event.outcome for event in talk.of(FlowEnded)] == ["lapsed"]


def test_two_confirmations_at_once_are_one_payment(talk: Talk) -> None:
    talk.say(*PAYMENT)
    barrier, replies = Barrier(2), list[str]()

    def confirm() -> None:
        barrier.wait()
        replies.append(Talk(talk.parts, talk.bank).say("yes"))

    threads = [Thread(target=confirm) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(talk.bank.ledger) == 1 and len(replies) == 2 and all(replies)
    assert sum(reply.startswith("Sent:") for reply in replies) == 1


@pytest.mark.parametrize("said", ["yes", "what is the wire fee?", "cancel", "50", "begin pay", "begin secure", "hm"])
def test_what_is_said_while_the_bank_acts_changes_nothing_of_it(talk: Talk, said: str) -> None:
    talk.say(*PAYMENT)
    other = Talk(talk.parts, talk.bank)
    talk.bank.during = lambda: other.say(said)
    assert talk.say("yes").startswith("Sent:")
    if "begin" not in said:
        assert "Still at it" in other.views[-1].reply
    talk.say("cancel", "yes", "yes")
    assert len(talk.bank.ledger) == 1 and talk.state().flows == ()


def test_a_server_that_dies_after_the_bank_acted_is_found_out_by_the_next(talk: Talk) -> None:
    talk.say(*PAYMENT)
    talk.bank.moods.append("die")
    with pytest.raises(DiedError):
        talk.say("yes")
    assert "Still at it" in talk.say("yes") and len(talk.bank.ledger) == 1
    talk.wait(LEASE)
    assert "receipt is above" in talk.say("yes")
    late = [event for event in talk.of(ReplySent) if event.text.startswith("Sent:")]
    assert len(late) == 1 and "Reference: BBBBBB" in late[0].text
    assert len(talk.bank.ledger) == 1 and talk.state().flows == ()
    (confirmed,) = talk.of(ActionConfirmed)
    assert confirmed.arguments["amount"] == Money(Decimal("100"), "USD")


def test_a_yes_while_a_case_is_open_leaves_no_flow(talk: Talk) -> None:
    talk.say("I want a person", "begin pay", "to Maria Novak")
    talk.say("ok")
    assert [flow.name for flow in talk.state().flows] == ["pay"]


def test_what_is_found_out_is_told_in_the_words_of_the_step_that_did_it(new_talk: Callable[..., Talk]) -> None:
    *steps, confirm, do = deepcopy(PAY)["steps"]
    large = {"branch": [{"if": "amount > 50", "next": "confirm_large"}]}
    late = [{**confirm, "id": "confirm_large"}, {**do, "id": "do_large", "receipt": "Much sent:"}]
    last = {"id": "last", "end": "done"}
    pay = {**PAY, "steps": [*steps, large, confirm, {**do, "next": "last"}, *late, last]}
    talk = new_talk({**FLOWS, "pay": pay})
    talk.say(*PAYMENT)
    talk.bank.moods.append("die")
    with pytest.raises(DiedError):
        talk.say("yes")
    talk.wait(LEASE)
    settle(talk.parts, None)
    assert talk.of(ReplySent)[-1].text.startswith("Much sent:")


def test_a_server_that_dies_before_the_bank_acted_has_done_nothing(talk: Talk) -> None:
    talk.say(*PAYMENT)

    def die() -> None:
        raise DiedError

    talk.bank.during = die
    with pytest.raises(DiedError):
        talk.say("yes")
    talk.wait(LEASE)
    settle(talk.parts, None)
    assert "did not go through" in talk.of(ReplySent)[-1].text
    assert talk.bank.ledger == [] and talk.state().flows == ()
    assert [event.reason for event in talk.of(ActionRefused)] == ["not_possible"]
    # It is void: who was slow does nothing any more.
    assert len(talk.bank.held) == 1


def test_a_lost_answer_is_said_to_be_unknown_until_the_bank_tells(talk: Talk) -> None:
    talk.say(*PAYMENT)
    talk.bank.moods.append("lose")
    assert "No news yet" in talk.say("yes")
    # What may have changed the balance leads nobody to another amount.
    assert "No news yet" in talk.say("yes") and "No news yet" in talk.say("cancel")
    assert "No news yet" in talk.say("begin pay 100 to Maria Novak from checking")
    talk.wait(timedelta(days=1))
    assert "No news yet" in talk.say("yes")
    talk.bank.is_mute = False
    assert "receipt is above" in talk.say("yes")
    assert len(talk.bank.ledger) == 1 and len(talk.of(ActionUnknown)) == 1 and talk.state().flows == ()


def test_an_unknown_outcome_outlives_a_release_that_changes_or_drops_its_flow(talk: Talk) -> None:
    talk.say(*PAYMENT)
    talk.bank.moods.append("lose")
    talk.say("yes")
    changed = deepcopy(FLOWS)
    changed["pay"]["steps"][0]["ask"] = "Who?"
    talk.release(make_flows(changed))
    assert "No news yet" in talk.say("yes")
    talk.release(make_flows({"secure": SECURE}))
    assert "No news yet" in talk.say("hm")
    talk.bank.is_mute = False
    talk.say("hm")
    assert len(talk.bank.ledger) == 1 and talk.state().flows == ()
    assert talk.of(ReplySent)[-2].text.startswith("What you confirmed before went through.")


def test_a_payment_settled_below_another_flow_is_not_asked_for_again(talk: Talk) -> None:
    talk.say(*PAYMENT)
    talk.bank.moods.append("lose")
    talk.say("yes", "begin secure", "50")
    talk.bank.is_mute = False
    assert "Shall I order it?" in talk.say("hm")
    reply = talk.say("cancel")
    assert "Shall I send this?" not in reply and len(talk.bank.ledger) == 1
    assert talk.state().flows == ()


def test_a_bank_that_is_away_when_it_is_to_act_has_done_nothing(talk: Talk) -> None:
    talk.say(*PAYMENT)
    talk.bank.moods.append("away")
    reply = talk.say("yes")
    assert "Nothing was changed" in reply and talk.bank.ledger == [] and talk.state().flows == ()


def test_a_refusal_is_said_with_its_reason(talk: Talk) -> None:
    talk.say(*PAYMENT)
    talk.bank.moods.append("refuse")
    assert "isn't enough money" in talk.say("yes") and talk.state().flows == ()
    assert "nothing waiting" in talk.say("yes") and talk.bank.ledger == []


def test_a_bank_that_is_away_while_it_is_asked_hands_off(talk: Talk) -> None:
    talk.say("begin pay", "to Maria Novak")
    talk.bank.is_away = True
    assert "Person: " in talk.say("100 from checking") and talk.state().flows == ()


def test_a_receipt_whose_facts_are_missing_still_says_that_it_is_done(talk: Talk) -> None:
    flows = deepcopy(FLOWS)
    flows["pay"]["steps"][-1] |= {"receipt": "Fee: {no_such:money}", "lines": {"Fee": "{no_such:money}"}}
    talk.release(make_flows(flows))
    talk.say(*PAYMENT)
    reply = talk.say("yes")
    assert reply.startswith("What you confirmed before went through.") and "Reference: BBBBBB" in reply
    assert len(talk.bank.ledger) == 1 and talk.state().flows == () and not talk.views[-1].reference


# One-time codes.


def to_code(talk: Talk) -> str:
    """As far as the code of the second action; gives it."""
    talk.say("begin secure", "50", "yes", "a note", "yes")
    return talk.bank.codes[-1][0]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_the_right_code_runs_it_and_is_kept_nowhere(talk: Talk) -> None:
    code = to_code(talk)
    assert talk.bank.codes == [(code, "Secure an account")] and done(talk) == ["order"]
    assert "A wrong code" in talk.say(wrong(code)) and done(talk) == ["order"]
    assert talk.say(code).startswith("Secured.") and done(talk) == ["order", "secure"]
    assert code not in talk.stored() + str(talk.steps) and wrong(code) not in talk.stored()
    assert "No code is needed" in talk.say(code)


def test_a_yes_is_no_code(talk: Talk) -> None:
    to_code(talk)
    talk.say("yes", "1", "yes, do it")
    assert done(talk) == ["order"]


def test_five_wrong_codes_end_it(talk: Talk) -> None:
    code = to_code(talk)
    for _ in range(4):
        assert "A wrong code" in talk.say(wrong(code))
    assert "Too many codes" in talk.say(wrong(code)) and talk.state().flows == ()
    talk.say(code)
    assert done(talk) == ["order"]


@pytest.mark.slow
def test_a_new_code_makes_the_old_one_useless_and_wins_no_tries(talk: Talk) -> None:
    old = to_code(talk)
    talk.say(wrong(old), wrong(old), "new code please")
    new = talk.bank.codes[-1][0]
    assert new != old
    assert "A wrong code" in talk.say(old)
    assert "A wrong code" in talk.say(wrong(new))
    assert talk.say(new).startswith("Secured.")


def test_a_code_that_is_too_old_runs_nothing(talk: Talk) -> None:
    code = to_code(talk)
    talk.wait(timedelta(minutes=3, seconds=1))
    assert "An old code" in talk.say(code) and done(talk) == ["order"]
    talk.say("new code")
    assert talk.say(talk.bank.codes[-1][0]).startswith("Secured.")


def test_a_code_for_another_action_runs_nothing(talk: Talk) -> None:
    old = to_code(talk)
    talk.say("cancel", "begin secure", "60", "yes", "other note", "yes")
    assert talk.bank.codes[-1][0] != old
    assert "A wrong code" in talk.say(old)
    assert done(talk) == ["order", "order"]
    assert [event.verdict for event in talk.of(CodeTried)] == ["wrong"]


# Other flows, other releases, and the way out.


def test_a_flow_changed_by_a_release_keeps_what_still_fits_and_says_why(talk: Talk) -> None:
    talk.say(*PAYMENT)
    flows = deepcopy(FLOWS)
    flows["pay"]["slots"]["amount"]["label"] = "Sum"
    del flows["pay"]["slots"]["day"]
    del flows["pay"]["steps"][4]
    talk.release(make_flows(flows))
    reply = talk.say("yes")
    assert "New steps" in reply and "- Sum: $100.00" in reply and talk.bank.ledger == []
    assert "day" not in talk.state().flows[-1].values
    assert talk.say("yes").startswith("Sent:") and len(talk.bank.ledger) == 1


def test_what_was_done_is_not_done_again_under_another_release(talk: Talk) -> None:
    talk.say("begin secure", "50", "yes")
    flows = deepcopy(FLOWS)
    flows["secure"]["steps"][3]["ask"] = "What note?"
    talk.release(make_flows(flows))
    reply = talk.say("hm")
    assert "New steps" not in reply and "Shall I order it?" not in reply
    talk.say("yes", "yes")
    assert done(talk) == ["order"]
    # Where it cannot be seen what was done, the flow ends.
    steps = [step for step in flows["secure"]["steps"] if "do" not in step]
    flows["secure"]["steps"] = [*steps, {"do": "secure", "receipt": "Secured."}]
    flows["secure"]["steps"] = [{"id": "first", **flows["secure"]["steps"][0]}, *PAY_AGAIN]
    talk.release(make_flows(flows))
    assert talk.say("hm") and talk.state().flows == () and done(talk) == ["order"]


PAY_AGAIN = [
    {"confirm": "order", "ask": "Shall I order it?"},
    {"id": "again", "do": "order", "receipt": "Ordered."},
    {"collect": "note", "ask": "Which note?"},
]


def test_cancelling_what_was_called_leaves_the_caller_too(talk: Talk) -> None:
    assert talk.say("begin outer") == "Which number?"
    assert "Left as it is" in talk.say("cancel") and talk.state().flows == ()
    assert [(event.flow, event.outcome) for event in talk.of(FlowEnded)] == [
        ("inner", "cancelled"), ("outer", "cancelled"),
    ]  # fmt: skip


def test_what_was_called_is_done_once_and_the_caller_goes_on(talk: Talk) -> None:
    talk.say("begin outer", "12345678", "202-555-0142")
    reply = talk.say("yes")
    assert reply.startswith("Checked.") and reply.endswith("By courier or by mail?")
    assert talk.say("by mail").startswith("Shall I order it?")
    talk.say("yes")
    assert done(talk) == ["pay", "order"] and talk.state().flows == ()


def test_a_release_in_the_middle_of_what_was_called_does_not_call_it_again(talk: Talk) -> None:
    talk.say("begin outer", "12345678")
    flows = deepcopy(FLOWS)
    flows["inner"]["steps"][1]["ask"] = "What phone?"
    talk.release(make_flows(flows))
    reply = talk.say("202-555-0142")
    assert "New steps" in reply and "- Number: ending in 5678" in reply and "- Phone: ending in 42" in reply
    assert talk.say("yes").endswith("By courier or by mail?") and done(talk) == ["pay"]


def test_what_the_bank_refuses_of_a_called_flow_ends_the_caller(talk: Talk) -> None:
    talk.say("begin outer", "12345678", "202-555-0142")
    talk.bank.moods.append("refuse")
    talk.say("yes")
    assert talk.state().flows == () and talk.bank.ledger == []


def test_private_values_reach_the_bank_and_nothing_else(talk: Talk) -> None:
    talk.say("begin outer", "it is 12345678", "call 202-555-0142")
    assert "- Number: ending in 5678" in talk.views[-1].reply and "- Phone: ending in 42" in talk.views[-1].reply
    talk.say("yes")
    (act,) = talk.bank.ledger
    assert (act.arguments["number"], act.arguments["phone"]) == ("12345678", "+12025550142")
    held = talk.stored() + str(talk.steps) + str(talk.views)
    assert "12345678" not in held and "5550142" not in held and "555-0142" not in held
    with talk.records.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM private_values").scalar() == 0


def test_what_is_made_on_the_way_fills_its_slot(talk: Talk) -> None:
    talk.say("begin pay")
    assert talk.say("Add a payee") == "What is the name?"
    talk.say("Rosa Quist")
    assert talk.say("yes").endswith("From which account?")
    assert "Rosa Quist" in talk.say("20 from savings")
    talk.say("yes")
    assert done(talk) == ["add_payee", "pay"]


def test_a_flow_that_is_open_is_not_opened_twice(talk: Talk) -> None:
    talk.say("begin pay", "begin pay", "begin secure", "begin pay")
    assert [event.flow for event in talk.of(FlowStarted)] == ["pay", "secure"]


@pytest.mark.parametrize("flow", ["pay", "secure", "outer", "new_payee"])
def test_cancel_leaves_whatever_is_asked(talk: Talk, flow: str) -> None:
    talk.say(f"begin {flow}")
    while not talk.bank.ledger:
        before = talk.state().flows
        assert "Left as it is" in talk.say("cancel") and talk.state().flows == ()
        talk.say(f"begin {flow}")
        waits = before[-1].waits
        given = {
            "collect_to": "Maria Novak", "collect_account": "checking", "collect_amount": "10",
            "collect_number": "12345678", "collect_phone": "202-555-0142", "collect_name": "Rosa",
        }  # fmt: skip
        answers = [given[step] for step in [*given] if step in talk_path(talk, waits, given)]
        talk.say(*answers, given.get(waits, "yes"))


def talk_path(talk: Talk, waits: str, given: dict[str, str]) -> list[str]:
    """The steps that are asked before the one that waits."""
    flow = talk.parts.project.flows[talk.state().flows[-1].name]
    ids = [step.id for step in flow.steps if step.id in given]
    return ids[: ids.index(waits)] if waits in ids else ids


def test_an_alarm_comes_before_what_a_flow_asks(talk: Talk) -> None:
    talk.say(*PAYMENT)
    assert "This is urgent" in talk.say("yes the scammer says so")
    assert talk.bank.ledger == [] and talk.state().flows == ()


def test_another_customer_has_nothing_to_confirm(talk: Talk) -> None:
    talk.say(*PAYMENT)
    assert PAY["title"] not in str(talk.bank.codes)
    other = Talk(talk.parts, talk.bank, "another")
    other.say("yes")
    assert talk.bank.ledger == []


def test_a_follow_up_to_what_a_release_no_longer_answers_is_read_by_itself(talk: Talk) -> None:
    talk.say("what is the wire fee?")
    project = talk.parts.project
    kept = {name: reply for name, reply in project.responses.items() if name != "wire_fees"}
    talk.parts = replace(talk.parts, project=replace(project, responses=kept, intents={**project.intents}))
    assert talk.say("and abroad?") and talk.say("and for me")


def test_what_waits_for_a_code_can_be_changed(talk: Talk) -> None:
    to_code(talk)
    assert "- Amount: $120.00" in talk.say("make it 120 instead")
    talk.say("yes")
    assert "- Amount: $80.00" in talk.say(f"make it 80, code {talk.bank.codes[-1][0]}")
    assert "secure" not in done(talk)


@pytest.mark.parametrize(
    "text",
    ["it's 48291", "ok 12345", "I got 48291 but it fails", "i waited 10 minutes", "nothing came today", "hm", "12345"],
)
def test_what_corrects_nothing_keeps_what_waits_for_its_code(talk: Talk, text: str) -> None:
    code = to_code(talk)
    talk.say(text, code)
    assert done(talk) == ["order", "secure"]


@pytest.mark.parametrize(
    "text", ["what was the amount again?", "which account is it coming from?", "who's it going to"]
)
def test_a_confirmation_is_read_again(talk: Talk, text: str) -> None:
    shown = talk.say(*PAYMENT)
    assert talk.say(text) == shown and not done(talk)
    assert talk.say("yes").startswith("Sent:") and len(talk.of(ActionProposed)) == 1
