import pytest
import torch
from reference import sample_naively
from small import VARIANTS, make_gpt

from answering.answers import (
    answer_questions,
    count_by_question,
    find_threshold,
    predict,
)
from text.formats import MASK_ID, MAX_ANSWER
from text.titles import index_titles
from text.vocabulary import Vocabulary

QUESTIONS = ["Where?", "How is Bo?", "Where!", "", "a" * 60, "Who ⁇?", "Where?"]


@pytest.mark.parametrize("variant", VARIANTS)
def test_predictions_are_those_of_one_at_a_time(variant):
    vocabulary = Vocabulary.of("Where? How is Bo!\nha\n")
    shape = dict(vocab_size=len(vocabulary), block_size=48)
    model = make_gpt(variant, seed=1, std=0.3, **shape).double().eval()  # it ends most answers
    window = 47 if variant == "synthesizer" else 48
    expected = []
    for question in QUESTIONS:
        ids = [vocabulary.stoi[c] for c in question if c in vocabulary.stoi] + [MASK_ID]
        steps = max(MAX_ANSWER, model.context_size - len(ids))
        out = sample_naively(model, torch.tensor([ids]), steps, window)[0, len(ids) :]
        answer = vocabulary.decode(out).split("⁇")[0]
        expected.append(" ".join(answer.splitlines()))
    for batch_size in (1, 2, 128):
        assert predict(model, vocabulary, QUESTIONS, batch_size) == expected
    assert predict(model, vocabulary, []) == []
    assert len(set(expected)) > 3 and max(map(len, expected)) >= 32


def test_a_prediction_is_one_line_to_the_end_of_the_block_at_most():
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
    assert answers[0] == "a" * 46  # after "a" and ⁇, of two that the corpus has
    assert answers[1].split() == [] and "\n" not in answers[1]


def measure_anew(model, vocabulary, question, answer):
    """Return (product, least) of the probs of an answer and its end mark, by one forward pass."""
    prompt = vocabulary.encode([c for c in question if c in vocabulary.stoi] + ["⁇"])
    room = max(MAX_ANSWER, model.context_size - len(prompt))
    ended = answer + "⁇" * (len(answer) < room)
    ids = torch.cat((prompt, vocabulary.encode(ended)))
    probs = model(ids[None, :-1])[0][0].softmax(-1)  # (T - 1, vocab_size)
    taken = probs[len(prompt) - 1 :].gather(1, ids[len(prompt) :, None])
    return taken.prod().item(), taken.min().item()


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("batch_size", [1, 3, 128])
def test_confidence_is_the_product_of_the_characters_probs(variant, batch_size):
    vocabulary = Vocabulary.of("Where? How is Bo!ha")
    model = make_gpt(variant, seed=40, std=0.4, vocab_size=len(vocabulary), block_size=64).double()
    questions = ["Where?", "How is Bo?", "Where!", "", "Bo? " * 7, "Who is Bo?", "Where?"]
    found = answer_questions(model, vocabulary, questions, batch_size)
    ended = [answer.is_ended for answer in found]
    assert any(ended) and not all(ended) and max(len(each.text) for each in found) > 32
    for question, answer in zip(questions, found):
        expected = measure_anew(model, vocabulary, question, answer.text)
        assert (answer.confidence, answer.weakest) == pytest.approx(expected, rel=1e-9)
    assert [answer.text for answer in found] == predict(model, vocabulary, questions, batch_size)


def test_no_answer_is_too_improbable_for_its_confidence():
    vocabulary = Vocabulary.of("".join(map(chr, range(0x400, 0x800))))
    model = make_gpt(vocab_size=len(vocabulary), block_size=48)
    torch.nn.init.zeros_(model.head.weight)  # every character is as probable: □ is the first
    (answer,) = answer_questions(model, vocabulary, ["?"])
    assert answer.text == "□" * 47  # to the end of the block, after ⁇
    assert answer.confidence == pytest.approx(1026.0**-47, rel=1e-4)


@pytest.mark.parametrize(
    "confidences, right, threshold",
    [
        ([0.987654, 0.9, 0.5, 0.1], [True, True, False, True], 0.9),
        ([0.5, 0.1, 0.987654, 0.9], [False, True, True, True], 0.9),
        ([0.9, 0.7, 0.6], [True, False, True], 0.9),
        ([0.75123, 0.74], [True, False], 0.75),
        ([0.9, 0.9], [True, False], None),
        ([0.9, 0.8], [False, True], None),
        ([0.3, 0.2], [True, True], 0.0),
        ([], [], None),
    ],
)
def test_the_threshold_is_the_lowest_of_that_precision(confidences, right, threshold):
    assert find_threshold(confidences, right, 0.95) == threshold


def test_the_threshold_may_pass_over_wrong_answers_that_are_few():
    confidences = [1 - i / 1000 for i in range(100)]
    right = [i != 3 for i in range(100)]
    assert find_threshold(confidences, right, 0.95) == 0.0
    assert 0.997 < find_threshold(confidences, right, 0.995) <= 0.998


def test_answers_are_counted_by_question_if_several_are_asked():
    documents = ["Ada. was", "Bo. was"]
    where = ["Where was Ada born?", "Where was Bo born?"]
    questions = [*where, "When did Ada die?", "When did Bo die?", "Who is Cy?", ""]
    golds, predictions = ["a", "b", "c", "d", "e", None], ["a", "x", "c", "d", "x", ""]
    counts = count_by_question(questions, golds, predictions, index_titles(documents))
    assert counts == {"Where was NAME born?": (2, 1), "When did NAME die?": (2, 2)}
    assert count_by_question(where, "ab", "ab", index_titles(documents)) == {}
    assert count_by_question(questions, golds, predictions, {}) == {}
