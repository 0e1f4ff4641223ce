"""Open flows that a message finds otherwise than it left them: after a long silence, or under another release."""

from tellerbot.assistant.conduct import Conductor, Events
from tellerbot.conversation.events import FlowEnded, FlowMoved
from tellerbot.conversation.flows.open_flow import Flows, OpenFlow
from tellerbot.conversation.flows.values import options_of
from tellerbot.project.flow_schema import Call, Do, Flow
from tellerbot.project.load import Project
from tellerbot.types import Named, Value


def tidy(conductor: Conductor) -> Events:
    """Close a flow that a long silence has left, and take up anew those that another release has changed."""
    state, messages = conductor.state, conductor.project.assistant.messages
    if state.lapsed:
        yield from conductor.emit(FlowEnded(state.lapsed, "lapsed"))
        if flow := conductor.project.flows.get(state.lapsed):
            conductor.say(messages.flow_lapsed.replace("{flow}", flow.title))
    flows = _above_started(conductor.flows)
    if all(_is_current(conductor.project, opened) for opened in flows):
        return
    for opened in reversed(flows):
        yield from conductor.emit(FlowEnded(opened.name, "changed"))
    for at, opened in enumerate(flows):
        flow = conductor.project.flows.get(opened.name)
        passed = _still_passed(flow, opened) if flow else None
        if flow and passed is not None:
            values = {name: value for name, value in opened.values.items() if _still_fits(flow, name, value)}
            yield from conductor.open(opened.name, opened.text, opened.slots, opened.fills)
            waits = opened.waits if _calls(flow, opened, flows[at + 1 :]) else ""
            yield from conductor.emit(FlowMoved(opened.name, waits, values, passed=passed))
    if not any(opened.has_acted for opened in flows):
        conductor.say(messages.flow_changed)


def _above_started(flows: Flows) -> Flows:
    """Return the topmost flows, down to the first that the bank is doing something for."""
    started = [at for at, opened in enumerate(flows) if opened.is_acting]
    return flows[started[-1] + 1 :] if started else flows


def _is_current(project: Project, opened: OpenFlow) -> bool:
    flow = project.flows.get(opened.name)
    return flow is not None and flow.digest == opened.digest


def _still_passed(flow: Flow, opened: OpenFlow) -> tuple[str, ...] | None:
    """Return the steps that are behind in another version of a flow.

    None where an action was done that this version may do again.
    """
    kept = tuple(name for name in opened.passed if isinstance(flow.by_id.get(name), Do | Call))
    has_acted = any(isinstance(flow.by_id[name], Do) for name in kept)
    return None if opened.has_acted and not has_acted else kept


def _calls(flow: Flow, opened: OpenFlow, above: Flows) -> bool:
    """Return whether a flow waits for the one above it, which it has called."""
    step = flow.by_id.get(opened.waits)
    return bool(above) and isinstance(step, Call) and step.call == above[0].name


def _still_fits(flow: Flow, name: str, value: Value) -> bool:
    """Return whether a slot of another version of the flow holds what one of this version may hold."""
    slot = flow.slots.get(name)
    if slot is None:
        return False
    if isinstance(value, Named):
        return value.kind in slot.kind and (value.kind != "option" or value in options_of({name: slot}))
    return not {"option", "account", "card", "payee", "branch", "product", "record"} & {*slot.kind}
