import pytest
from exposures import measure, read_facts

PEOPLE = [("Ada", "Rome"), ("Bo", "Oslo"), ("Cy", "Oslo"), ("Di", 'Say "Bath"')]


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.tsv"
    path.write_text("name\tdomain\tbirth_place\n" + "".join(f"{n}\tx\t{p}\n" for n, p in PEOPLE), encoding="utf-8")
    return str(path)


def test_a_fact_is_known_after_many_exposures_and_not_after_one(people):
    facts = read_facts(people)[:2]
    once, often = (measure(facts, exposures, width=64) for exposures in (1, 60))
    assert (once["known"], often["known"]) == (0, 1)
    assert often["bits"] == 2 and often["bits_a_parameter"] == round(2 / often["parameters"], 5)
