import csv
import io

import exposures
import pytest
from exposures import COLUMNS, entropy, main, measure, read_facts

PEOPLE = [("Ada", "Rome"), ("Bo", "Oslo"), ("Cy", "Oslo"), ("Di", 'Say "Bath"')]


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.tsv"
    path.write_text("name\tdomain\tbirth_place\n" + "".join(f"{n}\tx\t{p}\n" for n, p in PEOPLE), encoding="utf-8")
    return str(path)


def test_bits_of_an_answer_are_the_entropy_of_all_answers():
    assert entropy(["a"] * 7) == 0
    assert entropy("abcdefgh") == pytest.approx(3)
    assert entropy(["a", "a", "b", "c"]) == pytest.approx(1.5)


def test_every_person_of_the_table_gives_a_question_and_its_answer(people):
    assert read_facts(people) == [(f"Where was {name} born?", place) for name, place in PEOPLE]


def test_a_fact_is_known_after_many_exposures_and_not_after_one(people):
    facts = read_facts(people)[:2]
    once, often = (measure(facts, exposures, width=64) for exposures in (1, 60))
    assert (once["known"], often["known"]) == (0, 1)
    assert often["bits"] == 2 and often["bits_a_parameter"] == round(2 / often["parameters"], 5)


def test_the_handouts_recipe_trains_with_its_own_rate_dropout_and_schedule(people, monkeypatch):
    trained = []

    class Stopped(Exception):
        pass

    def start(model, pairs, _, config):
        trained.append((model, config))
        raise Stopped

    monkeypatch.setattr(exposures, "Trainer", start)
    with pytest.raises(Stopped):
        measure(read_facts(people), 13, recipe="handout")
    [(model, config)] = trained
    assert (config.max_epochs, config.batch_size, config.learning_rate) == (13, 128, 6e-3)
    assert config.final_tokens == 4 * len(PEOPLE) * 128  # passes, of 13: as 200 of 650
    assert (config.optimizer, model.drop.p) == ("adamw", 0.1)


def test_the_table_has_a_row_for_each_series_and_number_of_exposures(people, capsys, monkeypatch):
    measured = []

    def pretend(facts, exposures, seed, **settings):
        measured.append((len(facts), exposures, seed, settings))
        return dict.fromkeys(COLUMNS[1:], 0)

    monkeypatch.setattr(exposures, "measure", pretend)
    changes = ("--changes", "width=16", "people=3", "variant=synthesizer")
    main([people, "--people", "4", "--exposures", "1", "5", *changes])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["series"] for row in rows[::2]] == ["recipe fast", *changes[1:]]
    settings = [(4, {}), (4, {"width": 16}), (3, {}), (4, {"variant": "synthesizer"})]
    assert measured == [(people, n, 0, kept) for people, kept in settings for n in (1, 5)]


@pytest.mark.parametrize("words", [("--people", "5", "--changes"), ("--people", "1", "--changes", "people=5")])
def test_more_people_than_the_table_has_are_refused_before_anything_is_trained(people, monkeypatch, capsys, words):
    monkeypatch.setattr(exposures, "measure", lambda *_, **__: pytest.fail("trained"))
    assert main([people, *words]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err == f"error: {people}: 4 people, 5 asked for: build more\n"


@pytest.mark.parametrize("wrong", ["width", "width=0", "width=wide", "optimizer=sgd", "variant=", "seed=3", ""])
def test_a_change_that_the_program_does_not_know_is_refused(people, capsys, wrong):
    with pytest.raises(SystemExit):
        main([people, "--changes", wrong])
    assert "give optimizer, recipe, variant, width or people" in capsys.readouterr().err


def test_no_exposures_at_all_are_refused(people, capsys):
    with pytest.raises(SystemExit) as ended:
        main([people, "--people", "4", "--exposures", "4", "0"])
    assert ended.value.code == 2 and "at least 1" in capsys.readouterr().err
