"""The packaged language model, read from its GGUF file."""

from pathlib import Path

import pytest
import torch

from tellerbot.knowledge.config import QuestionsConfig
from tellerbot.knowledge.questions import QuestionModel, fit_questions
from tellerbot.knowledge.rows import Question, Retrieval
from tellerbot.weights import resolve


@pytest.mark.timeout(300)
def test_the_packaged_language_model_knows_english() -> None:
    model = QuestionModel(resolve("HuggingFaceTB/SmolLM2-135M-Instruct"), 200)
    assert sum(parameter.numel() for parameter in model.model.parameters()) == 134_515_008
    assert {parameter.dtype for parameter in model.model.parameters()} == {torch.float32}
    passage = "Our branches are open from nine to five on weekdays."
    plain, shuffled = model.likelihoods(
        [("When are your branches open?", passage), ("open your When branches are?", passage)]
    )
    assert plain > shuffled + 10


@pytest.mark.timeout(600)
def test_the_packaged_language_model_learns_to_ask(tmp_path: Path) -> None:
    folder = resolve("HuggingFaceTB/SmolLM2-135M-Instruct")
    passages = {
        str(at): f"A {thing} costs ${at + 1}.50 a year." for at, thing in enumerate(("box", "card", "line", "fee"))
    }
    rows = [Question(at, f"How much is it for {text[:6].lower()}?", at) for at, text in passages.items()]
    retrieval = Retrieval(passages, {"train": rows * 2, "validation": rows}, "rows of the test")
    config = QuestionsConfig(epochs=2, batch_size=4, learning_rate=1e-4, max_tokens=32)
    _, history = fit_questions(folder, config, 0, retrieval, tmp_path, lambda step, steps, note: None)
    assert len(history.loss) == 4 and history.loss[-1] < history.loss[0]
