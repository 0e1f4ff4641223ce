"""Kinds of number by kind of neighbourhood: what is masked, and what a customer must be able to keep."""

import pytest

from tellerbot.privacy.redact import redact

MANY = ("US", "GB", "DE", "FR", "IN", "ES", "DK")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Please pay 50 to DE89 3704 0044 0532 0130 00 today", "Please pay 50 to [IBAN] today"),
        ("to50DE89370400440532013000", "to50[IBAN]"),
        ("DE89370400440532013000 GB82WEST12345698765432", "[IBAN] [IBAN]"),
        ("DE89370400440532013000GB82WEST12345698765432", "[IBAN][IBAN]"),
        ("from de89 3704 0044 0532 0130 00 to gb82 west 1234 5698 7654 32", "from [IBAN] to [IBAN]"),
        ("my account is\nDE89 3704 0044\n0532 0130 00\nthanks", "my account is\n[IBAN]\nthanks"),
        ("> DE89 3704 0044\n> 0532 0130 00", "> [IBAN]"),
        ("DE89/3704/0044/0532/0130/00", "[IBAN]"),
        ("D E 8 9 3 7 0 4 0 0 4 4 0 5 3 2 0 1 3 0 0 0", "[IBAN]"),
        ("DE89      3704 0044 0532 0130 00", "[IBAN]"),
        ("DE\u200b89\u200b3704\u200b00440532013000", "[IBAN]"),
        ("IBAN:DE89370400440532013000;", "IBAN:[IBAN];"),
        ("(DE89 3704 0044 0532 0130 00)", "([IBAN])"),
        ('"DE89370400440532013000"', '"[IBAN]"'),
        ("DE89370400440532013000is mine", "[IBAN]is mine"),
        ("https://pay.example/DE89370400440532013000/250", "https://pay.example/[IBAN]/250"),
        ("https://pay.example/?to=DE89%203704%200044%200532%200130%2000&sum=250", "https://pay.example/?to=[IBAN]&sum=250"),
        ("NO93 8601 1117 947 and then 2 fees", "[IBAN] and then 2 fees"),
        ("my IBAN is DE89 3704 0044 0532 0130 01", "my IBAN is [IBAN]"),
        ("MT84MALT011000012345MTLCAST001S", "[IBAN]"),
    ],
)  # fmt: skip
def test_an_iban_is_found_beside_anything(text: str, masked: str) -> None:
    assert redact(text).text == masked


@pytest.mark.parametrize(
    "number",
    [
        "020 7946 0958",
        "0207 946 0958",
        "(020) 7946 0958",
        "02079460958",
        "07700 900123",
        "+44 20 7946 0958",
        "+44 (0)20 7946 0958",
        "0044 20 7946 0958",
        "447400123456",
        "030 901820",
        "030/901820",
        "(030) 90 18 20",
        "0171 2345678",
        "0171-234 56 78",
        "+49 30 901820",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "0612345678",
        "+33 6 12 34 56 78",
        "98765 43210",
        "9876543210",
        "098765 43210",
        "+91-98765-43210",
        "612 345 678",
        "612 34 56 78",
        "20 12 34 56",
        "(415) 555-2671",
        "415-555-2671 ext. 12",
        "415 555 2671 x345",
        "1 415 555 2671",
        "oh two oh seven nine four six oh nine five eight",
        "nine eight seven six five, four three two one oh",
        "oh two oh, seven nine four six, oh nine double five",
    ],
)
@pytest.mark.parametrize(
    "template", ["{}", "call me on {}.", "I waited (under {}) for 20 minutes", "my number is {} now"]
)
def test_a_phone_number_is_masked_as_its_country_writes_it(number: str, template: str) -> None:
    assert redact(template.format(number), MANY).text == template.format("[phone number]")


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("CA", "(506) 234-5678"),
        ("US", "7872345678"),
        ("GB", "07911123456"),
        ("GB", "07911 123 456"),
        ("CN", "131 2345 6789"),
        ("BR", "(11) 96123-4567"),
        ("CO", "321 1234567"),
        ("NP", "984-1234567"),
        ("AU", "0412 345 678"),
    ],
)
def test_a_phone_number_is_masked_in_forms_of_neighbours_and_without_a_prefix_where_none_is_used(
    country: str, number: str
) -> None:
    assert redact(f"it is {number}.", (country,)).text == "it is [phone number]."


@pytest.mark.parametrize(
    "number", ["+15551234567", "+447700900123", "+44 7700 900 123", "+49 151 2345678", "+49(0)151 2345678"]
)
def test_a_number_with_a_plus_is_masked_also_where_nobody_has_it(number: str) -> None:
    assert redact(f"it is {number}, or was").text == "it is [phone number], or was"
    assert redact("up by +1000000000 and +100,000.00").kinds == ()


def test_only_its_own_brackets_are_masked_with_a_phone_number() -> None:
    assert redact("the shop (+1 (415) 555-2671) is closed").text == "the shop ([phone number]) is closed"
    assert redact("the shop ((415) 555-2671) is closed").text == "the shop ([phone number]) is closed"


def test_after_words_of_a_phone_the_countrys_prefix_is_enough() -> None:
    assert redact("call 01632 960 123 now", ("GB",)).text == "call [phone number] now"
    assert redact("it says 01632 960 123", ("GB",)).text == "it says 01632 960 123"


@pytest.mark.parametrize("number", ["020 7946 0958", "030 901820", "06 12 34 56 78", "0171 2345678"])
def test_a_national_number_of_another_country_is_no_phone_number_here(number: str) -> None:
    assert redact(f"it says {number} there").text == f"it says {number} there"


@pytest.mark.parametrize(
    "text",
    [
        "the house costs 12 345 678 901",
        "I paid 1000 2000 3000 4000",
        "4000 3000 2000 1000",
        "$1,234.50 2,000.00",
        "$1,234.50 2,000.00 3,250.75 4,100.00",
        "1,250.00 980.10 4,411.11 1,111.11",
        "order 4155552671 never came",
        "Order number: 4155552671",
        "my order no. 536221234",
        "invoice #4155552671 and invoice 536221234",
        "orders 4155552671, 4155552672 and 4155552673",
        "tracking number 9400110200881234567890",
        "tracking 4111111111111112",
        "the reference is 4111 1111 1111 1112",
        "case 0123456789 is open",
        "my policy 98765432101 ended",
        "transaction id 20794609581",
        "order 112-3456789-1234567",
        "the routing number is 322271627",
        "1500 + 2300 + 4700 + 5200 = 13700",
        "at 14:35:00 on 2026-11-22, 09:10 and 11:05",
        "2026-11-22T14:35:00 to 2026-11-23T08:00:00",
        "on 11.22.2026 and 22.11.2026 and 20261122",
        "a login from 192.168.100.25",
        "send 250 to 1234",
        "I see $26,381.89 91,211.44 37,805.84 95,228.37 78,319.66 there",
        "send 250 from the account ending 4421 to the one ending 9876",
        "2.500,00 3.250,75 4.100,00 1.999,99",
        "chapters 1 2 3 4 5 6",
        "UPS 4155552671",
        "4155552671 is my order number",
        "536221234, is the invoice",
        "4111111111111112 was your reference",
        "4155552671 dollars",
        "my case id is still 4155552671",
        "the order, which was 4155552671",
    ],
)
def test_references_amounts_dates_and_endings_stay(text: str) -> None:
    assert redact(text, MANY).text == text


@pytest.mark.parametrize("text", ["in 2023 2024 2025 2026", "pages 1111 2222 3333 4444", "7500 6800 5100 4900"])
def test_groups_of_four_that_no_issuer_begins_stay(text: str) -> None:
    # Not with Denmark, where 2023 2024 is a phone number.
    assert redact(text, ("US", "GB", "DE", "FR", "IN")).text == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("order 12 came, call 4155552671", "order 12 came, call [phone number]"),
        ("call 4155552671 is my order", "call [phone number] is my order"),
        ("4155552671 is my number", "[phone number] is my number"),
        ("4111111111111111 is my order", "[card number] is my order"),
        ("NO9386011117947: 7", "[IBAN]: 7"),
        ("about my order. 4155552671", "about my order. [phone number]"),
        ("reach 555-555-0123", "reach [phone number]"),
        ("it was 555-555-0123", "it was [phone number]"),
        ("reference 415-555-2671", "reference [phone number]"),
        ("order 4111 1111 1111 1111", "order [card number]"),
        ("I paid with 4111 1111 1111 1112", "I paid with [card number]"),
        ("pay 50 4111 1111 1111 1111 20 now", "pay 50 [card number] 20 now"),
        ("99994111 1111 1111 111188", "9999[card number]88"),
        ("x114111111111111111199", "x11[card number]199"),
        ("pin 5 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "pin [card number]"),
        ("four triple one, double one double one, 1111 1111", "[card number]"),
        ("4111 dash 1111 dash 1111 dash 1111", "[card number]"),
        ("my SSN: 5362 21234", "my SSN: [SSN]"),
        ("536 22 1234+50=50", "[SSN]+50=50"),
        ("4111 1111 1111 1111.50", "[card number].50"),
        ("1+5=4111 1111 1111 1111", "1+5=[card number]"),
        ("415 555 2671,50", "[phone number],50"),
        ("20-536-22-1234-7", "20-[SSN]-7"),
        ("50 415 555 2671 20", "50 [phone number] 20"),
    ],
)
def test_personal_data_is_masked_whatever_the_words_and_digits_around(text: str, masked: str) -> None:
    assert redact(text).text == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("jane dot doe at example dot com", "[e-mail address]"),
        ("joe underscore cole at mail dot example dot org", "[e-mail address]"),
        ("o'neil@example.com", "[e-mail address]"),
        ("'joe@example.com'", "'[e-mail address]'"),
        ("https://example.com/?user=joe%40example.com&x=1", "https://example.com/?user=[e-mail address]&x=1"),
        ("mailto:joe@example.com?subject=hi", "mailto:[e-mail address]?subject=hi"),
        ("a" * 100 + "@example.com", "[e-mail address]"),
    ],
)
def test_an_e_mail_address_is_masked_whole(text: str, masked: str) -> None:
    assert redact(text).text == masked
