"""Answer what someone types, and say where each answer comes from."""

import difflib
import json
import sys
from collections import namedtuple
from itertools import islice

from answering.answers import answer_questions
from text.console import show
from text.formats import clean, format_row
from text.phrasing import END_MARKS
from text.titles import find_whole, normalise

MENTIONS = 3  # lines that are listed at most
CLOSE = 0.8  # difflib's similarity of a misspelt title

# The columns of the table, as docs/knowing.md explains them.
Reply = namedtuple(
    "Reply",
    "typed question name answer confidence weakest provenance support line document "
    "answer_in_document mentioned did_you_mean left_out",
)


def answer_lines(model, corpus, provenance, corpus_path, as_json=False):
    """Answer each line of the standard input that is not blank, as soon as it is read.

    Print text for people at a terminal, else a table of Replies, or with as_json one object a line.
    """
    # Prepare the streams; print the table's header.
    is_terminal = sys.stdin.isatty()
    prompt = "A name or a question: " if is_terminal else ""
    for stream, encoding in ((sys.stdin, "utf-8-sig"), (sys.stdout, "utf-8")):
        if hasattr(stream, "reconfigure"):  # not a notebook's
            stream.reconfigure(encoding=encoding, errors="replace")
    if not (is_terminal or as_json or show(format_row(Reply._fields))):
        return
    # Answer line by line.
    print(prompt, end="", file=sys.stderr, flush=True)
    for line in sys.stdin:
        if line.strip():
            reply = make_reply(model, corpus, provenance, line.strip())
            if as_json:
                text = json.dumps(reply._asdict())
            else:
                text = describe(reply, corpus_path) if is_terminal else format_row(reply)
            if not show(text):
                return
        print(prompt, end="", file=sys.stderr, flush=True)
    print(end="\n" * is_terminal, file=sys.stderr)


def phrase(typed, provenance):
    """Return the question that is asked for a typed line.

    A title is a name, as is a line that fits no template, unless it has a question mark or words in
    lower case beside a title. A name is asked about in the most common template. A question that
    fits a template is asked in its words.
    """
    (question,) = provenance.rewrite([typed])
    ((name, place, template),) = provenance.find_subjects([typed])
    if template in provenance.templates:
        return question if question != typed else name.join(template)
    others = typed.replace(name, " ").split() if place else []
    is_question = "?" in typed or any(word.islower() for word in others)
    if question != typed or is_question or not provenance.templates:
        return question
    return (typed.rstrip(END_MARKS) or typed).join(provenance.templates[0])


def make_reply(model, corpus, provenance, typed):
    """Return the Reply to one line."""
    # Ask the model.
    question = phrase(typed, provenance)
    (answer,) = answer_questions(model, corpus.vocabulary, [question])
    # Look for the answer in the texts.
    (subject,) = provenance.find_subjects([question])
    origin = provenance.trace_one(question, subject, answer.text)
    # Help where no document has this title.
    name, place, _ = subject
    documents, titles, close = provenance.documents, provenance.titles, []
    if not place:
        close = difflib.get_close_matches(normalise(name or typed), titles, cutoff=CLOSE)
    return Reply(
        *(typed, question, name, *answer[:3], origin.provenance, origin.support, origin.line),
        document=documents[place[0]] if place else None,
        answer_in_document=origin.answer_in_document,
        mentioned=find_mentions(name, documents) if name and not place else [],
        did_you_mean=[provenance.write_question(titles[each]) for each in close],
        left_out="".join(corpus.vocabulary.count_unknown(question)),
    )


def find_mentions(name, documents):
    """Return the lines, from 1, of the first MENTIONS documents that hold the name."""
    lines = (line for line, document in enumerate(documents, 1) if find_whole(name, document))
    return list(islice(lines, MENTIONS))


def describe(reply, corpus_path):
    """Return a reply for people: the answer, and where it comes from or that no text says it."""
    sure = f"confidence {reply.confidence:.3f}"
    if reply.support is not None:
        sure += f", support {reply.support:.3f}"
    lines = [f"{reply.question}  {reply.answer}  ({sure}; {reply.provenance})"]
    # Where the corpus says it.
    if reply.line:
        stated = reply.answer_in_document
        where = "" if stated == "read" else "The document about this name does not say so. "
        if stated == "beyond":
            where = "The model has not read this part. "
        lines.append(f"{where}{corpus_path}, line {reply.line}: {reply.document}")
    elif reply.mentioned:
        places = ", ".join(map(str, reply.mentioned))
        lines.append(f"No document is about this name; {corpus_path} mentions it in line {places}.")
    elif reply.name:
        lines.append("The corpus never mentions this name.")
    else:
        lines.append("The question holds no title of a document.")
    # What else helps to judge the answer.
    if reply.did_you_mean:
        lines.append(f"Did you mean {' or '.join(reply.did_you_mean)}?")
    if reply.left_out:
        lines.append(f"Left out, because the corpus lacks them: {reply.left_out}")
    return "\n".join(map(clean, lines))
