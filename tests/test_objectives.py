"""What pretraining asks, above all by pairs files that are not as clean as the course's."""

import random
import tempfile
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from invented import make_names, make_people

from dataset import CharCorruptionDataset
from objectives.questions import make_questions
from objectives.spans import find_salient_spans
from text.console import InputError
from text.formats import MASK_CHAR, MAX_ANSWER, PAD_CHAR
from text.phrasing import group_questions, match_questions
from text.titles import index_titles, split_title

BORN = "Where was {name} born?"
PLACE = "In which place was {name} born?"
FIRM = "Who employs {name}?"


def ask(folder, documents, pairs=None, block_size=96, **options):
    """make_questions of the documents, with a pairs file in `folder` if pairs are given. The corpus ends in
    a line without a title, that has the characters of the pairs.
    """
    rows = [f"{question}\t{answer}\n" for question, answer in pairs or ()]
    characters = "".join(sorted(set("".join(rows)) - set("\t\n.")))
    corpus = CharCorruptionDataset("\n".join([*documents, characters]), block_size)
    corpus.data[: len(documents)] = documents  # the very objects
    if pairs is not None:
        options["finetune_corpus_path"] = str(Path(folder) / "pairs.tsv")
        Path(options["finetune_corpus_path"]).write_text("".join(rows), encoding="utf-8")
    return make_questions(corpus, **options)


def list_asked(dataset):
    """{document: {prompt: [the spans' texts]}}; every prompt is asked once."""
    asked = defaultdict(dict)
    for index, prompt, spans in dataset.asked:
        assert prompt not in asked[dataset.data[index]]
        texts = [dataset.data[index][start:end] for start, end in spans]
        asked[dataset.data[index]][prompt] = texts
    return dict(asked)


def make_pairs(facts, *kinds):
    """A pair for each fact: kinds, (question, relation), take turns."""
    return [
        (question.format(**fact), fact[relation])
        for fact, (question, relation) in zip(facts, kinds * len(facts))
    ]


def expect(documents, facts, *kinds):
    """What list_asked is when each document is asked each of the kinds, and rightly answered."""
    return {
        document: {question.format(**fact): [fact[relation]] for question, relation in kinds}
        for document, fact in zip(documents, facts)
    }


def read_example(dataset, idx):
    x, y = dataset[idx]
    assert x.shape == y.shape == (dataset.block_size - 1,)
    decode = dataset.vocabulary.decode
    return decode(x).rstrip(PAD_CHAR), decode(y)


# What is asked of clean files.


@pytest.mark.parametrize("masking", ["random", "salient"])
def test_an_example_is_title_and_span_and_only_the_span_is_trained(tmp_path, masking):
    documents, _ = make_people(make_names(100))
    dataset = ask(tmp_path, documents, masking=masking)
    assert len(dataset) == len(documents)
    for idx, document in enumerate(documents):
        text, targets = read_example(dataset, idx)
        title, span, rest = text.split(MASK_CHAR)
        assert document.startswith(title + ". ") and span in document and rest == ""
        assert targets.startswith("□" * len(title) + span + "⁇□")
        assert targets.strip("□") == span + "⁇"


def test_salient_spans_are_all_drawn_and_no_others(tmp_path):
    documents, _ = make_people(make_names(100))
    dataset = ask(tmp_path, documents, masking="salient")
    body = split_title(documents[0])[1]
    salient = {documents[0][start:end] for start, end in find_salient_spans(documents[0], body)}
    random.seed(0)
    assert {read_example(dataset, 0)[0].split("⁇")[1] for _ in range(200)} == salient


def test_learned_masking_asks_every_document_the_question_of_the_pairs(tmp_path):
    """Of people without a pair too: their name in the pairs' template, and what answers it."""
    documents, facts = make_people(make_names(100))
    dataset = ask(tmp_path, documents, make_pairs(facts[:60], (BORN, "place")))
    assert list_asked(dataset) == expect(documents, facts, (BORN, "place"))
    for idx, fact in enumerate(facts):
        text, _ = read_example(dataset, idx)
        assert text == f"Where was {fact['name']} born?⁇{fact['place']}⁇"


def test_documents_that_do_not_say_it_are_not_asked_and_the_others_are_counted(tmp_path):
    """A sixth of the documents, of people with a pair and of others."""
    documents, facts = make_people(make_names(90))
    for index in range(0, 90, 6):
        documents[index] = documents[index].replace(facts[index]["place"], "a house")
    silent = documents[::6]
    dataset = ask(tmp_path, documents, make_pairs(facts[:60], (BORN, "place")))
    everything = expect(documents, facts, (BORN, "place"))
    assert list_asked(dataset) == {d: asked for d, asked in everything.items() if d not in silent}
    assert dataset.notes[-1] == "asking 'Where was NAME born?' of 75 documents"


def test_without_pairs_the_title_is_asked_about_as_it_is_and_a_note_says_so(tmp_path):
    documents, facts = make_people(make_names(20))
    dataset = ask(tmp_path, documents)
    assert [prompt for _, prompt, _ in dataset.asked] == [fact["name"] for fact in facts]
    (note,) = dataset.notes
    assert "salient" in note and "--finetune_corpus_path" in note
    assert dataset.asked == ask(tmp_path, documents, masking="salient").asked


@pytest.mark.parametrize("masking", ["random", "salient"])
def test_with_pairs_every_masking_asks_in_the_template_of_their_questions(tmp_path, masking):
    documents, facts = make_people(make_names(20))
    asked = list_asked(
        ask(tmp_path, documents, make_pairs(facts[:9], (BORN, "place")), masking=masking)
    )
    assert [list(prompts) for prompts in asked.values()] == [
        [BORN.format(**fact)] for fact in facts
    ]


# Questions that vary.

DAMAGES = {
    "no question mark": lambda question: question[:-1],
    "lower case": str.lower,
    "a trailing space": lambda question: question + " ",
    "double spaces": lambda question: question.replace(" ", "  "),
    "upper case": str.upper,
}


@pytest.mark.parametrize("damage", list(DAMAGES))
@pytest.mark.parametrize("where", [0, 30, 59])
def test_one_damaged_question_changes_nothing_of_what_is_asked(tmp_path, damage, where):
    documents, facts = make_people(make_names(80))
    pairs = make_pairs(facts[:60], (BORN, "place"))
    clean = ask(tmp_path, documents, pairs)
    pairs[where] = (DAMAGES[damage](pairs[where][0]), pairs[where][1])
    damaged = ask(tmp_path, documents, pairs)
    assert list_asked(damaged) == list_asked(clean) == expect(documents, facts, (BORN, "place"))
    assert [note for note in damaged.notes if "of their questions" not in note] == clean.notes
    assert "60 of 60 pairs match a document" in damaged.notes[0]


@pytest.mark.parametrize("shares", [(1, 1), (1, 3), (9, 1)])
def test_two_phrasings_are_both_asked_of_every_document(tmp_path, shares):
    documents, facts = make_people(make_names(120))
    kinds = [(BORN, "place")] * shares[0] + [(PLACE, "place")] * shares[1]
    dataset = ask(tmp_path, documents, make_pairs(facts[:80], *kinds))
    assert list_asked(dataset) == expect(documents, facts, (BORN, "place"), (PLACE, "place"))
    assert "80 of 80 pairs" in dataset.notes[0]
    told = {f"asking {each.format(name='NAME')!r} of 120 documents" for each in (BORN, PLACE)}
    assert told == set(dataset.notes[1:])


def test_names_that_all_end_alike_stay_whole(tmp_path):
    names = [
        f"{first}{last} Smith"
        for last in ("a", "o", "u")
        for first in "B C D F G H K L M N".split()
    ]
    names += ["Ann Smith", "Ann Mae Smith", "Smith", "Ann"]
    documents, facts = make_people(names)
    asked = list_asked(ask(tmp_path, documents, make_pairs(facts[:32], (BORN, "place"))))
    assert asked == expect(documents, facts, (BORN, "place"))
    assert list(asked[documents[30]]) == ["Where was Ann Smith born?"]


def test_questions_about_two_things_each_learn_their_own_spans(tmp_path):
    documents, facts = make_people(make_names(200))
    kinds = [(BORN, "place"), (FIRM, "firm")]
    pairs = make_pairs(facts, *kinds)
    assert len(pairs) == 2 * 100
    assert list_asked(ask(tmp_path, documents, pairs)) == expect(documents, facts, *kinds)


def test_a_question_that_no_document_answers_is_not_asked_and_a_note_says_so(tmp_path):
    documents, facts = make_people(make_names(200))
    pairs = make_pairs(facts[:100], (BORN, "place"))
    pairs += [(FIRM.format(**fact), "Mars") for fact in facts[-100:]]
    dataset = ask(tmp_path, documents, pairs)
    assert list_asked(dataset) == expect(documents, facts, (BORN, "place"))
    assert "asking 'Where was NAME born?' of 200 documents" in dataset.notes
    assert "asking 'Who employs NAME?' of 0 documents" in dataset.notes


def test_a_document_is_asked_only_the_questions_that_it_answers(tmp_path):
    """Every other document names no firm. Both questions have a policy of their own."""
    documents, facts = make_people(make_names(200))
    for index in range(0, 200, 2):
        documents[index] = documents[index].replace(facts[index]["firm"], "a bakery")
    pairs = make_pairs(facts[:120], (BORN, "place")) + make_pairs(facts[40:180], (FIRM, "firm"))
    asked = list_asked(ask(tmp_path, documents, pairs))
    both = expect(documents, facts, (BORN, "place"), (FIRM, "firm"))
    born = expect(documents, facts, (BORN, "place"))
    assert asked == {d: (both if index % 2 else born)[d] for index, d in enumerate(documents)}


# What the user is told.


def test_no_question_about_a_document_is_an_error_with_the_file_and_an_example(tmp_path):
    documents, _ = make_people(make_names(20))
    pairs = [("Where was Zoe Zander born?", "Oslo"), ("Where is Rome?", "Italy")]
    with pytest.raises(InputError, match="pairs.tsv.*'Where was Zoe Zander born\\?'") as caught:
        ask(tmp_path, documents, pairs)
    assert "\n" not in str(caught.value)


def test_the_notes_count_matched_pairs_and_quote_one_that_does_not_match(tmp_path):
    documents, facts = make_people(make_names(60))
    pairs = make_pairs(facts, (BORN, "place"))
    pairs[:4] = [("Where was Mx Nobody born?", "Oslo")] * 4
    assert ask(tmp_path, documents, pairs).notes == [
        "56 of 60 pairs match a document, but not 'Where was Mx Nobody born?'",
        "asking 'Where was NAME born?' of 60 documents",
    ]


# Which documents are asked.


def test_unanswered_asks_only_what_no_pair_answers(tmp_path):
    documents, facts = make_people(make_names(80))
    pairs = make_pairs(facts[:30], (BORN, "place")) + make_pairs(facts[30:60], (PLACE, "place"))
    pairs[5] = (pairs[5][0].lower(), pairs[5][1])
    dataset = ask(tmp_path, documents, pairs, ask="unanswered")
    kinds = [(BORN, "place"), (PLACE, "place")]
    assert list_asked(dataset) == expect(documents[60:], facts[60:], *kinds)


def test_unanswered_needs_pairs_and_a_document_that_is_left(tmp_path):
    documents, facts = make_people(make_names(10))
    with pytest.raises(InputError, match="--finetune_corpus_path"):
        ask(tmp_path, documents, ask="unanswered")
    with pytest.raises(InputError, match="--ask unanswered"):
        ask(tmp_path, documents, make_pairs(facts, (BORN, "place")), ask="unanswered")


@pytest.mark.parametrize("masking", ["learned", "salient", "random"])
@pytest.mark.parametrize("which", ["all", "unanswered"])
def test_documents_without_a_title_or_a_span_are_not_asked(tmp_path, masking, which):
    documents, facts = make_people(make_names(10))
    untitled = ["no title at all", "", "  . Oslo", "One sentence of Oslo."]
    without_spans = ["Zed Quiet. was quiet all his life", "Yan Empty. "]
    pairs = make_pairs(facts[:6], (BORN, "place"))
    everything = [*untitled, *documents, *without_spans]
    asked = list_asked(ask(tmp_path, everything, pairs, masking=masking, ask=which))
    expected = documents if which == "all" else documents[6:]
    if masking == "random":  # which needs no names
        expected = [*expected, *without_spans]
    assert list(asked) == expected


def test_titles_too_long_for_a_prompt_and_an_answer_are_not_asked(tmp_path):
    answer = "A" * MAX_ANSWER
    _, facts = make_people(make_names(4))
    room = 128 - MAX_ANSWER - 3 - len(BORN.format(name=""))
    documents = [f"{'N' * length}. in {answer}, they say" for length in (room, room + 1)]
    known = [f"{fact['name']}. in {fact['place']}, they say" for fact in facts]
    dataset = ask(
        tmp_path, [*known, *documents], make_pairs(facts, (BORN, "place")), block_size=128
    )
    assert [dataset.data[index] for index, _, _ in dataset.asked] == [*known, documents[0]]
    assert read_example(dataset, 4)[0] == BORN.format(name="N" * room) + f"⁇{answer}⁇"


def test_nothing_to_ask_is_an_error(tmp_path):
    with pytest.raises(InputError, match="title"):
        ask(tmp_path, ["one", "two", ""], masking="random")
    with pytest.raises(InputError, match="name or number"):
        ask(tmp_path, ["Ada. was quiet"], masking="salient")


# Any input.


words = st.sampled_from(
    ["Ann", "Bo", "Smith", "de", "St.", "J.", "Oslo", "was", "born", "1900", "Ü", "李"]
)
phrases = st.lists(words, min_size=1, max_size=4).map(" ".join)
free = st.text(st.sampled_from("aB. ?é李7"), max_size=20)
documents_of_any_kind = st.one_of(st.tuples(phrases, st.one_of(phrases, free)).map(". ".join), free)
templates = st.sampled_from(
    [("Where was ", " born?"), ("", ""), ("Who employs ", "?"), ("is ", " ")]
)
questions_of_any_kind = st.one_of(
    st.tuples(templates, phrases).map(lambda both: both[1].join(both[0])), phrases, free
)
filled = st.text(st.sampled_from("ABc d"), min_size=1, max_size=9).filter(str.strip)
pairs_of_any_kind = st.tuples(questions_of_any_kind.filter(str.strip), st.one_of(phrases, filled))


@given(
    documents=st.lists(documents_of_any_kind, min_size=1, max_size=8),
    pairs=st.none() | st.lists(pairs_of_any_kind, min_size=1, max_size=8),
    masking=st.sampled_from(["learned", "salient", "random"]),
    which=st.sampled_from(["all", "unanswered"]),
)
@example(["no title at all, only a long text that fills the block " * 2], None, "random", "all")
@example(["Ann. Oslo"], [("Where was Ann born?", "Oslo")], "learned", "all")
def test_any_documents_and_pairs_give_valid_examples_or_an_input_error(
    documents, pairs, masking, which
):
    with tempfile.TemporaryDirectory() as folder:
        try:
            dataset = ask(folder, documents, pairs, masking=masking, ask=which)
        except InputError as error:
            assert "\n" not in str(error)
            return
    common = [("", "")]
    if pairs:
        titles = index_titles(dataset.data)
        common = group_questions(match_questions([q for q, _ in pairs], titles))
    assert len(dataset) > 0
    for idx, (index, _, _) in enumerate(dataset.asked):
        text, targets = read_example(dataset, idx)
        prompt, span, rest = text.split(MASK_CHAR)
        title, _ = split_title(documents[index])
        assert title.strip() and rest == ""
        assert prompt in [prefix + title + suffix for prefix, suffix in common]
        assert span in documents[index] and targets.strip("□") == f"{span}⁇"
