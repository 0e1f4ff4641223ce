"""Sentences made wrong, and said otherwise: what changes, and what must not."""

import random
from itertools import product

import pytest

from tellerbot.checks.mistakes import OPERATORS, Around, spoil
from tellerbot.checks.paraphrase import paraphrase
from tellerbot.checks.rows import Claim, write_claims
from tellerbot.checks.words import Part, texts
from tellerbot.figures import find_figures

FEES = (
    "A domestic wire costs $22.00, and an international wire costs $45.00.",
    "The wire may arrive within 2 business days, if it is sent before 4:00 pm.",
)
AROUND = Around(
    FEES, ("You can close an account unless it is overdrawn.", "A stop payment costs $28.00."), ("Everyday Checking",)
)


def drawn(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - rows are no secrets


def wrong(sentence: str, kind: str, part: Part = "train") -> set[str]:
    found = (spoil(sentence, kind, AROUND, part, drawn(seed)) for seed in range(30))
    return {one for one in found if one}


@pytest.mark.parametrize(
    ("kind", "sentence", "among"),
    [
        ("number", FEES[0], "A domestic wire costs $28.00, and an international wire costs $45.00."),
        ("unit", "It takes 2 business days.", "It takes 2 weeks."),
        ("date", "It arrives on Monday.", "It arrives on Friday."),
        ("period", "Interest is paid monthly.", "Interest is paid yearly."),
        ("product", "A debit card is free.", "A credit card is free."),
        ("party", "The sender pays.", "The recipient pays."),
        ("direction", "Call before you travel.", "Call after you travel."),
        ("negation", "You cannot add money.", "You can add money."),
        ("dropped condition", "It is free, if you ask.", "It is free."),
        ("added condition", "It is free.", "It is free if you have Premier Checking."),
        ("quantifier", "Most cards work.", "All cards work."),
        ("promise", "It may arrive today.", "It will arrive today."),
        ("invented", "It is free.", "A stop payment costs $28.00."),
        ("misleading omission", "You must bring a photo ID and your card.", "You must bring a photo ID."),
    ],
)
def test_each_kind_makes_its_mistake(kind: str, sentence: str, among: str) -> None:
    assert among in wrong(sentence, kind)


def test_mixed_facts_cross_figures_or_ends() -> None:
    sentence = "A domestic wire costs $22.00."
    beside = Around(("An international wire costs $45.00.",), (), ())
    assert spoil(sentence, "mixed", beside, "train", drawn(0)) == "A domestic wire costs $45.00."


@pytest.mark.parametrize(("kind", "part"), list(product(OPERATORS, ("train", "held_out"))))
def test_no_mistake_leaves_the_sentence_as_it_is(kind: str, part: Part) -> None:
    for sentence in (*FEES, "We never ask for a PIN.", "Fees: free", "", "OK."):
        assert sentence not in wrong(sentence, kind, part)


@pytest.mark.parametrize("name", ["conditions", "promises"])
def test_words_of_the_test_are_not_trained_on(name: str) -> None:
    assert not set(texts(name, "train")) & set(texts(name, "held_out"))


@pytest.mark.parametrize(
    ("sentence", "among"),
    [
        ("If you travel, tell us.", "Tell us if you travel."),
        ("A wire costs $30.00.", "You pay $30.00 for a wire."),
        ("We send the card within 3 days.", "The card is sent within 3 days."),
        ("You cannot change it.", "You can't change it."),
        ("Call support.", "Please call support."),
        ("Monthly fee: Basic $8.00, Gold $20.00", "As to monthly fee, for Basic it is $8.00, for Gold it is $20.00."),
    ],
)  # fmt: skip
def test_the_same_is_said_otherwise(sentence: str, among: str) -> None:
    assert among in {paraphrase(sentence, drawn(seed)) for seed in range(400)}


def test_what_is_said_otherwise_has_no_new_figure() -> None:
    for sentence, seed in product((*FEES, "The fee is $8.00."), range(100)):
        before = {figure.text for figure in find_figures(sentence)}
        assert {figure.text for figure in find_figures(paraphrase(sentence, drawn(seed)))} <= before


def test_claims_are_half_right_of_every_kind_and_the_same_for_a_seed() -> None:
    documents = {
        "wires": [FEES],
        "cards": [("You can freeze a card unless it is lost.", "Most cards may arrive by mail.")],
    }
    made = write_claims(documents, 60, 1, "train")
    assert made == write_claims(documents, 60, 1, "train") != write_claims(documents, 60, 2, "train")
    assert all(isinstance(one, Claim) for one in made) and len({one.kind for one in made if not one.is_supported}) > 6
    right = [one for one in made if one.is_supported]
    assert len(right) == pytest.approx(30, abs=8)
    assert all(one.sentence not in one.evidence for one in made if not one.is_supported)
