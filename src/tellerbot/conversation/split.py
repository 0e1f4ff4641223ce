"""A message -> the questions and requests in it, where it holds several."""

import re

# How many are answered at once: nobody reads ten answers.
MOST_PARTS = 5
_ENDS = re.compile(r"(?<=[?!;])\s+|(?<=[a-z0-9)]\.)\s+|\s*\n+\s*")
# A clause of its own begins with a question word, a helping verb with its subject, or a request.
_CLAUSE = (
    r"how|what(?:'s|s)?|when(?:'s|s)?|where(?:'s|s)?|why|which|who|"
    r"(?:is|are|was|were|do|does|did|can|could|will|would|should|may)\s+(?:i|you|there|it|that|my|the|this|these|they|we)|"
    r"i(?:'d|'m)?\s+(?:want|need|would|like|also|lost|have|cant|can't)|please|show|tell|give|also|"
    r"(?:freeze|unfreeze|transfer|move|send|pay|activate|book|dispute)(?=\s+\w)"
)
_JOINTS = re.compile(
    rf"\s*(?:,|;|\band\b|\bn\b|\bthen\b|\balso\b|\bplus\b|&)+\s+(?=(?:and\s+|also\s+)?(?:{_CLAUSE})\b)", re.IGNORECASE
)
_SUBORDINATE = re.compile(
    r"\b(?:know|wonder(?:ing)?|tell me|ask(?:ing)?|see|understand|find out|and|or|if|because|that|said)\s*$",
    re.IGNORECASE,
)
# "If I paid the card today, would I still have enough?" is one question, and so is "say I ...".
_CONDITION = re.compile(
    r"\W*(?:(?:and|so|but|ok|also)\W+)*(?:if|say|suppos(?:e|ing)|assuming|in case)\b", re.IGNORECASE
)


def split_message(text: str) -> list[str]:
    """Split a message into its parts, in order; one question is one part.

    Parts end with sentences, and before clauses that ask anew: "what's the fee and how long does it take".
    """
    parts: list[str] = []
    for sentence in _ENDS.split(text.strip()):
        start = 0
        for joint in _JOINTS.finditer(sentence):
            head = sentence[start : joint.start()]
            is_condition = joint[0].strip() == "," and _CONDITION.match(head)
            is_word = len(sentence[joint.end() :].split()) < 2
            if len(head.split()) > 1 and not is_word and not is_condition and not _SUBORDINATE.search(head):
                parts.append(head)
                start = joint.end()
        parts.append(sentence[start:])
    kept = [part for part in (part.strip(" ,;&") for part in parts) if re.search(r"\w", part)]
    return kept or [text.strip()]
