"""A valid number planted anywhere in a sentence is never left in it, whatever touches it."""

import random
import re

import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat
from stdnum import iban, luhn, numdb
from stdnum.us import ssn

from tellerbot.privacy.redact import redact

COUNTRIES = ("US", "GB", "DE", "FR", "IN", "ES", "DK")
WORDS = [
    "pay",
    "50",
    "to",
    "my",
    "2,000.00",
    "DE",
    "on",
    "11/22/2026",
    "and",
    "7",
    "card",
    "x1",
    "GB82",
    "é",
    "你好",
    "IBAN",
]
SIGNS = [
    "",
    " ",
    " ",
    ": ",
    ", ",
    " (",
    "\n",
    "-",
    " / ",
    "#",
    '"',
    "; ",
    "...",
    "=",
    "\u200b",
    " 50 to ",
    " ref ",
    "+",
]
GAPS = ["", " ", "-", ".", "/", "  ", " - ", "\n", "\u200b", "\u00a0", "_", " \u00b7 "]
seeds = st.integers(0, 10**9).map(random.Random)
neighbours = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(SIGNS)), max_size=5)


def cut(text: str, draw: random.Random, gap: str) -> str:
    pieces, at = [], 0
    while at < len(text):
        size = draw.randint(2, 6)
        pieces.append(text[at : at + size])
        at += size
    return gap.join(pieces)


def account_number(draw: random.Random) -> str:
    _, country, _, properties, _ = draw.choice(numdb.get("iban").prefixes)
    signs = {"n": "0123456789", "a": "ABCXYZ", "c": "0123456789ABC"}
    parts = re.findall(r"(\d+)!([nac])", properties["bban"])
    body = "".join("".join(draw.choices(signs[kind], k=int(count))) for count, kind in parts)
    return country + iban.calc_check_digits(f"{country}00{body}") + body


def card_number(draw: random.Random) -> str:
    prefix, length = draw.choice(
        [("4", 16), ("53", 16), ("2300", 16), ("6011", 16), ("37", 15), ("3528", 16), ("4", 19)]
    )
    body = prefix + "".join(draw.choices("0123456789", k=length - len(prefix) - 1))
    return body + luhn.calc_check_digit(body)


def social_number(draw: random.Random) -> str:
    while not ssn.is_valid(number := "".join(draw.choices("0123456789", k=9))):
        pass
    return number


def phone_number(draw: random.Random, form: int) -> str:
    region = draw.choice(COUNTRIES)
    found = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert found
    significant = phonenumbers.national_significant_number(found)
    while True:
        tail = "".join(draw.choices("0123456789", k=5))
        number = phonenumbers.parse(f"+{found.country_code}{significant[:-5]}{tail}")
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, form)


def plant(before: list[tuple[str, str]], secret: str, after: list[tuple[str, str]]) -> str:
    start = "".join(word + sign for word, sign in before)
    # A further digit would make it another number, also behind an invisible sign.
    if start.rstrip("\u200b")[-1:].isdigit() and secret[0].isdigit():
        start += " "
    end = "".join(sign + word for word, sign in after)
    return start + secret + (" " if end.lstrip("\u200b")[:1].isdigit() else "") + end


def left(text: str, secret: str) -> str:
    """The longest part of the secret, closed up, that is left in the text, closed up."""
    closed = re.sub(r"[\W_]", "", text).lower()
    bare = re.sub(r"[\W_]", "", secret).lower()
    parts = (bare[at : at + size] for size in range(len(bare), 0, -1) for at in range(len(bare) - size + 1))
    return next((part for part in parts if part in closed), "")


@settings(max_examples=200, deadline=None)
@given(neighbours, neighbours, st.sampled_from(GAPS), st.booleans(), seeds)
@example([("pay", " "), ("50", " "), ("to", " ")], [], " ", False, random.Random(1))  # noqa: S311
@example([("50", ""), ("to", "")], [("x1", "")], "", True, random.Random(2))  # noqa: S311
def test_an_iban_of_any_country_is_never_left(
    before: list[tuple[str, str]], after: list[tuple[str, str]], gap: str, lower: bool, draw: random.Random
) -> None:
    number = account_number(draw)
    secret = cut(number, draw, gap)
    redacted = redact(plant(before, secret.lower() if lower else secret, after))
    assert "IBAN" in redacted.kinds
    assert len(left(redacted.text, number[4:])) < 8


@settings(max_examples=200, deadline=None)
@given(neighbours, neighbours, st.sampled_from(GAPS), seeds)
def test_a_card_in_any_grouping_is_never_left(
    before: list[tuple[str, str]], after: list[tuple[str, str]], gap: str, draw: random.Random
) -> None:
    number = card_number(draw)
    redacted = redact(plant(before, cut(number, draw, gap), after))
    assert len(left(redacted.text, number)) < 7


@settings(max_examples=200, deadline=None)
@given(neighbours, neighbours, st.sampled_from(["-", " ", ".", "\u2013", "\u200b-", " - ", ""]), seeds)
def test_an_ssn_is_never_left(
    before: list[tuple[str, str]], after: list[tuple[str, str]], gap: str, draw: random.Random
) -> None:
    number = social_number(draw)
    before = [(word, sign.replace("ref", "or")) for word, sign in before]
    redacted = redact(plant(before, gap.join((number[:3], number[3:5], number[5:])), after))
    assert len(left(redacted.text, number)) < 6


@settings(max_examples=200, deadline=None)
@given(
    neighbours,
    neighbours,
    st.sampled_from([PhoneNumberFormat.INTERNATIONAL, PhoneNumberFormat.NATIONAL, PhoneNumberFormat.E164]),
    seeds,
)
def test_a_phone_number_of_a_listed_country_is_never_left(
    before: list[tuple[str, str]], after: list[tuple[str, str]], form: int, draw: random.Random
) -> None:
    written = phone_number(draw, form)
    if " " not in written:
        before = [(word, sign.replace("ref", "or")) for word, sign in before]
    redacted = redact(plant(before, written, after), COUNTRIES)
    assert len(left(redacted.text, re.sub(r"\D", "", written))) < 6


@settings(max_examples=200, deadline=None)
@given(
    neighbours, neighbours, st.from_regex(r"[a-z]{4,9}[._+]?[a-z0-9]{4,9}", fullmatch=True),
    st.sampled_from(["@", " @ ", "\uff20", "\u200b@", "%40", " (at) ", "[at]"]),
)  # fmt: skip
def test_an_e_mail_address_is_never_left(
    before: list[tuple[str, str]], after: list[tuple[str, str]], name: str, sign: str
) -> None:
    redacted = redact(plant(before, f"{name}{sign}mailhost.example.com", after))
    # After the word, what is welded together is masked as one account number.
    masks = {"e-mail address"} | ({"IBAN"} if "IBAN" in {word for word, _ in before} else set[str]())
    assert masks & {*redacted.kinds}
    assert name not in redacted.text
    assert "mailhost" not in redacted.text


@pytest.mark.parametrize("region", sorted(country for _, country, *_ in numdb.get("iban").prefixes))
def test_the_iban_of_every_country_is_found_between_words_and_digits(region: str) -> None:
    draw = random.Random(region)  # noqa: S311
    while not (number := account_number(draw)).startswith(region):
        pass
    assert redact(f"send 50 to {number}now").text == "send 50 to [IBAN]now"
