"""Whether a bare number is an amount of money: by the words before and after it."""

import re
from decimal import Decimal

_VERB = (
    r"(?:transfer|send|sent|pay|paid|spend|spent|withdraw|withdrew|deposit|move|put|invest|borrow|owe|owed|costs?|charged?|"
    r"lend|save|give|gave|wire|zelle|take out|receive|raise|earn|lost|refund|top up|"
    r"sending|paying|spending|withdrawing|depositing|moving|putting|transferring|transferred|withdrawn|deposited|moved|"
    r"received|refunded)"
)
# What is got, wanted or needed may be things as well.
_WEAK_VERB = r"(?:get|got|add|buy|need|want|bring|take|with)"
_NOUN = (
    r"(?:amount|total|sum|limit|balance|fee|charge|payment|transfer|deposit|loan|withdrawal|refund|bill|mortgage|price|"
    r"credit|debit|overdraft|purchase|transaction|order|money|cash|worth)"
)
_SIZE = (
    r"(?:(?:more|less|greater|larger|bigger|higher|lower) than|over|under|above|below|at (?:least|most)|up to|about|"
    r"around|only|exactly|just|another|exceeding|almost|nearly|like|roughly)"
)
_WHO = r"(?:him|her|them|me|you|us|a|the|my|their)"
_LEADS_TO_MONEY = re.compile(
    rf"(?:\b{_VERB}(?:[ ]{_WHO})?(?:[ ]{_SIZE}){{0,2}}"
    rf"|\b{_NOUN}s?(?:[ ](?:of|is|was|to|for|at|by|from|only|be|worth)){{0,3}}(?:[ ]{_SIZE})?|\bworth)[ ]$"
)
_MAY_LEAD = re.compile(rf"\b(?:{_SIZE}|{_WEAK_VERB}(?:[ ]{_WHO})?)[ ]$")
# Words that may follow an amount; any other is what the number counts.
_WORDS_AFTER = (
    "to from in on for at into onto each every per out back please there here with by using via than as today tomorrow "
    "yesterday last this next between more extra off now is was right then since until when if how ok through during "
    "over under instead monthly straight it do does will would can also total again that which because but so went go "
    "goes came"
)
_AFTER_AMOUNT = re.compile(
    rf"[ ]{{0,3}}(?:$|[.,;:?!)](?!\d))|[ ](?:{_WORDS_AFTER.replace(' ', '|')}|(?:and|or)(?![ ]\d)|of my|a month)\b"
)
_THING_AFTER = re.compile(
    r"[ ](?:[a-z]{1,20}[ ])?(?:transfer|payment|deposit|withdrawal|refund|loan|limit|overdraft|balance|bill|charge|fee|"
    r"purchase|transaction|mortgage|debit|order)\b"
)
_ONE_THING = re.compile(r"\b(?:a|an|the|my|that|this|another)[ ]$")
_WITH_CENTS_OR_SCALE = re.compile(r"\d\.\d\d$|\d ?[km]$|(?:grand|lakhs?|lacs?|crores?|mil|million|hundred|thousand)$")
# Digits after these name a thing.
_NAMES = re.compile(
    r"(?:\bend(?:ing|s)?(?:[ ](?:in|with|on))?|\blast[ ](?:four|4)(?:[ ]digits?)?|\b(?:digits|number|no\.?|card|"
    r"account|acct|code|ref|reference|pin|id|form|step|option|page|flat|apt|unit|route|section|zip|postcode|phone))"
    r"(?:[ ](?:is|are|was))?[ ]$|[#*]$"
)
_NAMES_NEXT = re.compile(r"[ ](?:digits\b|(?:is|are)[ ]\d{4}\b)")
_WINDOW = 48
_LEAST_SUM = 10


def is_name(flat: str, start: int, end: int) -> bool:
    """Return whether a number names a thing, or announces one that does: `card ending 5512`, `last four digits`."""
    return bool(_NAMES.search(flat[max(0, start - _WINDOW) : start]) or _NAMES_NEXT.match(flat, end))


def is_money(flat: str, start: int, end: int, value: Decimal) -> bool:
    """Return whether the bare number from `start` to `end` of a text in lower case is an amount of money.

    "Send 400 to Ann", "more than 400", "a 400 transfer", "5k", "85.31"; not "the last 5 transactions", "3 times".
    """
    if value <= 0:
        return False
    before = flat[max(0, start - _WINDOW) : start]
    closed, thing = bool(_AFTER_AMOUNT.match(flat, end)), bool(_THING_AFTER.match(flat, end))
    if _WITH_CENTS_OR_SCALE.search(flat[start:end]):
        return closed or thing
    leads = bool(_LEADS_TO_MONEY.search(before))
    if thing:
        return value > 1 and (leads or bool(_ONE_THING.search(before)))
    return closed and (leads or (value >= _LEAST_SUM and bool(_MAY_LEAD.search(before))))
