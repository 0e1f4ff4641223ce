"""What a message asks of its subject: how much, when, how long, why, ..."""

import re

from tellerbot.types import Aspect

# The most telling first: "how long" is more than "how".
_FORMS: dict[Aspect, str] = {
    "how_long": r"how (long|fast|quick|quickly|soon|many (business |working )?days)|"
    r"time (it|does it) takes?|takes? long|duration|processing time",
    "minimum": r"minimums?|min\b|at least|least (i|amount|deposit|balance)|smallest (amount|deposit)|"
    r"to (open|start)( it)? with",
    "limit": r"limits?|max(imum)?|the most|at most|up to how (much|many)|highest amount",
    "rate": r"rates?|apy|apr|interest|percent(age)?|how much (does|do|will) .{1,40}\b(pay|earn|yield)",
    "how_much": r"how much|cost(s|ing)?|price|fees?\b|charge(s|d)?\b|expensive",
    "when": r"when|what (time|day|date)|by which (day|date)|which day|how late|how early|opening hours|hours|"
    r"on (mon|tues|wednes|thurs|fri|satur|sun)days?|open (on|today|tomorrow|now)",
    "where": r"where|which branch|near(est|by)?|address|location",
    "why": r"why|how come|what for|reason",
    "which": r"which|what kinds?|what types?|what sort|best|better|difference|differ|compare|versus|vs\b",
    "can_i": r"(can|could|may) (i|we|you|my)|am i (able|allowed)|is it (possible|allowed|ok)|possible to|"
    r"do you (offer|have|allow)|eligible|qualify",
    "how_to": r"how (do|can|to|would|should|does|could)|what do i (do|need)|steps?|show me how",
}
_PATTERNS: dict[Aspect, re.Pattern[str]] = {
    aspect: re.compile(rf"\b(?:{form})", re.IGNORECASE) for aspect, form in _FORMS.items()
}


def find_aspects(text: str) -> tuple[Aspect, ...]:
    """Find the aspects that a message asks about, in its order; none where it only names a subject.

    Of those that begin at one place the most telling comes first.
    """
    plain = text.replace("’", "'")
    places: dict[Aspect, int] = {}
    for aspect, pattern in _PATTERNS.items():
        if match := pattern.search(plain):
            places[aspect] = match.start()
    return tuple(sorted(places, key=places.__getitem__))
