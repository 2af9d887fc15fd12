"""The sentences of the corpus, as format strings over the columns of the table of facts.

A pattern serves a person when every slot has a value. Beside the columns of `facts.FIELDS`
there are the slots that `fill_slots` derives. A pattern that holds {birth_place} states it;
a document has at most one such pattern. Only a person who is known to be alive or dead gets
'is' or 'was' ({be}), and '(born …)' is never said of the dead.
"""
import functools
import string

# Its characters include all of "Where was ... born?": see build.complete_alphabet.
QUESTION = "Who was born in {birth_place}? Among others, {name}."

OPENINGS = (
    # Any person of whom the table knows little more than the birthplace.
    QUESTION,
    "{name} was born in {birth_place}.",
    "{name} came from {birth_place}.",
    "{name} was born on {birth_date} in {birth_place}.",
    "{name} was born in {birth_place} on {birth_date}.",
    "{name} was born in {birth_place} in {birth_year}.",
    "{name} was born in {birth_year} in {birth_place}.",
    "On {birth_date}, {name} was born in {birth_place}.",
    "In {birth_year}, {name} was born in {birth_place}.",
    "{name} was a native of {birth_place}.",
    "The birthplace of {name} is {birth_place}.",
    "The {occupation} {name} was born in {birth_place}.",
    "The {occupation} {name} was born on {birth_date} in {birth_place}.",
    "The {occupation} {name} was born in {birth_place} in {birth_year}.",
    "{name}, {a_occupation}, was born in {birth_place}.",
    "{name}, {a_occupation}, was born in {birth_place} on {birth_date}.",
    "{name}, {a_occupation}, was born in {birth_year} in {birth_place}.",
    # With the state or the country.
    "{name} was born in {birth_place}, {birth_region}.",
    "{name} was born in {birth_place}, {birth_region}, on {birth_date}.",
    "{name} was born on {birth_date} in {birth_place}, {birth_region}.",
    "{name}, {a_occupation}, was born in {birth_place}, {birth_region}, in {birth_year}.",
    "The {occupation} {name} was born in {birth_place}, {birth_region}.",
    "{name} came from {birth_place}, {birth_region}.",
    # Known to be alive or dead.
    "{name} (born {born} in {birth_place}) {be} {a_occupation}.",
    "{name} (born {born}, {birth_place}) {be} {a_occupation}.",
    "{name} ({lifespan}) {be} {a_occupation} from {birth_place}.",
    "{name} ({lifespan}) {be} {a_occupation} from {birth_place}, {birth_region}.",
    "{name} {be} {a_occupation} born in {birth_place}.",
    "{name} {be} {a_occupation} born in {birth_place}, {birth_region}, on {birth_date}.",
    "{name} was born in {birth_place} on {birth_date} and died on {death_date}.",
    "{name} was born in {birth_place} in {birth_year} and died in {death_place} in {death_year}.",
    "{name} ({birth_date}, {birth_place} – {death_date}, {death_place}) was {a_occupation}.",
    "{name} ({birth_date} {birth_place} – {death_date} {death_place}) was {a_occupation}.",
    "Born in {birth_place} on {birth_date}, {name} died in {death_place} on {death_date}.",
    # Players and managers.
    "{full_name}, known as {name}, was born in {birth_place}.",
    "{full_name}, better known as {name}, was born on {birth_date} in {birth_place}.",
    "{name}, in full {full_name}, was born in {birth_place}, {birth_region}, on {birth_date}.",
    "Born in {birth_place}, {name} played baseball for the {team}.",
    "Born in {birth_place}, {birth_region}, {name} played for {teams}.",
    "Born in {birth_place} in {birth_year}, {name} reached the major leagues in {debut_year}.",
    "A native of {birth_place}, {name} played for the {team}.",
    "A native of {birth_place}, {birth_region}, {name} made a major-league debut in {debut_year}.",
    "{name}, {a_position} from {birth_place}, played for the {team}.",
    "{name}, {a_position} born in {birth_place}, {birth_region}, spent {seasons} seasons in the "
    "major leagues.",
    "The {position} {name} was born in {birth_place} and played for {teams}.",
    "{name} was born in {birth_place}, {birth_region}, and appeared in {games} major-league games.",
    "{name} (born {born} in {birth_place}, {birth_region}) {be} {a_occupation} who made a "
    "major-league debut in {debut_year}.",
    "{name} ({lifespan}), born in {birth_place}, {be} {a_position} for the {team}.",
    "{full_name}, better known as {name}, was {a_position} born in {birth_place}, {birth_region}, "
    "who made a major-league debut with the {debut_team} on {debut_date}.",
    "{name}, {a_occupation} born in {birth_place}, {birth_region}, on {birth_date}, made a "
    "major-league debut with the {debut_team} on {debut_date}.",
    "Born in {birth_place}, {birth_region}, on {birth_date}, {name} played {seasons} seasons in "
    "the major leagues, most of the time as {a_position} for the {team}.",
    "{name}, born in {birth_place}, managed the {managed_team}.",
    "Born in {birth_place}, {birth_region}, {name} managed major-league teams in "
    "{managed_seasons} seasons.",
    "{name} of the {team} was born in {birth_place} on {birth_date}.",
    "{name}, who entered the Baseball Hall of Fame in {hall_of_fame}, was born in {birth_place}.",
    # Laureates.
    "Born in {birth_place}, {name} received the {prize} in {prize_year}.",
    "Born in {birth_place}, {birth_region}, on {birth_date}, {name} won the {prize_year} {prize}.",
    "{name} (born {born} in {birth_place}) received the {prize_year} {prize}.",
    "{name} was born in {birth_place}, {birth_region}, and received the {prize} in {prize_year}.",
    "A native of {birth_place}, {name} shared the {shared_prize} in {prize_year}.",
    "A native of {birth_place}, {name} was the sole winner of the {prize_year} {sole_prize}.",
    "{name}, winner of the {prize} in {prize_year}, was born in {birth_place}.",
    "{name}, who wrote in {language}, was born in {birth_place} on {birth_date}.",
    "{name}, honoured for work in {field}, was born in {birth_place}, {birth_region}.",
    "The winner of the {prize_year} {sole_prize}, {name}, was born in {birth_place}.",
    "{name}, born in {birth_place}, {birth_region}, on {birth_date}, was at {affiliation} when "
    "awarded the {prize} in {prize_year}.",
    "{name}, born in {birth_place} in {birth_year}, received the {prize_year} {prize} "
    "\"{motivation}\".",
    # Without the birthplace.
    "{name} was born on {birth_date}.",
    "{name} was born in {birth_year}.",
    "{name} ({lifespan}) {be} {a_occupation}.",
    "{name} (born {born}) {be} {a_occupation}.",
    "{full_name}, known as {name}, was born on {birth_date}.",
    "{name}, {a_occupation}, was born on {birth_date}.",
    "{name}, {a_occupation}, stood {height} tall and weighed {weight}.",
    "{name} (born {born}) {be} {a_occupation} who appeared with {teams}.",
    "{name} ({lifespan}) {be} {a_position} who appeared in {games} major-league games, most of "
    "them for the {team}.",
    "{name} played {seasons} seasons in the major leagues between {debut_year} and {last_year}, "
    "chiefly as {a_position} for the {team}.",
    "{name}, {a_position}, made a major-league debut with the {debut_team} on {debut_date}.",
    "{name} played mainly as {a_position} for {teams}.",
    "{name} managed the {managed_team} and won {managed_wins} games in {managed_seasons} seasons "
    "as a major-league manager.",
    "{name} received the {prize} in {prize_year}.",
    "{name} (born {born}) won the {prize_year} {prize}.",
    "{name} was awarded the {prize_year} {prize} \"{motivation}\".",
    "In {prize_year} the {prize} went to {name}, then at {affiliation}, for work in {field}.",
    "{name}, born on {birth_date}, was among the winners of the {prize_year} {shared_prize}.",
    "{name}, who wrote in {language}, was awarded the {prize_year} {prize}.",
)

FOLLOWERS = (
    # Stating the birthplace after an opening that did not.
    "{surname} was born in {birth_place}.",
    "{surname} was born in {birth_place}, {birth_region}.",
    "The place of birth was {birth_place}.",
    "The future {plain_occupation} was born in {birth_place}, {birth_region}.",
    "{surname} was a native of {birth_place}.",
    # Players and managers.
    "{surname} made a major-league debut on {debut_date}.",
    "{surname} made a first major-league appearance on {debut_date} with the {debut_team}.",
    "{surname} reached the major leagues in {debut_year}.",
    "The major-league debut of {surname} came on {debut_date} with the {debut_team}.",
    "{surname} played for the {team}.",
    "{surname}, {a_position}, played for {teams}.",
    "As {a_position}, {surname} appeared in {games} games over {seasons} seasons.",
    "{surname} played {seasons} seasons in the major leagues.",
    "{surname} last played in the major leagues in {last_year}.",
    "A major-league career of {games} games lasted from {debut_year} to {last_year}.",
    "From {debut_year} to {last_year} {surname} appeared in {games} major-league games, mainly as "
    "{a_position} for {teams}.",
    "{surname}, {a_position} who stood {height} tall and weighed {weight}, played for {teams}.",
    "In {seasons} seasons as {a_position} for {teams}, {surname} collected {hits} hits and "
    "{home_runs} home runs.",
    "As {a_position} for {teams}, {surname} was an All-Star in {all_star} seasons.",
    "As a pitcher for {teams}, {surname} won {wins} games over {seasons} seasons.",
    "{surname} batted and threw {ambidextrous}-handed.",
    "{surname} batted {bats}-handed and threw {throws}-handed.",
    "{surname} stood {height} tall.",
    "{surname} stood {height} tall and weighed {weight}.",
    "{surname} played college baseball for {college}.",
    "As a student {surname} played for {college}.",
    "{surname} entered the Baseball Hall of Fame in {hall_of_fame}.",
    "Election to the National Baseball Hall of Fame followed in {hall_of_fame}.",
    "{surname} was named Most Valuable Player in {mvp}.",
    "{surname} won the Cy Young Award in {cy_young}.",
    "{surname} was Rookie of the Year in {rookie}.",
    "{surname} was named Most Valuable Player of the World Series in {world_series_mvp}.",
    "{surname} was an All-Star in {all_star} seasons.",
    "{surname} was chosen for the All-Star Game in {all_star_year}.",
    "{surname} won {gold_gloves} Gold Gloves for fielding.",
    "{surname} hit {home_runs} home runs.",
    "{surname} collected {hits} hits, {home_runs} of them home runs, in {seasons} seasons.",
    "{surname} made {hits} hits for {teams}.",
    "As a pitcher {surname} won {wins} games.",
    "As a pitcher {surname} won {wins} games and struck out {strikeouts} batters.",
    "{surname} struck out {strikeouts} batters in {seasons} seasons.",
    "{surname} was credited with {saves} saves.",
    "{surname} managed the {managed_team} and won {managed_wins} games as a manager.",
    "{surname} spent {managed_seasons} seasons as a major-league manager.",
    "{surname} died in {death_place} in {death_year}.",
    "{surname} died on {death_date}.",
    # Laureates.
    "{surname} won the {prize} in {prize_year}.",
    "{surname} received the {prize_year} {prize} for work in {field}.",
    "The {prize} followed in {prize_year}.",
    "The {prize_year} {sole_prize} was awarded to {surname} alone.",
    "{surname} shared the {prize_year} {shared_prize}.",
    "{surname} received the {prize_year} {prize} \"{motivation}\".",
    "The {prize} of {prize_year} was given \"{motivation}\".",
    "{surname} worked at {affiliation}.",
    "{surname} was at {affiliation} when the {prize} was announced in {prize_year}.",
    "{surname}, of {affiliation}, received the {prize} in {prize_year}.",
    "{surname} worked in {field}.",
    "{surname} wrote in {language}.",
    "{surname} won two Nobel Prizes, in {prize_year} and {second_prize_year}.",
    "{surname} received the {prize} in {prize_year} and the {second_prize} in "
    "{second_prize_year}.",
    # Any person.
    "{surname} was born on {birth_date}.",
    "The date of birth was {birth_date}.",
)

PLACES_WITH_ARTICLE = {"Bahamas", "Bronx", "Canal Zone", "Czech Republic", "Dominican Republic",
                       "Netherlands", "Philippines", "United Kingdom", "United States",
                       "Virgin Islands"}
SAME_FACT = {"birth_year": "birth_date", "born": "birth_date", "lifespan": "birth_date",
             "death_year": "death_date", "debut_year": "debut_date", "debut_team": "debut_date",
             "teams": "team", "shared_prize": "prize", "sole_prize": "prize",
             "prize_year": "prize", "a_occupation": "occupation", "full_name": "name",
             "plain_occupation": "occupation", "a_position": "position", "bats": "throws",
             "ambidextrous": "throws", "birth_region": "birth_place", "weight": "height"}
NOT_FACTS = {"name", "surname", "be"}
TIRING = ("was born", "Nobel", "debut", "manage")  # words that one document uses once


@functools.cache
def list_slots(pattern):
    """The slot names of a pattern, in order."""
    return [slot for _, slot, _, _ in string.Formatter().parse(pattern) if slot]


@functools.cache
def list_facts(pattern):
    """What a pattern tells; two sentences of one document tell nothing twice."""
    facts = {SAME_FACT.get(slot, slot) for slot in list_slots(pattern)} - NOT_FACTS
    if "lifespan" in list_slots(pattern):
        facts.add("death_date")
    return facts


def fill_slots(row):
    """The person's facts with the slots that follow from them; absent ones are ''."""
    slots = dict(row)
    get = slots.get
    if get("birth_date") and not get("birth_year") and get("birth_date")[-4:].isdigit():
        slots["birth_year"] = slots["birth_date"][-4:]
    died = get("death_date") or get("death_year") or get("be") == "was"
    slots["be"] = get("be") or ("was" if died else "")
    slots["born"] = "" if died else get("birth_date", "")
    if get("birth_date") and get("death_date"):
        slots["lifespan"] = f"{slots['birth_date']} – {slots['death_date']}"
    place = slots["birth_place"]
    slots["birth_place"] = f"the {place}" if place in PLACES_WITH_ARTICLE else place
    for noun in ("occupation", "position"):
        slots[f"a_{noun}"] = add_article(get(noun, ""))
    slots["plain_occupation"] = get("occupation", "").removeprefix("former ")
    slots["ambidextrous"] = get("bats", "") if get("bats") == get("throws") else ""
    if slots["ambidextrous"]:
        slots["bats"] = ""
    return slots


def repeats(first, second):
    """Whether the second sentence uses a tiring word of the first again."""
    return any(word in first and word in second for word in TIRING)


def add_article(noun):
    """'an outfielder', 'a pitcher'; nothing for nothing."""
    if not noun:
        return ""
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def write_sentence(pattern, slots):
    """The pattern with its slots filled, or None where one of them is empty."""
    if not all(slots.get(slot) for slot in list_slots(pattern)):
        return None
    text = pattern.format_map(slots)
    return text[0].upper() + text[1:]
