"""The packaged language model, read from its GGUF file."""

import pytest
import torch

from tellerbot.knowledge.questions import QuestionModel
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
