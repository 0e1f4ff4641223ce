"""Sums over the figures of the last replies: "so the two together?", "take 300 off that", "and a year?"."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from tellerbot.figures import find_figures
from tellerbot.types import Fact, FigureSource, Money, Slot, Source

_CENT, _TENTH = Decimal("0.01"), Decimal("0.1")
_MONTHS = 12
# From here on a number without a currency may be an amount.
_LEAST = 10


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


_PERCENT = _words(r"%|\bper ?cent(?:age)?\b")
_DIFFERENCE = _words(r"\b(?:differ\w*|how much (?:more|less|higher|lower|bigger|smaller|cheaper)|gap|apart)\b")
_TAKE_OFF = _words(r"\b(?:take|minus|less|subtract|deduct|off|without|remove|after|spend|spent|pay)\b|-")
_ADD_ON = _words(r"\b(?:plus|add|another|more|extra|on top)\b|\+")
_TIMES = _words(r"\b(?:times|multipl\w+|x) ?(\d{1,3})\b|\b(\d{1,3}) ?(?:x\b|times\b)")
_YEARLY = _words(r"\b(?:(?:a|per|each|every) ?(?:year|yr|annum)|yearly|annual(?:ly)?)\b")
_HALF = _words(r"\b(?:half|halve[ds]?)\b")
_DOUBLE = _words(r"\b(?:double|twice)\b")
_TOGETHER = _words(
    r"\b(?:together|total|altogether|all|both|two|three|sum|add(?:ed|s)?|combined?|comes? to|makes?|whole|lot)\b"
)
_EACH = _words(r"\b(?:each|apiece|average|per|a (?:time|pop|go)|every time)\b")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount of money that a reply gave, with the source it was traced to."""

    value: Decimal
    source: Source


@dataclass(frozen=True, slots=True)
class ReplyFigures:
    """What a reply gives to reckon with: its main amounts in order, and the first number of things in it."""

    amounts: tuple[Amount, ...] = ()
    count: Amount | None = None


NO_FIGURES = ReplyFigures()


@dataclass(frozen=True, slots=True)
class Sum:
    """A figure computed from others: `parts` with the `signs` before them, or by how much the first is more."""

    result: Fact
    parts: tuple[Fact, ...]
    signs: tuple[str, ...]
    is_difference: bool = False

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The result and its parts."""
        return (self.result, *self.parts)


def read_reply(text: str, figures: Sequence[FigureSource]) -> ReplyFigures:
    """Read the amounts of a reply: the first of each paragraph, or of each row where the words above give none.

    Those of a policy count only where the bank's records give none.
    """
    sources = {figure.figure: figure.source for figure in reversed(figures)}
    own: dict[Amount, None] = {}
    quoted: dict[Amount, None] = {}
    for paragraph in text.split("\n\n"):
        head, *rows = paragraph.split("\n- ")
        lines = rows if rows and not _amounts(head, sources) else [head]
        for line in lines:
            for amount in _amounts(line, sources)[:1]:
                (quoted if amount.source.kind == "passage" else own)[amount] = None
    counts = [figure for figure in figures if figure.figure.isdigit()]
    count = Amount(Decimal(counts[0].figure), counts[0].source) if counts else None
    return ReplyFigures(tuple(own or dict.fromkeys([*quoted][:1])), count)


def _amounts(text: str, sources: dict[str, Source]) -> list[Amount]:
    found = [figure for figure in find_figures(text) if figure.kind == "money" and figure.text in sources]
    return [Amount(Decimal(figure.value.split()[1]), sources[figure.text]) for figure in found]


def find_sum(text: str, slots: Sequence[Slot], last: ReplyFigures, earlier: ReplyFigures) -> Sum | None:
    """Compute the sum that a message asks for over the amounts of the last reply.

    It uses the reply before too, where it needs two amounts.

    None where there is nothing to reckon with, or nothing says how.
    """
    amounts = _without_total(last.amounts)
    given = [slot.value.amount for slot in slots if isinstance(slot.value, Money)]
    # "Add the two up": a small number counts things.
    counts = [slot.value for slot in slots if slot.kind == "count" and isinstance(slot.value, int)]
    given += [Decimal(count) for count in counts if count >= _LEAST]
    pair = amounts if len(amounts) == 2 else (*earlier.amounts[-1:], *amounts[-1:]) if len(amounts) == 1 else ()
    one = _main(last.amounts)
    if one is None:
        return None
    if _PERCENT.search(text) or _DIFFERENCE.search(text):
        return _difference(pair, bool(_PERCENT.search(text))) if len(pair) == 2 else None
    if match := _TIMES.search(text):
        return _product(Decimal(match[1] or match[2]), Source("message", "number"), one)
    if given and (_ADD_ON.search(text) or _TAKE_OFF.search(text)):
        sign = "+" if _ADD_ON.search(text) else "-"
        return _total((one, Amount(given[0], Source("message", "amount"))), ("", sign))
    if _YEARLY.search(text):
        return _product(Decimal(_MONTHS), Source("formula", "months of a year"), one)
    if _DOUBLE.search(text):
        return _product(Decimal(2), Source("message", "number"), one)
    if _HALF.search(text):
        return _quotient(one, Amount(Decimal(2), Source("message", "number")))
    if _EACH.search(text):
        return _quotient(one, last.count) if last.count and last.count.value else None
    if not _TOGETHER.search(text):
        return None
    parts = amounts if len(amounts) > 1 else pair
    return _total(parts, ("", *("+" for _ in parts[1:]))) if len(parts) > 1 else None


def whole_amount(figures: ReplyFigures) -> Amount | None:
    """Add up a reply's amounts; None where it gave none."""
    parts = _without_total(figures.amounts)
    if len(parts) < 2:
        return parts[0] if parts else None
    total = _total(parts, ("", *("+" for _ in parts[1:])))
    return Amount(sum((part.value for part in parts), Decimal(0)), total.result.source)


def _main(amounts: Sequence[Amount]) -> Amount | None:
    """Return the amount that "that" is: the total where one is the sum of the others, else the last."""
    rest = _without_total(amounts)
    totals = [amount for amount in amounts if amount not in rest]
    return (totals or [*amounts] or [None])[-1]


def _without_total(amounts: Sequence[Amount]) -> tuple[Amount, ...]:
    """Return the amounts without their total, and without signs where all leave the account."""
    whole = sum((amount.value for amount in amounts), Decimal(0))
    parts = [amount for amount in amounts if len(amounts) < 3 or amount.value * 2 != whole]
    is_spent = all(amount.value < 0 for amount in parts)
    return tuple(Amount(abs(amount.value), amount.source) if is_spent else amount for amount in parts)


def _fact(name: str, amount: Amount) -> Fact:
    return Fact(name, "money", amount.value, amount.source)


def _total(parts: Sequence[Amount], signs: Sequence[str]) -> Sum:
    value = sum(
        (-part.value if sign == "-" else part.value for part, sign in zip(parts, signs, strict=True)), Decimal(0)
    )
    formula = " ".join(f"{sign} {part.value:.2f}".strip() for part, sign in zip(parts, signs, strict=True))
    return Sum(_result("money", value, formula, parts), tuple(_fact("part", part) for part in parts), tuple(signs))


def _product(number: Decimal, source: Source, amount: Amount) -> Sum:
    times = Fact("times", "count", int(number), source)
    result = _result("money", number * amount.value, f"{number:f} x {amount.value:.2f}", [amount])
    return Sum(result, (times, _fact("part", amount)), ("", "x"))


def _quotient(amount: Amount, by: Amount) -> Sum:
    value = (amount.value / by.value).quantize(_CENT, ROUND_HALF_UP)
    result = _result("money", value, f"{amount.value:.2f} / {by.value:f}", [amount, by])
    return Sum(result, (_fact("part", amount), Fact("by", "count", int(by.value), by.source)), ("", "/"))


def _difference(pair: Sequence[Amount], in_percent: bool) -> Sum | None:
    less, more = sorted(pair, key=lambda amount: amount.value)
    formula = f"{more.value:.2f} - {less.value:.2f}"
    if not in_percent:
        result = _result("money", more.value - less.value, formula, pair)
    elif less.value > 0:
        share = ((more.value - less.value) / less.value * 100).quantize(_TENTH, ROUND_HALF_UP)
        result = _result("percent", share, f"({formula}) / {less.value:.2f}", pair)
    else:
        return None
    return Sum(result, (_fact("more", more), _fact("less", less)), ("", ""), is_difference=True)


def _result(kind: str, value: Decimal, formula: str, parts: Sequence[Amount]) -> Fact:
    refs = tuple(part.source.ref for part in parts)
    return Fact("result", "percent" if kind == "percent" else "money", value, Source("formula", formula, refs))
