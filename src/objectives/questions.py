"""Ask about documents in given words, as the training pairs' questions do."""

import random
from collections import Counter, defaultdict

from dataset import draw_span, read_pairs
from objectives.masking import learn_policies
from objectives.recall import RecallDataset
from objectives.spans import find_salient_spans
from text.console import InputError
from text.documents import watch
from text.formats import MAX_ANSWER, tidy
from text.phrasing import Phrasing
from text.titles import split_title


class QuestionDataset(RecallDataset):
    """Ask in given words.

    asked: [(document's index, prompt, spans), ...]. An item draws one of the spans (start, end) of
    its document; with no spans it draws a random one.
    """

    def __getitem__(self, idx):
        index, prompt, spans = self.asked[idx]
        document = self.data[index]
        start, end = random.choice(spans or [draw_span(len(document))])
        text = document[start:end]
        return self.make_question(prompt, tidy(text) if spans else text)


def make_questions(corpus, masking=None, ask="all", finetune_corpus_path=None):
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
    notes, answered = [], {}
    pairs = read_pairs(corpus, finetune_corpus_path).pairs if finetune_corpus_path else []
    phrasing = Phrasing(corpus.data, [question for question, _ in pairs])
    templates = phrasing.templates or [("", "")]
    if pairs:
        answered = match_pairs(phrasing, pairs, finetune_corpus_path, notes)
        masking = masking or "learned"
    elif ask != "all" or masking == "learned":
        option = "--masking learned" if ask == "all" else f"--ask {ask}"
        raise InputError(f"{option}: give the pairs too, as --finetune_corpus_path PATH")
    elif masking is None:
        masking = "salient"
        notes.append("note: masking salient spans: to learn which, give --finetune_corpus_path")
    # Learn how each template chooses the spans of a document.
    if masking == "learned":
        choosers = learn_masking(answered, templates, finetune_corpus_path, notes)
    else:
        choose = find_salient_spans if masking == "salient" else lambda document, body: []
        choosers = [choose] * len(templates)
    # Ask of each document in every template.
    known = {match.place[0] for match in phrasing.matches if match and ask == "unanswered"}
    asked, counts, too_long = [], Counter(), []
    for index, document in enumerate(watch(corpus.data)):
        title, body = split_title(document, phrasing.abbreviations)
        if not title or index in known:
            continue
        body = phrasing.bodies.get(index, body)  # the title is rather what a question holds
        name = phrasing.spell(document, body)
        for template, choose in zip(templates, choosers):
            prompt, found = name.join(template), choose(document, body)
            room = corpus.block_size - 3 - len(prompt)  # without the marks, and y's shift
            spans = [(start, end) for start, end in found if end - start <= room]
            if spans or (masking == "random" and room >= MAX_ANSWER):
                asked.append((index, prompt, spans))
                counts[template] += 1
            elif found or masking == "random":
                too_long.append(prompt)
    if not asked:
        what = f"nothing to ask with --masking {masking} --ask {ask}"
        needs = "a title, a full stop after it, and a name or number to ask for"
        raise InputError(f"{corpus.source}: {what}: a document needs {needs}")
    for each in phrasing.templates:
        notes.append(f"asking {'NAME'.join(each)!r} of {counts[each]:,} documents")
    if too_long:
        what = f"are too long to be asked, such as {too_long[0]!r}"
        notes.append(f"note: {len(too_long):,} questions {what}")
    return QuestionDataset(corpus, asked, notes)


def match_pairs(phrasing, pairs, source, notes):
    """Match pairs with documents, by the Phrasing of their questions.

    Returns {template: [(document, start of its body, answer), ...]}, and adds counts to `notes`.
    Raises InputError, which names the file `source`, if nothing matches.
    """
    # Sort the pairs by how they will be asked.
    answered, unmatched, changed, rare = defaultdict(list), [], [], []
    for (question, answer), match in zip(pairs, phrasing.matches):
        if match:
            index, body = match.place
            answered[match.template].append((phrasing.documents[index], body, answer))
            asked = phrasing.write_question(match.place, match.template)
            if match.template not in phrasing.templates:
                rare.append(question)
            elif asked != question:
                changed.append(f"{question!r} as {asked!r}")
        else:
            unmatched.append(question)
    if not answered:
        what = f"no question holds the title of a document, for example {unmatched[0]!r}"
        advice = "a document begins with its title and a full stop, as in 'Ada Lovelace. '"
        raise InputError(f"{source}: {what}: {advice}")
    # Say what was found, with an example of each kind.
    example = f", but not {unmatched[0]!r}" if unmatched else ""
    count = len(pairs) - len(unmatched)
    notes.append(f"{count:,} of {len(pairs):,} pairs match a document{example}")
    if changed:
        notes.append(f"note: {len(changed):,} of their questions are asked otherwise: {changed[0]}")
    if rare:
        words = f"are asked in commoner words, such as {rare[0]!r}"
        notes.append(f"note: {len(rare):,} of their questions {words}")
    return answered


def learn_masking(answered, templates, source, notes):
    """Return `choose` of the MaskingPolicy of each template, a list, which learn_policies fits.

    Adds to `notes` how many answers are not spans of their documents. Raises InputError, which
    names the pairs file `source`, if none is.
    """
    policies = learn_policies(answered, templates)
    if not any(policy.found for policy in policies):
        what = "no answer is a name or number of its document, so there is nothing to learn"
        advice = "write the answers as the documents do, or use --masking salient"
        raise InputError(f"{source}: {what}: {advice}")
    lost = []
    for template, policy in zip(templates, policies):
        lost += [row[-1] for row in answered[template] if not policy.measure_support(*row)]
    if lost:
        what = f"are not a name or number of their documents, such as {lost[0]!r}"
        notes.append(f"note: {len(lost):,} answers {what}")
    return [policy.choose for policy in policies]
