"""Which span of a document to mask: any, a salient one, or the one a question would ask for.

Salient span masking (Guu et al. 2020, REALM; Roberts et al. 2020) masks names and numbers, because
they carry the facts. Learned masking (Ye et al. 2021, "Studying Strategically") goes further: from
questions with known answers it learns which of a document's spans is asked for. It is a log-linear
choice among the salient spans by the words around them, and knows nothing of any relation: trained
on questions about employers it masks employers.
"""

import os
import re
from collections import defaultdict

import torch

WORD = re.compile(r"[^\s,;:()\[\]\"/–]+")
TOKEN = re.compile(r"\w+|[^\w\s]")
INITIAL = re.compile(r"(?:^|[\s.(-])\w\.$|\b(?:St|Dr|Jr|Sr|Mt|Mrs|Mr)\.$")


def find_title_ends(document):
    """Every place at which `document` could be split into a title and, after ". ", its body."""
    return [match.start() for match in re.finditer(r"\. ", document)]


def split_title(document):
    """(title, start of the body): the title ends at the first ". " that ends no initial."""
    ends = find_title_ends(document)
    for end in ends:
        if not INITIAL.search(document[: end + 1]):
            return document[:end], end + 2
    return (document[: ends[0]], ends[0] + 2) if ends else ("", 0)


def find_salient_spans(document, start=0, connectors=()):
    """[(start, end), ...] of the maximal runs of capitalised words and numbers after `start`.

    connectors: lower-case words that may stand inside a run, as in "Rio de Janeiro".
    """
    spans = []
    gap = ""  # connectors since the last span
    for match in WORD.finditer(document, start):
        word = match.group().rstrip(".'’!?")
        if word in connectors:
            gap = document[spans[-1][1] : match.end()] if spans else ""
            continue
        if word and (word[0].isupper() or word[0].isdigit()):
            end = match.start() + len(word)
            if spans and is_joined(document, spans[-1], match.start(), gap):
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((match.start(), end))
        gap = ""
    return spans


def is_joined(document, span, start, gap):
    """Whether the word at `start` continues `span`: only a space, connectors or the full stop of an
    initial or abbreviation ("St. Louis") stands between, and no year ends the span.
    """
    between = document[span[1] : start]
    if re.search(r"\d{3}$", document[span[0] : span[1]]):
        return False
    if between == ". ":
        return INITIAL.search(document[: span[1] + 1]) is not None
    return between == gap + " " and not gap.startswith((",", "."))


def find_frame(questions):
    """(prefix, suffix) that all questions share: what stands before and after the subject.

    Both end at whole words, so that subjects that begin or end alike stay whole. Two empty strings
    for fewer than two different questions, which don't tell what is the subject.
    """
    if len(set(questions)) < 2:
        return "", ""
    prefix = re.match(r"(.*\s)?", os.path.commonprefix(questions)).group()
    rests = [question[len(prefix) :][::-1] for question in questions]
    suffix = os.path.commonprefix(rests)[::-1]
    return prefix, re.search(r"(\W.*)?$", suffix).group()


def match_documents(documents, pairs):
    """[(index of the document, start of its body, answer), ...] of the pairs whose subject titles a
    document. documents: texts; pairs: (question, answer) tuples.
    """
    by_title = {}
    for index, document in enumerate(documents):
        for end in find_title_ends(document):
            by_title.setdefault(document[:end], (index, end + 2))
    prefix, suffix = find_frame([question for question, _ in pairs])
    matched = []
    for question, answer in pairs:
        subject = question[len(prefix) : len(question) - len(suffix)]
        if subject in by_title:
            matched.append((*by_title[subject], answer))
    return matched


def describe_spans(document, spans):
    """For each span the features that the policy may judge by: the words around it, its place among
    the spans, its number of words, and whether it holds a digit.
    """
    described = []
    for index, (start, end) in enumerate(spans):
        left = TOKEN.findall(document[max(0, start - 60) : start])
        right = TOKEN.findall(document[end : end + 40])
        text = document[start:end]
        described.append(
            [
                ("left", *left[-1:]),
                ("left", *left[-2:]),
                ("left", *left[-3:]),
                ("right", *right[:1]),
                ("right", *right[:2]),
                ("index", min(index, 6)),
                ("words", min(len(text.split()), 4)),
                ("digit", any(character.isdigit() for character in text)),
            ]
        )
    return described


class MaskingPolicy:
    """p(span | document) proportional to exp(sum of the weights of its features).

    Fitted by maximum likelihood of the answers of `pairs`, (question, answer) tuples, among the
    salient spans of their `documents`, with an L2 penalty `decay`. Deterministic.
    """

    def __init__(self, documents, pairs, decay=1e-3, steps=40):
        self.ids = defaultdict(lambda: len(self.ids))  # feature -> index of its weight
        self.connectors = {
            word for _, answer in pairs for word in answer.split()[1:-1] if word[0].islower()
        }
        features, groups, answered = [], [], []
        for group, (index, body, answer) in enumerate(match_documents(documents, pairs)):
            document = documents[index]
            spans = self.find_spans(document, body)
            is_answer = [document[start:end] == answer for start, end in spans]
            if any(is_answer):
                features += [
                    [self.ids[f] for f in each] for each in describe_spans(document, spans)
                ]
                groups += [group] * len(spans)
                answered += is_answer
        self.ids.default_factory = None
        self.weights = torch.zeros(len(self.ids), dtype=torch.float64)
        if features:
            self.fit(torch.tensor(features), torch.tensor(groups), torch.tensor(answered), decay, steps)

    def find_spans(self, document, body):
        """The salient spans of a document, with the connectors that answers have."""
        return find_salient_spans(document, body, self.connectors)

    def fit(self, features, groups, answered, decay, steps):
        """features: (spans, 8) ids; groups: the document of each span; answered: boolean."""
        weights = self.weights.requires_grad_()
        optimizer = torch.optim.LBFGS([weights], max_iter=steps, line_search_fn="strong_wolfe")
        _, groups = groups.unique_consecutive(return_inverse=True)
        documents = int(groups[-1]) + 1

        def add_up(values):
            zeros = torch.zeros(documents, dtype=torch.float64)
            return zeros.index_add(0, groups, values)

        def compute_loss():
            optimizer.zero_grad()
            scores = weights[features].sum(1).exp()
            likelihood = add_up(scores * answered) / add_up(scores)
            loss = -likelihood.log().mean() + decay * (weights**2).sum()
            loss.backward()
            return loss

        optimizer.step(compute_loss)
        self.weights = weights.detach()

    def __call__(self, document, spans):
        """The probability of each span, a list that sums to 1. Unseen features count nothing."""
        if not spans:
            return []
        known = [
            [self.ids[f] for f in each if f in self.ids] for each in describe_spans(document, spans)
        ]
        scores = torch.stack([self.weights[ids].sum() for ids in known])
        return scores.softmax(0).tolist()


def list_spans(documents, masking, pairs=()):
    """(prompt, spans) of each document, for a TitleDataset.

    masking: "random" lists no spans, "salient" the names and numbers, "learned" the one of them that
    questions like those of `pairs` most probably ask for. With pairs, (question, answer) tuples,
    prompts are titles in the frame of the questions, "Where was TITLE born?", else bare titles.
    """
    prefix, suffix = find_frame([question for question, _ in pairs])
    policy = MaskingPolicy(documents, pairs) if masking == "learned" else None
    listed = []
    for document in documents:
        title, body = split_title(document)
        spans = []
        if masking == "salient":
            spans = find_salient_spans(document, body)
        elif masking == "learned":
            spans = policy.find_spans(document, body)
            chances = policy(document, spans)
            spans = [span for span, chance in zip(spans, chances) if chance == max(chances)][:1]
        listed.append((prefix + title + suffix, spans))
    return listed
