"""`tellerbot search` with one question."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tellerbot.cli.main import app
from tellerbot.errors import ConfigError


@pytest.fixture
def search(home: Path) -> Any:
    return lambda *arguments: CliRunner().invoke(app, ["search", *map(str, arguments), "--home", str(home), "--quiet"])


def test_a_question_shows_the_texts_of_its_passages(search: Any) -> None:
    result = search("production", "what is the atm fee", "--top-k", 2)
    assert result.exit_code == 0, result.output
    assert "1. " in result.stdout and "2. " in result.stdout and "3. " not in result.stdout
    assert "in these passages: answerability 0." in result.stdout
    found = json.loads(search("production", "what is the atm fee", "--top-k", 2, "--json", "-").stdout)
    assert len(found["passages"]) == 2
    for passage in found["passages"]:
        assert passage["id"] in result.stdout and passage["text"].splitlines()[0] in result.stdout


def test_a_question_is_asked_of_a_file_of_passages(search: Any, tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").write_text('{"id": 7, "text": "the atm fee is small"}\n{"id": 8, "text": "a poem"}\n')
    result = search("production", "what is the atm fee", "--corpus", tmp_path / "corpus.jsonl")
    assert "(7, score" in result.stdout and "   the atm fee is small\n" in result.stdout


def test_it_is_one_question_or_a_file_of_them(search: Any, tmp_path: Path) -> None:
    files = ("--input", tmp_path / "in.jsonl", "--output", tmp_path / "out.jsonl")
    for wrong in (("production",), ("production", "why", *files), ("production", *files[:2])):
        result = search(*wrong)
        assert isinstance(result.exception, ConfigError) and "a question, or --input and --output" in str(
            result.exception
        )
