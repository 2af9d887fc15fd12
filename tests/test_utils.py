import os
import pickle
import stat

import pytest
import torch

from attention import ATTENTION
from dataset import MASK_ID, MAX_ANSWER, CharCorruptionDataset, InputError
from model import GPT, GPTConfig
from utils import (
    check_output_path,
    choose_device,
    evaluate_places,
    load_parameters,
    predict,
    sample,
    save_parameters,
    set_seed,
    write_atomically,
)

VARIANTS = sorted(ATTENTION)


def make_gpt(variant="vanilla", seed=0, vocab_size=11, block_size=48, confident=True):
    """A random GPT whose head is large enough that its answers vary."""
    torch.manual_seed(seed)
    model = GPT(GPTConfig(vocab_size, block_size, n_layer=2, n_head=2, n_embd=16, attention=variant))
    if confident:
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.5)
    return model.eval()


@torch.no_grad()
def sample_naively(model, x, steps):
    """Greedy decoding, one row and one character at a time, everything computed anew."""
    rows = []
    for row in x:
        row = row[None]
        for _ in range(steps):
            logits, _ = model(row[:, -(model.get_block_size() - 1) :])
            row = torch.cat((row, logits[:, -1:].argmax(-1)), dim=1)
        rows.append(row)
    return torch.cat(rows)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("T", [1, 20, 40, 47, 60])  # with 30 steps: inside, across, past the block
def test_greedy_sampling_equals_the_naive_loop(variant, T):
    model = make_gpt(variant)
    x = torch.randint(11, (5, T))
    assert torch.equal(sample(model, x, 30), sample_naively(model, x, 30))


@pytest.mark.parametrize("variant", VARIANTS)
def test_ties_go_to_the_smallest_id(variant):
    model = make_gpt(variant)
    torch.nn.init.zeros_(model.head.weight)
    x = torch.randint(11, (3, 4))
    assert not sample(model, x, 5)[:, 4:].any()
    assert torch.equal(sample(model, x, 5), sample_naively(model, x, 5))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("T", [5, 30, 60])
def test_sampling_stops_once_every_row_has_stopped(variant, T):
    model = make_gpt(variant)
    x = torch.randint(11, (40, T))
    free = sample(model, x, 40)
    for stop in range(11):
        cut = sample(model, x, 40, stop=stop)
        ends = []
        for row, expected in zip(cut.tolist(), free.tolist()):
            end = expected.index(stop, T) + 1 if stop in expected[T:] else len(expected)
            assert row == (expected[:end] + [stop] * len(expected))[: len(row)]
            ends.append(end)
        assert cut.size(1) == max(ends)


def test_drawn_characters_follow_the_models_distribution():
    model = make_gpt(confident=False)
    torch.nn.init.normal_(model.head.weight, std=0.3)
    x = torch.zeros((20_000, 1), dtype=torch.long)
    set_seed(0)
    for temperature in (1.0, 0.5):
        expected = (model(x[:1])[0][0, -1] / temperature).softmax(-1)
        drawn = sample(model, x, 1, temperature=temperature, sample=True)[:, 1]
        found = torch.bincount(drawn, minlength=11) / len(x)
        torch.testing.assert_close(found, expected, atol=0.015, rtol=0)


def test_top_k_draws_among_the_k_most_probable():
    model = make_gpt()
    x = torch.zeros((500, 1), dtype=torch.long)
    best = model(x[:1])[0][0, -1].topk(3).indices
    drawn = sample(model, x, 1, temperature=5.0, sample=True, top_k=3)[:, 1]
    assert set(drawn.tolist()) == set(best.tolist())
    assert torch.equal(sample(model, x, 3, sample=True, top_k=1), sample(model, x, 3))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("alike", [5, 9])
@pytest.mark.parametrize("lengths", [(9, 9, 9), (4, 9, 6), (5, 9, 9), (1, 2, 9), (7, 9)])
def test_a_beginning_that_prompts_share_is_read_once(variant, alike, lengths):
    model = make_gpt(variant)
    B = len(lengths)
    x = torch.randint(11, (B, 9))
    x[:, :alike] = x[0, :alike]
    read = []
    model.register_forward_pre_hook(lambda _, words: read.append(words[0].numel()))
    out = sample(model, x, 20, lengths=torch.tensor(lengths))
    shared = min(alike, min(lengths) - 1)
    assert sum(read[:2] if shared else read[:1]) == shared + B * (9 - shared)
    for row, length, found in zip(x, lengths, out):
        expected = sample_naively(model, row[None, :length], 20)
        assert torch.equal(found[9:], expected[0, length:])
    alone = sample(model, x[:1], 20, lengths=torch.tensor(lengths[:1]))
    assert torch.equal(alone, out[:1])


QUESTIONS = ["Where?", "How is Bo?", "Where!", "", "a" * 60, "Who ⁇?", "Where?"]


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("batch_size", [1, 2, 128])
def test_predictions_are_those_of_one_at_a_time(variant, batch_size):
    dataset = CharCorruptionDataset("Where? How is Bo!\nha\n", 48)
    model = make_gpt(variant, vocab_size=dataset.vocab_size)
    expected = []
    for question in QUESTIONS:
        ids = [dataset.stoi[c] for c in question if c in dataset.stoi] + [MASK_ID]
        out = sample_naively(model, torch.tensor([ids]), MAX_ANSWER)[0, len(ids) :]
        answer = dataset.decode(out).split("⁇")[0]
        expected.append(" ".join(answer.splitlines()))
    cpu = torch.device("cpu")
    assert predict(model, dataset, QUESTIONS, cpu, batch_size=batch_size) == expected


def test_a_prediction_is_one_line_of_32_characters_at_most():
    dataset = CharCorruptionDataset("a\n", 48)
    model = make_gpt(vocab_size=dataset.vocab_size)
    answers = []
    for newline_bias in (0, 100):
        torch.nn.init.zeros_(model.head.weight)
        with torch.no_grad():  # a head that always says "a", then always a line end
            model.ln_f.weight.zero_()
            model.ln_f.bias.fill_(1.0)
            model.head.weight[dataset.stoi["a"]] = 1
            model.head.weight[dataset.stoi["\n"]] = newline_bias
        answers += predict(model, dataset, ["a?"], torch.device("cpu"))
    assert answers[0] == "a" * MAX_ANSWER
    assert answers[1].split() == []


def write(path, text):
    path.write_text(text, encoding="utf-8", newline="")
    return str(path)


def test_places_are_scored_line_by_line(tmp_path):
    path = write(tmp_path / "dev.tsv", "a?\tOslo\nb?\tNew York\r\nc?\tÅlesund")
    assert evaluate_places(path, ["Oslo", "New York", "Ålesund"]) == (3, 3)
    assert evaluate_places(path, ["Oslo", "York", "Alesund"]) == (3, 1)
    with pytest.raises(ValueError, match="2 predictions for 3 lines"):
        evaluate_places(path, ["Oslo", "New York"])


def test_questions_without_answers_score_nothing(tmp_path):
    path = write(tmp_path / "test.tsv", "a?\nb?\n")
    assert evaluate_places(path, ["x", "y"]) == (0, 0)


def test_a_blank_line_takes_a_prediction_but_is_not_scored(tmp_path):
    path = write(tmp_path / "dev.tsv", "a?\tOslo\n\nb?\tRome\n")
    assert evaluate_places(path, ["Oslo", "", "Rome"]) == (2, 2)


def test_rows_with_and_without_answers_are_refused(tmp_path):
    path = write(tmp_path / "dev.tsv", "a?\tOslo\nb?\n")
    with pytest.raises(InputError, match="dev.tsv, line 2: no answer"):
        evaluate_places(path, ["x", "y"])


@pytest.mark.parametrize("variant", VARIANTS)
def test_saved_parameters_load_again_exactly(variant, tmp_path):
    path = str(tmp_path / "model.params")
    model, other = make_gpt(variant, seed=1), make_gpt(variant, seed=2)
    save_parameters(model, path)
    load_parameters(other, path)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name])
    assert os.listdir(tmp_path) == ["model.params"]


def test_the_same_parameters_are_the_same_bytes_whatever_the_file_is_called(tmp_path):
    model = make_gpt()
    save_parameters(model, tmp_path / "one")
    save_parameters(model, tmp_path / "two.params")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two.params").read_bytes()


def test_a_file_without_masks_or_in_other_precision_loads(tmp_path):
    model = make_gpt()
    state = {n: t.double() for n, t in make_gpt(seed=5).state_dict().items() if "mask" not in n}
    torch.save(state, tmp_path / "plain")
    load_parameters(model, tmp_path / "plain")
    x = torch.randint(11, (1, 9))
    assert torch.equal(model(x)[0], make_gpt(seed=5)(x)[0])


def test_files_of_another_variant_vocabulary_or_shape_are_refused(tmp_path):
    path = tmp_path / "model.params"
    save_parameters(make_gpt("synthesizer"), path)
    for model, complaint in [
        (make_gpt("vanilla"), "another attention variant"),
        (make_gpt("synthesizer", vocab_size=12), "corpus it was pretrained on"),
        (make_gpt("synthesizer", block_size=50), "use the --recipe"),
    ]:
        before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        with pytest.raises(InputError, match=complaint):
            load_parameters(model, path)
        assert all(torch.equal(before[name], t) for name, t in model.state_dict().items())


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


def test_files_that_are_no_parameters_are_refused_and_run_nothing(tmp_path):
    save_parameters(make_gpt(), tmp_path / "whole")
    (tmp_path / "cut").write_bytes((tmp_path / "whole").read_bytes()[:5000])
    (tmp_path / "text").write_text("hello")
    (tmp_path / "empty").write_bytes(b"")
    torch.save([1, 2], tmp_path / "list")
    (tmp_path / "bomb").write_bytes(pickle.dumps(Bomb(str(tmp_path / "exploded"))))
    torch.save({"tok_emb.weight": Bomb(str(tmp_path / "exploded"))}, tmp_path / "torch_bomb")
    for name in ["cut", "text", "empty", "list", "bomb", "torch_bomb", "missing"]:
        with pytest.raises(InputError, match=f"{name}: "):
            load_parameters(make_gpt(), tmp_path / name)
    assert not (tmp_path / "exploded").exists()


def test_a_failed_write_leaves_the_previous_file_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    path.write_text("before")
    with pytest.raises(RuntimeError):
        with write_atomically(path) as file:
            file.write("half")
            raise RuntimeError
    assert path.read_text() == "before" and os.listdir(tmp_path) == ["file"]
    with write_atomically(path) as file:
        file.write("after\n")
        assert path.read_text() == "before"
    assert path.read_bytes() == b"after\n" and os.listdir(tmp_path) == ["file"]


def test_a_link_keeps_pointing_at_the_file_that_is_written(tmp_path):
    (tmp_path / "real").write_text("before")
    (tmp_path / "link").symlink_to("real")
    with write_atomically(tmp_path / "link") as file:
        file.write("after")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "after"


def test_output_paths_that_cannot_work_are_refused(tmp_path):
    (tmp_path / "input").write_text("")
    os.mkfifo(tmp_path / "pipe")
    check_output_path(tmp_path / "fine", [tmp_path / "input", None])
    for path, complaint in [
        (tmp_path / "no" / "file", "does not exist"),
        (tmp_path, "not a regular file"),
        (tmp_path / "pipe", "not a regular file"),
        (tmp_path / "input", "also an input"),
    ]:
        with pytest.raises(InputError, match=complaint):
            check_output_path(path, [tmp_path / "input"])
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_seed_governs_every_generator():
    import random

    import numpy

    draws = []
    for _ in range(2):
        set_seed(11)
        draws.append((random.random(), numpy.random.rand(), torch.rand(1).item()))
    assert draws[0] == draws[1]


def test_device_names():
    assert choose_device("cpu").type == "cpu"
    assert choose_device().type == ("cuda" if torch.cuda.is_available() else "cpu")
    for name in ["nonsense", "cuda:99", "meta", "hpu", ""]:
        with pytest.raises(InputError, match="--device"):
            choose_device(name)
