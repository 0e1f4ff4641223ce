"""Whether a message goes on with the question before it, and what it keeps of it."""

import re
from collections.abc import Sequence

from tellerbot.conversation.aspects import find_aspects
from tellerbot.phrases import blank_phrases
from tellerbot.types import Slot, SlotKind

_LEADS = re.compile(
    r"^\W*(?:(?:ok|okay|so|hm+|oh|yes|no|well|thanks|thx)\b[\s,.!]*)*"
    r"(?:and|what about|whatabout|wbt|how about|what of|same (?:for|with)|also|but|plus|then|or|for|in|on|from|with|"
    r"only|just|what if|vs|versus|compared)\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"^\W*(?:and )?(?:vs|versus|compared (?:to|with)|against|than)\b"
    r"|^\W*(?:and |so )?(?:is|was|were|are) (?:that|it|this|they|those) (?:\w+ )?"
    r"(?:more|less|higher|lower|up|down|worse|better)\b",
    re.IGNORECASE,
)
_WIDENS = re.compile(
    r"\b(?:all (?:together|of (?:them|it|my))|altogether|everything|both|in (?:all|total)|combined|total)\b",
    re.IGNORECASE,
)
# "This year" and "is there" point to nothing.
_UNITS = "year|month|week|weekend|quarter|morning|afternoon|evening|summer|winter|spring|fall|time"
_POINTS_BACK = re.compile(
    rf"\b(?:it|its|that|that's|this(?! (?:{_UNITS})\b)|those|these|them|they|same|instead|else|both|either"
    r"|(?<!is )(?<!are )there(?! (?:is|are|was|were)\b)|(?:the )?others?"
    r"|the (?:same|first|second|last|previous) (?:one|ones|two))\b",
    re.IGNORECASE,
)
# Words that say nothing by themselves beside the slots of a message, and those that name what it asks.
_SMALL = re.compile(
    r"a|about|account|accounts|actually|again|all|also|an|and|are|as|at|be|before|but|by|can|card|did|do"
    r"|does|else|for|from|had|has|have|higher|how|i|if|in|is|it|its|just|kind|less|lower|me|mean|meant|mine|month|more|my|no|now"
    r"|of|off|ok|okay|on|one|ones|only|or|other|our|over|please|pls|plz|plus|rather|said|same|see|show|so|some"
    r"|sorry|tell|than|thanks|that|the|their|them|then|there|these|they|this|those|to|too|up|us|wait|was|we|week|well"
    r"|were|what|whats|when|which|will|with|would|yeah|year|years|yes|you|your"
)
_ASPECTS = re.compile(
    r"apy|best|better|charge|closed|closes|cost|costs|day|days|fast|fee|fees|hours|how|interest"
    r"|limit|limits|long|many|max|maximum|min|minimum|much|opens|price|quick|rate|rates|soon|take"
    r"|takes|time|times|when|where|which|why"
)
# A day asked for takes the place of a month, a payee that of a category, a bare number that of an amount.
_FAMILIES: tuple[set[SlotKind], ...] = ({"date", "period", "time"}, {"payee", "category"}, {"money", "count"})


def leads_on(text: str) -> bool:
    """Return whether a message begins as one that goes on: "and ...", "what about ...", "in march"."""
    return bool(_LEADS.match(text))


def compares(text: str) -> bool:
    """Return whether a message sets something against what was asked before: "vs october?"."""
    return bool(_COMPARES.match(text))


def widens(text: str) -> bool:
    """Return whether a message asks for all of what the question before asked of one: "so how much all together"."""
    return bool(_WIDENS.search(text))


def points_back(text: str) -> bool:
    """Return whether a message names something from before: "it", "the other one", "the same"."""
    return bool(_POINTS_BACK.search(text))


def is_elliptical(text: str, slots: Sequence[Slot], words: Sequence[str] = ()) -> bool:
    """Return whether a message holds only slots, some of `words`, what it asks of its subject, and small words."""
    bare = blank_phrases(text, words)
    if not slots and bare == text and not find_aspects(text):
        return False
    rest = list(bare.casefold())
    for slot in slots:
        rest[slot.start : slot.end] = " " * (slot.end - slot.start)
    words = re.findall(r"[^\W_]+", "".join(rest).replace("'", "").replace("’", ""))
    return all(_SMALL.fullmatch(word) or _ASPECTS.fullmatch(word) for word in words)


def without_things(slots: Sequence[Slot]) -> tuple[Slot, ...]:
    """Return the slots that name no account, card or product."""
    return tuple(slot for slot in slots if not {"account", "card", "product"} & kinds_of([slot]))


def merge_slots(before: Sequence[Slot], now: Sequence[Slot]) -> tuple[Slot, ...]:
    """Return the slots of a follow-up: its own, and those before that are of no kind of its own."""
    kinds = kinds_of(now)
    for family in _FAMILIES:
        kinds |= family if kinds & family else set()
    return (*(slot for slot in before if not kinds & kinds_of([slot])), *now)


def kinds_of(slots: Sequence[Slot]) -> set[SlotKind]:
    """Return the kinds of what slots give; one that fits several things may give several."""
    kinds: set[SlotKind] = set()
    for slot in slots:
        kinds |= ({named.kind for named in slot.value} if isinstance(slot.value, tuple) else set()) or {slot.kind}
    return kinds
