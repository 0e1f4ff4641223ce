"""Names that fit nothing the customer or the bank has: "at Walmart", "the downtown branch", "account 9047"."""

import re
from collections.abc import Iterator, Sequence

from tellerbot.slots.words import flatten
from tellerbot.types import Slot, SlotKind

# Where a name of somebody to pay follows.
_PAYEE = re.compile(
    r"\b(?:at|on|by|with|for|in|from|about|(?:pay|paid|send|sent|payments?|transfers?|transferred|goes|went|gave) to)"
    r"[ ](?:(?:my|the|a|an|any|all|this|that|our)[ ])*(?P<name>[a-z][\w'&.-]*)(?=(?P<second>[ ][a-z][\w'&.-]*)?)"
)
_BRANCH = re.compile(
    r"\b(?P<name>[a-z][\w'-]*(?:[ ](?:street|road|avenue|square|town|city|mall|side|hill|park))?)[ ]"
    r"(?:branch|location|office)\b"
)
_BRANCH_IN = re.compile(
    r"\b(?:branch|branches|location|office)[ ](?:in|on|at|near)[ ](?:the[ ])?(?P<name>[a-z][\w'-]*)"
)
_ACCOUNT = re.compile(
    r"\b(?:account|acct|card|end(?:s|ing)?(?:[ ](?:in|with))?)[ ](?:number[ ]|no\.?[ ]|#)?(?P<name>\d{4,})\b"
    r"|\b(?P<whose>(?:his|her|their|(?:my[ ])?"
    r"(?!today|yesterday|it|that|what|there|here|who|let|bank|month|week|year)[a-z]{2,}'s)[ ]"
    r"(?:account|balance|savings|checking|money|card))\b"
)
# Words after "at", "on", "for" and so on that name nobody: days, sums, ways, and the customer's own things.
_NOBODY_WORDS = (
    "a about above abroad account accounts acct all alone am amount an and another any anything apr april atm atms aug "
    "august autopay average back balance bank below bill bills both branch budget business but car card cards cash "
    "certain charge charges check checking checks christmas credit cut date day days debit dec december declined "
    "deposit direct due each early earth either else end error ever every everything example fact feb february fees "
    "few file first food fraud free fri friday friend friends fun future general getting go good hand have having here "
    "hers him his hold holiday home hours how i if in instance interest it its jan january jul july jun june just last "
    "late least less life loan long lunch making mall mar march may me meantime mine minimum mo mon monday money month "
    "monthly months more mortgage most my myself new next no nothing nov november now oct october of on one ones "
    "online only open or order other our over page paper part past pay paying payment payments pending people per "
    "person phone please premier process purchase purchases purpose real recent record records red regular rent right "
    "same sat saturday save savings schedule sep sept september several short since so some someone something "
    "somewhere spending standing statement still stuff sun sunday sure tax taxes text than thanks that the their them "
    "then there these they thing things this those thu thursday time times to today tomorrow tonight top total track "
    "transaction transactions transfer transfers trip tue tuesday two uk up us usa vacation way wed wednesday week "
    "weekend weekends weeks well what whatever when where which while who whom why will with work year years yes "
    "yesterday yet you your"
)
_ANY_BRANCH_WORDS = "bigger box closer closest head local main nearby nearest physical post whichever"
_NOBODY, _ANY_BRANCH = frozenset(_NOBODY_WORDS.split()), frozenset(_ANY_BRANCH_WORDS.split())


def find_unknown(text: str, slots: Sequence[Slot]) -> list[Slot]:
    """Return slots without a value, for names of payees, branches and accounts that are none of `slots`.

    Whether such a name matters depends on what is asked: "at the station" is nobody to pay.
    """
    flat = flatten(text)
    taken = [range(slot.start, slot.end) for slot in slots]
    return [slot for slot in _candidates(flat, text) if not any(_meet(slot, place) for place in taken)]


def _candidates(flat: str, text: str) -> Iterator[Slot]:
    for match in _ACCOUNT.finditer(flat):
        yield _slot("account", *match.span("name" if match["name"] else "whose"), text)
    for match in (*_BRANCH.finditer(flat), *_BRANCH_IN.finditer(flat)):
        if set(match["name"].split(" ")) - _NOBODY - _ANY_BRANCH:
            yield _slot("branch", *match.span("name"), text)
    for match in _PAYEE.finditer(flat):
        second = match["second"] or ""
        if match["name"].strip("'.-&") not in _NOBODY:
            end = match.end("name") if second.strip() in _NOBODY else match.end("name") + len(second)
            yield _slot("payee", match.start("name"), end, text)


def _slot(kind: SlotKind, start: int, end: int, text: str) -> Slot:
    return Slot(kind, start, end, text[start:end], ())


def _meet(slot: Slot, place: range) -> bool:
    return slot.start < place.stop and place.start < slot.end
