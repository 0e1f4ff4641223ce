"""The shipped configs are complete, and say what the defaults are."""

import json
from pathlib import Path

import pytest
import yaml

from tellerbot.checks.config import CheckConfig
from tellerbot.intents.config import IntentsConfig
from tellerbot.knowledge.config import RetrieverConfig
from tellerbot.responses.config import ResponderConfig
from tellerbot.training.config import Config, read_config

CONFIGS = Path(__file__).parents[1] / "configs"
# Of a bank, not of a run.
BANK = CONFIGS / "http-bank.yaml"
RETRIEVERS = ("retriever.yaml", "finance-retrieval.yaml", "finance-retrieval-questions.yaml")
RESPONDERS = ("smollm2-lora.yaml", "smollm2-full.yaml", "flan-t5-lora.yaml", "tinyllama-qlora.yaml")
KINDS: dict[str, type[Config]] = {
    **dict.fromkeys(RETRIEVERS, RetrieverConfig), **dict.fromkeys(RESPONDERS, ResponderConfig),
    "check.yaml": CheckConfig,
}  # fmt: skip


@pytest.mark.parametrize("path", sorted({*CONFIGS.glob("*.yaml")} - {BANK}), ids=lambda path: path.name)
def test_every_config_of_a_run_loads(path: Path) -> None:
    assert read_config(path, KINDS.get(path.name, IntentsConfig))


def test_the_notebook_trains_the_shipped_config() -> None:
    notebook = json.loads((CONFIGS.parent / "notebooks" / "responder.ipynb").read_text())
    [cell] = [text for each in notebook["cells"] if (text := "".join(each["source"])).startswith("config = ")]
    written = cell.split('"""')[1].removeprefix("\\\n")
    shipped = read_config(CONFIGS / "tinyllama-qlora.yaml", ResponderConfig)
    assert ResponderConfig.model_validate(yaml.safe_load(written)) == shipped


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("intents.yaml", IntentsConfig),
        ("retriever.yaml", RetrieverConfig),
        ("smollm2-lora.yaml", ResponderConfig),
        ("check.yaml", CheckConfig),
    ],
)
def test_the_commented_config_shows_every_key_with_its_default(name: str, kind: type[Config]) -> None:
    assert yaml.safe_load((CONFIGS / name).read_text()) == kind().model_dump()
