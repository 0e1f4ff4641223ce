"""Flows as drawings: in text for the terminal, and in SVG for documents."""

from collections.abc import Iterator
from html import escape

from tellerbot.project.flow_check import following
from tellerbot.project.flow_schema import Branch, Call, Collect, Confirm, Do, End, Flow, Query, Say, Step

# The size of a step's box, the gap below it, and the room for the lines that lead elsewhere, in pixels.
_WIDTH, _HEIGHT, _GAP, _MARGIN, _LANE = 430, 40, 26, 20, 16
_SHORTENED = 58


def draw_text(name: str, flow: Flow) -> str:
    """Draw a flow as text: one step a line, with what it does and where else than to the next line it leads."""
    lines = [f"{name}: {flow.title}"]
    for slot, one in flow.slots.items():
        details = [" or ".join(one.kind), *(f"after {cue!r}" for cue in one.cues)]
        details += [f"depends on {', '.join(one.depends_on)}"] if one.depends_on else []
        details += [f"{one.default} by default"] if one.default else []
        lines.append(f"  slot {slot} ({one.label}): {'; '.join(details)}")
    width = max(len(step.id) for step in flow.steps)
    for at, step in enumerate(flow.steps):
        lines.append(f"  {step.id:<{width}}  {describe(step)}")
        lines += [f"  {'':<{width}}    {why} -> {there or 'end'}" for why, there in _leads(flow, at, step)]
    return "\n".join(lines) + "\n"


def describe(step: Step) -> str:
    """Say in a line what a step does."""
    match step:
        case Collect():
            choices = f", one of {step.choices.query}" if step.choices else ""
            return f"asks {step.collect}{choices}: {_short(step.ask)}"
        case Say():
            return f"says: {_short(step.say)}"
        case Query():
            return f"reads {step.query}"
        case Confirm():
            return f"confirms {step.confirm}: {_short(step.ask)}"
        case Do():
            return f"does {step.do}"
        case Call():
            return f"runs the flow {step.call}"
        case End():
            return f"ends, {step.end}"
        case Branch():
            return "chooses:"


def draw_svg(name: str, flow: Flow) -> str:
    """Draw a flow as SVG: a column of steps, and a lane beside it for each way to another than the next one."""
    rows = {step.id: number for number, step in enumerate(flow.steps)}
    rows[""] = len(rows)
    jumps = [(at, why, there) for at, step in enumerate(flow.steps) for why, there in _leads(flow, at, step)]
    width = _MARGIN * 2 + _WIDTH + _LANE * (len(jumps) + 1) + 190
    height = _MARGIN * 2 + (_HEIGHT + _GAP) * len(rows)
    body = [*_boxes(flow), *(_lane(number, at, why, rows[there]) for number, (at, why, there) in enumerate(jumps))]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" role="img" '
        f'aria-label="The flow {escape(name)}" font-family="system-ui, sans-serif" font-size="13">'
        '<defs><marker id="arrow" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">'
        '<path d="M0 0L8 4L0 8z" fill="#5c6f77"/></marker></defs>'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{"".join(body)}</svg>\n'
    )


def _leads(flow: Flow, at: int, step: Step) -> Iterator[tuple[str, str]]:
    """Where a step leads but to the one below it: why, and the id of the step there; "" is the end."""
    below = flow.steps[at + 1].id if at + 1 < len(flow.steps) else ""
    if isinstance(step, Branch):
        yield from ((f"if {arm.if_.text}" if arm.if_ else "else", arm.next) for arm in step.branch)
    elif not isinstance(step, End):
        yield from (("then", there) for there in following(flow, step) if there != below)


def _boxes(flow: Flow) -> Iterator[str]:
    for at, step in enumerate(flow.steps):
        y = _MARGIN + at * (_HEIGHT + _GAP)
        fill = "#e3f2f1" if isinstance(step, Confirm | Do) else "#f2f6f6"
        yield f'<rect x="{_MARGIN}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="8" fill="{fill}" stroke="#0b6e6e"/>'
        yield f'<text x="{_MARGIN + 10}" y="{y + 17}" fill="#1c2b33" font-weight="600">{escape(step.id)}</text>'
        yield f'<text x="{_MARGIN + 10}" y="{y + 33}" fill="#5c6f77">{escape(describe(step))}</text>'
        always_leaves = isinstance(step, End) or (isinstance(step, Branch) and step.branch[-1].if_ is None)
        if not always_leaves and not getattr(step, "next", None):
            yield _line(f"M{_MARGIN + 30} {y + _HEIGHT}V{y + _HEIGHT + _GAP - 2}")
    y = _MARGIN + len(flow.steps) * (_HEIGHT + _GAP)
    yield f'<text x="{_MARGIN + 10}" y="{y + 17}" fill="#1c2b33" font-weight="600">end</text>'


def _lane(number: int, at: int, why: str, there: int) -> str:
    """Draw a line out of a step on the right, along a lane of its own, and into another step."""
    x, right = _MARGIN + _WIDTH, _MARGIN + _WIDTH + _LANE * (number + 1)
    start, end = (_MARGIN + row * (_HEIGHT + _GAP) + _HEIGHT // 2 for row in (at, there))
    label = (
        f'<text x="{right + 4}" y="{(start + end) // 2}" fill="#5c6f77" font-size="12">{escape(_short(why, 30))}</text>'
    )
    return _line(f"M{x} {start}H{right}V{end + 6}H{x + 2}") + label


def _line(path: str) -> str:
    return f'<path d="{path}" fill="none" stroke="#5c6f77" marker-end="url(#arrow)"/>'


def _short(text: str, most: int = _SHORTENED) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
