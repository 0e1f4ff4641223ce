"""Promises in a reply: that something was done, will be done, or was passed on, and whether an event keeps them."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import get_args

from tellerbot.conversation.events import ActionDone, CaseClaimed, CaseDelivered, CaseOpened, CodeSent, Event
from tellerbot.errors import TellerbotError
from tellerbot.figures import find_figures
from tellerbot.responses.promise_words import (
    ANNOUNCED,
    CLAUSE_END,
    CONDITION,
    GENERAL,
    LEAD,
    NEGATION,
    OWN_STEP,
    PAST_TIME,
    QUESTION,
    REASSURANCE,
    REQUEST,
    ROWS,
    STAFF,
    SUBORDINATE,
    VERB_FIRST,
    WHO,
    PromiseKind,
    Row,
)
from tellerbot.responses.sentences import split_sentences

# What each kind of event keeps. An action that only began, or of which nothing is known, keeps nothing.
_KEPT: dict[type, frozenset[PromiseKind]] = {
    ActionDone: frozenset({"done", "coming"}),
    CodeSent: frozenset({"done"}),
    CaseOpened: frozenset({"told", "coming"}),
    CaseDelivered: frozenset({"told", "coming"}),
    CaseClaimed: frozenset({"told", "coming"}),
}
# Where a sentence begins and ends.
_BEFORE, _AFTER = r"(?:^|(?<=[.!?:\n]\s)|(?<=\n))", r"(?:[.!](?=\s|$)|(?=\s*(?:\n|$)))"


@dataclass(frozen=True, slots=True)
class Promise:
    """A sentence that promises: something was `done` for this customer, is `coming`, or somebody was `told`."""

    sentence: str
    kind: PromiseKind


class UnkeptPromiseError(TellerbotError):
    """A reply promises what no event of its turn keeps."""

    def __init__(self, promises: Iterable[Promise]) -> None:
        self.promises = tuple(promises)
        said = ", ".join(f"{promise.sentence!r} ({promise.kind})" for promise in self.promises)
        super().__init__(f"No event that keeps {said}; the reply is not sent.")


def kept_by(events: Iterable[Event]) -> frozenset[PromiseKind]:
    """Give the kinds of promises that the events of a turn keep."""
    return frozenset(kind for event in events for kind in _KEPT.get(type(event), ()))


def check_promises(text: str, quoted: Iterable[str] = (), happened: Collection[PromiseKind] = ()) -> None:
    """Raise UnkeptPromiseError where the text promises a kind of thing that has not `happened`.

    `quoted` are sentences of passages: where the text has one whole, it speaks for the bank in general.
    """
    found = find_promises(_without(text, quoted))
    if unkept := [promise for promise in found if promise.kind not in happened]:
        raise UnkeptPromiseError(unkept)


def find_promises(text: str) -> list[Promise]:
    """Find the promises of a reply, in its order; a sentence may make one of each kind."""
    return [Promise(sentence, kind) for sentence in split_sentences(text) for kind in _kinds(_plain(sentence))]


def _kinds(sentence: str) -> list[PromiseKind]:
    """Return the kinds of promises that a sentence makes."""
    found: list[PromiseKind] = [row.kind for row in ROWS if row.is_whole and row.pattern.search(sentence)]
    for clause in _clauses(sentence):
        # The first row that a clause matches gives its kind: what passes a thing on also changes or announces one.
        if row := next((row for row in ROWS if not row.is_whole and _makes(row, clause, sentence)), None):
            found.append(row.kind)
    return [kind for kind in get_args(PromiseKind) if kind in found]


def _makes(row: Row, clause: str, sentence: str) -> bool:
    """Return whether a clause makes the promise of a row.

    It does where nothing there denies it, makes it general, or sets a condition.
    """
    match = row.pattern.search(clause)
    if not match:
        return False
    claim = clause[: match.end()]
    if NEGATION.search(claim) or SUBORDINATE.search(claim):
        return False
    if row.is_record and _is_dated(sentence):
        return False
    if row.depends and (OWN_STEP.search(sentence) or REQUEST.search(sentence)):
        return False
    return not (row.is_general and (GENERAL.search(clause) or CONDITION.search(sentence)))


def _clauses(sentence: str) -> Iterator[str]:
    """Yield the clauses that assert something; one without a subject gets that of the clause before it."""
    clauses = [clause.strip() for clause in CLAUSE_END.split(sentence.rstrip(".!? ")) if clause.strip()]
    if sentence.endswith("?"):
        # Only the last clause asks, unless the first does.
        clauses = [] if QUESTION.match(sentence) else clauses[:-1]
    lead = before = ""
    for clause in clauses:
        if STAFF.search(before):
            clause = WHO.sub("a colleague", clause)
        before = clause
        if match := LEAD.search(clause):
            lead = match[0]
        elif lead and VERB_FIRST.match(clause):
            clause = f"{lead} {clause}"
        yield clause


def _is_dated(sentence: str) -> bool:
    """Return whether a sentence gives a day or month, as what is read from records does."""
    return (
        ":date}" in sentence
        or bool(PAST_TIME.search(sentence))
        or any(figure.kind == "date" for figure in find_figures(sentence))
    )


def _plain(sentence: str) -> str:
    """Return a sentence with straight apostrophes and single spaces, without emphasis and opening courtesies."""
    text = unicodedata.normalize("NFKC", sentence).replace("’", "'").replace("…", " ...")
    text = "".join(char for char in text if unicodedata.category(char) != "Cf" and char not in "*_`")
    # Words in brackets describe a record.
    text = re.sub(r"\([^()]*\)", "", text)
    return REASSURANCE.sub("", ANNOUNCED.sub("", " ".join(text.split())))


def _without(text: str, quoted: Iterable[str]) -> str:
    """Return the text without the sentences that are quoted whole in it, the longest first."""
    text = text.replace("’", "'")
    for sentence in sorted(quoted, key=len, reverse=True):
        if said := sentence.replace("’", "'").strip().rstrip(".!"):
            text = re.sub(rf"{_BEFORE}{re.escape(said)}{_AFTER}", "\n", text)
    return text
