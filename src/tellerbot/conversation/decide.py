"""What to do with a message as it was understood: plain rules, so that anyone can read why."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tellerbot.conversation.answers import FIGURES, choose_answer, common_flow, missing_of
from tellerbot.conversation.aspects import find_aspects
from tellerbot.conversation.choose import choose
from tellerbot.conversation.event_values import Question
from tellerbot.conversation.flows.values import title_of
from tellerbot.conversation.follow import kinds_of, points_back
from tellerbot.conversation.language import refusal_in
from tellerbot.conversation.reading import (
    NO_HINTS,
    Hints,
    Reading,
    is_asked,
    is_long_question,
    is_own,
    is_question,
    leads,
)
from tellerbot.conversation.state import State
from tellerbot.conversation.sums import Sum, find_sum, whole_amount
from tellerbot.project.load import Project
from tellerbot.project.schema import Answer, Case
from tellerbot.types import MOST_CHOICES, Choice, Customer, Money, QuerySpec, Slot

DecisionKind = Literal["answer", "act", "ask", "confirm", "flow", "refuse", "unknown", "hand off"]
# The intent of a choice to talk to a person, and that of one to put it in other words.
FIXED = PERSON, SOMETHING_ELSE = "talk_to_a_person", "something_else"
# The messages for a question that the next message may complete.
OPEN = ("missing", "reversed", "ahead", "unclear", "no_day", "not_theirs", "sign_in")
# Acts whose reply offers a person.
WITH_PERSON = ("doubt", "insult")
# From this many messages in a row without an answer on, a person is offered.
MISSES = 2
# The priority from which on an alarm is one however often it comes.
_URGENT = 3
# Acts that count in another language too, which the model of acts has hardly learned.
_IN_ANY_LANGUAGE = {"distress", "fraud_in_progress"}
# Acts that end what a message says, whatever it does besides.
_LAST_WORDS = ("goodbye", "thank")
# How many things asked of one subject are answered.
_MOST_ASPECTS = 3
# Kinds of what a customer names to be paid.
_PAID = {"payee", "card", "category"}
# Between two things that a message asks at once.
_JOINT = re.compile(r",|;|&|\b(?:and|n|plus|also)\b", re.IGNORECASE)
# Acts that take few words, and how many at the most.
_SHORT_ACTS, _MOST_WORDS = ("affirm", "deny", "cancel", "choose"), 8
# The probability from which on the likeliest of several intents is answered, the others offered below it, and that from
# which on an intent may be what a message means that is not understood.
GUESS, NEAR = 0.35, 0.15


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens with one part of a message.

    `answer` is the wording to use; `says` names the assistant's message where there is none. `search`: look it up
    in all policies. `choices`: what the reply offers to choose from. `missed`: the message was not understood.
    `is_act`: it answers an act, and no question. `is_guess`: it answers one of several things that may be meant.
    `follows`: it answers what goes on with the question before. `is_brief`: it is repeated in fewer words. `sum` is
    computed from the last replies. `flow` starts. `priority` is how urgent a hand-off is, 3 the most.
    """

    kind: DecisionKind
    reason: str
    question: Question
    answer: Answer | None = None
    says: str = ""
    search: bool = False
    choices: tuple[Choice, ...] = ()
    missed: bool = False
    is_act: bool = False
    is_guess: bool = False
    follows: bool = False
    is_brief: bool = False
    sum: Sum | None = None
    flow: str = ""
    priority: int = 0

    @property
    def hands_off(self) -> bool:
        """Whether a person takes over."""
        return self.kind == "hand off"


@dataclass(frozen=True, slots=True)
class Rules:
    """What decisions rest on besides the message: the project, the queries its bank has, and who signed in."""

    project: Project
    queries: Mapping[str, QuerySpec]
    principal: Customer | None

    def decide(
        self, readings: Sequence[Reading], acts: Sequence[str], state: State, text: str, hints: Hints = NO_HINTS
    ) -> list[Decision]:
        """Make one decision, in order, for each part of a message that gets an answer, and one at least.

        `text` is all of the message.
        """
        whole = readings[0]
        acts, asks = self._sift(readings, acts, state)
        alarms = [act for act, answer in self.project.acts.items() if answer.hand_off and act in acts]
        # A customer who is with a person already gets an answer: the case names the death.
        if state.reference and any(reading.understanding.confident for reading in asks):
            alarms = [act for act in alarms if self.project.acts[act].priority > min(state.priority, _URGENT - 1)]
        if alarms:
            worst = max(alarms, key=lambda act: self.project.acts[act].priority)
            return [self._alarm(worst, asks, replace(whole, said=text), state)]
        # A release may have come between that no longer has what was offered.
        known = {*self.project.intents, *self.project.flows, *FIXED}
        choices = [choice for choice in state.choices if choice.intent in known]
        proposed = hints.choice if hints.choice in choices else None
        if choices and (choice := choose(whole.said, acts, whole.slots, choices) or proposed):
            return [self._chosen(choice, state)]
        if "add_up" in acts and not any(map(is_own, asks)) and (total := self._sum(readings, state)):
            return [total]
        if not asks and state.priority >= _URGENT:
            # Nobody in distress should read "Good", or what an assistant can't help with.
            return [Decision("answer", "a person has it", self._open(whole), says="with_you", is_act=True)]
        if acts and not asks:
            return self._acts(acts, whole, state)
        pairs = [(reading, decision) for reading in readings for decision in self._questions(reading, state)]
        cases = {decision.question.intent for _, decision in pairs if isinstance(decision.answer, Case)}
        # "My landlord wants a cashier's check. What is that?": what leads up to a question gets no answer of its own.
        found = [
            decision
            for reading, decision in pairs
            if isinstance(decision.answer, Case) or decision.question.intent not in cases or is_question(reading.said)
        ]
        # One that is answered needs no question back about another.
        found = [decision for decision in found if decision.says != "clarify"] or found[:1]
        return self._with_start(hints.start, found, asks)

    def _with_start(self, flow: str, found: list[Decision], asks: Sequence[Reading]) -> list[Decision]:
        """Start the flow that a model proposes, where the message surely asks for something."""
        sure = [reading for reading in asks if reading.understanding.confident]
        if not flow or not sure or any(decision.flow or decision.hands_off for decision in found):
            return found
        start = self._start(flow, self._open(sure[0]))
        return [start, *(one for one in found if one.question.intent != start.question.intent)]

    def _sift(self, readings: Sequence[Reading], acts: Sequence[str], state: State) -> tuple[list[str], list[Reading]]:
        """Return the acts that count, and the readings that ask for something besides."""
        said, acts = readings[0].said, list(acts)
        if refusal_in(said):
            # A message in another language is neither unclear nor a mere greeting.
            acts = [act for act in acts if act in _IN_ANY_LANGUAGE]
        if len(said.split()) > _MOST_WORDS:
            acts = [act for act in acts if act not in _SHORT_ACTS]
        # "The other one" chooses nothing where nothing is offered.
        acts = [act for act in acts if act != "choose" or state.choices]
        asks = [reading for reading in readings if is_asked(reading, acts)]
        if "confused" in acts and state.last:
            # "Explain that like I'm five" asks for nothing new, "huh? so does it end sooner or cost less a month" does.
            asks = [one for one in asks if not one.follows or is_long_question(one.said)]
        if "who_are_you" in acts:
            # "Am I talking to a person?" asks who it is, and for nobody.
            asks = [reading for reading in asks if not self._question(reading, reading.said, state).hands_off]
        return acts, asks

    def _questions(self, reading: Reading, state: State) -> list[Decision]:
        """Decide on each thing that a reading asks of its subject: "what's the rate and the minimum"."""
        asking = [part for part in _JOINT.split(reading.said) if is_question(part)]
        if len(asking) < 2:
            return [self._question(reading, reading.said, state)]
        found = [self._question(reading, part, state, part) for part in asking]
        # The whole may choose an answer where no part does: "for Premier, what's the fee and is there a minimum".
        whole = self._question(reading, reading.said, state)
        if whole.answer not in [decision.answer for decision in found]:
            found = [decision if isinstance(decision.answer, Case) else whole for decision in found]
        answers = [decision.answer for decision in found]
        return [decision for at, decision in enumerate(found) if decision.answer not in answers[:at]][:_MOST_ASPECTS]

    def _alarm(self, act: str, asks: Sequence[Reading], whole: Reading, state: State) -> Decision:
        """Decide on a message for a person: by its act, or by an intent for a person that fits the matter better."""
        alarm = self._act(act, whole)
        for reading in asks if alarm.priority < _URGENT else ():
            own = self._question(reading, reading.said, state)
            if reading.understanding.confident and own.hands_off:
                return replace(own, priority=max(own.priority, alarm.priority))
        return alarm

    def _acts(self, acts: Sequence[str], whole: Reading, state: State) -> list[Decision]:
        """Decide on a message that asks for nothing new."""
        # "No thanks, that's all. Bye" is a goodbye, "Thank you dear, I didn't follow" is not only thanks.
        if not {"confused", "repeat"} & {*acts}:
            acts = sorted(acts, key=lambda act: act not in _LAST_WORDS)
        before = [question for question in state.questions if question.intent in self.project.responses]
        if "repeat" in acts and before:
            return [self._answer(question, question.text) for question in before]
        if state.choices and "affirm" in acts:
            return [Decision("ask", "yes to one of several", self._open(whole), says="which", choices=state.choices)]
        if "confused" in acts and state.misses + 1 >= MISSES:
            return [self._person("confused again", whole)]
        if acts[0] == "affirm" and before:
            # "Go ahead and pay it then": nothing was offered, and nothing can be done here.
            if state.reference:
                question = Question(whole.text, "affirm")
                return [Decision("hand off", "a person has it", question, says="hand_off", is_act=True)]
            return [replace(self._act("affirm", whole), choices=(to_person(self.project),))]
        again = self._answer(before[-1], before[-1].text) if before else None
        # A list is as short as it gets.
        if "confused" in acts and again and again.answer and (again.answer.policy or not again.answer.each):
            return [replace(again, is_brief=True, missed=True, choices=(*again.choices, to_person(self.project)))]
        return [self._act(acts[0], whole)]

    def _sum(self, readings: Sequence[Reading], state: State) -> Decision | None:
        """Add up what was just said.

        None where the message names what it asks for, or there is nothing to compute with.
        """
        whole, known = readings[0], state.last.slots if state.last else ()
        named = [slot for reading in readings for slot in reading.slots if slot not in known]
        if kinds_of(named) - {"money", "count"}:
            return None
        found = find_sum(whole.said, named, state.figures, state.earlier_figures)
        says = "differs" if found and found.is_difference else "comes_to"
        return found and Decision(
            "answer", "a sum over what was said", self._open(whole), says=says, is_act=True, sum=found
        )

    def _act(self, act: str, whole: Reading) -> Decision:
        response = self.project.acts[act]
        answer = response.answer(find_aspects(whole.said), kinds_of(whole.slots), whole.said)
        kind: DecisionKind = "hand off" if answer.hand_off else "answer"
        question, missed = Question(whole.text, act), act == "confused"
        person = (to_person(self.project),) if act in WITH_PERSON else ()
        return Decision(kind, act, question, answer, "", False, person, missed, is_act=True, priority=answer.priority)

    def _chosen(self, choice: Choice, state: State) -> Decision:
        last = state.asked or Question("", choice.intent)
        if choice.intent == PERSON:
            return Decision("hand off", "the customer chose a person", last, says="hand_off", is_act=True)
        if choice.intent == SOMETHING_ELSE:
            return Decision("ask", "none of the choices", last, says="other_words", missed=True)
        if choice.intent in self.project.flows:
            return self._start(choice.intent, last)
        slots = last.slots
        if choice.named:
            kept = tuple(slot for slot in slots if slot.kind != choice.named.kind)
            name = choice.named.name
            slots = (*kept, Slot(choice.named.kind, 0, 0, name, (choice.named,)))
        return self._answer(Question(last.text, choice.intent, slots), last.text)

    def _question(self, reading: Reading, said: str, state: State, among: str = "") -> Decision:
        """Decide on a reading; `said` is what it asks, and `among` the text that alone chooses the answer."""
        found = reading.understanding
        if reading.follows and state.last and found.intent != state.last.intent:
            # What was asked of another subject chooses no answer to this one.
            among = among or reading.said
        question = self._with_amount(self._open(reading), reading, state)
        missed = state.misses + 1 >= MISSES
        if not found.in_scope:
            person = (to_person(self.project),) if missed or refusal_in(reading.said) else ()
            return Decision("refuse", "out of scope", question, says="refuse", choices=person, missed=True)
        if found.confident and (leads(found) or not self._answer(question, said, among).hands_off):
            # A figure that is asked for may be repeated; to "is that a lot?" it would be no answer.
            is_figure = bool(FIGURES & set(find_aspects(said)))
            return replace(self._answer(question, said, among), follows=reading.follows and not is_figure)
        if flow := common_flow(self.project.responses, question, said, found.ranking):
            return self._start(flow, question)
        near = self._choices([name for name, probability in found.ranking if probability >= NEAR])
        few = self._choices(found.candidates) if 2 <= len(found.candidates) <= MOST_CHOICES else ()
        if found.confidence >= GUESS and (guess := self._guess(question, reading.said, few or near)):
            return guess
        if few and not missed:
            other = Choice(SOMETHING_ELSE, self.project.assistant.messages.something_else)
            reason = "the intent is one of two or three"
            return Decision("ask", reason, question, says="clarify", choices=(*few, other), missed=True)
        reason = "the intent is unsure again" if missed else "in scope, but the intent is unsure"
        return Decision("answer", reason, question, search=True, choices=near, missed=missed)

    def _with_amount(self, question: Question, reading: Reading, state: State) -> Question:
        """Add the amount just said to a question that needs one and points to it: "enough for that?"."""
        if not (reading.follows or points_back(reading.said)) or {"money", "count"} & kinds_of(question.slots):
            return question
        response, amount = self.project.responses.get(question.intent), whole_amount(state.figures)
        queries = {query for answer in response.answers() for query in answer.queries} if response else ()
        if amount is None or not any("amount" in self.queries[query].required for query in queries):
            return question
        # "Would the rent still clear?" names what is to be paid.
        if _PAID & kinds_of([slot for slot in reading.slots if slot.value != ()]):
            return question
        said = Slot("money", 0, 0, "that", Money(amount.value))
        return replace(question, slots=(*question.slots, said))

    def _guess(self, question: Question, said: str, among: Sequence[Choice]) -> Decision | None:
        """Answer the likeliest intent and offer the others; a guess never passes anybody on."""
        guess = self._answer(question, said)
        if guess.hands_off or not guess.answer:
            return None
        others = tuple(choice for choice in among if choice.intent != question.intent)
        reason = f"the likeliest of several: {guess.reason}"
        return replace(guess, reason=reason, choices=(*guess.choices, *others), is_guess=bool(others))

    def name_of(self, decision: Decision) -> str:
        """Return the name of the answer that a decision gives, "wire_fees, case 2"; "" where it gives none."""
        replies = {**self.project.responses, **self.project.acts}
        response = replies.get(decision.question.intent)
        for number, answer in enumerate(response.answers() if response else (), 1):
            if answer is decision.answer:
                return name_answer(decision.question.intent, number, answer is response)
        return ""

    def search_instead(self, decision: Decision) -> Decision:
        """Look a follow-up up in the policies, where its answer would only say the same again."""
        reason = "the answer would be the same again"
        return Decision("answer", reason, decision.question, search=True, follows=True)

    def know_no_more(self, decision: Decision) -> Decision:
        """Say that there is nothing more to say about a question, and offer a person."""
        reason, person = f"{decision.reason}, and no policy says more", (to_person(self.project),)
        return Decision("unknown", reason, decision.question, says="no_more", choices=person, missed=True)

    def _choices(self, intents: Sequence[str]) -> tuple[Choice, ...]:
        """Return intents to choose from, and a person where one of them is to talk to one."""
        person = to_person(self.project)
        choices = [Choice(name, self.project.intents[name].title) for name in intents]
        return tuple(dict.fromkeys(person if choice.title == person.title else choice for choice in choices))

    def _answer(self, question: Question, said: str, among: str = "") -> Decision:
        """Answer a question; `said` is what the customer typed last, `among` the text that alone chooses the answer."""
        response = self.project.responses[question.intent]
        kinds = kinds_of(question.slots)
        answer = choose_answer(response, question, said, among)
        if self.principal is None and any(not self.queries[name].is_public for name in answer.queries):
            return Decision("ask", "signing in comes first", question, says="sign_in")
        if answer.flow:
            return self._start(answer.flow, question)
        takes = {name for query in answer.queries for name in self.queries[query].arguments}
        missing = missing_of(question, takes)
        if missing:
            found = response.of_unknown()
            if found is None:
                return Decision("ask", f"{missing[0].text!r} fits nothing", question, says="not_theirs")
            answer = found
        if "account" in takes and "product" in kinds - takes and not {"account", "card"} & kinds:
            # "Savings" of one who has none: another account is no answer.
            return Decision("ask", "no such account", question, says="not_theirs")
        for slot in question.slots:
            fitting = [named for named in slot.value if named.kind in takes] if isinstance(slot.value, tuple) else []
            # "A savings account" names all products of its kind, and no single one of them.
            if len(fitting) > 1 and slot.kind != "product":
                choices = tuple(Choice(question.intent, title_of(named), named) for named in fitting)
                return Decision("ask", f"several fit {slot.text!r}", question, says="which", choices=choices)
        offers = (self._offer(answer.offer),) if answer.offer else ()
        if answer.hand_off:
            reason = "this intent goes to a person"
            return Decision("hand off", reason, question, answer, choices=offers, priority=answer.priority)
        if answer.queries:
            return Decision("act", "facts from the bank", question, answer, choices=offers)
        return Decision("answer", "vetted reply", question, answer, choices=offers)

    def _offer(self, name: str) -> Choice:
        """Offer an intent or a flow to go on with."""
        found = self.project.flows.get(name) or self.project.intents[name]
        return Choice(name, found.title)

    def _start(self, flow: str, question: Question) -> Decision:
        """Start a flow, for customers who have signed in."""
        if self.principal is None:
            return Decision("ask", "signing in comes first", question, says="sign_in")
        return Decision("flow", f"starts {flow}", question, flow=flow)

    def _person(self, reason: str, reading: Reading) -> Decision:
        return Decision(
            "ask", reason, self._open(reading), says="offer_person", choices=(to_person(self.project),), missed=True
        )

    def _open(self, reading: Reading) -> Question:
        return Question(reading.text, reading.understanding.intent, reading.slots)


def to_person(project: Project) -> Choice:
    """Make the choice to talk to a person."""
    return Choice(PERSON, project.assistant.messages.person)


def name_answer(intent: str, number: int, is_whole: bool) -> str:
    """Name an answer: by its intent, and by its number where it is a case."""
    return intent if is_whole else f"{intent}, case {number}"
