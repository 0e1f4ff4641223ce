"""Masking personal data before a text is logged, stored or sent to a model.

Written forms vary more than patterns can list, so the text is first brought to a plain form with a map back to the
original, and the check digits of the standards decide what a run of digits is.
"""

from collections.abc import Iterator, Sequence

from tellerbot.privacy.cards import find_cards
from tellerbot.privacy.context import Context
from tellerbot.privacy.digits import Run, find_runs, find_spelled, hide_ordinary
from tellerbot.privacy.emails import find_emails
from tellerbot.privacy.ibans import find_ibans
from tellerbot.privacy.phones import find_phones
from tellerbot.privacy.ssns import find_ssns
from tellerbot.privacy.text import plain_form
from tellerbot.types import MaskedText

MASKS = {
    "card number": "[card number]",
    "IBAN": "[IBAN]",
    "SSN": "[SSN]",
    "e-mail address": "[e-mail address]",
    "phone number": "[phone number]",
}
COUNTRIES = ("US",)
_SSN_DIGITS, _PHONE_DIGITS = 9, 12


def redact(text: str, countries: Sequence[str] = COUNTRIES) -> MaskedText:
    """Mask card numbers, IBANs, SSNs, e-mail addresses and phone numbers, disguised ones included.

    `countries` are the ISO 3166 codes whose national phone numbers are masked; international ones always are. The
    work grows with the text's length, whatever it holds.
    """
    plain = plain_form(text)
    masked: list[str] = []
    kinds: dict[str, None] = {}
    last = 0
    for start, end, kind in _merge(_findings(plain.text, countries)):
        first, after = plain.original_span(start, end)
        masked += [text[last:first], MASKS[kind]]
        last = after
        kinds[kind] = None
    return MaskedText("".join([*masked, text[last:]]), tuple(kinds))


def _findings(plain: str, countries: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Yield spans of personal data, the surest kinds first."""
    for start, end in find_emails(plain):
        yield start, end, "e-mail address"
    for start, end in find_ibans(plain):
        yield start, end, "IBAN"
    context = Context(plain)
    runs = [run for run in find_runs(hide_ordinary(plain)) if len(run.digits) >= 7]
    for run in runs:
        for start, end in find_cards(context, run):
            yield start, end, "card number"
    for run in runs:
        for start, end in find_ssns(context, run):
            yield start, end, "SSN"
        for start, end, kind in _find_spelled(context, run):
            yield start, end, kind
    for run in runs:
        for start, end in find_phones(context, run, countries):
            yield start, end, "phone number"


def _find_spelled(context: Context, run: Run) -> Iterator[tuple[int, int, str]]:
    """Yield digits one at a time, spoken or spaced: 9 are an SSN, up to 12 a phone number, more a card.

    A mistyped card is one too. Digits written one at a time are deliberate; only what is named a reference, or the
    like, stays unmasked.
    """
    for start, end in find_spelled(run):
        first, last = run.place(start, end)
        if context.role_before(first) != "other":
            count = end - start
            kind = "SSN" if count == _SSN_DIGITS else "phone number" if count <= _PHONE_DIGITS else "card number"
            yield first, last, kind


def _merge(findings: Iterator[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return the findings in order, overlapping ones joined, so that no part of any stays.

    An address or an IBAN names the kind, whose letters are no chance; else the widest; of equals, the surest.
    """
    found: list[tuple[int, int, str]] = []
    best = (False, 0)
    for start, end, kind in sorted(findings, key=lambda finding: finding[0]):
        weight = (kind in ("e-mail address", "IBAN"), end - start)
        if not found or start >= found[-1][1]:
            found.append((start, end, kind))
            best = weight
            continue
        first, last, known = found[-1]
        found[-1] = (first, max(last, end), kind if weight > best else known)
        best = max(weight, best)
    return found
