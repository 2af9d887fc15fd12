"""Share what all findings need: invented people, one training, one score, one table and its plot.

A finding's program gives `main` a function measure(seed, **sizes) that yields rows (panel, series,
x, y): y is drawn against x, a line for each series, side by side for each panel.
"""

import csv
import inspect
import random
import string
import sys
import time
from collections import defaultdict
from pathlib import Path

import torch
import torch.nn.functional as F

ROOT = Path(__file__).resolve().parent.parent
sys.path[1:1] = [str(ROOT / "src"), str(ROOT / "page")]

from plot_table import COLOURS, pyplot  # noqa: E402

from dataset import TextDataset  # noqa: E402
from model import GPT  # noqa: E402
from recipes import model_config, trainer_config  # noqa: E402
from text.console import Parser, report_mistakes  # noqa: E402
from text.formats import MASK_CHAR, PAD_ID  # noqa: E402
from text.vocabulary import Vocabulary  # noqa: E402
from trainer import Trainer  # noqa: E402
from training.batches import make_batches  # noqa: E402
from utils import set_seed  # noqa: E402

RECIPE = "quick"
BLOCK = 128  # the recipe's block size
GENTLY = dict(optimizer="adamw", learning_rate=3e-4)  # settings of a finetuning
VOCABULARY = Vocabulary.of(string.ascii_letters + string.digits + " .,:?")


def combine(heads, tails):
    return [head + tail for head in heads.split() for tail in tails.split()]


FIRST = combine("Al Be Da Ed Ka Lo Mi Ru", "bert da gar lin mund na ric ta")  # 64
LAST = combine(
    "Ash Black Cole Dun East Fair Gold Hart Lang Moor Nor Pem Red Stan Thorn West",
    "berg bury croft field gate ham land ley man mere ridge shaw ton ville wick wood",
)  # 256
PLACES = combine("Bra Cor Du Fel Gri Mal Por Ser", "dova lin mar nia pest rona sk vik")  # 64
FILLER = " ".join(LAST + PLACES)


def invent_people(count, seed):
    """Return different names of invented people, such as "Albert Ashberg", and their places."""
    rng = random.Random(seed)
    numbers = rng.sample(range(len(FIRST) * len(LAST)), count)
    names = [f"{FIRST[n % len(FIRST)]} {LAST[n // len(FIRST)]}" for n in numbers]
    return names, rng.choices(PLACES, k=count)


def pair(question, answer):
    """Return the example of a question: only its answer, and the mark at its end, are trained."""
    return question + MASK_CHAR, answer + MASK_CHAR


def ask_places(names, places, question="Where was {} born?"):
    """Return the example of each person's place of birth."""
    return [pair(question.format(name), place) for name, place in zip(names, places)]


def move(text, characters):
    """Return a text with `characters` characters before it, drawn with Python's `random`."""
    start = random.randrange(len(FILLER) - characters)
    return FILLER[start : start + characters] + text


class Texts(TextDataset):
    """Hold examples (read, learned): a text of both, of which only `learned` is trained.

    before: the most characters that are put before a text, a number drawn anew each time.
    """

    def __init__(self, examples, before=0):
        super().__init__(VOCABULARY, BLOCK)
        self.examples, self.before = examples, before

    def __len__(self):
        return len(self.examples)

    def __getitem__(self, idx):
        read, learned = self.examples[idx]
        if self.before:
            read = move(read, random.randint(0, self.before))
        return self.make_example(read + learned, untrained=max(0, len(read) - 1))


def make_model(variant="vanilla", **shape):
    """Return a new model of the recipe `quick`. shape: fields of the GPTConfig."""
    return GPT(model_config(RECIPE, variant, len(VOCABULARY), **shape))


def train(examples, epochs, seed, model=None, before=0, after_epoch=None, settings=None, **shape):
    """Train a model by the recipe `quick`; return it. Without a model: make_model(**shape).

    before: see Texts. after_epoch: called with the model and the number of each epoch that has
    ended. settings: fields of the TrainerConfig.
    """
    set_seed(seed)
    model = model or make_model(**shape)
    sizes = len(examples), len(examples)
    changes = dict(max_epochs=epochs, seed=seed, **(settings or {}))
    config = trainer_config(RECIPE, "pretrain", *sizes, **changes)

    def after_step(trainer):
        if after_epoch and trainer.steps_taken % trainer.steps_per_epoch == 0:
            after_epoch(model, trainer.steps_taken // trainer.steps_per_epoch)

    Trainer(model, Texts(examples, before), None, config).train(after_step)
    return model


@torch.no_grad()
def compute_losses(model, examples):
    """Return of each example the loss of all of `learned`, in nats (N,), and whether the model
    says it (N,): each of its characters is the most probable one, so greedy sampling gives them.
    """
    losses, said = [], []
    for x, y in make_batches(Texts(examples), 256, 0, shuffle=False):
        length = 1 + int((y != PAD_ID).any(0).nonzero().max())
        x, y = x[:, :length], y[:, :length]
        logits = model(x)[0].mT  # (B, vocab_size, T)
        loss = F.cross_entropy(logits, y, ignore_index=PAD_ID, reduction="none")  # (B, T)
        losses.append(loss.sum(1))
        said.append(((logits.argmax(1) == y) | (y == PAD_ID)).all(1))
    return torch.cat(losses), torch.cat(said)


def score(model, examples):
    """Return the share, in %, of the examples whose `learned` the model says after `read`."""
    return 100 * compute_losses(model, examples)[1].float().mean().item()


@report_mistakes
def main(measure, full, quick, x, y, argv=None):
    """Run a finding's program: print its table, and write NAME.csv and NAME.svg.

    full, quick: the arguments of `measure` beside the seed. x, y: what the axes mean. Rows of other
    seeds that are in the table stay there, and the plot is of all.
    """
    path = Path(inspect.getfile(measure))
    parser = Parser(description=sys.modules[measure.__module__].__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="try the program on a tiny model")
    parser.add_argument("--out", help="the folder of table and plot; default: lab/out[/quick]")
    options = parser.parse_args(argv)
    folder = Path(options.out or ROOT / "lab" / "out" / ("quick" if options.quick else ""))
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_flush_denormal(True)
    # Measure, and print each row as soon as it is known.
    started, rows = time.perf_counter(), []
    print(f"| panel | series | {x} | {y} |\n|---|---|---|---|", flush=True)
    for *keys, value in measure(options.seed, **(quick if options.quick else full)):
        rows.append(dict(zip(("panel", "series", x, y), map(str, (*keys, f"{value:.4g}")))))
        print("|", " | ".join(rows[-1].values()), "|", flush=True)
    minutes = f"{(time.perf_counter() - started) / 60:.2f}"
    rows = [{"seed": str(options.seed), **row, "minutes": minutes} for row in rows]
    # Write them beside those of other seeds.
    table = folder / f"{path.stem}.csv"
    old = table.read_text(encoding="utf-8").split("\n") if table.exists() else []
    rows += [row for row in csv.DictReader(old) if row["seed"] != str(options.seed)]
    rows.sort(key=lambda row: int(row["seed"]))
    with open(table, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    plot(rows, x, y, table.with_suffix(".svg"))


def plot(rows, x, y, path):
    """Draw the rows' panels side by side: a dot for each seed, a line through their means."""
    panels = list(dict.fromkeys(row["panel"] for row in rows))
    how = dict(figsize=(3.6 * len(panels) + 0.8, 3.6), sharey=True, squeeze=False)
    figure, axes = pyplot.subplots(1, len(panels), layout="constrained", **how)
    for panel, axis in zip(panels, axes[0]):
        series = defaultdict(lambda: defaultdict(list))  # {series: {x: the seeds' y}}
        for row in rows:
            if row["panel"] == panel:
                series[row["series"]][row[x]].append(float(row[y]))
        for name, dots in series.items():
            means = [sum(values) / len(values) for values in dots.values()]
            of, *rest = name.split(",")  # "vanilla, AdamW" is vanilla's colour, dashed
            style = dict(color=COLOURS.get(of), marker="o", markersize=4, linewidth=1.4)
            (line,) = axis.plot(list(dots), means, "--" if rest else "-", label=name, **style)
            for where, values in dots.items():
                axis.plot([where] * len(values), values, ".", color=line.get_color(), alpha=0.5)
        axis.set(title=panel, xlabel=x)
        axis.grid(alpha=0.25)
        axis.legend(frameon=False, fontsize="small")
    axes[0][0].set(ylabel=y)
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
