"""Each row of the table against counts by hand, on corpora of a few invented lines."""

import math
import random

import pytest
import stats
from conftest import ROOT

TABLES = ("birth_places_train.tsv", "birth_dev.tsv", "birth_test_inputs.tsv")


def measure_people(*people):
    """The measures of a corpus of (name, the body of the document, answer), one pair each."""
    text = "".join(f"{name}. {body}\n" for name, body, _ in people)
    return stats.measure(text, [(f"Where was {name} born?", answer) for name, _, answer in people])


def test_lengths_are_quantiles_of_the_documents_that_hold_something():
    """5 % of 20 lengths are below the second."""
    measured = stats.measure("".join("x" * length + "\n \n\n" for length in range(20, 0, -1)), [])
    assert measured["documents"] == 20
    lengths = [measured[f"length, {name}"] for name in ("5 %", "median", "95 %")]
    assert lengths == [2, 11, 20]


def test_characters_are_those_of_a_vocabulary_with_the_line_end():
    assert stats.measure("abba\nÅ\n", [])["different characters"] == 4


def test_random_digits_of_base_16_take_four_bits_and_repetition_almost_none():
    digits = "".join(random.Random(0).choices("0123456789abcdef", k=20_000))
    assert stats.measure(digits, [])["xz, bits a character"] == pytest.approx(4, rel=0.06)
    assert stats.measure("ab" * 10_000, [])["xz, bits a character"] < 0.1


def test_titles_are_sought_at_the_start_of_the_body_and_in_all_of_it():
    measured = stats.measure(
        "Ada Bo. Ada Bo was born in Rome.\n"
        "Cy J. Orr. Born in Oslo, Cy J. Orr was a painter.\n"
        "Di Poe. Poe was born in Bonn.\n"
        "a line that has no title\n",
        [],
    )
    assert measured["title not at the start of the body, %"] == pytest.approx(200 / 3)
    assert measured["title nowhere in the body, %"] == pytest.approx(100 / 3)


def test_questions_match_documents_in_any_template_and_blank_lines_ask_nothing():
    measured = stats.measure(
        "Ada Bo. Ada Bo was born in Rome.\nCy Orr. Born in Oslo.\nDi Poe. Poe was a painter.\n",
        [
            ("Where was Ada Bo born?", "Rome"),
            ("Where was Ada Bo born?", None),
            ("What is the birthplace of Cy Orr?", "Oslo"),
            ("Di Poe", None),
            ("Where was Ed Rao born?", "Lima"),
            ("", None),
        ],
    )
    assert measured["questions"] == 5
    assert measured["questions with a document"] == 4
    assert measured["questions with a document and an answer"] == 2
    assert measured["answer stated, %"] == 100


def test_an_answer_is_stated_by_the_body_not_by_the_title_and_early_up_to_its_last_character():
    early = "Ada Bo. " + "x" * 99 + " "  # 108 characters before the answer
    people = [
        ("Ada Bo", early[8:] + "Rome.", "Rome"),
        ("Cy Orr", early[8:] + " Oslo.", "Oslo"),
        ("Di Bonn", "Di was a painter.", "Bonn"),
        ("Ed Rao", "Rao left Lima for Lima.", "Lima"),
    ]
    measured = measure_people(*people)
    assert measured["answer stated, %"] == 75
    assert measured["answer stated within 112 characters, %"] == 50
    assert measured["answer's wording not in the body, %"] == 25


def test_answers_are_counted_by_their_wording():
    answers = ["London", "New York", "London", "Rio de Janeiro", "London"]
    names = ["Ada Bo", "Cy Orr", "Di Poe", "Ed Rao", "Fay Moe"]
    measured = measure_people(*((name, "Born.", answer) for name, answer in zip(names, answers)))
    assert measured["different answers"] == 3
    assert measured["answers of several words, %"] == 40
    assert measured["commonest answer"] == "London"
    assert measured["commonest answer's share, %"] == measured["rule: London, %"] == 60


def test_contexts_are_three_words_in_which_numbers_are_equal_and_so_are_names():
    measured = measure_people(
        ("Ada Bo", "Ada Bo was born in Rome.", "Rome"),
        ("Cy Orr", "Cy Orr (born 3 May 1900 in Oslo)", "Oslo"),
        ("Di Poe", "Di Poe, born 14 May 1911 in Bonn", "Bonn"),
        ("Ed Rao", "Rao came from Lima.", "Lima"),
        ("Fay Moe", "Moe came from Kyiv, not from Kyiv.", "Kyiv"),
        ("Gus Nash", "Bern is where Nash was born.", "Bern"),
        ("Hal Sand", "Sand was a painter.", "Riga"),
        ("Ida Quist", "The girl was born in Cork.", "Cork"),
    )
    # Of seven: was born in, May 0 in and NAME came from twice each, and none.
    assert measured["contexts of the answer"] == 4
    entropy = 3 * 2 / 7 * math.log2(7 / 2) + math.log2(7) / 7
    assert measured["entropy of the contexts, bits"] == pytest.approx(entropy)
    assert measured["ten commonest contexts, %"] == pytest.approx(100)


def test_the_share_of_the_ten_commonest_contexts_leaves_the_others_out():
    """Nine of 20 documents share a context; of the eleven others nine are among the ten."""
    letters = "abcdefghijklmnopqrst"
    people = [
        (f"Ada B{letter}", f"{'a' if index < 9 else letter} b c Rome.", "Rome")
        for index, letter in enumerate(letters)
    ]
    measured = measure_people(*people)
    assert measured["contexts of the answer"] == 12
    assert measured["ten commonest contexts, %"] == pytest.approx(90)


SECOND = [  # and what could be taken for the answer: a place, one before it; a name, one before it
    (("Ada Bo", "Ada Bo was born in Rome and died in Oslo.", "Rome"), "place name"),
    (("Cy Orr", "Cy Orr left Bonn and was born in Oslo.", "Oslo"), "place place_before"),
    (("Di Poe", "Di Poe of Acme was born in Bonn.", "Bonn"), "name name_before"),
    (("Ed Rome", "Rome was born in New York, of New York City, in May 1900.", "New York"), ""),
    (("Fay Moe", "Fay Moe lived in Oslo.", "Lima"), "place name"),
    (("Gus Nash", "Gus Nash was born in Kyiv, Rome.", "Kyiv"), "place"),
    (("Hal Sand", "Hal Sand of the Oslo Times was born in York.", "York"), ""),
    (("Ida Quist", "Ida Quist was born in York, Maine.", "York, Maine"), ""),
]


def test_second_places_are_other_answers_and_second_names_stand_behind_prepositions():
    measured = measure_people(*(person for person, _ in SECOND))
    for row, kind in [
        ("second place (another pair's answer), %", "place"),
        ("second place before the answer, %", "place_before"),
        ("second name (after in, at, from, of, to), %", "name"),
        ("second name before the answer, %", "name_before"),
    ]:
        assert measured[row] == 100 * sum(kind in kinds.split() for _, kinds in SECOND) / 8, row


RULES = [  # and which rule finds the answer: the first name, or the first born in it
    (("Ada Bo", "Ada Bo was born in Rome.", "Rome"), "first born"),
    (("Cy Orr", "Cy Orr of Acme was born at Oslo.", "Oslo"), "born"),
    (("Di Poe", "Born in 1900 in Bonn, Poe was a painter.", "Bonn"), "first"),
    (("Ed Rao", "Ed Rao came to Lima.", "Lima"), ""),
    (("Fay Moe", "Fay Moe was quiet.", "London"), "London"),
    (
        ("Gus Nash", "Nash, within Kyiv, was born in St. Paul and died in Bern.", "St. Paul"),
        "first born",
    ),
    (("Hal Sand", "Born at Riga, Hal Sand lived in Rome.", "Riga"), "first born"),
    (("Ida Quist", "Ida Quist hails from Bern, New York.", "New York"), ""),
]


def test_rules_take_the_first_name_behind_their_words():
    measured = measure_people(*(person for person, _ in RULES))
    for row, kind in [
        ("rule: London, %", "London"),
        ("rule: the first name after in, at, from, of, %", "first"),
        ('rule: the first name after "born in", "born at", %', "born"),
    ]:
        assert measured[row] == 100 * sum(kind in kinds.split() for _, kinds in RULES) / 8, row


def test_the_policy_is_scored_on_the_last_fifth_of_the_pairs_and_trained_on_the_others():
    names = [f"Ada B{letter}" for letter in "abcdefghijkl"]
    people = [(name, f"{name} was born in Rome, a painter of Oslo.", "Rome") for name in names]
    measured = measure_people(
        *people,
        ("Cy Orr", "Cy Orr was born in Bonn, a painter of Oslo.", "Bonn"),
        ("Di Poe", "Di Poe was born in Bonn, a painter of Kyiv.", "Kyiv"),
        ("Ed Rao", "Ed Rao was born in Bonn, a painter of Kyiv.", "Lima"),
    )
    assert measured["log-linear policy, held-out pairs, %"] == pytest.approx(100 / 3)
    assert measured["log-linear policy, something else, %"] == pytest.approx(200 / 3)
    assert measured["log-linear policy, ceiling, %"] == pytest.approx(200 / 3)


def test_the_policy_learns_nothing_from_the_pairs_it_is_scored_on():
    """Documents without the answer teach that no span is asked for."""
    people = [
        (f"Ada B{letter}", f"Ada B{letter} was born in Rome, a painter of Oslo.", answer)
        for letter, answer in zip("abcdefghij", 8 * ["Lima"] + 2 * ["Oslo"])
    ]
    measured = measure_people(*people)
    assert measured["log-linear policy, held-out pairs, %"] == 0
    assert measured["log-linear policy, something else, %"] == 0
    assert measured["log-linear policy, ceiling, %"] == 100


def test_where_there_is_nothing_to_measure_there_is_no_number():
    measured = stats.measure("", [])
    counts = [value for value in measured.values() if value is not None]
    assert counts == [0] * len(counts) and measured["answer stated, %"] is None
    assert "| answer stated, % | – |" in stats.write_table([("none", measured)])


def test_corpora_stand_beside_one_another_in_a_markdown_table():
    one = {"documents": 2937, "stated, %": 95.15, "entropy, bits": 6.379, "commonest": "London"}
    other = {"documents": 1, "stated, %": 100.0, "entropy, bits": None, "commonest": "New York"}
    assert stats.write_table([("ours", one), ("theirs", other)]).splitlines() == [
        "|  | ours | theirs |",
        "| --- | ---: | ---: |",
        "| documents | 2,937 | 1 |",
        "| stated, % | 95.2 | 100.0 |",
        "| entropy, bits | 6.38 | – |",
        "| commonest | London | New York |",
    ]


def read_columns(output):
    """{name of a row: its values} of a printed table."""
    rows = [line.strip("|").split("|") for line in output.splitlines()]
    return {name.strip(): [value.strip() for value in values] for name, *values in rows}


@pytest.mark.slow
def test_without_a_corpus_the_shipped_one_is_measured(cli):
    done = cli("corpus/stats.py", "--beside", "wiki.txt", "birth_places_train.tsv")
    assert (done.returncode, done.stderr) == (0, "")
    columns = read_columns(done.stdout)
    assert columns[""] == ["shipped", "wiki.txt"]
    documents = (ROOT / "wiki.txt").read_bytes().count(b"\n")
    questions = sum((ROOT / name).read_bytes().count(b"\n") for name in TABLES)
    assert columns["documents"] == [f"{documents:,}", "8"]
    assert columns["questions"] == [f"{questions:,}", "6"]
    assert columns["questions with a document"] == columns["questions"]
    assert columns["title not at the start of the body, %"][1] == "0.0"
    assert columns["answer stated, %"][1] == "100.0"
    assert all(len(values) == 2 and "–" not in values for values in columns.values())


def test_several_corpora_can_be_given_by_their_files(world, monkeypatch, capsys):
    monkeypatch.chdir(world)
    first, second = ["wiki.txt", "birth_dev.tsv"], ["wiki.txt", "birth_test_inputs.tsv"]
    assert stats.main([*first, "--beside", *second, "--beside", *first, second[1]]) == 0
    columns = read_columns(capsys.readouterr().out)
    assert columns["questions"] == ["4", "8", "12"]
    assert columns["questions with a document and an answer"] == ["4", "0", "4"]
    assert columns["answer stated, %"] == ["100.0", "–", "100.0"]


BAD = {
    "missing.txt": None,
    "empty.txt": b"\n \n",
    "bytes.tsv": b"Where was Ada Lovelace born?\t\xff\n",
    "tabs.tsv": b"Where was Ada Lovelace born?\tLondon\tUK\n",
    "others.tsv": b"Where was Marie Curie born?\tWarsaw\n",
}


@pytest.mark.parametrize(
    "words, said",
    [
        (["missing.txt", "birth_dev.tsv"], "missing.txt: No such file"),
        (["wiki.txt", "missing.txt"], "missing.txt: No such file"),
        (["empty.txt", "birth_dev.tsv"], "empty.txt: no document in it"),
        (["wiki.txt"], "wiki.txt: no table of questions with it"),
        (["wiki.txt", "bytes.tsv"], "bytes.tsv, line 1: byte 0xff"),
        (["wiki.txt", "tabs.tsv"], "tabs.tsv, line 1: 2 tabs"),
        (
            ["wiki.txt", "others.tsv"],
            "others.tsv: no question holds the title of a document of wiki",
        ),
        (["wiki.txt", "birth_dev.tsv", "--beside", "missing.txt"], "missing.txt: No such file"),
        (["--beside"], "argument --beside: expected at least one argument"),
        (["--besides", "wiki.txt"], "unrecognized arguments: --besides"),
    ],
)
def test_a_mistake_is_told_in_one_line(words, said, world, monkeypatch, capsys):
    monkeypatch.chdir(world)
    for name, content in BAD.items():
        if content is not None:
            (world / name).write_bytes(content)
    try:
        code = stats.main(words)
    except SystemExit as error:  # argparse's way
        code = error.code
    out, err = capsys.readouterr()
    assert (code, out) == (2, "")
    assert err.startswith("error: ") and err.count("\n") == 1 and said in err
