"""Which of its answers an intent gives to a question, and what a question names that there is not."""

from collections.abc import Collection, Mapping, Sequence

from tellerbot.conversation.aspects import find_aspects
from tellerbot.conversation.event_values import Question
from tellerbot.conversation.follow import kinds_of, points_back
from tellerbot.conversation.reading import is_request
from tellerbot.project.schema import Answer, Case, Response
from tellerbot.types import Slot

# Aspects that figures answer.
FIGURES = {"how_much", "how_long", "when", "where", "rate", "minimum", "limit"}
# How probable the intents that start the same flow have to be together.
_TOGETHER = 0.5


def choose_answer(response: Response, question: Question, said: str, among: str) -> Answer:
    """Choose the answer of an intent that fits a question."""
    kinds = kinds_of(question.slots)
    # A bare number may be an amount: "if I put 5000 in".
    given = kinds | {"money"} if "count" in kinds else kinds
    aspects = find_aspects(said) or find_aspects(among or question.text)
    wants = is_request(said)
    answer = response.answer(aspects, given, said, wants)
    # The words typed last count more than those of the question before, and these more than what is asked or given.
    if answer.flow or (isinstance(answer, Case) and answer.when.words):
        return answer
    whole = response.answer(aspects, given, among or question.text, wants)
    # "How would I do that?" is about what was asked before; "how long does it take" has an answer of its own.
    own = set(find_aspects(said))
    is_fit = isinstance(whole, Case) and whole.when.words and (not own & FIGURES or whole.when.asked)
    leans = own and points_back(said) and is_fit
    return answer if isinstance(answer, Case) and answer.when.asked and not leans else whole


def missing_of(question: Question, takes: Collection[str]) -> list[Slot]:
    """Return what a question names, its query takes, and the bank does not have.

    "On groceries for my family" names no payee beside its category; "on groceries at Walmart" does.
    """
    known = kinds_of([slot for slot in question.slots if slot.value != ()])
    strange = [slot for slot in question.slots if slot.value == () and slot.kind in takes and slot.kind not in known]
    return [
        slot
        for slot in strange
        if "category" not in known or slot.kind != "payee" or f"at {slot.text}" in question.text
    ]


def common_flow(
    responses: Mapping[str, Response], question: Question, said: str, ranking: Sequence[tuple[str, float]]
) -> str:
    """Find the flow that a request starts whichever of several likely things it means; "" for none.

    "Pay Tunde 20" may be a bill or a transfer. A flow asks before it does anything.
    """
    if not is_request(said):
        return ""
    found: dict[str, float] = {}
    for intent, probability in ranking:
        flow = choose_answer(responses[intent], question, said, "").flow if intent in responses else None
        if flow:
            found[flow] = found.get(flow, 0) + probability
    best = max(found, key=lambda flow: found[flow], default="")
    return best if best and found[best] > _TOGETHER else ""
