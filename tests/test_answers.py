import pytest
import torch
from reference import sample_naively
from small import VARIANTS, make_gpt

from answers import count_by_question, count_correct, predict
from formats import MASK_ID, MAX_ANSWER
from vocabulary import Vocabulary

QUESTIONS = ["Where?", "How is Bo?", "Where!", "", "a" * 60, "Who ⁇?", "Where?"]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("batch_size", [1, 2, 128])
def test_predictions_are_those_of_one_at_a_time(variant, batch_size):
    vocabulary = Vocabulary.of("Where? How is Bo!\nha\n")
    shape = dict(vocab_size=len(vocabulary), block_size=48)
    model = make_gpt(variant, seed=12, std=0.3, **shape).double().eval()  # it ends most answers
    window = 48 if variant == "vanilla" else 47
    expected = []
    for question in QUESTIONS:
        ids = [vocabulary.stoi[c] for c in question if c in vocabulary.stoi] + [MASK_ID]
        out = sample_naively(model, torch.tensor([ids]), MAX_ANSWER, window)[0, len(ids) :]
        answer = vocabulary.decode(out).split("⁇")[0]
        expected.append(" ".join(answer.splitlines()))
    assert predict(model, vocabulary, QUESTIONS, batch_size) == expected
    assert len(set(expected)) > 3 and {len(answer) for answer in expected} > {32}


def test_a_prediction_is_one_line_of_32_characters_at_most():
    vocabulary = Vocabulary.of("a\n")
    model = make_gpt(vocab_size=len(vocabulary), block_size=48, std=0.3)
    answers = []
    for newline_bias in (0, 100):
        torch.nn.init.zeros_(model.head.weight)
        with torch.no_grad():  # a head that always says "a", then always a line end
            model.ln_f.weight.zero_()
            model.ln_f.bias.fill_(1.0)
            model.head.weight[vocabulary.stoi["a"]] = 1
            model.head.weight[vocabulary.stoi["\n"]] = newline_bias
        answers += predict(model, vocabulary, ["a?"])
    assert answers[0] == "a" * MAX_ANSWER == "a" * 32
    assert answers[1].split() == [] and "\n" not in answers[1]


def test_no_questions_have_no_answers():
    vocabulary = Vocabulary.of("a")
    assert predict(make_gpt(vocab_size=len(vocabulary), block_size=48), vocabulary, []) == []


def test_only_equal_answers_are_correct_and_missing_ones_do_not_count():
    answers = ["Oslo", None, "New York", "Ålesund"]
    assert count_correct(answers, ["Oslo", "", "New York", "Ålesund"]) == (3, 3)
    assert count_correct(answers, ["oslo", "x", "York", "Ålesund"]) == (3, 1)
    assert count_correct([], []) == (0, 0)


def test_answers_are_counted_by_question_if_several_are_asked():
    documents = ["Ada. was", "Bo. was"]
    where, when = (["Where was Ada born?", "Where was Bo born?"], ["When did Ada die?", "When did Bo die?"])
    questions = [*where, *when, "Who is Cy?", ""]
    counts = count_by_question(questions, ["a", "b", "c", "d", "e", None], ["a", "x", "c", "d", "x", ""], documents)
    assert counts == {"Where was NAME born?": (2, 1), "When did NAME die?": (2, 2), "others": (1, 0)}
    assert "others" not in count_by_question(questions[:4], "abcd", "abcd", documents)
    assert count_by_question(where, "ab", "ab", documents) == {}
    assert count_by_question(questions, ["a"] * 6, ["a"] * 6, ["no title"]) == {}
