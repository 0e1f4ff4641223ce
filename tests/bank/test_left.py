"""What is left once something is paid, why an account is below zero, and what an extra payment changes."""

from decimal import Decimal

from demo_bank import Asking, value


def _left(asking: Asking, user: str, **arguments: object) -> tuple[object, object, object]:
    sheet = asking.ask("left_after", user, **arguments)
    return value(sheet, "total"), value(sheet, "leaves"), value(sheet, "rest")


def test_a_cards_bill_and_the_rent_are_taken_off_what_is_available(asking: Asking) -> None:
    card, rent = asking.named("card", "Travel credit card", "ada"), asking.named("category", "rent", "ada")
    assert _left(asking, "ada", card=card) == (Decimal("742.18"), "leaves", Decimal("1939.82"))
    assert _left(asking, "ada", card=card, category=rent) == (Decimal("2642.18"), "leaves", Decimal("39.82"))
    landlord = asking.named("payee", "Seabright Property Management", "ada")
    assert _left(asking, "ada", payee=landlord) == (Decimal("1900.00"), "leaves", Decimal("782.00"))
    assert _left(asking, "ada", payee=landlord, category=rent) == _left(asking, "ada", payee=landlord)
    sheet = asking.ask("left_after", "ada", card=card)
    assert sheet.values["rest"].source.ref == "2682.00 - 742.18"
    assert sheet.values["rest"].source.rows == ("accounts/ACC-1001/available", "card_bills/CARD-12")


def test_a_whole_loan_is_paid_from_the_account_that_is_named(asking: Asking) -> None:
    saver = asking.named("account", "Goal Saver", "ben")
    assert _left(asking, "ben", kind="loan payment", account=saver) == (
        Decimal("14210.55"),
        "leaves",
        Decimal("3989.45"),
    )


def test_what_does_not_suffice_is_short(asking: Asking) -> None:
    total, leaves, rest = _left(asking, "ben")
    assert leaves == "leaves it short by" and rest == total + Decimal("36.20")  # type: ignore[operator]
    assert value(asking.ask("left_after", "ben"), "verdict") == "No"


def test_whether_the_pay_comes_before_a_payment(asking: Asking) -> None:
    verdicts = set()
    for payee in ("Seabright Property Management", "Granite Mobile", "Northeast Light and Power"):
        sheet = asking.ask("pay_first", "ada", payee=asking.named("payee", payee, "ada"))
        (payment,) = sheet.rows
        comes_first = value(sheet, "next_day") < payment["day"].value  # type: ignore[operator]
        assert value(sheet, "verdict") == ("Yes" if comes_first else "No")
        assert value(sheet, "order") == ("before" if comes_first else "not before")
        verdicts.add(value(sheet, "verdict"))
    assert verdicts == {"Yes", "No"}
    rent = asking.ask("pay_first", "ada", category=asking.named("category", "rent", "ada"))
    assert [row["payee"].value for row in rent.rows] == ["Seabright Property Management"]
    # Who has no pay is told of none.
    assert asking.ask("pay_first", "ernest").rows == ()


def test_a_debit_card_has_no_bill(asking: Asking) -> None:
    assert asking.ask("left_after", "ada", card=asking.named("card", "Debit card", "ada")).rows == ()


def test_the_payments_that_took_an_account_below_zero(asking: Asking) -> None:
    sheet = asking.ask("overdrawn_by", "ben")
    assert [row["payee"].value for row in sheet.rows] == ["Overdraft fee", "Bay Street Books"]
    assert value(sheet, "available") == Decimal("-36.20")
    assert asking.ask("overdrawn_by", "ada").rows == ()


def test_an_extra_payment_ends_a_loan_sooner(asking: Asking) -> None:
    (loan,) = asking.ask("loan_extra", "ben", amount=Decimal(2000)).rows
    assert loan["owed_after"].value == Decimal("12210.55")
    left, now = loan["left_after"].value, loan["payments_left"].value
    assert loan["sooner"].value == now - left == 5  # type: ignore[operator]
    # More than is owed is no extra payment.
    assert asking.ask("loan_extra", "carmen", amount=Decimal(5000)).rows == ()
