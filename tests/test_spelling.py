"""Files as people have them: what pretraining asks are the questions of the dev file, word for word."""

import unicodedata

import pytest
from conftest import run_forked
from invented import make_names, make_people

from dataset import CharCorruptionDataset, NameDataset
from objectives.questions import make_questions
from objectives.table import make_dataset, make_finetuning_dataset
from text.formats import MASK_CHAR
from text.phrasing import Phrasing
from text.titles import split_title

NAMES = make_names(200)
DOCUMENTS, FACTS = make_people(NAMES)
TRAINED, ASKED = 110, 90


def born(name):
    return f"Where was {name} born?"


def ask(folder, documents, rows, **options):
    """Return the QuestionDataset of documents and pairs; a last line has the pairs' characters."""
    path = folder / "pairs.tsv"
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    characters = "".join(sorted(set("".join(rows)) - set("\t\n.")))
    corpus = CharCorruptionDataset("\n".join([*documents, characters]), 128)
    return make_questions(corpus, finetune_corpus_path=str(path), **options)


def count_asked(dataset, questions, answers):
    """Return the number of questions that are asked word for word, of the right span only."""
    asked = {}
    for index, prompt, spans in dataset.asked:
        document = dataset.data[index]
        asked[prompt] = [" ".join(document[start:end].split()) for start, end in spans]
    return sum(asked.get(question) == [answer] for question, answer in zip(questions, answers))


SHAPES = {  # documents, what a question is made of a name
    "as usual": (lambda document: document, born),
    "a blank before": (lambda document: " " + document, born),
    "two blanks after": (lambda document: document.replace(". ", ".  ", 1), born),
    "a tab after": (lambda document: document.replace(". ", ".\t", 1), born),
    "no-break spaces": (lambda document: document.replace(" ", "\xa0"), born),
    "pairs in lower case": (lambda document: document, lambda name: born(name).lower()),
    "pairs in capitals": (lambda document: document, lambda name: born(name).upper()),
    "titles in capitals": (lambda d: d.split(". ")[0].upper() + ". " + d.split(". ", 1)[1], born),
    "documents in lower-case titles": (
        lambda d: d.split(". ")[0].lower() + ". " + d.split(". ", 1)[1],
        born,
    ),
    "wide questions": (lambda document: document, lambda name: f"  Where  was {name}\xa0born? "),
}


@pytest.mark.parametrize("shape", list(SHAPES))
def test_the_dev_questions_are_asked_word_for_word(tmp_path, shape):
    spoil, write = SHAPES[shape]
    documents = [spoil(document) for document in DOCUMENTS]
    rows = [f"{write(fact['name'])}\t{fact['place']}" for fact in FACTS[:TRAINED]]
    dataset = ask(tmp_path, documents, rows)
    questions = [" ".join(write(fact["name"]).split()) for fact in FACTS[TRAINED:]]
    answers = [fact["place"] for fact in FACTS[TRAINED:]]
    assert count_asked(dataset, questions, answers) == ASKED


@pytest.mark.parametrize("blank", ["  ", "\xa0", " \t"])
def test_white_space_in_documents_changes_no_answer(tmp_path, blank):
    documents = [document.replace("in ", "in New ").replace(", ", ". Was ") for document in DOCUMENTS]
    rows = [f"{born(fact['name'])}\tNew {fact['place']}" for fact in FACTS[:TRAINED]]

    def list_answers(documents):
        asked = ask(tmp_path, documents, rows)
        clozes = make_dataset(CharCorruptionDataset("\n".join([*documents, "a b"]), 128), "text")
        return [
            [each.vocabulary.decode(each[idx][0]).split(MASK_CHAR)[1] for idx in range(len(each))]
            for each in (asked, clozes)
        ]

    expected = list_answers(documents)
    assert [len(answers) for answers in expected] == [len(NAMES)] * 2
    assert list_answers([document.replace(" ", blank) for document in documents]) == expected


def test_questions_that_are_asked_otherwise_are_counted_with_an_example(tmp_path):
    rows = [f"{born(fact['name'])}\t{fact['place']}" for fact in FACTS[:TRAINED]]
    rows[3] = rows[3].replace(NAMES[3], NAMES[3].upper())
    notes = ask(tmp_path, DOCUMENTS, rows).notes
    example = f"{born(NAMES[3].upper())!r} as {born(NAMES[3])!r}"
    assert f"note: 1 of their questions are asked otherwise: {example}" in notes


@pytest.mark.parametrize("relations", [2, 3])
def test_each_of_several_questions_with_few_pairs_asks_for_its_own_answers(tmp_path, relations):
    questions = {"place": born, "firm": "Who employs {}?".format, "year": "Since when is {} a painter?".format}
    kinds = list(questions.items())[:relations]
    rows = [
        f"{write(fact['name'])}\t{fact[relation]}"
        for relation, write in kinds
        for fact in FACTS[: TRAINED - 30]
    ]
    dataset = ask(tmp_path, DOCUMENTS, rows)
    for relation, write in kinds:
        asked = [write(name) for name in NAMES[TRAINED:]]
        answers = [fact[relation] for fact in FACTS[TRAINED:]]
        assert count_asked(dataset, asked, answers) == ASKED


REGIONS = {
    "a region after a comma": lambda place: f"{place}, Norway",
    "a region in brackets": lambda place: f"{place} (Saale)",
    "an abbreviation at the end": lambda place: f"{place}, D.C.",
    "a lower-case word": lambda place: f"{place} de Janeiro",
    "an article": lambda place: f"the {place}",
    "quotation marks": lambda place: f"“{place}”",
    "a sum": lambda place: f"${len(place)} million",
}


@pytest.mark.parametrize("share", [1, 2])
@pytest.mark.parametrize("region", list(REGIONS))
def test_answers_with_marks_are_asked_for_whole(tmp_path, region, share):
    documents, answers = list(DOCUMENTS), []
    for number, fact in enumerate(FACTS):
        answer = REGIONS[region](fact["place"]) if number % share == 0 else fact["place"]
        documents[number] = documents[number].replace(f"in {fact['place']}", f"in {answer}")
        answers.append(answer)
    rows = [f"{born(name)}\t{answer}" for name, answer in zip(NAMES, answers[:TRAINED])]
    dataset = ask(tmp_path, documents, rows)
    assert count_asked(dataset, map(born, NAMES[TRAINED:]), answers[TRAINED:]) == ASKED


@pytest.mark.parametrize("title", ["Md. {}", "Rev. {}", "Prof. Sgt. {}", "Ms. {}", "{} Ph.D"])
def test_a_title_with_an_abbreviation_is_the_one_that_the_body_repeats(tmp_path, title):
    names = [title.format(name) for name in NAMES]
    documents = [d.replace(name, new) for d, name, new in zip(DOCUMENTS, NAMES, names)]
    assert [split_title(document)[0] for document in documents] == names
    rows = [f"{born(name)}\t{fact['place']}" for name, fact in zip(names, FACTS[:TRAINED])]
    dataset = ask(tmp_path, documents, rows)
    answers = [fact["place"] for fact in FACTS[TRAINED:]]
    assert count_asked(dataset, map(born, names[TRAINED:]), answers) == ASKED


@pytest.mark.parametrize("title", ["Md. {}", "Lt. Col. {}", "{} Jr."])
def test_the_pairs_show_which_words_do_not_end_a_title(tmp_path, title):
    names = [title.format(name) for name in NAMES]
    documents = [
        f"{name.rstrip('.')}. {document.split('. ', 1)[1].replace(plain, 'He')}"
        for name, plain, document in zip(names, NAMES, DOCUMENTS)
    ]
    rows = [f"{born(name)}\t{fact['place']}" for name, fact in zip(names, FACTS[:TRAINED])]
    dataset = ask(tmp_path, documents, rows)
    answers = [fact["place"] for fact in FACTS[TRAINED:]]
    assert count_asked(dataset, map(born, names[TRAINED:]), answers) == ASKED


def test_an_initial_within_some_titles_may_end_others(tmp_path):
    documents = ["Al X. Orr. Al X. Orr was born in Oslo.", "Malcolm X. Malcolm X was born in Rome. He spoke."]
    dataset = ask(tmp_path, documents, ["Where was Al X. Orr born?\tOslo"])
    assert [prompt for _, prompt, _ in dataset.asked] == [born("Al X. Orr"), born("Malcolm X")]


def test_a_document_that_begins_with_a_full_stop_is_no_mistake(tmp_path):
    documents = ["Md. Bo Lum. He was born in Oslo.", ". No name. Born in Rome. He sang."]
    rows = ["Where was Md. Bo Lum born?\tOslo"]
    assert ask(tmp_path, documents, rows).asked[0][1] == born("Md. Bo Lum")


def test_answers_that_no_span_has_are_counted(tmp_path):
    rows = [f"{born(fact['name'])}\t{fact['place']}" for fact in FACTS[:TRAINED]]
    rows[3] = f"{born(NAMES[3])}\tAtlantis"
    notes = ask(tmp_path, DOCUMENTS, rows).notes
    what = "note: 1 answers are not a name or number of their documents, such as 'Atlantis'"
    assert what in notes


def test_a_title_is_what_a_question_matches_before_what_a_rule_finds(tmp_path):
    documents = ["Md. Bo Lum. A painter, born in Oslo.", "Cy Orr. Born in Rome."]
    dataset = ask(tmp_path, documents, ["Where was Md. Bo Lum born?\tOslo", "Where was Cy Orr born?\tRome"])
    assert {prompt for _, prompt, _ in dataset.asked} == {born("Md. Bo Lum"), born("Cy Orr")}


@pytest.mark.parametrize("change", [str, str.upper, lambda name: name.replace(" ", "  ")])
def test_two_documents_with_one_title_are_counted(tmp_path, change):
    rows = [f"{born(fact['name'])}\t{fact['place']}" for fact in FACTS[:TRAINED]]
    double = DOCUMENTS[150].replace(f"in {FACTS[150]['place']}", "in Atlantis")
    documents = [*DOCUMENTS, double.replace(NAMES[150], change(NAMES[150]), 1)]
    clozes = make_dataset(CharCorruptionDataset("\n".join(documents), 128), "text")
    for asked, name in [(ask(tmp_path, documents, rows), born(NAMES[150])), (clozes, NAMES[150])]:
        counted = [note for note in asked.notes if "of several documents" in note]
        assert counted == [f"note: 1 questions are of several documents, such as {name!r}"]


def test_questions_are_written_as_the_pairs_write_them():
    phrasing = Phrasing(DOCUMENTS, [born(name) for name in NAMES[:20]])
    right = born(NAMES[150])
    given = [right, right.lower(), right.upper(), right[:-1], f"{right} ", right.replace(" ", "  ")]
    given += [NAMES[150], NAMES[150].lower()]
    others = ["Who is that?", born("Nobody Here"), f"Who employs {NAMES[150]}?", ""]
    assert phrasing.rewrite(given + others) == [right] * len(given) + others
    assert Phrasing(DOCUMENTS, []).rewrite(given[:-1]) == given[:-1]


def test_evaluate_asks_a_dev_file_in_lower_case_as_the_pairs_do(world, small_recipes):
    train = ("--finetune_corpus_path", "birth_places_train.tsv")
    words = ("pretrain", "vanilla", "wiki.txt", "--recipe", "quick", "--max_epochs", "1", *train)
    assert run_forked(world, (*words, "--writing_params_path", "pre")).returncode == 0
    words = ("finetune", "vanilla", "wiki.txt", "--reading_params_path", "pre", *train)
    assert run_forked(world, (*words, "--writing_params_path", "out", "--max_epochs", "1")).returncode == 0
    dev = (world / "birth_dev.tsv").read_text(encoding="utf-8")
    (world / "lower.tsv").write_text(
        "".join(f"{q.lower()}\t{a}\n" for q, a in (line.split("\t") for line in dev.splitlines())),
        encoding="utf-8",
    )
    words = ("evaluate", "vanilla", "wiki.txt", "--reading_params_path", "out")
    usual, lower = (
        run_forked(world, (*words, "--eval_corpus_path", name, "--outputs_path", f"{name}.out"))
        for name in ("birth_dev.tsv", "lower.tsv")
    )
    assert "questions" not in usual.stderr.replace("4 questions,", "")
    assert "note: 4 questions are asked as the pairs have them" in lower.stderr
    assert (world / "birth_dev.tsv.out").read_bytes() == (world / "lower.tsv.out").read_bytes()
    assert usual.stdout.split(":")[1] == lower.stdout.split(":")[1]


@pytest.mark.parametrize("recipe, noted", [("text", True), ("quick", False)])
def test_pairs_in_another_spelling_than_what_was_read_are_noted(recipe, noted):
    characters = "abcdefghijklmnopqrstuvwxyz"
    corpus = CharCorruptionDataset("\n".join([*DOCUMENTS, characters, "W"]), 128)
    rows = [f"{born(fact['name'])}\t{fact['place']}" for fact in FACTS]
    for text, spelt in [("\n".join(rows), True), ("\n".join(rows).lower(), False)]:
        pairs = NameDataset(corpus, text.replace("?", ""))
        notes = make_finetuning_dataset(corpus, recipe, pairs).notes
        assert any("unlike the pairs" in note for note in notes) is (noted and not spelt)


def test_decomposed_characters_are_the_composed_ones(world, small_recipes):
    path = world / "birth_places_train.tsv"
    path.write_text(unicodedata.normalize("NFD", path.read_text(encoding="utf-8")), encoding="utf-8")
    words = ("finetune", "vanilla", "wiki.txt", "--finetune_corpus_path", path.name)
    done = run_forked(world, (*words, "--writing_params_path", "out", "--max_epochs", "1"))
    assert done.returncode == 0, done.stderr
