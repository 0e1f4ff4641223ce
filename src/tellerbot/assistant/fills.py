"""Whether queries and receipts give what placeholders and conditions name; else nobody gets an answer."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import chain

from tellerbot.project.conditions import Condition
from tellerbot.project.flow_schema import Branch, Collect, Do, Flow, Place, Query, Step
from tellerbot.project.schema import Answer
from tellerbot.responses.prompt import placeholders
from tellerbot.types import ActionSpec, FactKind, QuerySpec, SlotKind

# The kinds of facts by their names.
Facts = Mapping[str, set[FactKind]]
_NAMED = ("account", "card", "category", "branch", "product", "record", "option")
FACTS_OF_SLOT: Mapping[SlotKind, tuple[FactKind, ...]] = {
    "money": ("money",), "date": ("date",), "time": ("time",), "count": ("count",), "term": ("count",),
    "payee": ("text",), "text": ("text", "digits"), "check": ("text", "digits"), "phone": ("label",),
    "number": ("label",), "period": (), **dict.fromkeys(_NAMED, ("label",)),
}  # fmt: skip
Wrong = Iterator[tuple[Place, str]]


def reply_mistakes(answer: Answer, queries: Mapping[str, QuerySpec]) -> Wrong:
    """Placeholders of a reply that none of its queries gives a fact for."""
    specs = [queries[name] for name in answer.queries if name in queries]
    if len(specs) < len(answer.queries) or any(spec.values is None or spec.rows is None for spec in specs):
        return
    # What the message names stands beside what the bank finds.
    named: Facts = {kind: {*FACTS_OF_SLOT[kind]} for spec in specs for kind in _kinds_of(spec)}
    values = _joined(named, *(_as_facts(spec.values or {}) for spec in specs))
    rows = _joined(values, *(_as_facts(spec.rows or {}) for spec in specs))
    for field, text in answer.texts():
        for what in _unfilled(text, rows if field in ("each", "one") else values):
            yield (field,), what


def _kinds_of(spec: QuerySpec) -> list[SlotKind]:
    """Return the kinds of the things that a query's arguments name, such as product for other_product."""
    return [kind for kind in ("payee", *_NAMED) for name in spec.arguments if name.removeprefix("other_") == kind]  # type: ignore[misc]


def flow_mistakes(flow: Flow, queries: Mapping[str, QuerySpec], actions: Mapping[str, ActionSpec]) -> Wrong:
    """Placeholders and conditions of a flow that neither its slots nor its queries and receipts give a value for."""
    if any(name not in queries or queries[name].values is None for name in flow.queries()):
        return
    facts = _flow_facts(flow, queries)
    rows = {f"{step.prefix}_rows" if step.prefix else "rows" for step in flow.steps if isinstance(step, Query)}
    plain = {*facts, *flow.slots, *(f"{name}_kind" for name in flow.slots), *rows}
    for at, step in enumerate(flow.steps):
        for keys, what in (*_unfilled_step(step, facts, queries, actions), *_unknown_names(step, plain)):
            yield ("steps", at, *keys), what


def _unfilled_step(
    step: Step, facts: Facts, queries: Mapping[str, QuerySpec], actions: Mapping[str, ActionSpec]
) -> Wrong:
    texts = step.texts()
    if isinstance(step, Do):
        receipt = actions[step.do].facts if step.do in actions else None
        if receipt is None:
            return
        facts = _joined(facts, _as_facts(receipt))
        # What a refusal gives, the bank's specification does not say.
        texts = ((keys, text) for keys, text in texts if keys[0] != "refused")
    if isinstance(step, Collect) and step.choices:
        facts = _joined(facts, _as_facts(queries[step.choices.query].rows or {}))
    for keys, text in texts:
        for what in _unfilled(text, facts):
            yield keys, what


def _unknown_names(step: Step, plain: set[str]) -> Wrong:
    """Names in conditions that have no value, ever."""
    for keys, condition in _conditions(step):
        for name in sorted(condition.names - plain):
            yield keys, f"there is no value {name!r} to compare.{_near(name, sorted(plain))}"


def _conditions(step: Step) -> Iterator[tuple[Place, Condition]]:
    """Return the conditions of a step, with their places below it."""
    if isinstance(step, Branch):
        yield from ((("branch", at, "if"), arm.if_) for at, arm in enumerate(step.branch) if arm.if_)
    elif isinstance(step, Collect):
        yield from ((("valid", at, "if"), rule.if_) for at, rule in enumerate(step.valid))


def _flow_facts(flow: Flow, queries: Mapping[str, QuerySpec]) -> Facts:
    """All that a flow may know at any of its steps."""
    known: list[Facts] = [
        {name: {kind for one in slot.kind for kind in FACTS_OF_SLOT[one]} for name, slot in flow.slots.items()}
    ]
    for name, slot in flow.slots.items():
        if "period" in slot.kind:
            known.append({f"{name}_start": {"date"}, f"{name}_end": {"date"}})
    for step in flow.steps:
        if isinstance(step, Query):
            spec = queries[step.query]
            known += [_as_facts(some or {}, step.prefix or "") for some in (spec.values, spec.rows)]
        elif isinstance(step, Collect) and step.choices:
            known.append(_as_facts(queries[step.choices.query].rows or {}, step.collect))
    return _joined(*known)


def _as_facts(kinds: Mapping[str, FactKind], prefix: str = "") -> Facts:
    return {f"{prefix}_{name}" if prefix else name: {kind} for name, kind in kinds.items()}


def _joined(*several: Facts) -> Facts:
    found: dict[str, set[FactKind]] = {}
    for name, kinds in chain.from_iterable(facts.items() for facts in several):
        found[name] = found.get(name, set()) | kinds
    return found


def _unfilled(text: str, facts: Facts) -> Iterator[str]:
    """Return what no fact fills in a wording."""
    for placeholder in placeholders(text):
        name, _, kind = placeholder.partition(":")
        if name not in facts:
            yield f"nothing here gives {{{placeholder}}}.{_near(name, sorted(facts))}"
        # The bank's own words may stand where any text may.
        elif kind not in facts[name] and not (kind == "text" and "label" in facts[name]):
            yield f"{{{placeholder}}} is of another kind: {name}:{' or '.join(sorted(facts[name]))}."


def _near(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, 3)
    return f" Near: {', '.join(near)}." if near else f" There are: {', '.join(known) or 'none'}."
