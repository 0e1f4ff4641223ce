"""Whether a message asks what the confirmation before it says already: "which account is it coming from?"."""

import re
from collections.abc import Collection

_MOST_WORDS = 10
_LEAD = r"\W*(?:(?:wait|sorry|ok|okay|hang on|hold on|and|so|but|um|oh|first|remind me|tell me)\b\W*)*"
_BEGINS = re.compile(
    rf"{_LEAD}(?:what|which|who|whom|where|how much|when|(?:from|to) which|to whom)\b(?![^.?!]*[.?!]\s*\w)",
    re.IGNORECASE,
)
# What asks for a value without its name.
_BARE = re.compile(
    rf"{_LEAD}(?:how much|who|whom|where|when)(?:['’]?s| (?:is|was|did|will|does))? "
    r"(?:it|that|this|i|again|the money)\b",
    re.IGNORECASE,
)
# What says that it is about what was just read, and what no confirmation says.
_BACK = re.compile(
    r"\b(?:it|this|that|again|(?:did|do|had) (?:i|you|we) (?:say|put|choose|pick|enter|set|give)|"
    r"i (?:said|say|put|chose|picked|choose)|was the|were the)\b",
    re.IGNORECASE,
)
_MORE_WORDS = (
    "arrive arrives available balance cancel close cost costs fee fees happen happens land lands last left mean means "
    "meant my need open paid pay paycheck process reach spend spent stop take takes talk there undo use"
)
_MORE = frozenset(_MORE_WORDS.split())
_INSIDE = re.compile(r"\bin (?:it|that|this|the)\b", re.IGNORECASE)
_VALUES = {"account", "amount", "card", "date", "day", "payee", "branch", "address"}
# Words of labels that any question may have.
_COMMON = {"a", "about", "from", "how", "much", "new", "of", "often", "the", "to", "what", "when", "where", "which"}


def asks_back(text: str, labels: Collection[str]) -> bool:
    """Return whether a message asks for a value that a confirmation has just repeated; `labels` name these values."""
    words = re.findall(r"\w+", text.casefold())
    if not _BEGINS.match(text) or _MORE & {*words} or _INSIDE.search(text) or len(words) > _MOST_WORDS:
        return False
    names = ({word for label in labels for word in label.casefold().split()} | _VALUES) - _COMMON
    return bool(_BACK.search(text)) and (not names.isdisjoint(words) or bool(_BARE.match(text)))
