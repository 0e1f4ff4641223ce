"""What the words before a number say that it is."""

import re
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
_FILLERS = """number numbers no nos nr num id ids code is was were are be the a an my our your his her their this that
    these it of for and or to on at in from me us him them by as back please now new old said says called named s x
    dollars dollar usd eur euros euro gbp pounds rupees"""
_FILLER = frozenset(_FILLERS.split())
_OWNERS = ("my", "his", "her", "our", "their", "this", "new", "the", "your")
_PIECE = re.compile(r"[a-z]+|[.!?] ")
# Their full stop ends no sentence.
_SHORTENED = ("no", "nr", "ref", "inv", "tel", "ext")


def role_before(text: str, at: int) -> Role:
    """The role that the nearest telling word of the sentence gives a number at `at`; "" where none does.

    Only words that carry no meaning of their own may be between, and other numbers: "orders 12 and 34".
    """
    pieces = _PIECE.findall(text[max(0, at - _REACH) : at].lower())
    for place in range(len(pieces) - 1, -1, -1):
        piece, before = pieces[place], pieces[place - 1] if place else ""
        if role := _ROLE.get(piece, ""):
            return role
        if piece in ("number", "numbers") and before in _OWNERS:
            return "phone"
        ends_sentence = not piece.isalpha() and before not in _SHORTENED
        if ends_sentence or (piece.isalpha() and piece not in _FILLER):
            return ""
    return ""
