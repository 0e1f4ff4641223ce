"""Each benchmark runs on a few rows of the tests' own: its figures are another matter."""

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import yaml

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
Run = Callable[..., str]


def open_benchmark(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"benchmark_{name}", BENCHMARKS / f"{name}.py")
    assert spec and spec.loader
    # Its own processes look it up by its name.
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a benchmark in an empty folder with options, and with other values of its constants; what it prints."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    monkeypatch.chdir(tmp_path)

    def start(name: str, *options: object, **constants: Any) -> str:
        module = open_benchmark(name)
        for constant, value in constants.items():
            monkeypatch.setattr(module, constant, value)
        monkeypatch.setattr(sys, "argv", [name, *map(str, options)])
        capsys.readouterr()
        module.main()
        return capsys.readouterr().out

    return start


def write_rows(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path


@pytest.mark.slow
def test_first_requests(run: Run, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLERBOT_HOME", str(own_home))
    rows = [{"set": 1, "say": f"make a transfer of ${number}", "flow": "move_money"} for number in range(10)]
    found = run("first_requests", ROWS=write_rows(own_home / "requests.jsonl", rows))
    # The tiny project has no flows.
    assert "| 1 | 10 | 0 (0.0%) |" in found


def test_follow_ups(run: Run, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLERBOT_HOME", str(own_home))
    pairs = [("what is the atm fee", "atm_fees"), ("what is my balance", "check_balance")]
    rows = [
        {"before": before, "text": text, "intent": intent, "follows": follows}
        for before in pairs
        for (text, intent), follows in zip([*pairs, ("and abroad", before[1])], (False, False, True), strict=True)
    ]
    rows.append({**rows[2], "intent": "lost_card"})
    found = run("follow_ups", ROWS=write_rows(own_home / "follow_ups.jsonl", rows))
    assert "| begin anew | 4 | 100.0% | 100.0% |" in found and "| all | 7 |" in found


@pytest.mark.slow
def test_claims(run: Run, tiny_project: Path, tiny_model: Path, tmp_path: Path) -> None:
    from tellerbot.checks.config import CheckConfig
    from tellerbot.checks.train import train
    from tellerbot.knowledge.passages import documents_of
    from tellerbot.project.load import load_project

    config = CheckConfig(model=str(tiny_model), claims=100, epochs=1, layers=1, min_parity=0.0)
    made = train(config, documents_of(load_project(tiny_project).policies), runs=tmp_path)
    fee = ["Our fee is $5.00.", "There is no fee under 18."]
    rows = [
        {"evidence": fee, "sentence": f"You pay ${amount}.00.", "label": label, "kind": kind}
        for amount, label, kind in ((5, "supported", "paraphrase"), (6, "contradicted", "number"))
    ]
    for name in ("claims.jsonl", "claims_validation.jsonl"):
        write_rows(tmp_path / "rows" / name, rows * 5)
    found = run("claims", made.folder, ROWS=tmp_path / "rows")
    assert (
        "| words shared | 1.000 | 100.0% | 0.0% |" in found
        and "| number | 5 |" in found
        and "| paraphrase | 5 |" in found
    )


@pytest.mark.slow
def test_slots(run: Run, tmp_path: Path) -> None:
    paid = {"amount_of_money": {"value": {"amount": 12.5, "currency": "USD"}, "span": [7, 13]}}
    due = {"date": {"value": {"year": 2022, "month": 3, "day": 14}, "span": [3, 12]}}
    at_noon = {"time": {"value": {"hour": 9, "minute": 30}, "span": [3, 10]}}
    cards = {"number": {"value": 3, "span": [0, 1]}}
    texts = [("i sent $12.50 to her", paid), ("on yesterday", due), ("at 9:30 am", at_noon), ("3 cards came", cards)]
    rows = [{"fold": fold, "text": text, "slots": slots} for fold in (0, 10) for text, slots in texts]
    write_rows(tmp_path / "nlupp-banking" / "train.jsonl", rows)
    found = run("slots", "--data", tmp_path)
    assert found.count("100.0%") == 8


def test_flows(run: Run, tmp_path: Path) -> None:
    spoken = [
        ("what is my balance", {"intent": "CheckBalance", "slots": {}}),
        ("my savings account", {"intent": "CheckBalance", "slots": {"account_type": ["savings"]}}),
    ]
    turns: list[dict[str, Any]] = []
    for text, bank in spoken:
        turns.append({"speaker": "user", "text": text, "bank": bank})
        asks = {"acts": [["REQUEST", "account_type", ["checking", "savings"]]]}
        turns.append({"speaker": "system", "text": "Of which account?", "bank": asks})
    write_rows(tmp_path / "sgd-banks" / "train.jsonl", [{"id": str(at), "turns": turns} for at in range(5)])
    found = run("flows", "--data", tmp_path)
    assert "joint" in found and "100.0% of 10 turns" in found


def test_masking(run: Run, tmp_path: Path) -> None:
    found = run("masking", "--count", 10, "--json", tmp_path / "masking.json")
    assert "sentences, seed 14" in found
    assert json.loads((tmp_path / "masking.json").read_text())["kinds"]


def test_round_trip(run: Run) -> None:
    with pytest.raises(SystemExit) as end:
        run("round_trip", "--documents", 10, "--seed", 0)
    assert end.value.code == 0


@pytest.mark.slow
def test_knowledge(run: Run, tmp_path: Path, tiny_model: Path) -> None:
    passages = [f"the {thing} costs {number} dollars a year" for number, thing in enumerate("abcdefghij")]
    asked = [
        {"id": at, "question": f"how much is the {passage[4]}", "positive_id": at}
        for at, passage in enumerate(passages)
    ]
    folder = tmp_path / "finance-retrieval"
    write_rows(folder / "corpus.jsonl", [{"id": at, "text": text} for at, text in enumerate(passages)])
    write_rows(folder / "train.jsonl", asked[:6])
    write_rows(folder / "validation.jsonl", asked[6:])
    config = {"model": str(tiny_model), "epochs": 1, "batch_size": 4, "max_tokens": 32, "min_parity": 0.5,
              "allow_leaks": True, "hard_negative_epochs": 0,
              "reranker": {"layers": 1, "epochs": 1, "candidates": 2, "max_tokens": 32}}  # fmt: skip
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    found = run("knowledge", "--data", tmp_path, "--config", tmp_path / "config.yaml")
    assert "ndcg@10" in found and "questions a second" in found


@pytest.mark.slow
def test_understanding(run: Run, tmp_path: Path) -> None:
    things = {"card": ["card", "visa"], "balance": ["balance", "funds"], "loan": ["loan", "mortgage"]}
    forms = ("show my {}", "where is the {} now", "i lost a {}", "tell me of one {}", "no {} came today")
    texts = [(form.format(word), name) for name, words in things.items() for word in words for form in forms]
    (tmp_path / "banking77").mkdir()
    (tmp_path / "banking77" / "train.csv").write_text(
        "".join(f"{text},{name}\n" for text, name in [("text", "category"), *texts])
    )
    found = run(
        "understanding",
        "--data",
        tmp_path,
        "--only",
        "accuracy",
        "--repeats",
        1,
        SYSTEMS=["TF-IDF + linear", "tellerbot"],
    )
    assert "| TF-IDF + linear |" in found and "| tellerbot |" in found


def test_growth(run: Run, tmp_path: Path) -> None:
    vectors = np.eye(20, 384, dtype=np.float32)
    small: dict[str, Any] = {"SIZES": {"1k": 40}, "QUESTIONS": 10, "real": lambda: (vectors, vectors[:10])}
    run("growth", "--work", tmp_path, "--one", "qdrant, local mode", "1k", **small)
    found = run("growth", "--work", tmp_path, "--sizes", "1k", "--stores", "qdrant, local mode", **small)
    assert "| 1k | qdrant, local mode |" in found and "| 1.000 |" in found


@pytest.mark.slow
def test_acts(run: Run, tmp_path: Path) -> None:
    from tellerbot.intents.act_model import export_acts

    export_acts(tmp_path / "acts")
    rows = [{"text": text, "acts": acts} for text, acts in [("hello", ["greet"]), ("thanks", ["thank"])] * 5]
    found = run("acts", tmp_path, HELD_OUT=write_rows(tmp_path / "rows.jsonl", rows))
    assert "| greet | 5 | 100.0% | 100.0% |" in found


@pytest.mark.slow
def test_responses(run: Run, tiny_responder: Any, tmp_path: Path) -> None:
    found = run("responses", "--run", tiny_responder.folder, "--json", tmp_path / "found.json", ASKED=8)
    assert "8 held-out prompts" in found and json.loads((tmp_path / "found.json").read_text())["speed"]


@pytest.mark.slow
def test_server(run: Run, own_home: Path) -> None:
    found = run(
        "server", "--home", own_home, "--only", "closed", "--databases", "sqlite", "--clients", 1, "--seconds", 1
    )
    assert "Kept in" in found and "sqlite" in found.lower()
