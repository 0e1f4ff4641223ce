"""The shape of replies as data."""

from datetime import date
from decimal import Decimal

from tellerbot.assistant.shape import MOST_TOTALLED, card_text, shape
from tellerbot.conversation.event_values import Block
from tellerbot.types import Choice, Fact, FactSheet, FigureSource, Reply, Source


def record(number: int, amount: str) -> dict[str, Fact]:
    def fact(name: str, kind: str, value: object) -> Fact:
        return Fact(name, kind, value, Source("bank", f"transactions/{number}/{name}"))  # pyright: ignore[reportArgumentType]

    return {
        "day": fact("day", "date", date(2026, 11, number)),
        "payee": fact("payee", "text", "Casco Coffee"),
        "amount": fact("amount", "money", Decimal(amount)),
        "account": fact("account", "label", "Everyday Checking"),
    }


SHEET = FactSheet(rows=(record(3, "-4.10"), record(9, "-6.40")))
RECORDS = ("transactions/3", "transactions/9")


def figure(text: str, formula: str, rows: tuple[str, ...] = RECORDS) -> FigureSource:
    return FigureSource(text, Source("formula", formula, rows))


def test_paragraphs_and_lists_come_in_their_order() -> None:
    text = "Here you are:\n- one\n- two\nThere are more.\n\nIn two\nlines.\n- 5 - 3 is two"
    assert shape(Reply(text), (), ()) == (
        Block("text", "Here you are:"),
        Block("list", rows=(("one",), ("two",))),
        Block("text", "There are more."),
        Block("text", "In two\nlines."),
        Block("list", rows=(("5 - 3 is two",),)),
    )


def test_bullets_of_other_kinds_and_numbered_lines_are_lists_too() -> None:
    text = "Do this:\n1. Open the app.\n2) Choose the card.\nOr:\n* call us\n• write to us\n  - come by"
    assert shape(Reply(text), (), ()) == (
        Block("text", "Do this:"),
        Block("steps", rows=(("Open the app.",), ("Choose the card.",))),
        Block("text", "Or:"),
        Block("list", rows=(("call us",), ("write to us",), ("come by",))),
    )


def test_numbers_that_do_not_count_up_from_one_stay_as_they_stand() -> None:
    for text in ("2. Choose the card.", "1. Open it.\n3. Close it.", "1.5 percent is paid.", "-$4.10 was taken.", "*"):
        assert shape(Reply(text), (), ()) == (Block("text", text),)


def test_a_total_has_the_records_of_its_formula() -> None:
    reply = Reply("Two payments, $10.50.", (figure("2", "number of 2"), figure("$10.50", "sum of 2 transactions")))
    _, total = shape(reply, (SHEET,), ())
    assert total == Block(
        "total",
        "$10.50 = sum of 2 transactions",
        rows=(
            ("November 3, 2026", "Casco Coffee", "-$4.10"),
            ("November 9, 2026", "Casco Coffee", "-$6.40"),
        ),
    )


def test_a_number_of_records_alone_opens_to_them_too() -> None:
    blocks = shape(Reply("2 payments.", (figure("2", "number of 2 transactions"),)), (SHEET,), ())
    assert [block.text for block in blocks if block.kind == "total"] == ["2 = number of 2 transactions"]


def test_a_field_of_a_record_names_the_record() -> None:
    rate = Fact("rate", "percent", Decimal("4.10"), Source("bank", "rates/CD12/rate"))
    product = Fact("product", "label", "Twelve-month CD", Source("bank", "rates/CD12/product"))
    reply = Reply("$520.50", (figure("$520.50", "500.00 x 1.041", ("rates/CD12/rate",)),))
    _, total = shape(reply, (FactSheet(rows=({"product": product, "rate": rate},)),), ())
    assert total.rows == (("Twelve-month CD", "4.10%"),)


def test_records_that_no_sheet_holds_are_named() -> None:
    _, total = shape(Reply("$10.50", (figure("$10.50", "sum of 2"),)), (), ())
    assert total.rows == (("transactions/3",), ("transactions/9",))


def test_figures_without_records_are_no_totals() -> None:
    figures = (figure("$3.00", "total - other_total", ()), FigureSource("$5.00", Source("bank", "accounts/1/current")))
    assert [block.kind for block in shape(Reply("$3.00 and $5.00", figures), (SHEET,), ())] == ["text"]


def test_many_records_are_cut_short() -> None:
    rows = tuple(f"transactions/{number}" for number in range(MOST_TOTALLED + 12))
    _, total = shape(Reply("$1.00", (figure("$1.00", "sum", rows),)), (), ())
    assert len(total.rows) == MOST_TOTALLED + 1 and total.rows[-1] == ("and 12 more",)


def test_choices_come_last() -> None:
    blocks = shape(Reply("Which one?"), (), (Choice("fees", "See fees"), Choice("cards", "See <b>cards</b>")))
    assert blocks == (Block("text", "Which one?"), Block("choice", rows=(("See fees",), ("See <b>cards</b>",))))


def test_each_card_stands_where_its_text_stands() -> None:
    receipt = Block("receipt", "Done:", (("Card", "Debit card"),))
    confirmation = Block("confirmation", "Shall I?", (("Amount", "$5.00"),))
    text = "\n\n".join([card_text(receipt), "Back to your transfer:", card_text(confirmation)])
    assert shape(Reply(text), (), (), [confirmation, receipt]) == (
        receipt, Block("text", "Back to your transfer:"), confirmation
    )  # fmt: skip
