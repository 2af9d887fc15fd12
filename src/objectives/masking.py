"""Choose the span of a document that a question asks for.

Learned masking (Ye et al. 2021, "Studying Strategically") is fitted to questions with known
answers: a log-linear choice among the salient spans, by the words around them, or of none. No
relation is built in: fitted to questions about employers it masks employers.
"""

from collections import defaultdict

import torch

from objectives.spans import TOKEN, find_gaps, find_salient_spans
from text.formats import tidy

ALIKE = 0.8  # share of its own policy's right answers that the shared policy must reach


def describe_spans(document, spans):
    """Return the 8 features of each span: the words around it, its place and its own form."""
    described = []
    for index, (start, end) in enumerate(spans):
        left = TOKEN.findall(document[max(0, start - 60) : start])
        right = TOKEN.findall(document[end : end + 40])
        text = document[start:end]
        features = [("left", *left[-n:]) for n in (1, 2, 3)]
        features += [("right", *right[:n]) for n in (1, 2)]
        features += [("index", min(index, 6)), ("words", min(len(text.split()), 4))]
        described.append([*features, ("digit", any(map(str.isdigit, text)))])
    return described


class MaskingPolicy:
    """Choose a document's span: p(span) ~ exp(sum of its features' weights), p(none) ~ exp(weight).

    Fitted by maximum likelihood, with an L2 penalty `decay`, to answered: [(document, start of its
    body, answer), ...]. Where the answer isn't among the spans, the document does not say
    it, p(none), or says it in other words, as "Bombay" for "Mumbai": a share `reworded` of the
    documents that say it, fitted too. `found` counts the answers among the spans. Deterministic.

    Spans are joined as answers are: each gap of an answer may join two, such as the comma of "May
    3, 1900", and what begins or ends one may be added, such as a bracket. They stay unjoined as
    well, unless only words are between them.
    """

    def __init__(self, answered, decay=1e-3, steps=40):
        # How answers are joined.
        spans = [(answer, find_salient_spans(answer)) for *_, answer in answered]
        gaps = [find_gaps(*each) for each in spans]
        self.gaps, self.most = set().union(*gaps), max(map(len, gaps), default=0) + 1
        self.heads = sorted({answer[: found[0][0]] for answer, found in spans if found} - {""})
        self.tails = sorted({answer[found[-1][1] :] for answer, found in spans if found} - {""})
        # The spans of all documents, their features, and which of them are answers.
        self.ids = defaultdict(lambda: len(self.ids))  # feature -> index of its weight
        features, groups, is_answer, says = [], [], [], []
        for index, (document, body, answer) in enumerate(answered):
            spans = self.find_spans(document, body)
            same = [tidy(document[start:end]) == answer for start, end in spans]
            features += [[self.ids[f] for f in each] for each in describe_spans(document, spans)]
            groups += [index] * len(spans)
            is_answer += same
            says.append(any(same))
        self.ids.default_factory = None
        self.found = sum(says)
        self.weights, self.none = torch.zeros(0, dtype=torch.float64), torch.tensor(0.0).double()
        self.reworded = 0.0
        if features:
            self.fit(*map(torch.tensor, (features, groups, is_answer, says)), decay, steps)

    def find_spans(self, document, body):
        """Return the salient spans of a document, in order, joined as answers are."""
        # Join those with only words between them, as in "Rio de Janeiro".
        parts, spans, joined = find_salient_spans(document, body), [], []
        for part, gap in zip(parts, [None, *find_gaps(document, parts)]):
            if gap in self.gaps and gap[1].replace(" ", "").isalpha():
                spans[-1] = (spans[-1][0], part[1])
            else:
                spans.append(part)
        # Add the joins with the neighbours, and what may begin or end an answer.
        for index, (start, end) in enumerate(spans):
            neighbours, lasts = spans[index : index + self.most], [end]
            for gap, (_, last) in zip(find_gaps(document, neighbours), neighbours[1:]):
                if gap not in self.gaps:
                    break
                lasts.append(last)
            heads = (each for each in self.heads if document.endswith(each, 0, start))
            starts = [start, *(start - len(head) for head in heads)]
            for last in lasts:
                ends = [last, *(last + len(t) for t in self.tails if document.startswith(t, last))]
                joined += [(s, e) for s in starts for e in ends]
        return joined

    def fit(self, features, groups, is_answer, says, decay, steps):
        """Fit the weights: features (spans, 8), groups (spans,) the span's document, is_answer
        (spans,), says (documents,) whether a span is the answer.
        """
        weights = torch.zeros(len(self.ids) + 2, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.LBFGS([weights], max_iter=steps, line_search_fn="strong_wolfe")

        def add_up(values):
            return torch.zeros(len(says), dtype=torch.float64).index_add(0, groups, values)

        def compute_loss():
            optimizer.zero_grad()
            scores = weights[features].sum(1).exp()  # (spans,)
            none, reworded = weights[-2].exp(), weights[-1].sigmoid()
            found = add_up(scores * is_answer) * (1 - reworded)  # (documents,)
            missing = none + add_up(scores) * reworded
            right = torch.where(says, found, missing) / (add_up(scores) + none)
            loss = -right.log().mean() + decay * (weights**2).sum()
            loss.backward()
            return loss

        optimizer.step(compute_loss)
        self.weights, self.none = weights.detach()[:-2], weights.detach()[-2]
        self.reworded = weights.detach()[-1].sigmoid().item()

    def __call__(self, document, body):
        """Return find_spans' list, and the probability of each and last that of none.

        Features that it was not fitted to weigh 0.
        """
        spans = self.find_spans(document, body)
        described = describe_spans(document, spans)
        known = [[self.ids[f] for f in each if f in self.ids] for each in described]
        scores = torch.stack([*(self.weights[ids].sum() for ids in known), self.none])
        return spans, scores.softmax(0).tolist()

    def choose(self, document, body):
        """Return [the most probable span after `body`], or [] if "none" is more probable."""
        spans, probs = self(document, body)
        best = probs.index(max(probs))
        return spans[best : best + 1]

    def measure_support(self, document, body, text):
        """Return the probability that the document says this answer, after `body`."""
        spans, probs = self(document, body)
        return sum(p for (s, e), p in zip(spans, probs) if tidy(document[s:e]) == text)


def learn_policies(answered, templates):
    """Fit the MaskingPolicy of each template of questions, a list.

    answered: {template: rows of MaskingPolicy}. Templates share the policy of all answers, except
    one whose own policy is clearly better for it, as it asks for something else.
    """
    shared = MaskingPolicy([row for rows in answered.values() for row in rows])
    if len(templates) == 1:
        return [shared]
    policies = []
    for each in templates:
        mine = answered.get(each, [])
        own = MaskingPolicy(mine)
        right = [sum(policy.measure_support(*row) for row in mine) for policy in (own, shared)]
        policies.append(shared if own.found and right[1] >= ALIKE * right[0] else own)
    return policies
