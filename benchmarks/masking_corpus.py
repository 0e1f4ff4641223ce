"""Sentences of our own making, with and without personal data: templates x values x disguises, seeded.

Half of them hold one card number, IBAN, SSN, e-mail address or phone number, half hold numbers that a customer must be
able to keep. Values are random and pass their standard's check; none is anyone's on purpose.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberFormat
from stdnum import iban, luhn, numdb
from stdnum.us import ssn

COUNTRIES = ("US", "GB", "DE", "FR", "IN")
MARKUP = ("&nbsp;", "&#160;", "&#32;", "&#xA0;", "<br>", "</td><td>")
DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
Draw = random.Random


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, the personal data in it ("" for none), its kind, and how it is written."""

    text: str
    secret: str
    kind: str
    form: str


VERBS = (
    "Please check {}, nobody answers",
    "I want to track {}",
    "I order from {}",
    "Update my contact in the form {}",
    "send the receipt to {}",
    "in case {} is wrong",
)
AROUND = {
    "card number": (
        "my card {} was charged twice",
        "the card number is {}, please",
        "{} is my Visa",
        "{}",
        "I used {}",
        "please check {}, it was declined",
        "can you charge {} again",
    ),
    "IBAN": (
        "pay 50 to {} please",
        "send 1,250.00 EUR to {} by Friday",
        "IBAN:{}",
        "is {} right?",
        "{}",
        "to {}ref 77",
        "My IBAN account number is {}",
        "the IBAN that my landlord gave me is {}",
    ),
    "SSN": (
        "my SSN is {}",
        "social security number {}",
        "{} is what you asked for",
        "{}",
        "I typed {} and got an error",
        "Can you check {} for me",
        "I want to track {}",
    ),
    "e-mail address": ("write to {} please", "my e-mail is {}", "{}", "to {}, not to the old one", "log in as {}"),
    "phone number": (
        "call me on {}",
        "my number is {}",
        "{}",
        "reach me at {} after 5 pm",
        "please text {} instead",
        *VERBS,
    ),
}


def grouped(text: str, sizes: tuple[int, ...], sign: str) -> str:
    """The text cut into pieces of these sizes, again and again, joined by `sign`."""
    pieces: list[str] = []
    at = 0
    while at < len(text):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(text[at : at + size])
        at += size
    return sign.join(pieces)


def spoken(digits: str, sign: str = " ") -> str:
    return sign.join(DIGIT_WORDS[int(digit)] for digit in digits)


def wide(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def card(draw: Draw) -> str:
    prefix, length = draw.choice(
        [("4", 16), ("51", 16), ("55", 16), ("2221", 16), ("6011", 16), ("37", 15), ("34", 15)]
    )
    body = prefix + "".join(draw.choices("0123456789", k=length - len(prefix) - 1))
    return body + luhn.calc_check_digit(body)


def account(draw: Draw) -> str:
    _, country, _, properties, _ = draw.choice(numdb.get("iban").prefixes)
    signs = {"n": "0123456789", "a": "ABCDEFGHKLMNPRSTUVWX", "c": "0123456789ABCDEFG"}
    parts = re.findall(r"(\d+)!([nac])", properties["bban"])
    body = "".join("".join(draw.choices(signs[kind], k=int(count))) for count, kind in parts)
    return country + iban.calc_check_digits(f"{country}00{body}") + body


def social(draw: Draw) -> str:
    while True:
        number = "".join(draw.choices("0123456789", k=9))
        if ssn.is_valid(number):
            return number


def phone(draw: Draw, region: str) -> phonenumbers.PhoneNumber:
    kind = draw.choice([phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE])
    example = phonenumbers.example_number_for_type(region, kind)
    assert example is not None
    digits = phonenumbers.national_significant_number(example)
    while True:
        tail = "".join(draw.choices("0123456789", k=5))
        number = phonenumbers.parse(f"+{example.country_code}{digits[:-5]}{tail}")
        if phonenumbers.is_valid_number(number):
            return number


def card_forms(draw: Draw) -> Iterator[tuple[str, str]]:
    number = card(draw)
    usual = (4, 6, 5) if len(number) == 15 else (4,)
    wrong = number[:-1] + str((int(number[-1]) + draw.randint(1, 9)) % 10)
    yield "solid", number
    yield "groups", grouped(number, usual, draw.choice([" ", "-", ".", "\u00a0"]))
    yield (
        "odd groups",
        grouped(number, draw.choice([(2,), (3,), (5,), (6, 2), (8,)]), draw.choice([" ", "-", " - ", "/"])),
    )
    yield "lines", grouped(number, usual, draw.choice(["\n", " \n ", ",\n"]))
    yield "markup", grouped(number, usual, draw.choice(MARKUP))
    yield "invisible", grouped(number, (1,), draw.choice(["\u200b", "\u2060", "\u00ad"]))
    yield "other digits", draw.choice([wide(number), "".join(chr(0x660 + int(digit)) for digit in number)])
    yield "spoken", spoken(number, draw.choice([" ", ", "]))
    yield "partly spoken", f"{grouped(number[:8], (4,), ' ')} {spoken(number[8:12])} {number[12:]}"
    yield "signs spoken", grouped(number, usual, " dash ")
    yield "one at a time", " ".join(number)
    yield "mistyped", draw.choice([wrong, grouped(wrong, usual, " ")])
    yield "behind an amount", f"50 {grouped(number, usual, ' ')}"


def iban_forms(draw: Draw) -> Iterator[tuple[str, str]]:
    number = account(draw)
    yield "solid", number
    yield "lower case", number.lower()
    yield "groups", grouped(number, (4,), draw.choice([" ", "-", ".", "/", "  "]))
    yield "odd groups", grouped(number, draw.choice([(2,), (3,), (5, 4), (1,)]), draw.choice([" ", " - ", ". "]))
    yield "markup", grouped(number, (4,), draw.choice(MARKUP))
    yield "lines", grouped(number, (4,), draw.choice(["\n", "\r\n", " \n  ", "\n> "]))
    yield "invisible", grouped(number, (1,), "\u200b")
    yield "other letters", wide(number)
    yield "glued", f"50to{number}"
    yield "in a URL", f"https://example.com/pay?to={number}&amount=50"
    yield "bracketed", f"({number})"
    yield "two in a row", f"{number} {account(draw)}"


def ssn_forms(draw: Draw) -> Iterator[tuple[str, str]]:
    number = social(draw)
    written = (number[:3], number[3:5], number[5:])
    yield "solid", number
    yield "dashes", "-".join(written)
    yield "spaces", " ".join(written)
    yield "other signs", draw.choice([".", "\u2013", "\u2011", " - ", "/"]).join(written)
    yield "invisible", "\u200b".join(written)
    yield "one at a time", " ".join(number)
    yield "spoken", spoken(number)
    yield "behind an amount", f"20 {'-'.join(written)}"


def email_forms(draw: Draw) -> Iterator[tuple[str, str]]:
    first, last = (
        draw.choice(["ana", "joe", "li", "priya", "sam"]),
        draw.choice(["cole", "o'neil", "meyer", "rao", "west"]),
    )
    name = draw.choice([f"{first}.{last}", f"{first}_{last}", f"{first}{draw.randint(1, 99)}", f"{first}+bank"])
    host, end = draw.choice(["example", "mail.example", "post-example"]), draw.choice(["com", "org", "co.uk"])
    yield "plain", f"{name}@{host}.{end}"
    yield "spaces", f"{name} @ {host}.{end}"
    yield "invisible", f"{name}@{host[:3]}\u200b{host[3:]}.{end}"
    yield "brackets", f"{name} {draw.choice(['(at)', '[at]', '{at}'])} {host}.{end}"
    yield "spelled", f"{first} at {host} dot com"
    yield "all spelled", f"{first} dot {last} at {host} dot com"
    yield "in a URL", f"https://example.com/?user={name.replace('+', '.')}%40{host}.{end}"
    yield "other letters", wide(f"{name}@{host}.{end}")


def phone_forms(draw: Draw) -> Iterator[tuple[str, str]]:
    region = draw.choice(COUNTRIES)
    number = phone(draw, region)
    national = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    digits = re.sub(r"\D", "", national)
    yield f"{region} national", national
    yield f"{region} solid", digits
    yield f"{region} other signs", re.sub(r"[ -]", draw.choice([".", "-", "/", "\u2011"]), national)
    yield "international", phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    yield "E.164", phonenumbers.format_number(number, PhoneNumberFormat.E164)
    yield "with 00", f"00{number.country_code} {phonenumbers.national_significant_number(number)}"
    yield "extension", f"{national} {draw.choice(['ext. 12', 'x345', 'extension 9'])}"
    yield "spoken", spoken(digits)
    yield "one at a time", " ".join(digits)
    yield "behind an amount", f"50 {phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)}"


FORMS: dict[str, Callable[[Draw], Iterator[tuple[str, str]]]] = {
    "card number": card_forms,
    "IBAN": iban_forms,
    "SSN": ssn_forms,
    "e-mail address": email_forms,
    "phone number": phone_forms,
}


def number(draw: Draw, least: int, most: int) -> str:
    return str(draw.randint(10 ** (least - 1), 10 ** draw.randint(least, most) - 1))


def money(draw: Draw) -> str:
    return f"{draw.randint(1, 9_999_999) / 100:,.2f}"


def day(draw: Draw) -> str:
    month, date, year = draw.randint(1, 12), draw.randint(1, 28), draw.randint(2019, 2027)
    return draw.choice(
        [
            f"{month}/{date}/{year}",
            f"{year}-{month:02}-{date:02}",
            f"{date}.{month}.{year}",
            f"{date:02}/{month:02}/{year % 100}",
        ]
    )


def clock(draw: Draw) -> str:
    return f"{draw.randint(0, 23):02}:{draw.randint(0, 59):02}:{draw.randint(0, 59):02}"


# Templates, and the least and the most digits of the number in them.
NUMBERED = {
    "order number": (("order {} never came", "order number {} is wrong", "my order #{} was paid twice"), 6, 16),
    "invoice number": (("I paid invoice {} already", "invoice no. {} is open", "INV-{} is due"), 5, 12),
    "reference": (("the reference is {}", "my ref: {} please", "quote reference number {}"), 7, 16),
    "tracking number": (("tracking {} says delivered", "the parcel {} is lost", "tracking number is {}"), 12, 22),
    "case or ticket": (("case {} is still open", "about ticket {}", "my claim number is {}"), 6, 11),
    "policy number": (("my insurance policy {} has ended", "policy no. {}"), 8, 11),
    "transaction number": (("transaction {} is not mine", "transaction id {} failed", "trace number {}"), 8, 16),
    "cheque number": (
        ("my check {} bounced", "check no. {} is missing", "please stop check number {}", "a copy of check {}"),
        6,
        16,
    ),
    "order looked up": (
        ("please check order {}", "I want to track order {}", "related to order {}", "find my order {} for me"),
        6,
        16,
    ),
    "account ending": (
        ("my account ending {} is locked", "the card ending in {}", "send 250 to {}", "from ...{}"),
        4,
        4,
    ),
    "model or form": (
        ("my iPhone {} Pro", "form 1099-INT for {}", "the WH-{}XM5", "line 12 of form 1040 for {}"),
        2,
        4,
    ),
    "postal code": (("I moved to {}", "my ZIP is {}-1208", "near {} Springfield"), 5, 5),
    "code": (("code {} came twice in 10 minutes", "my code {} does not work"), 6, 6),
}
ORDINARY: dict[str, Callable[[Draw], str]] = {
    "shop's order number": lambda draw: f"order {number(draw, 3, 3)}-{number(draw, 7, 7)}-{number(draw, 7, 7)} is late",
    "amounts in a row": lambda draw: " ".join(str(draw.randint(1, 90) * 100) for _ in range(draw.randint(3, 6))),
    "amounts with cents": lambda draw: f"I see ${' '.join(money(draw) for _ in range(draw.randint(2, 5)))} there",
    "amounts in a list": lambda draw: f"charged {', '.join(f'${money(draw)}' for _ in range(draw.randint(2, 6)))}",
    "spaced amount": lambda draw: f"I need {grouped(number(draw, 8, 8), (2, 3, 3), ' ')} for a house",
    "long spaced amount": lambda draw: f"the fund holds {grouped(number(draw, 11, 11), (2, 3, 3, 3), ' ')} in all",
    "long sum": lambda draw: f"{' + '.join(number(draw, 2, 4) for _ in range(draw.randint(3, 8)))} = 12500",
    "dates": lambda draw: f"statements from {day(draw)} to {day(draw)}",
    "dates in a row": lambda draw: f"charged on {' '.join(day(draw) for _ in range(draw.randint(2, 4)))}",
    "times": lambda draw: f"between {clock(draw)} and {clock(draw)[:5]}",
    "timestamp": lambda draw: f"failed at 2026-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}T{clock(draw)}",
    "rates": lambda draw: (
        f"{draw.randint(100, 999) / 100}% for {draw.randint(3, 60)} months or {draw.randint(1, 9)}.5%"
    ),
    "network address": lambda draw: f"a login from {'.'.join(str(draw.randint(1, 255)) for _ in range(4))}",
    "cheques": lambda draw: f"cheques {', '.join(str(draw.randint(1001, 1999)) for _ in range(4))} bounced",
    "words": lambda draw: f"{draw.choice(DIGIT_WORDS)} of my cards was charged {draw.choice(DIGIT_WORDS)} times",
}


def ordinary(draw: Draw, kind: str) -> str:
    if make := ORDINARY.get(kind):
        return make(draw)
    templates, least, most = NUMBERED[kind]
    return draw.choice(templates).format(number(draw, least, most))


def sentences(count: int, seed: int) -> list[Sentence]:
    """About `count` sentences, as many with personal data as without; the same seed gives the same ones."""
    draw = random.Random(seed)  # noqa: S311  (no secret is made here)
    with_data: list[Sentence] = []
    while len(with_data) < count // 2:
        for kind, forms in FORMS.items():
            for form, secret in forms(draw):
                with_data.append(Sentence(draw.choice(AROUND[kind]).format(secret), secret, kind, form))
    kinds = [*NUMBERED, *ORDINARY]
    without = [kinds[at % len(kinds)] for at in range(len(with_data))]
    return [*with_data, *(Sentence(ordinary(draw, kind), "", kind, "") for kind in without)]
