"""Pretrain, finetune, evaluate and ask from the command line.

    python src/run.py pretrain vanilla wiki.txt --writing_params_path vanilla.pretrain.params
    python src/run.py finetune vanilla wiki.txt --reading_params_path vanilla.pretrain.params \\
        --writing_params_path vanilla.finetune.params --finetune_corpus_path birth_places_train.tsv
    python src/run.py evaluate vanilla wiki.txt --reading_params_path vanilla.finetune.params \\
        --eval_corpus_path birth_dev.tsv --outputs_path vanilla.pretrain.dev.predictions
    python src/run.py ask vanilla wiki.txt --reading_params_path vanilla.finetune.params

The four functions take the same options from Python, as keywords; cli.py declares them.
"""

import sys

from answering.answers import answer_questions, count_by_question, count_correct
from answering.ask import answer_lines
from answering.report import summarise, write_report
from dataset import read_pairs
from objectives.table import make_dataset, make_finetuning_dataset
from recipes import DEFAULT, RECIPES
from runs.experiment import count_parameters, say, train
from runs.loading import open_model, open_provenance
from runs.options import check, complete, get_objective_options, parse
from text.files import InputError, report_mistakes, show, write_atomically
from text.formats import read_questions
from text.vocabulary import describe_counts
from training import distributed
from training.checkpoint import Stopped
from training.devices import choose_device, choose_dtype, describe_device, flush_denormals
from utils import set_seed


def pretrain(variant, corpus_path, **given):
    """Trains a new model on the corpus by its recipe's objective and writes its parameters.

    If the same run was broken off, it is continued. Returns the Trainer's history.
    """
    options = complete("pretrain", given)
    asked = get_objective_options(options, RECIPES[options.recipe or DEFAULT]["objective"])
    check(options, corpus_path)
    options.device = choose_device(options.device)
    choose_dtype(options.device, options.dtype)
    flush_denormals()
    set_seed(options.seed)
    corpus, model, recipe = open_model(variant, corpus_path, options.recipe, cache_dir=options.cache_dir)
    dataset = make_dataset(corpus, recipe, **asked)
    run = dict(function="pretrain", variant=variant, recipe=recipe)
    return train(run, "pretrain", corpus_path, corpus, dataset, model, options)


def finetune(variant, corpus_path, **given):
    """Trains a model, pretrained if reading_params_path is given, to answer the questions of a pairs
    file, and writes its parameters.

    If the same run was broken off, it is continued. Returns the Trainer's history.
    """
    options = complete("finetune", given)
    check(options, corpus_path)
    options.device = choose_device(options.device)
    choose_dtype(options.device, options.dtype)
    source = options.reading_params_path
    flush_denormals()
    set_seed(options.seed)
    corpus, model, recipe = open_model(
        variant, corpus_path, options.recipe, source, cache_dir=options.cache_dir
    )
    dataset = read_pairs(corpus, options.finetune_corpus_path)
    run = dict(function="finetune", variant=variant, recipe=recipe)
    stage = "finetune_pretrained" if source else "finetune_from_scratch"
    if source:
        dataset = make_finetuning_dataset(corpus, recipe, dataset)
    return train(run, stage, corpus_path, corpus, dataset, model, options)


def evaluate(variant, corpus_path, **given):
    """Answers the questions of a pairs file, one line each in outputs_path, and scores them if the
    file has answers, in all and by question if it asks several. With report_path it also tells how sure
    the answers are and where they come from. Returns (total, correct).
    """
    options = complete("evaluate", given)
    check(options, corpus_path)
    options.device = choose_device(options.device)
    source, outputs_path = options.reading_params_path, options.outputs_path
    corpus, model, recipe = open_model(
        variant, corpus_path, options.recipe, source, trains=False, cache_dir=options.cache_dir
    )
    questions, golds = read_questions(options.eval_corpus_path)
    golds = golds or [None] * len(questions)
    if options.report_path:
        provenance = open_provenance(corpus, recipe, source, options.finetune_corpus_path, questions)
        if not provenance.has_pairs:
            say("note: the report knows no finetuning pairs: give them by --finetune_corpus_path PATH")
    model = model.to(options.device)
    unknown = corpus.vocabulary.count_unknown("".join(questions))
    if unknown:
        say(
            f"warning: {options.eval_corpus_path}: left out of the questions, because the corpus lacks "
            f"them: {describe_counts(unknown)}"
        )
    say(
        f"evaluate {variant}, recipe {recipe}: {len(questions):,} questions, "
        f"{count_parameters(model):,} parameters, on {describe_device(options.device)}"
    )
    answers = answer_questions(model, corpus.vocabulary, questions)
    predictions = [answer.text for answer in answers]
    total, correct = count_correct(golds, predictions)
    if not distributed.is_main():
        return total, correct
    if options.report_path:
        origins = provenance.trace(questions, predictions, golds)
    with write_atomically(outputs_path) as file:
        file.writelines(prediction + "\n" for prediction in predictions)
    if total:
        lines = [f"Correct: {correct} out of {total}: {100 * correct / total}%"]
        for question, (n, right) in count_by_question(questions, golds, predictions, corpus.data).items():
            lines.append(f"  {question}: {right} out of {n}: {100 * right / n:.1f}%")
    else:
        lines = [f"Wrote {len(questions)} predictions to {outputs_path}; no answers to score them by"]
    if options.report_path:
        least = options.min_confidence
        path = write_report(options.report_path, questions, answers, golds, origins, least or 0.0)
        lines.append(f"Wrote {path}: " + "\n".join(summarise(answers, golds, origins, least)))
    show("\n".join(lines))  # after all files are written
    return total, correct


def ask(variant, corpus_path, **given):
    """Answer what someone types, and say where each answer comes from (answering/ask.py)."""
    options = complete("ask", given)
    if distributed.world_size() > 1:
        raise InputError("ask: one process answers what is typed: start it without torchrun")
    if None in (sys.stdin, sys.stdout):
        raise InputError("ask: its standard input or output is closed: leave both open")
    check(options, corpus_path)
    options.device = choose_device(options.device)
    source = options.reading_params_path
    corpus, model, recipe = open_model(
        variant, corpus_path, options.recipe, source, trains=False, cache_dir=options.cache_dir
    )
    provenance = open_provenance(corpus, recipe, source, options.finetune_corpus_path)
    if not provenance.templates:
        say(
            "note: names are asked as they are, for want of finetuning pairs that ask about titles of the "
            "corpus: give them by --finetune_corpus_path PATH"
        )
    answer_lines(model.to(options.device), corpus, provenance, corpus_path, options.json)


@report_mistakes
def main(argv=None):
    """Runs the command line `argv`; returns the exit code, 2 for a user's mistake."""
    functions = {"pretrain": pretrain, "finetune": finetune, "evaluate": evaluate, "ask": ask}
    try:
        distributed.init_process_group()
        with distributed.silence_others():
            function, variant, corpus_path, given = parse(argv)
            functions[function](variant, corpus_path, **given)
            distributed.all_reduce_max()  # waits until all is written
    except InputError as error:
        code, message = 2, f"error: {error}"
    except Stopped as stopped:  # all processes stop at the same step
        if distributed.is_main():
            print(stopped, file=sys.stderr)
        return 128 + stopped.signum
    except distributed.Lost as lost:
        code, message = 1, lost
    except KeyboardInterrupt:
        code, message = 130, "interrupted"
    else:
        return 0
    distributed.report_end(message)
    return code


if __name__ == "__main__":
    sys.exit(main())
