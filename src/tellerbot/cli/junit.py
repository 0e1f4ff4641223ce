"""Conversation tests as JUnit XML, which CI servers show."""

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from tellerbot.assistant.play import PlayedTurn
from tellerbot.files import write_atomic

# What no XML 1.0 document may hold.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(path: Path, release: str, turns: Sequence[PlayedTurn]) -> None:
    """Write one test case for each turn, named by what is typed, its class by the test's file and line."""
    failures = sum(not turn.passed for turn in turns)
    suite = ElementTree.Element(
        "testsuite", name=f"release {release}", tests=str(len(turns)), failures=str(failures), errors="0"
    )
    for turn in turns:
        case = ElementTree.SubElement(
            suite, "testcase", classname=turn.place, name=_legal(f"turn {turn.number}: {turn.say}")
        )
        if not turn.passed:
            what = "\n".join(f"{each.what}: expected {each.expected}, found {each.found}" for each in turn.differences)
            failure = ElementTree.SubElement(case, "failure", message=_legal(what.splitlines()[0]))
            failure.text = _legal(f"{what}\nreply: {turn.reply}")
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    write_atomic(path, ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n")


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
