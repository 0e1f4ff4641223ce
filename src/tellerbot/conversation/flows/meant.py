"""For which slots of a flow a model takes words of a message. What they give is read from them as from all words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tellerbot.project.flow_schema import Flow
from tellerbot.types import Slot, SlotKind, Text


@dataclass(frozen=True, slots=True)
class SlotHints:
    """The slots that a model assigns to values of a message, by the values' places, and to words that are values."""

    places: Mapping[tuple[int, int], str] = field(default_factory=dict)
    texts: Mapping[str, Text] = field(default_factory=dict)

    def slot_of(self, slot: Slot) -> str | None:
        """Return the name of the slot that a value is meant for."""
        return self.places.get((slot.start, slot.end))


NOTHING = SlotHints()


def kinds_of_value(slot: Slot, flow: Flow) -> set[SlotKind]:
    """Return the kinds of slot that a value fits: a bare number may be an amount, and a day a period of one."""
    if isinstance(slot.value, tuple) and slot.value:
        return {named.kind for named in slot.value}
    kinds: set[SlotKind] = {slot.kind}
    if slot.kind == "count" and "count" not in flow.kinds:
        kinds.add("money")
    if slot.kind == "date" and "date" not in flow.kinds:
        kinds.add("period")
    return kinds


def place_spans(
    spans: Mapping[str, str], flow: Flow, text: str, slots: Sequence[Slot], read: Callable[[str], Sequence[Slot]]
) -> tuple[list[Slot], SlotHints]:
    """Return the values of a text, and the slots that `spans` assign them to.

    `spans` are words of the text by slot.

    Words count for the one value of a right kind that `slots` has there, or that `read` finds in them alone. Only a
    slot of free text takes them as they are.
    """
    found = [*slots]
    places: dict[tuple[int, int], str] = {}
    texts: dict[str, Text] = {}
    for name, words in spans.items():
        slot, at = flow.slots.get(name), text.rfind(words)
        if slot is None or at < 0:
            continue
        end, wanted = at + len(words), {*slot.kind}
        here = [one for one in found if one.start < end and at < one.end]
        fitting = [one for one in here if kinds_of_value(one, flow) & wanted]
        if not here:
            alone = [replace(one, start=one.start + at, end=one.end + at) for one in read(words) if one.value != ()]
            fitting = [one for one in alone if kinds_of_value(one, flow) & wanted]
            found += fitting[:1] if len(fitting) == 1 else []
        if len(fitting) == 1:
            places.setdefault((fitting[0].start, fitting[0].end), name)
        elif not fitting and ("text" in wanted or ("check" in wanted and words.strip().isdigit())):
            texts[name] = Text(words.strip())
    return sorted(found, key=lambda one: one.start), SlotHints(places, texts)
