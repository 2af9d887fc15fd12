"""How well a model's confidence tells right answers from wrong ones, and retrieved ones from
others.

    pip install -r requirements-report.txt
    python benchmarks/accuracy/confidence.py --reading_params_path vanilla.finetune.params --held_out PAIRS

page/metrics.py explains AUROC, risk and ECE. Temperature scaling (Guo et al. 2017) divides the
logit of a confidence by one number. It is fitted to pairs that are held out: neither the finetuning
nor the evaluation has them. Invented names are a first and a last name of different people.

Support, of provenance.Origin, asks the document and the finetuning pairs instead of the model. A
model is as sure of the place where somebody died, which it has read, as of the place of birth.
Support tells the two apart.
"""

import math
import sys
from pathlib import Path

import numpy
from scipy.optimize import minimize_scalar
from sklearn.metrics import log_loss

sys.path.append(str(Path(__file__).resolve().parent.parent))
from common import ROOT, invent_names
from metrics import COVERAGE, make_bins, measure_auroc, measure_ece, measure_risks, read_risk
from phrasings import ANOTHER

from answering.answers import answer_questions
from answering.provenance import RETRIEVED
from answering.report import summarise
from attention import ATTENTION
from runs.loading import open_trained
from text.console import InputError, Parser, report_mistakes
from text.formats import read_answered
from text.titles import split_title

KEPT = 0.95  # of the right answers: so many are above the threshold that invented names should be below
SMALLEST = 1e-6  # that a confidence, or what it lacks to 1, is taken for: its logit is finite


def scale(confidences, temperature):
    """The confidences (N,) at a temperature: above 1 nearer to 1/2."""
    p = numpy.clip(confidences, SMALLEST, 1 - SMALLEST)
    return 1 / (1 + numpy.exp(-numpy.log(p / (1 - p)) / temperature))


def fit_temperature(confidences, right):
    """The temperature at which the answers' being right or wrong is most likely, within e^-5 and e^5."""

    def measure_loss(log):
        return log_loss(right, scale(confidences, math.exp(log)), labels=[False, True])

    return math.exp(minimize_scalar(measure_loss, bounds=(-5, 5), method="bounded").x)


def find_keeping(confidences, share):
    """The highest threshold that at least this share of the confidences reach."""
    return sorted(confidences, reverse=True)[math.ceil(round(share * len(confidences), 9)) - 1]


def score(answers, others, origins):
    """{name: array (N,)} of what may tell right answers from wrong ones; others: the answers to the same
    questions in another phrasing. No support counts as 0.
    """
    support = [origin.support or 0.0 for origin in origins]
    scores = {
        "confidence": [answer.confidence for answer in answers],
        "least probable character": [answer.weakest for answer in answers],
        "same answer in another phrasing": [a.text == b.text for a, b in zip(answers, others)],
        "shortness of the answer": [-len(answer.text) for answer in answers],
        "frequency in the finetuning file": [origin.times_taught for origin in origins],
        "support": support,
        "confidence times support": [answer.confidence * each for answer, each in zip(answers, support)],
    }
    return {name: numpy.array(values, float) for name, values in scores.items()}


def print_scores(scores, right, retrieved):
    """A table of all scores; right, retrieved: arrays (N,)."""
    print(f"\n| score | AUROC, right | AUROC, retrieved | area under risk | accuracy at {COVERAGE:.0%} |")
    print("|---|---|---|---|---|")
    for name, values in scores.items():
        risks = measure_risks(values, right)
        figures = [measure_auroc(values, right), measure_auroc(values, retrieved), risks.mean()]
        figures.append(1 - read_risk(risks, COVERAGE))
        print(f"| {name} | {' | '.join('-' if math.isnan(each) else f'{each:.3f}' for each in figures)} |")


def print_curve(confidences, right):
    """Risk at every tenth of coverage."""
    risks = measure_risks(confidences, right)
    print("\n| coverage | risk |\n|---|---|")
    for tenth in range(1, 11):
        print(f"| {tenth / 10:.0%} | {read_risk(risks, tenth / 10):.3f} |")


def print_reliability(confidences, right, title):
    bins = make_bins(confidences, right)
    print(f"\n{title}: ECE {measure_ece(bins):.3f}\n\n| answers | confidence | accuracy |\n|---|---|---|")
    for answers, confidence, accuracy in bins:
        print(f"| {answers} | {confidence:.3f} | {accuracy:.3f} |")


def measure(options):
    """Answers all questions, then prints what the options ask for. Raises InputError."""
    if "{}" not in options.phrasing:
        raise InputError("--phrasing: {} must stand where the name belongs")
    source = options.reading_params_path
    paths = options.corpus, source, options.train
    corpus, model, _, provenance = open_trained(options.variant, *paths)
    if not provenance.templates:
        raise InputError("no finetuning pairs that ask about titles of the corpus: give them by --train PATH")

    def ask(questions):
        return answer_questions(model, corpus.vocabulary, questions)

    def judge(answers, golds):
        """(confidences, right): arrays (N,)."""
        right = [answer.text == gold for answer, gold in zip(answers, golds)]
        return numpy.array([answer.confidence for answer in answers]), numpy.array(right)

    questions, golds = read_answered(options.dev)
    temperature = None
    if options.held_out:
        others, truth = read_answered(options.held_out)
        check_held_out(options.held_out, others, questions, provenance)
        held_out = judge(ask(others), truth)
        if len(set(held_out[1])) < 2:
            raise InputError(f"{options.held_out}: needs right and wrong answers to fit to: give more pairs")
        temperature = fit_temperature(*held_out)
    answers = ask(questions)
    origins = provenance.trace(questions, [answer.text for answer in answers], golds)
    names = [subject.name for subject in provenance.find_subjects(questions)]
    again = ask([options.phrasing.replace("{}", n) if n else q for q, n in zip(questions, names)])
    titles = [split_title(document)[0] for document in corpus.data]
    (prefix, suffix), *_ = provenance.templates
    invented = ask([prefix + name + suffix for name in invent_names(titles, corpus.data, options.names)])

    confidences, right = judge(answers, golds)
    print(f"{len(answers)} answers, {right.sum()} of them right", *summarise(answers, golds, origins), sep="\n")
    scores = score(answers, again, origins)
    print_scores(scores, right, numpy.array([o.provenance == RETRIEVED for o in origins]))
    print_curve(confidences, right)
    print_reliability(confidences, right, "As the model says")
    if temperature:
        title = f"At the temperature {temperature:.3f}, fitted to {options.held_out}"
        print_reliability(scale(confidences, temperature), right, title)
    print_reliability(scores["support"], right, "Support")
    if right.any() and invented:
        least = find_keeping(confidences[right], KEPT)
        below = sum(answer.confidence < least for answer in invented) / len(invented)
        print(f"\n{below:.1%} of {len(invented)} invented names have answers below the confidence {least:.3f}, "
              f"which {KEPT:.0%} of the right answers reach")  # fmt: skip


def check_held_out(path, held_out, questions, provenance):
    """Raises InputError if one of the held-out questions is evaluated; notes how many names are taught."""
    shared = len(set(held_out) & set(questions))
    if shared:
        raise InputError(f"{path}: {shared} of its questions are evaluated: give other pairs")
    taught = sum(origin.name_taught for origin in provenance.trace(held_out, held_out, held_out))
    if taught:
        print(f"note: {path}: {taught} of its names are in the finetuning file: not held out", file=sys.stderr)


@report_mistakes
def main(argv=None):
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--reading_params_path", required=True)
    parser.add_argument("--variant", choices=list(ATTENTION), default="vanilla")
    parser.add_argument("--corpus", default=str(ROOT / "wiki.txt"))
    parser.add_argument("--train", help="the finetuning pairs; default: those that the model's card names")
    parser.add_argument("--dev", default=str(ROOT / "birth_dev.tsv"), help="the pairs to evaluate")
    parser.add_argument("--held_out", help="the pairs to fit a temperature to; default: none is fitted")
    parser.add_argument("--phrasing", default=ANOTHER, help="another way to ask; {} stands for the name")
    parser.add_argument("--names", type=int, default=200, help="how many names are invented")
    measure(parser.parse_args(argv))
    return 0


if __name__ == "__main__":
    sys.exit(main())
