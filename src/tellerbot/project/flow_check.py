"""What is wrong with flows as graphs: steps nobody reaches, loops without an exit, actions nobody confirmed."""

from collections.abc import Collection, Iterator, Mapping

from tellerbot.project.flow_schema import Branch, Call, Collect, Confirm, Do, End, Flow, Step

# The name of a flow, a place below it, what is wrong, and the remedy.
Mistake = tuple[str, tuple[str | int, ...], str, str]
_END = ""


def find_flow_mistakes(flows: Mapping[str, Flow], others: Collection[str] = ()) -> Iterator[Mistake]:
    """Every mistake in the flows, one by one; `others` are the names of flows beside them that cannot be read."""
    for name, flow in flows.items():
        wrong = [*_find_wrong_names(flow, [*dict.fromkeys([*flows, *others])]), *_find_wrong_jumps(flow)]
        # Of a graph with a missing node the rest cannot be said.
        if not wrong:
            wrong = [*_find_unreachable(flow), *_find_loops(flow), *_find_repeats(flow), *_find_unconfirmed(flow)]
        for place, what, remedy in wrong:
            yield name, place, what, remedy
    for name in flows:
        if name in _called(name, flows):
            yield name, (), "it calls itself, at first or second hand.", "Let the customer come back to it instead."


_Wrong = tuple[tuple[str | int, ...], str, str]


def _find_wrong_names(flow: Flow, flows: Collection[str]) -> Iterator[_Wrong]:
    collected = {step.collect for step in flow.steps if isinstance(step, Collect)}
    slots = f"Name one of its slots: {', '.join(flow.slots) or 'it has none'}."
    for name, slot in flow.slots.items():
        if name not in collected:
            yield ("slots", name), f"no step collects the slot {name!r}.", "Collect or remove it."
        for other in {*slot.depends_on} - {*flow.slots}:
            yield ("slots", name, "depends_on"), f"{other!r} is no slot.", slots
    for at, step in enumerate(flow.steps):
        place = ("steps", at)
        if isinstance(step, Collect) and step.collect not in flow.slots:
            yield (*place, "collect"), f"{step.collect!r} is no slot.", slots
        for slot in {*_used(step)} - {*flow.slots}:
            yield (*place, "uses"), f"{slot!r} is no slot.", slots
        called = step.call if isinstance(step, Call) else step.makes if isinstance(step, Collect) else None
        if called and called not in flows:
            yield place, f"{called!r} is no flow.", f"Name one of {', '.join(flows)}."
        if [one.id for one in flow.steps].count(step.id) > 1:
            yield (*place, "id"), f"two steps have the id {step.id!r}.", "Rename one."


def _used(step: Step) -> list[str]:
    """Return the slots that a step names in `uses`."""
    if isinstance(step, Collect):
        return [*step.choices.uses.values()] if step.choices else []
    return [*getattr(step, "uses", {}).values()]


def _find_wrong_jumps(flow: Flow) -> Iterator[_Wrong]:
    for at, step in enumerate(flow.steps):
        jumps = [step.next, *(arm.next for arm in step.branch)] if isinstance(step, Branch) else [step.next]
        for jump in jumps:
            if jump is not None and jump not in flow.by_id:
                yield ("steps", at), f"{jump!r} is no step.", f"Name one of {', '.join(flow.by_id)}."


def following(flow: Flow, step: Step) -> list[str]:
    """Return the ids of the steps that may come after one; "" is the end of the flow."""
    if isinstance(step, End):
        return [_END]
    after = flow.after(step) or _END
    if not isinstance(step, Branch):
        return [after]
    arms = [arm.next for arm in step.branch]
    return arms if any(arm.if_ is None for arm in step.branch) else [*arms, after]


def _reached(flow: Flow, start: str) -> set[str]:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += following(flow, flow.by_id[name]) if name else []
    return seen


def _find_unreachable(flow: Flow) -> Iterator[_Wrong]:
    reached = _reached(flow, flow.steps[0].id)
    for at, step in enumerate(flow.steps):
        if step.id not in reached:
            yield ("steps", at), f"no path leads to the step {step.id!r}.", "Lead one there, or remove it."


def _find_loops(flow: Flow) -> Iterator[_Wrong]:
    """Find steps from which the end cannot be reached, and circles in which nothing is asked."""
    for at, step in enumerate(flow.steps):
        if _END not in _reached(flow, step.id):
            yield ("steps", at), f"from the step {step.id!r} no path leads to an end.", "Give the loop a way out."
        elif not isinstance(step, Collect) and _circles(flow, step.id):
            what = f"the step {step.id!r} leads back to itself and asks nothing on the way."
            yield ("steps", at), what, "Collect something in the loop."


def _find_repeats(flow: Flow) -> Iterator[_Wrong]:
    """Loops back over what is done or called: that is not done again."""
    for at, step in enumerate(flow.steps):
        if isinstance(step, Do | Call) and any(step.id in _reached(flow, name) for name in following(flow, step)):
            what = f"the step {step.id!r} leads back to itself, and is not run twice."
            yield ("steps", at), what, "End the flow there; whoever wants more starts it anew."


def _circles(flow: Flow, start: str) -> bool:
    """Whether a step leads back to itself without a step that asks."""
    seen: set[str] = set()
    ahead = following(flow, flow.by_id[start])
    while ahead:
        name = ahead.pop()
        if name == start:
            return True
        if name and name not in seen and not isinstance(flow.by_id[name], Collect):
            seen.add(name)
            ahead += following(flow, flow.by_id[name])
    return False


def _find_unconfirmed(flow: Flow) -> Iterator[_Wrong]:
    """Actions that a path leads to without a confirmation of that action, and confirmations that are given up."""
    # The action that is confirmed where a step begins: a confirmation is for one action, and for one run of it.
    ahead: list[tuple[str, str]] = [(flow.steps[0].id, "")]
    seen: set[tuple[str, str]] = set()
    wrong: dict[str, tuple[str, str]] = {}
    while ahead:
        name, confirmed = ahead.pop()
        if not name or (name, confirmed) in seen:
            continue
        seen.add((name, confirmed))
        step = flow.by_id[name]
        if isinstance(step, Confirm):
            if confirmed:
                what = f"a path leads to {name!r} with {confirmed!r} confirmed and not done."
                wrong[name] = what, f"Put do: {confirmed} before it."
            confirmed = step.confirm
        elif isinstance(step, Do):
            if step.do != confirmed:
                what = f"a path leads to {name!r} without a confirmation of it."
                wrong[name] = what, f"Put confirm: {step.do} before it on every path."
            confirmed = ""
        ahead += [(after, confirmed) for after in following(flow, step)]
    for at, step in enumerate(flow.steps):
        if step.id in wrong:
            yield ("steps", at), *wrong[step.id]


def _called(name: str, flows: Mapping[str, Flow]) -> set[str]:
    """Return the flows that one calls, at first or second hand."""
    found: set[str] = set()
    ahead = [name]
    while ahead:
        flow = flows.get(ahead.pop())
        for step in flow.steps if flow else ():
            called = step.call if isinstance(step, Call) else step.makes if isinstance(step, Collect) else None
            if called and called not in found:
                found.add(called)
                ahead.append(called)
    return found
