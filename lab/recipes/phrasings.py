"""Measure what happens when questions are written differently, in training and at evaluation.

    python lab/recipes/phrasings.py --corpus DIR/wiki.txt --pairs DIR/birth_places_train.tsv
    python lab/recipes/phrasings.py --recipe text --trained "as they are" --seed 1

It trains the recipe on the pairs without the last 400: as they are, with half of the questions
rephrased, and with one in twenty damaged (without its question mark, in lower case, or with a space
behind it). Each model is then asked the held-out questions: before its finetuning, and after it in
several phrasings. The mean is of the last five of these. The minutes are those of training. With
--folder the trained parameters are kept there, and a repeated command uses or continues them.
"""

import random
import sys
import tempfile
from pathlib import Path

from time_to_accuracy import make_parser, measure, split_pairs

from answering.answers import count_correct, predict
from attention import ATTENTION
from recipes import RECIPES
from runs.loading import open_model
from runs.model_card import read_card
from text.console import report_mistakes
from text.formats import read_answered

ANOTHER = "In which place was {} born?"
ASKED = {
    "as it is": str,
    "without ?": lambda q: q[:-1],
    "In which place was NAME born?": lambda q: ANOTHER.format(get_name(q)),
    "What is the birthplace of NAME?": lambda q: f"What is the birthplace of {get_name(q)}?",
    "NAME was born in": lambda q: f"{get_name(q)} was born in",
    "Which town is NAME from?": lambda q: f"Which town is {get_name(q)} from?",
    "lower case": str.lower,
}
UNSEEN = 5  # the last ones, in words that no training question has


def get_name(question):
    """Return the NAME of "Where was NAME born?"."""
    return question.removeprefix("Where was ").removesuffix(" born?")


def keep_known(question, known):
    """Return the question without characters that the corpus lacks, as "İ".lower() has one."""
    return "".join(character for character in question if character in known)


def score(corpus, model, questions, answers):
    """Return the share, in %, of the questions that the model answers rightly."""
    asked = [keep_known(question, corpus.stoi) for question in questions]
    total, correct = count_correct(answers, predict(model, corpus.vocabulary, asked))
    return 100 * correct / total


def rephrase(questions):
    """Return the questions, every second one in another phrasing."""
    return [q if i % 2 else ANOTHER.format(get_name(q)) for i, q in enumerate(questions)]


def damage(questions):
    """Return the questions, of which one in twenty loses its ?, its capitals, or gets a space."""
    hit = set(random.Random(0).sample(range(len(questions)), len(questions) // 20))
    ways = (lambda q: q[:-1], str.lower, lambda q: q + " ")
    return [ways[i % 3](q) if i in hit else q for i, q in enumerate(questions)]


TRAINED = {"as they are": list, "half rephrased": rephrase, "5 % damaged": damage}


@report_mistakes
def main():
    parser = make_parser(__doc__)
    parser.add_argument("--variants", nargs="+", choices=list(ATTENTION), default=["vanilla"])
    parser.add_argument("--trained", nargs="+", choices=list(TRAINED), default=list(TRAINED))
    parser.add_argument("--recipe", choices=list(RECIPES), default="fast")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--folder", help="where to keep the trained parameters")
    options = parser.parse_args()
    columns = ["variant", "training questions", "minutes", "before finetuning", *ASKED, "mean"]
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|", flush=True)
    with tempfile.TemporaryDirectory() as name:
        train, dev = split_pairs(options.pairs, name)
        questions, answers = read_answered(train)
        held_out, truth = read_answered(dev)
        for variant, kind in ((v, k) for v in options.variants for k in options.trained):
            # Train, unless the parameters are there.
            own = Path(options.folder or name) / f"{variant} {kind} {options.recipe} {options.seed}"
            if not (own / "tuned").exists():
                own.mkdir(parents=True, exist_ok=True)
                rows = [f"{q}\t{a}\n" for q, a in zip(TRAINED[kind](questions), answers)]
                (own / "train.tsv").write_text("".join(rows), encoding="utf-8")
                files = (options.corpus, str(own / "train.tsv"), dev, own)
                measure(variant, *files, ("--seed", options.seed), recipe=options.recipe)
            # Ask before finetuning, and then in all phrasings.
            files = [str(own / each) for each in ("pretrained", "tuned")]
            before, after = (open_model(variant, options.corpus, None, path)[:2] for path in files)
            seconds = sum(read_card(path)[0]["seconds"] for path in files)
            scores = [score(*after, map(ask, held_out), truth) for ask in ASKED.values()]
            mean = sum(scores[-UNSEEN:]) / UNSEEN
            cells = [f"{x:.1f} %" for x in (score(*before, held_out, truth), *scores, mean)]
            print(f"| {variant} | {kind} | {seconds / 60:.1f} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
