"""What the words around a number say that it is."""

import re
from bisect import bisect_right
from typing import Literal

Role = Literal["", "card", "phone", "SSN", "other", "amount"]

_REACH = 64
_ROLES: dict[Role, str] = {
    "card": "card cards visa mastercard amex discover maestro debit credit pan cc",
    "phone": """phone phones telephone tel mobile cell cellphone call calls called calling dial ring text sms whatsapp
        fax reach contact landline handset callback""",
    "SSN": "ssn social security itin taxpayer",
    "other": """order orders invoice invoices ref refs reference references tracking track parcel parcels shipment
        package case cases ticket tickets policy policies claim claims transaction transactions trace confirmation
        booking reservation receipt receipts check checks cheque cheques sku serial model item items product part form
        coupon voucher batch version contract waybill routing aba isbn imei vin po inv ord txn trx rma barcode meter
        reading ups fedex dhl usps awb""",
    "amount": """amount amounts paid pay payment payments charged charges charge sum sums total totals deposits
        withdrawals withdrew spent fees figures rows balances transfers""",
}
_ROLE: dict[str, Role] = {word: role for role, words in _ROLES.items() for word in words.split()}
_FILLERS = """number numbers no nos nr num id ids code is was were are be has have which still the a an my our
    your his her their this that these it of for and or to on at in from me us him them by as back
    please now new old said says called named s x dollars dollar usd eur euros euro gbp pounds
    rupees"""
_FILLER = frozenset(_FILLERS.split())
_OWNERS = ("my", "his", "her", "our", "their", "this", "new", "the", "your")
_PIECE = re.compile(r"[a-z]+|[.!?] ", re.IGNORECASE)
# Their full stop ends no sentence.
_SHORTENED = ("no", "nr", "ref", "inv", "tel", "ext")
_IS = re.compile(r",? (?:is|was) (?:(?:my|the|an?|your|our|his|her|their|that) )?([a-z]{2,12})", re.IGNORECASE)
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
        """The role that the nearest telling word of the sentence gives a number at `at`; "" where none does.

        Only words that carry no meaning of their own may be between, and other numbers: "orders 12 and 34".
        """
        place = bisect_right(self._ends, at) - 1
        while place >= 0 and self._starts[place] >= at - _REACH:
            piece, before = self._pieces[place], self._pieces[place - 1] if place else ""
            if role := _ROLE.get(piece, ""):
                return role
            if piece in ("number", "numbers") and before in _OWNERS:
                return "phone"
            ends_sentence = not piece.isalpha() and before not in _SHORTENED
            if ends_sentence or (piece.isalpha() and piece not in _FILLER):
                return ""
            place -= 1
        return ""

    def is_other(self, start: int, end: int) -> bool:
        """Whether a number is a reference, by the words before it or behind it: "4155552671 is my order number".

        An amount in words behind it is none of a person's numbers either: "4155552671 dollars".
        """
        role = self.role_before(start)
        if role:
            return role == "other"
        named = _IS.match(self.text, end)
        return bool(named and _ROLE.get(named[1].lower()) == "other") or bool(_CURRENCY.match(self.text, end))
