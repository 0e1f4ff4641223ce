"""The words around a number: verbs hide no personal data, names of references keep their numbers."""

import pytest

from tellerbot.privacy.redact import redact

PHONE, CARD, SSN = ("4155552671", "[phone number]"), ("4111111111111112", "[card number]"), ("536221234", "[SSN]")
GROUPED = ("4111 1111 1111 1112", "[card number]")


@pytest.mark.parametrize("number", [PHONE, CARD, SSN, GROUPED], ids=lambda number: number[0])
@pytest.mark.parametrize(
    "template",
    [
        "Please check {}, nobody answers",
        "Can you check {} for me",
        "check {}",
        "I want to track {}",
        "could you trace {} now",
        "please check: {}",
        "let's order {}",
        "I'd claim {}",
        "we ticket {}",
        "they are tracking {}",
        "keep tracking {}",
        "please invoice {}",
        "I need to order {}",
    ],
)
def test_personal_data_behind_a_verb_is_masked(template: str, number: tuple[str, str]) -> None:
    assert redact(template.format(number[0])).text == template.format(number[1])


@pytest.mark.parametrize("number", [PHONE, CARD, SSN], ids=lambda number: number[0])
@pytest.mark.parametrize(
    "template",
    [
        "I order from {}",
        "my order from {} is late",
        "send the receipt to {}",
        "I got your invoice and {}",
        "forward the policy to me at {}",
        "order 12 from {} is late",
        "thanks for the order, {}",
    ],
)
def test_who_a_reference_is_from_or_for_is_masked(template: str, number: tuple[str, str]) -> None:
    assert redact(template.format(number[0])).text == template.format(number[1])


@pytest.mark.parametrize("number", [PHONE, CARD, SSN], ids=lambda number: number[0])
@pytest.mark.parametrize(
    "template",
    [
        "Update my contact in the form {}",
        "fill the form {}",
        "in case {} is wrong",
        "in my case {} is right",
        "just in case: {}",
        "for my part {}",
        "I keep reading {} there",
        "{} is part of my file",
        "{} is my number, the order is late",
        "my order {} is my number",
    ],
)
def test_personal_data_behind_a_common_word_is_masked(template: str, number: tuple[str, str]) -> None:
    assert redact(template.format(number[0])).text == template.format(number[1])


@pytest.mark.parametrize(
    "template",
    [
        "my check {} bounced",
        "please stop the check {}",
        "check number {}",
        "check no. {} came back",
        "please stop check number {}",
        "check #{}",
        "check: {}",
        "a copy of check {}",
        "please check order {}",
        "where is order {}",
        "related to order {}",
        "I refer to case {}",
        "form no. {}",
        "in case number {}",
        "the trace {} found nothing",
        "checks {} and 4155552672 bounced",
        "orders 12 and {}",
        "invoice 12 and order {}",
        "{} is a check",
        "{} was the claim",
        "my meter reading {}",
    ],
)
@pytest.mark.parametrize("number", ["4155552671", "4111111111111112", "536221234"])
def test_the_number_of_a_named_reference_stays(template: str, number: str) -> None:
    assert redact(template.format(number)).text == template.format(number)


def test_amounts_in_a_list_stay_and_one_long_number_behind_a_payment_is_a_card() -> None:
    assert redact("charged 4123, 1545, 2311, 3225").kinds == ()
    assert redact("please charge 4111111111111112").text == "please charge [card number]"
    assert redact("pay to 4111-1111-1111-1112").text == "pay to [card number]"


@pytest.mark.parametrize(
    "template",
    [
        "My IBAN account number is {}",
        "The IBAN that I use for all of my rent payments is {}",
        "IBAN (the new one of my landlord): {}",
        "{} is my IBAN",
        "{} (IBAN)",
    ],
)
@pytest.mark.parametrize(
    "number", ["DE88 3704 0044 0532 0130 00", "DE88370400440532013000", "GB83 WEST 1234 5698 7654 32"]
)
def test_a_mistyped_iban_near_its_name_is_masked(template: str, number: str) -> None:
    assert redact(template.format(number)).text == template.format("[IBAN]")


@pytest.mark.parametrize(
    "gap",
    [
        "&nbsp;", "&#160;", "&#32;", "&#xA0;", "&#X20;", "&nbsp", "&amp;nbsp;", "&ensp;", "&NBSP;", "&nbsp; &nbsp;",
        "&shy;", "&#8203;", "&ndash;", "&hyphen;", "%C2%A0", "%0A", "<br>", "<br/>", "<br />", "</td><td>", "<BR>",
        "&lt;br&gt;", "</b> <b>",
    ],
)  # fmt: skip
def test_a_number_with_escaped_gaps_or_tags_is_masked_whole(gap: str) -> None:
    for groups, mask in (
        (("4111", "1111", "1111", "1111"), "[card number]"),
        (("DE89", "3704", "0044", "0532", "0130", "00"), "[IBAN]"),
        (("415", "555", "2671"), "[phone number]"),
        (("536", "22", "1234"), "[SSN]"),
    ):
        assert redact(f"it is {gap.join(groups)} &amp; so on").text == f"it is {mask} &amp; so on"


def test_escaped_digits_and_at_signs_are_read() -> None:
    assert redact("&#52;111 1111 1111 1111").text == "[card number]"
    assert redact("joe&commat;example.com").text == "[e-mail address]"
    assert redact("joe&#64;example&period;com").text == "[e-mail address]"


@pytest.mark.parametrize(
    "text", ["AT&T; R&D", "a &lt; b &amp; c", "<b>no</b> &unknown; &#32; 12&nbsp;% of &pound;1&nbsp;000", "%0A <br> &"]
)
def test_escapes_and_tags_without_personal_data_stay(text: str) -> None:
    assert redact(text).text == text


def test_what_a_tag_holds_is_not_skipped() -> None:
    assert redact('<a href="tel:4155552671">call</a>').text == '<a href="tel:[phone number]">call</a>'
    assert redact("<joe@example.com>").text == "<[e-mail address]>"
