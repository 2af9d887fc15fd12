"""What pretraining asks of the documents: a table of objectives, which the recipes name.

An objective is a function of the corpus, a CharCorruptionDataset, and of its own options, those
that cli.OPTIONS declares for it. It returns the dataset to train on.
"""

from collections import Counter, defaultdict

from dataset import read_pairs
from files import InputError
from formats import MAX_ANSWER
from masking import MaskingPolicy, find_salient_spans
from phrases import choose_phrases
from recall import ClozeDataset, MixedDataset, TitleDataset
from recipes import RECIPES
from titles import find_frames, index_titles, match_questions, split_title

ENOUGH = 100  # answers from which a frame gets a masking policy of its own
FEW = 0.8  # the share of matched questions below which the user is warned


def corrupt_spans(corpus):
    """The handout's objective: fill in a random span of a document."""
    return corpus


def ask_titles(corpus, masking=None, ask="all", finetune_corpus_path=None):
    """A TitleDataset: asks what belongs to a document's title.

    masking: the span that is asked for: "random", "salient" (any name or number) or "learned" (the
    one that questions like those of the pairs file most probably ask for, unless the document most
    probably does not say it). None: learned with a pairs file, else salient. ask: of which documents:
    "all", or "unanswered", those that no pair answers.
    With a pairs file the title is asked about in each common frame of its questions ("Where was TITLE
    born?"), else as it is.
    Raises InputError if no pair matches a document, if nothing can be learned from the pairs, or if
    nothing is left to ask.
    """
    notes, frames, answered = [], [("", "")], {}
    if finetune_corpus_path:
        pairs = read_pairs(corpus, finetune_corpus_path).pairs
        answered = match_pairs(corpus.data, pairs, finetune_corpus_path, notes)
        frames = find_frames(answered)
        masking = masking or "learned"
    elif ask != "all" or masking == "learned":
        option = "--masking learned" if ask == "all" else f"--ask {ask}"
        raise InputError(f"{option}: give the pairs too, as --finetune_corpus_path PATH")
    elif masking is None:
        notes.append("note: masking salient spans: to learn which to mask, give --finetune_corpus_path")
        masking = "salient"
    if masking == "learned":
        choosers = learn_masking(answered, corpus.data, frames, finetune_corpus_path)
    else:
        choosers = [{"salient": find_salient_spans, "random": lambda document, body: []}[masking]] * len(frames)
    known = {index for each in answered.values() for index, *_ in each}
    asked, examples, silent = [], Counter(), Counter()
    for index, document in enumerate(corpus.data):
        title, body = split_title(document)
        if not title.strip() or (ask == "unanswered" and index in known):
            continue
        for frame, choose in zip(frames, choosers):
            prompt, spans = title.join(frame), choose(document, body)
            fits = len(prompt) + MAX_ANSWER + 3 <= corpus.block_size  # the marks, and y's shift
            if fits and (spans or masking == "random"):
                asked.append((index, prompt, spans))
                examples[frame] += 1
            silent[frame] += not spans
    if not asked:
        raise InputError(
            f"{corpus.source}: nothing to ask with --masking {masking} --ask {ask}: a document needs a "
            "title, a full stop after it, and a name or number to ask for"
        )
    if finetune_corpus_path:
        notes += [describe_asking(frame, examples[frame], silent[frame], masking) for frame in frames]
        total, asked_alike = (sum(map(len, each)) for each in (answered.values(), map(answered.get, frames)))
        if asked_alike < FEW * total:
            notes.append(
                f"warning: {finetune_corpus_path}: {total - asked_alike:,} questions are phrased in ways "
                "that few others are: they are not asked"
            )
    return TitleDataset(corpus, asked, notes)


def describe_asking(frame, examples, silent, masking):
    """What a user is told of a frame's questions. silent: how many documents have no span to ask for."""
    question = repr("NAME".join(frame))
    if not examples:
        return f"warning: no document seems to answer {question}: it is not asked"
    left_out = f"; {silent:,} do not seem to answer it" if silent and masking == "learned" else ""
    return f"asking {question} of {examples:,} documents{left_out}"


def ask_clozes(corpus, likely, **examples):
    """A ClozeDataset: asks what a document tells of its title, in the document's own words. It sees
    the corpus and nothing else.

    likely: of choose_phrases, which chooses what is asked for; examples: of ClozeDataset.
    Raises InputError if there is nothing to ask.
    """
    asked, documents = [], 0
    for index, spans in enumerate(choose_phrases(corpus.data, likely)):
        documents += bool(corpus.data[index].strip())
        if spans:
            asked.append((index, *split_title(corpus.data[index]), spans))
    if not asked:
        raise InputError(
            f"{corpus.source}: nothing to ask: a document needs a title, a full stop and a space after "
            "it, and then a name that begins with a capital letter"
        )
    notes = []
    if len(asked) < FEW * documents:
        notes.append(
            f"warning: {corpus.source}: {documents - len(asked):,} of {documents:,} documents have no title "
            "or name no one and nothing: they are not asked about"
        )
    return ClozeDataset(corpus, asked, **examples, notes=notes)


def match_pairs(documents, pairs, source, notes):
    """{frame: [(index of the document, start of its body, answer), ...]} of the pairs whose question
    holds a document's title. Adds to `notes` how many do.

    Raises InputError, which names the file `source`, if none does.
    """
    matches = match_questions([question for question, _ in pairs], index_titles(documents))
    answered, unmatched, found, missing = defaultdict(list), [], 0, None
    for (question, answer), match in zip(pairs, matches):
        if match is None:
            unmatched.append(question)
            continue
        answered[match.frame].append((match.index, match.body, answer))
        if answer in documents[match.index]:
            found += 1
        else:
            missing = missing or (question, answer)
    if len(unmatched) == len(pairs):
        raise InputError(
            f"{source}: no question holds the title of a document, for example {unmatched[0]!r}: "
            "a document begins with its title and a full stop, as in 'Ada Lovelace. '"
        )
    matched = len(pairs) - len(unmatched)
    notes.append(
        f"{matched:,} of {len(pairs):,} pairs match a document; {found:,} answers stand in it"
    )
    if found < FEW * matched:
        question, answer = missing
        notes.append(
            f"warning: {source}: {matched - found:,} answers are not in their document, for example "
            f"{answer!r} to {question!r}"
        )
    if matched < FEW * len(pairs):
        notes.append(
            f"warning: {source}: {len(unmatched):,} questions hold no title of a document, for example "
            f"{unmatched[0]!r}"
        )
    return answered


def learn_masking(answered, documents, frames, source):
    """For each frame a function (document, body) -> spans to ask for. answered: from match_pairs.

    A frame has a policy of its own if there are several and it has enough answers. Otherwise it has
    the one that is learned from all answers together. Raises InputError, which names the pairs file
    `source`, if no answer is a span of its document.
    """
    everything = [row for rows in answered.values() for row in rows]
    alone = [f for f in frames if len(frames) > 1 and len(answered[f]) >= ENOUGH]
    learned = {
        frame: MaskingPolicy(
            [(documents[index], body, answer) for index, body, answer in rows], joins=frame in alone
        )
        for frame, rows in [(None, everything), *((f, answered[f]) for f in alone)]
    }
    if not learned[None].found:
        raise InputError(
            f"{source}: no answer is a name or number of its document, so there is nothing to learn: "
            "write the answers as the documents do, or use --masking salient"
        )
    return [learned.get(frame, learned[None]).choose for frame in frames]


OBJECTIVES = {
    "span_corruption": corrupt_spans,
    "titles": ask_titles,
    "clozes": ask_clozes,
}


def reads_pairs(recipe):
    """Whether the pretraining of a recipe learns from the training pairs what to ask."""
    return RECIPES[recipe]["objective"] == "titles"


def find_reach(corpus, recipe):
    """The characters of a document that pretraining by the recipe can show to a model; None: all."""
    return corpus.longest if RECIPES[recipe]["objective"] == "span_corruption" else None


def make_dataset(corpus, recipe, **options):
    """The pretraining dataset of a recipe. options: those of the command line that its objective takes."""
    row = RECIPES[recipe]
    return OBJECTIVES[row["objective"]](corpus, **row.get("examples", {}), **options)


def make_finetuning_dataset(corpus, recipe, pairs):
    """For a pretrained model: the pairs, a dataset, and what the recipe replays of pretraining."""
    replay = RECIPES[recipe].get("replay")
    return MixedDataset(pairs, make_dataset(corpus, recipe), replay) if replay else pairs
