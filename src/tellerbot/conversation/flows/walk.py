"""From what a flow holds to the step that it waits at.

A flow is walked anew for each message, from the last step that changed something. So what the customer corrects and
what the bank says now always count, and nothing has to be taken back.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tellerbot.conversation.flows.offers import Offer, offer_of
from tellerbot.conversation.flows.open_flow import OpenFlow
from tellerbot.conversation.flows.values import default_of, facts_of, plain_fact, plain_of
from tellerbot.project.conditions import Condition, Plain
from tellerbot.project.flow_schema import Branch, Call, Choices, Collect, Confirm, Do, End, Flow, FlowSlot, Query, Say
from tellerbot.types import ActionSpec, Fact, FactSheet, Named, Text, Value


@dataclass(frozen=True, slots=True)
class Sight:
    """What a walk may see and use: the bank's answers, its names and actions, and how a template reads with facts.

    `ask` is given a query, values by argument, and constants; `heard` also asks by what the customer named.
    """

    ask: Callable[[str, Mapping[str, Value], Mapping[str, str], bool], FactSheet]
    word: Callable[[str, Mapping[str, Fact]], str]
    say: Callable[[Fact], str]
    names: Sequence[Named]
    actions: Mapping[str, ActionSpec]
    today: date


@dataclass(slots=True)
class Walk:
    """The place that a flow has reached: the step `at` which it waits or acts, None at its end, its `outcome`.

    Its outcome is empty where there was nothing to choose and the flow has no words for that.

    `given` are values that came of themselves, `forgotten` those that do not hold, for which `problem` is the reason;
    `strangers` are things that may not be chosen here.
    `says` are wordings with their facts, in order; `passed` are the steps that said them. `choices` are what the step
    asks to choose from, by title, `suggestions` the titles of what is no thing, such as a time. `offered` is all that
    the steps so far let choose from.
    """

    values: dict[str, Value]
    at: Collect | Confirm | Do | Call | None = None
    outcome: str = "done"
    given: dict[str, Value] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)
    problem: str = ""
    strangers: dict[str, str] = field(default_factory=dict)
    says: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    choices: dict[str, Named] = field(default_factory=dict)
    suggestions: tuple[str, ...] = ()
    offered: dict[str, Named] = field(default_factory=dict)
    facts: dict[str, Fact] = field(default_factory=dict)
    plain: dict[str, Plain] = field(default_factory=dict)
    _seen: dict[str, str] = field(default_factory=dict)

    def hold(self, name: str, value: Value) -> None:
        """Take a slot's value into account."""
        self.values[name] = value
        self.plain[name] = plain_of(value)
        if isinstance(value, Named):
            self.plain[f"{name}_kind"] = value.kind
        for fact in facts_of(name, value):
            self.facts[fact.name] = fact
            self.plain.setdefault(fact.name, plain_fact(fact))

    def learn(self, facts: Mapping[str, Fact], prefix: str = "") -> None:
        """Take what the bank says into account."""
        for fact in facts.values():
            name = f"{prefix}_{fact.name}" if prefix else fact.name
            if name not in self.values:
                self.facts[name] = fact
                self.plain[name] = plain_fact(fact)

    def forget(self, flow: Flow, name: str) -> None:
        """Forget a slot, and all that depends on it."""
        for slot in {name, *flow.dependents(name)} & {*self.values}:
            del self.values[slot]
            self.forgotten.append(slot)
            for key in [slot, f"{slot}_kind", f"{slot}_start", f"{slot}_end"]:
                self.facts.pop(key, None)
                self.plain.pop(key, None)


def walk(flow: Flow, opened: OpenFlow, sight: Sight) -> Walk:
    """Walk a flow with the values that it holds, as far as it goes without the customer."""
    found = Walk({})
    for name, value in opened.values.items():
        found.hold(name, value)
    at = start_of(flow, opened.passed)
    while at is not None:
        step = flow.by_id[at]
        following = flow.after(step)
        match step:
            case Collect():
                if not _collect(flow, step, opened, sight, found):
                    return found
            case Confirm() | Do() | Call():
                if not _is_behind(step, opened):
                    found.at = step
                    return found
            case Branch():
                following = next((arm.next for arm in step.branch if _holds(arm.if_, found)), following)
            case End():
                found.outcome = step.end
                return found
            case Say() | Query():
                _pass(step, opened, sight, found)
        at = following
    return found


def _pass(step: Say | Query, opened: OpenFlow, sight: Sight, found: Walk) -> None:
    """Say what the step says, once, or read from the bank."""
    if isinstance(step, Query):
        _query(step, sight, found)
    elif step.id not in opened.passed:
        found.says.append(sight.word(step.say, found.facts))
        found.passed.append(step.id)


def _is_behind(step: Confirm | Do | Call, opened: OpenFlow) -> bool:
    if isinstance(step, Confirm):
        proposal = opened.proposal
        return bool(proposal and proposal.is_confirmed and proposal.action == step.confirm)
    return step.id in opened.passed


def start_of(flow: Flow, passed: Sequence[str]) -> str | None:
    """Return the id of the step to walk from: the one behind the last that changed something."""
    changed = [step for name in passed if isinstance(step := flow.by_id.get(name), Do | Call)]
    return flow.after(changed[-1]) if changed else flow.steps[0].id


def lines_of(flow: Flow, step: Confirm, found: Walk, sight: Sight) -> tuple[tuple[str, str], ...]:
    """Return every value that an action gets, by its label, and what the step shows besides."""
    slots = dict.fromkeys(slot for _, slot in _sources(step, sight) if slot in found.values)
    lines: list[tuple[str, str]] = []
    for slot in slots:
        facts = [*facts_of(slot, found.values[slot])]
        lines.append((flow.slots[slot].label, " to ".join(sight.say(fact) for fact in facts)))
    return (*lines, *((label, sight.word(text, found.facts)) for label, text in step.also.items()))


def arguments_of(step: Confirm, found: Walk, sight: Sight) -> dict[str, Value]:
    """Return the values that an action gets, by argument."""
    values = {name: found.values[slot] for name, slot in _sources(step, sight) if slot in found.values}
    return {**{name: Text(text) for name, text in step.given.items()}, **values}


def _sources(step: Confirm, sight: Sight) -> list[tuple[str, str]]:
    """Return the slot that each argument of the action takes its value from."""
    return [(name, step.uses.get(name, name)) for name in sight.actions[step.confirm].arguments]


def _holds(condition: Condition | None, found: Walk) -> bool:
    return condition is None or condition.holds(found.plain)


def _query(step: Query, sight: Sight, found: Walk) -> None:
    sheet = sight.ask(step.query, _values_for(step.uses, found), step.given, False)
    if len(sheet.rows) == 1:
        found.learn(sheet.rows[0], step.prefix or "")
    found.learn(sheet.values, step.prefix or "")
    found.plain[f"{step.prefix}_rows" if step.prefix else "rows"] = Decimal(len(sheet.rows))


def _values_for(uses: Mapping[str, str], found: Walk) -> dict[str, Value]:
    """Return the values of the slots that a query uses, by its arguments."""
    return {name: found.values[slot] for name, slot in uses.items() if slot in found.values}


def _collect(flow: Flow, step: Collect, opened: OpenFlow, sight: Sight, found: Walk) -> bool:
    """Return whether the step has its value; else the walk waits here, or ends as there is nothing to choose."""
    name = step.collect
    _forget_round(flow, step, found)
    rows = _rows(step.choices, opened, sight, found) if step.choices else ()
    offer = offer_of(flow.slots[name], step, rows, sight)
    offer.keep(lambda thing: _is_allowed(step, thing, found))
    found.offered |= offer.things
    if step.ask_if_given and step.id not in opened.asked:
        found.forget(flow, name)
    _fill(flow.slots[name], step, offer, sight, found)
    if name in found.values:
        value = found.values[name]
        found.learn(offer.row_of(value), name)
        broken = next((rule for rule in step.valid if not rule.if_.holds(found.plain)), None)
        if not offer.has(value):
            found.strangers[name] = value.name if isinstance(value, Named) else sight.say(next(facts_of(name, value)))
        elif broken is None:
            return True
        else:
            found.problem = sight.word(broken.else_, found.facts)
        found.forget(flow, name)
    if offer.is_empty and not step.makes:
        found.says += [sight.word(step.none, found.facts)] if step.none else []
        found.outcome = "refused" if step.none else "empty"
        return False
    found.at, found.choices, found.suggestions = step, offer.things, tuple(offer.values)
    return False


def _forget_round(flow: Flow, step: Collect, found: Walk) -> None:
    """Forget the slot of a step that the walk comes back to, and all slots after it."""
    if step.id in found._seen:
        asked = [*found._seen]
        for seen in asked[asked.index(step.id) :]:
            found.forget(flow, found._seen[seen])
    found._seen[step.id] = step.collect


def _fill(slot: FlowSlot, step: Collect, offer: Offer, sight: Sight, found: Walk) -> None:
    """Give a slot without a value its default, or what there is where there is nothing to choose."""
    name = step.collect
    if name in found.values or name in found.forgotten or step.ask_if_given:
        return
    value = default_of(name, slot, sight.today)
    if value is None and offer.things and (len(offer.things) == 1 or offer.are_alike) and not step.makes:
        value = next(iter(offer.things.values()))
    if value is not None:
        found.hold(name, value)
        found.given[name] = value


def _is_allowed(step: Collect, thing: Named, found: Walk) -> bool:
    """Return whether a thing meets the rules that speak of nothing else than what is known without it."""
    name = step.collect
    plain = {**found.plain, name: plain_of(thing), f"{name}_kind": thing.kind}
    rules = [rule for rule in step.valid if rule.if_.names <= {name, f"{name}_kind", *found.values}]
    return all(rule.if_.holds(plain) for rule in rules)


def _rows(choices: Choices, opened: OpenFlow, sight: Sight, found: Walk) -> Sequence[Mapping[str, Fact]]:
    values = _values_for(choices.uses, found)
    rows = sight.ask(choices.query, values, choices.given, True).rows if choices.heard and opened.slots else ()
    # The customer may have named nothing that fits: then every row may be chosen.
    return rows or sight.ask(choices.query, values, choices.given, False).rows
