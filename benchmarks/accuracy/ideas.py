"""Ideas that the recipe `fast` doesn't use, each measured against it (docs/lab.md has the
verdicts).

    python benchmarks/accuracy/ideas.py --epochs 6 [--rows NAME ...]

The table is ablation.py's, whose options this takes. Few epochs leave room to get better.
"""

import copy
import random
import sys
from pathlib import Path

from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import ConcatDataset

sys.path.append(str(Path(__file__).resolve().parent.parent))
import ablation
import common  # noqa: F401
from ablation import Row, main

from objectives.questions import QuestionDataset
from text.phrasing import Phrasing
from trainer import Trainer


class FewerMatrices(Row):
    """AdamW for what scores: queries and keys, in the synthesizer w1 and w2. Muon's gain is said to
    be in the other matrices (Wang et al. 2025, arXiv 2509.26030).
    """

    name = "Muon on value, output and feed-forward matrices only"
    scoring = ("query.weight", "key.weight", "w1.weight", "w2")

    def make_trainer(self, model, dataset, config):
        trainer = super().make_trainer(model, dataset, config)
        moved = [p for name, p in model.named_parameters() if name.endswith(self.scoring)]
        muon, adamw = trainer.optimizers
        (group,) = muon.param_groups
        group["params"] = [p for p in group["params"] if not any(p is each for each in moved)]
        rate = ablation.AdamW.training["learning_rate"]
        adamw.add_param_group(dict(params=moved, lr=rate, initial_lr=rate, weight_decay=0.0))
        adamw.param_groups.insert(0, adamw.param_groups.pop())  # the last one's rate is reported
        return trainer


class FewerIterations(Row):
    name = "3 Newton-Schulz iterations instead of 5"

    def make_trainer(self, model, dataset, config):
        trainer = super().make_trainer(model, dataset, config)
        trainer.optimizers[0].param_groups[0]["steps"] = 3
        return trainer


class AveragingTrainer(Trainer):
    """Trainer whose model gets, at the end, the mean of its weights after the steps from `start`,
    a share of all, on.
    """

    def __init__(self, *arguments, start=0.0, **keywords):
        super().__init__(*arguments)
        self.start = start
        self.average = AveragedModel(self.model, **keywords)

    def step(self, x, y):
        loss = super().step(x, y)
        done = self.steps_taken
        if done >= self.start * self.steps_per_epoch * self.config.max_epochs:
            self.average.update_parameters(self.model)
        return loss

    def train(self, after_step=None):
        history = super().train(after_step)
        self.model.load_state_dict(self.average.module.state_dict())
        return history


class MovingAverage(Row):
    name = "moving average of the weights (0.98)"

    def make_trainer(self, model, dataset, config):
        return AveragingTrainer(model, dataset, None, config, multi_avg_fn=get_ema_multi_avg_fn(0.98))


class TailAverage(Row):
    name = "constant learning rate, mean of the last quarter's weights"
    training = dict(final_tokens=1e15)

    def make_trainer(self, model, dataset, config):
        return AveragingTrainer(model, dataset, None, config, start=0.75)


class WithDropout(Row):
    name = "dropout 0.1"
    shape = dict(embd_pdrop=0.1, resid_pdrop=0.1, attn_pdrop=0.1)


class Replay(Row):
    name = "pretraining examples replayed during finetuning"

    def make_finetuning_dataset(self, column, dataset, pairs):
        return ConcatDataset([pairs, dataset])


class SharedOut(QuestionDataset):
    """QuestionDataset that gives half of the turns of the `paired` documents to the others."""

    def __init__(self, corpus, asked, paired):
        super().__init__(corpus, asked)
        self.paired = [index in paired for index, _, _ in asked]
        self.others = [idx for idx, is_paired in enumerate(self.paired) if not is_paired]

    def __getitem__(self, idx):
        if self.others and self.paired[idx] and random.random() < 0.5:
            idx = random.choice(self.others)
        return super().__getitem__(idx)


class LargerShare(Row):
    name = "half the turns of titles with a training pair, given to the others"

    def make_dataset(self, corpus, pairs, train):
        dataset = super().make_dataset(corpus, pairs, train)
        phrasing = Phrasing(corpus.data, [question for question, _ in pairs.pairs])
        paired = {match.place[0] for match in phrasing.matches if match}
        return SharedOut(corpus, dataset.asked, paired)


class FirstWindow(Row):
    name = "policy and spans from the first 112 characters only"

    def make_dataset(self, corpus, pairs, train):
        corpus = copy.copy(corpus)
        corpus.data = [document[:112] for document in corpus.data]
        return super().make_dataset(corpus, pairs, train)


class SmallerBatch(Row):
    name = "batch 32 instead of 64"
    training = dict(batch_size=32)


class FasterMuon(Row):
    name = "Muon 0.03 instead of 0.02"
    training = dict(matrix_learning_rate=0.03)


IDEAS = [FewerMatrices, FewerIterations, MovingAverage, TailAverage, WithDropout, Replay]
IDEAS += [LargerShare, FirstWindow, SmallerBatch, FasterMuon]

if __name__ == "__main__":
    sys.exit(main([Row, *IDEAS], __doc__))
