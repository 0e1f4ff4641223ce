"""Conditions of flows: what they may say, what they hold for, and that nothing else is ever read or run."""

import ast
from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tellerbot.project.conditions import LONGEST, Condition, ConditionError, Plain

DAY, LATER = date(2026, 3, 1), date(2026, 3, 2)


@pytest.mark.parametrize(
    ("text", "values", "holds"),
    [
        ("amount > available", {"amount": Decimal(5), "available": Decimal("4.99")}, True),
        ("amount <= available", {"amount": Decimal(5), "available": Decimal("4.99")}, False),
        ("amount > 5", {"amount": Decimal("5.01")}, True),
        ("amount == 5", {"amount": Decimal("5.00")}, True),
        ("1 <= count <= 3", {"count": Decimal(3)}, True),
        ("1 <= count <= 3", {"count": Decimal(4)}, False),
        ('kind == "payee"', {"kind": "payee"}, True),
        ("kind != 'payee'", {"kind": "payee"}, False),
        ("day < other", {"day": DAY, "other": LATER}, True),
        ("at >= other", {"at": time(9), "other": time(8)}, True),
        ("day and not other", {"day": DAY}, True),
        ("not (day or other)", {"other": ""}, True),
        ("a or b and c", {"a": True, "b": None, "c": None}, True),
        ("(a or b) and c", {"a": True, "b": None, "c": None}, False),
        ("count", {"count": Decimal(0)}, False),
        ("rows", {"rows": Decimal(2)}, True),
        ('kind == "a" or kind == "b"', {"kind": "b"}, True),
        (' \n amount > 1 ', {"amount": Decimal(2)}, True),
    ],
)  # fmt: skip
def test_a_condition_holds_or_does_not(text: str, values: dict[str, Plain], holds: bool) -> None:
    assert Condition.read(text).holds(values) is holds


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("amount", False), ("not amount", True), ("amount > 5", False), ("amount <= 5", False), ("5 < amount", False),
        ("not amount > 5", True), ("amount == 5", False), ("amount != 5", True), ("amount == other", True),
        ("1 < amount < 5", False),
    ],
)  # fmt: skip
def test_what_has_no_value_is_neither_true_nor_in_any_order(text: str, holds: bool) -> None:
    assert Condition.read(text).holds({}) is holds and Condition.read(text).holds({"amount": None}) is holds


def test_it_knows_the_names_that_it_reads() -> None:
    assert Condition.read('a > b and not c or d == "e" and 1 < 2').names == {"a", "b", "c", "d"}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("amount > day", {"amount": Decimal(1), "day": DAY}),
        ("day < kind", {"day": DAY, "kind": "x"}),
        ("1 < day", {"day": DAY}),
        ("at > day", {"at": time(9), "day": DAY}),
    ],
)
def test_what_has_no_common_order_is_an_error_that_says_so(text: str, values: dict[str, Plain]) -> None:
    with pytest.raises(ConditionError, match="expected values of one kind"):
        Condition.read(text).holds(values)


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "amount >", "> 5", "a b", "a = 5", "(a", "a)", "a; b", "a\nb", "import os", "lambda: 1", "f(1)",
        "f()",
        "a.b", "a[0]", "[a]", "{a}", "{a: b}", "(a, b)", "a + b", "-a", "-1", "+1", "~a", "a if b else c", "a in b",
        "a is b", "a is not None", "None", "True", "False", "...", "1.5", "1e3", "2j", "b'x'", "f'{a}'", "f''",
        "(a := 1)", "*a", "await a", "yield a", "[x for x in a]", "a @ b", "a ** b", "a << b", "a & b", "a | b",
        "a ^ b",
        "__import__('os').system('x')", "a\0b", "#", "a #", "'a' 'b' + c", "\ud800", "a" * (LONGEST + 1),
        "not " * 200 + "a", "(" * 150 + "a" + ")" * 150 + "+b", "0x" + "f" * LONGEST,
    ],
)  # fmt: skip
def test_everything_else_is_refused(text: str) -> None:
    # A comment says nothing, and so harms nothing.
    if text == "a #":
        assert Condition.read(text).names == {"a"}
        return
    with pytest.raises(ValueError, match="expected"):
        Condition.read(text)


def test_a_refusal_names_what_was_found() -> None:
    with pytest.raises(ValueError, match=r"found 'f\(a\)' in 'b and f\(a\)'"):
        Condition.read("b and f(a)")
    with pytest.raises(ValueError, match="expected a comparison such as"):
        Condition.read("a in b")


_ATOMS = st.sampled_from(
    ["a", "b", "1", "0", '"x"', "None", "True", "f(a)", "a.b", "(a", ")", "[", "]", "1.5", "-", "not", "and", "or", "<",
     "<=", "==", "!=", ">", ">=", "in", "is", "if", "else", "lambda", ":=", "(", "`", "'", '"', "\\", "\0", "{", "}",
     "import", "@", "0xff", "é", "ª", "​"]
)  # fmt: skip
_PLAIN = st.one_of(
    st.none(), st.booleans(), st.text(max_size=3), st.dates(), st.times(), st.decimals(allow_nan=False, places=2)
)


@given(st.one_of(st.text(max_size=40), st.lists(_ATOMS, max_size=12).map(" ".join)), _PLAIN, _PLAIN)
def test_whatever_is_written_nothing_is_run_and_only_known_errors_come(text: str, a: Plain, b: Plain) -> None:
    try:
        condition = Condition.read(text)
    except ValueError:
        return
    parsed = ast.walk(ast.parse(text.strip(), mode="eval").body)
    assert not any(isinstance(node, ast.Call | ast.Attribute | ast.Subscript | ast.NamedExpr) for node in parsed)
    try:
        assert condition.holds({"a": a, "b": b}) in (True, False)
    except ConditionError as error:
        assert "one kind" in str(error)


_CONDITIONS = st.recursive(
    st.builds("{} {} {}".format, st.sampled_from("abc"), st.sampled_from(["<", "<=", "==", "!=", ">", ">="]),
              st.sampled_from(["a", "b", "5", '"x"'])),
    lambda inner: st.one_of(
        inner.map("not ({})".format), st.tuples(inner, st.sampled_from(["and", "or"]),
        inner).map("({0[0]} {0[1]} {0[2]})".format)
    ),
    max_leaves=6,
)  # fmt: skip


@given(_CONDITIONS, st.decimals(-9, 9, places=0), st.decimals(-9, 9, places=0))
def test_it_holds_where_python_says_so(text: str, a: Decimal, b: Decimal) -> None:
    values = {"a": a, "b": b, "c": a}
    try:
        expected: object = eval(text, {}, values)  # noqa: S307
    except TypeError:
        return
    assert Condition.read(text).holds(values) is expected
