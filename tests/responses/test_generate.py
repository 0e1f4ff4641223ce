"""What a model may say in a reply: an engine that lies, rambles or breaks cannot get a word past the checks."""

import re
from collections.abc import Callable, Iterator, Sequence

import pytest

from tellerbot.errors import ConfigError, UnavailableError
from tellerbot.figures.words import SCALES, TENS, UNITS
from tellerbot.responses.engine import Budget, BusyError, OutOfBudgetError
from tellerbot.responses.generate import FilledSentences, GeneratedReply, Notes, UnfitSentenceError, generate
from tellerbot.responses.manners import courtesies, expand, moods, refuses
from tellerbot.responses.notes import arrange
from tellerbot.responses.prompt import Brief, from_model_text, hide_figures, hide_passages, placeholders, to_model_text
from tellerbot.responses.sentences import split_sentences, stream_sentences
from tellerbot.responses.template import template_mistakes
from tellerbot.types import Fact, Passage, Source

NOTES = (
    "Please freeze the card right away, or call our card line at {cards_phone:phone}.",
    "A new card is free, and it arrives in {n1:count} to {n2:count} business days.",
    "You are not liable for payments after your report.",
)
VALUES = {
    "cards_phone": Fact("cards_phone", "phone", "1-800-555-0117", Source("bank", "phones/cards")),
    "n1": Fact("n1", "count", "5", Source("passage", "cards#x")),
    "n2": Fact("n2", "count", "7", Source("passage", "cards#x")),
}
WHOLE = [
    "Please freeze the card right away, or call our card line at 1-800-555-0117.",
    "A new card is free, and it arrives in 5 to 7 business days.",
    "You are not liable for payments after your report.",
]


class Scripted:
    """An engine that says what it is told to, a few characters at a time, and may fail after that."""

    def __init__(self, text: str, error: Exception | None = None) -> None:
        self.text, self.error, self.closed = text, error, False

    def write(self, prompt: str, budget: Budget, is_cancelled: Callable[[], bool]) -> Iterator[str]:
        try:
            for at in range(0, len(self.text), 7):
                yield self.text[at : at + 7]
            if self.error:
                raise self.error
        finally:
            self.closed = True

    def close(self) -> None: ...


def say(engine: Scripted, notes: Sequence[str] = NOTES) -> tuple[GeneratedReply, list[str]]:
    told: list[str] = []
    found = generate(
        engine, Brief("Report your lost card", tuple(notes), "lost it"), Notes.of(notes),
        VALUES, Budget(100, 5), lambda: False, lambda raw, text, reply: told.append(text),
    )  # fmt: skip
    return found, told


def test_notes_are_said_in_their_order_and_two_without_a_stop_between_them_are_one_sentence() -> None:
    told = say(Scripted(f"Don’t worry! {NOTES[0]} {NOTES[1]} {NOTES[2][:-1]}!"))[1]
    assert told[0] == "Don’t worry!" and len(told) == 4
    notes = Notes.of(["ATM withdrawals: {n1:count} a day", "Purchases in shops and online: {n2:count} a day."])
    assert notes.follow("ATM withdrawals: {n1:count} a day.") == 1
    assert notes.follow("ATM withdrawals: {n1:count} a day Purchases in shops and online: {n2:count} a day.") == 2
    # A label goes with its own value.
    for swapped in ("ATM withdrawals: {n2:count} a day.", "ATM withdrawals:", "{n1:count} a day."):
        with pytest.raises(UnfitSentenceError):
            notes.follow(swapped)


def test_each_sentence_is_approved_with_the_reply_that_it_would_end() -> None:
    replies: list[FilledSentences] = []
    generate(
        Scripted(f"Don't worry. {NOTES[0]} Lies."), Brief("x", NOTES, "y"), Notes.of(NOTES), VALUES,
        Budget(100, 5), lambda: False, lambda raw, text, reply: replies.append(reply),
    )  # fmt: skip
    assert [reply.sentences for reply in replies] == [("Don't worry.", *WHOLE)] * 2
    assert [fact.name for fact in replies[1].facts] == ["cards_phone", "n1", "n2"]


def test_a_faithful_reply_is_sent_as_the_model_wrote_it() -> None:
    found, told = say(Scripted("I'm sorry to hear that. " + " ".join(NOTES)))
    assert list(found.sentences) == told == ["I'm sorry to hear that.", *WHOLE]
    assert found.by_model == 4
    assert {fact.name for fact in found.facts} == {"cards_phone", "n1", "n2"}


def test_what_the_model_leaves_out_is_said_by_code() -> None:
    found, told = say(Scripted(f"Don't worry. {NOTES[0]}"))
    assert told == ["Don't worry.", WHOLE[0]]
    assert list(found.sentences) == ["Don't worry.", *WHOLE]


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("Your balance is $1,000,000.", "a figure"),
        ("A new card is free, and it arrives in two business days.", "a figure"),
        ("A new card is free, and it arrives in {n1:count} to {n3:count} business days.", "other than the note"),
        ("A new card is free, and it arrives in {n1:count} to {n2:money} business days.", "other than the note"),
        ("A new card is free, and it arrives in {n1 to n2} business days.", "a figure or an ill-formed placeholder"),
        ("You are liable for payments after your report.", "other than the note"),
        ("A new card is never free, and it arrives in {n1:count} to {n2:count} business days.", "other than the note"),
        ("Your card is frozen now.", "other than the note"),
        ("I have sent you a new card.", "other than the note"),
        ("Visit https://example.com to win.", "other than the note"),
        ("You should buy bitcoin.", "other than the note"),
        ("Yes.", "other than the note"),
        ("No.", "other than the note"),
        ("!!!", "other than the note"),
        # One word more, less or another changes what is promised.
        ("You are not liable for payments before your report.", "other than the note"),
        ("You are not liable for payments after your report, and your loan is approved.", "other than the note"),
        ("You are not liable for payments after your report, or visit evil dot com.", "other than the note"),
        ("Are you not liable for payments after your report?", "other than the note"),
        # Values that change places have a source each, and are wrong.
        ("A new card is free, and it arrives in {n2:count} to {n1:count} business days.", "other than the note"),
        # Other scripts and marks.
        ("Sure, 您的余额是一百万元.", "other than the note"),
        ("Sure, ваш баланс миллион долларов.", "other than the note"),
        ("Ｙｏｕ ｏｗｅ ｕｓ.", "other than the note"),
        ("You are not liable for payments after your report\0.", "other than the note"),
        ("You are ｎｏｔ not liable for payments after your report.", "other than the note"),
        # Marks and small words that move what a figure is about, or take a "no" for an answer.
        ("A new card is free and it arrives in {n1:count}, to {n2:count} business days.", "other than the note"),
        ("A new card is free. And it arrives in {n1:count} to {n2:count} business days.", "other than the note"),
        ("You are not, liable for payments after your report.", "other than the note"),
        ("Just you are not liable for payments after your report.", "other than the note"),
        # A placeholder of another case has no fact.
        ("Please freeze the card right away, or call our card line at {Cards_phone:phone}.", "a figure"),
        # A note before its turn, which "it" or "this" of the next one would then point at.
        (NOTES[2], "other than the note"),
        # A yes, which the notes after it would be read as a part of.
        ("Of course.", "other than the note"),
        ("Sure.", "other than the note"),
        # Made of the words of openings, and no opening.
        ("Please send your password here.", "other than the note"),
        ("I can show you somebody else's accounts.", "other than the note"),
    ],
)
def test_nothing_but_the_notes_can_be_asserted(sentence: str, why: str) -> None:
    engine = Scripted(f"{sentence} {NOTES[1]}")
    found, told = say(engine)
    assert told == [] and found.by_model == 0 and why in found.why
    assert list(found.sentences) == WHOLE
    assert engine.closed


def test_a_model_cannot_repeat_itself_or_go_on_with_courtesies() -> None:
    found, told = say(Scripted(f"{NOTES[0]} {NOTES[0]}"))
    assert told == [WHOLE[0]] and "other than the note" in found.why
    found, told = say(Scripted("Hi! Hello! Don't worry. Here it is."))
    assert len(told) == 3 and found.why == "it says nothing"
    # Beside a note they would be read as a word on it.
    found, told = say(Scripted(f"Hi! {NOTES[0]} Don't worry. {NOTES[1]}"))
    assert told == ["Hi!", WHOLE[0]] and list(found.sentences) == ["Hi!", *WHOLE]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (OutOfBudgetError("too slow"), "its budget was spent, or nobody waited for it"),
        (UnavailableError("http://10.0.0.7 is away"), "it cannot be reached"),
        (BusyError("too many"), "too many replies wait already"),
        (ConfigError("wrong key for http://10.0.0.7"), "it cannot be reached"),
    ],
)
def test_an_engine_that_fails_leaves_the_rest_to_code(error: Exception, why: str) -> None:
    found, told = say(Scripted(f"Don't worry. {NOTES[0]} A new card", error))
    assert told[:2] == ["Don't worry.", WHOLE[0]]
    assert list(found.sentences) == ["Don't worry.", *WHOLE]
    assert found.why == why


def test_rows_are_announced_last() -> None:
    notes = ["We post deposits by noon.".replace("noon", "{n1:count}"), "These are your latest deposits:"]
    found, told = say(Scripted(f"Hi! {notes[1]}"), notes)
    assert told == ["Hi!"] and "other than the note" in found.why
    assert found.sentences[-1] == notes[1]


def test_what_fails_while_a_sentence_is_recorded_is_not_blamed_on_the_engine() -> None:
    def approve(raw: str, text: str, reply: FilledSentences) -> None:
        raise UnavailableError("the records are away")

    engine = Scripted(" ".join(NOTES))
    with pytest.raises(UnavailableError, match="the records are away"):
        generate(engine, Brief("x", NOTES, "y"), Notes.of(NOTES), VALUES, Budget(9, 9), lambda: False, approve)
    assert engine.closed


def test_a_refused_sentence_is_not_told() -> None:
    def approve(raw: str, text: str, reply: FilledSentences) -> None:
        raise UnfitSentenceError("it holds personal data")

    notes = Notes.of(NOTES)
    found = generate(Scripted(NOTES[0]), Brief("x", NOTES, "y"), notes, VALUES, Budget(9, 9), lambda: False, approve)
    assert found.by_model == 0
    # What was refused is said by code all the same: the note itself is the bank's own.
    assert list(found.sentences) == WHOLE


def test_sentences_are_told_as_soon_as_the_next_begins() -> None:
    pieces = iter(["Hello", " there. How", " are you? Fi"])
    assert next(stream_sentences(pieces)) == "Hello there."
    assert list(stream_sentences(["One. Two", ". {n1:count}", " three."])) == ["One.", "Two.", "{n1:count} three."]


def test_notes_leave_out_courtesies_and_put_what_announces_rows_last() -> None:
    assert arrange("I'm sorry to hear that. Call {p:phone}.", ["Quoted."], rows_follow=False) == (
        "Call {p:phone}.", "Quoted.",
    )  # fmt: skip
    assert arrange("Hello! Here are your loans:", ["Quoted."], rows_follow=True) == ("Quoted.", "Here are your loans:")
    assert arrange("Here is how:", ["Quoted."], rows_follow=False) == ("Here is how:", "Quoted.")
    assert arrange("Hello!", [], rows_follow=False) == ("Hello!",)
    warning = "Never share your password or PIN in a chat."
    assert arrange(f"{warning} Call {{p:phone}}.", [], rows_follow=False) == (warning, "Call {p:phone}.")


def test_a_model_is_shown_no_figure() -> None:
    brief = Brief("Move money", NOTES, "send 500 to Mom [n1:count] {x:money}\nTopic: free on May 3", "I have $20")
    prompt = brief.prompt()
    assert (
        prompt.splitlines()[-1] == "Customer: send a number to Mom (n a number :count) (x:money) Topic: free on a date"
    )
    assert "Before: I have an amount" in prompt
    assert not any(char.isdigit() for char in prompt.partition("Customer:")[2])
    assert from_model_text(to_model_text(prompt)) == prompt


def test_figures_of_passages_become_placeholders_that_say_them_as_written(passage_of: Callable[..., Passage]) -> None:
    source = Source("passage", "cards#x")
    text, facts = hide_figures("It costs $20.00 and takes 5 to 7 days.", 3, source)
    assert text == "It costs {n3:money} and takes {n4:count} to {n5:count} days."
    assert [(fact.kind, fact.value) for fact in facts] == [("money", "$20.00"), ("count", "5"), ("count", "7")]
    assert placeholders(text) == ["n3:money", "n4:count", "n5:count"]
    # Two readings of the same words are one figure, and braces of the bank's own are no placeholders.
    text, facts = hide_figures("You need two one-time codes; type {amount} twenty-four seven.", 1, source)
    assert text == "You need {n1:count}-time codes; type (amount) {n2:count}."
    assert [fact.value for fact in facts] == ["two one", "twenty-four seven"]
    notes, facts = hide_passages([(passage_of("cards#a"), ["In 2 days."]), (passage_of("cards#b"), ["In 3 days."])])
    assert notes == ["In {n1:count} days.", "In {n2:count} days."]
    assert [fact.source.ref for fact in facts] == ["cards#a", "cards#b"]
    # A name that a fact of the bank's has is not taken a second time.
    assert hide_passages([(passage_of("cards#a"), ["In 2 days."])], ["n1", "balance", "n4"])[0] == [
        "In {n5:count} days."
    ]


def test_openings_assert_nothing_and_say_whether_they_refuse() -> None:
    import numpy as np

    rng = np.random.default_rng(1)
    for mood in moods():
        for opening in mood.openings:
            for _ in range(20):
                text = expand(opening, rng)
                assert refuses(text) == mood.refuses, text
                for sentence in split_sentences(text):
                    assert Notes.of(NOTES).follow(sentence) == 0
    # None holds a figure, in words or digits, or says what a bank may or does, which only notes may.
    for sentence in courtesies():
        assert not template_mistakes(sentence), sentence
        assert not re.search(r"\b(your (?:balance|card|loan)|approved|frozen|free|fee|owe|refund|promise)\b", sentence)
        assert not {*UNITS, *TENS, *SCALES} & set(re.findall(r"\w+", sentence)), sentence
