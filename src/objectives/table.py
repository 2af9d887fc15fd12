"""List what pretraining can ask of the documents: the objectives, which the recipes name.

A new objective is a function of the corpus, a CharCorruptionDataset, that returns the dataset to
train on, and a row of OBJECTIVES at the end.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from tqdm.auto import tqdm

from dataset import read_pairs
from objectives.masking import find_salient_spans, learn_policies, read_spans
from objectives.phrases import LikelyPhrases, count_words, describe_phrases, find_cues
from objectives.recall import ClozeDataset, MixedDataset, QuestionDataset
from recipes import RECIPES
from text.files import InputError
from text.formats import MAX_ANSWER
from text.questions import SPELLINGS, Phrasing
from text.titles import split_title

MANY = 20_000  # documents: to look at them all takes seconds


def ask_questions(corpus, masking=None, ask="all", finetune_corpus_path=None):
    """Make a QuestionDataset: ask what belongs to each document's title.

    masking: the span that is asked for: "random", "salient" (any name or number) or "learned" (the
    one that the pairs' questions most probably ask for, unless the document probably does not say
    it). None: learned with a pairs file, else salient. ask: "all" documents, or the "unanswered"
    ones, which no pair answers. With a pairs file a prompt is the title in each common template of
    its questions ("Where was TITLE born?"), else the title alone.
    Raises InputError if no pair matches a document, if nothing can be learned from the pairs, or if
    nothing is left to ask.
    """
    # Match the pairs with documents, which gives templates, answers and the spelling of names.
    notes, templates, answered, phrasing = [], [("", "")], {}, None
    if finetune_corpus_path:
        pairs = read_pairs(corpus, finetune_corpus_path).pairs
        phrasing = Phrasing(corpus.data, [question for question, _ in pairs])
        answered = match_pairs(phrasing, pairs, finetune_corpus_path, notes)
        templates = phrasing.templates
        masking = masking or "learned"
    elif ask != "all" or masking == "learned":
        option = "--masking learned" if ask == "all" else f"--ask {ask}"
        raise InputError(f"{option}: give the pairs too, as --finetune_corpus_path PATH")
    elif masking is None:
        masking = "salient"
        advice = "to learn which to mask, give --finetune_corpus_path"
        notes.append(f"note: masking salient spans: {advice}")
    # Learn how each template chooses the spans of a document.
    if masking == "learned":
        policies = learn_masking(answered, corpus.data, templates, finetune_corpus_path, notes)
        choosers = [policy.choose for policy in policies]
    else:
        choose = find_salient_spans if masking == "salient" else lambda document, body: []
        choosers = [choose] * len(templates)
    # Ask of each document in every template.
    known = {index for rows in answered.values() for index, *_ in rows if ask == "unanswered"}
    asked, counts, too_long = [], Counter(), []
    for index, document in enumerate(watch(corpus.data)):
        name, body = split_title(document, phrasing.abbreviations if phrasing else ())
        if not name or index in known:
            continue
        if phrasing:  # the title that a question holds, spelt as questions spell titles
            body = phrasing.bodies.get(index, body)
            name = phrasing.spell(document, body)
        for template, choose in zip(templates, choosers):
            prompt, found = name.join(template), choose(document, body)
            room = corpus.block_size - 3 - len(prompt)  # without the marks, and y's shift
            spans = [(start, end) for start, end in found if end - start <= room]
            if spans or (masking == "random" and room >= MAX_ANSWER):
                asked.append((index, prompt, spans))
                counts[template] += 1
            elif found:
                too_long.append(prompt)
    if not asked:
        raise InputError(
            f"{corpus.source}: nothing to ask with --masking {masking} --ask {ask}: a document "
            "needs a title, a full stop after it, and a name or number to ask for"
        )
    for each in templates if finetune_corpus_path else ():
        notes.append(f"asking {'NAME'.join(each)!r} of {counts[each]:,} documents")
    prompts = Counter(prompt for _, prompt, _ in asked)
    doubles = [prompt for prompt, number in prompts.items() if number > 1]
    for what, found in (("too long to be asked", too_long), ("of several documents", doubles)):
        if found:
            notes.append(f"note: {len(found):,} questions are {what}, such as {found[0]!r}")
    return QuestionDataset(corpus, asked, notes)


def match_pairs(phrasing, pairs, source, notes):
    """Match pairs with documents, by the Phrasing of their questions.

    Returns {template: [(index of the document, start of its body, answer), ...]}, and adds counts
    to `notes`. Raises InputError, which names the file `source`, if nothing matches.
    """
    answered, unmatched, changed, rare = defaultdict(list), [], [], []
    for (question, answer), match in zip(pairs, phrasing.matches):
        if match:
            answered[match.template].append((*match.place, answer))
            asked = phrasing.ask(match.place, match.template)
            if match.template not in phrasing.templates:
                rare.append(question)
            elif asked != question:
                changed.append(f"{question!r} as {asked!r}")
        else:
            unmatched.append(question)
    if not answered:
        raise InputError(
            f"{source}: no question holds the title of a document, for example {unmatched[0]!r}: "
            "a document begins with its title and a full stop, as in 'Ada Lovelace. '"
        )
    example = f", but not {unmatched[0]!r}" if unmatched else ""
    count = len(pairs) - len(unmatched)
    notes.append(f"{count:,} of {len(pairs):,} pairs match a document{example}")
    if changed:
        otherwise = f"are asked otherwise: {changed[0]}"
        notes.append(f"note: {len(changed):,} of their questions {otherwise}")
    if rare:
        words = f"are asked in others' words, as few have theirs: {rare[0]!r}"
        notes.append(f"note: {len(rare):,} of their questions {words}")
    return answered


def learn_masking(answered, documents, templates, source, notes):
    """Fit the MaskingPolicy of each template, as learn_policies does.

    Adds to `notes` how many answers are not spans of their documents. Raises InputError, which
    names the pairs file `source`, if none is.
    """
    policies = learn_policies(answered, documents, templates)
    if not any(policy.found for policy in policies):
        raise InputError(
            f"{source}: no answer is a name or number of its document, so there is nothing to "
            "learn: write the answers as the documents do, or use --masking salient"
        )
    lost = [
        answer
        for template, policy in zip(templates, policies)
        for index, body, answer in answered[template]
        if answer not in read_spans(documents[index], policy.find_spans(documents[index], body))
    ]
    if lost:
        what = f"are not a name or number of their documents, such as {lost[0]!r}"
        notes.append(f"note: {len(lost):,} answers {what}")
    return policies


def ask_clozes(corpus, likely, cue_words, **examples):
    """Make a ClozeDataset: ask what a document says of its title, in the document's own words.

    likely: the most phrases that a document is asked for. cue_words: the most words of a cue.
    examples: arguments of ClozeDataset. Only the corpus is read. Raises InputError if there is
    nothing to ask.
    """
    # Find what the documents have in common: which words are names, which phrases are likely.
    words = count_words(watch(corpus.data))
    described = [describe_phrases(document, words) for document in watch(corpus.data)]
    phrases = LikelyPhrases(described)
    # Ask each document for its phrases.
    asked = []
    for index, document in enumerate(watch(corpus.data)):
        title, body = split_title(document)
        spans = phrases.choose(described[index], likely)
        cues = find_cues(document, body, spans, words, cue_words)
        asked += [(index, title, span, *cue) for span, cue in zip(spans, cues)]
    if not asked:
        raise InputError(
            f"{corpus.source}: nothing to ask: a document needs a title, a full stop and a space "
            "after it, and then a name that begins with a capital letter"
        )
    return ClozeDataset(corpus, asked, **examples)


def watch(documents):
    """Return the documents, to be looked at once, with a progress bar if there are MANY."""
    return tqdm(documents, "looking at documents", disable=len(documents) < MANY, leave=False)


@dataclass(frozen=True)
class Objective:
    """One thing that pretraining can ask.

    make: a function of the corpus that returns the dataset. options: those of the command line
    that `make` takes. reads_pairs: whether it learns from the training pairs what to ask. reach: a
    function of the corpus; the characters of a document that a model can be shown, or None: all.
    """

    make: Callable
    options: tuple = ()
    reads_pairs: bool = False
    reach: Callable = lambda corpus: None


QUESTION_OPTIONS = ("masking", "ask", "finetune_corpus_path")
OBJECTIVES = {
    "span_corruption": Objective(lambda corpus: corpus, reach=lambda corpus: corpus.longest),
    "questions": Objective(ask_questions, QUESTION_OPTIONS, reads_pairs=True),
    "clozes": Objective(ask_clozes),
}


def find_objective(recipe):
    """Return the Objective of a recipe's pretraining."""
    return OBJECTIVES[RECIPES[recipe]["objective"]]


def make_dataset(corpus, recipe, **options):
    """Make a recipe's pretraining dataset. options: the command line's, for its objective."""
    return find_objective(recipe).make(corpus, **RECIPES[recipe].get("examples", {}), **options)


def make_finetuning_dataset(corpus, recipe, pairs):
    """Add to the dataset of pairs what the recipe replays of pretraining.

    A note warns if pretraining, without the pairs, has read the titles in another spelling.
    """
    questions = [question for question, _ in pairs.pairs]
    if not find_objective(recipe).reads_pairs:
        if Phrasing(corpus.data, questions).spelling is not SPELLINGS[0]:
            read = f"{recipe} has pretrained on titles as the documents spell them"
            pairs.notes = [f"note: {read}, unlike the pairs: {questions[0]!r}"]
    replay = RECIPES[recipe].get("replay")
    return MixedDataset(pairs, make_dataset(corpus, recipe), replay) if replay else pairs
