"""Masking is linear in the length of the text, whatever the text holds.

Counted is work, not time: the lines of our own Python that run, and for the patterns the places where one may try
again. A pattern may hold no repeat without a bound, so that an attempt at one place costs a bounded number of steps,
however long the text is; the lines count how often a pattern is called.
"""

import re
import sys
from importlib import import_module
from types import FrameType
from typing import Any

import pytest

from tellerbot.privacy import redact as masking
from tellerbot.privacy.context import Context
from tellerbot.privacy.numbering import country
from tellerbot.privacy.redact import redact

MODULES = ("cards", "context", "digits", "emails", "ibans", "numbering", "phones", "redact", "ssns", "text")
COUNTRIES = ("US", "GB", "DE")
UNIT = 1500
REPEATED = [
    "1 2 3 4 5 6 7 8 9 ", "4", "4155552671839", "4111 1111 1111 1111 ", "415 555 2671 ", "+1", "+14155552671 ",
    "0044 20 7946 0958 ", "030 901820 ", "0 ", "1-", "12 ", "536-22-1234 ", "536221234 ", "DE89", "DE 8 9 ",
    "DE89370400440532013000", "a@", "@a.b", "a", "a.", "a at b dot ", "a dot ", "(at) ", "joe@example.com ", "one two ",
    "double one ", " ", "\u200b", "4\u200b", "\uff14", "%20", "(", "-", "order no. ", "1 + ", "1,234.50 ",
    "2026-11-22 ", "192.168.1.", "1.", "4 dash ", "my number is ", "please check ", "check 4155552671 ",
    "order ", "&nbsp;", "&amp;", "<br>", "4&nbsp;", "4<br>", "IBAN ", "x", "\U0001f44b",
]  # fmt: skip


def lines_run(text: str) -> int:
    """How many lines of the package's own code masking a text runs."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        if "tellerbot" not in frame.f_code.co_filename:
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        redact(text, COUNTRIES)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("piece", REPEATED)
def test_twice_the_text_is_at_most_about_twice_the_work(piece: str) -> None:
    text = piece * (UNIT // len(piece))
    lines_run(text + text)  # fills the caches
    once, twice = lines_run(text), lines_run(text + text)
    assert twice <= 2.1 * once + 200


def patterns() -> list[tuple[str, re.Pattern[str]]]:
    found = []
    for name in MODULES:
        for key, value in vars(import_module(f"tellerbot.privacy.{name}")).items():
            values = value if isinstance(value, tuple) else (value,)
            parts = [part for one in values for part in (one if isinstance(one, tuple) else (one,))]
            found += [(f"{name}.{key}", part) for part in parts if isinstance(part, re.Pattern)]
    return found


def unbounded(pattern: str) -> list[str]:
    """The repeats without a bound, outside of character classes."""
    bare = re.sub(r"\\.", "_", pattern)
    bare = re.sub(r"\[\^?\]?[^\]]*\]", "_", bare)
    return re.findall(r".[*+]|\{\d+,\}", bare)


# Each is matched from where the last match ended, and what it repeats cannot end it early.
ONE_CLASS = {"digits._TOKEN", "ibans._ALNUM", "text._PIECE", "context._PIECE"}


def test_every_pattern_is_bounded_or_one_class_of_characters() -> None:
    found = patterns()
    assert len(found) > 15
    assert {name for name, pattern in found if unbounded(pattern.pattern)} == ONE_CLASS
    for name, pattern in found:
        if name in ONE_CLASS:
            assert len(unbounded(pattern.pattern)) == 1


@pytest.mark.parametrize("region", COUNTRIES)
def test_the_patterns_of_countries_are_bounded(region: str) -> None:
    plan = country(region)
    for pattern in (plan.possible, plan.assigned, plan.trunk):
        assert pattern is None or not unbounded(pattern.pattern)


def test_a_long_text_is_masked_wherever_the_secret_is() -> None:
    filler = "the fee was $12.50 on 11/22/2026. " * 580
    text = f"{filler} 4111 1111 1111 1111 {filler}"
    assert redact(text).kinds == ("card number",)
    assert masking.MASKS["card number"] in redact(text).text


def test_only_words_near_a_number_are_looked_at() -> None:
    near, far = "call me on 4155552671", f"call me on {'1 ' * 40}4155552671"
    assert Context(near).role_before(near.index("4155552671")) == "phone"
    assert Context(far).role_before(far.index("4155552671")) == ""
