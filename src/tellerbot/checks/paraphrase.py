"""Sentences said otherwise with the same meaning, so that a check does not learn that only the same words are true."""

import random
import re
from collections.abc import Callable, Sequence

from tellerbot.checks.words import exchanges, others, put, texts

Form = Callable[[str, random.Random], str | None]
_IF_FIRST = re.compile(
    r"^(If|When|Unless|Once|Until|As long as|While|Without|With|After|Before) ([^,;:.]+), ([^.;:]+)\.$"
)
_IF_LAST = re.compile(r"^([A-Z][^,;:.]+?),? (if|when|unless|once|until|as long as|while) ([^,;:.]+)\.$")
_COSTS = re.compile(r"^(?P<what>[A-Z][^,;:]{3,60}?) costs? (?P<amount>\$[\d,.]+\d(?: [^,;:.]+)?)\.$")
_IS = re.compile(r"^(?P<what>(?:The|Our|Your) [^,;:]{3,50}?) is (?P<value>[^,;:.]{2,60})\.$")
_ROW = re.compile(r"^(?P<label>[A-Z][^:]{2,60}): (?P<cells>.+?)\.?$")
_CELL = re.compile(r"^(?P<name>[A-Z][A-Za-z ]+?) (?P<value>(?:\$?\d|[a-z]).*)$")
_PAST = {
    "send": "sent", "mail": "mailed", "charge": "charged", "refund": "refunded", "check": "checked", "close": "closed",
    "return": "returned", "post": "posted", "add": "added", "pay": "paid", "keep": "kept", "show": "shown",
    "insure": "insured", "report": "reported",
}  # fmt: skip
_WE_DO = re.compile(
    rf"^We (?P<verb>{'|'.join(_PAST)}) (?P<what>(?:the|your|a|an) [^,;:.]+?)"
    r"(?P<rest>(?: (?:to|within|on|by|in|at|for|after|before|if|when) [^,;:]+)?)\.$"
)
_IMPERATIVE = re.compile(
    r"^(Call|Choose|Ask|Tell|Open|Turn|Set|Use|Keep|Report|Freeze|Send|Check|Bring|Add|Go|Log|Sign) "
)
_YOU_CAN = re.compile(r"^You can ")
_TAIL = re.compile(r", (?:so|and|which|because|for example)[^.;:]+(?=\.$)")


def _swap_words(sentence: str, rng: random.Random) -> str | None:
    """Exchange some wordings of one meaning."""
    said = sentence
    for _ in range(rng.choice((1, 1, 2, 3))):
        found = list(exchanges("same", said))
        if not found:
            break
        match, words = rng.choice(found)
        said = put(said, match, rng.choice(others(match, words)))
    return said if said != sentence else None


def _turn_condition(sentence: str, rng: random.Random) -> str | None:
    """Put the condition last, or first: "If A, B." is "B if A."."""
    if match := _IF_FIRST.match(sentence):
        word, condition, rest = match.groups()
        return f"{_capital(rest)} {word.lower()} {condition}."
    if match := _IF_LAST.match(sentence):
        rest, word, condition = match.groups()
        return f"{_capital(word)} {condition}, {_plain_first(rest)}."
    return None


def _say_cost(sentence: str, rng: random.Random) -> str | None:
    """Say who pays: "A wire costs $30.00." is "For a wire we charge $30.00."."""
    if not (match := _COSTS.match(sentence)):
        return None
    what, amount = _plain_first(match["what"]), match["amount"]
    return rng.choice(
        (f"For {what} we charge {amount}.", f"You pay {amount} for {what}.", f"The price of {what} is {amount}.")
    )


def _turn_is(sentence: str, rng: random.Random) -> str | None:
    """Begin with the figure: "The fee is $8.00." is "$8.00 is the fee."."""
    match = _IS.match(sentence)
    if not match or not re.match(r"\$?\d", match["value"]):
        return None
    return f"{match['value']} is {_plain_first(match['what'])}."


def _say_row(sentence: str, rng: random.Random) -> str | None:
    """Say a row of a table in words: "Monthly fee: Everyday Checking $8.00, Premier Checking $20.00"."""
    match = _ROW.match(sentence)
    if not match or "(" in sentence:
        return None
    label = _plain_first(match["label"])
    cells = [
        re.match(r"^(?P<name>[A-Z][A-Za-z ]+?) (?P<value>(?:\$?\d|[a-z]).*)$", cell.strip())
        for cell in match["cells"].split(", ")
    ]
    if not cells or not all(cells):
        return None
    chosen = cells if rng.random() < 0.5 else [rng.choice(cells)]
    said = [f"{cell['name']} it is {cell['value']}" for cell in chosen if cell]
    return rng.choice((f"As to {label}, for {', for '.join(said)}.", f"The {label}: for {' and for '.join(said)}."))


def _passive(sentence: str, rng: random.Random) -> str | None:
    """Leave out who does it: "We send the card within 3 days." is "The card is sent within 3 days."."""
    if not (match := _WE_DO.match(sentence)):
        return None
    verb = "are" if re.search(r"^(?:the|your) \w+s(?: |$)", match["what"]) else "is"
    return f"{_capital(match['what'])} {verb} {_PAST[match['verb']]}{match['rest']}."


def _advise(sentence: str, rng: random.Random) -> str | None:
    """Say it as advice: "Call us." is "Please call us." and "You can call us."."""
    if _IMPERATIVE.match(sentence):
        return rng.choice(("Please ", "You can ", "It's best to ")) + _plain_first(sentence)
    if _YOU_CAN.match(sentence):
        rest = sentence[len("You can ") :]
        return rng.choice(
            (f"You're able to {rest}", f"It's possible to {rest}", f"You may {rest}", f"We let you {rest}")
        )
    return None


def _cut_tail(sentence: str, rng: random.Random) -> str | None:
    """Leave out an explanation at the end."""
    match = _TAIL.search(sentence)
    return sentence[: match.start()] + "." if match and len(sentence) - match.start() < len(sentence) * 0.6 else None


FORMS: Sequence[Form] = (
    _swap_words, _swap_words, _turn_condition, _say_cost, _turn_is, _say_row, _passive, _advise, _cut_tail,
)  # fmt: skip


def paraphrase(sentence: str, rng: random.Random) -> str:
    """Say a sentence otherwise, by some of the forms that fit and perhaps with an opening."""
    said, remaining = sentence, rng.choice((1, 2, 2, 3))
    for form in rng.sample(FORMS, len(FORMS)):
        changed = form(said, rng) if remaining else None
        if changed:
            said, remaining = changed, remaining - 1
    opening = rng.choice(texts("openings"))
    return opening + _plain_first(said) if opening else said


def join(first: str, second: str, rng: random.Random) -> str:
    """Say two sentences as one."""
    return f"{first.rstrip('.')}{rng.choice((', and ', '; ', ', and also '))}{_plain_first(second)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _plain_first(text: str) -> str:
    """Begin in lower case, unless the first word is a name or an abbreviation."""
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first in texts("common") else text
