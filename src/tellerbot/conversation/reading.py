"""A part of a message as it was understood, and whether it asks for something."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tellerbot.conversation.aspects import find_aspects
from tellerbot.types import Choice, Slot, Understanding

# Acts that are questions themselves.
_QUESTIONS = {"confused", "repeat", "who_are_you", "doubt"}
# Words of a message that is only an act, such as "ok thanks a lot", and the confidence in an intent that makes it more.
_FEW, _QUITE_SURE = 6, 0.8
_FILLERS = "ok|okay|fine|so|and|but|yes|no|well|oh|right|great|thanks|thank you|hey|hi|hello|haha|lol"
# "How rude" and "what a joke" ask nothing.
_FEELINGS = "rude|nice|kind|dare|lovely|sad|stupid|ridiculous|funny|annoying|sweet|awful|embarrassing"
_QUESTION = re.compile(
    rf"\W*(?:(?:{_FILLERS})\b\W*)*(?:(?:what(?! a\b)|who|which|when|where|why|how(?! (?:{_FEELINGS})))(?:['’]?s)?"
    r"|(?:is|are|am|was|were|do|does|did|can|could|will|would|should) "
    r"(?:i|you|u|we|it|that|this|these|those|the|there|my|your|ur|they|he|she|any)(?!\W*$))\b",
    re.IGNORECASE,
)
# A polite request, and what makes it one for information after all.
_POLITE = re.compile(
    r"(?:\W*(?:hi|hello|hey|ok|okay|so|and|also|then|now|yes|well|first|please|pls|plz)\b)*\W*"
    r"(?:(?:can|could|would|will) (?:you|u|ya)|(?:i|we)(?:['’]?d like| would like| want| need| wanna| gotta| have to|"
    r" must)|let(?:['’]s| me| us)|help me|go ahead|time to)\b",
    re.IGNORECASE,
)
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+")
_ASKS = re.compile(
    rf"\W*(?:(?:{_FILLERS})\b\W*)*(?:is|are|am|was|were|does|did|has|should|must|may|can|could|will|would|any way)\b",
    re.IGNORECASE,
)
_INFORMS = re.compile(
    r"\b(?:tell|explain|show me how|know|understand|find out|learn|wondering|ask|advise|how (?:do|can|to|would|should|"
    r"long|much|many)|what|why|where|whether|which)\b",
    re.IGNORECASE,
)
# By how much an intent that passes its customer on must be the likeliest.
_LEAD = 0.15


@dataclass(frozen=True, slots=True)
class Reading:
    """A part of a message, understood in the light of the conversation; `said` is what the customer typed of it."""

    text: str
    said: str
    understanding: Understanding
    slots: tuple[Slot, ...] = ()
    follows: bool = False


@dataclass(frozen=True, slots=True)
class Hints:
    """What a model proposes of a message beside its readings and acts.

    `choice` is one of those offered, and `start` a flow, "" for none. `spans` are words of the message, each after the
    slot of a flow that they are for: `("transfer.to", "my savings")`.
    """

    choice: Choice | None = None
    start: str = ""
    spans: tuple[tuple[str, str], ...] = ()

    def for_flow(self, flow: str) -> dict[str, str]:
        """Return the words for each slot of a flow; of several for one slot the first."""
        own = [(slot.partition("."), words) for slot, words in self.spans]
        return {name: words for (owner, _, name), words in reversed(own) if owner == flow}


NO_HINTS = Hints()


def leads(found: Understanding) -> bool:
    """Return whether the likeliest intent is so by far."""
    others = [probability for intent, probability in found.ranking if intent != found.intent]
    return found.confidence - max(others, default=0.0) >= _LEAD


def is_question(said: str) -> bool:
    """Return whether a text asks something, by its sign, its aspects or its first word."""
    return "?" in said or bool(find_aspects(said)) or bool(_QUESTION.match(said))


def is_request(said: str) -> bool:
    """Return whether a text wants something done: "move 50 to savings", "can you freeze my card", "I lost my card"."""
    # "My teenager has my card. Can you switch it off? I'll want it back": one sentence of several may be the request,
    # where none besides is a question: "How much is a wire? I need to send one."
    sentences = [(part, _POLITE.match(part)) for part in _SENTENCES.split(said)]
    polite = [(part, found) for part, found in sentences if found]
    if polite:
        is_asked = any(is_question(part) for part, found in sentences if not found)
        return not is_asked and any(not _INFORMS.search(part[found.end() :]) for part, found in polite)
    asks = _QUESTION.match(said) or _ASKS.match(said) or _INFORMS.match(said.strip())
    return "?" not in said and not asks


def is_long_question(said: str) -> bool:
    """Return whether a text asks something in more than a few words."""
    return is_question(said) and len(said.split()) > _FEW


def is_own(reading: Reading) -> bool:
    """Return whether a reading quite surely asks, in more than a few words, for something that it names itself."""
    if len(reading.said.split()) <= _FEW:
        return False
    return not reading.follows and reading.understanding.confident and reading.understanding.confidence >= _QUITE_SURE


def is_asked(reading: Reading, acts: Sequence[str]) -> bool:
    """Return whether a reading asks for something; a few words that do an act do not, unless they quite surely ask."""
    found = reading.understanding
    asks = is_question(reading.said) and not _QUESTIONS & {*acts}
    is_short = len(reading.said.split()) <= _FEW and not asks
    if acts and not reading.follows and found.confidence < _QUITE_SURE and is_short:
        return False
    return found.in_scope or reading.follows
