"""What a message says to the flow that is open: what it does to it, and the values that it gives."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from tellerbot.assistant.message import find_private
from tellerbot.assistant.perform import CODE, Performer
from tellerbot.assistant.sight import Looker
from tellerbot.assistant.understand import read_slots
from tellerbot.conversation.choose import choose, choose_by_words
from tellerbot.conversation.decide import PERSON
from tellerbot.conversation.event_values import Question
from tellerbot.conversation.flows.ask_back import asks_back
from tellerbot.conversation.flows.hear import FlowInput, SlotFiller
from tellerbot.conversation.flows.meant import kinds_of_value, place_spans
from tellerbot.conversation.flows.open_flow import OpenFlow
from tellerbot.conversation.flows.route import (
    Move,
    begins_with_no,
    is_yes,
    leaves,
    route_answer,
    route_code,
    route_confirmation,
    takes_first,
)
from tellerbot.conversation.flows.values import options_of
from tellerbot.conversation.flows.walk import Walk
from tellerbot.conversation.reading import Hints, is_question
from tellerbot.conversation.state import State
from tellerbot.project.flow_schema import Collect, Confirm
from tellerbot.project.load import Project
from tellerbot.slots import find_named, last_day, unclear_amounts
from tellerbot.types import Choice, Named, Period, Slot

_CORRECTS = re.compile(
    r"\b(?:make (?:it|that)|change (?:it|that|the|my)|instead|actually|rather|should (?:be|have been)|i meant?|"
    r"not \$?\d)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Ear:
    """The reader of a message for the open flows; `raw` is the message before masking, of which nothing is kept.

    `is_aside`: the message quite surely asks a question, `is_elsewhere`: it is for something else than the open flow.
    `heard` is what it gave to the flow that was last listened for.
    """

    project: Project
    looker: Looker
    performer: Performer
    state: State
    today: date
    text: str
    raw: str
    acts: Collection[str]
    hints: Hints
    is_aside: bool = False
    is_elsewhere: bool = False
    heard: FlowInput = field(default_factory=FlowInput)

    @property
    def chosen(self) -> Choice | None:
        """The choice of the last reply that the message takes; a mere yes takes none."""
        return choose(self.text, (), (), self.state.choices)

    def listen(self, opened: OpenFlow, walk: Callable[[], Walk]) -> Move:
        """Find what the message does to the topmost flow; `walk` finds the step that the flow has reached."""
        if opened.waits == CODE and opened.proposal:
            # "Make it 80, code 123456" is no yes to what waits.
            is_changed = not leaves(self.text, self.acts) and self._corrects(opened, walk)
            return "give" if is_changed else route_code(self.text, self.acts, bool(self.performer.code))
        found = walk()
        if isinstance(found.at, Confirm) and opened.is_asked and self._asks_back(opened, found):
            return "repeat"
        # "What's my balance in savings?" corrects nothing.
        if self.is_aside:
            return "other"
        chosen = self.chosen if opened.is_asked else None
        if chosen and chosen.intent == PERSON:
            return "other"
        if isinstance(found.at, Collect) and chosen and chosen.intent == found.at.makes:
            return "make"
        heard = self.hear(opened, found)
        if self.is_elsewhere and heard.unknown and not (heard.values or heard.several or heard.problem):
            # "Freeze my card" is nobody to pay.
            return "other"
        if isinstance(found.at, Confirm) and opened.is_asked:
            if move := self._chosen_move(opened):
                return move
            move = route_confirmation(self.text, self.acts, self.heard, self._has_changed(opened))
            return "other" if move == "repeat" and self.is_elsewhere else move
        return route_answer(self.text, self.acts, self.heard)

    def _asks_back(self, opened: OpenFlow, found: Walk) -> bool:
        """Return whether the message asks what the confirmation before it says, and changes nothing of it."""
        labels = [slot.label for slot in self.project.flows[opened.name].slots.values()]
        if not asks_back(self.text, labels) or leaves(self.text, self.acts):
            return False
        self.hear(opened, found)
        return not self._has_changed(opened)

    def _corrects(self, opened: OpenFlow, walk: Callable[[], Walk]) -> bool:
        """Return whether the message changes what waits for its code: "make it 500", "no, from savings".

        It has to say so: the number in "it's 48291" is a code typed wrong, and the day in "nothing came today" none.
        """
        if self.is_aside or self.is_elsewhere:
            return False
        is_no = begins_with_no(self.text)
        if not is_no and "correct" not in self.acts and not _CORRECTS.search(self.text):
            return False
        heard = self.hear(opened, walk())
        if not heard and not is_no:
            return bool(self.clear_named_slots(opened))
        if is_no and not any(isinstance(value, Named) for value in heard.values.values()):
            return False
        return bool(heard.problem or heard.several or heard.unknown) or self._has_changed(opened)

    def _has_changed(self, opened: OpenFlow) -> bool:
        """Return whether the message gives other values than those that the flow has."""
        return any(value != opened.values.get(name) for name, value in self.heard.values.items())

    def _chosen_move(self, opened: OpenFlow) -> Move | None:
        """Find what a choice below a confirmation does; a label among the choices clears its slot."""
        # "1" may be an amount that is to be confirmed, and so no yes.
        chosen = None if self.heard.values else self.chosen
        messages, slots = self.project.assistant.messages, self.project.flows[opened.name].slots
        if chosen and chosen.title == messages.confirm_yes and begins_with_no(self.text):
            # "No, the first one" is about what there was to choose from before.
            chosen = None
        if chosen is None or chosen.intent != opened.name:
            was_asked = {choice.title for choice in self.state.choices} & {slot.label for slot in slots.values()}
            return "give" if was_asked and not self.heard.values and self.clear_named_slots(opened) else None
        titles: dict[str, Move] = {
            messages.confirm_yes: "confirm", messages.confirm_change: "change", messages.confirm_no: "cancel"
        }  # fmt: skip
        move = titles.get(chosen.title, "give")
        if move == "confirm" and not takes_first(self.text, chosen.title):
            # A text that only resembles the title is read as any other message: "Yes, dont it".
            return None
        self.heard.cleared = [name for name, slot in slots.items() if slot.label == chosen.title]
        return move

    def hear(self, opened: OpenFlow, found: Walk, question: Question | None = None) -> FlowInput:
        """Find what the message, or one question in it, gives to a flow."""
        flow = self.project.flows[opened.name]
        shown = {choice.title for choice in self.state.choices}
        choices = {title: thing for title, thing in found.choices.items() if not shown or title in shown}
        at = found.at if isinstance(found.at, Collect | Confirm) and opened.is_asked else None
        filler = SlotFiller(flow, opened.values, at, choices, self.project.assistant.currency)
        # A choice that was made is corrected where it is to be confirmed.
        offered = found.offered if isinstance(at, Confirm) else choices
        records = found.offered if isinstance(at, Confirm) else found.choices
        things = [*self.looker.names, *options_of(flow.slots), *records.values()]
        text = question.text if question else self.text
        suggested = [Choice("", title) for title in found.suggestions if title in shown] if at else []
        if suggestion := choose(text, (), (), suggested):
            text = suggestion.title
        # What may be a yes to a confirmation is heard without a model.
        is_bare = isinstance(at, Confirm) and is_yes(self.text, self.acts)
        spans = {} if is_bare else self.hints.for_flow(opened.name)
        read = partial(read_slots, names=things, today=self.today, ahead=not flow.looks_back)
        found_slots = _with_length(text, read(text)) if "period" in flow.kinds else read(text)
        slots, meant = place_spans(spans, flow, text, found_slots, read)
        if at and not is_question(text) and not any(kinds_of_value(slot, flow) & flow.kinds for slot in slots):
            # "The travel one" is one of the cards, where nothing else goes by that word.
            chosen = choose_by_words(text, offered)
            slots = [Slot(chosen.kind, 0, len(text), text, (chosen,))] if chosen else slots
        if at and choices and choose(text, (), (), [Choice("", title) for title in choices]):
            # "1" and "the 3rd" are places among the choices, and no amount or day besides.
            slots = ()
        heard = filler.hear(text, slots, self.acts, unclear_amounts(text), meant)
        for name, private in find_private(flow, filler.asked, self.raw).items():
            heard.values[name] = self.performer.keep(private)
        self.heard = heard
        return heard

    def clear_named_slots(self, opened: OpenFlow) -> list[str]:
        """Clear the slots that the message wants changed with no new value, and name them: "change the amount"."""
        slots, text = self.project.flows[opened.name].slots, self.text.casefold()
        named = [name for name, slot in slots.items() if name in opened.values and slot.label.casefold() in text]
        self.heard.cleared = named
        return named

    def find_first_named(self, opened: OpenFlow, found: Walk) -> tuple[Named, ...]:
        """Find the records to choose from that the flow's first message named."""
        records = [thing for thing in found.choices.values() if thing.kind == "record"]
        named = [slot.value for slot in find_named(opened.text, records) if isinstance(slot.value, tuple)]
        return tuple(dict.fromkeys(thing for value in named for thing in value))


def _with_length(text: str, slots: Sequence[Slot]) -> Sequence[Slot]:
    """Turn the only day and a length from it into a period: "from May 3 for two weeks"."""
    days = [(slot, slot.value) for slot in slots if isinstance(slot.value, date)]
    last = last_day(text, days[0][1]) if len(days) == 1 else None
    if last is None:
        return slots
    slot, first = days[0]
    return [replace(slot, kind="period", value=Period(first, last)) if one is slot else one for one in slots]
