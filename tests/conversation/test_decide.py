"""The rules of what happens with a message, one by one."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tellerbot.conversation.decide import PERSON, SOMETHING_ELSE, Decision, Rules
from tellerbot.conversation.event_values import Question
from tellerbot.conversation.reading import Reading, is_question
from tellerbot.conversation.state import State
from tellerbot.conversation.sums import Amount, ReplyFigures
from tellerbot.project.load import Project
from tellerbot.project.schema import (
    AssistantFile,
    Case,
    Intent,
    Messages,
    Response,
    When,
)
from tellerbot.types import Choice, Customer, Money, Named, QuerySpec, Slot, Source, Understanding

ADA = Customer("CUST-1", "Ada")
SAVINGS, GOAL = Named("account", "ACC-2", "Steady Savings", ("7730",)), Named("account", "ACC-3", "Goal Saver")
QUERIES = {
    "balances": QuerySpec(False, ("account", "day")),
    "fees": QuerySpec(True),
    "enough": QuerySpec(False, ("amount",), ("amount",)),
}
RESPONSES = {
    "check_balance": Response(
        reply="Here:", queries=["balances"],
        cases=[Case(when=When(slots=["date"]), reply="On that day:", queries=["balances"])],
    ),
    "wire_fees": Response(
        reply="A wire costs {wire:money}.", queries=["fees"],
        cases=[Case(when=When(asked=["how_long"]), reply="A day."), Case(when=When(words=["abroad"]), reply="More.")],
    ),
    "card_lost": Response(reply="Shall I freeze it?", offer="freeze_card"),
    "freeze_card": Response(reply="This is how."),
    "afford": Response(reply="{verdict:text}", queries=["enough"]),
    "talk": Response(reply="Of course.", hand_off=True, priority=1),
    "bills": Response(reply="Under Bills.", cases=[Case(when=When(request=True, words=["pay"]), flow="pay")]),
    "transfers": Response(reply="Under Transfers.", cases=[Case(when=When(request=True), flow="pay")]),
    "late": Response(reply="Where is it?", cases=[Case(when=When(words=["late"]), reply="Soon.")]),
}  # fmt: skip
ACTS = {
    "affirm": Response(reply="Good."),
    "thank": Response(reply="You're welcome."),
    "confused": Response(reply="Sorry."),
    "repeat": Response(reply="Nothing yet."),
    "insult": Response(reply="Sorry."),
    "add_up": Response(reply="Which?"),
    "who_are_you": Response(reply="A bot."),
    "goodbye": Response(reply="Bye."),
    "doubt": Response(reply="So our records say."),
    "bereavement": Response(reply="I'm sorry.", hand_off=True, priority=2),
    "distress": Response(reply="I'm really sorry.", hand_off=True, priority=3),
}


@pytest.fixture(scope="module")
def project() -> Project:
    messages = Messages(welcome="Hi", refuse=["No.", "Not here."], hand_off="{reference}", sign_in="?", clarify="?")
    assistant = AssistantFile(
        name="A", bank="B", locale="en-US", currency="USD", messages=messages, topics=["check_balance"]
    )
    intents = {name: Intent(title=name.replace("_", " "), utterances=["x"]) for name in RESPONSES}
    return Project(Path(), assistant, intents, {}, {}, RESPONSES, ACTS, [], [])


def reading(
    intent: str, text: str = "text", *, scope: bool = True, sure: bool = True, slots: tuple[Slot, ...] = (),
    candidates: tuple[str, ...] = (), confidence: float = 0.9, near: tuple[str, ...] = (), follows: bool = False,
) -> Reading:  # fmt: skip
    ranking = tuple((name, 0.2) for name in near)
    found = Understanding(intent, confidence, 0.9, scope, sure, candidates or (intent,), ranking)
    return Reading(text, text, found, slots, follows)


def decide(
    project: Project, *readings: Reading, acts: tuple[str, ...] = (), state: State | None = None,
    who: Customer | None = ADA,
) -> list[Decision]:  # fmt: skip
    return Rules(project, QUERIES, who).decide(readings, acts, state or State(), " ".join(one.said for one in readings))


def test_a_sure_message_is_answered_from_the_bank_or_by_wording_alone(project: Project) -> None:
    (decision,) = decide(project, reading("check_balance"))
    assert decision.kind == "act" and decision.answer == RESPONSES["check_balance"]
    (decision,) = decide(project, reading("freeze_card"))
    assert decision.kind == "answer" and decision.question == Question("text", "freeze_card")


def test_what_is_asked_what_is_given_and_words_choose_the_answer(project: Project) -> None:
    day = Slot("count", 0, 1, "x", 3)
    assert decide(project, reading("wire_fees", "how long"))[0].answer == RESPONSES["wire_fees"].cases[0]
    assert decide(project, reading("wire_fees", "a wire abroad"))[0].answer == RESPONSES["wire_fees"].cases[1]
    assert decide(project, reading("wire_fees", "a wire", slots=(day,)))[0].answer == RESPONSES["wire_fees"]


def test_own_records_need_a_sign_in_and_public_ones_do_not(project: Project) -> None:
    assert decide(project, reading("check_balance"), who=None)[0].says == "sign_in"
    assert decide(project, reading("wire_fees"), who=None)[0].kind == "act"


def test_a_name_that_fits_two_things_is_asked_back(project: Project) -> None:
    slot = Slot("account", 0, 7, "savings", (SAVINGS, GOAL))
    (decision,) = decide(project, reading("check_balance", slots=(slot,)))
    assert (decision.kind, decision.says, decision.missed) == ("ask", "which", False)
    assert [(choice.title, choice.named) for choice in decision.choices] == [
        ("Steady Savings ending in 7730", SAVINGS),
        ("Goal Saver", GOAL),
    ]
    # What the query does not take is no question.
    assert decide(project, reading("wire_fees", slots=(slot,)))[0].kind == "act"


def test_the_choice_of_one_of_two_things_answers_the_question_with_it(project: Project) -> None:
    slot = Slot("account", 0, 7, "savings", (SAVINGS, GOAL))
    asked = Question("and savings?", "check_balance", (slot,))
    state = State(
        understood=(asked,), choices=(Choice("check_balance", "a", SAVINGS), Choice("check_balance", "b", GOAL))
    )
    (decision,) = decide(project, reading("wire_fees", "the second one", scope=False), state=state)
    assert decision.kind == "act" and [item.value for item in decision.question.slots] == [(GOAL,)]


def test_the_likeliest_of_few_is_answered_and_the_others_are_offered(project: Project) -> None:
    two = reading("check_balance", sure=False, candidates=("check_balance", "wire_fees"), confidence=0.5)
    (decision,) = decide(project, two)
    assert decision.kind == "act" and decision.is_guess and not decision.missed
    assert [choice.intent for choice in decision.choices] == ["wire_fees"]
    # Nobody is passed on by a guess.
    talk = reading("talk", sure=False, candidates=("talk", "wire_fees"), confidence=0.5)
    assert decide(project, talk)[0].says == "clarify"


def unsure(text: str, **ranking: float) -> Reading:
    """A reading of which several intents are likely."""
    best = max(ranking, key=lambda intent: ranking[intent])
    found = Understanding(best, ranking[best], 0.9, True, False, tuple(ranking), tuple(ranking.items()))
    return Reading(text, text, found)


def test_a_request_starts_the_flow_that_it_starts_whatever_it_is_taken_for(project: Project) -> None:
    (decision,) = decide(project, unsure("pay Tunde 20", bills=0.4, transfers=0.3, late=0.3))
    assert (decision.kind, decision.flow) == ("flow", "pay")


@pytest.mark.parametrize(
    "other",
    [
        unsure("my payment is late", transfers=0.4, late=0.6),
        unsure("how do I pay Tunde?", bills=0.4, transfers=0.6),
        unsure("a payment", bills=0.6, late=0.4),
    ],
)
def test_what_may_well_be_something_else_starts_none(project: Project, other: Reading) -> None:
    assert decide(project, other)[0].flow == ""


def test_a_name_that_fits_nothing_is_not_passed_over(project: Project) -> None:
    strange = Slot("account", 0, 4, "9047", ())
    (decision,) = decide(project, reading("check_balance", slots=(strange,)))
    assert (decision.kind, decision.says) == ("ask", "not_theirs")
    # It is no matter to what takes no account, nor beside an account that there is.
    known = Slot("account", 10, 17, "savings", (SAVINGS,))
    assert decide(project, reading("check_balance", slots=(strange, known)))[0].kind == "act"
    assert decide(project, reading("wire_fees", slots=(strange,)))[0].kind == "act"
    answer = Response(
        reply="All of them:", queries=["balances"], unknown="There is none such. All of them:", one="One."
    )
    own = replace(project, responses={**project.responses, "check_balance": answer})
    (decision,) = decide(own, reading("check_balance", slots=(strange,)))
    assert decision.answer and decision.answer.reply == "There is none such. All of them:" and not decision.answer.one


def test_an_unsure_message_that_goes_unanswered_is_offered_what_is_near(project: Project) -> None:
    (decision,) = decide(
        project, reading("check_balance", sure=False, confidence=0.3, near=("check_balance", "card_lost"))
    )
    assert decision.search and [choice.intent for choice in decision.choices] == ["check_balance", "card_lost"]


def test_a_doubt_is_answered_with_a_person_to_ask(project: Project) -> None:
    (decision,) = decide(project, reading("check_balance", scope=False), acts=("doubt",))
    assert decision.kind == "answer" and [choice.intent for choice in decision.choices] == [PERSON]


def test_an_unsure_message_asks_between_few_and_searches_for_more(project: Project) -> None:
    two = reading("check_balance", sure=False, candidates=("check_balance", "wire_fees"), confidence=0.3)
    (decision,) = decide(project, two)
    assert (decision.kind, decision.says, decision.missed) == ("ask", "clarify", True)
    assert [choice.intent for choice in decision.choices] == ["check_balance", "wire_fees", SOMETHING_ELSE]
    many = reading("check_balance", sure=False, candidates=tuple(RESPONSES), confidence=0.3)
    assert decide(project, many)[0].search
    # The second time in a row, it looks into the policies rather than ask again.
    assert decide(project, two, state=State(misses=1))[0].search


def test_out_of_scope_is_refused_and_the_second_time_a_person_is_offered(project: Project) -> None:
    outside = reading("check_balance", scope=False)
    assert decide(project, outside)[0].says == "refuse"
    (decision,) = decide(project, outside, state=State(misses=1))
    assert decision.kind == "refuse" and decision.says == "refuse"
    assert [choice.intent for choice in decision.choices] == [PERSON]
    state = State(understood=(Question("x", "check_balance"),), choices=decision.choices)
    (chosen,) = decide(project, reading("check_balance", "yes", scope=False), acts=("affirm",), state=state)
    assert chosen.kind == "hand off" and chosen.says == "hand_off"


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        (("distress",), "distress"),
        (("thank", "distress"), "distress"),
        (("bereavement", "distress"), "distress"),
        (("bereavement",), "bereavement"),
    ],
)
def test_people_come_before_every_question(project: Project, acts: tuple[str, ...], expected: str) -> None:
    (decision,) = decide(project, reading("check_balance"), reading("wire_fees"), acts=acts)
    assert decision.kind == "hand off" and decision.reason == expected and decision.is_act
    assert decision.priority == ACTS[expected].priority


def test_an_act_alone_gets_its_reply_and_one_with_a_question_the_answer(project: Project) -> None:
    outside = reading("check_balance", "thanks", scope=False)
    (decision,) = decide(project, outside, acts=("thank",))
    assert decision.answer == ACTS["thank"] and decision.is_act
    assert decide(project, reading("check_balance"), acts=("thank",))[0].kind == "act"


def test_a_yes_takes_what_was_offered_and_nothing_else(project: Project) -> None:
    offered = decide(project, reading("card_lost"))[0].choices
    outside = reading("check_balance", "yes please", scope=False)
    state = State(understood=(Question("lost it", "card_lost"),), choices=offered)
    assert decide(project, outside, acts=("affirm",), state=state)[0].question.intent == "freeze_card"
    assert decide(project, outside, acts=("affirm",))[0].answer == ACTS["affirm"]


def test_repeat_answers_the_last_questions_again(project: Project) -> None:
    outside = reading("check_balance", "come again?", scope=False)
    questions = (Question("whats my balance", "check_balance"), Question("wire fee", "wire_fees"))
    found = decide(project, outside, acts=("repeat",), state=State(questions=questions))
    assert [decision.question for decision in found] == list(questions)
    assert decide(project, outside, acts=("repeat",))[0].answer == ACTS["repeat"]


def test_who_is_confused_twice_is_offered_a_person(project: Project) -> None:
    outside = reading("check_balance", "huh?", scope=False)
    assert decide(project, outside, acts=("confused",))[0].answer == ACTS["confused"]
    assert decide(project, outside, acts=("confused",), state=State(misses=1))[0].says == "offer_person"


def test_an_intent_for_people_is_handed_over_after_its_reply(project: Project) -> None:
    (decision,) = decide(project, reading("talk"))
    assert decision.hands_off and decision.answer == RESPONSES["talk"] and decision.priority == 1


def test_who_waits_for_a_person_in_an_emergency_is_not_told_good(project: Project) -> None:
    waiting = State(reference="XKRWTB", priority=3)
    for acts, outside in (
        (("affirm",), reading("check_balance", "yes", scope=False)),
        ((), reading("talk", scope=False)),
    ):
        (decision,) = decide(project, outside, acts=acts, state=waiting)
        assert (decision.kind, decision.says) == ("answer", "with_you")
    assert decide(project, reading("check_balance"), state=waiting)[0].kind == "act"


def test_an_intent_that_goes_to_a_person_too_says_more_than_the_act(project: Project) -> None:
    (decision,) = decide(project, reading("talk"), acts=("bereavement",))
    assert decision.question.intent == "talk" and decision.hands_off and decision.priority == 2
    (decision,) = decide(project, reading("talk"), acts=("distress",))
    assert decision.question.intent == "distress"


def test_savings_of_who_has_none_are_no_other_account_on_any_day(project: Project) -> None:
    product = Slot("product", 0, 7, "savings", (Named("product", "steady", "Steady Savings"),))
    day = Slot("date", 8, 12, "today", date(2026, 11, 29))
    for slots in ((product,), (product, day)):
        assert decide(project, reading("check_balance", slots=slots))[0].says == "not_theirs"


SAID = ReplyFigures((Amount(Decimal("103.51"), Source("formula", "sum of 14 transactions")),))
BEFORE = ReplyFigures((Amount(Decimal("58.96"), Source("formula", "sum of 9 transactions")),))


def test_a_sum_over_what_was_said_is_reckoned_before_anything_is_looked_up(project: Project) -> None:
    state = State(figures=SAID, earlier_figures=BEFORE)
    (decision,) = decide(project, reading("check_balance", "so the two together"), acts=("add_up",), state=state)
    assert decision.sum and decision.sum.result.value == Decimal("162.47") and decision.says == "comes_to"
    (decision,) = decide(project, reading("check_balance", "how much more is that"), acts=("add_up",), state=state)
    assert decision.sum and decision.says == "differs" and not decision.hands_off


def test_who_names_an_account_or_has_heard_no_figure_is_asking_for_no_sum(project: Project) -> None:
    named = reading("check_balance", "total in savings", slots=(Slot("account", 9, 16, "savings", (SAVINGS,)),))
    state = State(figures=SAID, earlier_figures=BEFORE)
    assert decide(project, named, acts=("add_up",), state=state)[0].question.intent == "check_balance"
    outside = reading("check_balance", "add them up", scope=False)
    assert decide(project, outside, acts=("add_up",))[0].answer == ACTS["add_up"]


def test_who_is_confused_once_gets_the_last_answer_in_short_and_a_person(project: Project) -> None:
    outside = reading("check_balance", "in plain words?", scope=False)
    before = State(questions=(Question("wire fee", "wire_fees"),))
    (decision,) = decide(project, outside, acts=("confused",), state=before)
    assert decision.is_brief and decision.missed and decision.question == before.questions[0]
    assert [choice.intent for choice in decision.choices] == [PERSON]


def test_who_asks_who_this_is_wants_nobody_else(project: Project) -> None:
    (decision,) = decide(project, reading("talk", "am i talking to a person"), acts=("who_are_you",))
    assert decision.answer == ACTS["who_are_you"] and not decision.hands_off
    both = decide(project, reading("talk"), reading("check_balance"), acts=("who_are_you",))
    assert [decision.question.intent for decision in both] == ["talk", "check_balance"]


def test_a_goodbye_is_answered_as_one_whatever_comes_with_it(project: Project) -> None:
    outside = reading("check_balance", "no, that's all. bye", scope=False)
    assert decide(project, outside, acts=("affirm", "goodbye"))[0].answer == ACTS["goodbye"]


def test_an_amount_that_was_just_said_is_taken_where_one_is_needed(project: Project) -> None:
    state = State(figures=SAID)
    (decision,) = decide(project, reading("afford", "is there enough for that"), state=state)
    (slot,) = decision.question.slots
    assert slot.value == Money(Decimal("103.51"))
    own = (Slot("money", 0, 2, "50", Money(Decimal(50))),)
    assert decide(project, reading("afford", "and 50, for that", slots=own), state=state)[0].question.slots == own
    assert decide(project, reading("afford", "have i enough"), state=state)[0].question.slots == ()
    assert decide(project, reading("check_balance", "and that"), state=state)[0].question.slots == ()


def test_each_thing_asked_gets_its_own_answer_and_the_rest_the_wholes(project: Project) -> None:
    found = decide(project, reading("wire_fees", "how much is a wire n how long does it take"))
    assert [decision.answer for decision in found] == [RESPONSES["wire_fees"], RESPONSES["wire_fees"].cases[0]]
    found = decide(project, reading("wire_fees", "to send abroad, how much is it and which day is it there"))
    assert RESPONSES["wire_fees"].cases[1] in [decision.answer for decision in found]


def test_nobody_is_passed_on_by_a_doubtful_reading(project: Project) -> None:
    doubtful = reading("talk", confidence=0.3, candidates=("talk", "wire_fees"), near=("wire_fees",))
    (decision,) = decide(project, doubtful)
    assert decision.says == "clarify" and not decision.hands_off
    assert decide(project, reading("talk", confidence=0.7))[0].hands_off


def test_another_language_is_refused_in_it_and_is_not_unclear(project: Project) -> None:
    foreign = reading("check_balance", "Wie ist mein Kontostand", scope=False)
    assert decide(project, foreign, acts=("confused",))[0].kind == "refuse"


def test_what_leads_up_to_a_question_gets_no_answer_of_its_own(project: Project) -> None:
    statement, question = reading("wire_fees", "i have to wire money"), reading("wire_fees", "how long does it take")
    (decision,) = decide(project, statement, question)
    assert decision.answer == RESPONSES["wire_fees"].cases[0]
    assert len(decide(project, reading("wire_fees", "what does a wire cost"), question)) == 2


def test_what_asks_nothing_is_no_question() -> None:
    assert not any(map(is_question, ["yes do it", "ok, will do", "how rude", "what a joke"]))
    assert all(
        map(is_question, ["ok fine whats mine", "and did it go", "do you have that", "how long", "is there a fee"])
    )
