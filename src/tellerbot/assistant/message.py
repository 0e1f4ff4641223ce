"""What a message may be, and what in it is read before it is masked, and kept nowhere."""

import re
import unicodedata

from phonenumbers import PhoneNumberFormat, PhoneNumberMatcher, format_number

from tellerbot.errors import DataError
from tellerbot.project.flow_schema import Collect, Flow

MAX_CHARACTERS = 2000
# A one-time code: six digits, perhaps with a gap in the middle, and neither part of a longer number nor of an amount.
_CODE = re.compile(r"(?<![\w$.,-])(\d{3})[ -]?(\d{3})(?![\w-]|[.,]\d)")
CODE_MASK, NUMBER_MASK = "[one-time code]", "[account number]"
# An account number as banks write it, and so many digits that they are no amount and no day.
_NUMBER = re.compile(r"(?<!\d)\d(?:[ -]?\d){5,16}(?!\d)")
_MANY = re.compile(r"(?<![\w$.,-])\d(?: ?\d){6,16}(?![\w-]|[.,]\d)")


def clean(text: str) -> str:
    """Return the message without control characters and surrounding space.

    Raises DataError when nothing visible is left or it is longer than MAX_CHARACTERS.
    """
    if len(text) > MAX_CHARACTERS:
        raise DataError(
            f"Expected a message of at most {MAX_CHARACTERS} characters, found {len(text)}. Ask in fewer words."
        )
    kept = "".join(
        char if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs", "Cn", "Co") else " " for char in text
    ).strip()
    if not any(unicodedata.category(char)[0] in "LNPS" for char in kept):
        raise DataError("Expected a message, found nothing to read. Type a question.")
    return kept


def take_code(text: str) -> tuple[str, str]:
    """Mask one-time codes in a text; return the masked text and its code, "" where it holds none or several."""
    codes = ["".join(match.groups()) for match in _CODE.finditer(text)]
    return _CODE.sub(CODE_MASK, text), codes[0] if len(codes) == 1 else ""


def hide_numbers(text: str, *, is_asked: bool) -> str:
    """Mask in a text what may be an account number: many digits, and where one `is_asked` for also fewer."""
    return (_NUMBER if is_asked else _MANY).sub(NUMBER_MASK, text)


def asks_number(flow: Flow, waits: str) -> bool:
    """Return whether a flow asks for an account number at a step."""
    step = flow.by_id.get(waits)
    return isinstance(step, Collect) and "number" in flow.slots[step.collect].kind


def find_private(flow: Flow, asked: str | None, raw: str) -> dict[str, tuple[str, str]]:
    """Find phone and account numbers that a message gives a flow's slots: how each may be shown, and what it is.

    Any digits are an account number where one is asked for, and only many of them where nothing is: in the message
    that starts the flow, and at a confirmation.
    """
    found: dict[str, tuple[str, str]] = {}
    for name, slot in flow.slots.items():
        value = None
        if "phone" in slot.kind:
            matches = [match.number for match in PhoneNumberMatcher(raw, "US")]
            value = format_number(matches[0], PhoneNumberFormat.E164) if len(matches) == 1 else None
        elif "number" in slot.kind and asked in (name, None):
            pattern = _NUMBER if name == asked else _MANY
            numbers = [re.sub(r"\D", "", match[0]) for match in pattern.finditer(raw)]
            value = numbers[0] if len(numbers) == 1 else None
        if value:
            shown = 2 if "phone" in slot.kind else 4
            found[name] = (f"ending in {value[-shown:]}", value)
    return found
