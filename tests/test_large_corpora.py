"""What is found when it is drawn is what would have been found at once."""

import random
import re
from collections import Counter, defaultdict

import pytest
import torch
from conftest import ROOT
from invented import make_names, make_people

from dataset import CharCorruptionDataset, load_corpus
from objectives import table as objectives
from objectives.masking import find_salient_spans
from objectives.phrases import count_words, ends_clause, find_phrases, find_token_before
from objectives.recall import TitleDataset
from objectives.table import ask_clozes, ask_titles, learn_masking, match_pairs
from recipes import RECIPES
from text.files import InputError, read_text
from text.titles import find_frames, split_title
from training.batches import SeededItems

WIKI, PAIRS = str(ROOT / "wiki.txt"), str(ROOT / "birth_places_train.tsv")
TEXT = RECIPES["text"]["examples"]


@pytest.fixture
def few_at_once(monkeypatch):
    """Only ten documents are looked at before the first step."""
    monkeypatch.setattr(objectives, "AT_ONCE", 20)
    monkeypatch.setattr(objectives, "SAMPLE", 10)


def find_rows_plainly(documents, pairs):
    """The rows of `fast` on the shipped corpus, document by document."""
    answered = match_pairs(documents, pairs, "the pairs", [])
    (frame,) = find_frames(answered)
    (policy,) = learn_masking(answered, documents, [frame], "the pairs")
    rows = []
    for index, document in enumerate(documents):
        title, body = split_title(document)
        if title and (spans := policy.choose(document, body)):
            rows.append((index, f"Where was {title} born?", spans))
    return rows


def test_fast_asks_of_the_shipped_documents_what_a_plain_loop_finds(tmp_path):
    """Of every third, to be quick."""
    documents = read_text(WIKI).split("\n")[::3]
    characters = "".join(sorted(set(read_text(WIKI)) - set("\n.")))
    (tmp_path / "wiki.txt").write_text("\n".join([*documents, characters]), encoding="utf-8")
    pairs = [tuple(row.split("\t")) for row in read_text(PAIRS).split("\n")[:-1]]
    found = ask_titles(load_corpus(str(tmp_path / "wiki.txt")), finetune_corpus_path=PAIRS).asked
    assert found == find_rows_plainly(documents, pairs) and len(found) > 800


def find_phrases_plainly(documents, likely):
    """The phrases that `text` asks for, by the words of LikelyPhrases' docstring."""
    words = count_words(documents)
    found = [find_phrases(document, words) for document in documents]
    holders, ending, after = Counter(), Counter(), {}
    for document, spans in zip(documents, found):
        for start, end in spans:
            holders[document[start:end]] += 1
            ending[document[start:end]] += ends_clause(document, end)
            after.setdefault(find_token_before(document, start), []).append(document[start:end])
    recur = {before: sum(holders[each] > 1 for each in texts) / len(texts) for before, texts in after.items()}
    rows = []
    for index, (document, spans) in enumerate(zip(documents, found)):
        good = [
            (start, end)
            for start, end in spans
            if recur[find_token_before(document, start)] >= 0.5
            and ending[document[start:end]] / holders[document[start:end]] >= 0.25
        ]
        rows += [(index, split_title(document)[0], span) for span in good[:likely] or spans[:1]]
    return rows


def test_text_asks_of_the_shipped_corpus_what_a_plain_loop_finds():
    found = [row[:3] for row in ask_clozes(load_corpus(WIKI), **TEXT).asked]
    assert found == find_phrases_plainly(read_text(WIKI).split("\n"), TEXT["likely"]) and len(found) > 2500


def make_corpus(people=60, silent=0):
    documents, facts = make_people(make_names(people))
    documents = ["no title here"] * silent + [each for pair in zip(documents, [""] * people) for each in pair]
    return CharCorruptionDataset("\n".join([*documents, "Where was?"]), 96), facts


def write_pairs(folder, facts):
    path = folder / "pairs.tsv"
    path.write_text("".join(f"Where was {fact['name']} born?\t{fact['place']}\n" for fact in facts))
    return str(path)


@pytest.mark.parametrize("masking", ["learned", "salient", "random"])
@pytest.mark.parametrize("which", ["all", "unanswered"])
def test_titles_drawn_from_many_documents_are_asked_as_they_would_be_at_once(
    tmp_path, monkeypatch, few_at_once, masking, which
):
    corpus, facts = make_corpus()
    options = dict(masking=masking, ask=which, finetune_corpus_path=write_pairs(tmp_path, facts[:30]))
    late = ask_titles(corpus, **options)
    assert any("found when it is drawn" in note and "13 documents" in note for note in late.notes)
    monkeypatch.setattr(objectives, "AT_ONCE", 1000)
    at_once = ask_titles(corpus, **options)
    rows = list(late.asked.rows)
    assert len(rows) == len(corpus) and isinstance(at_once.asked, list)
    assert [row for row in rows if row] == at_once.asked
    assert None in rows and len(late) == 13 * sum(1 for row in rows[::13] if row)
    same = TitleDataset(corpus, rows)
    for place, row in enumerate(rows):
        if row:
            here = SeededItems(same)[place, 7], SeededItems(at_once)[at_once.asked.index(row), 7]
            assert all(torch.equal(one, two) for one, two in zip(*here))


def test_in_the_place_of_a_document_with_nothing_to_ask_another_is_drawn(few_at_once):
    corpus, _ = make_corpus()
    late = ask_titles(corpus, masking="salient")
    dataset = TitleDataset(corpus, list(late.asked.rows))
    assert dataset.asked[1] is None
    random.seed(5)
    drawn = {dataset.vocabulary.decode(dataset[1][0]).split("⁇")[0] for _ in range(400)}
    titles = {split_title(document)[0] for document in corpus.data if document}
    assert drawn == titles - {""} and len(drawn) == 60
    for items in (SeededItems(dataset), SeededItems(late)):
        assert torch.equal(items[1, 3][0], items[1, 3][0])


def test_only_a_sample_is_looked_at_before_the_first_example(monkeypatch, few_at_once):
    corpus, _ = make_corpus()
    looked = []

    def watch(document, body):
        looked.append(document)
        return find_salient_spans(document, body)

    monkeypatch.setattr(objectives, "find_salient_spans", watch)
    dataset = ask_titles(corpus, masking="salient")
    assert len(looked) <= 10
    before = len(looked)
    assert dataset.asked.rows[0] and looked[before:] == [corpus.data[0]]
    dataset[0]
    assert len(looked) == before + 2


def make_lives(people):
    """Documents of which every third has one place, the others have two."""
    places = [f"{start}{end}" for start in ("Ul", "Ro", "Os") for end in ("ma", "me", "lo")]
    return [
        f"{name}. {name} was born in {places[number % 9]}"
        + (f", and died in {places[(number + 1) % 9]}." if number % 3 else ".")
        for number, name in enumerate(make_names(people))
    ]


@pytest.mark.parametrize("likely", [1, 2])
def test_clozes_of_many_documents_ask_for_phrases_of_each(few_at_once, likely):
    corpus = CharCorruptionDataset("\n".join(make_lives(130)), 96)
    dataset = ask_clozes(corpus, **{**TEXT, "likely": likely})
    rows = list(dataset.asked.rows)
    assert rows == [dataset.asked.rows[number] for number in range(130 * likely)]
    assert "found when it is drawn" in dataset.notes[0]
    found = defaultdict(list)
    for index, title, (start, end), cue, _ in filter(None, rows):
        document = corpus.data[index]
        assert document.startswith(title + ". ")
        found[index].append((" ".join(cue), document[start:end]))
    for index, document in enumerate(corpus.data):
        assert found[index] == re.findall(r"(was born in|and died in) (\w+)", document)[:likely]
    assert len(dataset) == 13 * sum(len(found[index]) for index in range(0, 130, 13))


@pytest.mark.parametrize("empty", [0, 1])
def test_a_sample_is_fair_where_every_other_line_is_empty(few_at_once, empty):
    lives = make_lives(60)
    documents = [each for life in lives for each in (("", life) if empty == 0 else (life, ""))]
    dataset = ask_clozes(CharCorruptionDataset("\n".join(documents), 96), **TEXT)
    rows = list(dataset.asked.rows)
    assert len(rows) == len(dataset.asked.rows) == 120 * TEXT["likely"]
    assert len(dataset) == pytest.approx(sum(1 for row in rows if row), rel=0.2)


def test_the_cue_of_a_phrase_is_what_stands_between_it_and_the_one_before():
    corpus = CharCorruptionDataset("Ada Orr. Born in Ulm, she died in Rome.\nBo Orr. Orr, born in Rome, left Ulm.", 96)
    assert ask_clozes(corpus, likely=2, cue_words=3, filler=0, keep=1.0, bare=0.0, tail=0).asked == [
        (0, "Ada Orr", (17, 20), ["born", "in"], [0]),
        (0, "Ada Orr", (34, 38), ["she", "died", "in"], [0, 1]),
        (1, "Bo Orr", (21, 25), ["born", "in"], [0, 1]),
        (1, "Bo Orr", (32, 35), ["left"], [0]),
    ]


def test_clozes_of_a_sample_that_is_everything_are_those_found_at_once(monkeypatch):
    corpus, _ = make_corpus()
    at_once = ask_clozes(corpus, **TEXT).asked
    words, everything = count_words(corpus.data), range(len(corpus.data))
    described = [objectives.describe_phrases(document, words) for document in corpus.data]
    phrases, numbers = objectives.LikelyPhrases(described), (TEXT["likely"], TEXT["cue_words"])
    rows = objectives.ClozeRows(corpus.data, words, phrases, *numbers, everything)
    assert [row for row in rows if row] == at_once


def test_words_that_the_sample_lacks_are_counted_in_their_own_document(few_at_once):
    corpus, _ = make_corpus()
    corpus.data[2] = "Ada Orr. Schooled at home, or schooled in Zwolle, she wrote. Schooled in Zwolle."
    index, _, (start, end), cue, _ = ask_clozes(corpus, **TEXT).asked.rows[2 * TEXT["likely"]]
    assert corpus.data[index][start:end] == "Zwolle" and cue == ["home", "or", "schooled", "in"]
    corpus.data[2] = "Ada Orr. Schooled in Zwolle, she was schooled well."
    assert ask_clozes(corpus, **TEXT).asked.rows[2 * TEXT["likely"]][3] == ["schooled", "in"]


def test_rows_that_are_drawn_are_each_asked_as_often():
    rows = [None, "a", "b", None, "c", "d", None, None, "e", None]
    drawn = objectives.DrawnRows(rows, 5)
    random.seed(0)
    counts = Counter(drawn[number] for _ in range(4000) for number in range(len(drawn)))
    assert len(drawn) == 5 and all(abs(counts[row] - 2000) < 150 for row in "abcde")
    everything = objectives.DrawnRows(rows, len(rows))
    assert [everything[number] for number in range(10)] == rows


@pytest.mark.parametrize(
    "rows, make",
    [(1, lambda corpus: ask_titles(corpus, masking="salient")), (2, lambda corpus: ask_clozes(corpus, **TEXT))],
)
def test_where_few_documents_can_be_asked_all_of_them_are_found_at_once(few_at_once, rows, make):
    corpus, facts = make_corpus(people=3, silent=300)
    dataset = make(corpus)
    assert isinstance(dataset.asked, list) and len(dataset) == 3 * rows
    with pytest.raises(InputError, match="nothing to ask"):
        make(make_corpus(people=0, silent=300)[0])


def test_clozes_look_at_each_document_once_when_they_look_at_all(few_at_once, monkeypatch):
    looked, describe = [], objectives.describe_phrases
    monkeypatch.setattr(objectives, "describe_phrases", lambda *words: looked.append(words[0]) or describe(*words))
    corpus, _ = make_corpus(people=3, silent=300)
    ask_clozes(corpus, **TEXT)
    assert Counter(looked[10:]) == Counter(corpus.data)  # after the sample
