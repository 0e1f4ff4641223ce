"""Passages that disagree on a figure, and passages that only seem to."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from tellerbot.knowledge.passages import read_policies
from tellerbot.project.policies import load_policies
from tellerbot.responses.agree import find_conflict, find_conflicts
from tellerbot.types import FoundPassage, Passage

# Where a row names no headings, both passages stand under these.
FEES, CARDS = "Fees and charges > Charges", "Debit cards > What it costs"


def found(number: int, headings: str, *sentences: str, scores: Sequence[float] = ()) -> FoundPassage:
    title, *path = headings.split(" > ")
    passage = Passage(
        f"p{number}#s", f"p{number}", title, path[-1], "1", date(2026, 1, 1), None, "\n".join(sentences), sentences,
        path=tuple(path),
    )  # fmt: skip
    return FoundPassage(passage, 0.8, tuple(scores) or (0.8,) * len(sentences))


CONFLICTS = {
    "the same words": ("The ATM fee is $2.50.", "The ATM fee is $3.00."),
    "other words for a fee": ("A wire to a friend abroad costs $38.00.", "Fee for a wire to a friend abroad: $42.00"),
    "other forms of a word": ("Receiving an international wire costs $12.", "International wires received cost $15."),
    "one of two figures": (
        "A domestic wire costs $22.00, and an international wire costs $38.00.",
        "An international wire costs $42.00, and a domestic wire costs $22.00.",
    ),
    "what is left unsaid": (
        "Rush delivery costs $20.00 and takes 2 business days.",
        "Rush delivery takes 3 business days.",
    ),
    "a list with one subject": (
        "The debit card limits are $600.00 a day for ATM withdrawals and $3,000.00 a day for purchases.",
        "The debit card limits are $600.00 a day for ATM withdrawals and $2,500.00 a day for purchases.",
    ),
    "a table and a sentence": ("Everyday Checking: Monthly fee $8.00, Statement fee none.",
                               "The monthly fee of Everyday Checking is $9.00."),
    "parts of a whole": ("We refund half of it.", "We refund a third of it."),
    "a part and a percentage of one": ("We refund half the fee.", "We refund two thirds of the fee."),
    "times in words": ("You may withdraw twice a month.", "You may withdraw three times a month."),
    "a fortnight": ("A wire takes a fortnight.", "A wire takes 10 days."),
    "basis points": ("The loan rate is 25 basis points.", "The loan rate is 0.5%."),
    "a footnote's mark": ("The vault fee is $225¹.", "The vault fee is $2251."),
    "a fraction": ("The loan rate is 2½%.", "The loan rate is 21%."),
    "another country's form": ("The vault fee is 1.234,56 €.", "The vault fee is €1,234.57."),
    "a percentage": ("Steady Savings pays 3.10% APY.", "Steady Savings pays 3.00% APY."),
    "words and digits": ("We charge at most three overdraft fees a day.", "We charge at most 4 overdraft fees a day."),
    "a range": ("Standard delivery takes 5 to 7 business days.", "Standard delivery takes 7 to 10 business days."),
    "outside a bound": ("A wire takes up to 3 business days.", "A wire takes 5 business days."),
    "two limits": ("You can send up to $1,500.00 a day.", "You can send up to $2,000.00 a day."),
    "two conditions": ("The fee is waived with a balance of at least $750.00.",
                       "The fee is waived with a balance of at least $1,000.00."),
    "times": ("Branches are open from 9:00 am to 5:00 pm, Monday to Friday.",
              "Branches are open from 8:30 am to 5:00 pm, Monday to Friday."),
    "dates": ("Applications close on March 1, 2027.", "Applications close on April 1, 2027."),
    "phone numbers": ("The card line is 1-800-555-0117.", "The card line is 1-800-555-0118."),
    "a rate that has begun": ("As of January 1, 2026, Goal Saver pays 3.10% APY.", "Goal Saver pays 3.00% APY."),
    "the same condition": ("With Premier Checking, an ATM withdrawal costs $1.00.",
                           "With Premier Checking, an ATM withdrawal costs $2.00."),
}  # fmt: skip

NO_CONFLICT = {
    "the same part": ("We refund half of it.", "We refund 1/2 of it."),
    "the same period": ("It takes a fortnight.", "It takes 14 days."),
    "the same points": ("The rate is 25 basis points.", "The rate is 0.25%."),
    "the same but for a mark": ("The fee is $225¹.", "The fee is $225."),
    "the same fraction": ("The rate is 2½%.", "The rate is 2.5%."),
    "the same day": ("It ends on 31/12/2026.", "It ends on December 31, 2026."),
    "the same figure": ("The ATM fee is $2.50.", "An ATM withdrawal costs two dollars and 50 cents."),
    "tiers by account": ("The Basic account costs $5.00 a month.", "The Plus account costs $12.00 a month."),
    "a tier beside the rule": ("An ATM withdrawal costs $2.50.", "With Premier, an ATM withdrawal costs $1.00."),
    "home and abroad": ("An ATM withdrawal in the United States costs $2.50.", "An ATM withdrawal abroad costs $5.00."),
    "abroad beside the rule": ("An ATM withdrawal costs $2.50.", "An ATM withdrawal abroad costs $5.00."),
    "sent and received": ("A wire you send abroad costs $38.00.", "A wire you receive from abroad costs $12.00."),
    "below and above a balance": ("Goal Saver pays 3.60% APY on balances of at least $5,000.00.",
                                  "Goal Saver pays 1.25% APY on balances below $5,000.00."),
    "rows of a table": ("Goal Saver, balance of at least $5,000.00: APY 3.60%.",
                        "Goal Saver, balance below $5,000.00: APY 1.25%."),
    "the two ends of a tier": ("The rate holds for balances of at least $5,000.00.",
                               "The rate holds for balances below $9,000.00."),
    "a day and a month": ("External transfers are limited to $5,000.00 a day.",
                          "External transfers are limited to $20,000.00 a month."),
    "daily and monthly": ("The daily transfer limit is $5,000.00.", "The monthly transfer limit is $20,000.00."),
    "terms": ("A CD pays 3.85% APY for 6 months.", "A CD pays 4.10% APY for 12 months."),
    "products": ("A late payment on an auto loan costs $25.00.", "A late payment on a credit card costs $29.00."),
    "a fee and a limit": ("The ATM withdrawal limit is $600.00.", "The ATM withdrawal fee is $2.50."),
    "a minimum and a fee": ("The minimum for a wire is $10.00.", "A wire costs $22.00."),
    "business days and hours": ("A wire takes 1 business day.", "A wire takes 4 hours."),
    "currencies": ("A wire costs $22.00.", "A wire costs €20.00."),
    "until and from a day": ("Until March 31, 2027 the ATM fee is $2.50.", "From April 1, 2027 the ATM fee is $3.00."),
    "from a day to come": ("The ATM fee is $2.50.", "From January 1, 2027 the ATM fee is $3.00."),
    "years": ("In 2025 the ATM fee was $3.00.", "In 2026 the ATM fee is $2.50."),
    "within a bound": ("A wire takes up to 5 business days.", "A wire takes 3 business days."),
    "within a range": ("Delivery takes 5 to 7 business days.", "Delivery takes up to 7 business days."),
    "days of the week": ("Branches open at 9:00 am on Friday.", "Branches open at 10:00 am on Saturday."),
    "a date without its year": ("The tax form is ready on January 31.", "The tax form is ready on January 31, 2027."),
    "lines that are open": ("Call the card line at 1-800-555-0117, open 24 hours.",
                            "Call support at 1-800-555-0142, open 16 hours."),
    "a negation": ("An opted-in overdraft costs $25.00.", "An overdraft costs $0.00 if you have not opted in."),
    "both figures in one passage": ("The ATM fee is $2.50.", "The ATM fee is $2.50. The ATM fee is $5.00 elsewhere."),
    "no figures": ("Freeze the card in the app.", "Call the card line."),
    "standard and rush": ("Standard delivery is free and takes 5 to 7 business days.",
                          "Rush delivery costs $20.00 and takes 2 business days."),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), CONFLICTS.values(), ids=CONFLICTS)
@pytest.mark.parametrize("headings", [FEES, CARDS])
def test_two_figures_for_one_thing_conflict(one: str, other: str, headings: str) -> None:
    pair = [found(1, FEES, one), found(2, headings, other)]
    conflict = find_conflict(pair)
    assert conflict and conflict.passages == ("p1#s", "p2#s")
    assert find_conflict(pair[::-1])
    assert find_conflicts([item.passage for item in pair]) == [conflict]


@pytest.mark.parametrize(("one", "other"), NO_CONFLICT.values(), ids=NO_CONFLICT)
@pytest.mark.parametrize("headings", [FEES, CARDS])
def test_tiers_and_qualifiers_do_not_conflict(one: str, other: str, headings: str) -> None:
    pair = [found(1, FEES, *one.split(". ")), found(2, headings, *other.split(". "))]
    assert find_conflict(pair) is None
    assert find_conflict(pair[::-1]) is None
    assert find_conflicts([item.passage for item in pair]) == []


def test_headings_speak_for_sentences_that_do_not_name_their_subject() -> None:
    five, twelve = "The monthly fee is $5.00.", "The monthly fee is $12.00."
    assert find_conflict([found(1, "Accounts > Basic", five), found(2, "Accounts > Plus", twelve)]) is None
    loan = found(1, "Loans > Late payments", "A late payment costs $25.00.")
    assert find_conflict([loan, found(2, "Credit cards > Late payments", "A late payment costs $29.00.")]) is None
    assert find_conflict([found(1, "Accounts > Basic", five), found(2, "Fees > Basic", twelve)])
    unnamed = found(1, "Fees > Stop payment order", "It costs $28.00.")
    assert find_conflict([unnamed, found(2, "Checks > How to stop one", "A stop payment order costs $30.00.")])


def test_pieces_of_one_section_are_read_together() -> None:
    one, other = found(1, FEES, "The wire fee is $5.00."), found(1, FEES, "The wire fee is $6.00.")
    assert find_conflict([one, replace(other, passage=replace(other.passage, id="p1#s/2"))]) is None


def test_only_what_bears_on_the_question_is_compared() -> None:
    near, far = "The ATM fee is $2.50.", "The ATM fee is $3.00."
    assert find_conflict([found(1, FEES, near), found(2, FEES, far, scores=(0.5,))]) is None
    aside = found(2, FEES, "ATMs are everywhere.", far, scores=(0.8, 0.4))
    assert find_conflict([found(1, FEES, near), aside]) is None
    assert find_conflict([]) is None


@pytest.fixture(scope="module")
def demo() -> list[Passage]:
    folder = Path(str(files("tellerbot"))) / "project" / "demo" / "policies"
    return [passage for reading in read_policies(load_policies(folder, [])) for passage in reading.passages]


def test_no_two_passages_of_the_demo_conflict_on_any_day(demo: list[Passage]) -> None:
    assert find_conflicts(demo) == []


def test_last_years_fees_conflict_with_this_years_in_every_section(demo: list[Passage]) -> None:
    by_id = {passage.id: passage for passage in demo}
    sections = [passage.id.split("#")[1] for passage in demo if passage.policy == "fees-2025"][1:]
    assert len(sections) == 5
    for section in sections:
        conflict = find_conflict([whole(by_id[f"fees#{section}"]), whole(by_id[f"fees-2025#{section}"])])
        assert conflict and conflict.passages == (f"fees#{section}", f"fees-2025#{section}")


def whole(passage: Passage) -> FoundPassage:
    """Found with every sentence bearing on the question."""
    return FoundPassage(passage, 1.0, (1.0,) * len(passage.sentences))


def test_all_passages_are_compared_that_are_in_force_together(demo: list[Passage]) -> None:
    last = [replace(passage, in_force_to=None) for passage in demo if passage.policy == "fees-2025"]
    conflicts = find_conflicts([*demo, *last])
    assert {conflict.passages[1].split("#")[0] for conflict in conflicts} == {"fees-2025"}
    assert len({conflict.passages for conflict in conflicts}) == len(conflicts) > 5
