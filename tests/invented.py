"""Documents about invented people, for the tests of titles, masking and objectives."""

import random

FIRST = "Ada Bo Cy Di Ed Fay Gus Hal Ida Jo Kim Lea Max Ned Ora Pat Quin Ray Sue Ted".split()
LAST = "Moe Nash Orr Poe Quist Rao Sand Toth Unger Vane".split()
PLACES = "Oslo Rome Bonn Lima Kyiv Riga Bern Cork Nice Graz".split()
FIRMS = "Acme Globex Initech Umbrella Hooli Stark Wayne Wonka Cyberdyne Tyrell".split()


class Watched(str):
    """A text that counts the characters that are copied out of it, in `copied`."""

    copied = 0

    def __getitem__(self, key):
        part = super().__getitem__(key)
        self.copied += len(part)
        return part


def make_names(count):
    """That many different names, of which neither the first nor the last words are all alike."""
    return [f"{first} {last}" for last in LAST for first in FIRST][:count]


def make_people(names, seed=0):
    """(documents, facts): each document tells of a person a place, a year and an employer, in varying
    order; each fact is a dict of these.
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


def make_long_documents(names, sentences=1_200):
    """For each name a document of about 40 characters a sentence, all full of names."""
    rng = random.Random(0)

    def tell(name):
        return f"In {rng.choice(PLACES)} {name} met J. Moe of {rng.choice(FIRMS)}."

    return [f"{name}. {' '.join(tell(name) for _ in range(sentences))}" for name in names]
