"""What pretraining asks of the documents: a table of objectives, which the recipes name.

An objective is a function of the corpus, a CharCorruptionDataset, and of its own options, those
that cli.OPTIONS declares for it. It returns the dataset to train on.
"""

from collections import defaultdict

from dataset import TitleDataset, read_pairs
from files import InputError
from formats import MAX_ANSWER
from masking import MaskingPolicy, find_salient_spans
from titles import find_frames, index_titles, match_questions, split_title

ENOUGH = 100  # answers from which a frame gets a masking policy of its own
FEW = 0.8  # the share of matched questions below which the user is warned


def corrupt_spans(corpus):
    """The handout's objective: fill in a random span of a document."""
    return corpus


def ask_titles(corpus, masking="learned", ask="all", finetune_corpus_path=None):
    """A TitleDataset: asks what belongs to a document's title.

    masking: the span that is asked for: "random", "salient" (any name or number) or "learned" (the
    one that questions like those of the pairs file most probably ask for). ask: of which documents:
    "all", or "unanswered", those that no pair answers. With a pairs file the title is asked about in
    each common frame of its questions ("Where was TITLE born?"), else as it is.
    Raises InputError if no pair matches a document, or if nothing is left to ask.
    """
    notes, frames, answered = [], [("", "")], {}
    if finetune_corpus_path:
        pairs = read_pairs(corpus, finetune_corpus_path).data
        answered = match_pairs(corpus.data, pairs, finetune_corpus_path, notes)
        frames = find_frames(answered)
    elif ask != "all":
        raise InputError(f"--ask {ask}: give the pairs too, as --finetune_corpus_path PATH")
    elif masking == "learned":
        notes.append("note: masking salient spans: to learn which to mask, give --finetune_corpus_path")
        masking = "salient"
    if masking == "learned":
        choosers = learn_masking(answered, corpus.data, frames)
    else:
        choosers = [{"salient": find_salient_spans, "random": list_nothing}[masking]] * len(frames)
    known = {index for each in answered.values() for index, *_ in each}
    asked = []
    for index, document in enumerate(corpus.data):
        title, body = split_title(document)
        if not title.strip() or (ask == "unanswered" and index in known):
            continue
        for (prefix, suffix), choose in zip(frames, choosers):
            prompt, spans = prefix + title + suffix, choose(document, body)
            fits = len(prompt) + MAX_ANSWER + 3 <= corpus.block_size  # the marks, and y's shift
            if fits and (spans or masking == "random"):
                asked.append((index, prompt, spans))
    if not asked:
        raise InputError(
            f"{corpus.source}: nothing to ask with --masking {masking} --ask {ask}: no document is left "
            "that has a title, a full stop behind it, and a name or number to ask for"
        )
    if finetune_corpus_path:
        notes.append(f"asking {' and '.join(repr('NAME'.join(frame)) for frame in frames)}")
    return TitleDataset(corpus, asked, notes)


def list_nothing(document, body):
    return []


def match_pairs(documents, pairs, source, notes):
    """{frame: [(index of the document, start of its body, answer), ...]} of the pairs whose question
    holds a document's title. Adds to `notes` how many do.

    Raises InputError, which names the file `source`, if none does.
    """
    matches = match_questions([question for question, _ in pairs], index_titles(documents))
    answered, unmatched, found = defaultdict(list), [], 0
    for (question, answer), match in zip(pairs, matches):
        if match is None:
            unmatched.append(question)
            continue
        answered[match.frame].append((match.index, match.body, answer))
        found += answer in documents[match.index]
    if len(unmatched) == len(pairs):
        raise InputError(
            f"{source}: no question holds the title of a document, for example {unmatched[0]!r}: "
            "a document begins with its title and a full stop, as in 'Ada Lovelace. '"
        )
    matched = len(pairs) - len(unmatched)
    notes.append(
        f"{matched:,} of {len(pairs):,} pairs match a document, which holds the answer of {found:,}"
    )
    if matched < FEW * len(pairs):
        notes.append(
            f"warning: {source}: {len(unmatched):,} questions hold no title of a document, for example "
            f"{unmatched[0]!r}"
        )
    return answered


def learn_masking(answered, documents, frames):
    """For each frame a function (document, body) -> spans to ask for. answered: from match_pairs.

    A frame has a policy of its own if there are several and it has enough answers. Otherwise it has
    the one that is learned from all answers together.
    """
    everything = [row for rows in answered.values() for row in rows]
    alone = [f for f in frames if len(frames) > 1 and len(answered[f]) >= ENOUGH]
    learned = {
        frame: MaskingPolicy([(documents[index], body, answer) for index, body, answer in rows])
        for frame, rows in [(None, everything), *((f, answered[f]) for f in alone)]
    }
    return [learned.get(frame, learned[None]).choose for frame in frames]


OBJECTIVES = {
    "span_corruption": corrupt_spans,
    "titles": ask_titles,
}
