"""What pretraining asks of the documents: a table of objectives, which the recipes name.

An objective's `make` is a function of the corpus, a CharCorruptionDataset, and of its own options. It
returns the dataset to train on.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from tqdm import tqdm

from dataset import read_pairs
from objectives.masking import find_salient_spans, learn_policies
from objectives.phrases import LikelyPhrases, count_words, describe_phrases, find_cues
from objectives.recall import ClozeDataset, MixedDataset, QuestionDataset
from recipes import RECIPES
from text.files import InputError
from text.formats import MAX_ANSWER
from text.titles import find_templates, index_titles, match_questions, split_title

FEW = 0.8  # the share of matched questions below which the user is warned
MANY = 20_000  # documents: to look at them all takes seconds


def corrupt_spans(corpus):
    """The handout's objective: fill in a random span of a document."""
    return corpus


def ask_questions(corpus, masking=None, ask="all", finetune_corpus_path=None):
    """A QuestionDataset: asks what belongs to a document's title.

    masking: the span that is asked for: "random", "salient" (any name or number) or "learned" (the
    one that questions like those of the pairs file most probably ask for, unless the document most
    probably does not say it). None: learned with a pairs file, else salient. ask: of which documents:
    "all", or "unanswered", those that no pair answers.
    With a pairs file the title is asked about in each common template of its questions ("Where was TITLE
    born?"), else as it is.
    Raises InputError if no pair matches a document, if nothing can be learned from the pairs, or if
    nothing is left to ask.
    """
    notes, templates, answered = [], [("", "")], {}
    if finetune_corpus_path:
        pairs = read_pairs(corpus, finetune_corpus_path).pairs
        answered = match_pairs(corpus.data, pairs, finetune_corpus_path, notes)
        templates = find_templates(answered)
        masking = masking or "learned"
    elif ask != "all" or masking == "learned":
        option = "--masking learned" if ask == "all" else f"--ask {ask}"
        raise InputError(f"{option}: give the pairs too, as --finetune_corpus_path PATH")
    elif masking is None:
        notes.append("note: masking salient spans: to learn which to mask, give --finetune_corpus_path")
        masking = "salient"
    if masking == "learned":
        policies = learn_masking(answered, corpus.data, templates, finetune_corpus_path)
        choosers = [policy.choose for policy in policies]
    else:
        choosers = [{"salient": find_salient_spans, "random": find_no_spans}[masking]] * len(templates)
    known = {index for each in answered.values() for index, *_ in each} if ask == "unanswered" else set()
    asked, examples, silent = [], Counter(), Counter()
    for index, document in enumerate(watch(corpus.data)):
        title, body = split_title(document)
        if not title.strip() or index in known:
            continue
        for template, choose in zip(templates, choosers):
            prompt, spans = title.join(template), choose(document, body)
            silent[template] += not spans
            fits = len(prompt) + MAX_ANSWER + 3 <= corpus.block_size  # the marks, and y's shift
            if fits and (spans or masking == "random"):
                asked.append((index, prompt, spans))
                examples[template] += 1
    if not asked:
        raise InputError(
            f"{corpus.source}: nothing to ask with --masking {masking} --ask {ask}: a document needs a "
            "title, a full stop after it, and a name or number to ask for"
        )
    if finetune_corpus_path:
        notes += [describe_asking(f, examples[f], silent[f], masking) for f in templates]
        total, asked_alike = (sum(map(len, each)) for each in (answered.values(), map(answered.get, templates)))
        if asked_alike < FEW * total:
            notes.append(
                f"warning: {finetune_corpus_path}: {total - asked_alike:,} questions are phrased in ways "
                "that few others are: they are not asked"
            )
    return QuestionDataset(corpus, asked, notes)


def describe_asking(template, examples, silent, masking):
    """What a user is told of a template's questions. silent: how many documents have no span to ask for."""
    question = repr("NAME".join(template))
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
    # What the documents have in common shows which words are names and which phrases are likely.
    words = count_words(watch(corpus.data))
    described = [describe_phrases(document, words) for document in watch(corpus.data)]
    phrases = LikelyPhrases(described)
    asked, notes, titled, filled = [], [], sum(map(bool, described)), corpus.count_documents()
    for index, document in enumerate(watch(corpus.data)):
        title, body = split_title(document)
        spans = phrases.choose(described[index], likely)
        cues = find_cues(document, body, spans, words, cue_words)
        asked += [(index, title, span, *cue) for span, cue in zip(spans, cues)]
    if not asked:
        raise InputError(
            f"{corpus.source}: nothing to ask: a document needs a title, a full stop and a space after "
            "it, and then a name that begins with a capital letter"
        )
    if titled < FEW * filled:
        notes.append(
            f"warning: {corpus.source}: {filled - titled:,} of {filled:,} documents have no title "
            "or name no one and nothing: they are not asked about"
        )
    return ClozeDataset(corpus, asked, **examples, notes=notes)


def watch(documents):
    """Return the documents, for one look at each, with a progress bar if there are MANY."""
    return tqdm(documents, "looking at documents", disable=len(documents) < MANY, leave=False)


def find_no_spans(document, body):
    return []


def match_pairs(documents, pairs, source, notes):
    """{template: [(index of the document, start of its body, answer), ...]} of the pairs whose question
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
        answered[match.template].append((match.index, match.body, answer))
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


def learn_masking(answered, documents, templates, source):
    """The MaskingPolicy of each template, of learn_policies. Raises InputError, which names the pairs file
    `source`, if no answer is a span of its document.
    """
    policies = learn_policies(answered, documents, templates)
    if not any(policy.found for policy in policies):
        raise InputError(
            f"{source}: no answer is a name or number of its document, so there is nothing to learn: "
            "write the answers as the documents do, or use --masking salient"
        )
    return policies


@dataclass(frozen=True)
class Objective:
    """One thing that pretraining can ask.

    make: a function of the corpus and of `options`, names of options of the command line, that returns
    the dataset. reads_pairs: whether it learns from the training pairs what to ask. reach: a function of
    the corpus that returns the characters of a document that it can show to a model; None: all.
    """

    make: Callable
    options: tuple = ()
    reads_pairs: bool = False
    reach: Callable = lambda corpus: None


OBJECTIVES = {
    "span_corruption": Objective(corrupt_spans, reach=lambda corpus: corpus.longest),
    "questions": Objective(ask_questions, ("masking", "ask", "finetune_corpus_path"), reads_pairs=True),
    "clozes": Objective(ask_clozes),
}


def find_objective(recipe):
    """Return the Objective of a recipe's pretraining."""
    return OBJECTIVES[RECIPES[recipe]["objective"]]


def find_reach(corpus, recipe):
    """Return the characters of a document that the recipe's pretraining can show to a model; None: all."""
    return find_objective(recipe).reach(corpus)


def make_dataset(corpus, recipe, **options):
    """The pretraining dataset of a recipe. options: those of the command line that its objective takes."""
    return find_objective(recipe).make(corpus, **RECIPES[recipe].get("examples", {}), **options)


def make_finetuning_dataset(corpus, recipe, pairs):
    """For a pretrained model: the pairs, a dataset, and what the recipe replays of pretraining."""
    replay = RECIPES[recipe].get("replay")
    return MixedDataset(pairs, make_dataset(corpus, recipe), replay) if replay else pairs
