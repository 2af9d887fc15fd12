"""What pretraining asks of the documents: a table of objectives, which the recipes name.

An objective is a function of the corpus, a CharCorruptionDataset, and of its own options, those
that cli.OPTIONS declares for it. It returns the dataset to train on.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import chain

from dataset import read_pairs
from objectives.masking import find_salient_spans, learn_policies
from objectives.phrases import LikelyPhrases, count_words, describe_phrases, find_cues
from objectives.recall import ClozeDataset, MixedDataset, TitleDataset
from recipes import RECIPES
from text.files import InputError
from text.formats import MAX_ANSWER
from text.titles import find_frames, index_titles, match_questions, split_title

FEW = 0.8  # the share of matched questions below which the user is warned
AT_ONCE = 20_000  # of so many documents all are looked at before the first step; of more,
SAMPLE = 5_000  # so many, nearly twice those of the shipped corpus
RARE = 0.05  # the share of askable documents in the sample below which all are looked at


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
        policies = learn_masking(answered, corpus.data, frames, finetune_corpus_path)
        choosers = [policy.choose for policy in policies]
    else:
        choosers = [{"salient": find_salient_spans, "random": find_no_spans}[masking]] * len(frames)
    known = {index for each in answered.values() for index, *_ in each} if ask == "unanswered" else set()
    rows = TitleRows(corpus, frames, choosers, known, masking == "random")
    asked, examples, silent = [], Counter(), Counter()
    sample = choose_sample(len(corpus.data))
    for index in sample:
        for number, frame in enumerate(frames, index * len(frames)):
            row, is_silent = rows.find(number)
            if row:
                asked.append(row)
                examples[frame] += 1
            silent[frame] += is_silent
    asked = choose_rows(rows, asked, sample, notes)
    if not asked:
        raise InputError(
            f"{corpus.source}: nothing to ask with --masking {masking} --ask {ask}: a document needs a "
            "title, a full stop after it, and a name or number to ask for"
        )
    if finetune_corpus_path:
        counts = [(f, examples[f] * sample.step, silent[f] * sample.step) for f in frames]
        notes += [describe_asking(*each, masking) for each in counts]
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


def ask_clozes(corpus, likely, cue_words, **examples):
    """A ClozeDataset: asks what a document tells of its title, in the document's own words. It sees
    the corpus and nothing else.

    likely: the most phrases that a document is asked for; cue_words: the most words of a cue; examples: of
    ClozeDataset.
    Raises InputError if there is nothing to ask.
    """
    sample = choose_sample(len(corpus.data))
    documents = corpus.data if sample.step == 1 else [corpus.data[index] for index in sample]
    words = count_words(documents)
    described = [describe_phrases(document, words) for document in documents]
    rows = ClozeRows(corpus.data, words, LikelyPhrases(described), likely, cue_words, sample)
    asked = [row for index, each in zip(sample, described) for row in rows.find(index, each, words)]
    notes, titled = [], sum(map(bool, described))
    filled = sum(1 for document in documents if document.strip())
    asked = choose_rows(rows, asked, sample, notes)
    if not asked:
        raise InputError(
            f"{corpus.source}: nothing to ask: a document needs a title, a full stop and a space after "
            "it, and then a name that begins with a capital letter"
        )
    if titled < FEW * filled:
        silent, filled = (filled - titled) * sample.step, filled * sample.step
        notes.append(
            f"warning: {corpus.source}: {silent:,} of {filled:,} documents have no title "
            "or name no one and nothing: they are not asked about"
        )
    return ClozeDataset(corpus, asked, **examples, notes=notes)


def choose_sample(documents):
    """The indices of the documents that are looked at before the first step, a range over all of them.

    Its step is odd: an even one would find either all or none of the empty lines, if every other line is empty.
    """
    return range(0, documents, 1 if documents <= AT_ONCE else -(-documents // SAMPLE) | 1)


def choose_rows(rows, found, sample, notes):
    """What a dataset asks: the rows that were found in the sample, if that is all there are; else `rows`,
    which are found when they are drawn. Adds to `notes` that it is so.

    If few documents of the sample have any, they are all found now: what is drawn would mostly be None.
    """
    if sample.step == 1:
        return found
    if len({index for index, *_ in found}) < RARE * len(sample):
        return [row for row in rows if row]
    notes.append(
        f"note: what is asked of a document is found when it is drawn; counts are estimates, by one in "
        f"{sample.step:,} documents"
    )
    return DrawnRows(rows, min(len(found) * sample.step, len(rows)))


class DrawnRows(Sequence):
    """`count` rows, drawn evenly from all over `rows`, so that an epoch is as long as if none were None.

    count: about how many are not. A row that is drawn may be None; then another is drawn in its place.
    """

    def __init__(self, rows, count):
        self.rows, self.count = rows, count

    def __len__(self):
        return self.count

    def __getitem__(self, number):
        return self.rows[(number * len(self.rows) + random.randrange(len(self.rows))) // self.count]


class TitleRows(Sequence):
    """The rows of TitleDataset, (index, prompt, spans), made when they are asked for: for each document one
    a frame, in this order, or None if it is not asked.

    choosers: for each frame a function (document, body) -> spans; left_out: the indices of documents that
    are not asked; any_span: whether to ask without spans.
    """

    def __init__(self, corpus, frames, choosers, left_out, any_span):
        self.documents, self.block_size = corpus.data, corpus.block_size
        self.frames, self.choosers, self.left_out, self.any_span = frames, choosers, left_out, any_span

    def __len__(self):
        return len(self.documents) * len(self.frames)

    def __getitem__(self, number):
        return self.find(number)[0]

    def find(self, number):
        """(the row, whether its document seems to have no answer)."""
        index, which = divmod(number, len(self.frames))
        document = self.documents[index]
        title, body = split_title(document)
        if not title.strip() or index in self.left_out:
            return None, False
        prompt, spans = title.join(self.frames[which]), self.choosers[which](document, body)
        fits = len(prompt) + MAX_ANSWER + 3 <= self.block_size  # the marks, and y's shift
        return (index, prompt, spans) if fits and (spans or self.any_span) else None, not spans


def find_no_spans(document, body):
    return []


class ClozeRows(Sequence):
    """The rows of ClozeDataset, (index, title, span, cue, telling), made when they are asked for: `likely` for
    each document, the last of them None if it is asked for fewer phrases.

    words: from count_words, of the documents in `sample`, indices; phrases: a LikelyPhrases of these.
    """

    def __init__(self, documents, words, phrases, likely, cue_words, sample):
        self.documents, self.words, self.phrases = documents, words, phrases
        self.likely, self.cue_words, self.sample = likely, cue_words, sample

    def __len__(self):
        return len(self.documents) * self.likely

    def __getitem__(self, number):
        index, which = divmod(number, self.likely)
        return self.find_all(index)[which]

    def __iter__(self):
        """Looks at each document once."""
        return chain.from_iterable(map(self.find_all, range(len(self.documents))))

    def find_all(self, index):
        """The `likely` rows of a document."""
        document, words = self.documents[index], self.words
        if index not in self.sample:  # a name that the sample lacks is one by its own document
            words = SumOfCounts(words, count_words([document]))
        rows = self.find(index, describe_phrases(document, words), words)
        return rows + [None] * (self.likely - len(rows))

    def find(self, index, described, words):
        """A document's rows without None, one for each phrase that it is asked for. described: its phrases."""
        document = self.documents[index]
        title, body = split_title(document)
        spans = self.phrases.choose(described, self.likely)
        cues = find_cues(document, body, spans, words, self.cue_words)
        return [(index, title, span, *cue) for span, cue in zip(spans, cues)]


class SumOfCounts:
    def __init__(self, *counters):
        self.counters = counters

    def __getitem__(self, word):
        return sum(counter[word] for counter in self.counters)


def match_pairs(documents, pairs, source, notes):
    """{frame: [(index of the document, start of its body, answer), ...]} of the pairs whose question
    holds a document's title. Adds to `notes` how many do.

    Raises InputError, which names the file `source`, if none does.
    """
    questions = [question for question, _ in pairs]
    matches = match_questions(questions, index_titles(documents, questions))
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
    """The MaskingPolicy of each frame, of learn_policies. Raises InputError, which names the pairs file
    `source`, if no answer is a span of its document.
    """
    policies = learn_policies(answered, documents, frames)
    if not any(policy.found for policy in policies):
        raise InputError(
            f"{source}: no answer is a name or number of its document, so there is nothing to learn: "
            "write the answers as the documents do, or use --masking salient"
        )
    return policies


OBJECTIVES = {
    "span_corruption": corrupt_spans,
    "titles": ask_titles,
    "clozes": ask_clozes,
}


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
