"""Personal data is masked however it is disguised, and ordinary banking sentences stay as they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from tellerbot.privacy.redact import redact

CARD, IBAN, SSN, EMAIL, PHONE = "card number", "IBAN", "SSN", "e-mail address", "phone number"


@pytest.mark.parametrize(
    ("kind", "secret"),
    [
        (CARD, "4111111111111111"),
        (CARD, "4111 1111 1111 1111"),
        (CARD, "4111-1111-1111-1111"),
        (CARD, "4111.1111.1111.1111"),
        (CARD, "4111_1111/1111|1111"),
        (CARD, "4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"),
        (CARD, "4111, 1111, 1111, 1111"),
        (CARD, "4111\n1111\n1111\n1111"),
        (CARD, "4111\u200b1111\u200b1111\u200b1111"),
        (CARD, "4111\u20111111\u20111111\u20111111"),
        (CARD, "4111\u00b71111\u00b71111\u00b71111"),
        (CARD, "4111  -  1111  -  1111  -  1111"),
        (CARD, "[4111] [1111] [1111] [1111]"),
        (CARD, "\uff14\uff11\uff11\uff11 1111 1111 1111"),
        (CARD, "\u0664\u0661\u0661\u0661 1111 1111 1111"),
        (CARD, "four one one one one one one one one one one one one one one one"),
        (CARD, "4111 one one one one 1111 1111"),
        (CARD, "4111 1111 1111 1112"),
        (CARD, "3782 822463 10005"),
        (CARD, "6011000990139424"),
        (IBAN, "GB82 WEST 1234 5698 7654 32"),
        (IBAN, "gb82west12345698765432"),
        (IBAN, "DE89-3704-0044-0532-0130-00"),
        (IBAN, "\uff24\uff25\uff18\uff193704 0044 0532 0130 00"),
        (IBAN, "FR14 2004 1010 0505 0001 3M02 606"),
        (SSN, "536-22-1234"),
        (SSN, "536 22 1234"),
        (SSN, "536.22.1234"),
        (SSN, "536221234"),
        (SSN, "536\u201322\u20131234"),
        (SSN, "536\u200b22\u200b1234"),
        (SSN, "5 3 6 2 2 1 2 3 4"),
        (SSN, "five three six two two one two three four"),
        (SSN, "912-70-1234"),
        (EMAIL, "joe@example.com"),
        (EMAIL, "jo.blogs+bank@mail.example.co.uk"),
        (EMAIL, "joe\uff20example.com"),
        (EMAIL, "joe@exam\u200bple.com"),
        (EMAIL, "joe (at) example (dot) com"),
        (EMAIL, "joe at example dot com"),
        (EMAIL, "joe @ example.com"),
        (PHONE, "(415) 555-2671"),
        (PHONE, "415.555.2671"),
        (PHONE, "4155552671"),
        (PHONE, "+1 415 555 2671"),
        (PHONE, "415\u2013555\u20132671"),
        (PHONE, "+44 20 7946 0958"),
        (PHONE, "four one five five five five two six seven one"),
    ],
)
@pytest.mark.parametrize(("before", "after"), [("Mine is ", " thanks"), ("It is ", ", ok?"), ("(", ").")])
def test_disguised_personal_data_is_masked_and_nothing_around_it(
    kind: str, secret: str, before: str, after: str
) -> None:
    redacted = redact(before + secret + after)
    assert redacted.kinds == (kind,)
    assert redacted.text.replace("[[card number]]", "[card number]") == f"{before}[{kind}]{after}"


def test_every_secret_of_a_message_is_masked() -> None:
    text = "I'm jo@example.com, SSN 536-22-1234, card 4111111111111111, call 415-555-2671, IBAN DE89370400440532013000"
    redacted = redact(text)
    assert redacted.text == ("I'm [e-mail address], SSN [SSN], card [card number], call [phone number], IBAN [IBAN]")
    assert set(redacted.kinds) == {CARD, IBAN, SSN, EMAIL, PHONE}


@pytest.mark.parametrize("gap", [" ", ", ", "\n", " and "])
def test_two_cards_in_a_row_are_both_masked(gap: str) -> None:
    redacted = redact(f"4111 1111 1111 1111{gap}5555 5555 5555 4444").text
    assert not any(char.isdigit() for char in redacted)


@pytest.mark.parametrize(
    "text",
    [
        "I was charged $1,234,567.89 on 11/22/2026 at 14:35, why?",
        "My transfer of $2500.00 from 2026-11-20 has not arrived by 2026-11-23",
        "The transfer of 2026-11-22 14:35:00 is missing",
        "Statements from 11/01/2026 to 11/30/2026 please",
        "Charges on 10/10/2026 10/11/2026 10/12/2026 are wrong",
        "I paid 120.50, 340.25, 99.99 and 1200.00 this week",
        "I was charged 35.00 35.00 35.00 35.00",
        "I see $2,000 2,000 3,000 4,000 on my statement",
        "rent 1500, groceries 600, car 350, phone 80",
        "Order number 123456789012 never came",
        "Checks 1001, 1002, 1003 and 1004 bounced",
        "My code 482913 does not work",
        "The card ending in 4421 was declined",
        "My ZIP is 94105-1234",
        "One of my two cards was charged three times in four days",
        "two to three business days, or five or six?",
        "Is the rate 4.5% for 12 months or 5.25% for 24?",
        "How do I fill in form 1040 for 2025 with a 1099-INT?",
        "I shopped at starbucks.com and paid at noon",
        "Meet me @ the branch at 5 pm",
        "\u0645\u0631\u062d\u0628\u0627 \U0001f44b na\u00efve caf\u00e9",
        "",
    ],
)
def test_ordinary_banking_sentences_stay_untouched(text: str) -> None:
    redacted = redact(text)
    assert redacted.text == text
    assert redacted.kinds == ()


@given(
    st.sampled_from("3456"),
    st.text("0123456789", min_size=14, max_size=14),
    st.sampled_from(["", " ", "-", ".", " - ", "\u200b", "\u00a0"]),
)
def test_any_valid_card_number_is_masked_in_any_grouping(first: str, middle: str, gap: str) -> None:
    number = first + middle
    number += luhn.calc_check_digit(number)
    written = gap.join(number[at : at + 4] for at in range(0, 16, 4))
    assert redact(f"card {written} please").text == "card [card number] please"


@given(st.text())
def test_masking_twice_changes_nothing_more(text: str) -> None:
    once = redact(text).text
    assert redact(once).text == once


@given(st.text(st.characters(exclude_categories=("Nd", "Nl", "No", "Cs"), exclude_characters="@")))
def test_texts_without_digits_or_at_signs_stay_untouched(text: str) -> None:
    assert redact(text).text == text
