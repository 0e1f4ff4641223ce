"""What a project needs of its bank: the queries of its replies, and the queries and actions of its flows."""

from collections.abc import Iterator, Mapping

from tellerbot.project.flow_schema import Collect, Confirm, Do, Flow, Query, Step
from tellerbot.project.load import Project
from tellerbot.types import ActionSpec, Bank, QuerySpec


def find_unmet(project: Project, bank: Bank) -> Iterator[str]:
    """Say what the bank's connector lacks for the project, or takes in another form."""
    queries, actions = bank.queries(), bank.actions()
    replies = [*project.responses.values(), *project.acts.values()]
    asked = {query for response in replies for answer in response.answers() for query in answer.queries}
    if missing := sorted(asked - set(queries)):
        yield f"replies ask the queries {', '.join(missing)}, which it does not have; it has {', '.join(queries)}"
    for name, flow in project.flows.items():
        for step in flow.steps:
            for what in _unmet(flow, step, queries, actions):
                yield f"flow {name}, step {step.id}: {what}"


def _unmet(
    flow: Flow, step: Step, queries: Mapping[str, QuerySpec], actions: Mapping[str, ActionSpec]
) -> Iterator[str]:
    match step:
        case Confirm():
            yield from _unmet_action(flow, step, actions)
        case Do():
            if step.do not in actions:
                yield f"the action {step.do!r} is not there; there are {', '.join(actions)}"
        case Query():
            yield from _unmet_query(step.query, {*step.uses, *step.given}, queries)
        case Collect(choices=choices) if choices:
            yield from _unmet_query(choices.query, {*choices.uses, *choices.given}, queries)
        case _:
            pass


def _unmet_query(query: str, given: set[str], queries: Mapping[str, QuerySpec]) -> Iterator[str]:
    if query not in queries:
        yield f"the query {query!r} is not there; there are {', '.join(queries)}"
        return
    if strange := sorted(given - {*queries[query].arguments}):
        yield f"{query} takes no {', '.join(strange)}; it takes {', '.join(queries[query].arguments) or 'nothing'}"
    if missing := sorted({*queries[query].required} - given):
        yield f"{query} needs {', '.join(missing)}; give it with uses or given"


def _unmet_action(flow: Flow, step: Confirm, actions: Mapping[str, ActionSpec]) -> Iterator[str]:
    if step.confirm not in actions:
        yield f"the action {step.confirm!r} is not there; there are {', '.join(actions)}"
        return
    spec = actions[step.confirm]
    if strange := sorted({*step.uses, *step.given} - {*spec.arguments}):
        yield f"{step.confirm} takes no {', '.join(strange)}; it takes {', '.join(spec.arguments)}"
    given = {name for name in spec.arguments if step.uses.get(name, name) in flow.slots} | {*step.given}
    if missing := sorted({*spec.required} - given):
        yield f"{step.confirm} needs {', '.join(missing)}, for which the flow has no slot"
