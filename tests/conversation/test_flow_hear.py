"""What a message gives to an open flow, in many forms."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerbot.assistant.understand import read_slots
from tellerbot.conversation.flows.hear import FlowInput, SlotFiller
from tellerbot.conversation.flows.values import options_of
from tellerbot.project.flow_schema import Flow
from tellerbot.slots import unclear_amounts
from tellerbot.types import Money, Named, Period, Text, Value

TODAY = date(2026, 3, 10)  # a Tuesday
CHECKING = Named("account", "ACC-1", "Everyday Checking", ("checking", "1111"))
SAVINGS = Named("account", "ACC-2", "Rainy Day Savings", ("savings", "2222"))
MARIA, OSKAR = Named("payee", "PAY-1", "Maria Novak"), Named("payee", "PAY-2", "Oskar Lund")
DEBIT, CREDIT = (
    Named("card", "C-1", "Visa Debit", ("visa", "3333")),
    Named("card", "C-2", "Visa Credit", ("visa", "4444")),
)
NAMES = (CHECKING, SAVINGS, MARIA, OSKAR, DEBIT, CREDIT)
FLOW = Flow.model_validate({
    "title": "Transfer",
    "slots": {
        "account": {"kind": "account", "label": "From", "cues": ["from", "out of"]},
        "to": {"kind": ["account", "payee"], "label": "To", "cues": ["to", "into"]},
        "amount": {"kind": "money", "label": "Amount"},
        "day": {"kind": "date", "label": "When"},
        "way": {"kind": "option", "label": "How", "options": {"fast": "By courier", "slow": {"title": "By mail"}}},
    },
    "steps": [{"collect": name, "ask": "?"} for name in ("to", "account", "amount", "day", "way")],
})  # fmt: skip
NOTE = Flow.model_validate({
    "title": "Note",
    "slots": {"note": {"kind": "text", "label": "Note"}, "period": {"kind": "period", "label": "When"}},
    "steps": [{"collect": "note", "ask": "?"}, {"collect": "period", "ask": "?"}, {"confirm": "x", "ask": "?"}],
})  # fmt: skip


def hear(
    text: str, asked: str = "", values: Mapping[str, Value] | None = None, flow: Flow = FLOW,
    choices: Mapping[str, Named] | None = None,
) -> FlowInput:  # fmt: skip
    at: Any = flow.by_id[f"collect_{asked}"] if asked else None
    filler = SlotFiller(flow, values or {}, at, choices or {})
    slots = read_slots(text, [*NAMES, *options_of(flow.slots)], TODAY, ahead=True)
    return filler.hear(text, slots, (), unclear_amounts(text))


def dollars(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("from checking to savings", {"account": CHECKING, "to": SAVINGS}),
        ("to savings from checking", {"account": CHECKING, "to": SAVINGS}),
        ("from my checking account into my savings account", {"account": CHECKING, "to": SAVINGS}),
        ("move 20 dollars out of savings to Oskar Lund", {"account": SAVINGS, "to": OSKAR, "amount": dollars("20")}),
        ("$50.25 to Maria tomorrow", {"to": MARIA, "amount": dollars("50.25"), "day": date(2026, 3, 11)}),
        ("send Maria Novak 100 dollars from savings", {"account": SAVINGS, "to": MARIA, "amount": dollars("100")}),
        ("from the account ending in 2222 to the one ending in 1111", {"account": SAVINGS, "to": CHECKING}),
        ("50 bucks on Friday, by mail", {"amount": dollars("50"), "day": date(2026, 3, 13), "way": "slow"}),
        ("fifty dollars", {"amount": dollars("50")}),
        ("$1,234.50", {"amount": dollars("1234.50")}),
        ("1234.5 dollars", {"amount": dollars("1234.5")}),
        ("to savings", {"to": SAVINGS}),
        ("out of checking", {"account": CHECKING}),
        ("", {}),
        ("hm, let me think", {}),
    ],
)  # fmt: skip
def test_a_message_may_give_several_slots_at_once(text: str, values: dict[str, Any]) -> None:
    found = hear(text)
    given = {name: value.ref.partition(".")[2] if name == "way" else value for name, value in found.values.items()}  # type: ignore[union-attr]
    assert given == values and not (found.several or found.unknown or found.problem)


@pytest.mark.parametrize(
    ("asked", "text", "value"),
    [
        ("account", "savings", SAVINGS), ("account", "my savings account please", SAVINGS), ("account", "2222",
         SAVINGS),
        ("to", "savings", SAVINGS), ("to", "Maria", MARIA), ("to", "oskar lund", OSKAR), ("to", "Marria Novak", MARIA),
        ("amount", "200", dollars("200")), ("amount", "200 dollars", dollars("200")), ("amount", "just 5",
         dollars("5")),
        ("amount", "two hundred", dollars("200")), ("amount", "$0.01", dollars("0.01")), ("amount", "make it 75",
         dollars("75")),
        ("day", "tomorrow", date(2026, 3, 11)), ("day", "the 15th", date(2026, 3, 15)), ("day", "Friday", date(2026, 3,
         13)),
        ("day", "on May 2", date(2026, 5, 2)), ("day", "today", TODAY),
    ],
)  # fmt: skip
def test_what_was_asked_for_takes_what_fits_it(asked: str, text: str, value: Value) -> None:
    assert hear(text, asked).values == {asked: value}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("0", "above_zero"), ("$0", "above_zero"), ("0.00 dollars", "above_zero"), ("-5", "above_zero"), ("-$5",
         "above_zero"),
        ("minus 5 dollars", "above_zero"), ("negative 20", "above_zero"), ("$-20", "above_zero"), ("$ -20",
         "above_zero"), ("USD -20", "above_zero"), ("$−20", "above_zero"), ("–20", "above_zero"),
        ("$5.0011", "whole_cents"), ("0.125 dollars", "whole_cents"), ("$12.3456", "whole_cents"),
        ("20 euros", "other_currency"), ("€20", "other_currency"), ("20 GBP", "other_currency"), ("£20",
         "other_currency"),
        ("1.000,50", "unclear"), ("12,5", "unclear"), ("1.234", "unclear"),
    ],
)  # fmt: skip
def test_an_amount_that_cannot_be_is_no_value(text: str, problem: str) -> None:
    for asked in ("amount", ""):
        found = hear(text if asked else f"send {text}", asked)
        if found.problem or asked:
            assert found.problem == problem and "amount" not in found.values, (asked, found)


@pytest.mark.parametrize("text", ["what a lot", "abc", "a few", "some", "?", "no idea"])
def test_what_is_no_amount_is_none(text: str) -> None:
    assert "amount" not in hear(text, "amount").values


def test_a_name_that_several_things_have_is_asked_about() -> None:
    card = Flow.model_validate({
        "title": "T", "slots": {"card": {"kind": "card", "label": "Card"}}, "steps": [{"collect": "card", "ask": "?"}],
    })  # fmt: skip
    found = hear("visa", "card", flow=card)
    assert found.several == {"card": (DEBIT, CREDIT)} and not found.values
    assert hear("the visa ending in 4444", "card", flow=card).values == {"card": CREDIT}
    only = hear("visa", "card", flow=card, choices={"Visa Credit": CREDIT})
    assert only.values == {"card": CREDIT}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("send 50 to Walter", "Walter"),
        ("to Walter Moss", "Walter Moss"),
        ("to walter", "walter"),
        ("50 to Zed's", "Zed"),
    ],
)
def test_who_fits_nobody_is_named(text: str, name: str) -> None:
    found = hear(text)
    assert found.unknown == {"to": name} and "to" not in found.values


@pytest.mark.parametrize(
    "text", ["I want to send it to somebody", "to me", "to my other account", "to a new payee", "want to pay"]
)
def test_what_is_no_name_is_nobodys(text: str) -> None:
    assert "to" not in hear(text).unknown and "to" not in hear(text).values


def test_an_account_that_there_is_not_is_told() -> None:
    assert hear("from account 9047").unknown == {"account": "9047"}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("no, 75", {"amount": dollars("75")}), ("make it $80 instead", {"amount": dollars("80")}),
        ("no, to Oskar", {"to": OSKAR}), ("from savings instead", {"account": SAVINGS}), ("rather on Friday",
         {"day": date(2026, 3, 13)}),
        ("by mail", {"way": Named("option", "way.slow", "By mail")}),
    ],
)  # fmt: skip
def test_a_correction_goes_where_its_words_say(text: str, values: dict[str, Value]) -> None:
    held: dict[str, Value] = {
        "account": CHECKING, "to": MARIA, "amount": dollars("50"), "day": TODAY,
        "way": Named("option", "way.fast", "By courier"),
    }  # fmt: skip
    assert hear(text, values=held).values == values


def test_a_bare_thing_that_may_be_either_corrects_neither() -> None:
    held: dict[str, Value] = {"account": CHECKING, "to": SAVINGS, "amount": dollars("5")}
    found = hear("savings", values=held)
    assert found.values == {}


@pytest.mark.parametrize(
    ("text", "value"),
    [("the second one", SAVINGS), ("2", SAVINGS), ("1", CHECKING), ("rainy day", SAVINGS), ("the last", SAVINGS)],
)
def test_a_choice_is_taken_by_its_place_or_its_title(text: str, value: Named) -> None:
    choices = {"Everyday Checking": CHECKING, "Rainy Day": SAVINGS}
    assert hear(text, "account", choices=choices).values == {"account": value}


def test_a_yes_takes_no_choice() -> None:
    for text in ("yes", "ok", "sure"):
        assert hear(text, "account", choices={"Everyday Checking": CHECKING}).values == {}


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("for the rent", "for the rent"), ("it's for the rent", "for the rent"), ("  Rent.  ", "Rent"), ("It is Bob",
         "Bob"),
        ("my new address is 5 Elm Street", "5 Elm Street"), ("call it holiday", "holiday"), ("naïve 🙂", "naïve 🙂"),
    ],
)  # fmt: skip
def test_a_free_text_is_all_that_is_said_but_for_its_lead(text: str, note: str) -> None:
    assert hear(text, "note", flow=NOTE).values == {"note": Text(note)}


def test_a_free_text_is_heard_only_where_it_is_asked_for() -> None:
    assert hear("for the rent", flow=NOTE).values == {} and hear("for the rent", "period", flow=NOTE).values == {}


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("from March 12 to March 15", Period(date(2026, 3, 12), date(2026, 3, 15))),
        ("tomorrow", Period(date(2026, 3, 11), date(2026, 3, 11))),
    ],
)
def test_days_make_a_period_where_one_is_wanted(text: str, period: Period) -> None:
    assert hear(text, "period", flow=NOTE).values == {"period": period}


_WORDS = st.sampled_from(
    ["from", "to", "checking", "savings", "Maria", "Oskar", "20", "$5", "tomorrow", "by mail", "no", "0", "-3", "euros",
     "Walter", "and", ",", "1.000,50", "the", "my", "second", "Friday", "?"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(_WORDS, max_size=9).map(" ".join)), st.sampled_from(["", *FLOW.slots]))
def test_whatever_is_said_a_slot_gets_what_fits_it_alone(text: str, asked: str) -> None:
    found = hear(text, asked)
    for name, value in found.values.items():
        kinds = FLOW.slots[name].kind
        if isinstance(value, Named):
            assert value.kind in kinds and (value in NAMES or value.ref.startswith(f"{name}."))
        elif isinstance(value, Money):
            assert (
                "money" in kinds
                and value.amount > 0
                and value.currency == "USD"
                and value.amount == round(value.amount, 2)
            )
        else:
            assert isinstance(value, date) and "date" in kinds
    assert not {*found.values} & {*found.several} and {*found.unknown} <= {*FLOW.slots}


def test_what_begins_on_a_day_gives_the_day_and_what_lasts_since_one_does_not() -> None:
    assert hear("20 to Maria starting tomorrow").values["day"] == date(2026, 3, 11)
    assert hear("20 to Maria, starting April 2", "day").values["day"] == date(2026, 4, 2)
    assert "day" not in hear("send 20 to Maria, I owe her since January").values
    assert "day" not in hear("customer since 2019, send 20 to Maria").values


@pytest.mark.parametrize("text", ["what day did I say?", "how much is that?", "can you see my address?"])
def test_a_question_is_no_free_text(text: str) -> None:
    assert not hear(text, "note", flow=NOTE)


CUED = Flow.model_validate({
    "title": "Trip",
    "slots": {
        "place": {"kind": "text", "label": "Where", "cues": ["going to", "travel to", "be in", "visiting"]},
        "period": {"kind": "period", "label": "When"},
    },
    "steps": [{"collect": "place", "ask": "?"}, {"collect": "period", "ask": "?"}, {"confirm": "x", "ask": "?"}],
})  # fmt: skip
MAY = Period(date(2026, 5, 3), date(2026, 5, 10))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("I'm going to Spain from May 3 to May 10", "Spain"),
        ("going to travel to new zealand, set a notice", "new zealand"),
        ("we will be visiting Italy and France in may please", "Italy and France"),
        ("can you set a notice? I'm visiting my sister in Ontario on May 3", "my sister in Ontario"),
        ("I'm going to Spain, France and Italy from May 3 to May 10", "Spain, France and Italy"),
        ("we're going to St. Lucia in May", "St. Lucia"),
        ("I'm going to Spain for two weeks", "Spain"),
        ("I'm going to Spain and want to use my card there", "Spain"),
        ("I'm going to need a travel notice", None),
        ("I'm going to be away", None),
        ("visiting my debit card", None),
        ("travel notice", None),
    ],
)
def test_a_text_follows_its_cue(text: str, place: str | None) -> None:
    assert hear(text, flow=CUED).values.get("place") == (Text(place) if place else None)


def test_a_cue_gives_a_text_only_where_the_flow_starts() -> None:
    assert "place" not in hear("I'm going to Spain", "period", flow=CUED).values


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("add France too", "Spain, France"), ("and italy as well", "Spain, italy"), ("also germany", "Spain, germany"),
        ("oh and we're going to portugal too", "Spain, portugal"), ("plus Mexico please", "Spain, Mexico"),
        ("yes", None), ("add a payee", None), ("can I go to France too?", None), ("also 5", None),
        ("also update my phone number", None), ("freeze my card as well", None), ("looks good too", None),
        ("also no", None), ("also I lost my wallet", None), ("cancel it too", None), ("that's fine too", None),
    ],
)  # fmt: skip
def test_a_text_is_added_to(text: str, place: str | None) -> None:
    at: Any = CUED.by_id["confirm_x"]
    values: dict[str, Value] = {"place": Text("Spain"), "period": MAY}
    heard = SlotFiller(CUED, values, at).hear(text, read_slots(text, [], TODAY, ahead=True), ())
    assert heard.values.get("place") == (Text(place) if place else None)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("make it until May 20", Period(date(2026, 5, 3), date(2026, 5, 20))),
        ("starting May 5", Period(date(2026, 5, 5), date(2026, 5, 10))),
        ("no, from May 5", Period(date(2026, 5, 5), date(2026, 5, 10))),
        ("I come back on May 12", Period(date(2026, 5, 3), date(2026, 5, 12))),
        ("starting May 15", Period(date(2026, 5, 15), None)),
        ("only May 4", Period(date(2026, 5, 4), date(2026, 5, 4))),
        ("from June 1 to June 4", Period(date(2026, 6, 1), date(2026, 6, 4))),
    ],
)
def test_a_period_keeps_the_end_that_is_not_corrected(text: str, period: Period) -> None:
    assert hear(text, values={"place": Text("Spain"), "period": MAY}, flow=CUED).values["period"] == period


CHECK = Flow.model_validate({
    "title": "Stop a check",
    "slots": {
        "check": {"kind": "check", "label": "Check"}, "amount": {"kind": "money", "label": "Amount"},
        "account": {"kind": "account", "label": "From"},
    },
    "steps": [
        *({"collect": name, "ask": "?"} for name in ("check", "amount", "account")), {"confirm": "x", "ask": "?"},
    ],
})  # fmt: skip
HELD: dict[str, Value] = {"check": Text("9")}


@pytest.mark.parametrize(
    ("text", "asked", "held", "check", "amount"),
    [
        ("stop check #1043 for 650", "", {}, "1043", "650"), ("check 1043, $650", "", {}, "1043", "650"),
        ("a check for $650 please, number 2208", "", {}, "2208", "650"), ("cheque no. 555", "", {}, "555", None),
        ("check #: 1043", "", {}, "1043", None), ("stop the check for 650", "", {}, None, None),
        ("stop a check, 650 dollars to Bob", "", {}, None, "650"), ("I need to stop 2 checks", "", {}, None, None),
        ("stop checks 1043 and 1044", "", {}, None, None), ("stop check 11/20 for $650", "", {}, None, "650"),
        ("1043", "check", {}, "1043", None), ("its 1043", "check", {}, "1043", None),
        ("I think it's 1043", "check", {}, "1043", None), ("1043 please", "check", {}, "1043", None),
        ("7", "check", {}, "7", None), ("1043 for 650", "check", {}, "1043", "650"),
        ("1043, $650", "check", {}, "1043", "650"), ("the number is 1043", "check", {}, "1043", None),
        ("650", "amount", HELD, None, "650"), ("the check is 650", "amount", HELD, None, "650"),
        ("check 1,043.50", "amount", HELD, None, "1043.50"), ("account number 4821", "account", HELD, None, None),
    ],
)  # fmt: skip
def test_the_number_of_a_check_is_no_amount(
    text: str, asked: str, held: dict[str, Value], check: str | None, amount: str | None
) -> None:
    values = hear(text, asked, held, CHECK).values
    assert values.get("check") == (Text(check) if check else None)
    assert values.get("amount") == (dollars(amount) if amount else None)
