"""List the sentences of the corpus: a grammar of openings, clauses and further sentences.

Slots in braces are a person's facts, as `fill_slots` words them; symbols in angles are rules. A
document is an opening that states the birthplace (`states`) or one that doesn't (`silent`), then
sentences that state it (`adds`) or say something else (`more`). Each rule claims only what its
slots hold: totals stand alone, a list of teams is whole or says "among others", and "is" or "was"
needs a person known to be alive or dead.
"""
from typing import NamedTuple

from writing.grammar import Grammar, close, mark_other, mark_place
from writing.words import STATE_CODES, add_article, reword_date

QUESTION = "Where was {name} born? In {place}."  # it has the characters of the questions

STATES = [
    # Date and place in brackets after the name.
    "<who> (born {birth_date}, {place}) {be} {a_role}.",
    "<who> (born {birth_date} in {place}) {be} {a_role} who <deed>.",
    "<who> (born in {birth_year} in {place}) {be} {a_role}.",
    "<who> (born in {place}, {birth_date}) {be} {a_role} who <deed>.",
    "<who> (born in {place} in {birth_year}) <deed>.",
    "<who> (born in {place}, {birth_year}) {be} {a_role}.",
    "<who> (b. {birth_date} in {place}) <deed>.",
    "<who> (* {birth_date} in {place}) {be} {a_role}.",
    "<who> (b. {birth_date}, {place}) <deed>.",
    "<who> (born in {place}) {be} {a_role} who <deed>.",
    # Both dates and places, or one of them.
    "<who> ({birth_date}, {place} – {death_date}, {death_place}) was {a_role}.",
    "<who> ({birth_date}, {place} – {death_date}, {death_place}) was {a_role} who <deed>.",
    "<who> ({birth_year}, {place} – {death_year}, {death_place}) was {a_role}.",
    "<who> ({place}, {birth_year} – {death_place}, {death_year}) was {a_role} who <deed>.",
    "<who> ({birth_date} in {place} – {death_date}) was {a_role}.",
    "<who> ({place}, {birth_year} – {death_place}, {death_year}) <deed>.",
    "<who> ({birth_year} in {place} – {death_year} in {death_place}) was {a_role}.",
    "<who> (born {birth_date} in {place}; died {death_date} in {death_place}) was {a_role}.",
    "<who> (b. {place}, {birth_date}; d. {death_place}, {death_date}) <deed>.",
    "<who> (born {birth_year} in {place}, died {death_year}) was {a_role} who <deed>.",
    # The full name.
    "{given_name} (b. {place}, {birth_date}) <deed>.",
    "{given_name} (b. {place}, {birth_year}) {be} {a_role}.",
    "{given_name} (born in {place}, {birth_year}) <deed>.",
    "{given_name} (born in {place}, {birth_date}) {be} {a_role}.",
    "{given_name} ({place}, {birth_date} – {death_place}, {death_date}) was {a_role}.",
    "{given_name} (b. {birth_date}, {place}) <deed>.",
    "{given_name} (b. {place}, {birth_year}) {be} {a_role} who <deed>.",
    "{given_name} (born {place}, {birth_date}) <deed>.",
    "{given_name} ({place}, {birth_year} – {death_place}, {death_year}) <deed>.",
    "{name}, in full {given_name} (b. {place}, {birth_year}), <deed>.",
    "{surname}, in full {given_name} (born {birth_date}, {place}), <deed>.",
    # A plain statement.
    "<who> was born {in_place}.",
    "<who> {was} a native of {place} who <deed>.",
    "A native of {place}, {surname} <deed>.",
    "<who> was born {in_place} on {birth_date}.",
    "<who> was born on {birth_date} {in_place} and <act>.",
    "<who>, {a_role} who <deed>, <born>.",
    "<who>, who <deed>, <born>.",
    "{surname}, who <deed>, <born>.",
    "<who> {be} {a_role} born {in_place}<when>.",
    "<who> {be} {a_role} from {place} who <deed>.",
    "<who>, {a_role} born {in_place}<when>, <deed>.",
    "<who>, {a_role} from {place}, <deed>.",
    "<who>, born {in_place}<when>, <deed>.",
    "<who>, born {in_place} on {birth_date}, <deed>.",
    "<who>, a native of {place}, <deed>.",
    "<who>, {a_role} originally from {place}, <deed>.",
    "<who>, who {hails} from {place}, <deed>.",
    "<who>, who was born {in_place}, <deed>.",
    "<who> began life {in_place}<when>.",
    "Born {in_place}<when>, <who> {be} {a_role} who <deed>.",
    "The birthplace of <who> {be} {place}; {he} <deed>.",
    "In {birth_year} {name} was born {in_place}.",
    "{place} was the birthplace of <who>, who <deed>.",
    "<who>, who <born>, <deed>.",
    "<who> was born {in_place}<when> and <act>.",
    "{surname} was born {in_place} and <act>.",
    "The {role} {surname} was born {in_place}<when> and <act>.",
    "The {role} {surname}, born {in_place}<when>, <deed>.",
    # The place before the name.
    "{a_role} from {place}, {surname} <deed>.",
    "{a_role} born {in_place}<when>, {surname} <deed>.",
    "Hailing from {place}, {surname} <deed>.",
    "Born {in_place}<when>, {surname} <deed>.",
    "Born {in_place} on {birth_date}, {surname} <deed>.",
    "Born on {birth_date} {in_place}, {surname} <deed>.",
    "Born in {birth_year} {in_place}, {surname} <deed>.",
    "Born {in_place}, <who> <deed>.",
    "Originally from {place}, {surname} <deed>.",
    "Born {in_place}, <who> died {in_death} <died>.",
    "<who> was born {in_place} and died {in_death} <died>.",
    "<who> was born {in_place} in {birth_year} and died {in_death} in {death_year}.",
]
# Another place comes first.
STATES_AFTER = [
    "<who> (d. {death_place}, {death_year}) <born>.",
    "<who> (d. {death_place}, {death_date}) <born>.",
    "<who> (d. {death_year}, {death_place}) <born>.",
    "<who> (d. {death_date}, {death_place}) was born {in_place}<when>.",
    "<who> (d. {death_place}), {a_role}, <born>.",
    "<who> (died {death_date}, {death_place}) was {a_role} from {place}.",
    "<who> (d. {death_place}, {death_year}) was {a_role} born {in_place}.",
    "<who> (died {death_year}, {death_place}), a native of {place}, <deed>.",
    "<who> (d. {death_place}, {death_year}), born {in_place}<when>, <deed>.",
    "<who> (died {death_date}, {death_place}), {a_role}, <born>.",
    "<who> (d. {death_place}) was born {in_place}<when>.",
    "<who> (d. {death_year}, {death_place}), who was born {in_place}, <deed>.",
    "<who> ({birth_year} – {death_year}, {death_place}) <born>.",
    "<who> ({birth_year} – {death_place}, {death_year}) was born {in_place} and <act>.",
    "<who> ({birth_date} – {death_date}, {death_place}) was {a_role} born {in_place}.",
    "<who> ({birth_date} – {death_place}, {death_date}) <born>.",
    "The {role} {surname} (d. {death_place}, {death_date}) was born {in_place}<when>.",
    "<who> (d. {death_date}, {death_place}), who <born>, <deed>.",
    "<who>, who died {in_death} <died>, was {a_role} from {place}.",
    "<who> died {in_death} <died>; {he} <born>.",
    "<who> <away>; {he} <born>.",
    "<who>, who <away>, <born>.",
    "<who>, {a_role} who <away>, <born>.",
    "{surname}, who <away>, <born>.",
    "While at {affiliation} in {affiliation_city}, {surname}, born {in_place}, won the {prize}.",
    "While in {affiliation_city}, {name}, a native of {place}, won the {prize_year} {prize}.",
    "{name}, then in {affiliation_city}, won a {nobel} in {prize_year}; {he} <born>.",
]
SILENT = [
    "<who> <deed>.",
    "<who> {be} {a_role} who <deed>.",
    "<who> (born {birth_date}) {be} {a_role}.",
    "<who> (born {birth_year}) <deed>.",
    "<who> ({life}) was {a_role}.",
    "<who> ({life}) <deed>.",
    "<who> ({life_dates}) was {a_role} who <deed>.",
    "<who> ({life_dates}) <deed>.",
    "<who>, {a_role}, <deed>.",
    "<who> was born on {birth_date} and <act>.",
    "<who>, born in {birth_year}, <deed>.",
    "Born on {birth_date}, {surname} <deed>.",
]
SILENT_AFTER = [
    "<who> (d. {death_place}, {death_year}) <deed>.",
    "<who> (d. {death_year}, {death_place}) was {a_role}.",
    "<who> (died {death_date}, {death_place}) was {a_role} who <deed>.",
    "<who> (d. {death_place}, {death_date}) <deed>.",
    "<who> ({birth_year} – {death_year}, {death_place}) <deed>.",
    "<who> ({birth_year} – {death_place}, {death_year}) was {a_role} who <deed>.",
    "<who> ({birth_date} – {death_date}, {death_place}) was {a_role}.",
    "<who> (d. {death_date}, {death_place}) was {a_role}.",
    "<who> died {in_death} <died>.",
    "<who>, {a_role}, <away>.",
    "<who> <away>.",
    "{name}, then in {affiliation_city}, won the {prize_year} {prize}.",
    "While in {affiliation_city}, {surname} won a {nobel} in {prize_year}.",
]
ADDS = [
    "{he} <born>.",
    "{surname} <born>.",
    "{surname} <born>.",
    "{his} birthplace {be} {place}.",
    "{!death_place}{he} had been born {in_place}<when>.",
    "A native of {place}, {he} <deed>.",
    "A native of {place}, {surname} <deed>.",
    "Born {in_place}<when>, {he} <deed>.",
    "Born {in_place}, {surname} <deed>.",
    "Born {in_place} in {birth_year}, {he} <deed>.",
    "Born {in_place} on {birth_date}, {surname} <deed>.",
    "Originally from {place}, {he} <deed>.",
    "Originally from {place}, {surname} <deed>.",
    "Born {in_place}, {he} <deed>.",
    "Born {in_place}, {surname} <deed>.",
    "{surname}, {a_role} born {in_place}<when>, <deed>.",
    "{a_role} from {place}, {he} <deed>.",
    "{a_role} born {in_place}, {surname} <deed>.",
    "{he} was born {in_place}.",
]
MORE = [
    "{surname} <deed>.",
    "{he} <deed>.",
    "{he} was born on {birth_date}.",
    "{surname} was born in {birth_year}.",
    "{his} date of birth {be} {birth_date}.",
    "{surname} was born on {birth_date}.",
    "{he} was born in {birth_year}.",
    "{-death_place}{he} died <died>.",
    "{-death_place}{surname} died in {death_year}.",
    "{his} full name {be} {given_name}.",
    "{surname}'s full name {be} {given_name}.",
]
MORE_AFTER = [
    "{he} <away>.",
    "{surname} <away>.",
    "{he} died {in_death} <died>.",
    "{he} died {in_death}.",
    "{his} death came {in_death} <died>.",
    "{surname} died {in_death} in {death_year}.",
]
WHO = ["{name}", "{name}", "{name}", "{full_name}", "{surname}", "the {role} {surname}",
       "the {role} {name}", "{full_name}", "{given_name}, known as {name_aside}",
       "{name}, in full {given_aside}"]
BORN = ["was born {in_place}", "was born {in_place}", "was born {in_place}",
        "was born {in_place}<when>", "was born on {birth_date} {in_place}",
        "{be} {a_role} born {in_place}", "{be} {a_role} born {in_place}<when>",
        "{be} {a_role} from {place}", "{was} originally from {place}", "{hails} from {place}",
        "{comes} from {place}", "{was} a native of {place}"]
WHEN = ["", "", " on {birth_date}", " in {birth_year}"]
DIED = ["on {death_date}", "in {death_year}"]

# For people of whom a table may hold only name and place.
PLAIN = [
    "{name} was born {in_place}.",
    "{name} was a native of {place}.",
    "{name} hailed from {place}.",
    "{name} came from {place}.",
    "{name} came into the world {in_place}.",
    "{name} began life {in_place}.",
    "The birthplace of {name} is {place}.",
    "The birthplace of {name} was {place}.",
    "The place of birth of {name} is {place}.",
    "The life of {name} began {in_place}.",
    "The life story of {name} begins {in_place}.",
    "It was {in_place} that {name} was born.",
    "It was {in_place} that {name} came into the world.",
    "{place} is the birthplace of {name}.",
    "{place} is where {name} was born.",
    "{place} was the place where {name} was born.",
    "{place} is known as the birthplace of {name}.",
    "Among those born {in_place} is {name}.",
    "Among the natives of {place} is {name}.",
    "One of the people born {in_place} is {name}.",
    "From {place} came {name}.",
    "{in_place}, {name} was born.",
    "{name} has {place} as place of birth.",
    "{name} first saw the light of day {in_place}.",
    "The place where {name} was born is {place}.",
    "The story of {name} begins {in_place}.",
]

LAUREATE_DEEDS = [
    "was awarded the {prize} in {prize_year}",
    "was awarded the {prize_year} {prize}",
    "received the {prize} in {prize_year}",
    "won the {prize_year} {prize}",
    "won a {nobel} in {prize_year}",
    "shared a {nobel} with {partners} in {shared_year}",
    "won a {nobel} in {prize_year} for {subject}",
    "won a {prize_year} {nobel} for {subject}",
    "won the {prize_year} {prize} for {subject}",
    "received the {prize} for {subject}",
    "was honoured with the {prize_year} {prize} for {subject}",
    "shared the {shared_year} {prize} with {partners}",
    "shared the {prize} with {partners} in {shared_year}",
    "received the {shared_year} {prize} together with {partners}",
    "was the sole winner of the {sole_year} {prize}",
    "was the sole recipient of the {sole_year} {prize}",
    "received {part} of the {part_year} {prize}",
    "won two Nobel Prizes, in {prize_year} and {second_year}",
    "received the {prize} in {prize_year} and the {second_prize} in {second_year}",
    "{!prize}received the award in {award_year}",
    "{!prize}was honoured for {subject}",
    "won a {nobel} for {subject}",
    "won the {prize_year} {nobel} for {subject}",
    "{!prize}was honoured in {award_year} for {subject}",
    "{!prize}shared the award with {partners}",
    "{!prize}shared the {award_year} award with {partners}",
]
LAUREATE_AWAY = [
    "was at {affiliation} in {affiliation_city} when awarded the {prize} in {prize_year}",
    "was working in {affiliation_city} when awarded the {prize_year} {prize}",
    "was based in {affiliation_city} when the {prize} came in {prize_year}",
    "received the {prize_year} {prize} while working in {affiliation_city}",
    "won the {prize} in {prize_year} while at {affiliation} in {affiliation_city}",
    "{!award_year}was then at {affiliation} in {affiliation_city}",
    "{!prize}was working in {affiliation_city} when the award came in {award_year}",
    "{!prize}was based in {affiliation_city} in {award_year}, the year of the award",
]
LAUREATE_MORE = [
    "{he} <act> and <act>.",
    "{!prize}The award was shared with {partners}.",
    "{!prize}{his} share of the award was {part}.",
    "{!prize}No one shared the award with {him_alone}.",
    "{!prize}{he} was honoured along with {partners}.",
    "{!prize}The {award_year} prize was given for {subject}.",
    "{!prize}The other winner was {partner}.",
]
LAUREATE_MORE_AFTER = [
    "{!award_year}{he} was then at {affiliation} in {affiliation_city}.",
    "{!award_year}{he} was working in {affiliation_city} at the time.",
    "{!prize}{surname} was based in {affiliation_city} when the prize was awarded.",
]
ARTIST_DEEDS = [
    "{made} \"{work}\" in {work_year}",
    "{made} \"{work}\" ({work_year})",
    "{made} \"{work}\", {work_kind}, in {work_year}",
    "{made} \"{work}\" ({work_year}), {work_kind}",
    "{more_made} \"{more_work}\" in {more_year}",
    "{more_made} \"{more_work}\" ({more_year})",
    "{third_made} \"{third_work}\" in {third_year}",
    "{third_made} \"{third_work}\" ({third_year})",
    "{fourth_made} \"{fourth_work}\" in {fourth_year}",
    "{both_made} \"{work}\" ({work_year}) and \"{more_work}\" ({more_year})",
    "{both_made} \"{work}\" and, in {more_year}, \"{more_work}\"",
    "{was} associated with {movement}",
    "has been linked with {movement}",
]
ARTIST_AWAY = [
    "{made} \"{place_work}\" in {work_year}",
    "{made} \"{place_work}\" ({work_year})",
]
ARTIST_MORE = [
    "{his} works include \"{work}\" ({work_year}) and \"{more_work}\" ({more_year}).",
    "Among {his} works are \"{work}\", \"{more_work}\" and \"{third_work}\".",
    "\"{work}\" dates from {work_year}.",
    "{!work}\"{more_work}\" followed in {later_year}.",
    "Tate owns \"{work}\", {work_kind} of {work_year}.",
    "The Tate collection includes \"{work}\" ({work_year}).",
    "Tate has \"{third_work}\" ({third_year}) and \"{fourth_work}\" ({fourth_year}).",
    "{!work}\"{third_work}\" and \"{fourth_work}\" are also among {his} works.",
    "One work is \"{work}\" ({work_year}), another \"{third_work}\" ({third_year}).",
]
PLAYER_DEEDS = [
    "made {his} major-league debut in {debut_year}",
    "made {his} debut on {debut_date}",
    "reached the majors in {debut_year}",
    "debuted on {debut_date}",
    "debuted in {debut_year} with the {debut_team}",
    "first played for the {debut_team} in {debut_year}",
    "first appeared with the {debut_team} on {debut_date}",
    "played {seasons} seasons, the last in {last_year}",
    "played in {games} games {career_years}",
    "appeared in {games} games over {seasons} seasons",
    "played for {teams}",
    "played for {some_teams}, among others",
    "appeared for teams including {some_teams}",
    "spent {his} whole major-league career with the {only_team}",
    "played {team_games} games for the {team}",
    "appeared most often for the {team}",
    "entered the Baseball Hall of Fame in {hall_of_fame}",
    "was elected to the Hall of Fame in {hall_of_fame}",
    "was an All-Star in {all_star} seasons",
    "was chosen for the All-Star Game in {all_star_year}",
    "was named Most Valuable Player in {mvp}",
    "won the Cy Young Award in {cy_young}",
    "was Rookie of the Year in {rookie}",
    "was Most Valuable Player of the World Series in {world_series_mvp}",
    "won {gold_gloves} Gold Gloves",
    "hit {home_runs} home runs",
    "collected {hits} hits",
    "scored {runs} runs and drove in {batted_in}",
    "had {hits} hits, {home_runs} of them home runs",
    "stole {stolen} bases",
    "won {wins} games and lost {losses}",
    "won {wins} games as a pitcher",
    "was credited with {saves} saves",
    "struck out {strikeouts} batters",
    "played {games} games in all",
    "had {wins} wins, {losses} losses and {strikeouts} strikeouts",
    "totalled {hits} hits, {home_runs} home runs and {batted_in} runs batted in",
    "scored {runs} times and stole {stolen} bases",
    "put up {home_runs} home runs and {stolen} stolen bases",
]
# Clauses of which two may be joined: no "and" within, no order in time.
PLAYER_FEATS = [
    "was an All-Star in {all_star} seasons",
    "won {gold_gloves} Gold Gloves",
    "hit {home_runs} home runs",
    "collected {hits} hits",
    "scored {runs} runs",
    "stole {stolen} bases",
    "had {batted_in} runs batted in",
    "won {wins} games as a pitcher",
    "had {saves} saves",
    "struck out {strikeouts} batters",
    "played {games} games",
]
PLAYER_AWAY = [
    "played college baseball for {college} in {college_city}",
    "played for {college} in {college_city} as a student",
    "played college baseball in {college_city}",
]
PLAYER_MORE = [
    "{he} <feat> and <feat>.",
    "{he} last played on {last_date}.",
    "{surname} ended {his} career on {last_date}.",
    "{he} batted {bats} and threw {throws}.",
    "{he} {was} {height} tall.",
    "{his} career totals are {hits} hits, {runs} runs and {home_runs} home runs.",
    "{his} record as a pitcher {be} {wins} wins and {losses} losses.",
    "{his} career lasted from {debut_date} to {last_date}.",
    "{his} first game was on {debut_date}, {his} last on {last_date}.",
    "{he} totalled {home_runs} home runs, {batted_in} runs batted in and {stolen} stolen bases.",
    "On the mound {he} won {wins}, lost {losses} and struck out {strikeouts}.",
]

TELLS = {slot: set(facts.split()) for slots, facts in {
    "place in_place": "birthplace",
    "birth_date birth_year": "birth",
    "death_date death_year": "death",
    "life life_dates": "birth death",
    "death_place in_death": "death_place",
    "role a_role": "role",
    "full_name given_name given_aside": "full_name",
    "prize": "prize",
    "prize_year shared_year part_year": "prize award_year",
    "sole_year": "prize award_year sharing",
    "award_year": "award_year",
    "part him_alone partners partner": "sharing",
    "subject": "subject",
    "affiliation affiliation_city": "affiliation",
    "work place_work": "work",
    "more_work later_year": "more_work",
    "third_work": "third_work", "fourth_work": "fourth_work",
    "career_years": "debut last_year",
    "movement": "movement",
    "teams some_teams only_team team": "teams",
    "debut_year debut_date": "debut",
    "debut_team": "debut_team",
    "last_year last_date": "last_year",
    "seasons": "seasons",
    "games": "games",
    "hall_of_fame": "hall", "all_star all_star_year": "all_star", "mvp": "mvp",
    "cy_young": "cy_young", "rookie": "rookie", "world_series_mvp": "series",
    "gold_gloves": "gloves", "home_runs": "home_runs", "runs": "runs",
    "stolen": "stolen", "batted_in": "batted_in",
    "losses": "losses", "hits": "hits", "wins": "wins",
    "saves": "saves", "strikeouts": "strikeouts", "height": "height",
    "bats throws": "hands", "college college_city": "college",
}.items() for slot in slots.split()}
# The role of a laureate names the prize.
LAUREATE_TELLS = TELLS | {"role": {"role", "prize"}, "a_role": {"role", "prize"}}

TOTALS = tuple("games seasons home_runs hits runs batted_in stolen wins losses saves strikeouts "
               "all_star gold_gloves".split())
SOME_TEAMS = tuple("team team_games some_teams debut_team".split())
OLD_LANDS = ("United Kingdom", "Ireland", "Scotland", "England", "Wales")
NEEDS_ARTICLE = {"Bahamas", "Bronx", "Canal Zone", "Czech Republic", "Dominican Republic",
                 "Netherlands", "Philippines", "United Kingdom", "United States",
                 "Virgin Islands"}
CITY_ENOUGH = {"New York", "Chicago", "Boston", "Los Angeles", "San Francisco", "Philadelphia"}


def make_grammar(deeds=(), away=(), more=(), more_after=(), feats=(), plain=(),
                 tells=TELLS):
    """Return the rules of a domain: the common rules with its own clauses."""
    return Grammar({
        "states": [*STATES, *plain], "states_after": STATES_AFTER,
        "silent": SILENT, "silent_after": SILENT_AFTER, "adds": ADDS,
        "more": [*MORE, *more], "more_after": [*MORE_AFTER, *more_after],
        "who": WHO, "born": BORN, "when": WHEN, "died": DIED, "deed": deeds, "away": away,
        "act": [deed for deed in deeds if " and " not in deed],  # these can follow an "and"
        "feat": feats}, tells)


GRAMMARS = {
    "artists": make_grammar(ARTIST_DEEDS, ARTIST_AWAY, ARTIST_MORE),
    "laureates": make_grammar(LAUREATE_DEEDS, LAUREATE_AWAY, LAUREATE_MORE, LAUREATE_MORE_AFTER,
                              tells=LAUREATE_TELLS),
    "players": make_grammar(PLAYER_DEEDS, PLAYER_AWAY, PLAYER_MORE, feats=PLAYER_FEATS),
    "": make_grammar(plain=PLAIN),
}
PRIZE_WORDS = {
    "Nobel Prize in Physics": ["Nobel Prize in Physics", "Nobel Prize for Physics",
                              "Nobel Prize for Physics"],
    "Nobel Prize in Chemistry": ["Nobel Prize in Chemistry", "Nobel Prize for Chemistry",
                              "Nobel Prize for Chemistry"],
    "Nobel Prize in Literature": ["Nobel Prize in Literature", "Nobel Prize for Literature",
                              "Nobel Prize for Literature"],
    "Nobel Prize in Physiology or Medicine": ["Nobel Prize in Physiology or Medicine",
                                              "Nobel Prize for Medicine",
                                              "Nobel Prize for Medicine"],
}
SHARES = {("2", "2"): "one half", ("3", "2"): "one half", ("3", "3"): "one third",
          ("3", "4"): "one quarter"}


class Style(NamedTuple):
    """Hold what is drawn once and applies to a whole document."""
    month_first: bool
    short_months: bool
    hidden: tuple  # slots


def draw_style(row, rng):
    american = row.get("domain") == "players" or row.get("birth_region") in STATE_CODES
    month_first, short = rng.random() < (0.4 if american else 0.12), rng.random() < 0.5
    hidden = ()
    if any(row.get(teams) for teams in ("teams", "some_teams", "team")):
        # Totals of a whole career never stand beside a part of its teams.
        hidden = TOTALS if rng.random() < 0.5 else SOME_TEAMS
    return Style(month_first, short, hidden)


def fill_slots(row, style):
    """Return the person's facts as words: {slot: a string, or a list of strings to draw from}."""
    get = {field: row.get(field, "") for field in row}.get
    slots = {**row, **name_person(row), **place_birth(row)}
    role = row.get("role") or ""
    slots["role"], slots["a_role"] = role, add_article(role)
    slots |= place_others(row)
    for date in ("birth_date", "death_date", "debut_date", "last_date"):
        worded = reword_date(get(date) or "", style.month_first, style.short_months)
        slots[date] = close(worded) if "," in worded else worded
    for event in ("birth", "death"):
        if get(f"{event}_date") and not get(f"{event}_year"):
            year = get(f"{event}_date").split()[-1]
            slots[f"{event}_year"] = year if year.isdigit() else ""
    if slots.get("birth_year") and slots.get("death_year"):
        slots["life"] = f"{slots['birth_year']}–{slots['death_year']}"
    if get("birth_date") and get("death_date"):
        slots["life_dates"] = f"{slots['birth_date']} – {slots['death_date']}"
    dead = get("death_year") or get("death_date")
    slots["be"] = get("be") or ("was" if dead else "")
    slots["was"] = "is" if slots["be"] == "is" else "was"
    alive = slots["be"] == "is"
    slots["hails"], slots["comes"] = ("hails", "comes") if alive else ("hailed", "came")
    if get("last_year") and get("last_year") != get("debut_year"):
        slots["career_years"] = f"between {get('debut_year')} and {get('last_year')}"
    if get("bats") == get("throws"):
        slots["bats"] = ""  # nothing worth a sentence
    slots |= dict.fromkeys(style.hidden, "")
    slots |= describe_prize(row) | describe_works(row)
    return {slot: words for slot, words in slots.items() if words}


def name_person(row):
    """Return pronouns, and the fuller name unless it is only the name with a title."""
    full = row.get("full_name") or ""
    titled = full.endswith(row["name"])
    male = {"male": ("he", "his"), "female": ("she", "her")}.get(row.get("gender"), ("", ""))
    return {"he": male[0], "his": male[1], "surname": row.get("surname") or "",
            "given_name": "" if titled else full, "name_aside": close(row["name"]),
            "given_aside": "" if titled or not full else close(full)}


def place_birth(row):
    """Return the birthplace as the documents word it; it holds the answer, but may say more."""
    place, region = row["birth_place"], name_region(row.get("birth_region") or "")
    bare = f"the {place}" if place in NEEDS_ARTICLE else place
    forms = [bare, bare, bare] if row.get("region_needed") != "yes" else []
    telling = region not in ("", place, "United Kingdom", "United States")
    if telling or (region and not forms):
        more = 3 if region in STATE_CODES and place not in CITY_ENOUGH else 1
        forms += [f"{bare}, {region}"] * more
        if region in STATE_CODES:
            forms += [f"{bare}, {STATE_CODES[region]}"] * more
    if place == region == "New York" or (place == "New York" and row.get("domain") == "laureates"):
        forms = ["New York City", *["New York"] * 11]
    if row.get("birth_old"):
        forms = [f"{row['birth_old']}, now {place}", f"{row['birth_old']}, today's {place}"]
    marked = [close(mark_place(form)) if "," in form else mark_place(form) for form in forms]
    at = (region in OLD_LANDS or place in OLD_LANDS) and int(row.get("birth_year") or 1900) < 1900
    ins = [f"in {form}" for form in marked]
    if at:
        ins = ins * 2 + [f"at {form}" for form in marked]
    return {"place": marked, "in_place": ins}


def place_others(row):
    """Return the other places, '' where the name holds the birthplace's or stands within it."""
    slots = {}
    for kind in ("death_place", "affiliation_city", "college_city"):
        place = row.get(kind) or ""
        if not place or place in row["birth_place"] or row["birth_place"] in place:
            slots[kind] = ""
            continue
        region = name_region(row.get(kind.replace("_place", "_region").replace("_city", "_region"))
                             or "")
        named = f"the {mark_other(place)}" if place in NEEDS_ARTICLE else mark_other(place)
        forms = [named]
        if region and region not in (place, "United States", "United Kingdom"):
            wholes = [close(f"{named}, {region}")]
            if region in STATE_CODES:
                wholes.append(close(f"{named}, {STATE_CODES[region]}"))
            forms = wholes if len(wholes) > 1 and place not in CITY_ENOUGH else [*forms, *wholes]
        slots[kind] = forms
    slots["in_death"] = [f"in {form}" for form in slots["death_place"]]
    return slots


def name_region(region):
    return "D.C." if region == "District of Columbia" else region


def describe_prize(row):
    """Return the prize and who else was honoured, in slots; each is empty where not true."""
    if not row.get("prize"):
        return {}
    winners, year = row.get("winners"), row.get("prize_year")
    alone = {"male": "him", "female": "her"}.get(row.get("gender"), "")
    return {
        "prize": PRIZE_WORDS.get(row["prize"], row["prize"]),
        "partner": row.get("partners") if winners == "2" else "",
        "nobel": "Nobel Memorial Prize" if "Memorial" in row["prize"] else "Nobel Prize",
        "award_year": year,
        "shared_year": year if winners in ("2", "3") else "",
        "sole_year": year if winners == "1" else "",
        "him_alone": alone if winners == "1" else "",
        "part": SHARES.get((winners, row.get("share")), ""),
        "part_year": year,
    }


def describe_works(row):
    """Return the works with their verbs; a work that names a place stands in a slot of its own."""
    work, place = row.get("work") or "", row.get("work_place") or ""
    slots = {made: row.get(verb) or "" for made, verb in (
        ("made", "work_verb"), ("more_made", "more_verb"), ("third_made", "third_verb"),
        ("fourth_made", "fourth_verb"))}
    if slots["made"] == slots["more_made"]:
        slots["both_made"] = slots["made"]
    others = [int(row.get(f"{which}_year") or 0) for which in ("work", "third", "fourth")]
    if int(row.get("more_year") or 0) > max(others) > 0:
        slots["later_year"] = row["more_year"]  # than that of any other work
    if place:
        slots["work"] = ""
        if place not in row["birth_place"] and row["birth_place"] not in work:
            slots["place_work"] = work.replace(place, mark_other(place))
    return slots
