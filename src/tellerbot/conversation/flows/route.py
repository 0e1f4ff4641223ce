"""What a message does to the flow that is open."""

import re
from collections.abc import Collection
from typing import Literal

from tellerbot.conversation.flows.hear import FlowInput
from tellerbot.conversation.reading import is_question
from tellerbot.types import Text

# confirm and deny answer a confirmation, give gives or corrects values, code is a one-time code, resend asks for a new
# one, make asks for what is to be chosen to be made first, change says that something is wrong but not what, repeat
# asks what a confirmation says, and cancel leaves the flow. Of other the flow has no use.
Move = Literal["confirm", "deny", "give", "code", "resend", "make", "change", "repeat", "cancel", "other"]

_FEW, _A_NAME = 8, 4
_FINE = (
    r"(?:(?:that|it|this|everything|all|you)(?:['’]?s|['’]?re| is| are| looks| sounds| seems| would be)?|sounds|looks) "
    r"(?:exactly |all )?(?:what i want(?:ed)?(?: to do)?|right|correct|accurate|good|great|fine(?: with me)?|perfect|"
    r"confirmed)"
)
# "Do the transfer" is a yes, "do the other" and "make the change" are none.
_THE = (
    r"the (?!(?:others?|first|second|third|last|latter|former|next|opposite|reverse|rest|same|half|wrong|changes?|"
    r"corrections?|cancell?ations?)\b)\w+"
)
_YES = re.compile(
    r"[^\w?]*(?:yes|yep|yeah|yup|ye|sure|ok|okay|correct|right|perfect|great|exactly|absolutely|definitely|of course|"
    r"(?:i )?confirm(?:ed)?(?: it| that)?|go ahead|do it|you got it|approved|"
    rf"please do|{_FINE}|make {_THE})"
    r"(?:[^\w?]+(?:yes|yep|yeah|please|thanks|thank you|correct|right|perfect|great|good|confirm(?:ed)?|i confirm|"
    r"exactly|absolutely|definitely|of course|you got it(?: right)?|"
    r"it is|i do|approved|that(?:['’]?s| is) it|"
    rf"go ahead|(?:and )?(?:do|send|make|submit|proceed with) (?:it|that|{_THE})|i(?: would|['’]d) like to confirm"
    rf"(?: {_THE}| it| that)?|{_FINE}|all the details(?: you have)? are correct|proceed))*[^\w?]*",
    re.IGNORECASE,
)
_FIRST = re.compile(r"\s*(?:(?:the|option|number) )?(?:1|first)(?: (?:one|option))?[\s.!]*", re.IGNORECASE)
# A longer yes begins as one, and has no word that may mean something else.
_BEGINS = re.compile(r"\W*(?:yes|yep|yeah|yup|sure|ok|okay|go ahead|do it|please do|confirm)\b", re.IGNORECASE)
_PLAIN_WORDS = (
    "absolutely accept agree agreed ahead all am approve are button confirm confirmed correct course definitely "
    "do everything exactly fine go good great i i'd i'm is it it's just like looks make me much my now of ok okay "
    "payment perfect please press proceed process ready right send sounds submit sure thank thanks that "
    "that's the this to transfer transaction very want wanted would yeah yep yes you yup"
)
_PLAIN = frozenset(_PLAIN_WORDS.split())
_NO = re.compile(
    r"\W*(?:no|nope|nah|not now|don['’]?t)(?:\W+(?:thanks|thank you|leave it|don['’]?t|do (?:it|that)|please))*\W*",
    re.IGNORECASE,
)
_LEAVE = re.compile(
    r"\W*(?:(?:no|ok|actually|please|wait|oh|just)\W+)*"
    r"(?:cancel|stop|never ?mind|forget (?:it|that|about it)|leave it|quit|abort|exit|"
    r"(?:i )?(?:changed|change) my mind|i don['’]?t want (?:to|it|that)(?: any ?more)?|don['’]?t do (?:it|that))"
    r"(?:\W+(?:it|that|this|all|everything|please|now|the (?:\w+ )?\w+))*\W*",
    re.IGNORECASE,
)
# Who is not sure neither agrees nor leaves.
_UNSURE = re.compile(
    r"\W*(?:maybe|perhaps|possibly|not sure|i(?:['’]m| am) not sure|hm+|let me think|i think)\b", re.IGNORECASE
)
_AGAIN = re.compile(
    r"\b(?:(?:re)?send (?:it|me|the code|another|a new|again)|resend|(?:new|another) code|no code|"
    r"(?:did ?n['’]?t|did not|have ?n['’]?t|have not|never) (?:get|got|received?|come|arrived?))\b",
    re.IGNORECASE,
)
_CHANGE = re.compile(
    r"\W*(?:no\W+)?(?:(?:i )?(?:want|need|would like) to )?(?:change|correct|edit)"
    r"(?: (?:it|that|this|something|the (?:\w+ ?){1,2}))?\W*"
    r"|\W*(?:that(?:['’]?s| is) (?:wrong|not right)|something is wrong)\W*",
    re.IGNORECASE,
)


def is_yes(text: str, acts: Collection[str]) -> bool:
    """Return whether a message says yes and nothing besides; what a model hears in it is not enough."""
    words = re.findall(r"[\w']+", text.casefold().replace("’", "'"))
    begins = bool(_BEGINS.match(text)) and _PLAIN.issuperset(words)
    return bool(_YES.fullmatch(text)) or (begins and "affirm" in acts and "deny" not in acts and _is_bare(text))


def begins_with_no(text: str) -> bool:
    """Return whether a message begins with a no, whatever follows."""
    return bool(re.match(r"\W*(?:no|nope|nah|not)\b", text, re.IGNORECASE))


def takes_first(text: str, title: str) -> bool:
    """Return whether a message surely takes the first choice: by its exact title but for case, or as 1."""
    return bool(_FIRST.fullmatch(text)) or text.casefold().strip(" .!") == title.casefold().strip(" .!")


def leaves(text: str, acts: Collection[str]) -> bool:
    """Return whether a message leaves what is under way: "cancel", "never mind"."""
    return bool(_LEAVE.fullmatch(text)) or ("cancel" in acts and _is_bare(text) and not _UNSURE.match(text))


def is_no(text: str) -> bool:
    """Return whether a message says no and nothing besides."""
    return bool(_NO.fullmatch(text))


def route_code(text: str, acts: Collection[str], has_code: bool) -> Move:
    """Find what a message does where a one-time code is asked for; `has_code`: it holds one."""
    if has_code:
        return "code"
    if leaves(text, acts) or is_no(text):
        return "cancel"
    return "resend" if _AGAIN.search(text) else "other"


def route_confirmation(text: str, acts: Collection[str], heard: FlowInput, has_changed: bool) -> Move:
    """Find what a message does to a confirmation; `has_changed`: it gives other values than those to confirm."""
    if heard.problem or heard.several or heard.unknown or heard.cleared or has_changed:
        return "give"
    if leaves(text, acts):
        return "cancel"
    if is_yes(text, acts):
        return "confirm"
    if _CHANGE.fullmatch(text):
        return "change"
    if is_no(text) or ("deny" in acts and _is_bare(text) and not _UNSURE.match(text)):
        return "deny"
    if not heard.values or not _is_bare(text) or len(text.split()) > _A_NAME:
        return "other"
    # "The travel card", where that is to be confirmed, is no other wish; "not the travel card" is one for a change.
    return "change" if begins_with_no(text) else "repeat"


def route_answer(text: str, acts: Collection[str], heard: FlowInput) -> Move:
    """Find what a message does where a slot is asked for."""
    # "Never mind" is no address, and no name of a payee.
    is_free = bool(heard.values) and all(isinstance(value, Text) for value in heard.values.values())
    if (leaves(text, acts) and not heard.values) or (is_free and _LEAVE.fullmatch(text)):
        return "cancel"
    if heard and not (is_question(text) and not heard.values):
        return "give"
    return "other"


def _is_bare(text: str) -> bool:
    """Return whether a message is short and asks nothing."""
    return len(text.split()) <= _FEW and not is_question(text)
