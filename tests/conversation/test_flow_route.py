"""What a message does to an open flow: a yes is only what can be nothing else."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerbot.conversation.flows.hear import FlowInput
from tellerbot.conversation.flows.route import (
    Move,
    is_yes,
    route_answer,
    route_code,
    route_confirmation,
    takes_first,
)
from tellerbot.types import Money, Text, Value

YES = (
    "yes", "Yes.", "YES!", "yep", "yeah", "yup", "sure", "ok", "okay", "Ok, go ahead", "confirm", "confirmed",
    "I confirm", "go ahead", "do it", "please do", "yes please", "yes, do it", "yes, that's right", "that's correct",
    "that is right", "yes, thank you", "yes do that please", "correct, thanks", "looks good", "sounds great",
    "yes everything is correct", "yes, make the payment", "do it, please", "sure, send it", "perfect, thanks",
)  # fmt: skip
# With the act of affirming that a model hears in them.
LONGER = (
    "yes, I agree", "ok I am ready", "yes just do it now", "sure, I want that",
    "yes I'd like that very much", "ok process the payment now", "yes, that's the transfer",
)  # fmt: skip
NOT_YES = (
    "yes?", "ok?", "yes but not today", "yes, but from savings", "ok wait", "ok, hold on", "okay hang on a second",
    "yes to the other one", "yes, the other", "ok do the other", "yes do the second", "yes, send the rest",
    "sure, if it is free", "yes unless there is a fee", "yes, when I am paid", "sure thing, later", "do it tomorrow",
    "yes in an hour", "yes on Friday", "yes, maybe", "ok maybe not", "yes or no", "yes no", "no yes", "not yes",
    "yesterday",
    "yes, dont", "yes, don't do it", "yes do not", "yes never mind", "yes cancel", "ok cancel it", "okay stop",
    "yes 2", "yes for 20 dollars", "yes, to Oskar", "yes, to my brother", "yes with my card", "do it twice",
    "yes and no", "yes and also freeze my card", "yes, what is the fee?", "ok what happens then",
    "sure, how long does it take",
    "yes i see", "ok i see", "ok so", "ok then why", "yes?!", "is that a yes", "would yes be right",
    "I said yes before",
    "yes, make the change", "do the opposite", "yes except the date", "yes only half of it",
    "ok, first show me the balance",
    "yes I know who you are", "yeah yeah yeah whatever", "okey dokey artichokey", "sure, ask my wife", "", "?", "...",
    "ja", "si", "yess i think", "y", "k", "👍", "yes" * 9,
)  # fmt: skip
NO = ("no", "No.", "nope", "nah", "not now", "no thanks", "no, thank you", "don't", "no don't do it", "no, leave it")
CANCEL = (
    "cancel", "Cancel.", "cancel it", "please cancel", "cancel that", "stop", "stop it", "never mind", "nevermind",
    "forget it", "forget about it", "leave it", "quit", "no, cancel", "ok cancel", "actually cancel",
    "cancel everything",
    "cancel the transfer", "cancel the whole thing", "I changed my mind", "i don't want to", "i don’t want it anymore",
    "don't do it", "wait, cancel it", "no stop", "abort", "exit",
)  # fmt: skip
CHANGE = (
    "change it", "change something", "I want to change the amount", "correct that", "edit the date", "that's wrong",
    "that is not right", "something is wrong", "no, change the account",
)  # fmt: skip
ACTS = ("affirm", "deny", "cancel", "thank")


def confirmation(text: str, *acts: str, heard: FlowInput | None = None, has_changed: bool = False) -> Move:
    return route_confirmation(text, acts, heard or FlowInput(), has_changed)


@pytest.mark.parametrize("text", YES)
def test_a_plain_yes_is_one_whatever_a_model_hears(text: str) -> None:
    assert is_yes(text, ()) and is_yes(text, ("affirm",)) and confirmation(text) == "confirm"


@pytest.mark.parametrize("text", LONGER)
def test_a_longer_yes_is_one_where_a_model_hears_it_too(text: str) -> None:
    assert is_yes(text, ("affirm",)) and not is_yes(text, ()) and not is_yes(text, ("affirm", "deny"))


@pytest.mark.parametrize("text", NOT_YES)
def test_what_may_mean_anything_else_is_no_yes(text: str) -> None:
    for count in range(len(ACTS) + 1):
        assert not is_yes(text, ACTS[:count])
    assert confirmation(text, "affirm") != "confirm"


@pytest.mark.parametrize("text", [*NO, *CANCEL, *CHANGE])
def test_who_says_no_leaves_or_changes_never_says_yes(text: str) -> None:
    assert not is_yes(text, ("affirm",)) and confirmation(text, "affirm") != "confirm"


@pytest.mark.parametrize(("texts", "move"), [(NO, "deny"), (CANCEL, "cancel"), (CHANGE, "change")])
def test_each_way_to_say_no_is_told_apart(texts: tuple[str, ...], move: Move) -> None:
    both = {"no, leave it", "no don't do it"}
    assert {text for text in texts if confirmation(text) != move} <= both
    assert {confirmation(text) for text in both} == {"cancel"}


def test_a_model_may_hear_a_no_in_few_words_that_ask_nothing() -> None:
    assert confirmation("I'd rather keep my money", "deny") == "deny" and confirmation("I'd rather keep it") == "other"
    assert confirmation("I'd rather not, what would it cost?", "deny") == "other"
    assert confirmation("let us drop this", "cancel") == "cancel"
    assert confirmation("why should I cancel a payment to someone who has long been paid", "cancel") == "other"


@pytest.mark.parametrize("said", ["yes", "cancel", "no"])
@pytest.mark.parametrize(
    "heard",
    [
        FlowInput(problem="unclear"),
        FlowInput(several={"a": ()}),
        FlowInput(unknown={"a": "x"}),
        FlowInput(cleared=["a"]),
    ],
)
def test_a_message_that_gives_something_corrects(said: str, heard: FlowInput) -> None:
    assert confirmation(said, heard=heard) == "give" and confirmation(said, has_changed=True) == "give"


def test_who_says_the_same_values_again_with_a_yes_confirms() -> None:
    assert confirmation("yes", heard=FlowInput(values={"amount": Money(amount=1)})) == "confirm"  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [Text("cancel"), None])
def test_cancel_is_no_answer_even_where_any_text_would_be_one(value: Value | None) -> None:
    heard = FlowInput(values={"note": value} if value else {})
    assert route_answer("cancel", (), heard) == "cancel"


def test_a_model_that_hears_a_cancel_does_not_take_an_answer_away() -> None:
    assert route_answer("Cancelled Flights Ltd", ("cancel",), FlowInput(values={"name": Text("x")})) == "give"
    assert route_answer("let it be", ("cancel",), FlowInput()) == "cancel"


def test_what_gives_nothing_is_something_else() -> None:
    assert route_answer("hm", (), FlowInput()) == "other"
    assert route_answer("what do I have?", (), FlowInput(unknown={"to": "what"})) == "other"
    assert route_answer("is it 200?", (), FlowInput(values={"amount": Text("x")})) == "give"


@pytest.mark.parametrize(
    ("text", "move"),
    [
        ("send it again", "resend"), ("resend", "resend"), ("I didn't get it", "resend"), ("new code", "resend"),
        ("it never arrived", "resend"), ("no code came", "resend"), ("I have not received anything", "resend"),
        ("cancel", "cancel"), ("no", "cancel"), ("never mind", "cancel"), ("yes", "other"), ("ok", "other"),
        ("what is my balance?", "other"), ("what for?", "other"), ("1", "other"),
    ],
)  # fmt: skip
def test_at_a_code_a_yes_says_nothing(text: str, move: Move) -> None:
    assert route_code(text, ("affirm",), has_code=False) == move
    assert route_code(text, (), has_code=True) == "code"


@pytest.mark.parametrize("text", ["Yes, do it", "yes, do it.", "YES, DO IT!", "1", " 1. ", "the first one", "option 1"])
def test_the_first_choice_is_taken_by_its_title_or_its_number(text: str) -> None:
    assert takes_first(text, "Yes, do it")


@pytest.mark.parametrize(
    "text",
    ["yes, do it?", "yes, dont it", "no, do it", "one", "no one", "no 1", "a", "2", "11", "1?", "first of May", ""],
)
def test_what_is_only_like_the_first_choice_does_not_take_it(text: str) -> None:
    assert not takes_first(text, "Yes, do it")


_AGAINST = (
    "no not but wait if other second later cancel stop what why ? 5 $20 from maria oskar card or never don't maybe "
    "when half twice tomorrow friday instead"
)
_WORDS = st.sampled_from(f"yes yes yes ok sure do it please the to my and , . ! {_AGAINST}".split())


@given(st.lists(_WORDS, max_size=7), st.sets(st.sampled_from(ACTS)))
def test_no_words_against_it_stand_in_a_yes(words: list[str], acts: set[str]) -> None:
    if is_yes(" ".join(words), acts):
        assert not {*words} & {*_AGAINST.split()}, words


@given(st.text(max_size=40), st.sets(st.sampled_from(ACTS)), st.booleans())
def test_any_text_has_one_move(text: str, acts: set[str], flag: bool) -> None:
    assert (
        confirmation(text, *acts, has_changed=flag)
        and route_code(text, acts, flag)
        and route_answer(text, acts, FlowInput())
    )


@pytest.mark.parametrize(("before", "text"), [*product(("no ", "not ", "what if ", "cancel ", "don't "), YES)])
def test_a_yes_after_something_else_is_none(before: str, text: str) -> None:
    assert not is_yes(before + text, ("affirm",))
