"""The damaged and rephrased questions of benchmarks/accuracy/phrasings.py."""

from phrasings import ASKED, ask, damage, rephrase

QUESTIONS = [f"Where was Ada Bo{i} born?" for i in range(200)]


def test_every_second_question_is_rephrased():
    changed = rephrase(QUESTIONS)
    assert changed[0] == "In which place was Ada Bo0 born?" and changed[1::2] == QUESTIONS[1::2]
    assert all(q.startswith("In which place was Ada Bo") for q in changed[::2])


def test_one_question_in_twenty_is_damaged_in_each_of_three_ways():
    pairs = [(old, new) for old, new in zip(QUESTIONS, damage(QUESTIONS)) if old != new]
    assert len(pairs) == 10
    assert {new for old, new in pairs} <= {w for old, _ in pairs for w in (old[:-1], old.lower(), old + " ")}
    assert {len(new) - len(old) for old, new in pairs} == {-1, 0, 1}


def test_held_out_questions_are_asked_in_every_phrasing():
    asked = {name: ask(QUESTIONS[:1], phrasing)[0] for name, phrasing in ASKED.items()}
    assert asked == {
        "as it is": "Where was Ada Bo0 born?",
        "without ?": "Where was Ada Bo0 born",
        "lower case": "where was ada bo0 born?",
        "In which place": "In which place was Ada Bo0 born?",
        "What is the birthplace": "What is the birthplace of Ada Bo0?",
    }
