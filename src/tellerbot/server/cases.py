"""The cases for the bank's own programs, which sign in with a service's token."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from tellerbot.assistant.agents import write_as_agent
from tellerbot.records.case_rows import Status
from tellerbot.records.cases import LONGEST_NAME, Cases, QueuedCase
from tellerbot.server.api import Before, PastTurn, State, StrictBody, past_turns
from tellerbot.server.auth import service
from tellerbot.server.state import ServerState, server_state

router = APIRouter(prefix="/api/v1/cases", dependencies=[Depends(service)])


class CaseBody(BaseModel):
    """A case; `agent` has it, or closed it. Times are in UTC. `customer` is null where nobody was signed in."""

    reference: str
    conversation: str
    customer: str | None
    reason: str
    priority: int
    status: Status
    at: datetime
    agent: str | None
    delivered_at: datetime | None
    claimed_at: datetime | None
    closed_at: datetime | None


class CaseWithTurns(CaseBody):
    """A case and the newest 200 turns of its conversation, the oldest first; texts are masked.

    Those before the first of them are the page `before` its id; [] where none are.
    """

    turns: list[PastTurn]


class AgentReply(CaseBody):
    """A case, the text as the customer reads it, and the kinds of personal data that were masked in it."""

    text: str
    masked: list[str]


class AgentBody(StrictBody):
    """Who does it: a name that the customer may read, one for each person."""

    agent: str = Field(min_length=1, max_length=LONGEST_NAME)


class AgentText(AgentBody):
    """An agent's text: 1 to 2,000 characters, sent unchanged but for personal data, which is masked."""

    text: str


async def _cases(state: Annotated[ServerState, Depends(server_state)]) -> Cases:
    return Cases(state.store)


Queue = Annotated[Cases, Depends(_cases)]


@router.get("")
async def list_cases(
    state: State,
    cases: Queue,
    status: Status | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[CaseBody]:
    """Cases by priority, then age. Without a status they are those that wait for an agent: open or returned."""
    return [_case_body(case) for case in await state.readers.run(cases.list_cases, status, limit)]


@router.get("/{reference}")
async def show_case(reference: str, state: State, cases: Queue, before: Before = None) -> CaseWithTurns:
    """Return a case with the newest turns of its conversation so far, `before` one of them if it is given."""
    case, turns = await state.readers.run(cases.show, reference, before)
    return CaseWithTurns(**asdict(case), turns=past_turns(state, turns))


@router.post("/{reference}/claim")
async def claim(reference: str, body: AgentBody, state: State, cases: Queue) -> CaseBody:
    """Take a case and its conversation: the assistant is silent from here on. Claimed again by its agent it stays."""
    return _case_body(await state.readers.run(cases.claim, reference, body.agent))


@router.post("/{reference}/reply")
async def reply(reference: str, body: AgentText, state: State, cases: Queue) -> AgentReply:
    """Write to the customer."""
    countries = state.assistant.parts.project.assistant.countries
    case, masked = await state.workers.run(write_as_agent, cases, reference, body.agent, body.text, countries)
    return AgentReply(**asdict(case), text=masked.text, masked=list(masked.kinds))


@router.post("/{reference}/return")
async def return_(reference: str, body: AgentBody, state: State, cases: Queue) -> CaseBody:
    """Hand the conversation back to the assistant, and the case to the agent who claims it next."""
    return _case_body(await state.readers.run(cases.return_, reference, body.agent))


@router.post("/{reference}/close")
async def close(reference: str, body: AgentBody, state: State, cases: Queue) -> CaseBody:
    """Settle the case, for good; the assistant has the conversation again."""
    return _case_body(await state.readers.run(cases.close, reference, body.agent))


def _case_body(case: QueuedCase) -> CaseBody:
    return CaseBody(**asdict(case))
