"""Decisions and evidence -> the parts of a reply, each with the source of every figure in it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from tellerbot.assistant.evidence import Evidence, Note, hand_off
from tellerbot.assistant.generate import Listener, SentenceRecorder, TurnContext, Writer, generate_reply
from tellerbot.conversation.decide import PERSON, SOMETHING_ELSE, Decision
from tellerbot.conversation.event_values import Block
from tellerbot.conversation.language import refusal_in
from tellerbot.conversation.state import State
from tellerbot.conversation.sums import Sum
from tellerbot.project.load import Project
from tellerbot.project.schema import Answer
from tellerbot.responses.check import Draft, UntracedFigureError, check
from tellerbot.responses.promise_words import PromiseKind
from tellerbot.responses.promises import UnkeptPromiseError, check_promises
from tellerbot.responses.respond import MOST_ROWS, join_quotes, quote_best, quotes, write_vetted
from tellerbot.responses.template import MissingFactError, say
from tellerbot.types import Choice, Fact, FactSheet, FigureSource, FoundPassage, Passage, Reply, Source, Understanding

# Passages that a vetted reply quotes, rows that are listed where the customer says how many, and things suggested.
QUOTED, MOST_ASKED, SUGGESTED = 2, 10, 3
# The probability from which on an intent is near enough to what was asked to be suggested.
NEAR = 0.2


@dataclass(slots=True)
class ReplyParts:
    """The parts of a reply so far: decisions, wordings, and the facts that they rest on."""

    decisions: list[Decision] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    sheets: list[FactSheet] = field(default_factory=list)
    choices: tuple[Choice, ...] = ()
    cards: Sequence[Block] = ()

    def add(self, decision: Decision, reply: Reply, sheets: Iterable[FactSheet]) -> None:
        """Add a part."""
        self.decisions.append(decision)
        self.replies.append(reply)
        self.sheets += sheets


@dataclass(frozen=True, slots=True)
class Words:
    """The wording of the parts of one reply. `writer` is there when the project has generated replies.

    `understanding` is that of the whole message, which says what is near a question that gets no answer.
    """

    project: Project
    writer: Writer | None
    records: SentenceRecorder
    context: TurnContext
    state: State
    understanding: Understanding

    def write(self, decision: Decision, evidence: Evidence, listener: Listener, note: Note) -> tuple[Decision, Draft]:
        """Write one part of the reply; decide to hand off where a fact for it is missing."""
        try:
            draft = self._draft(decision, evidence, listener, note)
        except MissingFactError as error:
            note(str(error))
            decision = hand_off(decision, "a fact for the vetted reply is missing")
            draft = Draft(decision.answer.reply.strip() if decision.answer else "")
        if decision.is_guess and decision.answer:
            others = join_choices([choice for choice in decision.choices if choice.intent != decision.answer.offer])
            asks = self.project.assistant.messages.otherwise.replace("{choices}", others)
            draft = replace(draft, text=f"{draft.text}\n\n{asks}")
        note(f"{len(draft.text)} characters")
        return decision, draft

    def repeats(self, decision: Decision, draft: Draft) -> bool:
        """Return whether a follow-up's wording is in the last reply; false where a listener may have heard it."""
        is_heard = self.writer is not None and self._wording(decision) == "generated"
        is_answer = (decision.answer or decision.search) and not decision.hands_off
        return bool(decision.follows and is_answer and not is_heard and draft.text and draft.text in self.state.reply)

    def check(
        self, decision: Decision, draft: Draft, note: Note, happened: Collection[PromiseKind] = ()
    ) -> tuple[Decision, Reply]:
        """Check the wording, and find the source of every figure; decide to hand off where one has none.

        So it is where the wording promises what nothing that `happened` in this turn keeps. What a hand-off promises,
        its own ending says.
        """
        try:
            check_promises(draft.text, [one for passage in draft.passages for one in passage.sentences], happened)
            reply = check(draft)
        except UntracedFigureError:
            # The figure may be another customer's: nothing of it is written down.
            note("a figure has no source")
            return hand_off(decision, "a figure in the reply has no source"), Reply("")
        except UnkeptPromiseError as error:
            note(f"it promises what nothing keeps: {', '.join(promise.kind for promise in error.promises)}")
            return hand_off(decision, "the reply promises what nothing keeps"), Reply("")
        note(f"{len(reply.figures)} figures traced")
        return decision, reply

    def _draft(self, decision: Decision, evidence: Evidence, listener: Listener, note: Note) -> Draft:
        answer, intent = decision.answer, decision.question.intent
        if decision.search:
            return quote_best(evidence.found)
        if answer is None:
            return self._message(decision)
        sheets, more = [*evidence.sheets.values()], self.project.assistant.messages.more
        chosen = self._wording(decision)
        found = evidence.found[:QUOTED]
        if chosen == "extracted" and found:
            return quote_best(found)
        if chosen == "generated" and self.writer:
            title = self.project.intents[intent].title
            context = replace(self.context, intent=intent)
            draft, why = generate_reply(
                self.writer, self.records, context, title, answer, sheets, found, listener, more
            )
            note(why)
            return draft
        if decision.is_brief:
            return self._brief(answer, sheets, found)
        limits = [int(str(arguments["limit"])) for arguments in evidence.arguments.values() if "limit" in arguments]
        # A customer who gives a number wants no more rows than that.
        return write_vetted(
            answer, sheets, found, "" if limits else more, min(max(limits, default=MOST_ROWS), MOST_ASKED)
        )

    def _brief(self, answer: Answer, sheets: Sequence[FactSheet], found: Sequence[FoundPassage]) -> Draft:
        """Answer in a sentence: the best that a policy has, else the first line of the wording."""
        draft = write_vetted(answer, sheets, found[:1], most=1)
        best = quotes(found[:1], most=1)
        short = join_quotes(best) or draft.text.split("\n")[0]
        return replace(draft, text=self.project.assistant.messages.in_short.replace("{short}", short))

    def _wording(self, decision: Decision) -> str:
        intent = decision.question.intent
        return self.project.assistant.wording.of(intent) if intent in self.project.intents else "vetted"

    def _message(self, decision: Decision) -> Draft:
        """Write what the assistant says where it does not answer; a hand-off is worded once, at the reply's end."""
        messages = self.project.assistant.messages
        if decision.sum:
            return word_sum(decision.sum, getattr(messages, decision.says))
        if decision.says == "hand_off":
            return Draft("")
        if decision.says == "refuse":
            if foreign := refusal_in(self.context.message):
                return Draft(foreign)
            wording = messages.refuse[self.state.refusals % len(messages.refuse)]
            return Draft(wording.replace("{suggestions}", self._suggestions()))
        facts = tuple(
            Fact("choice", "label", choice.title, Source("bank", choice.named.ref))
            for choice in decision.choices
            if choice.named
        )
        text = getattr(messages, decision.says).replace("{reference}", self.state.reference)
        return Draft(text.replace("{choices}", join_choices(decision.choices)), facts)

    def _suggestions(self) -> str:
        """Suggest what the assistant can help with, nearest to the question first."""
        near = [intent for intent, probability in self.understanding.ranking if probability >= NEAR]
        titles = [self.project.intents[name].title for name in dict.fromkeys([*near, *self.project.assistant.topics])]
        return _one_of([title[0].lower() + title[1:] for title in titles[:SUGGESTED]])


def word_sum(total: Sum, wording: str) -> Draft:
    """Write a sum in the wording of a message, with its parts."""
    parts = [say(part) for part in total.parts]
    working = " ".join(f"{sign} {part}".strip() for sign, part in zip(total.signs, parts, strict=True))
    holes = {"result": say(total.result), "working": working, "more": parts[0], "less": parts[-1]}
    for hole, value in holes.items():
        wording = wording.replace(f"{{{hole}}}", value)
    return Draft(wording, total.facts)


def join_replies(replies: Sequence[Reply], endings: Sequence[str] = ()) -> Reply:
    """Join the parts of a reply in their order, without paragraphs or quoted sentences that are there already."""
    paragraphs: dict[str, None] = {}
    for text, passages in [*((reply.text, reply.citations) for reply in replies), *((text, ()) for text in endings)]:
        before = " ".join(paragraphs)
        for sentence in [sentence for passage in passages for sentence in passage.sentences if sentence in before]:
            text = text.replace(sentence, "").replace("  ", " ")
        paragraphs |= dict.fromkeys(part for part in map(str.strip, text.strip().split("\n\n")) if part)
    figures: Iterable[FigureSource] = dict.fromkeys(figure for reply in replies for figure in reply.figures)
    cited: Iterable[Passage] = {passage.id: passage for reply in replies for passage in reply.citations}.values()
    return Reply("\n\n".join(paragraphs), tuple(figures), tuple(cited))


def join_choices(choices: Sequence[Choice]) -> str:
    """List what a question offers in its text, without the person and "something else", which need no words."""
    return _one_of([f"“{choice.title}”" for choice in choices if choice.intent not in (PERSON, SOMETHING_ELSE)])


def _one_of(titles: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(titles[:-1]), *titles[-1:])))
