"""Several questions against one: how many answers a model knows of each, and what asking them
costs.

    python benchmarks/accuracy/questions.py --budget 1.5 [--ask birth_place birth_date prize] [--variants vanilla]
    python benchmarks/accuracy/questions.py --ask birth_place birth_date team --policy     without training

corpus/build.py makes the corpus and its tables, with the first question alone and then with all of
them. Each time the three commands train on the training pairs and answer the development set, whose
people no training pair asks about. A row is a question and what of its answers is right: by the
masking policy and by the model where the document states the answer, and by the model of all. Where
the document states it, the policy's choice may be wrong or none. Minutes are those of the three
commands. The budget is that of the training with all questions; with one it is 1.
"""

import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))
from common import ROOT, run_command
from time_to_accuracy import measure

from answering.answers import count_correct
from attention import ATTENTION
from objectives.questions import learn_masking, match_pairs
from recipes import RECIPES
from text.console import Parser, report_mistakes
from text.files import read_text
from text.formats import parse_pairs, read_questions
from text.phrasing import Phrasing, group_questions, match_questions

COLUMNS = "question | asked | stated | policy right | wrong | none | model, stated | model, all".split(" | ")


def build(kinds, people, folder):
    """Makes a corpus in the folder; returns the paths of its text, training pairs and development set."""
    words = ("--people", people, "--ask", *kinds, "--out_dir", str(folder))
    run_command([sys.executable, str(ROOT / "corpus" / "build.py"), *words])
    return [str(folder / name) for name in ("wiki.txt", "birth_places_train.tsv", "birth_dev.tsv")]


def score(corpus, train, dev, predictions=None):
    """Yields the cells of a row for each question; without predictions those of the model are empty."""
    documents = read_text(corpus).split("\n")
    pairs = parse_pairs(read_text(train), train)
    phrasing = Phrasing(documents, [question for question, _ in pairs])
    answered, templates = match_pairs(phrasing, pairs, train, []), phrasing.templates
    policies = dict(zip(templates, learn_masking(answered, documents, templates, train, [])))
    questions, answers = read_questions(dev)
    matches = match_questions(questions, phrasing.titles)

    def choose(index, template):
        index, body = matches[index].place
        document = documents[index]
        return [document[start:end] for start, end in policies[template].choose(document, body)]

    def know(indices):
        if predictions is None or not indices:
            return "–"
        total, correct = count_correct(*([each[i] for i in indices] for each in (answers, predictions)))
        return f"{100 * correct / total:.1f} %"

    for template, asked in group_questions(matches).items():
        places = {i: matches[i].place for i in asked}
        stated = [i for i, (n, body) in places.items() if documents[n].find(answers[i], body) >= 0]
        chosen = {i: choose(i, template) for i in stated}
        right = sum(chosen[i] == [answers[i]] for i in stated)
        none = sum(not chosen[i] for i in stated)
        counts = (len(asked), len(stated), right, len(stated) - right - none, none)
        yield "NAME".join(template), *counts, know(stated), know(asked)


@report_mistakes
def main(argv=None):
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--ask", nargs="+", default=["birth_place", "birth_date", "prize"], metavar="KIND")
    parser.add_argument("--people", default="2937", metavar="N")
    parser.add_argument("--variants", nargs="+", choices=list(ATTENTION), default=["vanilla"])
    parser.add_argument("--recipe", choices=list(RECIPES), default="fast")
    parser.add_argument("--budget", default="1", help="of the training with all questions")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--policy", action="store_true", help="no training")
    options = parser.parse_args(argv)
    print("| variant | minutes |", " | ".join(COLUMNS), "|")
    print("|---" * (len(COLUMNS) + 2) + "|", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kinds, budget in ((options.ask[:1], "1"), (options.ask, options.budget)):
            files = build(kinds, options.people, folder)
            for variant in ["–"] if options.policy else options.variants:
                minutes, predictions = "–", None
                if not options.policy:
                    training = ("--budget", budget, "--seed", options.seed)
                    seconds, _ = measure(variant, *files, folder, training, recipe=options.recipe)
                    minutes = f"{seconds / 60:.1f}"
                    predictions = read_text(folder / "predictions").split("\n")
                for cells in score(*files, predictions):
                    print("|", " | ".join(map(str, (variant, minutes, *cells))), "|", flush=True)


if __name__ == "__main__":
    sys.exit(main())
