"""A fact is fetched at the name in the first layers, and read off at the end in the last ones.

Meng et al. 2022, Locating and Editing Factual Associations in GPT (arXiv 2202.05262)
Geva et al. 2021, Transformer Feed-Forward Layers Are Key-Value Memories (arXiv 2012.14913)

    python lab/tracing.py [--seed 0] [--quick]

Layer 0 is the embedding. "Readable" (the logit lens) are the questions in which the first letter of
the answer is the most probable one if the last position skips the other layers. "Recovered": noise
spoils the embeddings of the name; then the output of one layer at one part of the prompt is
put back as it was without noise. It is the share of the letter's lost probability that comes back.
"""

import sys
from collections import Counter
from contextlib import ExitStack, contextmanager

import torch
from frame import VOCABULARY, ask_places, invent_people, main, train

NOISE = 3  # standard deviations of the embeddings, as in the paper
SAMPLES = 8  # of the noise, for each question
PARTS = ("first name", "last name", "words after", "end mark")


def find_parts(read, name):
    """Return {part: its positions, a slice} of a prompt, which ends in its mark."""
    start, last = read.index(name), len(read) - 1
    space, end = start + name.index(" "), start + len(name)
    spans = ((start, space), (space, end), (end, last), (last, len(read)))
    return {part: slice(*span) for part, span in zip(PARTS, spans)}


@contextmanager
def hooked(module, change):
    """Let change(output) stand for the module's output, unless it is None."""
    handle = module.register_forward_hook(lambda module, inputs, output: change(output))
    try:
        yield
    finally:
        handle.remove()


def rank(logits, target):
    """Return the place of an id among the logits (vocab_size,): 1 for the highest."""
    return 1 + int((logits > logits[target]).sum())


def recover(clean, spoilt, restored):
    """Return the share of the lost probability, clean - spoilt, that came back."""
    return (restored - spoilt) / (clean - spoilt)


def trace(model, read, name, target, noise):
    """Return {what: probability of the id `target`, or a rank} for one prompt.

    Keys: "clean", "spoilt", (part, layer) with this output put back, and layer for the rank.
    noise: (SAMPLES, T, C).
    """
    parts, layers = find_parts(read, name), [model.drop, *model.blocks]
    x = VOCABULARY.encode(read)[None].expand(len(noise), -1)  # (SAMPLES, T)

    def run():
        return model(x)[0][:, -1].softmax(-1)[:, target].mean().item()

    # Run without noise, keep the outputs (SAMPLES, T, C), and read the last position off.
    kept = []
    with ExitStack() as stack:
        for layer in layers:
            stack.enter_context(hooked(layer, kept.append))
        found = {"clean": run()}
    for number, output in enumerate(kept):
        found[number] = rank(model.head(model.ln_f(output[0, -1])), target)
    # Run with noise at the name, and put one output after the other back.
    spoil = torch.zeros_like(noise)
    name_at = slice(parts["first name"].start, parts["last name"].stop)
    spoil[:, name_at] = noise[:, name_at]
    with hooked(model.drop, lambda output: output + spoil):
        found["spoilt"] = run()
        for part, span in parts.items():
            for number, layer in enumerate(layers):

                def restore(output, span=span, number=number):
                    return output.slice_scatter(kept[number][:, span], 1, span.start, span.stop)

                with hooked(layer, restore):
                    found[part, number] = run()
    return found


def measure(seed, people, exposures, traced, variants=("vanilla", "synthesizer"), **shape):
    names, places = invent_people(people, seed)
    facts = ask_places(names, places)
    for variant in variants:
        model = train(facts, exposures, seed, variant=variant, **shape).eval()
        # Sum over some questions the probabilities, and how often the letter is readable.
        sums, readable, layers = Counter(), Counter(), range(1 + len(model.blocks))
        generator = torch.Generator().manual_seed(seed)
        scale = NOISE * model.tok_emb.weight.std()
        for name, (read, learned) in zip(names[:traced], facts):
            noise = torch.randn(SAMPLES, len(read), model.config.n_embd, generator=generator)
            with torch.no_grad():
                found = trace(model, read, name, VOCABULARY.stoi[learned[0]], scale * noise)
            readable.update(layer for layer in layers if found[layer] == 1)
            sums.update(found)
        for layer in layers:
            yield f"{variant}: readable", "at the end mark", layer, 100 * readable[layer] / traced
        for part in PARTS:
            for layer in layers:
                share = recover(sums["clean"], sums["spoilt"], sums[part, layer])
                yield f"{variant}: recovered", part, layer, 100 * share


FULL = dict(people=120, exposures=48, traced=30, n_layer=4)
QUICK = dict(people=8, exposures=2, traced=1, n_embd=16, n_layer=1, variants=["vanilla"])

if __name__ == "__main__":
    sys.exit(main(measure, FULL, QUICK, "layer", "share, %"))
