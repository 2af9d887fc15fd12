"""Write curves for TensorBoard, which is an extra: pip install -r requirements-tensorboard.txt."""

from pathlib import Path

from recipes import RECIPES
from text.files import InputError


def load_writer():
    """Return TensorBoard's class SummaryWriter. Raises InputError if the package is missing."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        advice = "pip install -r requirements-tensorboard.txt, or leave it out"
        raise InputError(f"--tb_expt_name: TensorBoard is not installed: {advice}") from None
    return SummaryWriter


def open_writer(name, function, variant, recipe, pretrain_lr=None, finetune_lr=None, step=0):
    """Return a SummaryWriter for expt/FUNCTION/NAME_VARIANT_pt_lr_..._ft_lr_..., as the course's is.

    The learning rates are the recipe's by default. What was written there before for `step` and
    later steps is no longer shown. Raises InputError if the folder can't be written.
    """
    row = RECIPES[recipe]
    pretrain_lr = pretrain_lr or row["pretrain"]["learning_rate"]
    finetune_lr = finetune_lr or row["finetune_pretrained"]["learning_rate"]
    run = f"{name}_{variant}_pt_lr_{pretrain_lr:f}_ft_lr_{finetune_lr:f}"
    folder = Path("expt", function, run)
    try:
        return load_writer()(str(folder), purge_step=step)
    except OSError as error:
        message = f"{folder}: can't be written ({error.strerror}): make room, or start elsewhere"
        raise InputError(message) from None
