import exposures
import pytest
from exposures import main, measure, read_facts

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


@pytest.mark.parametrize("words", [("--people", "5", "--changes"), ("--people", "1", "--changes", "people=5")])
def test_more_people_than_the_table_has_are_refused_before_anything_is_trained(people, monkeypatch, capsys, words):
    monkeypatch.setattr(exposures, "measure", lambda *_, **__: pytest.fail("trained"))
    assert main([people, *words]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err == f"error: {people}: 4 people, 5 asked for: build more\n"
