"""Figures in replies become placeholders: which, how they are named, and what is left as it was."""

import json
import re
import stat
from pathlib import Path

import pytest

from tellerbot.data.formats import FORMATS
from tellerbot.data.read import Row, RowFile, read_rows
from tellerbot.privacy.redact import redact
from tellerbot.responses.doctor import CHANGES, REPLIES, RepliesDiagnosis, examine_replies, write_mended
from tellerbot.responses.rows import Pair, refuse_figures
from tellerbot.responses.template import template_mistakes

PAIRS = next(form for form in FORMATS if form.name == "prompt and completion")


def examine(*pairs: tuple[str, str]) -> RepliesDiagnosis:
    rows = [Row({"prompt": prompt, "completion": reply}, at) for at, (prompt, reply) in enumerate(pairs, 1)]
    return examine_replies(RowFile(Path("replies.jsonl"), "JSONL", PAIRS, rows), redact)


def mended(reply: str, prompt: str = "hello") -> Pair:
    (pair,) = examine((prompt, reply)).mended
    return pair


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("Your balance is $2,682.00.", "Your balance is {balance:money}."),
        ("There is a fee of 3%.", "There is a fee of {fee:percent}."),
        ("Please call us at 1-800-555-0117.", "Please call us at {phone:phone}."),
        ("Our fraud line is (800) 555-0117!", "Our fraud line is {line:phone}!"),
        ("It arrives in 5 to 7 business days.", "It arrives in {days:count} to {days_2:count} business days."),
        ("It arrives in 5-7 business days.", "It arrives in {days:count}-{days_2:count} business days."),
        ("The rate is 3% to 4.5%.", "The rate is {rate:percent} to {rate_2:percent}."),
        ("Your savings balance is two hundred dollars.", "Your savings balance is {balance:money}."),
        ("It costs ninety-nine cents per check.", "It costs {check:money} per check."),
        (
            "Your payment of $50.00 is due on November 22nd, 2026.",
            "Your payment of {payment:money} is due on {due:date}.",
        ),
        ("The statement closes on 11/22/2026.", "The statement closes on {closes:date}."),
        ("A $35 overdraft fee applies.", "A {overdraft:money} overdraft fee applies."),
        ("The card ending in 4421 was blocked.", "The card ending in {card:count} was blocked."),
        (
            "Wire transfers cost €12.50 and take 2 days.",
            "Wire transfers cost {transfers:money} and take {days:count} days.",
        ),
        ("It takes one business day.", "It takes {day:count} business day."),
        # A period is what an amount is for, not what it is.
        ("You pay $12 a month.", "You pay {money:money} a month."),
        ("Savings earn 3.10% APY.", "Savings earn {savings:percent} APY."),
        # The stop of "p.m." ends the sentence as well; within it, it does not.
        ("We close at 5 p.m.", "We close at {close:time}."),
        ("We close at 5 p.m. Come by!", "We close at {close:time}. Come by!"),
        ("We close at 5 p.m. on weekdays.", "We close at {close:time} on weekdays."),
        ("Branches close at noon, the vault at 17:00.", "Branches close at {close:time}, the vault at {vault:time}."),
        # A fact brings its sign along.
        ("Your balance is -$36.20.", "Your balance is {balance:money}."),
        ("Your balance is minus $36.20.", "Your balance is {balance:money}."),
        ("Your balance is $36.20-.", "Your balance is {balance:money}."),
        ("The code is five five five.", "The code is {code:count}."),
        (
            "You have $12.00 in checking and $3.00 in your savings.",
            "You have {checking:money} in checking and {savings:money} in your savings.",
        ),
        ("It costs $3.00 in all.", "It costs {money:money} in all."),
        ("The fee was $5.00 in January.", "The fee was {fee:money} in January."),
        # No words around a figure: its kind.
        ("$5", "{money:money}"),
        ("7", "{count:count}"),
        # Names of other letters, and parts of words, are no names.
        ("Das Café: 5%", "Das Café: {das:percent}"),
        ("The customer's 5%", "The customer's {percent:percent}"),
        ("You'll get $5.", "You'll get {money:money}."),
    ],
)
def test_each_figure_becomes_a_placeholder_named_after_its_words(reply: str, expected: str) -> None:
    pair = mended(reply)
    assert pair == Pair("hello", expected)
    assert template_mistakes(pair.completion) == []


def test_the_same_value_is_the_same_placeholder_and_another_value_is_another() -> None:
    reply = "The fee is $5. A fee of 5 dollars is less than a fee of $6, or a fee of 2%."
    pair = mended(reply, "is it $5?")
    assert pair.prompt == "is it {fee:money}?"
    assert pair.completion == (
        "The fee is {fee:money}. A fee of {fee:money} is less than a fee of {fee_2:money}, or a fee of {fee_3:percent}."
    )
    reply = "It is due on November 22, 2026. So pay by November 22 or by 11/23/2026."
    assert mended(reply).completion == "It is due on {due:date}. So pay by {due:date} or by {date:date}."


def test_a_figure_of_the_prompt_is_grounded_and_leaves_the_prompt_too() -> None:
    prompt = "Policy: A wire costs $30.00 and takes 2 days.\nFacts: due = 2026-11-22\nCustomer: is $99 enough?"
    reply = "The wire fee is 30 dollars, due on November 22. Your balance is $412.07."
    found = examine((prompt, reply))
    (change,) = found.changes
    assert change.after == Pair(
        "Policy: A wire costs {fee:money} and takes 2 days.\nFacts: due = {due:date}\nCustomer: is $99 enough?",
        "The wire fee is {fee:money}, due on {due:date}. Your balance is {balance:money}.",
    )
    assert change.before == Pair(prompt, reply) and found.mended == (change.after,)
    assert [(figure.placeholder, figure.grounded) for figure in change.figures] == [
        ("{fee:money}", True),
        ("{due:date}", True),
        ("{balance:money}", False),
    ]
    assert (found.grounded, found.ungrounded, found.rows_ungrounded) == (2, 1, 1)


def test_a_date_with_a_year_that_the_prompt_lacks_is_not_grounded() -> None:
    found = examine(("It is due on November 22.", "It is due on November 22, 2026."))
    assert (found.grounded, found.ungrounded) == (0, 1)
    assert found.mended[0] == Pair("It is due on November 22.", "It is due on {due:date}.")


def test_placeholders_that_are_there_stay_and_keep_their_names() -> None:
    reply = "You have {balance:money} since {n1:date}, {n12:text}."
    assert examine(("Notes: {balance:money} {fee:percent}", reply)).changes == ()
    pair = mended(
        "Your balance of $5 earns {n1:percent}; the fee is 2%.", "Notes: {balance:money} {fee:percent} {n1:percent}"
    )
    assert pair.completion == "Your balance of {balance_2:money} earns {n1:percent}; the fee is {fee_2:percent}."
    assert mended("Pay {due:money}5 days").completion == "Pay {due:money}{days:count} days"


@pytest.mark.parametrize("reply", ["n 5", "n, 5", "N 1 n 2", "The n 3 is n 4 of n1 and n2."])
def test_reserved_names_are_never_given(reply: str) -> None:
    assert not re.search(r"\{n\d+:", mended(reply).completion)


@pytest.mark.parametrize(
    ("reply", "mistake"),
    [
        ("You owe {owed} and $5.", "found {owed}"),
        ("You owe {$5.00}.", "found {$5.00}"),
        ("You owe {owed:cash}, or $5.", "expected a kind among text, label, money"),
        ("You owe {Owed:money}.", "found {Owed:money}"),
        ("You owe {owed:money in 5 days.", "found '{owed:money'"),
        ("You owe owed:money}.", "found 'owed:money}.'"),
        ("You owe {{owed:money}}.", "found '{}.'"),
    ],
)
def test_ill_formed_braces_need_a_person_and_leave_the_row_alone(reply: str, mistake: str) -> None:
    found = examine(("what is $5", "Your balance is $7."), ("what is $5", reply), ("hi", "Hello."))
    (row,) = found.unmended
    assert row.line == 2 and mistake in row.mistakes[0]
    assert [change.line for change in found.changes] == [1]
    # The row is left out; all others are there.
    assert [pair.completion for pair in found.mended] == ["Your balance is {balance:money}.", "Hello."]
    assert found.figures()["lines_needing_a_person"] == [2]


def test_a_figure_across_a_placeholder_is_read_as_two() -> None:
    assert mended("two {of:text} hundred").completion == "{count:count} {of:text} {count_2:count}"


def test_what_surrounds_a_figure_stays_as_it_was_written() -> None:
    reply = "Rate: 2½\u00a0% — that’s fine…\r\n\r\n\t• Fee:\u2003$\u200b5 ™\n• Cafe\u0301 limit: −€１０ é"
    assert mended(reply).completion == (
        "Rate: {rate:percent} — that’s fine…\r\n\r\n\t• Fee:\u2003{fee:money} ™\n• Cafe\u0301 limit: {limit:money} é"
    )
    # No place in it can be told before the letters are joined.
    assert mended("\u1100\u1161 fee $5").completion == "\uac00 fee {fee:money}"
    assert examine(("hi", "No figure:\u00a0\u1100\u1161…")).changes == ()


def test_rows_figures_and_repeats_are_counted() -> None:
    row = ("my fee is $5", "The fee is $5, or 3% of your balance of $100.")
    found = examine(row, row, row, ("hi", "Hello!"), ("hello", "Hello!"), ("the fee is $5", "It is $5."))
    assert found.figures() == {
        "detected": "replies.jsonl: 6 rows of replies (JSONL, prompt and completion)",
        "rows": 6,
        "rows_with_ungrounded_figures": 3,
        "ungrounded_figures": 6,
        "figures_grounded_in_the_prompt": 4,
        "rows_changed": 4,
        "rows_needing_a_person": 0,
        "lines_needing_a_person": [],
        "rows_with_personal_data": 0,
        "lines_with_personal_data": [],
        "personal_data": {},
        "exact_repeats": 2,
    }


def test_personal_data_is_counted_shown_nowhere_and_not_trained_on() -> None:
    mail, card, phone = "joe.bloggs@example.com", "4111 1111 1111 1111", "212-555-0117"
    found = examine(
        (f"mail {mail}", f"I wrote to {mail}; the fee is $5."),
        ("hi", f"Your card is {card}, call {phone}."),
        ("hi", f"Mail {{{mail}}}"),
        ("hi", "Hello."),
    )
    assert [(row.line, row.kinds) for row in found.personal] == [
        (1, ("e-mail address",)),
        (2, ("card number", "phone number")),
        (3, ("e-mail address",)),
    ]
    assert found.personal[0].text == "I wrote to [e-mail address]; the fee is $5."
    assert found.figures()["personal_data"] == {"card number": 1, "e-mail address": 2, "phone number": 1}
    shown = repr((found.changes, found.unmended, found.personal, found.figures()))
    assert "[e-mail address]" in shown and not any(secret in shown for secret in (mail, card, phone, "joe", "4111"))
    # No placeholder stands for an address; for the card's number and the phone's there is one each.
    assert [pair.prompt for pair in found.mended] == ["hi", "hi"] and not any(
        mail in repr(pair) for pair in found.mended
    )
    assert found.unmended[0].mistakes == ("It holds personal data (e-mail address). Make up other data.",)


def test_the_files_hold_every_change_and_rows_that_are_fit_to_train_on(tmp_path: Path) -> None:
    found = examine(
        ("is it $5", "Yes, the fee is $5."),
        ("hi", "Hello {name:text}, bëlow:\n- fine"),
        ("hi", "{"),
        ("hi", "At noon."),
    )
    write_mended(tmp_path / "doctor", found)
    changes = [json.loads(line) for line in (tmp_path / "doctor" / CHANGES).read_text().splitlines()]
    assert changes[0] == {
        "line": 1,
        "prompt_before": "is it $5",
        "prompt_after": "is it {fee:money}",
        "completion_before": "Yes, the fee is $5.",
        "completion_after": "Yes, the fee is {fee:money}.",
    }
    assert [change["line"] for change in changes] == [1, 4]
    file = read_rows(tmp_path / "doctor" / REPLIES, "replies")
    refuse_figures(file.rows)
    assert [row.fields["completion"] for row in file.rows] == [pair.completion for pair in found.mended]
    assert len(file.rows) == 3
    for name in (CHANGES, REPLIES):
        assert stat.S_IMODE((tmp_path / "doctor" / name).stat().st_mode) == 0o600
    # A second look finds nothing more to change.
    again = examine_replies(file, redact)
    assert again.changes == again.unmended == () and again.mended == found.mended


def test_progress_is_told_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    rows = [Row({"prompt": "hi", "completion": "Hello."}, at) for at in range(250)]
    file = RowFile(Path("replies.jsonl"), "JSONL", PAIRS, rows)
    examine_replies(file, redact, progress=lambda step, steps, note: told.append((step, steps)))
    assert told == [(0, 250), (100, 250), (200, 250), (250, 250)]
