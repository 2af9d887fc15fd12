"""Pretrain, finetune, evaluate and ask from the command line.

    python src/run.py pretrain vanilla wiki.txt --writing_params_path vanilla.pretrain.params

From Python the four functions take the same options as keywords (runs/options.py explains them).
"""

import os
import sys
from functools import partial

from dataset import read_pairs
from objectives.table import make_dataset, make_finetuning_dataset
from runs.evaluation import ask, evaluate
from runs.experiment import run_training
from runs.options import checked, make_parser, take_objective_options
from text.console import InputError, Unfailing
from training import distributed
from training.checkpoint import Stopped


@checked
def pretrain(variant, corpus_path, **options):
    """Train a new model by its recipe's objective; write its parameters. Return the history.

    A repeated call continues a run that was broken off.
    """
    asked = take_objective_options(variant, options)
    make = partial(make_dataset, **asked)
    return run_training("pretrain", make, asked, variant, corpus_path, **options)


@checked
def finetune(variant, corpus_path, *, finetune_corpus_path, reading_params_path=None, **options):
    """Train a model, pretrained or new, on a pairs file; write its parameters. Return the history.

    A repeated call continues a run that was broken off.
    """

    def make(corpus, recipe):
        pairs = read_pairs(corpus, finetune_corpus_path)
        return make_finetuning_dataset(corpus, recipe, pairs) if reading_params_path else pairs

    stage = "finetune_pretrained" if reading_params_path else "finetune_from_scratch"
    files = dict(finetune_corpus_path=finetune_corpus_path, reading_params_path=reading_params_path)
    return run_training(stage, make, {}, variant, corpus_path, **files, **options)


def main(argv=None):
    """Run the command line `argv`; return the exit code, 2 for a user's mistake."""
    # Without a terminal (pythonw, 2>&-) Python has None for these.
    sys.stdin = sys.stdin or open(os.devnull)
    sys.stdout = sys.stdout or open(os.devnull, "w")
    sys.stderr = sys.stderr or open(os.devnull, "w")
    functions = {"pretrain": pretrain, "finetune": finetune, "evaluate": evaluate, "ask": ask}
    # Run the function, in each of several processes; end with one line unless all is well.
    try:
        distributed.init_process_group()
        with distributed.silence_others():
            options = vars(make_parser().parse_args(argv))
            functions[options.pop("function")](**options)
            distributed.all_reduce_max()  # waits until all is written
        return 0
    except InputError as error:
        code, message = 2, f"error: {error}"
    except NotImplementedError as error:  # torch's, for what a device lacks
        code, message = 2, f"error: {str(error).splitlines()[0]:.200}; try --device cpu"
    except Stopped as stopped:  # all processes stop at the same step
        signum, message = stopped.args
        code = 128 + signum
    except distributed.Lost as lost:
        code, message = 1, lost
    except KeyboardInterrupt:
        code, message = 130, "interrupted"
    distributed.report_end(message)
    return code


if __name__ == "__main__":
    sys.stderr = sys.stderr and Unfailing(sys.stderr)
    sys.exit(main())
