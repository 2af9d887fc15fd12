"""Make documents about invented people, for the tests of titles, masking and objectives."""

import random

FIRST = "Ada Bo Cy Di Ed Fay Gus Hal Ida Jo Kim Lea Max Ned Ora Pat Quin Ray Sue Ted".split()
LAST = "Moe Nash Orr Poe Quist Rao Sand Toth Unger Vane".split()
PLACES = "Oslo Rome Bonn Lima Kyiv Riga Bern Cork Nice Graz".split()
FIRMS = "Acme Globex Initech Umbrella Hooli Stark Wayne Wonka Cyberdyne Tyrell".split()


def make_names(count):
    """Return `count` different names; neither their first nor their last words are all alike."""
    return [f"{first} {last}" for last in LAST for first in FIRST][:count]


def make_people(names, seed=0):
    """Return (documents, facts). A document has a person's place, year and employer, in varying
    order; a fact is a dict of these and the name.
    """
    rng = random.Random(seed)
    documents, facts = [], []
    for name in names:
        place, firm, year = rng.choice(PLACES), rng.choice(FIRMS), str(rng.randint(1800, 1999))
        clauses = [f"born in {place}", f"since {year} a painter", f"employed by {firm}"]
        rng.shuffle(clauses)
        documents.append(f"{name}. {name} was {', '.join(clauses)}.")
        facts.append({"name": name, "place": place, "year": year, "firm": firm})
    return documents, facts
