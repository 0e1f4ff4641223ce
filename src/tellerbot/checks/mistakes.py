"""Sentences made wrong, each by one mistake of a kind: what a careless writer does to what the evidence says.

An operator takes a true sentence and returns one that the evidence does not support, or None where the sentence has no
place for the mistake. Those of held-out words and forms are never trained on.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal

from tellerbot.checks.words import Part, exchanges, others, put, texts
from tellerbot.figures import find_figures, place_figures

Label = Literal["supported", "contradicted", "not stated"]
LABELS: tuple[Label, ...] = ("supported", "contradicted", "not stated")
_CLAUSE = re.compile(r",? (?:only )?(?:if|unless|when|until|while|as long as|provided|except) [^,;:.]+(?=[.,;]|$)")
_OPENING_CLAUSE = re.compile(r"^(?:If|When|Unless|Until|As long as) [^,;:.]+, ")
_NEGATED = {
    "train": (
        (r"\bcannot\b|\bcan't\b", "can"), (r"\bcan\b(?! not)", "cannot"),
        (r"\b(is|are|was|were|does|do|will|must) not\b", r"\1"),
        (r"\bis\b(?! not)", "is not"), (r"\bare\b(?! not)", "are not"), (r"\bmust\b(?! not)", "need not"),
        (r"\bnever\b", "always"), (r"\bno (fee|charge|limit|interest)\b", r"a \1"), (r"\bfree\b", "not free"),
    ),
    "held_out": (
        (r"\bisn't\b", "is"), (r"\baren't\b", "are"), (r"\bdon't\b", "do"), (r"\bdoesn't\b", "does"),
        (r"\bwon't\b", "will"),
        (r"\bwe're unable to\b", "we can"), (r"\b(you're|you are) able to\b", r"\1 unable to"),
        (r"\bwill\b(?! not)", "won't"), (r"\b(needs?|have|has) to\b", r"don't \1 to"), (r"\bboth\b", "neither"),
        (r"\bat no (charge|cost)\b", "for a fee"), (r"\bthere is no\b", "there is a"), (r"\ballowed\b", "not allowed"),
        (r"\bwithout\b", "only with"),
    ),
}  # fmt: skip
_LIMITS = re.compile(r"\b(?:only|at least|at most|no more than|up to|during [^,.]+|in the first [^,.]+) ?")
_AND = re.compile(r",? (?:and|or|as well as|together with) (?!\w+ (?:\w+ )?(?:and|or) )[^,;.]{3,60}(?=[.,;]|$)")
_BUT = re.compile(r"[,;:]? ?\b(?:but|although|though|however|except|otherwise|which means|so that)\b[^.]+(?=\.)")


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a sentence: the other `beside` it in its evidence, `elsewhere`, and names of products."""

    beside: Sequence[str]
    elsewhere: Sequence[str]
    products: Sequence[str]


Operator = Callable[[str, Around, Part, random.Random], str | None]


def _exchanger(name: str) -> Operator:
    def exchange(sentence: str, around: Around, part: Part, rng: random.Random) -> str | None:
        found = list(exchanges(name, sentence, part))
        if not found:
            return None
        match, words = rng.choice(found)
        return put(sentence, match, rng.choice(others(match, words)))

    return exchange


def _number(sentence: str, around: Around, part: Part, rng: random.Random) -> str | None:
    """Put another figure of the same kind for one: of the evidence, or one that was changed."""
    text, placed = place_figures(sentence)
    if not placed:
        return None
    figure, start, _ = rng.choice(placed)
    at = text.find(figure.text, start)
    if at < 0:
        return None
    if part == "train":
        found = [
            one.text for other in (*around.beside, *rng.sample(around.elsewhere, min(20, len(around.elsewhere))))
            for one in find_figures(other) if one.kind == figure.kind and not one.matches(figure)
        ]  # fmt: skip
        changed = rng.choice(found) if found else None
    else:
        changed = _scaled(figure.text, rng)
    return f"{text[:at]}{changed}{text[at + len(figure.text) :]}" if changed else None


def _scaled(figure: str, rng: random.Random) -> str | None:
    """Change the digits of a figure by a factor or a step."""
    match = re.search(r"\d[\d,]*(?:\.\d+)?", figure)
    if not match:
        return None
    try:
        value = Decimal(match[0].replace(",", ""))
    except InvalidOperation:
        return None
    changed = value * rng.choice((2, 10, Decimal("0.5"))) if rng.random() < 0.6 else value + rng.choice((1, 5, 20))
    places = len(match[0].partition(".")[2])
    shown = f"{changed:,.{places}f}"
    return f"{figure[: match.start()]}{shown}{figure[match.end() :]}" if shown != match[0] else None


def _product(sentence: str, around: Around, part: Part, rng: random.Random) -> str | None:
    """Put another of the bank's products, which the evidence names elsewhere, or another common one."""
    named = [name for name in around.products if name in sentence]
    absent = [name for name in around.products if name not in sentence]
    if named and absent and rng.random() < 0.6:
        # Every second product of the bank's own is kept for the test.
        half = [name for name in absent if (sum(map(ord, name)) % 2 == 0) == (part == "train")]
        if half:
            return sentence.replace(rng.choice(named), rng.choice(half), 1)
    return _exchanger("product")(sentence, around, part, rng)


def _negation(sentence: str, around: Around, part: Part, rng: random.Random) -> str | None:
    """Say the opposite: take a negation away, or put one in."""
    fitting = [(pattern, by) for pattern, by in _NEGATED[part] if re.search(pattern, sentence)]
    if not fitting:
        return None
    pattern, by = rng.choice(fitting)
    return re.sub(pattern, by, sentence, count=1)


def _dropped(sentence: str, around: Around, part: Part, rng: random.Random) -> str | None:
    """Leave out a condition: at its end in training, at its start or a limiting word in the test."""
    if part == "train":
        found = list(_CLAUSE.finditer(sentence))
        if not found:
            return None
        match = rng.choice(found)
        return sentence[: match.start()] + sentence[match.end() :]
    opening = _OPENING_CLAUSE.match(sentence)
    if opening:
        rest = sentence[opening.end() :]
        return rest[:1].upper() + rest[1:]
    limit = _LIMITS.search(sentence)
    return sentence[: limit.start()] + sentence[limit.end() :] if limit else None


def _added(sentence: str, around: Around, part: Part, rng: random.Random) -> str | None:
    """Add a condition that nothing states: a common one, or that of another sentence of the bank's."""
    if part == "train" and rng.random() < 0.6 and around.elsewhere:
        other = rng.choice(around.elsewhere)
        found = _CLAUSE.search(other)
        if found and found[0].strip(" ,") not in sentence:
            return _with_end(sentence, found[0])
    condition = rng.choice(list(texts("conditions", part)))
    if part == "held_out" and rng.random() < 0.5:
        return f"{condition[:1].upper()}{condition[1:]}, {_lower_first(sentence)}"
    return _with_end(sentence, f" {condition}")


def _promise(sentence: str, around: Around, part: Part, rng: random.Random) -> str | None:
    """Promise what is only possible."""
    if strengthened := _strengthened("promise", sentence, part, rng):
        return strengthened
    if re.search(r"\b(?:may|might|usually|normally|often)\b", sentence):
        return f"{rng.choice(list(texts('promises', part)))} {_lower_first(sentence)}"
    return None


def _quantifier(sentence: str, around: Around, part: Part, rng: random.Random) -> str | None:
    """Say all for some."""
    return _strengthened("quantifier", sentence, part, rng)


def _strengthened(name: str, sentence: str, part: Part, rng: random.Random) -> str | None:
    """Put the last word of a list, which says more, for another of the list."""
    found = [(match, words) for match, words in exchanges(name, sentence, part) if match[0].lower() != words[-1]]
    if not found:
        return None
    match, words = rng.choice(found)
    return put(sentence, match, words[-1])


def _mixed(sentence: str, around: Around, part: Part, rng: random.Random) -> str | None:
    """Give a sentence the figure, or the end, of another sentence of its evidence."""
    beside = [one for one in around.beside if one != sentence]
    if not beside:
        return None
    other = rng.choice(beside)
    if part == "train":
        ours, theirs = find_figures(sentence), find_figures(other)
        pairs = [(a, b) for a in ours for b in theirs if a.kind == b.kind and not a.matches(b)]
        if pairs:
            a, b = rng.choice(pairs)
            return sentence.replace(a.text, b.text, 1) if a.text in sentence else None
    verb = re.compile(r"\b(?:is|are|costs?|takes?|has|have|needs?|must|can|cannot|pays?|gets?) ")
    a, b = verb.search(sentence), verb.search(other)
    return sentence[: a.start()] + other[b.start() :] if a and b and a.start() > 3 else None


def _elsewhere(sentence: str, around: Around, part: Part, rng: random.Random) -> str | None:
    """Say what another passage says."""
    return rng.choice(around.elsewhere) if around.elsewhere else None


def _omission(sentence: str, around: Around, part: Part, rng: random.Random) -> str | None:
    """Leave out what turns the point round, or one of the things that are needed together."""
    found = _BUT.search(sentence) if part == "held_out" else None
    if not found and re.search(r"\b(?:must|needs?|requires?|both|only|have to)\b", sentence):
        found = _AND.search(sentence)
    return sentence[: found.start()] + sentence[found.end() :] if found else None


def _with_end(sentence: str, more: str) -> str:
    return f"{sentence.rstrip('.')}{more if more.startswith((' ', ',')) else ' ' + more}."


def _lower_first(sentence: str) -> str:
    first = sentence.split(" ", 1)[0]
    return sentence if first == "I" or first[1:] != first[1:].lower() else sentence[:1].lower() + sentence[1:]


OPERATORS: Mapping[str, tuple[Operator, Label]] = {
    "number": (_number, "contradicted"),
    "unit": (_exchanger("unit"), "contradicted"),
    "date": (_exchanger("date"), "contradicted"),
    "period": (_exchanger("period"), "contradicted"),
    "product": (_product, "not stated"),
    "party": (_exchanger("party"), "contradicted"),
    "direction": (_exchanger("direction"), "contradicted"),
    "negation": (_negation, "contradicted"),
    "dropped condition": (_dropped, "contradicted"),
    "added condition": (_added, "not stated"),
    "quantifier": (_quantifier, "contradicted"),
    "promise": (_promise, "not stated"),
    "mixed": (_mixed, "contradicted"),
    "invented": (_elsewhere, "not stated"),
    "misleading omission": (_omission, "contradicted"),
}


def spoil(sentence: str, kind: str, around: Around, part: Part, rng: random.Random) -> str | None:
    """Return a sentence with a mistake of a kind, None where it has no place for one."""
    operator, _ = OPERATORS[kind]
    found = operator(sentence, around, part, rng)
    # What differs in its spaces and marks alone is no mistake.
    return found if found and re.sub(r"\W+", "", found) != re.sub(r"\W+", "", sentence) else None
