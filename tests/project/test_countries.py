"""The countries whose phone numbers are masked: which codes an assistant.yaml may name."""

import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from tellerbot.errors import DataError
from tellerbot.project.load import load_assistant

LINE = "countries: [US]"


@pytest.fixture
def assistant_file(tmp_path: Path) -> Path:
    path = tmp_path / "assistant.yaml"
    shutil.copy(str(files("tellerbot.project") / "demo" / "assistant.yaml"), path)
    return path


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (LINE, ("US",)),
        ("", ("US",)),
        ("countries: [GB, DE, IN]", ("GB", "DE", "IN")),
        ('countries: ["NO"]', ("NO",)),
        ("countries: []", ()),
    ],
)
def test_countries_are_read_and_are_the_us_alone_by_default(
    assistant_file: Path, line: str, expected: tuple[str, ...]
) -> None:
    text = assistant_file.read_text()
    assert LINE in text
    assistant_file.write_text(text.replace(LINE, line))
    assert load_assistant(assistant_file).countries == expected


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("UK", "expected an ISO 3166 code in capitals, such as US, GB or DE, found 'UK'"),
        ("gb", "found 'gb'"),
        ("Germany", "found 'Germany'"),
        ("49", "valid string"),
        ("NO", "valid string"),
        ("''", "found ''"),
    ],
)
def test_a_code_that_is_no_country_is_named_with_its_line(assistant_file: Path, code: str, message: str) -> None:
    text = assistant_file.read_text().replace(LINE, f"countries:\n  - DE\n  - {code}")
    assistant_file.write_text(text)
    with pytest.raises(DataError) as raised:
        load_assistant(assistant_file)
    (problem,) = raised.value.problems
    assert message in problem.what
    assert problem.line == text.splitlines().index(f"  - {code}") + 1
