"""Cases on SQLite and PostgreSQL: one agent at a time, each act an event, the rows kept up with them."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text, update

from records.conftest import add_turn, tamper  # pyright: ignore[reportMissingImports]
from tellerbot.conversation.events import AgentReplied, CaseClaimed, CaseClosed, CaseOpened, CaseReturned
from tellerbot.conversation.state import fold
from tellerbot.conversation.turns import view, view_all
from tellerbot.errors import DataError
from tellerbot.records.cases import MOST_TURNS, CaseConflictError, Cases, UnknownCaseError
from tellerbot.records.conversations import Conversations
from tellerbot.records.store import ConversationNotFoundError, Records
from tellerbot.records.tables import turns
from tellerbot.records.verify import verify


@pytest.fixture
def cases(store: Records) -> Cases:
    """Two cases of ada's, in two conversations, and an earlier one of nobody who signed in."""
    add_turn(store, "nobodys", None, reference="NBDYSR")
    add_turn(store, reference="QWRTZP")
    add_turn(store, "second", reference="SCNDRF")
    return Cases(store)


def test_a_case_is_claimed_answered_returned_claimed_again_and_closed(store: Records, cases: Cases) -> None:
    assert cases.claim("QWRTZP", "Kim").agent == "Kim"
    cases.reply("QWRTZP", "Kim", "Hello, I am Kim.")
    returned = cases.return_("QWRTZP", "Kim")
    assert (returned.status, returned.agent) == ("returned", None)
    cases.claim("QWRTZP", "Lee")
    closed = cases.close("QWRTZP", "Lee")
    assert (closed.status, closed.agent, closed.customer, closed.priority) == ("closed", "Lee", "CUST-1", 2)
    assert closed.claimed_at and closed.closed_at and closed.at <= closed.claimed_at <= closed.closed_at
    assert [*store.events("talk", "CUST-1")][-10::2] == [
        CaseClaimed("QWRTZP", "Kim"),
        AgentReplied("QWRTZP", "Kim", "Hello, I am Kim."),
        CaseReturned("QWRTZP", "Kim"),
        CaseClaimed("QWRTZP", "Lee"),
        CaseClosed("QWRTZP", "Lee"),
    ]
    found = verify(store.engine)
    assert (found.faults, found.turns) == ((), 3 + 5)


def test_what_agents_do_are_turns_of_their_own(store: Records, cases: Cases) -> None:
    cases.claim("QWRTZP", "Kim")
    cases.reply("QWRTZP", "Kim", "Hello.")
    cases.close("QWRTZP", "Kim")
    opened, *acts = (view(turn) for turn in store.turns("talk", "CUST-1"))
    assert opened.reference == "QWRTZP"
    assert [(turn.agent, turn.message, turn.reply, turn.notice) for turn in acts] == [
        ("Kim", "", "", "Kim has joined this conversation."),
        ("Kim", "", "Hello.", ""),
        ("Kim", "", "", "Kim has closed this case. I'm here if you need anything else."),
    ]
    case, seen = cases.show("QWRTZP")
    assert case.status == "closed" and seen == store.turns("talk", "CUST-1")


@pytest.mark.slow
def test_a_long_conversation_is_shown_a_page_at_a_time(store: Records, cases: Cases) -> None:
    for number in range(MOST_TURNS + 3):
        add_turn(store, message=f"message {number}")
    every = [turn.id for turn in store.turns("talk", "CUST-1")]
    Conversations(store).rate("talk", "CUST-1", every[0], True)
    newest = cases.show("QWRTZP")[1]
    assert [turn.id for turn in newest[:MOST_TURNS]] == every[-MOST_TURNS:]
    earlier = cases.show("QWRTZP", newest[0].id)[1]
    assert [turn.id for turn in earlier[:-1]] == every[:-MOST_TURNS] and view_all(earlier)[0].is_helpful
    assert len(earlier) == len(every) - MOST_TURNS + 1  # the rating
    theirs = store.turns("second", "CUST-1")[0].id
    for before in (every[0], theirs, "none", "a\0", "\ud800", ""):
        assert cases.show("QWRTZP", before)[1] == []


def test_two_agents_who_claim_at_once_get_it_once(cases: Cases) -> None:
    def claim(agent: str) -> bool:
        try:
            return cases.claim("QWRTZP", agent).agent == agent
        except CaseConflictError:
            return False

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(claim, [f"Agent {number}" for number in range(16)]))
    assert sum(won) == 1
    assert cases.show("QWRTZP")[0].agent == f"Agent {won.index(True)}"


def test_claimed_again_by_its_own_agent_it_stays_as_it_is(store: Records, cases: Cases) -> None:
    first = cases.claim("QWRTZP", "Kim")
    assert cases.claim("QWRTZP", "Kim") == first
    assert len(store.turns("talk", "CUST-1")) == 2


def test_an_agent_may_have_many_conversations_and_each_has_one_agent(store: Records, cases: Cases) -> None:
    add_turn(store, reference="THRDRF")
    cases.claim("QWRTZP", "Kim")
    cases.claim("SCNDRF", "Kim")
    cases.claim("NBDYSR", "Lee")
    for agent in ("Kim", "Lee"):
        with pytest.raises(CaseConflictError, match="Kim has it with the case QWRTZP"):
            cases.claim("THRDRF", agent)
    cases.close("QWRTZP", "Kim")
    assert cases.claim("THRDRF", "Lee").agent == "Lee"


@pytest.mark.parametrize("status", ["open", "claimed", "returned", "closed"])
@pytest.mark.parametrize("act", [
    lambda cases: cases.reply("QWRTZP", "Lee", "Hello."),
    lambda cases: cases.return_("QWRTZP", "Lee"),
    lambda cases: cases.close("QWRTZP", "Lee"),
], ids=["reply", "return", "close"])  # fmt: skip
def test_only_who_has_a_case_acts_on_it(store: Records, cases: Cases, status: str, act: object) -> None:
    if status != "open":
        cases.claim("QWRTZP", "Kim")
    if status == "returned":
        cases.return_("QWRTZP", "Kim")
    if status == "closed":
        cases.close("QWRTZP", "Kim")
    before = store.events("talk", "CUST-1")
    with pytest.raises(CaseConflictError, match="Expected that Lee has the case QWRTZP, found that"):
        act(cases)  # type: ignore[operator]
    assert store.events("talk", "CUST-1") == before and cases.show("QWRTZP")[0].status == status


def test_a_closed_case_stays_closed(cases: Cases) -> None:
    cases.claim("QWRTZP", "Kim")
    cases.close("QWRTZP", "Kim")
    for agent in ("Kim", "Lee"):
        with pytest.raises(CaseConflictError, match="found QWRTZP closed by Kim"):
            cases.claim("QWRTZP", agent)
    with pytest.raises(CaseConflictError, match="stays closed"):
        cases.reply("QWRTZP", "Kim", "One more thing.")


@pytest.mark.parametrize("reference", ["NOSUCH", "", "a\0b", "' OR '1'='1"])
def test_a_case_that_is_not_there(cases: Cases, reference: str) -> None:
    for use in (cases.show, lambda name: cases.claim(name, "Kim"), lambda name: cases.close(name, "Kim")):
        with pytest.raises(UnknownCaseError, match="Expected the reference of a case"):
            use(reference)


@pytest.mark.parametrize("agent", ["", " ", "Kim ", "a\nb", "a\0", "\u202eKim", "x" * 81])
def test_an_agent_has_a_name_that_can_be_shown(cases: Cases, agent: str) -> None:
    with pytest.raises(DataError, match="agent: expected a name"):
        cases.claim("QWRTZP", agent)


def test_cases_are_listed_by_priority_then_age_and_by_status(store: Records, cases: Cases) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE cases SET priority = 3 WHERE reference = 'SCNDRF'"))

    def listed(*status: str, limit: int = 9) -> list[str]:
        return [case.reference for case in cases.list_cases(*status, limit=limit)]  # type: ignore[arg-type]

    assert listed() == ["SCNDRF", "NBDYSR", "QWRTZP"] and listed(limit=1) == ["SCNDRF"]
    for reference in ("QWRTZP", "NBDYSR", "SCNDRF"):
        cases.claim(reference, "Kim")
    cases.return_("SCNDRF", "Kim")
    cases.close("QWRTZP", "Kim")
    assert (listed(), listed("returned"), listed("open")) == (["SCNDRF"], ["SCNDRF"], [])
    assert (listed("claimed"), listed("closed")) == (["NBDYSR"], ["QWRTZP"])
    cases.close("NBDYSR", "Kim")
    assert listed("closed") == ["NBDYSR", "QWRTZP"]


def test_the_state_is_read_from_what_agents_did(store: Records, cases: Cases) -> None:
    def state() -> tuple[str, str]:
        found = fold(store.events("talk", "CUST-1"))
        return found.agent, found.reference

    assert state() == ("", "QWRTZP")
    cases.claim("QWRTZP", "Kim")
    assert state() == ("Kim", "QWRTZP")
    cases.return_("QWRTZP", "Kim")
    assert state() == ("", "QWRTZP")
    cases.claim("QWRTZP", "Kim")
    cases.close("QWRTZP", "Kim")
    assert state() == ("", "")


def test_an_agent_has_a_conversation_however_long_ago_it_was_claimed(store: Records, cases: Cases) -> None:
    cases.claim("QWRTZP", "Kim")
    with store.engine.begin() as connection:
        connection.execute(update(turns).values(at=datetime.now(UTC) - timedelta(days=3)))
    remembered = store.history("talk", "CUST-1", datetime.now(UTC) - timedelta(hours=12)).events
    assert remembered == (CaseOpened("QWRTZP", "asked for a person", 2), CaseClaimed("QWRTZP", "Kim"))


def test_news_are_what_agents_did_since_a_turn(store: Records, cases: Cases) -> None:
    before = cases.news("talk", "CUST-1")
    assert (before.turns, before.is_open, before.agent) == ((), True, "")
    cases.claim("QWRTZP", "Kim")
    joined = cases.news("talk", "CUST-1")
    assert [view(turn).notice for turn in joined.turns] == ["Kim has joined this conversation."]
    assert (joined.is_open, joined.agent) == (True, "Kim")
    add_turn(store, message="are you there?")
    cases.reply("QWRTZP", "Kim", "Yes.")
    cases.close("QWRTZP", "Kim")
    since = cases.news("talk", "CUST-1", joined.turns[0].id)
    assert [view(turn).reply for turn in since.turns] == ["Yes.", ""]
    assert (since.is_open, since.agent) == (False, "")
    assert len(cases.news("talk", "CUST-1", "no such turn").turns) == 3
    add_turn(store, "quiet")
    assert cases.news("quiet", "CUST-1").is_open is False
    for conversation in ("nobodys", "talk", "none", "a\0b"):
        with pytest.raises(ConversationNotFoundError):
            cases.news(conversation, "CUST-2")


TAMPERINGS = {
    "given to another agent": ("UPDATE cases SET agent = 'Eve'", "its agent was altered: expected Kim, found Eve"),
    "closed by nobody": (
        "UPDATE cases SET status = 'closed'",
        "its status was altered: expected claimed, found closed",
    ),
    "put to the end": ("UPDATE cases SET priority = 0", "its priority was altered: expected 2, found 0"),
    "another name": ("UPDATE cases SET reference = 'XXXXXX'", "case XXXXXX: it was added"),
    "taken away": ("DELETE FROM cases", "case QWRTZP: it is missing"),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_a_case_that_was_tampered_with_is_named(store: Records, what: str) -> None:
    add_turn(store, reference="QWRTZP")
    Cases(store).claim("QWRTZP", "Kim")
    assert verify(store.engine).faults == ()
    statement, fault = TAMPERINGS[what]
    tamper(store, statement)
    assert any(re.search(fault, found) for found in verify(store.engine).faults), verify(store.engine).faults
    assert all(found.startswith("case ") for found in verify(store.engine).faults)


def test_verification_goes_on_while_agents_act(store: Records, cases: Cases) -> None:
    for number in range(30):
        add_turn(store, f"talk {number}", reference=f"REF {number}")

    def act(number: int) -> tuple[str, ...]:
        if number % 3 == 0:
            return verify(store.engine).faults
        cases.claim(f"REF {number}", "Kim")
        cases.close(f"REF {number}", "Kim")
        return ()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(act, range(30))) == {()}
