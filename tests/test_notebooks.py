"""The notebook of an assistant's life, run cell by cell on a tiny model."""

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "assistant.ipynb"


@pytest.mark.slow
def test_the_notebook_goes_from_a_project_to_a_reply(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    assert len(cells) == 10
    names: dict[str, Any] = {}
    first, *rest = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
    exec(first, names)  # noqa: S102 - the notebook's own code
    # The tiny model learns little of 123 rows: what is tried is that each cell works.
    tiny = {"model": str(tiny_model), "min_agreement": 0.0, "max_accuracy_loss": 1.0, "acts": False}
    names["CONFIG"] = names["CONFIG"].model_copy(update=tiny)
    for source in rest:
        exec(source, names)  # noqa: S102
    assert set(names["model"].predict(["how much do I have"])) <= {*names["model"].labels, "out_of_scope"}
    assert names["run"].figures() == names["run"].read("metrics.json")["systems"]["exported"]
    assert names["metrics"]["rows"] == 2 and names["folder"].name.endswith("-memory")
    assert names["turn"].as_dict()["reply"] and names["registry"].aliases()["production"] == ["1.0.0"]
