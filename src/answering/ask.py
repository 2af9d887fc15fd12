"""Answer what someone types, and say where each answer comes from.

    python src/run.py ask vanilla wiki.txt --reading_params_path vanilla.finetune.params
    python src/run.py ask ... < questions.txt > answers.tsv     # a table; with --json objects

A line is a name or a question. A title is a name; so is a line without a question mark that fits no
template of the finetuning file's questions. A name is put into the most common template. A question that
fits a template, with case, white space and end mark ignored, is asked in the template's words. A title is
written as in its document. Other questions are asked as they are.
"""

import difflib
import json
import re
import sys
from typing import NamedTuple

from answering.answers import answer_questions
from answering.provenance import RETRIEVED
from text.files import show
from text.formats import clean, format_row
from text.titles import END_MARKS, find_name, normalise, split_title

MENTIONS = 3  # lines that are listed at most
CLOSE = 0.8  # difflib's similarity of a misspelt title


class Reply(NamedTuple):
    """Hold what is said about a typed line: the columns of the table.

    name: what the question asks about, or "". line, document: of this title, or None. provenance, support,
    answer_in_document: as in provenance.Origin. mentioned, did_you_mean: without a document, the lines
    that hold the name, and similar titles. left_out: the characters that the vocabulary lacks.
    """

    typed: str
    question: str
    name: str
    answer: str
    confidence: float
    weakest: float
    provenance: str
    support: float | None
    line: int | None
    document: str | None
    answer_in_document: str | None
    mentioned: list
    did_you_mean: list
    left_out: str


def answer_lines(model, corpus, provenance, corpus_path, as_json=False):
    """Answer each line of the standard input as soon as it is read; skip blank lines.

    Print text for people at a terminal, else a table of Replies, or with as_json one object a line.
    """
    titles = {normalise(title): title for title, _ in map(split_title, corpus.data) if title}
    is_terminal = sys.stdin.isatty()
    sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    if not (is_terminal or as_json or show(format_row(Reply._fields))):
        return
    for typed in read_lines(sys.stdin, is_terminal):
        reply = make_reply(model, corpus, provenance, titles, typed)
        if as_json:
            text = json.dumps(reply._asdict())
        else:
            text = describe(reply, corpus_path) if is_terminal else format_row(reply)
        if not show(text):
            return


def read_lines(stream, prompts):
    """Yield the stripped lines that are not blank. prompts: whether to ask for each."""
    while True:
        if prompts:
            print("A name or a question: ", end="", file=sys.stderr, flush=True)
        line = stream.readline()
        if not line:
            print(end="\n" * prompts, file=sys.stderr)
            return
        if line.strip():
            yield line.strip()


def phrase(typed, provenance):
    """Return the question that is asked for a typed line."""
    names = [(name, template) for template in provenance.templates if (name := find_name(typed, template))]
    bare = typed.rstrip(END_MARKS)
    if not names and ("?" not in typed or provenance.find_title(bare)):
        names = [(bare or typed, (*provenance.templates, ("", ""))[0])]
    if not names:
        return typed
    name, (prefix, suffix) = next((each for each in names if provenance.find_title(each[0])), names[0])
    place = provenance.find_title(name)
    if place:
        index, body = place
        name = provenance.documents[index][: body - len(". ")]
    return prefix + name + suffix


def make_reply(model, corpus, provenance, titles, typed):
    """Return the Reply to one line. titles: {normalised: title} of the documents."""
    # Ask the model.
    question = phrase(typed, provenance)
    (answer,) = answer_questions(model, corpus.vocabulary, [question])
    # Look for the answer in the texts.
    (subject,) = provenance.find_subjects([question])
    origin = provenance.trace_one(question, subject, answer.text)
    # Help where no document has this title.
    name, place, _ = subject
    close = [] if place else difflib.get_close_matches(normalise(name or typed), titles, cutoff=CLOSE)
    return Reply(
        *(typed, question, name, *answer, origin.provenance, origin.support, origin.line),
        document=provenance.documents[place[0]] if place else None,
        answer_in_document=origin.answer_in_document,
        mentioned=find_mentions(name, provenance.documents) if name and not place else [],
        did_you_mean=[titles[each] for each in close],
        left_out="".join(corpus.vocabulary.count_unknown(question)),
    )


def find_mentions(name, documents):
    """Return the lines, from 1, of the first MENTIONS documents that hold the name."""
    whole = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
    lines = (line for line, document in enumerate(documents, 1) if whole.search(document))
    return [line for line, _ in zip(lines, range(MENTIONS))]


def describe(reply, corpus_path):
    """Return a reply for people: the answer, and where it comes from or that no text says it."""
    sure = f"confidence {reply.confidence:.3f}"
    if reply.support is not None:
        sure += f", support {reply.support:.3f}"
    lines = [f"{reply.question}  {reply.answer}  ({sure}; {reply.provenance})"]
    # Where the corpus says it.
    line = f"{corpus_path}, line {reply.line}"
    if reply.answer_in_document == "read":
        lines.append(f"{line}: {reply.document}")
    elif reply.answer_in_document == "beyond":
        lines.append(f"{line}, but beyond what the model has read: {reply.document}")
    elif reply.line:
        lines.append(f"The document about this name does not say so. {line}: {reply.document}")
    elif reply.mentioned:
        places = ", ".join(map(str, reply.mentioned))
        lines.append(f"No document is about this name; it is mentioned in {corpus_path}, line {places}.")
    elif reply.name:
        lines.append("The corpus never mentions this name.")
    else:
        lines.append("The question holds no title of a document.")
    # What else helps to judge the answer.
    if reply.provenance == RETRIEVED and reply.answer_in_document != "read":
        lines.append("The finetuning pairs give this answer.")
    if reply.did_you_mean:
        lines.append(f"Did you mean {' or '.join(reply.did_you_mean)}?")
    if reply.left_out:
        lines.append(f"Left out, because the corpus lacks them: {' '.join(map(repr, reply.left_out))}")
    return "\n".join(map(clean, lines))
