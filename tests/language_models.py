"""Tiny random language models of three families, and rows of the tiny project to train them on."""

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import own_run, save_random
from shared import make_once

FAMILIES = ("llama", "gpt2", "t5")


@pytest.fixture(scope="session")
def rows_folder(tmp_path_factory: pytest.TempPathFactory, tiny_project: Path) -> Path:
    """A folder of a few rows of the tiny project in each part."""
    from tellerbot.knowledge.passages import sections_of
    from tellerbot.project.load import load_project
    from tellerbot.responses.synth import synthesise

    def make(folder: Path) -> None:
        project = load_project(tiny_project)
        parts = synthesise(project, sections_of(project.policies), 800, 7)
        for (name, rows), count in zip(parts.items(), (48, 8, 8), strict=True):
            (folder / f"{name}.jsonl").write_text("".join(json.dumps(row.columns()) + "\n" for row in rows[:count]))

    return make_once(tmp_path_factory, "replies", make)


@pytest.fixture(scope="session")
def language_models(tmp_path_factory: pytest.TempPathFactory, rows_folder: Path) -> dict[str, Path]:
    """A random two-layer model of each family, with a tokenizer that can write every byte."""
    texts = [line for path in rows_folder.iterdir() for line in path.read_text().splitlines()]
    home = make_once(tmp_path_factory, "language-models", lambda folder: _make_models(folder, texts))
    return {family: home / family for family in FAMILIES}


def _make_models(home: Path, texts: list[str]) -> None:
    import transformers

    for family in FAMILIES:
        vocabulary = byte_tokenizer(home / family, texts, chat=family == "llama")
        config: Any
        if family == "llama":
            config = transformers.LlamaConfig(
                vocab_size=vocabulary, hidden_size=64, intermediate_size=128, num_hidden_layers=2,
                num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=1024,
                pad_token_id=0, bos_token_id=1, eos_token_id=2,
            )  # fmt: skip
            model: Any = transformers.LlamaForCausalLM(config)
        elif family == "gpt2":
            config = transformers.GPT2Config(
                vocab_size=vocabulary, n_embd=64, n_layer=2, n_head=2, n_positions=1024, bos_token_id=1, eos_token_id=2
            )
            model = transformers.GPT2LMHeadModel(config)
        else:
            config = transformers.T5Config.from_dict(dict(
                vocab_size=vocabulary, d_model=64, d_kv=32, d_ff=128, num_layers=2, num_decoder_layers=2, num_heads=2,
                feed_forward_proj="gated-gelu", tie_word_embeddings=False, pad_token_id=0, eos_token_id=2,
                decoder_start_token_id=0,
            ))  # fmt: skip
            model = transformers.T5ForConditionalGeneration(config)
        save_random(model, home / family)


def byte_tokenizer(folder: Path, texts: list[str], *, chat: bool) -> int:
    """Train a byte-level BPE tokenizer and save it; returns its size. One that chats has a template."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<pad>", "<s>", "</s>", "<unk>"]
    trainer = trainers.BpeTrainer(
        vocab_size=1200, special_tokens=special, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", bos_token="<s>", eos_token="</s>", unk_token="<unk>"
    )
    if chat:
        fast.chat_template = (
            "{% for message in messages %}<s>{{ message['role'] }}\n{{ message['content'] }}</s>\n{% endfor %}"
            "{% if add_generation_prompt %}<s>assistant\n{% endif %}"
        )
    fast.save_pretrained(folder)
    return tokenizer.get_vocab_size()


@pytest.fixture
def passage_of() -> Any:
    """Makes a passage with an id and little else."""
    from datetime import date

    from tellerbot.types import Passage

    def make(id: str, *sentences: str) -> Passage:
        return Passage(
            id, id.split("#")[0], "Title", "Section", "1", date(2026, 1, 1), None, " ".join(sentences), sentences
        )

    return make


@pytest.fixture(scope="session")
def tiny_responder(
    tmp_path_factory: pytest.TempPathFactory, language_models: dict[str, Path], rows_folder: Path, tiny_model: Path
) -> Any:
    """A finished responder run of the tiny Llama."""
    from tellerbot.responses.config import LoraConfig, ResponderConfig
    from tellerbot.responses.train import train

    config = ResponderConfig(
        model=str(language_models["llama"]), batch_size=8, learning_rate=1e-2, max_tokens=700,
        lora=LoraConfig(rank=4, alpha=8), measured=4, encoder=str(tiny_model), merged="float32", max_worse=0.2,
    )  # fmt: skip
    made = make_once(tmp_path_factory, "responder", lambda folder: train(config, rows_folder, runs=folder))
    return own_run(made, tmp_path_factory.mktemp("responder") / "runs")
