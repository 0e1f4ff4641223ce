"""A larger model proposes how a message is read; the small models' reading counts where it is slow, away or senseless.

A proposal changes readings and acts, and for which slot of a flow words of the message are. Plain code decides as
ever: it reads every value from the message, shows it, and waits for the yes to it. A model can confirm nothing, skip no
step, and keep nothing from a person that the small models would pass on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from tellerbot.assistant.message import CODE_MASK
from tellerbot.assistant.proposal import Menu, ReadingProposal, SenselessError, check
from tellerbot.assistant.understand import Reader
from tellerbot.conversation.choose import choose
from tellerbot.conversation.flows.route import is_no, is_yes, leaves
from tellerbot.conversation.reading import NO_HINTS, Hints, Reading
from tellerbot.conversation.state import State
from tellerbot.errors import UnavailableError
from tellerbot.types import Named

if TYPE_CHECKING:
    from tellerbot.assistant.proposer import Proposer


@dataclass(frozen=True, slots=True)
class MessageReading:
    """A message as it was understood: its parts, its acts, and a model's hints; `by` is that model, "" for none."""

    readings: Sequence[Reading]
    acts: tuple[str, ...]
    hints: Hints = NO_HINTS
    by: str = ""


def understand(
    reader: Reader,
    proposer: "Proposer | None",
    text: str,
    state: State,
    names: Sequence[Named],
    today: date,
    note: Callable[[str], None],
) -> MessageReading:
    """Read a masked message as a model proposes, or as the small models read it.

    No model is asked where there is none, nor where plain code reads all of the message.
    """
    own = MessageReading(*reader.read(text, state, names, today))
    if proposer is None or _is_plain(text, state):
        return own
    try:
        found = merge(proposer.propose(text, state), own, text, state, reader, proposer.menu, names, today)
    except UnavailableError as error:
        note(f"the model was away: {error}")
        return own
    except SenselessError as error:
        note(f"the model was senseless: {error}")
        return own
    note(f"proposed by {proposer.name}")
    return MessageReading(found.readings, found.acts, found.hints, proposer.name)


def merge(
    proposal: ReadingProposal,
    own: MessageReading,
    text: str,
    state: State,
    reader: Reader,
    menu: Menu,
    names: Sequence[Named],
    today: date,
) -> MessageReading:
    """Read a message as a model proposes, within the bounds of the small models' `own` reading.

    Raises SenselessError for a proposal that does not fit the message or the project.
    """
    hints = check(proposal, text, menu, state)
    is_passed_on = any(map(reader.passes_on, own.readings))
    readings = own.readings if is_passed_on else reader.read_proposed(proposal.parts, state, names, today)
    # A yes counts only as the small models hear it, with all that they hear beside it.
    is_yes_heard = "affirm" in own.acts
    kept = [act for act in own.acts if is_yes_heard or reader.is_alarm(act)]
    proposed = [act for part in proposal.parts for act in part.acts]
    return MessageReading(readings, tuple(dict.fromkeys([*kept, *proposed])), hints)


def _is_plain(text: str, state: State) -> bool:
    """Return whether plain code reads all of a message: a yes, a no, a code, a choice by its place or name."""
    is_answer = is_yes(text, ()) or is_no(text) or leaves(text, ())
    return is_answer or CODE_MASK in text or choose(text, (), (), state.choices) is not None
