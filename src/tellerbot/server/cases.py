"""The cases for the bank's own programs, which sign in with a service's token."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from tellerbot.assistant.agents import write_as_agent
from tellerbot.records.case_rows import Status
from tellerbot.records.cases import LONGEST_NAME, Cases, QueuedCase
from tellerbot.server.api import PastTurn, State, Strict, past_turns
from tellerbot.server.auth import service
from tellerbot.server.state import ServerState, server_state

router = APIRouter(prefix="/api/v1/cases", dependencies=[Depends(service)])


class CaseShown(BaseModel):
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


class CaseWithTurns(CaseShown):
    """A case and the newest turns of its conversation, the oldest first; texts are masked."""

    turns: list[PastTurn]


class AgentReply(CaseShown):
    """A case, the text as the customer reads it, and the kinds of personal data that were masked in it."""

    text: str
    masked: list[str]


class ByAgent(Strict):
    """Who does it: a name that the customer may read, one for each person."""

    agent: str = Field(min_length=1, max_length=LONGEST_NAME)


class Written(ByAgent):
    """What an agent writes: 1 to 2,000 characters, sent as they stand but for personal data, which is masked."""

    text: str


def _cases(state: Annotated[ServerState, Depends(server_state)]) -> Cases:
    return Cases(state.store)


Queue = Annotated[Cases, Depends(_cases)]


@router.get("")
async def listed(
    state: State,
    cases: Queue,
    status: Status | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[CaseShown]:
    """Cases by priority, then age. Without a status they are those that wait for an agent: open or returned."""
    return [_shown(case) for case in await state.readers.run(cases.listed, status, limit)]


@router.get("/{reference}")
async def one(reference: str, state: State, cases: Queue) -> CaseWithTurns:
    """A case with its conversation so far."""
    case, turns = await state.readers.run(cases.show, reference)
    return CaseWithTurns(**asdict(case), turns=past_turns(state, turns))


@router.post("/{reference}/claim")
async def claim(reference: str, body: ByAgent, state: State, cases: Queue) -> CaseShown:
    """Take a case and its conversation: the assistant is silent from here on. Claimed again by its agent it stays."""
    return _shown(await state.readers.run(cases.claim, reference, body.agent))


@router.post("/{reference}/reply")
async def reply(reference: str, body: Written, state: State, cases: Queue) -> AgentReply:
    """Write to the customer."""
    countries = state.assistant.parts.project.assistant.countries
    case, masked = await state.workers.run(write_as_agent, cases, reference, body.agent, body.text, countries)
    return AgentReply(**asdict(case), text=masked.text, masked=list(masked.kinds))


@router.post("/{reference}/return")
async def return_(reference: str, body: ByAgent, state: State, cases: Queue) -> CaseShown:
    """Hand the conversation back to the assistant, and the case to whoever claims it next."""
    return _shown(await state.readers.run(cases.return_, reference, body.agent))


@router.post("/{reference}/close")
async def close(reference: str, body: ByAgent, state: State, cases: Queue) -> CaseShown:
    """Settle the case, for good; the assistant has the conversation again."""
    return _shown(await state.readers.run(cases.close, reference, body.agent))


def _shown(case: QueuedCase) -> CaseShown:
    return CaseShown(**asdict(case))
