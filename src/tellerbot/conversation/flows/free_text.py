"""What a flow takes from a message word for word: text after a cue, added text, the number of a check."""

import re
from collections.abc import Collection, Sequence

# What ends a free text within a message: another clause, but no comma of a list and no dot of "St. Lucia".
_ENDS = re.compile(
    r"(?<=\w{4})\.(?=\s|$)|[;!?\n]"
    r"|,\s*(?=(?:i|we|my|our|you|can|could|please|pls|so|because|but|then|also|what|how|is|set|put|book|thanks|from|on|"
    r"next|this|starting|until|and (?:i|we|my|please|can))\b)"
    r"|\b(?:please|pls|thanks|because|so that|but|for \d|for (?:a|one|two|three|about)|"
    r"and (?:then|i|my|can|please|want|will|need|would))\b",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"(?:[\s,]+(?:on|at|in|for|from|this|next|the|my|and|to|with|by))+$|[\s,.]+$", re.IGNORECASE)
# Words that begin what somebody does or what the message is about, and no text that it gives: "going to be away".
_OTHER_WORDS = (
    "able account all apply ask be begin both call cancel card cards check credit debit do fine find freeze get give "
    "go good have help i it just know leave let looks lose make me miss need next no not ok pay right see send set "
    "spend start stay stop take talk thanks that them there this travel trip try update use visit want we what yes "
    "you your"
)
_ARTICLE = re.compile(r"^(?:(?:the|an?|my|our)\b\s*)+")
_OTHER = frozenset(_OTHER_WORDS.split())
# Words of other wishes: "also my card was stolen".
_WISHES = {"balance", "lost", "my", "new", "order", "stolen", "transfer", "was"}
_WORDS = r"[^\W\d][\w'’-]*(?: [\w'’-]+){0,2}"
_ADDED = re.compile(
    r"\W*(?:(?:please|and|oh|also|then|plus|actually|(?:we|i)(?:['’](?:re|m|ll))?|are|am|going|will|be|in|to|visiting|"
    rf"visit|add|include)\W+)*(?P<more>{_WORDS})\W+(?:too|also|as well)(?:\W+(?:please|pls|thanks))?\W*"
    rf"|\W*(?:please\W+)?(?:also|plus|and also)(?:\W+(?:add|include|in|to))?\W+(?P<also>{_WORDS}?)"
    r"(?:\W+(?:please|pls|thanks))?\W*",
    re.IGNORECASE,
)
_DIGITS = r"(?P<{name}>\d{{2,6}})(?!\w|[.,/-]\d|\s*(?:dollars|bucks|usd)\b)"
_CHECK = re.compile(
    r"\b(?:check|cheque|chk|ck)\b\s*,?\s*(?:(?:with )?(?:the )?(?:number|num|no\.|nr\.?)\s*:?\s*(?:is\s+)?)?[#:\s]*"
    + _DIGITS.format(name="after"),
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?:#|(?<!account )(?<!card )(?<!phone )(?<!routing )\b(?:number|num|no\.|nr\.?)(?: is)?)\s*"
    + _DIGITS.format(name="of"),
    re.IGNORECASE,
)


def find_cued(text: str, cues: Sequence[str], starts: Collection[int]) -> str:
    """Find the words after the last of a slot's `cues`: "book me in about a loan on Friday"; "" where there are none.

    They end where another value `starts`, or another clause.
    """
    any_cue = "|".join(map(re.escape, cues))
    found = [*re.finditer(rf"\b(?:{any_cue})\s+", text, re.IGNORECASE)] if cues else []
    for match in reversed(found):
        end = min((start for start in starts if start >= match.end()), default=len(text))
        words = _ENDS.split(text[match.end() : end], maxsplit=1)[0]
        words = _TRAILING.sub("", words.strip())
        first = _ARTICLE.sub("", words.casefold()).split()[:1]
        if first and first[0] not in _OTHER:
            return words
    return ""


def find_added(text: str) -> str:
    """Find what a message adds to a free text, "" where it adds nothing: "add France too"."""
    match = _ADDED.fullmatch(text)
    words = ((match["more"] or match["also"]) if match else "").strip()
    return "" if (_OTHER | _WISHES) & {*words.casefold().split()} else words


def find_check(text: str, *, is_known: bool) -> tuple[str, int, int] | None:
    """Find the number of a check and its place: "check #1043", or "number 1043" where none `is_known` yet."""
    for pattern in (_CHECK,) if is_known else (_CHECK, _NUMBER):
        found = [*pattern.finditer(text)]
        if len(found) == 1:
            return found[0][1], *found[0].span(1)
    return None
