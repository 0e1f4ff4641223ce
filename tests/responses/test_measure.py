"""The figures of a responder's replies, against values worked out by hand."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tellerbot.responses.measure import KINDS, Copies, longest_copy, measure, opening, repeated_share, sendable
from tellerbot.responses.prompt import Brief
from tellerbot.responses.rows import Pair
from tellerbot.training.report import comparison

NOTES = ("Call {cards_phone:phone}.", "A new card is free.")
PROMPT = Brief("Report your lost card", NOTES, "lost it").prompt()
PAIR = Pair(PROMPT, "Hello. Call {cards_phone:phone}. A new card is free.")
DECLINED = Pair(PROMPT, "I can't guess. Call {cards_phone:phone}. A new card is free.")


def embed(texts: object) -> NDArray[np.float32]:
    return np.array([[len(text) % 2, 1 - len(text) % 2] for text in texts], dtype=np.float32)  # type: ignore[attr-defined]


def of(*replies: str, pairs: list[Pair] | None = None) -> dict[str, float]:
    return measure(replies, [True] * len(replies), 2.0, pairs or [PAIR] * len(replies), [PAIR], embed)


def test_a_perfect_reply_is_perfect_and_each_fault_counts() -> None:
    found = of(PAIR.completion)
    assert set(found) == set(KINDS)
    assert found["perplexity"] == 2.0 and found["words"] == 8
    for name in ("rouge_l", "chrf", "similarity", "placeholders", "refusals", "as_written", "ended"):
        assert found[name] == pytest.approx(1.0), name
    for name in ("ungrounded", "ungrounded_sent", "repeated"):
        assert found[name] == 0.0, name
    wrong = of(PAIR.completion, "Hello. Call 555-0117. Your balance is $5.")
    assert wrong["placeholders"] == wrong["ungrounded"] == wrong["as_written"] == 0.5
    # What has no source is not sent.
    assert wrong["ungrounded_sent"] == 0.0
    assert 0 < wrong["rouge_l"] < 1 and 0 < wrong["chrf"] < 1


def test_declining_counts_where_the_reference_declines_and_nowhere_else() -> None:
    assert of(PAIR.completion, PAIR.completion, pairs=[PAIR, DECLINED])["refusals"] == 0.5
    assert of(DECLINED.completion, DECLINED.completion, pairs=[PAIR, DECLINED])["refusals"] == 0.5
    assert of(PAIR.completion, DECLINED.completion, pairs=[PAIR, DECLINED])["refusals"] == 1.0
    # A note that says no is no refusal of the model's.
    note = Pair(Brief("x", ("We can't do that.",), "y").prompt(), "Hello. We can't do that.")
    assert opening(note.completion, note) == "Hello."


def test_sentences_are_sent_up_to_the_first_that_fails() -> None:
    assert sendable(PAIR.completion, PAIR) == (["Hello.", "Call {cards_phone:phone}.", "A new card is free."], True)
    assert sendable("Hello. Your loan is approved. A new card is free.", PAIR) == (["Hello."], False)
    assert sendable("Hello. A new card is free.", PAIR) == (["Hello."], False)
    assert sendable("Anything.", Pair("What is my balance?", "Anything.")) == ([], False)
    assert sendable("", PAIR) == ([], False)


def test_repetition_and_copies_are_counted_in_words() -> None:
    assert repeated_share("one two three four one two three four") == pytest.approx(1 / 5)
    assert repeated_share("too short") == 0.0
    index = Copies([Pair("", "we are always glad to help you with your card")])
    assert index.longest("Indeed we are always glad to say so.", "Customer: hello") == 5
    # Where the model's own words end and a note begins, no run goes on.
    notes = Pair(PROMPT, "We are glad to help you. A new card is free.")
    assert longest_copy(Copies([notes]), "We are glad to help you. A new card is free.", PROMPT) == 6
    # What the prompt gives is meant to be said.
    assert index.longest("with your card", "Notes: with your card.") == 0


def test_the_comparison_shows_every_measure_of_both_models() -> None:
    table = comparison({"base": of("No."), "tuned": of(PAIR.completion)})
    lines = table.splitlines()
    assert len(lines) == len(KINDS) + 2 and lines[0].startswith("| figure | base | tuned | gain |")
    assert "| placeholders | 0.0000 | 1.0000 |  |" in table
