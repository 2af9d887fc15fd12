"""How often span corruption trains an answer."""


import asked
import pytest

DOCUMENT = "Ada. She left Oslo in May."


@pytest.mark.parametrize(
    "example, kind",
    [
        ("Ada. She left ⁇⁇Oslo in May.□□", "asked for"),
        ("Ada. She ⁇ in May.⁇left Oslo□", "asked for"),
        ("Ada. She left Oslo ⁇ May.⁇in□", "read"),
        ("Ada. ⁇ left Oslo⁇She□", "read"),
        ("Ada. Oslo, then ⁇ in May.⁇Oslo□", "asked for"),
        ("Ada. She left Os⁇⁇lo in May.□", None),
        ("A⁇ She left Oslo⁇da.□", None),
        ("⁇ in May.⁇Ada. She left Oslo□", None),
        ("Ada. S⁇⁇he□", None),
    ],
)
def test_an_answer_counts_if_it_is_whole_and_follows_the_title(example, kind):
    assert asked.classify(example, "Ada", "Oslo") == kind
