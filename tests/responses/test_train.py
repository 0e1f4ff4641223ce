"""Training, resuming, merging, exporting and parity, with tiny random models of three families."""

import json
import math
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from safetensors.numpy import load_file

from tellerbot.errors import ArtefactError, DataError, TrainingError
from tellerbot.responses.config import LoraConfig, ResponderConfig
from tellerbot.responses.exported import ExportedModel
from tellerbot.responses.task import ADAPTER, MERGED
from tellerbot.responses.train import train
from tellerbot.training.folders import Run

KEPT = {"README.md", "chat_template.jinja", "config.json", "generation_config.json", "model.safetensors",
        "tokenizer.json", "tokenizer_config.json"}  # fmt: skip


def tiny(folder: Path, encoder: Path, **more: object) -> ResponderConfig:
    settings: dict[str, object] = {
        "model": str(folder), "epochs": 2, "batch_size": 8, "accumulate": 1, "learning_rate": 1e-2, "max_tokens": 700,
        "lora": LoraConfig(rank=4, alpha=8), "measured": 8, "encoder": str(encoder), "merged": "float32",
    }  # fmt: skip
    return ResponderConfig.model_validate(settings | more)


def trained(config: ResponderConfig, rows: Path, runs: Path) -> Run:
    run = train(config, rows, runs=runs)
    assert run is not None
    return run


@pytest.mark.slow
@pytest.mark.parametrize("family", ["llama", "gpt2", "t5"])
def test_each_family_is_trained_merged_exported_and_measured(
    family: str, language_models: dict[str, Path], rows_folder: Path, tiny_model: Path, tmp_path: Path
) -> None:
    config = tiny(language_models[family], tiny_model)
    run = train(config, rows_folder, runs=tmp_path / "runs")
    assert run is not None
    assert {path.name for path in run.folder.iterdir()} == {
        "README.md", "checkpoints", "config.yaml", "curves.png", "data.json", "environment.txt", "first_batch.txt",
        "metrics.json", "model", "replies.jsonl", "report.html", "test.jsonl", "train.jsonl", "validation.jsonl",
    }  # fmt: skip
    vocabulary = "shared_vocabulary.json" if family == "t5" else "vocabulary.json"
    model = {path.name for path in run.model.iterdir()}
    assert model == {"config.json", "model.ct2", "prompt.json", "tokenizer.json", vocabulary}
    assert {path.name for path in (run.folder / ADAPTER).iterdir()} == {
        "README.md", "adapter_config.json", "adapter_model.safetensors",
    }  # fmt: skip
    assert {path.name for path in (run.folder / MERGED).iterdir()} <= KEPT
    metrics = run.read("metrics.json")
    assert 0 < metrics["trained_parameters"] < metrics["parameters"]
    assert abs(metrics["parity"]["perplexity_rise"]) <= config.max_worse
    assert metrics["systems"]["tuned"]["perplexity"] < metrics["systems"]["base"]["perplexity"]
    assert metrics["left_out"] == {"train": 0, "validation": 0, "test": 0}
    assert len((run.folder / "replies.jsonl").read_text().splitlines()) == 8
    # The first batch shows what is learned: the reply with its end, without the prompt.
    row = json.loads((rows_folder / "train.jsonl").read_text().splitlines()[0])
    shown = (run.folder / "first_batch.txt").read_text()
    learned = shown.partition("What is learned of it")[2]
    assert "Customer:" in shown and "Customer:" not in learned and learned.rstrip().endswith("</s>")
    assert row["prompt"].startswith("Topic:")
    assert "<h2>Training</h2>" in (run.folder / "report.html").read_text()


def test_serving_cuts_a_prompt_into_the_same_tokens_as_training(
    language_models: dict[str, Path], rows_folder: Path, tmp_path: Path
) -> None:
    from tellerbot.responses.base import open_tokenizer, prompt_format
    from tellerbot.responses.export import convert
    from tellerbot.responses.rows import encode_prompt

    tokenizer = open_tokenizer(language_models["llama"])
    form = prompt_format(tokenizer, encoder_decoder=False)
    convert(language_models["llama"], tokenizer, form, tmp_path / "model")
    served = ExportedModel(tmp_path / "model", 1)
    for line in (rows_folder / "test.jsonl").read_text().splitlines():
        prompt = json.loads(line)["prompt"]
        assert served.ids(prompt) == encode_prompt(prompt, form, tokenizer)
    assert form.fixed.startswith("<s>system\n") and form.after.endswith("<s>assistant\n")


@pytest.mark.parametrize("family", ["llama", "gpt2"])
def test_the_loss_is_the_models_own_over_the_labels(family: str, language_models: dict[str, Path]) -> None:
    import torch

    from tellerbot.responses.base import open_plain
    from tellerbot.training.fine_tune import _CausalTrainer  # pyright: ignore[reportPrivateUsage]

    model = open_plain(language_models[family])
    ids = torch.randint(4, 200, (3, 20), generator=torch.Generator().manual_seed(1))
    labels = ids.clone()
    # Prompts of several lengths, and padding behind.
    labels[0, :12] = labels[1, :9] = labels[2, :15] = labels[1, 17:] = -100
    batch = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": labels}
    trainer: Any = SimpleNamespace(accelerator=SimpleNamespace(num_processes=2))
    own = model(**batch).loss
    assert torch.isclose(_CausalTrainer.compute_loss(trainer, model, batch), own)
    # Of two processes, each has its part of all labels, and their gradients are averaged.
    counted = _CausalTrainer.compute_loss(trainer, model, batch, num_items_in_batch=torch.tensor(42))
    assert torch.isclose(counted, own * int((labels != -100).sum()) / 42 * 2)


def test_padding_is_never_the_end_of_a_reply(language_models: dict[str, Path], tmp_path: Path) -> None:
    import shutil

    from transformers import AutoTokenizer

    from tellerbot.responses.base import open_tokenizer

    folder = tmp_path / "model"
    shutil.copytree(language_models["gpt2"], folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.pad_token = tokenizer.eos_token
    tokenizer.save_pretrained(folder)
    opened = open_tokenizer(folder)
    assert opened.pad_token_id != opened.eos_token_id


@pytest.mark.slow
def test_a_training_killed_while_it_saves_ends_with_the_same_weights(
    language_models: dict[str, Path], rows_folder: Path, tiny_model: Path, tmp_path: Path
) -> None:
    # Within the first epoch, at its end, and within the second; what is dropped must be the same too.
    steps = ["3", "6", "8"]
    config = tiny(language_models["llama"], tiny_model, lora=LoraConfig(rank=4, alpha=8, dropout=0.2), measured=1)
    path = tmp_path / "config.json"
    path.write_text(config.model_dump_json())
    program = Path(__file__).with_name("killed_training.py")
    done = subprocess.run(
        [sys.executable, str(program), str(path), str(rows_folder), str(tmp_path), *steps],
        env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, check=False, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    whole = load_file(next((tmp_path / "whole").glob(f"responder-*/{MERGED}/model.safetensors")))
    for step in steps:
        again = load_file(next((tmp_path / step).glob(f"responder-*/{MERGED}/model.safetensors")))
        assert whole.keys() == again.keys()
        furthest = {name: float(abs(whole[name] - again[name]).max()) for name in whole}
        assert not any(furthest.values()), (step, furthest)
        assert not list((tmp_path / step).glob(".responder-*"))
        # Figures of an epoch that had ended are kept too.
        found = [
            json.loads(next((tmp_path / each).glob("responder-*/metrics.json")).read_text())["epochs"]
            for each in ("whole", step)
        ]
        assert found[0] == found[1] and len(found[0]) == 2


@pytest.mark.slow
def test_two_processes_train_one_model_and_leave_one_run(
    language_models: dict[str, Path], rows_folder: Path, tiny_model: Path, tmp_path: Path
) -> None:
    config = tiny(language_models["llama"], tiny_model, epochs=1, batch_size=4)
    path = tmp_path / "config.yaml"
    path.write_text(config.model_dump_json())
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "tellerbot",
        "train", "responder", str(path), "--data", str(rows_folder),
    ]  # fmt: skip
    environment = os.environ | {"TELLERBOT_HOME": str(tmp_path), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=250)
    assert done.returncode == 0, done.stderr[-3000:]
    runs = list((tmp_path / "runs").glob("responder-*"))
    assert len(runs) == 1
    # Two processes of four rows a step see what one process of eight sees.
    alone = trained(config.model_copy(update={"batch_size": 8}), rows_folder, tmp_path / "alone")
    ours, theirs = (Run(folder).read("metrics.json")["epochs"] for folder in (runs[0], alone.folder))
    assert len(ours) == len(theirs) == 1
    assert math.isclose(math.exp(ours[0]["validation_loss"]), math.exp(theirs[0]["validation_loss"]), rel_tol=0.05)


@pytest.mark.slow
def test_adapters_are_trained_beside_weights_of_four_bits(
    language_models: dict[str, Path], rows_folder: Path, tiny_model: Path, tmp_path: Path
) -> None:
    config = tiny(language_models["llama"], tiny_model, quantised=True, gradient_checkpointing=True, epochs=1)
    run = trained(config, rows_folder, tmp_path / "runs")
    merged = load_file(run.folder / MERGED / "model.safetensors")
    assert {str(value.dtype) for value in merged.values()} == {"float32"}
    assert run.read("metrics.json")["systems"]["tuned"]["perplexity"] < 1200


@pytest.mark.slow
def test_all_weights_are_trained_without_lora(
    language_models: dict[str, Path], rows_folder: Path, tiny_model: Path, tmp_path: Path
) -> None:
    run = trained(tiny(language_models["gpt2"], tiny_model, lora=None, learning_rate=1e-3), rows_folder, tmp_path)
    metrics = run.read("metrics.json")
    assert metrics["trained_parameters"] == metrics["parameters"]
    assert not (run.folder / ADAPTER).exists()


def test_training_stops_when_the_loss_is_not_finite(
    language_models: dict[str, Path], rows_folder: Path, tiny_model: Path, tmp_path: Path
) -> None:
    config = tiny(language_models["llama"], tiny_model, lora=None, learning_rate=1e30, warmup=0.0)
    with pytest.raises(TrainingError, match=r"the loss became (nan|inf) in batch \d+.*learning rate that is too high"):
        train(config, rows_folder, runs=tmp_path)
    assert not list(tmp_path.iterdir())


def test_training_stops_at_a_batch_without_labels(
    language_models: dict[str, Path], tiny_model: Path, tmp_path: Path
) -> None:
    from tellerbot.responses.base import open_plain, open_tokenizer
    from tellerbot.training.fine_tune import fine_tune
    from tellerbot.training.language_model import quiet
    from tellerbot.training.recipe import MASKED, EncodedPair

    rows = {name: [EncodedPair([5, 6, 7], [MASKED] * 3)] * 8 for name in ("train", "validation")}
    folder = language_models["llama"]
    with quiet(), pytest.raises(TrainingError, match="batch 1 has no label to learn, all are masked"):
        recipe = tiny(folder, tiny_model, lora=None).recipe
        fine_tune(open_plain(folder), open_tokenizer(folder), recipe, rows, tmp_path, lambda step, steps, note: None)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["model.safetensors", "optimizer.pt", "scheduler.pt", "trainer_state.json"])
def test_a_damaged_save_says_how_to_start_anew(
    language_models: dict[str, Path], tiny_model: Path, tmp_path: Path, name: str
) -> None:
    from tellerbot.responses.base import open_plain, open_tokenizer
    from tellerbot.training.fine_tune import fine_tune
    from tellerbot.training.language_model import quiet
    from tellerbot.training.recipe import EncodedPair

    rows = {part: [EncodedPair([5, 6, 7], [-100, 6, 7])] * 8 for part in ("train", "validation")}
    folder = language_models["llama"]
    recipe = tiny(folder, tiny_model, lora=None).recipe

    def train_on() -> None:
        with quiet():
            fine_tune(
                open_plain(folder), open_tokenizer(folder), recipe, rows, tmp_path, lambda step, steps, note: None
            )

    train_on()
    train_on()  # from its last save, which is whole
    (saved,) = tmp_path.glob("saved-*")
    content = (saved / name).read_bytes()
    (saved / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ArtefactError, match=r"expected a save to go on from, found: .* to train from the start"):
        train_on()


def test_rows_that_do_not_fit_are_left_out_and_most_must_fit(
    language_models: dict[str, Path], rows_folder: Path, tiny_model: Path, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"Expected rows of at most 20 tokens.*Raise max_tokens"):
        train(tiny(language_models["llama"], tiny_model, max_tokens=20), rows_folder, runs=tmp_path)


def test_figures_in_replies_are_refused(
    language_models: dict[str, Path], tiny_model: Path, rows_folder: Path, tmp_path: Path
) -> None:
    import shutil

    folder = tmp_path / "rows"
    shutil.copytree(rows_folder, folder)
    with (folder / "train.jsonl").open("a") as file:
        file.write(json.dumps({"prompt": "what is my balance", "completion": "It is $2,682.00."}) + "\n")
    with pytest.raises(DataError, match=r"train.jsonl:49: The figure '\$2,682.00'"):
        train(tiny(language_models["llama"], tiny_model), folder, runs=tmp_path / "runs")


def test_flan_t5_has_as_many_trained_parameters_as_its_config_says() -> None:
    import torch
    import yaml
    from transformers import T5Config, T5ForConditionalGeneration

    from tellerbot.responses.base import count_parameters, with_adapters
    from tellerbot.training.language_model import quiet

    published: Any = T5Config.from_dict(dict(
        vocab_size=32128, d_model=768, d_kv=64, d_ff=2048, num_layers=12, num_decoder_layers=12, num_heads=12,
        feed_forward_proj="gated-gelu", tie_word_embeddings=False,
    ))  # fmt: skip
    with torch.device("meta"):
        model = T5ForConditionalGeneration(published)
    config = ResponderConfig.model_validate(yaml.safe_load(Path("configs/flan-t5-lora.yaml").read_text()))
    with quiet():
        trained_count, total = count_parameters(with_adapters(model, config))
    assert trained_count == 1_769_472
    # Built without its weights, the head over the vocabulary is not yet told apart from the embeddings.
    assert total - trained_count + 32128 * 768 == 247_577_856
