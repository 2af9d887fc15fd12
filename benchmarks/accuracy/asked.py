"""How often span corruption trains the answers to questions: what an epoch does for a fact, on
average.

    python benchmarks/accuracy/asked.py [--corpus wiki.txt] [--questions birth_dev.tsv] [--epochs 200]

An example is `prefix ⁇ suffix ⁇ masked_content`, and all of it is trained. If the prefix holds the title
of the question's document, the answer may follow in three ways: the masked content has it, then it is
*asked for*; or else the prefix or the suffix has it, then it is *read*. All other examples count for
nothing: the answer is not in what is left of the document, or the title or the answer is masked, in part or
wholly. (Masked content that begins with the title and goes on to the answer trains the fact too, but
is rare.) Each document is drawn `--epochs` times.
"""

import random
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))
from common import ROOT

from dataset import load_corpus
from recipes import RECIPES
from text.console import Parser, report_mistakes
from text.formats import MASK_CHAR, read_answered
from text.phrasing import match_questions
from text.titles import index_titles


def classify(example, title, answer):
    """What the text of an example of span corruption counts as: "asked for", "read" or None."""
    prefix, suffix, masked = example.split(MASK_CHAR)[:3]
    if not prefix.startswith(title):
        return None
    if answer in masked:
        return "asked for"
    return "read" if answer in prefix[len(title) :] or answer in suffix else None


def measure(corpus, questions, answers, epochs):
    """{"asked for": times, "read": times}, means of an epoch over all questions, and how many of the answers
    stand in the part of their documents that is ever shown.
    """
    totals, within_reach = {"asked for": 0, "read": 0}, 0
    matches = match_questions(questions, index_titles(corpus.data))
    for match, answer in zip(matches, answers):
        if match is None:
            continue
        index, body = match.place
        title = corpus.data[index][: body - 2]
        within_reach += answer in corpus.data[index][len(title) : corpus.longest]
        for _ in range(epochs):
            x, _ = corpus[index]
            kind = classify(corpus.vocabulary.decode(x), title, answer)
            if kind:
                totals[kind] += 1
    times = {kind: total / epochs / len(questions) for kind, total in totals.items()}
    return times, within_reach


@report_mistakes
def main(argv=None):
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--corpus", default=str(ROOT / "wiki.txt"))
    parser.add_argument("--questions", default=str(ROOT / "birth_dev.tsv"), help="with their answers")
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(argv)
    if options.epochs < 1:
        parser.error("--epochs: give a number of at least 1")
    random.seed(options.seed)
    questions, answers = read_answered(options.questions)
    times, within_reach = measure(load_corpus(options.corpus), questions, answers, options.epochs)
    print(f"{within_reach} of {len(answers)} answers stand where their documents are ever shown")
    whole = RECIPES["handout"]["pretrain"]["max_epochs"]
    for kind, mean in times.items():
        print(f"{kind}: {mean:.4f} times an epoch, {whole * mean:.0f} times in {whole} epochs")


if __name__ == "__main__":
    sys.exit(main())
