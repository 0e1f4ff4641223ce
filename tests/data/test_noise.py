import re
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tellerbot.data.noise import (
    CHARACTER,
    EVALUATION,
    TRAINING,
    Operator,
    augment,
    heavy,
    noisy,
    one_typo,
)
from tellerbot.data.noise_words import EVALUATION_WORDS, TRAINING_WORDS

UTTERANCE = "Hello, please check why my card payment of $1,250.75 is still pending with your bank, thanks."
OPERATORS = {
    f"{name} {family}": operator
    for name, operators in (("training", TRAINING), ("evaluation", EVALUATION))
    for family, operator in operators.items()
}
SUITES: list[Operator] = [augment, one_typo, heavy]
every_operator = pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS.keys())


def many(operator: Operator, text: str, count: int = 200) -> list[str]:
    return noisy([text] * count, operator, seed=1)


def distance(a: str, b: str) -> int:
    """Levenshtein distance."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        previous, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (x != y))
    return row[-1]


@every_operator
def test_an_operator_always_changes_an_ordinary_utterance(operator: Operator):
    assert UTTERANCE not in many(operator, UTTERANCE)


@pytest.mark.parametrize("operators", [TRAINING, EVALUATION])
@pytest.mark.parametrize("family", CHARACTER)
def test_a_character_slip_is_small(operators: dict[str, Operator], family: str):
    assert all(1 <= distance(UTTERANCE, text) <= 2 for text in many(operators[family], UTTERANCE))


@pytest.mark.parametrize(
    ("operator", "text", "expected"),
    [
        (TRAINING["key"], "p", {"o", "l"}),
        (TRAINING["drop"], "bad", {"ad", "ba"}),
        (TRAINING["repeat"], "a1 Is", {"a1 IIs", "a1 Iss"}),
        (TRAINING["spelling"], "pie", {"ipe"}),
        (TRAINING["space"], "pay 50 to my mum", {"pay 50 tomy mum", "pay 50 to mymum"}),
        (TRAINING["case"], "Pay 5K now", {"pay 5K now", "PAY 5K NOW", "pay 5K Now", "Pay 5K Now"}),
        (TRAINING["abbreviation"], "Please, THANKS", {"Pls, THANKS"}),
        (TRAINING["speech"], "Check it's $5.50.", {"Cheque it's $5.50.", "Check its $5.50."}),
        (EVALUATION["key"], "p", {"po", "op", "pl", "lp"}),
        (EVALUATION["drop"], "lost", {"lst"}),
        (EVALUATION["repeat"], "Is", {"IIIs", "Isss"}),
        (EVALUATION["spelling"], "Phone niece", {"Fone niece", "Phone neice"}),
        (EVALUATION["space"], "card", {"c ard", "ca rd", "car d"}),
        (EVALUATION["case"], "a", {"A"}),
        (EVALUATION["abbreviation"], "As soon as possible", {"Asap"}),
    ],
)
def test_what_an_operator_writes(operator: Operator, text: str, expected: set[str]):
    assert set(many(operator, text)) == expected


@every_operator
@pytest.mark.parametrize("kept", ["12.50", "£1,000.99!", "[card number]", "{balance:money}", "jo@bank.example", "50k"])
def test_amounts_addresses_and_placeholders_are_kept(operator: Operator, kept: str):
    assert all(kept in text for text in many(operator, f"please check {kept} for my account"))


@every_operator
@given(text=st.text(max_size=40), seed=st.integers(0, 2**32))
@settings(max_examples=60, deadline=None)
def test_any_text_keeps_its_digits_and_never_empties(operator: Operator, text: str, seed: int):
    out = operator(text, np.random.default_rng(seed))
    assert bool(out.strip()) == bool(text.strip())
    assert [c for c in out if c.isdigit()] == [c for c in text if c.isdigit()]


@pytest.mark.parametrize("text", ["", " ", "a", "Ü", "?", "💳", "42", "口座の残高", "naïve façade 👩‍👩‍👧", "ſİıK"])
@pytest.mark.parametrize("suite", SUITES)
def test_suites_take_any_text(suite: Operator, text: str):
    assert all(bool(out.strip()) == bool(text.strip()) for out in many(suite, text, 50))


def test_training_and_evaluation_share_families_but_no_operator_and_no_word():
    assert TRAINING.keys() == EVALUATION.keys()
    assert not set(TRAINING.values()) & set(EVALUATION.values())
    assert not TRAINING_WORDS.written & EVALUATION_WORDS.written
    for name in ("abbreviations", "homophones"):
        training, evaluation = getattr(TRAINING_WORDS, name), getattr(EVALUATION_WORDS, name)
        assert not {*training, *training.values()} & {*evaluation, *evaluation.values()}


def test_one_letter_slips_of_the_two_sets_differ():
    for word in ("balance", "card", "receive", "transfer", "pin", "lost", "organise"):
        training, evaluation = (
            {text for family in CHARACTER for text in many(operators[family], word)} - {word}
            for operators in (TRAINING, EVALUATION)
        )
        assert not training & evaluation


def test_no_list_holds_a_number_a_negation_or_what_sets_intents_against_each_other():
    forbidden = re.compile(
        r"\d|\b(debit|credit|lost|stolen|found|open|close|(un)?block|freeze|(de)?activate|cancel|apply|increase|decrease|"
        r"no|not|knot|never|none|without|\w+n't|zero|one|two|three|four|five|six|seven|eight|nine|ten|hundred|thousand|"
        r"half|won|cents?)\b"
    )
    for words in (TRAINING_WORDS, EVALUATION_WORDS):
        for text in {*words.written, *words.abbreviations, *words.homophones, *words.foreign}:
            assert not forbidden.search(text), text


def test_augment_touches_its_share_and_makes_training_slips_only():
    texts = [UTTERANCE] * 2000
    out = noisy(texts, augment, seed=3)
    assert 0.26 < sum(text != UTTERANCE for text in out) / len(out) < 0.34
    assert noisy(texts[:20], lambda text, rng: augment(text, rng, share=0), seed=3) == texts[:20]
    assert UTTERANCE not in noisy(texts[:200], lambda text, rng: augment(text, rng, share=1), seed=3)


def test_one_typo_is_one_character_slip():
    assert all(1 <= distance(UTTERANCE, text) <= 2 for text in many(one_typo, UTTERANCE))
    assert all(text != "hello" for text in many(one_typo, "hello"))


@pytest.mark.slow
def test_heavy_is_worse_than_one_typo():
    mean = {suite: np.mean([distance(UTTERANCE, text) for text in many(suite, UTTERANCE)]) for suite in SUITES}
    assert mean[heavy] > 5 * mean[one_typo]
    assert all(distance(UTTERANCE, text) >= 3 for text in many(heavy, UTTERANCE))


@pytest.mark.parametrize("suite", SUITES)
def test_rows_are_seeded_one_by_one(suite: Operator):
    texts = [f"please check my account {n}" for n in range(50)]
    out = noisy(texts, suite, seed=5)
    assert out == noisy(texts, suite, seed=5)
    assert out != noisy(texts, suite, seed=6)
    assert noisy([*texts[:7], "something else", *texts[8:20]], suite, seed=5)[8:] == out[8:20]


@pytest.mark.slow
@pytest.mark.parametrize("suite", SUITES)
def test_ten_times_the_rows_take_some_ten_times_as_long(suite: Operator):
    def seconds(rows: int) -> float:
        start = time.process_time()
        noisy([UTTERANCE] * rows, suite, seed=1)
        return time.process_time() - start

    assert seconds(10_000) < 20 * seconds(1_000)
