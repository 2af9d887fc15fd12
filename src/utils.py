"""Seeds, devices, sampling, scoring and files."""

import io
import os
import pickletools
import random
import tempfile
import zipfile
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence

from dataset import MASK_CHAR, MASK_ID, MAX_ANSWER, InputError, parse_pairs, read_text


def set_seed(seed):
    """Seeds every random number generator in use: Python's, numpy's, torch's on all devices."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def choose_device(name=None):
    """The torch.device called `name`; without a name CUDA if there is one, else the CPU.

    Raises InputError for a name that torch doesn't know or a device that isn't there.
    """
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        if device.type in ("cpu", "cuda"):
            torch.empty(0, device=device)
            return device
    except (RuntimeError, AssertionError):
        pass
    raise InputError(f"device {name!r}: not on this machine: try --device cpu")


@torch.no_grad()
def sample(model, x, steps, temperature=1.0, sample=False, top_k=None, stop=None, lengths=None):
    """Continues the ids x (B, T) by `steps` characters; returns (B, T + steps), or fewer columns
    where every row has produced the id `stop` before. A row that has goes on with `stop`.

    Each character is the most probable one, or, with sample=True, drawn from the distribution at
    `temperature`, cut to the top_k most probable. The model sees at most the last block_size - 1
    characters, all that the synthesizer has positions for. Puts the model in evaluation mode.
    lengths: (B,), of rows that are shorter than T: what stands behind is skipped. They must have
    room, T + steps < block_size.
    """
    model.eval()
    window = model.get_block_size() - 1
    if lengths is None:
        lengths = torch.full((len(x),), x.size(1), device=x.device)
    elif x.size(1) + steps > window:
        raise ValueError(f"{x.size(1)} and {steps} characters: with lengths {window} at most")
    cache = model.new_cache()
    out = x
    rows = torch.arange(len(x), device=x.device)  # of `out`: those in x
    running = torch.ones(len(x), dtype=torch.bool, device=x.device)
    for step in range(steps):
        if x.size(1) > window:  # positions move, and what a cache holds was computed at the old ones
            logits = model(x[:, -window:])[0][:, -1]  # (rows, vocab_size)
        elif step == 0:
            logits = read_prompts(model, x, lengths, cache)
        else:
            logits = model(x[:, -1:], cache=cache)[0][:, -1]
        logits = logits / temperature
        if top_k is not None:
            lowest = logits.topk(min(top_k, logits.size(-1))).values[:, -1:]
            logits = logits.masked_fill(logits < lowest, float("-inf"))
        if sample:
            new = torch.multinomial(logits.softmax(-1), num_samples=1)
        else:
            new = logits.argmax(-1, keepdim=True)  # (rows, 1)
        x = torch.cat((x, new), dim=1)
        if stop is None:
            out = x
            continue
        column = torch.full_like(out[:, :1], stop)
        column[rows] = new.where(running[:, None], stop)
        out = torch.cat((out, column), dim=1)
        running &= new[:, 0] != stop
        if not running.any():
            break
        if running.sum() <= len(rows) / 2:  # go on with these only
            rows, x = rows[running], x[running]
            cache.keep_rows(running)
            running = running[running]
    return out


def read_prompts(model, x, lengths, cache):
    """Logits (B, vocab_size) of the character after each of the prompts x (B, T), whose lengths are
    (B,); fills the cache. What all begin with is read once.
    """
    shared = 0
    if len(x) > 1:
        alike = (x == x[0]).all(0)[: int(lengths.min()) - 1]
        shared = int(alike.cumprod(0).sum())
    if shared:
        model(x[:1, :shared], cache=cache)
    last = torch.arange(x.size(1), device=x.device) == lengths[:, None] - 1  # (B, T)
    logits, _ = model(x[:, shared:], cache=cache, where=last[:, shared:])
    cache.lengths = lengths[:, None]
    return logits


def predict(model, dataset, questions, device, batch_size=128):
    """The model's answer to each question: a list of one-line strings, in order.

    dataset: the CharCorruptionDataset with the vocabulary. An answer is what is generated between
    the first ⁇, which ends the prompt, and the second, MAX_ANSWER characters at most. Characters
    that the vocabulary lacks are left out of the question.
    """
    prompts = [
        dataset.encode([c for c in question if c in dataset.stoi] + [MASK_CHAR])
        for question in questions
    ]
    room = model.get_block_size() - 1 - MAX_ANSWER
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    short = [i for i in order if len(prompts[i]) <= room]
    batches = [short[i : i + batch_size] for i in range(0, len(short), batch_size)]
    batches += [[i] for i in order[len(short) :]]
    answers = [""] * len(questions)
    for batch in batches:
        lengths = torch.tensor([len(prompts[i]) for i in batch], device=device)
        x = pad_sequence([prompts[i] for i in batch], batch_first=True).to(device)
        out = sample(model, x, MAX_ANSWER, stop=MASK_ID, lengths=lengths if len(batch) > 1 else None)
        for i, ids in zip(batch, out[:, x.size(1) :].tolist()):
            answer = dataset.decode(ids).split(MASK_CHAR)[0]
            answers[i] = " ".join(answer.splitlines())
    return answers


def read_questions(path):
    """(questions, answers) of a pairs file, line by line; answers is None if no row has one.

    Raises InputError if there is no line, or only some rows have an answer (blank lines aside).
    """
    rows = parse_pairs(read_text(path), path)
    if not rows:
        raise InputError(f"{path}: no questions in it: give a file of one question a line")
    questions = [question for question, _ in rows]
    answers = [answer for _, answer in rows]
    if all(answer is None for answer in answers):
        return questions, None
    for number, (question, answer) in enumerate(rows, 1):
        if answer is None and question.strip():
            raise InputError(f"{path}, line {number}: no answer, though other rows have one")
    return questions, answers


def evaluate_places(filepath, predicted_places):
    """(total, correct): how many of the file's answers there are and how many are predicted.

    predicted_places: one string for each line of the pairs file. (0, 0) if it has no answers.
    Raises ValueError if there are more or fewer predictions than lines.
    """
    questions, answers = read_questions(filepath)
    if len(predicted_places) != len(questions):
        raise ValueError(f"{len(predicted_places)} predictions for {len(questions)} lines")
    return (0, 0) if answers is None else count_correct(answers, predicted_places)


def count_correct(answers, predictions):
    """(total, correct) of two lists of the same length; an answer that is None isn't counted."""
    pairs = [(a, p) for a, p in zip(answers, predictions) if a is not None]
    return len(pairs), sum(answer == predicted for answer, predicted in pairs)


@contextmanager
def write_atomically(path, mode="w"):
    """Opens a temporary file beside `path` that takes its place when the block ends well.

    If the block fails the file at `path` stays as it was. Raises InputError if it can't be written.
    """
    path = Path(os.path.realpath(path))
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    text = {} if "b" in mode else {"encoding": "utf-8", "newline": "\n"}
    try:
        with open(temporary, mode, **text) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}: make room, or give another path") from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    with suppress(OSError):  # not every disk can; where it does the renaming survives a power cut
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def check_output_path(path, inputs=()):
    """Raises InputError unless a file can be written at `path` without harm to the `inputs`."""
    target = Path(os.path.realpath(path))
    try:
        if not target.parent.is_dir():
            raise InputError(f"{path}: folder {target.parent} does not exist: create it first")
        if target.exists() and not target.is_file():
            raise InputError(f"{path}: not a regular file: give the path of a file")
        for each in map(os.path.realpath, filter(None, inputs)):
            if target == Path(each) or (
                target.exists() and os.path.exists(each) and target.samefile(each)
            ):
                raise InputError(f"{path}: is also an input: give the output another path")
        # The only sure test: permissions don't tell of read-only disks.
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except OSError as error:
        raise InputError(
            f"{path}: can't write in {target.parent} ({error.strerror}): give another path"
        ) from None


def save_parameters(model, path):
    """Writes the model's state dict to `path`, as CPU tensors."""
    save_tensors({name: tensor.cpu() for name, tensor in model.state_dict().items()}, path)


def save_tensors(content, path):
    """Writes `content`, of tensors and plain Python objects, so that a crash spares the last file."""
    # Serialised in memory first, so that a full disk is met by the file and not within torch.save.
    buffer = io.BytesIO()
    torch.save(content, buffer)
    with write_atomically(path, "wb") as file:
        file.write(buffer.getbuffer())


# What torch.save writes into the pickle of tensors in plain containers.
PICKLED = {"collections OrderedDict", "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_parameter"}
PICKLED |= {
    f"torch {kind}Storage"
    for kind in "Float Double Half BFloat16 Long Int Short Char Byte Bool".split()
}


def load_tensors(path, limit, kind="parameter file", advice="train it anew"):
    """What torch.save wrote to `path`, if it consists of tensors and plain Python objects.

    The file may come from a stranger: nothing in it is run, and none is read that would take more
    than `limit` bytes of memory. Raises InputError for any other file; kind and advice say which
    file it should be and what to do.
    """
    no_such_file = InputError(f"{path}: not a {kind}, or cut short: {advice}")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            size = sum(member.file_size for member in members)
            if size > limit:
                raise InputError(
                    f"{path}: its {size:,} bytes are more than such a model can have ({limit:,}): "
                    "use the --recipe it was trained with"
                )
            pickles = [archive.read(each) for each in members if each.filename.endswith(".pkl")]
        # Even with weights_only a pickle could ask for any amount of memory: let it name tensors only.
        (pickled,) = pickles
        for opcode, argument, _ in pickletools.genops(pickled):
            if opcode.name in ("GLOBAL", "STACK_GLOBAL") and argument not in PICKLED:
                raise no_such_file
        return torch.load(path, map_location="cpu", weights_only=True)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}: give the path of a {kind}") from None
    except Exception:  # zipfile and torch raise many kinds for a file that isn't theirs
        raise no_such_file from None


def load_parameters(model, path):
    """Reads a state dict into `model`; the constant attention masks may be absent from it.

    Raises InputError if the file isn't one, holds numbers that are not finite, or belongs to another
    variant, vocabulary or shape.
    """
    expected = model.state_dict()
    # float64 at most, and room for the names.
    state = load_tensors(path, 2 * count_bytes(model) + 2**20)
    if not isinstance(state, dict) or not all(map(is_parameter, state.items())):
        raise InputError(f"{path}: holds no plain state dict: give a file that run.py wrote")
    masks = {name for name in expected if name.endswith("attn.mask")}
    parameters = {name: tensor for name, tensor in state.items() if name not in masks}
    complaint = compare_states(parameters, {n: t for n, t in expected.items() if n not in masks})
    if complaint:
        raise InputError(f"{path}: {complaint}")
    name = find_non_finite(parameters)
    if name:
        raise InputError(f"{path}: {name} holds numbers that are not finite: train it anew")
    model.load_state_dict({**parameters, **{name: expected[name] for name in masks}})


def is_parameter(item):
    """Whether (name, tensor) of a state dict may be a model's parameter or buffer."""
    name, tensor = item
    return (
        isinstance(name, str)
        and type(tensor) in (torch.Tensor, torch.nn.Parameter)
        and (tensor.layout, tensor.device.type) == (torch.strided, "cpu")
        and (tensor.is_floating_point() or name.endswith("attn.mask"))
    )


def find_non_finite(state):
    """The name of a tensor in `state` that holds NaN or infinity, or None."""
    return next((name for name, tensor in state.items() if not tensor.isfinite().all()), None)


def count_bytes(model):
    """The size of a model's parameters and buffers in memory."""
    return sum(tensor.nbytes for tensor in model.state_dict().values())


def compare_states(found, expected):
    """What is wrong with a state dict for a model that expects another, and what to do; or None."""
    blocks = [
        len({name.split(".")[1] for name in state if name.startswith("blocks.")})
        for state in (found, expected)
    ]
    if blocks[0] and blocks[0] != blocks[1]:
        return f"a model of {blocks[0]} blocks, not {blocks[1]}: use the --recipe it was trained with"
    strange = found.keys() ^ expected.keys()
    if strange and all(".attn." in name for name in strange):
        return "parameters of another attention variant: name the one it was trained with"
    if strange:
        return "parameters of another kind of model: give a file that run.py wrote"
    for name in sorted(expected):
        shape, wanted = list(found[name].shape), list(expected[name].shape)
        if shape == wanted:
            continue
        if name in ("tok_emb.weight", "head.weight") and shape[1:] == wanted[1:]:
            advice = "name the corpus it was pretrained on"
        else:
            advice = "use the --recipe it was trained with"
        return f"{name} is {shape}, this model's is {wanted}: {advice}"
    return None
