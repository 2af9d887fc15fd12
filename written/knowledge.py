"""Measure for question 3 whether a trained model's confidence shows if its answer is right.

    python written/knowledge.py --reading_params_path vanilla.finetune.params

Confidence is the probability that the model gives to the whole answer and its end. Invented names
are a first and a last name of different people of the pairs files, together in no document.
"""

import random
import sys
from collections import Counter, defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(1, str(ROOT / "src"))

from answering.answers import answer_questions  # noqa: E402
from runs.loading import open_model  # noqa: E402
from text.console import Parser, report_mistakes  # noqa: E402
from text.formats import read_questions  # noqa: E402
from text.phrasing import Phrasing, match_questions  # noqa: E402
from text.titles import index_titles  # noqa: E402

LEVELS = (0.0, 0.5, 0.9, 0.99, 1.0)


def invent_names(names, documents, how_many, seed=0):
    """Return two-word names, each of the first word of one of `names` and the last of another.

    They are neither among `names` nor in the documents.
    """
    full = [name.split() for name in names if len(name.split()) == 2]
    text = "\n".join(documents)
    numbers = random.Random(seed)
    invented = set()
    for _ in range(100 * how_many):
        name = f"{numbers.choice(full)[0]} {numbers.choice(full)[1]}"
        if len(invented) < how_many and name not in text and name not in names:
            invented.add(name)
    return sorted(invented)


def is_stated(match, place, documents):
    """Return whether the document that a question asks about holds `place`, or None without such a
    document. match: the question's Subject, or None.
    """
    return place in documents[match.place[0]] if match else None


def chance_of_order(right, wrong):
    """Return the share of pairs in which the right answer is more confident; a tie counts half."""
    pairs = [(r > w) + (r == w) / 2 for r in right for w in wrong]
    return sum(pairs) / max(1, len(pairs))


def pair_up(rows, how_many):
    """Return (right, wrong) rows of about the same confidence, the most confident wrong ones first.

    rows: (confidence, question, answer, prediction).
    """
    right = [row for row in rows if row[2] == row[3]]
    wrong = sorted((row for row in rows if row[2] != row[3]), reverse=True)
    pairs = []
    for row in wrong[:how_many]:
        if right:
            nearest = min(right, key=lambda other: abs(other[0] - row[0]))
            right.remove(nearest)
            pairs.append((nearest, row))
    return pairs


def share_by_name(invented, predictions, known, word, seed=0, shuffles=200):
    """Return the share of predictions that are the birthplace of a known person with the same first
    (word 0) or last (word -1) name, the mean share when the predictions are dealt out at random
    `shuffles` times, and the number of these times when the share is at least as high.

    known: [(name, place), ...].
    """
    places = defaultdict(set)
    for name, place in known:
        places[name.split()[word]].add(place)

    def share(dealt):
        return sum(p in places[name.split()[word]] for name, p in zip(invented, dealt)) / len(dealt)

    numbers = random.Random(seed)
    as_is = share(predictions)
    random_shares = [share(numbers.sample(predictions, len(predictions))) for _ in range(shuffles)]
    return as_is, sum(random_shares) / shuffles, sum(each >= as_is for each in random_shares)


@report_mistakes
def main():
    # Read the command line.
    parser = Parser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--reading_params_path", required=True)
    parser.add_argument("--variant", default="vanilla")
    parser.add_argument("--recipe", help="default: that of the parameters' card")
    parser.add_argument("--corpus", default=str(ROOT / "wiki.txt"))
    parser.add_argument("--train", default=str(ROOT / "birth_places_train.tsv"))
    parser.add_argument("--dev", default=str(ROOT / "birth_dev.tsv"))
    parser.add_argument("--names", type=int, default=200)
    options = parser.parse_args()
    # Answer the questions, and separate the confidences of right and wrong answers.
    source = options.reading_params_path
    corpus, model, _ = open_model(options.variant, options.corpus, options.recipe, source)
    vocabulary = corpus.vocabulary
    questions, answers = read_questions(options.dev)
    found = answer_questions(model, vocabulary, questions)
    rows = [(f.confidence, question, gold, f.text) for f, question, gold in zip(found, questions, answers)]
    right = [row[0] for row in rows if row[2] == row[3]]
    wrong = [row[0] for row in rows if row[2] != row[3]]

    # Look the answers up in the documents.
    trained = read_questions(options.train)
    matches = match_questions(questions, index_titles(corpus.data))
    stated = [is_stated(match, place, corpus.data) for match, place in zip(matches, answers)]
    # Print how well confidence separates right answers from wrong ones, and the table of levels.
    print(f"{stated.count(True)} of {len(stated)} answers stand in the person's document")
    print(f"{len(right)} right, {len(wrong)} wrong; a right answer is more confident than a wrong one in")
    print(f"{100 * chance_of_order(right, wrong):.1f} % of all pairs of one each")
    print("\n| confidence | answers | of them right |\n|---|---|---|")
    for low, high in zip(LEVELS, LEVELS[1:]):
        within = [row for row in rows if low <= row[0] < high or row[0] == high == 1.0]
        correct = sum(row[2] == row[3] for row in within)
        share = f"{100 * correct / len(within):.0f} %" if within else "-"
        print(f"| {low:g} to {high:g} | {len(within)} | {share} |")
    # Print the most confident errors, each with a right answer of about the same confidence.
    print("\n| confidence | question | answer | truth | truth in the document |\n|---|---|---|---|---|")
    for pair in pair_up(rows, 5):
        for confidence, question, answer, prediction in pair:
            found = {True: "yes", False: "no", None: "no such document"}[stated[questions.index(question)]]
            print(f"| {confidence:.3f} | {question} | {prediction} | {answer} | {found} |")

    # Ask about invented names.
    prefix, suffix = Phrasing(corpus.data, trained[0]).templates[0]
    pairs = [*zip(*trained), *zip(questions, answers)]
    known = [
        (question[len(prefix) : len(question) - len(suffix)], place)
        for question, place in pairs
        if question.startswith(prefix) and question.endswith(suffix)
    ]
    invented = invent_names([name for name, _ in known], corpus.data, options.names)
    asked = [prefix + name + suffix for name in invented]
    found = answer_questions(model, vocabulary, asked)
    made_up, sure = [f.text for f in found], sorted(f.confidence for f in found)
    # Print which places the answers are, and how confident.
    taught = {place for _, place in zip(*trained)}
    print(f"\n{len(invented)} invented names: {sum(p in taught for p in made_up)} answers are places")
    print(f"of the training pairs, {len(set(made_up))} different ones; median confidence")
    print(f"{sure[len(sure) // 2]:.2f}, {sum(c > 0.9 for c in sure)} above 0.9. Most frequent:")
    for place, count in Counter(made_up).most_common(5):
        among = sum(known_place == place for _, known_place in known)
        print(f"  {place}: {count} (of {len(known)} people in the pairs: {among})")
    # Print whether the answers follow from a first or a last name.
    for word, label in ((0, "first"), (-1, "last")):
        as_is, dealt, as_high = share_by_name(invented, made_up, known, word)
        print(f"birthplace of a known person with the same {label} name: {100 * as_is:.1f} %,")
        print(f"  {100 * dealt:.1f} % if the answers are dealt out at random, as high {as_high} times of 200")
    # Print examples.
    print("\n| invented | answer |\n|---|---|")
    for name, place in list(zip(invented, made_up))[:: max(1, len(invented) // 8)]:
        print(f"| {name} | {place} |")


if __name__ == "__main__":
    sys.exit(main())
