"""Write curves for TensorBoard, which is an extra: pip install -r requirements-tensorboard.txt."""

from functools import partial
from pathlib import Path

from recipes import RECIPES
from text.console import InputError


def prepare_writer(name, function, variant, recipe, pretrain_lr=None, finetune_lr=None):
    """Return a function of `purge_step` that opens TensorBoard's SummaryWriter for a run.

    What was written before for that step and later ones is then no longer shown. The folder is
    expt/FUNCTION/NAME_VARIANT_pt_lr_..._ft_lr_..., as the course's is; the learning rates are the
    recipe's by default. Raises InputError if it can't be written, or TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        advice = "pip install -r requirements-tensorboard.txt, or leave it out"
        raise InputError(f"--tb_expt_name: TensorBoard is not installed: {advice}") from None
    row = RECIPES[recipe]
    pretrain_lr = pretrain_lr or row["pretrain"]["learning_rate"]
    finetune_lr = finetune_lr or row["finetune_pretrained"]["learning_rate"]
    run = f"{name}_{variant}_pt_lr_{pretrain_lr:f}_ft_lr_{finetune_lr:f}"
    folder = Path("expt", function, run)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"{folder}: can't be written ({error.strerror}): remove what is there"
        raise InputError(message) from None
    return partial(SummaryWriter, str(folder))
