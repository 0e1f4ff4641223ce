"""What a reply may rest on: what the bank's records say, and the passages of its policies."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from pydantic import JsonValue, TypeAdapter

from tellerbot.conversation.arguments import fill_arguments
from tellerbot.conversation.decide import Decision, Rules, to_person
from tellerbot.conversation.follow import kinds_of
from tellerbot.errors import DataError, UnavailableError
from tellerbot.knowledge.index import KnowledgeIndex
from tellerbot.project.defaults import default_acts
from tellerbot.project.schema import Answer, Case
from tellerbot.responses.agree import find_conflict
from tellerbot.responses.records import Contradiction, find_contradictions, records_of
from tellerbot.responses.respond import facts_named
from tellerbot.slots import find_slots, has_no_such_day, problems, unclear_amounts
from tellerbot.types import Arguments, Bank, Fact, FactSheet, FoundPassage, Named, Period, QuerySpec, Source

# Passages recalled, which must agree on their figures.
RECALLED = 5
# The message for days that make no sense, and for an amount that may be one of two.
_SAYS = {
    "period_reversed": "reversed", "period_in_future": "ahead", "date_in_future": "ahead", "amount_unclear": "unclear",
    "no_such_day": "no_day",
}  # fmt: skip

Note = Callable[[str], None]
_ARGUMENTS = TypeAdapter(dict[str, Any])


@dataclass(frozen=True, slots=True)
class Evidence:
    """Facts by query, with the arguments each was asked with, and passages, the best first."""

    sheets: dict[str, FactSheet] = field(default_factory=dict)
    arguments: dict[str, Arguments] = field(default_factory=dict)
    found: tuple[FoundPassage, ...] = ()


def gather_facts(decision: Decision, rules: Rules, bank: Bank, today: date, note: Note) -> tuple[Decision, Evidence]:
    """Ask the bank what the decision's answer needs, always for the customer who signed in.

    Returns a question where the days asked for make no sense, and a hand-off where the bank is away.
    """
    evidence = Evidence()
    question = decision.question
    for query in decision.answer.queries if decision.answer else ():
        spec = rules.queries[query]
        if reason := _unclear(spec, decision, today):
            return replace(decision, kind="ask", reason=reason, answer=None, says=_SAYS[reason]), Evidence()
        given = decision.answer.given if decision.answer else {}
        arguments = {**read_constants(given, spec, today), **fill_arguments(spec, question.text, question.slots)}
        if not spec.looks_ahead and isinstance(day := arguments.get("day"), date):
            # The last day of a month that is not over is today.
            arguments["day"] = min(day, today)
        if missing := set(spec.required) - set(arguments):
            note(f"{query} needs {', '.join(sorted(missing))}")
            return replace(
                decision, kind="ask", reason="an argument is missing", answer=None, says="missing"
            ), Evidence()
        try:
            sheet = bank.query(query, rules.principal, arguments, today)
            evidence.sheets[query] = replace(sheet, values={**_named_facts(arguments), **sheet.values})
        except DataError as error:
            note(str(error))
            return replace(decision, kind="ask", reason="not theirs", answer=None, says="not_theirs"), Evidence()
        except UnavailableError:
            note("the bank's records cannot be reached")
            return hand_off(decision, "the bank's records cannot be reached"), Evidence()
        evidence.arguments[query] = arguments
    note(", ".join(evidence.sheets) or "nothing to ask")
    return decision, evidence


def _unclear(spec: QuerySpec, decision: Decision, today: date) -> str | None:
    """Find why a query cannot be asked with the days and amounts of a question; None where it can."""
    question, takes = decision.question, set(spec.arguments)
    kinds = kinds_of(question.slots)
    if {"amount", "minimum", "maximum"} & takes and "money" not in kinds and unclear_amounts(question.text):
        return "amount_unclear"
    if not {"period", "day"} & takes:
        return None
    if not {"date", "period"} & kinds and has_no_such_day(question.text):
        return "no_such_day"
    found = problems(question.slots, today)
    return next((code for code in found if code == "period_reversed" or not spec.looks_ahead), None)


def read_constants(texts: Mapping[str, str], spec: QuerySpec, today: date) -> dict[str, Any]:
    """Read the arguments that a project's file gives a query, as far as the query takes them."""
    given: dict[str, Any] = {}
    for name, text in texts.items():
        if name == "period":
            slots = find_slots(text, today, past=True)
            given[name] = next(slot.value for slot in slots if isinstance(slot.value, Period))
        else:
            given[name] = int(text) if name == "limit" else text
    return {name: value for name, value in given.items() if name in spec.arguments}


def _named_facts(arguments: Arguments) -> dict[str, Fact]:
    """Make facts of what the customer named: a payee in the customer's words, everything else in the bank's."""
    named = [value for value in arguments.values() if isinstance(value, Named)]
    return {
        item.kind: Fact(item.kind, "text" if item.kind == "payee" else "label", item.name, Source("bank", item.ref))
        for item in named
    }


def recall(
    decision: Decision, evidence: Evidence, index: KnowledgeIndex, rules: Rules, today: date, note: Note
) -> tuple[Decision, Evidence]:
    """Add the passages to answer from; another decision where none answers, where they disagree, or the store is away.

    What the bank's records say in the reply must agree with them too.
    """
    answer = decision.answer
    sections = (answer.policy or None) if answer else None
    asked = index.ask(decision.question.text)
    try:
        # A case of its own is as much as the question: its sections answer it.
        result = index.search(asked, RECALLED, today, within=sections, sure=isinstance(answer, Case))
    except UnavailableError:
        note("no passage")
        return hand_off(decision, "the policies cannot be searched"), Evidence()
    found = result.passages
    named = ", ".join(f"{item.passage.id} {item.score:.2f}" for item in found) or "no passage"
    note(f"{named}, answerable {result.answerability:.2f}")
    # A vetted reply that says enough by itself goes without the sections that would only add to it.
    if not found and (decision.search or (answer and answer.rests_on_policy)):
        reason = f"{decision.reason}, and no policy in force answers it"
        if decision.hands_off:
            return hand_off(decision, reason), Evidence()
        person = to_person(rules.project)
        near = decision.choices if decision.search else ()
        says = "unsure" if near else "unknown"
        unknown = replace(decision, kind="unknown", reason=reason, answer=None, says=says, search=False, is_guess=False)
        return replace(unknown, missed=True, choices=tuple(dict.fromkeys((*near, person)))), Evidence()
    if conflict := find_conflict(found):
        one, other = conflict.passages
        note(f"{one} says {conflict.figures[0]}, {other} says {conflict.figures[1]}")
        return hand_off(decision, f"{decision.reason}, but {one} and {other} disagree on a figure"), Evidence()
    if contradiction := _contradiction(decision, evidence, rules, found):
        record, passage = contradiction.record, contradiction.passage
        note(f"{record} says {contradiction.figures[0]}, {passage} says {contradiction.figures[1]}")
        return hand_off(decision, f"{decision.reason}, but {record} and {passage} disagree on a figure"), Evidence()
    return decision, replace(evidence, found=tuple(found))


def hand_off(decision: Decision, reason: str) -> Decision:
    """Change a decision into a hand-off without an answer; an act gets the default reply, without facts."""
    if decision.is_act and decision.answer:
        answer = Answer.model_validate(default_acts()[decision.question.intent])
        return replace(decision, kind="hand off", reason=f"{decision.reason}, and {reason}", answer=answer)
    return replace(
        decision, kind="hand off", reason=reason, answer=None, says="hand_off", search=False, choices=(), is_guess=False
    )


def to_json(evidence: Evidence) -> Iterator[tuple[str, dict[str, JsonValue], tuple[str, ...]]]:
    """Yield each query with its arguments as JSON, and the sources of its facts."""
    for query, sheet in evidence.sheets.items():
        facts = [*sheet.values.values(), *(fact for row in sheet.rows for fact in row.values())]
        sources = tuple(dict.fromkeys(fact.source.ref for fact in facts))
        yield query, _ARGUMENTS.dump_python(dict(evidence.arguments[query]), mode="json"), sources


def _contradiction(
    decision: Decision, evidence: Evidence, rules: Rules, passages: Sequence[FoundPassage]
) -> Contradiction | None:
    """Find where the public records in the answer and a passage disagree."""
    records = [
        record
        for query, sheet in evidence.sheets.items()
        if rules.queries[query].is_public
        for record in records_of(query, sheet)
    ]
    names = facts_named(decision.answer) if decision.answer else set()
    used = [record for record in records if record.fact.name in names]
    return next(iter(find_contradictions(used, records, [item.passage for item in passages])), None)
