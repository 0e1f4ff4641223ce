"""What a project needs of its bank: queries and their facts for its replies, and actions too for its flows."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date

from tellerbot.assistant.fills import flow_mistakes, reply_mistakes
from tellerbot.errors import Problem
from tellerbot.project.flow_schema import Collect, Confirm, Do, Flow, Query, Step
from tellerbot.project.load import Contents
from tellerbot.project.schema import Answer
from tellerbot.project.yaml_lines import read_again
from tellerbot.slots import find_slots
from tellerbot.types import ActionSpec, Bank, Period, QuerySpec

_REMEDY = "Mend the project, or the bank's connector."
# A place below a reply or flow, and what is wrong there.
Unmet = Iterator[tuple[tuple[str | int, ...], str]]


def find_unmet(contents: Contents, bank: Bank) -> Iterator[Problem]:
    """Say what the bank's connector lacks for the project, or takes in another form."""
    queries, actions = bank.queries(), bank.actions()
    yield from _unmet_phone(contents, queries)
    for document, at, name, answer in contents.answers():
        for place, what in (*_unmet_answer(answer, queries), *reply_mistakes(answer, queries)):
            yield document.problem((*at, *place), f"{name}: {what}", _REMEDY)
    for document, name, flow in contents.placed_flows():
        for number, step in enumerate(flow.steps):
            for place, what in _unmet(flow, step, queries, actions):
                yield document.problem((name, "steps", number, *place), f"{name}, step {step.id}: {what}", _REMEDY)
        for place, what in flow_mistakes(flow, queries, actions):
            yield document.problem((name, *place), f"{name}: {what}", _REMEDY)


def _unmet_phone(contents: Contents, queries: Mapping[str, QuerySpec]) -> Iterator[Problem]:
    """Yield a problem for the phone line of hand-offs when the bank has no such line."""
    lines = queries["phones"].values if "phones" in queries else None
    phone = contents.assistant.hand_off.phone if contents.assistant else ""
    if lines is not None and phone and f"{phone}_phone" not in lines:
        document = read_again(contents.folder / "assistant.yaml")
        what = f"The bank's query 'phones' gives no {phone}_phone; it gives {', '.join(lines) or 'nothing'}."
        yield document.problem(("hand_off", "phone"), what, _REMEDY)


def _unmet_answer(answer: Answer, queries: Mapping[str, QuerySpec]) -> Unmet:
    for number, query in enumerate(answer.queries):
        if query not in queries:
            yield ("queries", number), _no_query(query, queries)
    if answer.queries and {*answer.queries} <= {*queries}:
        taken = {name for query in answer.queries for name in queries[query].arguments}
        for name in answer.given.keys() - taken:
            yield ("given", name), f"its queries take no {name}; they take {', '.join(sorted(taken)) or 'nothing'}."
    yield from _unread(answer.given)


def _unread(given: Mapping[str, str], *keys: str) -> Unmet:
    """Constants that no argument can be read from."""
    for name, text in given.items():
        if name == "limit" and not text.isdecimal():
            yield (*keys, "given", name), f"expected a whole number, found {text!r}."
        if name == "period" and not _has_period(text):
            yield (*keys, "given", name), f"expected a period such as this month, found {text!r}."


def _has_period(text: str) -> bool:
    return any(isinstance(slot.value, Period) for slot in find_slots(text, date.today(), past=True))


def _unmet(flow: Flow, step: Step, queries: Mapping[str, QuerySpec], actions: Mapping[str, ActionSpec]) -> Unmet:
    match step:
        case Confirm():
            yield from _unmet_action(flow, step, actions)
        case Do():
            if step.do not in actions:
                yield ("do",), _no_action(step.do, actions)
        case Query():
            yield from _unmet_query(step.query, step.uses, step.given, queries)
        case Collect(choices=choices) if choices:
            yield from _unmet_query(choices.query, choices.uses, choices.given, queries, "choices")
        case _:
            pass


def _unmet_query(
    query: str, uses: Collection[str], given: Mapping[str, str], queries: Mapping[str, QuerySpec], *keys: str
) -> Unmet:
    if query not in queries:
        yield (*keys, "query"), _no_query(query, queries)
        return
    spec = queries[query]
    if strange := sorted({*uses, *given} - {*spec.arguments}):
        yield (
            (*keys, "query"),
            f"{query} takes no {', '.join(strange)}; it takes {', '.join(spec.arguments) or 'nothing'}.",
        )
    if missing := sorted({*spec.required} - {*uses, *given}):
        yield (*keys, "query"), f"{query} needs {', '.join(missing)}; give it with uses or given."
    yield from _unread(given, *keys)


def _unmet_action(flow: Flow, step: Confirm, actions: Mapping[str, ActionSpec]) -> Unmet:
    if step.confirm not in actions:
        yield ("confirm",), _no_action(step.confirm, actions)
        return
    spec = actions[step.confirm]
    if strange := sorted({*step.uses, *step.given} - {*spec.arguments}):
        yield ("confirm",), f"{step.confirm} takes no {', '.join(strange)}; it takes {', '.join(spec.arguments)}."
    given = {name for name in spec.arguments if step.uses.get(name, name) in flow.slots} | {*step.given}
    if missing := sorted({*spec.required} - given):
        yield ("confirm",), f"{step.confirm} needs {', '.join(missing)}, for which the flow has no slot."


def _no_query(query: str, queries: Collection[str]) -> str:
    return f"the bank has no query {query!r}; it has {', '.join(queries) or 'none'}."


def _no_action(action: str, actions: Collection[str]) -> str:
    return f"the bank has no action {action!r}; it has {', '.join(actions) or 'none'}."
