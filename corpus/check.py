"""Read every document back against the tables, by another way than that by which it was written.

    python corpus/check.py [WIKI PEOPLE.tsv [QUESTIONS.tsv ...]]

The reader knows no sentence. It marks what a document names (dates, places, teams, works, prizes,
numbers), finds what is claimed of each from the words around it (a place after "died" is a place of
death), and compares that with the person's facts in `truth.py`. Whatever is left, a number, a
capital or a word that it was not taught, is a finding too. Each finding is one line: the line's
number, the name, the piece of text, what the tables say. Exit code 1 if there is one.

Then the questions: an answer must be true of the person, and be worded as the document words it.
"""
import csv
import re
import sys
from pathlib import Path
from typing import NamedTuple

from truth import POSITIONS, read_category, read_date, read_people, read_team_names

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = [ROOT / name for name in ("wiki.txt", "corpus/people.tsv", "birth_places_train.tsv",
                                    "birth_dev.tsv", "birth_test_inputs.tsv")]
MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*"
DATE = rf"(?:\b\d{{1,2}} {MONTH} \d{{4}}|\b{MONTH} \d{{1,2}}, \d{{4}}|\b\d{{4}}\b)"
SPELLED = "one two three four five six seven eight nine".split()
NUMBER = rf"(\b\d[\d,]*\b|\b(?:{'|'.join(SPELLED)})\b)"
YEARS = r"(\d{4}(?:(?:, | and )\d{4})*)"
COLUMNS = ("name domain split stated distractors birth_place birth_date birth_year death_date "
           "death_year prize").split()  # the sidecar's columns that are read here
NOBEL = (r"Nobel (?:Memorial )?Prize (?:in|for) (?:Physics|Chemistry|Literature|Physiology or "
         r"Medicine|Medicine|Economic Sciences|Economics)|Nobel Peace Prize")
POSITION = "|".join(POSITIONS.values())
ROLE = (rf"(?:former )?(?:{POSITION})|painter|sculptor|printmaker|photographer|artist|"
        r"Nobel peace laureate|Nobel laureate in [a-z]+")
SENTENCE = re.compile(  # not after "b.", "St." or an initial, but after a state's two letters
    r"(?<![ (][a-z]\.)(?<!\b[SMF]t\.)(?<!Jr\.)(?<=[^A-Z]\.) (?=[^\Wa-z_]|\x00)|"
    r"(?:(?<=, [A-Z]{2}\.)|(?<=II\.)) (?=[^\Wa-z_]|\x00)|"
    r"(?<![ (][a-z]\.)(?<=\.) (?=(?:He|She|His|Her|The|In)\b)")
# What the words before a date or place say that it is; in a sentence the nearest counts.
CUES = {
    "birth": r"\bborn\b|^Born\b|\bb\.|\(\*|\b[Bb]irth(?:place)?\b|\bnative\b|"
             r"\b(?:son|daughter) of\b|\b[Hh]ail(?:s|ed|ing)\b|"
             r"\bc[ao]mes? from\b|\bcame into the world\b|\bbeg[au]n\b|^From\b|"
             rf"\b[Oo]riginally\b|(?<=[a-z]) from (?!\d|{MONTH} \d)",
    "death": r"\bdied\b|\bd\.|†|\b[Dd]eath\b|\bended (?:in|at|a)\b",
    "work": r"\bbased\b|\bworking\b|\bthen (?:at|in)\b|\b[Ww]hile in\b|\bWhile at\b|(?<!It )\bwas at\b|\bwhile at\b",
    "prize": r"\b(?:[Pp]rizes?|awarded|award|received|won|took|gained|obtained|shared|honoured|"
             r"winner|given)\b",
    "debut": r"\bdebut(?:ed)?\b|\bfirst (?:played|appeared|game)\b|\breached the majors\b",
    "last": r"\blast played\b|\bended (?:his|her) career\b|\bthe last (?:in|on)\b",
    "study": r"\bcollege baseball\b|\bas a student\b",
}
PLACE_KINDS = {"artists": ("birth", "death"), "laureates": ("birth", "death", "work"),
               "players": ("birth", "death", "study")}
DATE_KINDS = {"artists": ("birth", "death"), "laureates": ("birth", "death", "work", "prize"),
              "players": ("birth", "death", "debut", "last")}
# Words that claim nothing by themselves. "First", "last", "only" and numbers are not among them.
WORDS = set("""
a after along also among an and another appeared are artists as at award awarded awards b baseball
based batted be became been began begin begun birth birthplace born but by called came career
chosen collected collection college comes credited d date dated dates daughter death died drove
elected ended entered fell for found from full gained given had hailed hailing hails has have he
her him his hit holds honoured in include includes including into is it its known lasted laureate
life made majors name named native obtained of on or originally others out owns place played prize
put reached received record represented retired scored she son spent stole stood struck student
tall teams than that then the this though threw to together took total totalled totals up was weighed
when where which while who whose with won working works world year
""".split())


class Finding(NamedTuple):
    """One line of the report."""
    line: int
    name: str
    piece: str
    truth: str


class Reading:
    """One document being read: what of it is accounted for, and what was found wrong."""

    def __init__(self, person, text):
        self.person, self.text = person, text
        self.read = [False] * len(text)
        self.findings, self.claims = [], 0
        # Titles of works say nothing of the person; the words around them are looked for here.
        self.plain = re.sub(r'"[^"]*"', lambda work: "\x00" * len(work[0]), text)
        ends = [found.start() for found in SENTENCE.finditer(self.plain)] + [len(text)]
        starts = [0] + [end + 1 for end in ends[:-1]]
        self.sentences = list(zip(starts, ends))

    def accept(self, start, end):
        """This piece is accounted for."""
        self.claims += 1
        self.read[start:end] = [True] * (end - start)

    def refuse(self, start, end, truth):
        """This piece contradicts the tables."""
        self.findings.append((self.text[start:end].strip(), truth))
        self.read[start:end] = [True] * (end - start)

    def settle(self, start, end, truth):
        """Accept the piece where `truth` is None, else refuse it."""
        if truth is None:
            self.accept(start, end)
        else:
            self.refuse(start, end, truth)

    def is_read(self, start, end):
        return all(self.read[start:end])

    def sentence(self, position):
        return next((start, end) for start, end in self.sentences if position <= end)


class Tables(NamedTuple):
    """The sidecar's rows by name, the people of each name, and a pattern of all teams' names."""
    sidecar: dict
    people: dict
    team: str


def load_tables(sidecar):
    names = sorted(read_team_names(), key=len, reverse=True)
    return Tables(sidecar, read_people(sidecar), "|".join(map(re.escape, names)))


def check_corpus(lines, tables):
    """(findings, number of claims read) of all documents."""
    findings, claims, lines_of = [], 0, {}
    for number, line in enumerate(lines, 1):
        wrong, right = check_line(number, line, tables)
        findings += wrong
        claims += right
        title = find_title(line, tables.sidecar)
        if lines_of.setdefault(title, number) != number:
            findings.append(Finding(number, title, title, f"has line {lines_of[title]} already"))
    return findings + [Finding(0, name, name, "has no document")
                       for name in tables.sidecar.keys() - lines_of.keys()], claims


def check_line(number, line, tables):
    """(findings, number of claims read) of one document."""
    title = find_title(line, tables.sidecar)
    if title is None:
        return [Finding(number, "?", line[:60], "nobody in the sidecar has this title")], 0
    row = tables.sidecar[title]
    readings = [read_document(person, title, line, row, tables.team)
                for person in tables.people[title] if person.domain == row["domain"]]
    if not readings:
        return [Finding(number, title, title, "no table knows the person")], 0
    # Of several people with the name, the document is about the one whom it fits best.
    best = min(readings, key=lambda reading: len(reading.findings))
    return [Finding(number, title, *finding) for finding in best.findings], best.claims


def find_title(line, names):
    """The shortest beginning of the line up to a full stop that is a person's name."""
    for stop in re.finditer(r"\. ", line):
        if line[:stop.start()] in names:
            return line[:stop.start()]
    return None


def read_document(person, title, line, row, team):
    reading = Reading(person, line[len(title) + 2:])
    check_row(reading, row, line)
    check_text(reading, line)
    read_names(reading)
    if person.domain == "artists":
        read_works(reading)
    elif person.domain == "laureates":
        read_prizes(reading)
    else:
        read_career(reading, team)
    read_institutions(reading)
    read_roles(reading)
    read_places(reading)
    read_dates(reading)
    check_articles(reading)
    read_rest(reading)
    return reading


def check_row(reading, row, line):
    """The sidecar's row: the answer and the other facts in it are the person's."""
    person, facts = reading.person, reading.person.facts
    works = facts.get("works", {})
    places = set().union(*person.places.values())
    truths = {
        "birth_place": person.answers, "death_place": person.places["death"],
        "role": person.roles, "movement": {facts.get("movement")}, "work": works,
        "work_year": {str(year) for year, *_ in works.values()},
        "position": facts.get("positions", ()), "team": facts.get("games", ()),
        "prize_year": {str(year) for _, year in facts.get("prizes", ())}}
    wrong = [(column, truth) for column, truth in truths.items()
             if row[column] and row[column] not in truth]
    for event, truth in (("birth", person.birth), ("death", person.death)):
        wrong += [(column, truth) for column in (f"{event}_date", f"{event}_year")
                  if row[column] and not fits_date(row[column], {truth})]
    if row["prize"] and read_category(row["prize"]) not in dict(facts.get("prizes", ())):
        wrong.append(("prize", facts.get("prizes")))
    stated = row["birth_place"] in reading.text
    if stated != (row["stated"] != "never"):
        wrong.append(("stated", f"the answer is {'' if stated else 'not '}in the document"))
    for place in filter(None, row["distractors"].split("; ")):
        known = any(place in name for name in places | set(works))
        if place not in line or not known:
            wrong.append(("distractors", f"{place} is not in the document or not the person's"))
    for column, truth in wrong:
        reading.findings.append((f"{column} {row[column]}", show(truth)))


def check_text(reading, line):
    """Spaces, brackets, quotes, articles, pronouns: what is wrong whoever the person is."""
    text, person = reading.plain, reading.person
    others = (r"\b(?:[Hh]e|[Hh]is|[Hh]im|son)\b" if person.female else
              r"\b(?:[Ss]he|[Hh]ers?|daughter)\b")
    flaws = [("  ", "two spaces"), (r" (?:[,;:)]|\.(?!\d))", "a space before a mark"),
             (r"\.\.|,,|,\.|\( ", "two marks"), (r"\b(\w+) \1\b", "a word twice"),
             (r"\b[Tt]heirs?\b|\b[Tt]hey\b", "one person"), (others, "the other gender"),
             (r"[{}<>]|\bNone\b|\bnan\b", "a mark of the generator's"),
             (r"[\x01-\x1f\x7f-\x9f\u2028\u2029\u200b\ufeff]", "a control character"),
             (r"^[a-z]", "a small letter at the start")]
    for pattern, truth in flaws:
        for found in re.finditer(pattern, text):
            reading.findings.append((text[max(0, found.start() - 15):found.end() + 15], truth))
    depth = [text[:end].count("(") - text[:end].count(")") for end in range(len(text) + 1)]
    if depth[-1] or min(depth) < 0 or max(depth) > 1:
        reading.findings.append((text[:40], "brackets that don't match"))
    if line.count('"') % 2:
        reading.findings.append((line[-40:], "quotes that don't match"))
    if not re.search(r"[\w)\"’]\.$", line):
        reading.findings.append((line[-20:], "no full stop at the end"))
    told = [reading.text[start:end] for start, end in reading.sentences]
    for sentence in {sentence for sentence in told if told.count(sentence) > 1}:
        reading.findings.append((sentence, "a sentence twice"))


def check_articles(reading):
    """'a' and 'an', but for those within a place's name."""
    for found in re.finditer(r"\b([Aa]n?) ([\w’'-]+)", reading.plain):
        if not reading.read[found.start()] and (
                found[1].lower() == "an") != sounds_like_vowel(found[2]):
            reading.findings.append((found[0], "the other article"))


def sounds_like_vowel(word):
    """Whether 'an' stands before the word."""
    if re.match(r"(?i)uni(?!n|m[^aeiou])|us[aeu]|eu|ewe|one\b|once|ukr|ubiq|ut[or][pe]", word):
        return False
    return bool(re.match(r"(?i)[aeiouäåöøéè]|hon(?:est|our)|heir|hour", word))


def read_names(reading):
    """The person's own name in any of its forms; a name said to be the full one must be it."""
    person = reading.person
    if not any(form.lower() in reading.text.lower() for form in person.names):
        reading.findings.append((reading.text[:40], "the name isn't told"))
    for form in sorted(person.names, key=len, reverse=True):
        pattern = rf"(?<!\w){re.escape(form)}(?!\w)"
        pattern += rf"|(?<!\w){re.escape(form[0].upper() + form[1:])}(?!\w)"
        for found in re.finditer(pattern, reading.plain):
            if not any(reading.read[found.start():found.end()]):
                reading.accept(*found.span())
    for found in re.finditer(r"(?:full name (?:is|was)|[Ii]n full(?: s?he (?:is|was))?) (?=[A-Z])",
                             reading.plain):
        after = reading.text[found.end():]
        if not any(after.startswith(form) for form in person.names if " " in form):
            reading.refuse(found.start(), found.end() + 20, show(person.names))


def read_works(reading):
    """Titles with their years, kinds and verbs; movements; the collection."""
    works, years = reading.person.facts["works"], []
    for found in re.finditer(r'(\b[a-z]+ )?"([^"]*)"', reading.text):
        start, end = found.start(2) - 1, found.end()
        if found[2] not in works:
            reading.refuse(start, end, f"works: {show(works)}")
            continue
        year, verb, kind = works[found[2]]
        before, after = reading.text[:start], reading.text[end:]
        reading.accept(start, end)
        dated = re.match(
            r"(?:,? \((\d{4})\)|(?:, [a-z ]+?,)? in (\d{4})|, [a-z ]+ of (\d{4})|"
            r" dates from (\d{4})| followed in (\d{4}))", after) or re.search(
            r"\b[Ii]n (\d{4}),? $", before)
        if dated:
            number = dated.lastindex
            at = dated.start(number) + (end if dated.string is after else 0)
            told = int(dated[number])
            reading.settle(at, at + 4, None if told == year else f"{found[2]}: {year}")
            if " followed " in dated[0]:
                place = end + dated.start() + 1
                reading.settle(place, place + len("followed"), None if years and told > max(years)
                               else f"the earlier work is of {show(years)}")
            years.append(told)
        if found[1] in ("painted ", "carved ", "printed ", "made ", "photographed "):
            right = found[1].strip() in (verb, "made")
            reading.settle(*found.span(1), None if right else f"{verb} {found[2]}")
        stated = re.match(r"(?: \(\d{4}\))?, (an? [a-z ]+?)(?=,|\.| of \d| in \d|;| and )", after)
        if stated:
            reading.settle(end + stated.start(1), end + stated.end(1),
                           None if stated[1] == kind else f"{found[2]}: {kind}")
    take(reading, r"\b(?:painted|made)(?= \x00| in \d)", accept)
    movement = reading.person.facts["movement"]
    take(reading, r"\b(?:associated|linked|links) with ((?:the )?[\w -]+?)(?= and |[.,;])",
         lambda found: None if found[1] == movement else f"movement: {movement}")
    take(reading, r"\b(?:[Tt]he )?Tate(?:'s)?(?= )|\b[Oo]ne work (?=is)", accept)


def accept(found):
    return None


def take(reading, pattern, judge):
    """Read each match of the pattern: `judge` says what the tables have instead, or None."""
    for found in re.finditer(pattern, reading.plain):
        if not reading.is_read(*found.span()):
            reading.settle(*found.span(), judge(found))


def read_prizes(reading):
    """Which prize, when, with whom, for what, and which part of it."""
    facts = reading.person.facts
    prizes, winners = facts["prizes"], facts["winners"]
    read_partners(reading)

    def judge(category, year):
        right = any((category in (None, one)) and (year is None or int(year) == when)
                    for one, when in prizes)
        return None if right else f"prizes: {show(prizes)}"

    def alone(found):
        return None if winners == 1 else f"{winners} winners"

    def together(found):
        return None if winners > 1 else "one winner"

    if facts["subject"]:
        take(reading, rf"\bfor {re.escape(facts['subject'])}(?=[.,;]| and | in \d)", accept)
    take(reading, r"\btwo Nobel Prizes, in (\d{4}) and (\d{4})", lambda found: None if sorted(
        map(int, found.groups())) == [year for _, year in prizes] else show(prizes))
    take(reading, rf"(\d{{4}}) ({NOBEL})", lambda found: judge(read_category(found[2]), found[1]))
    take(reading, rf"({NOBEL}) (?:in|of) (\d{{4}})",
         lambda found: judge(read_category(found[1]), found[2]))
    take(reading, NOBEL, lambda found: judge(read_category(found[0]), None))
    take(reading, r"\b(?:(\d{4}) )?Nobel( Memorial)? Prize\b(?: (?:in|of) (\d{4}))?",
         lambda found: judge("economics" if found[2] else None, found[1] or found[3]) or (
             None if (prizes[0][0] == "economics") == bool(found[2]) else show(prizes)))
    take(reading, r"\b(?:Nobel )?laureate of (\d{4})", lambda found: judge(None, found[1]))
    take(reading, r"\bsole (?:winner|recipient)\b|\b[Nn]o one shared the (?:award|prize) with (?:him|her)\b|"
         r"\bundivided\b", alone)
    take(reading, r"\bone of the winners\b|\bshared?\b", together)
    take(reading, r"\bone (half|third|quarter) of the\b|\b(?:award|prize) was one (half|third|"
         r"quarter)", lambda found: None if {"half": 2, "third": 3, "quarter": 4}[
             found[1] or found[2]] == facts["share"] else f"1/{facts['share']}")
    for found in re.finditer(r"\bthen at\b|\bat the time\b", reading.plain):
        if not any(str(year) in reading.plain[:found.start()] for _, year in prizes):
            reading.findings.append((found[0], "no time was told"))
    for found in re.finditer(r"\b[Tt]he (?:award|prize)\b|\bHonoured alongside", reading.plain):
        if not re.search("Nobel|laureate", reading.plain[:found.start()]):
            reading.findings.append((found[0], "no prize was told"))
    take(reading, r"\bwas then at\b|\bat the time\b|\bwhen (?:awarded )?the (?:prize|award)\b|"
         r"\bthe year of the award\b|\bwhen awarded\b", accept)


def read_partners(reading):
    """Names after 'with' and the like: they must be all of those who shared the prize."""
    partners = reading.person.facts["partners"]
    for found in re.finditer(r"\b(?:with|alongside:?|winner was|winners were) "
                             r"(?=[^\Wa-z]|one other|two other)", reading.plain):
        told, position = [], found.end()
        while True:
            name = next((name for name in sorted(partners, key=len, reverse=True)
                         if reading.text.startswith(name, position)), None)
            if name is None:
                break
            told.append(name)
            position += len(name)
            joint = re.match(r", | and ", reading.text[position:])
            if not joint or not reading.text.startswith(
                    tuple(partners), position + joint.end()):
                break
            position += joint.end()
        number = re.match(r"one other laureate|two others", reading.text[found.end():])
        if number:
            position = found.end() + number.end()
            told = partners if number[0].startswith("two") == (len(partners) == 2) else []
        # Only a list of all the others is true of "shared with".
        right = bool(told) and sorted(told) == sorted(partners)
        reading.settle(found.start(), max(position, found.end()),
                       None if right else f"shared with: {show(partners)}")
        if "winner was" in found[0]:
            before = reading.plain[:found.start()].rfind("other")
            reading.settle(before, before + 5, None if len(partners) == 1 else show(partners))
            if re.match(r"\. (?:He|His|She|Her)\b", reading.plain[position:]):
                reading.findings.append((reading.text[found.start():position + 5],
                                         "the pronoun means the other winner"))


def read_career(reading, team):
    """Teams, totals, honours, first and last games of a player."""
    facts = reading.person.facts
    games, totals = facts["games"], facts["totals"]
    names = rf"the ({team})(?!\w)"

    def total(word):
        def judge(found):
            if not facts["over"]:
                return "the career may not be over"
            value = {"games": sum(games.values()), "seasons": len(facts["years"])}.get(
                word, totals.get(word))
            return None if read_number(found[1]) == value else f"{value} {word}"
        return judge

    def date(*truths):
        return lambda found: None if all(
            fits_date(text, {truth}) for text, truth in zip(found.groups(), truths)) else (
                show(truths))

    ends = facts["debut"], facts["final"]
    years = (min(facts["years"]), 0, 0), (max(facts["years"]), 0, 0)
    take(reading, rf"\b(?:first (?:played|appeared)|debut(?:ed)?)(?: (?:in|on) ({DATE}))?,? "
         rf"(?:for|with) {names}(?: (?:in|on) ({DATE}))?", lambda found: None if
         facts["first_teams"] == {found[2]} and all(
             fits_date(date, {ends[0], years[0]}) for date in (found[1], found[3]) if date)
         else f"first team: {show(facts['first_teams'])}, {show(ends[0])}")
    most = max(games.values())
    take(reading, rf"\bmost often for {names}", lambda found: None if [
        name for name in games if games[name] == most] == [found[1]] else show(dict(games)))
    take(reading, rf"\b{NUMBER} games for {names}", lambda found: None if games[found[2]] ==
         read_number(found[1]) else show(dict(games)))
    take(reading, rf"\bwhole (?:major-league )?career with {names}", lambda found: None if
         set(games) == {found[1]} and facts["over"] else show(dict(games)))
    take(reading, rf"\bonly for {names}", lambda found: None if
         set(games) == {found[1]} and facts["over"] else show(dict(games)))
    read_team_lists(reading, names)
    for word, patterns in {
        "home runs": (rf"{NUMBER}(?: of them)? home runs\b", rf"\bhome runs: {NUMBER}"),
        "batted in": (rf"{NUMBER} runs batted in\b", rf"\bdrove in {NUMBER}"),
        "stolen": (rf"{NUMBER} (?:stolen )?bases\b",),
        "hits": (rf"{NUMBER} hits\b", rf"\b[Hh]its: {NUMBER}"),
        "runs": (rf"{NUMBER} runs\b(?! batted)", rf"\b[Rr]uns: {NUMBER}",
                 rf"\bscored {NUMBER} times"),
        "wins": (rf"{NUMBER} wins\b", rf"\bwon {NUMBER}(?: games)?(?! Gold)\b"),
        "losses": (rf"{NUMBER} losses\b", rf"\blost {NUMBER}(?: games)?\b"),
        "saves": (rf"{NUMBER} saves\b",),
        "strikeouts": (rf"{NUMBER} (?:batters|strikeouts)\b", rf"\bstruck out {NUMBER}"),
        "games": (rf"{NUMBER} games(?: in all)?\b", rf"\b[Gg]ames: {NUMBER}"),
    }.items():
        for pattern in patterns:
            take(reading, pattern, total(word))
    take(reading, rf"\bAll-Star in {NUMBER} seasons", lambda found: None if facts["over"] and
         read_number(found[1]) == len(facts["stars"]) else show(facts["stars"]))
    take(reading, r"\bAll-Star Game in (\d{4})", lambda found: None if facts["stars"] ==
         {int(found[1])} else show(facts["stars"]))
    take(reading, rf"(?:\bover )?{NUMBER} seasons\b", total("seasons"))
    awards = facts["awards"]
    take(reading, rf"{NUMBER} Gold Gloves", lambda found: None if facts["over"] and
         read_number(found[1]) == len(awards["Gold Glove"]) else show(awards["Gold Glove"]))
    for words, award in (("Most Valuable Player of the World Series", "World Series MVP"),
                         ("Most Valuable Player", "Most Valuable Player"),
                         ("Cy Young Award", "Cy Young Award"),
                         ("Rookie of the Year", "Rookie of the Year")):
        take(reading, rf"\b{words} in {YEARS}", lambda found, award=award: None if list(
            map(int, re.findall(r"\d{4}", found[1]))) == awards[award] else show(awards[award]))
    take(reading, r"\b(?:Baseball )?Hall of Fame in (\d{4})", lambda found: None if
         int(found[1]) in facts["hall"] else show(facts["hall"]))
    take(reading, r"\bbetween (\d{4}) and (\d{4})", date(*years))
    take(reading, rf"\bcareer lasted from ({DATE}),? to ({DATE})", date(*ends))
    take(reading, rf"\bfirst game (?:was|came) on ({DATE}), (?:his|the) last on ({DATE})",
         date(*ends))
    take(reading, rf"\b({DATE}),? brought his first game, ({DATE}),? his last", date(*ends))
    read_body(reading)
    take(reading, r"\b(?:games )?as a pitcher\b|\b[Oo]n the mound\b", lambda found: None if
         totals["wins"] + totals["losses"] else "no pitcher")
    take(reading, rf"\bfirst (?:played|appeared|game)\b|\bdebut(?:ed)? (?:in|on) (?={DATE})",
         accept)
    take(reading, rf"\b(?:last played|the last) (?:in|on) (?={DATE})|\bmajor-league debut\b|"
         r"\bended his career on\b|\bretired after\b", lambda found: None if facts["over"] or
         "debut" in found[0] else "the career may not be over")


def read_team_lists(reading, names):
    """Teams that stand without a word such as 'first' must be all of the career's."""
    games = set(reading.person.facts["games"])
    for found in re.finditer(rf"{names}(?:(?:, | and ){names})*", reading.plain):
        if reading.is_read(*found.span()):
            continue
        told = set(re.findall(names, found[0]))
        if len(told) < len(re.findall(names, found[0])):
            reading.refuse(*found.span(), "a team twice")
            continue
        partial = (re.search(r"\bincluding $", reading.plain[:found.start()])
                   or re.match(r", among others", reading.plain[found.end():]))
        right = told < games if partial else (
            told == games and reading.person.facts["over"])
        reading.settle(*found.span(), None if right else f"teams: {show(games)}")


def read_body(reading):
    """Height, weight and hands."""
    facts = reading.person.facts
    feet, inches = divmod(facts["height"] or 0, 12)
    height = f"{feet} feet" + (f" {inches} inch" + "es" * (inches > 1) if inches else "")
    hands = facts["hands"]
    take(reading, r"\d feet(?: \d+ inch(?:es)?)?", lambda found: None if found[0] == height
         else height)
    take(reading, r"(\d+) pounds", lambda found: None if int(found[1]) == facts["weight"]
         else f"{facts['weight']} pounds")
    take(reading, r"\bbatted (left|right)(?:-handed)? and threw (left|right)(?:-handed)?",
         lambda found: None if (found[1], found[2]) == (hands["bats"], hands["throws"])
         else show(hands))
    take(reading, r"\bbatted and threw (left|right)-handed", lambda found: None if
         {found[1]} == set(hands.values()) else show(hands))


def read_institutions(reading):
    """Colleges and employers, each with the town that it is in."""
    kind = {"players": "study", "laureates": "work"}.get(reading.person.domain)
    for name, towns in reading.person.facts.get("institutions", {}).items():
        for found in re.finditer(rf"(?<!\w)(?:[Tt]he )?{re.escape(name)}(?!\w)", reading.plain):
            end, truth = found.end(), None
            if reading.text.startswith(" in ", end):
                town = longest(towns, reading.text, end + 4)
                truth = None if town else f"{name}: {show(towns)}"
                end += 4 + len(town or "")
            elif kind == "work" and not reading.plain[:found.start()].endswith(("at ", "at the ")):
                continue
            reading.settle(found.start(), end, truth)


def longest(forms, text, position):
    """The longest of the forms that stands in the text there, or None."""
    fitting = [form for form in forms if text.startswith(form, position)
               and not re.match(r"\w", text[position + len(form):])]
    return max(fitting, key=len, default=None)


def read_roles(reading):
    """Roles, and whether somebody dead 'is' or somebody living 'was'."""
    person, text = reading.person, reading.plain
    state = {None: "nobody knows", True: "living", False: "dead"}[person.living]
    for found in re.finditer(rf"\b(?:{ROLE})\b(?!s)", text):
        if reading.is_read(*found.span()):
            continue
        reading.settle(*found.span(), None if found[0] in person.roles else show(person.roles))
    checks = (
        (True, rf"\bwas an? (?:{ROLE})\b|\bin full s?he was\b|\bfull name was\b|"
               r"\b(?:birthplace|date of birth|year of birth|place of birth) was\b"),
        (False, r"\bis\b(?! represented| found| dated| \x00)|\bhails\b|\bcomes\b"),
        (None, rf"\b(?:is|was) an? (?:{ROLE})\b|\bhails\b|\bcomes\b"))
    for living, pattern in checks:
        for found in re.finditer(f"(?i){pattern}", text):
            if person.living is living:
                reading.findings.append((text[found.start():found.end() + 25], state))
    for found in re.finditer(
            r"\bis (?!an? |the |associated|represented|found|dated|originally|from|\d|\x00|"
            r"[^\Wa-z_])|\bis (?:an All-Star|Rookie|Most)\b", text):
        reading.findings.append((text[found.start():found.end() + 20], "told in the present"))
    if re.search(r"\b(?:died|death|[Dd]eath|d\.)(?= |$)|†", text) and person.living is not False:
        reading.findings.append((text[:60], state))


def read_places(reading):
    """Every place is where the words around it say that something happened."""
    person, text = reading.person, reading.plain
    forms = {kind: places for kind, places in person.places.items() if places}
    starts = [found.start() for found in re.finditer(r"(?<![\w’'-])(?:\w|['’]s)", text)]
    for start in starts:
        if reading.read[start]:
            continue
        lengths = {kind: len(longest(places, text, start) or "") for kind, places in forms.items()}
        if not any(lengths.values()):
            continue
        kind = govern(reading, start, start + max(lengths.values()),
                      PLACE_KINDS[person.domain])
        if lengths.get(kind):
            end = start + lengths[kind]
            reading.accept(start, end + 5 * text.startswith("-born", end))
        else:
            reading.refuse(start, start + max(lengths.values()),
                           f"{kind} place: {show(forms.get(kind, ()))}")


def read_dates(reading):
    """Every date that nothing else has explained is that of the event told around it."""
    person = reading.person
    truths = {"birth": {person.birth}, "death": {person.death}}
    if person.domain == "laureates":
        truths["prize"] = truths["work"] = {(year, 0, 0) for _, year in person.facts["prizes"]}
    if person.domain == "players":
        years = person.facts["years"]
        truths |= {"debut": {person.facts["debut"], (min(years), 0, 0)},
                   "last": {person.facts["final"], (max(years), 0, 0)}}
    for found in re.finditer(DATE, reading.plain):
        if reading.is_read(*found.span()):
            continue
        kind = govern(reading, *found.span(), DATE_KINDS[person.domain])
        right = kind and fits_date(found[0], truths[kind])
        reading.settle(*found.span(), None if right else f"{kind}: {show(truths.get(kind))}")


def govern(reading, start, end, kinds):
    """What is claimed of the place or date there: birth, death, debut and so on, or None.

    In brackets, what stands before a dash belongs to the birth and what follows to the death.
    Otherwise the nearest word before it in the sentence tells, or else the first after it.
    """
    text = reading.plain
    opened, closed = text.rfind("(", 0, start), text.find(")", end)
    if opened >= 0 and closed >= 0 and ")" not in text[opened:start]:
        dash = text.find("–", opened, closed)
        if dash >= 0:
            return "birth" if start < dash else "death"
    if text.startswith("-born", end):
        return "birth"
    if re.match(r"(?:[’']s)? laureate|\), Nobel laureate", text[end:]):
        return "work"
    first, last = reading.sentence(start)
    if re.search(r"— [^—]*$", text[first:start]) and "—" in text[end:last]:
        return "birth"
    before = [(found.end(), kind) for kind in kinds
              for found in re.finditer(CUES[kind], text[first:start])]
    after = [(found.start(), kind) for kind in kinds
             for found in re.finditer(CUES[kind], text[end:last])]
    if before:
        return max(before)[1]
    return min(after)[1] if after else None


def read_rest(reading):
    """Numbers, names and words that nothing has explained."""
    starts = {start for start, _ in reading.sentences} | {
        found.end() for found in re.finditer(r"[;:?] ", reading.plain)}
    for found in re.finditer(r"\d+(?:,\d{3})*|[^\W\d_][\w’'-]*", reading.plain):
        word = re.sub(r"[’']s?$", "", found[0])
        if reading.is_read(found.start(), found.start() + len(word)):
            continue
        if word in WORDS or (found.start() in starts and word.lower() in WORDS):
            continue
        kind = ("number" if word[0].isdigit() or word in SPELLED else
                "name" if word[0].isupper() else "word")
        piece = reading.text[max(0, found.start() - 20):found.end() + 20]
        reading.findings.append((piece, f"no fact explains the {kind} {word}"))


def read_number(text):
    return SPELLED.index(text) + 1 if text in SPELLED else int(text.replace(",", ""))


def fits_date(text, truths):
    """Whether the text's date is one of these; a year alone need only be the year."""
    told = read_date(text)
    return any(truth and (told == truth or (not told[1] and told[0] == truth[0]))
               for truth in truths)


def show(facts):
    """Facts for the report."""
    if isinstance(facts, (set, frozenset)):
        facts = sorted(facts, key=str)
    return str(facts) if facts else "nothing"


def word_date(date):
    """Every way to write it: as a day, with either order and either length of the month, or a year."""
    if not date:
        return set()
    year, month, day = date
    days = ("{0} {1} {2}", "{1} {0}, {2}") if month and day else ()
    return {str(year)} | {form.format(day, name, year) for form in days for name in (
        LONG_MONTHS[month - 1], LONG_MONTHS[month - 1][:3])}


def word_prizes(person):
    """'Nobel Prize in Physics', 'Nobel Prize for Medicine', 'Nobel Prize' and so on."""
    won = {category for category, _ in person.facts.get("prizes", ())}
    named = {f"Nobel Prize {word} {category.capitalize()}" for word in ("in", "for")
             for category in won - {"peace", "economics"}} - {"Nobel Prize in Medicine"}
    return named | ({"Nobel Peace Prize"} if "peace" in won else set()) | {
        "Nobel Memorial Prize" if category == "economics" else "Nobel Prize" for category in won}


LONG_MONTHS = ("January February March April May June July August September October November "
               "December").split()
LONGEST_ANSWER = 30
# What can be asked, and the true wordings of the answer.
ASKED = {
    r"Where was (.+) born\?": lambda person: person.answers - {None},
    r"When was (.+) born\?": lambda person: word_date(person.birth),
    r"Where did (.+) die\?": lambda person: set(sorted(person.places["death"], key=len)[:1]),
    r"When did (.+) die\?": lambda person: word_date(person.death),
    r"What did (.+) win\?": word_prizes,
    r"For whom did (.+) play\?": lambda person: set(person.facts.get("games", ())),
}


def check_questions(rows, lines, tables):
    """Findings in one table of questions, the rows of which are lists of a question and an answer, or
    of a question alone. lines: those of the documents.
    """
    texts = {find_title(line, tables.sidecar): line for line in lines}
    findings, seen, splits = [], set(), set()

    def report(number, name, piece, truth):
        findings.append(Finding(number, name, piece, truth))

    for number, (question, *answer) in enumerate(rows, 1):
        name, word = read_question(question)
        if name not in texts or question in seen:
            report(number, name, question, "asked of nobody, or twice")
            continue
        seen.add(question)
        splits.add(tables.sidecar[name]["split"])
        text = texts[name][len(name) + 1:]
        flaws = [find_flaw(word(person), answer, text) for person in tables.people[name]
                 if person.domain == tables.sidecar[name]["domain"]]
        if all(flaws):  # of all who have the name
            report(number, name, " ".join([question, *answer]), flaws[0])
    if len(splits) > 1:
        report(0, "?", show(splits), "people of several splits in one table")
    return findings


def find_flaw(truths, answer, text):
    """What is wrong with an answer, [] in the test set, that may be worded in these ways; or None."""
    if not truths or not truths.issuperset(answer):
        return show(truths)
    said = {truth for truth in truths if len(truth) <= LONGEST_ANSWER
            and re.search(rf"(?<!\w){re.escape(truth)}(?!\w)", text)}
    said = {truth for truth in said if not any(truth in other for other in said - {truth})}
    return f"the document has {show(said)}" if said and not said.issuperset(answer) else None


def read_question(question):
    """(name, function of a person that gives the wordings) of a question, (None, None) of others."""
    for pattern, word in ASKED.items():
        if found := re.fullmatch(pattern, question):
            return found[1], word
    return None, None


def read_sidecar(path):
    with open(path, encoding="utf-8", newline="") as file:
        table = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        missing = [column for column in COLUMNS if column not in (table.fieldnames or ())]
        if missing:
            raise csv.Error(f"{path}, line 1: no column {' or '.join(missing)}")
        return {row["name"]: row for row in table}


def main(paths):
    if len(paths) == 1 or any(path.startswith("-") for path in paths):
        print("check.py: give WIKI PEOPLE.tsv [QUESTIONS.tsv ...], or nothing for the shipped files", file=sys.stderr)
        return 2
    wiki, people, *questions = map(Path, paths or SHIPPED)
    try:
        *lines, end = wiki.read_bytes().decode("utf-8").split("\n")
        tables = load_tables(read_sidecar(people))
        findings, claims = check_corpus(lines, tables)
        for path in questions:
            rows = path.read_bytes().decode("utf-8").splitlines()
            findings += check_questions([row.split("\t") for row in rows], lines, tables)
    except ModuleNotFoundError as error:
        print(f"check.py: the package {error.name} is missing; run pip install -r "
              "requirements-corpus.txt", file=sys.stderr)
        return 2
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        print(f"check.py: {error}; give a wiki.txt and its people.tsv", file=sys.stderr)
        return 2
    if end:
        findings.append(Finding(len(lines) + 1, "?", end[:40], "no line end"))
    for finding in findings:
        print(f"{finding.line}: {finding.name}: {finding.piece!r} — {finding.truth}")
    if not findings:
        print(f"{len(lines)} documents, {claims} claims: nothing found")
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
