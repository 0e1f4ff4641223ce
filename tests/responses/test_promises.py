"""A reply that says something was done, is coming, or was passed on needs the event that did it."""

import time
from importlib.resources import files
from pathlib import Path
from typing import get_args

import pytest
import yaml

from tellerbot.conversation.events import (
    ActionDone,
    ActionRefused,
    ActionStarted,
    ActionUnknown,
    CaseClaimed,
    CaseDelivered,
    CaseOpened,
    CaseReturned,
    CodeSent,
    Event,
    MessageReceived,
)
from tellerbot.knowledge.passages import read_policies
from tellerbot.project.load import Project, load_project
from tellerbot.project.schema import MESSAGE_HOLES
from tellerbot.responses.manners import courtesies
from tellerbot.responses.promise_words import PromiseKind
from tellerbot.responses.promises import Promise, UnkeptPromiseError, check_promises, find_promises, kept_by
from tellerbot.responses.respond import join_quotes
from tellerbot.types import Passage

SENTENCES = yaml.safe_load((Path(__file__).parent / "promises.yaml").read_text("utf-8"))
KINDS: tuple[PromiseKind, ...] = get_args(PromiseKind)
OPENED, DONE = CaseOpened("PLKTRD", "asked for"), ActionDone("k1", "freeze_card", "R-1")


def kinds(text: str) -> list[str]:
    return [promise.kind for promise in find_promises(text)]


def shares(part: str) -> tuple[float, float, float]:
    """The shares of promises that are found, and found with their kind, and of other sentences taken for one."""
    cases = [(sentence, kind) for kind in KINDS for sentence in SENTENCES[part][kind]]
    others = SENTENCES[part]["none"]
    found = sum(bool(kinds(sentence)) for sentence, _ in cases) / len(cases)
    exact = sum(kind in kinds(sentence) for sentence, kind in cases) / len(cases)
    return found, exact, sum(bool(kinds(sentence)) for sentence in others) / len(others)


def test_there_are_enough_sentences_and_none_is_in_both_parts() -> None:
    dev, held_out = ({one for group in SENTENCES[part].values() for one in group} for part in ("dev", "held_out"))
    assert not dev & held_out
    for part in ("dev", "held_out"):
        assert sum(len(SENTENCES[part][kind]) for kind in KINDS) >= 60 and len(SENTENCES[part]["none"]) >= 80


def test_the_sentences_that_the_patterns_were_tuned_on_are_told_apart() -> None:
    found, exact, mistaken = shares("dev")
    assert found >= 0.99 and exact >= 0.99 and mistaken == 0


def test_most_sentences_that_were_kept_apart_are_told_apart() -> None:
    found, exact, mistaken = shares("held_out")
    assert found >= 0.85 and exact >= 0.8 and mistaken <= 0.06


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I’ve **frozen** your card.", ["done"]),
        ("I\u200b've frozen your card.", ["done"]),
        ("Don't worry, I've frozen your card.", ["done"]),
        ("I've frozen your card, is there anything else?", ["done"]),
        ("I can't move money, but I've told the fraud team.", ["told"]),
        ("I'm passing you to a colleague, who will look at it with you.", ["told", "coming"]),
        ("I've frozen the card and told the fraud team.", ["done", "told"]),
        ("We can stop it. I'll do that now.", ["coming"]),
        ("Here you are:\n- Your card was frozen.", ["done"]),
        ("Once the check clears, I'll move the money.", ["coming"]),
        ("Once you confirm, I'll move the money.", []),
        ("Please wait and I'll move the money.", ["coming"]),
        ("Say yes and I'll move the money.", []),
        ("If the merchant agrees, you will get a refund.", []),
        ("You will get a refund.", ["coming"]),
        ("Your transfer was sent on {day:date}.", []),
        ("Your transfer was sent.", ["done"]),
        ("The branch that has closed is in Bangor.", []),
        ("", []),
    ],
)
def test_what_stands_around_a_claim_decides(text: str, expected: list[str]) -> None:
    assert kinds(text) == expected


def test_a_promise_is_told_with_its_sentence() -> None:
    text = "Thank you. I'll call you back. Your balance is $5.00."
    assert find_promises(text) == [Promise("I'll call you back.", "coming")]


@pytest.mark.parametrize(
    ("events", "kept"),
    [
        ([], set()),
        ([DONE], {"done", "coming"}),
        ([ActionStarted("k1", "freeze_card")], set()),
        ([ActionUnknown("k1", "freeze_card")], set()),
        ([ActionRefused("k1", "freeze_card", "no_change")], set()),
        ([CodeSent("k1")], {"done"}),
        ([OPENED], {"told", "coming"}),
        ([CaseDelivered("PLKTRD")], {"told", "coming"}),
        ([CaseClaimed("PLKTRD", "A-1")], {"told", "coming"}),
        ([CaseReturned("PLKTRD", "A-1")], set()),
        ([MessageReceived("hi", (), "1.0.0"), DONE, OPENED], {"done", "coming", "told"}),
    ],
)
def test_only_what_happened_keeps_a_promise(events: list[Event], kept: set[PromiseKind]) -> None:
    assert kept_by(events) == kept


@pytest.mark.parametrize(
    ("text", "events", "unkept"),
    [
        ("I've frozen your card.", [DONE], []),
        ("I've frozen your card.", [], ["done"]),
        ("I've frozen your card.", [ActionUnknown("k1", "freeze_card")], ["done"]),
        ("I've frozen your card.", [OPENED], ["done"]),
        ("I'm passing you to a colleague.", [OPENED], []),
        ("I'm passing you to a colleague.", [], ["told"]),
        ("I'm passing you to a colleague.", [DONE], ["told"]),
        ("A colleague will call you.", [OPENED], []),
        ("A colleague will call you. Your card is now frozen.", [], ["coming", "done"]),
    ],
)
def test_a_reply_with_a_promise_that_nothing_keeps_is_refused(
    text: str, events: list[Event], unkept: list[str]
) -> None:
    happened = kept_by(events)
    if not unkept:
        check_promises(text, (), happened)
        return
    with pytest.raises(UnkeptPromiseError, match=r"No event that keeps .*; the reply is not sent\.") as caught:
        check_promises(text, (), happened)
    assert [promise.kind for promise in caught.value.promises] == unkept


def test_a_quoted_sentence_is_exempt_and_what_stands_beside_it_is_not() -> None:
    quoted = ["We will cancel the card and send you a new one.", "We will cancel the card"]
    check_promises(f"This is how it goes: {quoted[0]} That is free.", quoted)
    check_promises("We’ll block it.", ["We'll block it."])
    with pytest.raises(UnkeptPromiseError) as caught:
        check_promises(f"{quoted[0]} I've done so.", quoted)
    assert [promise.kind for promise in caught.value.promises] == ["done"]
    for more in ("We will cancel the cards.", "We will cancel the card today.", "Today we will cancel the card."):
        with pytest.raises(UnkeptPromiseError):
            check_promises(more, ["We will cancel the card.", "we will cancel the card"])


@pytest.fixture(scope="module")
def demo() -> Project:
    return load_project(Path(str(files("tellerbot.project") / "demo")))


@pytest.fixture(scope="module")
def passages(demo: Project) -> list[Passage]:
    return [passage for reading in read_policies(demo.policies) for passage in reading.passages]


def test_no_vetted_reply_promises_what_it_does_not_do(demo: Project) -> None:
    handed = kept_by([OPENED])
    walked = 0
    for name, response in {**demo.responses, **demo.acts}.items():
        for answer in response.answers():
            for field, text in answer.texts():
                walked += 1
                kept = handed if answer.hand_off else frozenset()
                assert [one for one in find_promises(text) if one.kind not in kept] == [], f"{name}.{field}"
    assert walked > 1_000


def test_no_message_promises_what_it_does_not_do(demo: Project) -> None:
    # Each is sent after what it says.
    handed = {"hand_off", "hand_off_again", "hand_off_later"}
    after = {"code_ask", "done_late", "done_already", "agent_joined", "agent_left", "case_closed"}
    found = dict[str, set[str]]()
    for key, messages in demo.assistant.messages:
        for message in [messages] if isinstance(messages, str) else messages:
            for hole in MESSAGE_HOLES:
                message = message.replace(f"{{{hole}}}", "“Freeze a card”")
            if promised := set(kinds(message)):
                found.setdefault(key, set()).update(promised)
    assert handed <= set(found) <= handed | after
    assert all(found[key] <= kept_by([OPENED]) for key in handed)
    assert [courtesy for courtesy in courtesies() if kinds(courtesy)] == []


def test_policies_speak_for_the_bank_in_general(passages: list[Passage]) -> None:
    sentences = [sentence for passage in passages for sentence in passage.sentences]
    assert sum(bool(kinds(sentence)) for sentence in sentences) / len(sentences) < 0.01
    for passage in passages:
        check_promises(join_quotes([(passage, passage.sentences)]), passage.sentences)


@pytest.mark.parametrize("said", ["the ", "your team has now ", "I now just already ", "it's now ", "they are not "])
def test_the_time_grows_with_the_length_and_no_faster(said: str) -> None:
    def seconds(length: int) -> float:
        text = said * (length // len(said))
        start = time.process_time()
        find_promises(text)
        return time.process_time() - start

    # In step with the length it is four times as long, with its square sixteen times.
    assert min(seconds(16_000) for _ in range(2)) < 10 * min(seconds(4_000) for _ in range(3))
