"""What the words around a number say that it is."""

import re
from bisect import bisect_right
from typing import Literal

Role = Literal["", "card", "phone", "SSN", "other", "amount"]

_REACH = 64
# Words that only name references.
_NAMES = """ref refs references parcel parcels shipment policy policies transaction transactions confirmation
    reservation receipt receipts cheque cheques sku serial coupon voucher contract waybill aba isbn imei vin po inv ord
    txn trx rma barcode ups fedex dhl usps awb"""
# Verbs too, so none behind "please", "to" or "I".
_ALSO_VERBS = "order orders invoice reference case cases ticket tickets claim claims tracking booking routing package"
# Mostly something else, so only in a noun's place: "my check 1001", "check no. 1001", not "check 1001".
_NOUNS_IN_PLACE = "check checks track trace model item items product batch meter reading"
# Their numbers are short, unless a word such as "number" is behind them.
_LABELLED_ONLY = "form part version"
_ROLES: dict[Role, str] = {
    "card": "card cards visa mastercard amex discover maestro debit credit pan cc",
    "phone": """phone phones telephone tel mobile cell cellphone call calls called calling dial ring text sms whatsapp
        fax reach contact landline handset callback""",
    "SSN": "ssn social security itin taxpayer",
    "other": f"{_NAMES} {_ALSO_VERBS} {_NOUNS_IN_PLACE} {_LABELLED_ONLY}",
    "amount": """amount amounts paid pay payment payments charged charges charge sum sums total totals deposits
        withdrawals withdrew spent fees figures rows balances transfers""",
}
_ROLE: dict[str, Role] = {word: role for role, words in _ROLES.items() for word in words.split()}
_NAME, _VERB = frozenset(_NAMES.split()), frozenset(_ALSO_VERBS.split())
_IN_PLACE, _LABELLED = frozenset(_NOUNS_IN_PLACE.split()), frozenset(_LABELLED_ONLY.split())
_FILLERS = """number numbers no nos nr num id ids code is was were are be has have which still the a an my our
    your his her their this that these it of for and or to on at in from me us him them by as back
    please now new old said says called named s x dollars dollar usd eur euros euro gbp pounds
    rupees"""
_FILLER = frozenset(_FILLERS.split())
# Between a reference's name and its number; behind "from" or "to" comes someone: "an order from 4155552671".
_AFTER_NAME = """number numbers no nos nr num id ids code is was are were be has which that still now the a an of new
    old s"""
_BEFORE_VERB = """please pls kindly can could would should will must may might do did does you i we they he she who just
    ll d let lets"""
_BEFORE_NOUN = "my the an a your our his her their this that of for any which"
_NAMING, _VERB_BEFORE = frozenset(_AFTER_NAME.split()), frozenset(_BEFORE_VERB.split())
_NOUN_BEFORE = frozenset(_BEFORE_NOUN.split())
_GERUND_BEFORE = ("is", "are", "was", "were", "am", "m", "re", "been", "be", "keep", "start", "stop", "for")
# Behind these, "to" is no part of a verb: "related to order 1001".
_TO_NOUN = ("related", "relates", "relating", "refer", "refers", "referring", "regard", "reply", "linked", "belongs")
_LABEL = re.compile(r" ?(?:[:#]|(?:numbers?|no|nos|nr|num|ids?|code)\b)", re.IGNORECASE)
_OWNERS = ("my", "his", "her", "our", "their", "this", "new", "the", "your")
_DIGIT = re.compile(r"\d")
_PIECE = re.compile(r"[a-z]+|[.!?] ", re.IGNORECASE)
# Their full stop ends no sentence.
_SHORTENED = ("no", "nr", "ref", "inv", "tel", "ext")
_IS = re.compile(
    r",? (?:is|was) (?P<article>(?:my|the|an?|your|our|his|her|their|that) )?(?P<noun>[a-z]{2,12})", re.IGNORECASE
)
_CURRENCY = re.compile(r" (?:dollars?|usd|euros?|eur|pounds?|gbp|rupees?|inr)\b", re.IGNORECASE)


class Context:
    """The words of a text, for the numbers in it."""

    def __init__(self, text: str) -> None:
        self.text = text
        found = list(_PIECE.finditer(text))
        self._pieces = [match[0].lower() for match in found]
        self._starts = [match.start() for match in found]
        self._ends = [match.end() for match in found]

    def role_before(self, at: int) -> Role:
        """Return the role that the nearest role word of the sentence gives a number at `at`; "" where none does.

        Only words that carry no meaning of their own may be between, and other numbers: "orders 12 and 34".
        """
        nearest = place = bisect_right(self._ends, at) - 1
        while place >= 0 and self._starts[place] >= at - _REACH:
            piece, before = self._pieces[place], self._pieces[place - 1] if place else ""
            role = _ROLE.get(piece, "")
            if role and (role != "other" or self._is_reference(place, nearest, at)):
                return role
            if piece in ("number", "numbers") and before in _OWNERS:
                return "phone"
            ends_sentence = not piece.isalpha() and before not in _SHORTENED
            if ends_sentence or (piece.isalpha() and piece not in _FILLER and not role):
                return ""
            place -= 1
        return ""

    def is_other(self, start: int, end: int) -> bool:
        """Return whether a number is a reference, by the words before it or behind it: "4155552671 is my order number".

        An amount in words behind it is none of a person's numbers either: "4155552671 dollars".
        """
        named = _IS.match(self.text, end)
        noun = named["noun"].lower() if named else ""
        if noun == "number" and named and named["article"]:
            return False
        role = self.role_before(start)
        if role:
            return role == "other"
        if named and _ROLE.get(noun) == "other":
            is_labelled = bool(_LABEL.match(self.text, named.end()))
            return is_labelled or not (noun in _LABELLED or (noun in _IN_PLACE and not named["article"]))
        return bool(_CURRENCY.match(self.text, end))

    def _is_reference(self, place: int, nearest: int, at: int) -> bool:
        """Return whether the role word at `place` names the number at `at`; `nearest` is the word before the number."""
        between = self.text[self._ends[place] : at]
        lead = _DIGIT.split(between, maxsplit=1)[0]
        # A list goes on behind its first number: "orders 12, 34 and 56".
        is_list = len(lead) < len(between)
        if "," in lead and "which" not in lead:
            return False
        words = [piece for piece in self._pieces[place + 1 : nearest + 1] if piece.isalpha()]
        return self._is_noun(place) and all(
            word in _NAMING or (is_list and (word in ("and", "or") or _ROLE.get(word) == "other")) for word in words
        )

    def _is_noun(self, place: int) -> bool:
        """Return whether a word that may name a reference is a noun here.

        It is in "my check" and "check no.", not in "please check".
        """
        word = self._pieces[place]
        earlier, before = ["", "", *self._pieces[max(0, place - 2) : place]][-2:]
        if word in _NAME:
            return True
        if before in _VERB_BEFORE or (before == "to" and earlier not in _TO_NOUN) or (earlier, before) == ("let", "s"):
            return False
        if word.endswith("ing") and before in _GERUND_BEFORE:
            return False
        label = _LABEL.match(self.text, self._ends[place])
        if before == "in" or (earlier == "in" and before in _NOUN_BEFORE):
            # "in case", "in my case", "in the form"
            return bool(label and label[0] != ":") or word in ("order", "orders", "invoice")
        if label or word in _VERB:
            return True
        if word in _LABELLED:
            return False
        # Plural, a word that begins a sentence is no verb: "Checks 1001 and 1002 bounced".
        return before in _NOUN_BEFORE or _ROLE.get(before) == "other" or (not before.isalpha() and word.endswith("s"))
