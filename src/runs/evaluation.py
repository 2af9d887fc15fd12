"""Use a trained model: answer a file's questions, with scores and a report, or what is typed."""

import sys

from answering.answers import answer_questions, count_by_question, count_correct
from answering.ask import answer_lines
from answering.report import TABLE, summarise, write_report
from runs.loading import open_trained
from runs.model_card import find_card
from runs.options import checked
from runs.tensorboard import open_writer
from text.console import InputError, note, show
from text.files import check_output_folder, check_output_path, write_atomically
from text.formats import read_questions
from training import distributed
from training.devices import choose_device, describe_device
from training.weights import count_parameters


@checked
def evaluate(
    variant, corpus_path, *, reading_params_path, eval_corpus_path, outputs_path, report_path=None,
    min_confidence=None, finetune_corpus_path=None, recipe=None, device=None, pretrain_lr=None,
    finetune_lr=None, tb_expt_name=None
):  # fmt: skip
    """Answer a file's questions, one line each in outputs_path; return (total, correct)."""
    # Check the options and the files.
    if min_confidence is not None and not report_path:
        raise InputError("--min_confidence: only --report_path uses it: give that, or leave it out")
    inputs = [corpus_path, reading_params_path, find_card(reading_params_path)]
    inputs += [eval_corpus_path, finetune_corpus_path]
    if distributed.is_main():
        check_output_path(outputs_path, inputs)
        if report_path:
            check_output_folder(report_path, TABLE, [*inputs, outputs_path])
    device = choose_device(device)
    # Load the model and the questions.
    paths = corpus_path, reading_params_path, finetune_corpus_path
    corpus, model, recipe, provenance = open_trained(variant, *paths, recipe)
    questions, golds = read_questions(eval_corpus_path)
    if tb_expt_name and golds and distributed.is_main():
        run = (tb_expt_name, outputs_path, "evaluate", variant, recipe, pretrain_lr, finetune_lr)
        writer = open_writer(*run)
    golds = golds or [None] * len(questions)
    if report_path and not provenance.has_pairs:
        note("the report lacks the finetuning pairs: give them by --finetune_corpus_path PATH")
    # Write the questions as the finetuning pairs do; count those of which the user should know.
    given, questions = questions, provenance.rewrite(questions)
    subjects = list(zip(questions, provenance.find_subjects(questions)))
    kinds = {
        "are asked as the pairs have them": [old for q, old in zip(questions, given) if q != old],
        "lose their beginning": [q for q in questions if len(q) >= model.context_size],
    }
    if provenance.templates:
        kinds["hold no title of a document"] = [q for q, each in subjects if q and not each.place]
        kinds["fit no pair"] = [
            q for q, each in subjects if each.place and each.template not in provenance.templates
        ]
    for what, found in kinds.items():
        if found:
            note(f"{len(found):,} questions {what}, such as {found[0]!r}")
    if unknown := corpus.vocabulary.describe_unknown("".join(questions)):
        note(f"{eval_corpus_path}: left out what the corpus lacks: {unknown}")
    # Answer; of several processes each answers a part.
    size, where = f"{count_parameters(model):,} parameters", describe_device(device)
    what = f"{len(questions):,} questions, {size}, on {where}"
    print(f"evaluate {variant}, recipe {recipe}: {what}", file=sys.stderr)
    answers = answer_questions(model.to(device), corpus.vocabulary, questions)
    if cut := sum(not answer.is_ended for answer in answers):
        note(f"{cut:,} answers are cut by the end of the block")
    predictions = [answer.text for answer in answers]
    total, correct = count_correct(golds, predictions)
    if not distributed.is_main():
        return total, correct
    # Write all files, then print the results.
    with write_atomically(outputs_path) as file:
        file.writelines(prediction + "\n" for prediction in predictions)
    lines = [f"Wrote {len(questions)} predictions to {outputs_path}; no answers to score them by"]
    if total:
        lines = [f"Correct: {correct} out of {total}: {100 * correct / total}%"]
        counts = count_by_question(questions, golds, predictions, provenance.titles)
        for question, (n, right) in counts.items():
            lines.append(f"  {question}: {right} out of {n}: {100 * right / n:.1f}%")
    if report_path:
        columns = answers, golds, provenance.trace(questions, predictions, golds)
        path = write_report(report_path, given, *columns, min_confidence or 0.0)
        lines.append(f"Wrote {path}: " + "\n".join(summarise(*columns, min_confidence)))
    show("\n".join(lines))
    if total and tb_expt_name:
        try:
            writer.add_scalar("eval/accuracy", correct / total, 0)
            writer.close()
        except OSError as error:  # the answers are written
            note(f"no curve: {error}")
    return total, correct


@checked
def ask(
    variant, corpus_path, *, reading_params_path, finetune_corpus_path=None, recipe=None,
    device=None, json=False, **ignored
):  # fmt: skip
    """Answer what someone types, and print where each answer comes from (answering/ask.py).

    ignored: what the assignment's later editions give to all functions.
    """
    if distributed.world_size() > 1:
        raise InputError("ask: one process answers what is typed: start it without torchrun")
    device = choose_device(device)
    paths = corpus_path, reading_params_path, finetune_corpus_path
    corpus, model, _, provenance = open_trained(variant, *paths, recipe)
    if not provenance.templates:
        lacks = "without finetuning pairs that ask about titles of the corpus"
        note(f"names are asked as they are, {lacks}: give them by --finetune_corpus_path PATH")
    answer_lines(model.to(device), corpus, provenance, corpus_path, json)
