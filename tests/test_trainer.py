import json
import sys

import pytest
import torch
import tqdm.auto
from torch.utils.data import TensorDataset

from dataset import CharCorruptionDataset
from model import GPT, GPTConfig
from trainer import Trainer, TrainerConfig
from training.devices import cpu_has_bfloat16
from training.optim import lr_multiplier
from utils import set_seed

CORPUS = "Ada lived in London.\nEmmy lived in Erlangen.\nNiels lived in Finnøy.\n"


def make_gpt(corpus, **changes):
    return GPT(GPTConfig(corpus.vocab_size, 32, n_layer=1, n_head=2, n_embd=16, **changes))


STILL = dict(embd_pdrop=0.0, resid_pdrop=0.0, attn_pdrop=0.0)


def train(seed=0, shape=None, **changes):
    set_seed(seed)
    corpus = CharCorruptionDataset(CORPUS * 4, 32)
    settings = dict(max_epochs=3, batch_size=4, learning_rate=1e-2, device="cpu")
    config = TrainerConfig(**{**settings, **changes})
    trainer = Trainer(make_gpt(corpus, **(shape or {})), corpus, None, config)
    trainer.train()
    return trainer


def test_trainer_applies_the_schedule_by_tokens_with_pads():
    trainer = train(lr_decay=True, warmup_tokens=500, final_tokens=3000)
    assert trainer.tokens == 3 * 13 * 31  # epochs x documents x positions
    expected = 1e-2 * lr_multiplier("cosine", trainer.tokens, 500, 3000)
    assert trainer.groups[0]["lr"] == pytest.approx(expected)
    assert trainer.history[-1]["learning_rate"] == pytest.approx(expected)


def test_log_has_one_json_line_an_epoch(tmp_path):
    log = tmp_path / "log.jsonl"
    trainer = train(log_path=str(log))
    records = [json.loads(line) for line in log.read_text().splitlines()]
    assert records == trainer.history
    assert [record["epoch"] for record in records] == [1, 2, 3]
    assert {"loss", "learning_rate", "tokens", "seconds", "tokens_per_second"} <= set(records[0])


def test_progress_shows_epoch_loss_rate_speed_and_time_left(capsys):
    train()
    seen = capsys.readouterr()
    assert seen.out == ""
    for word in ["epoch 3", "loss ", "lr 1.0e-02", "tokens/s", "<00:00"]:
        assert word in seen.err


@pytest.mark.parametrize("in_notebook", [True, False])
def test_a_notebook_has_its_own_progress_bar_that_moves_often(monkeypatch, in_notebook):
    bars = []

    def make_bar(**how):
        bars.append(bar := tqdm.auto.tqdm(**how))
        return bar

    assert sys.modules["trainer"].tqdm is tqdm.auto.tqdm
    monkeypatch.setattr("trainer.tqdm", make_bar)
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    if in_notebook:
        monkeypatch.setitem(sys.modules, "ipykernel", None)
    train(max_epochs=1)
    assert [bar.mininterval for bar in bars] == [0.5 if in_notebook else 30]


def test_test_loss_is_measured_without_dropout_and_the_best_is_kept(tmp_path):
    path = tmp_path / "best.params"
    set_seed(0)
    x = torch.randint(1, 9, (8, 15))
    data, held_out = TensorDataset(x, x), TensorDataset(x, x.roll(1, 0))
    model = GPT(GPTConfig(9, 16, n_layer=1, n_head=2, n_embd=16))
    settings = dict(max_epochs=30, batch_size=4, learning_rate=2e-2, device="cpu")
    config = TrainerConfig(ckpt_path=str(path), **settings)
    trainer = Trainer(model, data, held_out, config)
    modes = []
    history = trainer.train(after_step=lambda trainer: modes.append(model.training))
    assert all(modes)  # again after each test
    losses = [record["test_loss"] for record in history]
    assert losses[-1] > min(losses)  # it overfits: the last is not the best
    model.load_state_dict(torch.load(path, weights_only=True))
    assert trainer.test() == pytest.approx(min(losses), rel=1e-5)


@pytest.mark.skipif(not cpu_has_bfloat16(), reason="this CPU would emulate bfloat16")
def test_bfloat16_on_the_cpu_learns_the_same_within_its_precision():
    # Without dropout, whose draws depend on the micro-batches' shapes.
    types = ("float32", "bfloat16")
    exact, rounded = (train(max_epochs=10, shape=STILL, dtype=dtype) for dtype in types)
    pairs = [(a["loss"], b["loss"]) for a, b in zip(exact.history, rounded.history)]
    assert all(a == pytest.approx(b, rel=0.02) for a, b in pairs) and pairs[0][0] != pairs[0][1]
    assert all(parameter.dtype == torch.float32 for parameter in rounded.model.parameters())
