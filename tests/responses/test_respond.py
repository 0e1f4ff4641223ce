"""Wording: vetted and filled, or a passage's own sentences."""

from datetime import date
from decimal import Decimal

import pytest

from tellerbot.project.schema import Response
from tellerbot.responses.respond import quote_best, write_vetted
from tellerbot.responses.template import MissingFactError
from tellerbot.types import Fact, FactKind, FactSheet, FactValue, FoundPassage, Passage, Source

LIST = Response(reply="As of {day:date}:", each="- {name:text} ({day:date}): {owed:money}", empty="You owe nothing.")


def fact(name: str, kind: FactKind, value: FactValue) -> Fact:
    return Fact(name, kind, value, Source("bank", f"test/{name}"))


def sheet(*rows: tuple[str, str]) -> FactSheet:
    return FactSheet(
        {"day": fact("day", "date", date(2026, 3, 1))},
        tuple(
            {"name": fact("name", "text", name), "owed": fact("owed", "money", Decimal(owed))} for name, owed in rows
        ),
    )


def found(ref: str, *sentences: tuple[str, float]) -> FoundPassage:
    texts = tuple(text for text, _ in sentences)
    passage = Passage(ref, ref.split("#")[0], "Title", "Section", "1", date(2026, 1, 1), None, "\n".join(texts), texts)
    return FoundPassage(passage, 0.9, tuple(score for _, score in sentences))


def test_a_vetted_reply_has_a_line_for_every_row():
    draft = write_vetted(LIST, [sheet(("Car", "12.5"), ("Boat", "3"))], [])
    assert draft.text == "As of March 1, 2026:\n- Car (March 1, 2026): $12.50\n- Boat (March 1, 2026): $3.00"
    assert {item.name for item in draft.facts} == {"day", "name", "owed"}


def test_a_vetted_reply_without_rows_says_so():
    assert write_vetted(LIST, [sheet()], []).text == "You owe nothing."
    assert write_vetted(LIST, [], []).text == "You owe nothing."


def test_rows_and_values_of_several_actions_are_used_together():
    response = Response(reply="Call {line:phone}.", each="- {name:text}")
    phones = FactSheet({"line": fact("line", "phone", "1-800-555-0199")})
    assert write_vetted(response, [phones, sheet(("Car", "1"))], []).text == "Call 1-800-555-0199.\n- Car"


def test_a_row_that_lacks_a_fact_is_not_worded_around():
    with pytest.raises(MissingFactError, match=r"\{owed:money\}: expected a fact of kind money, found no such fact"):
        write_vetted(LIST, [FactSheet(sheet().values, ({"name": fact("name", "text", "Car")},))], [])


def test_quotes_follow_the_vetted_reply_and_their_passages_are_cited():
    item = found("fees#wire", ("A wire costs $19.00.", 0.9))
    draft = write_vetted(Response(reply="About wires:"), [], [item])
    assert draft.text == "About wires:\n\nA wire costs $19.00."
    assert draft.passages == (item.passage,)


def test_what_the_reply_said_already_is_not_quoted_again():
    response = Response(reply="The fee is {fee:money}.")
    fees = FactSheet({"fee": fact("fee", "money", Decimal("19"))})
    item = found("fees#wire", ("A wire costs $19.00.", 0.9), ("You can send one in any branch.", 0.8))
    assert write_vetted(response, [fees], [item]).text == "The fee is $19.00.\n\nYou can send one in any branch."


def test_at_most_three_sentences_are_quoted_best_ones_in_their_order():
    item = found("a#b", ("First.", 0.5), ("Second.", 0.9), ("Third.", 0.7), ("Fourth.", 0.89), ("Fifth.", 0.88))
    draft = quote_best([item, found("c#d", ("Elsewhere.", 0.99))])
    assert draft.text == "Second. Fourth. Fifth."
    assert draft.passages == (item.passage,)


def test_sentences_far_worse_than_the_best_and_leads_to_lists_are_left_out():
    item = found(
        "a#b", ("You need:", 0.99), ("Other.", 0.2), ("A passport", 0.8), ("a fragment", 0.9), ("A photo", 0.75)
    )
    assert quote_best([item]).text == "A passport\nA photo"


@pytest.mark.parametrize("sentences", [[("", 0.9), ("Text.", 0.8)], [("Text.", 0.1), ("", 0.2)]])
def test_an_empty_sentence_is_harmless(sentences: list[tuple[str, float]]):
    assert quote_best([found("a#b", *sentences)]).text == "Text."


def test_a_passage_that_only_leads_to_a_list_still_gives_a_reply():
    assert quote_best([found("a#b", ("To open an account you need:", 0.9))]).text == "To open an account you need:"
