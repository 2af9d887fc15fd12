"""Write curves for TensorBoard, which is an extra: pip install -r requirements-tensorboard.txt."""

from pathlib import Path

from recipes import RECIPES
from text.console import InputError


def open_writer(name, output, function, variant, recipe, pretrain_lr, finetune_lr, step=0):
    """Return a SummaryWriter for the curves of a run that writes the file `output`.

    The folder is expt/FUNCTION/NAME_VARIANT_pt_lr_..._ft_lr_.../OUTPUT: the course's, and in it one
    for each output. A learning rate of None is the recipe's. What was written there for `step` and
    later ones is no longer shown. Raises InputError if TensorBoard is missing, or can't write.
    """
    pretrain_lr = pretrain_lr or RECIPES[recipe]["pretrain"]["learning_rate"]
    finetune_lr = finetune_lr or RECIPES[recipe]["finetune_pretrained"]["learning_rate"]
    run = f"{name}_{variant}_pt_lr_{pretrain_lr:f}_ft_lr_{finetune_lr:f}"
    folder = Path("expt", function, run, Path(output).name)
    try:
        from torch.utils.tensorboard import SummaryWriter

        return SummaryWriter(str(folder), purge_step=step)
    except ImportError:
        advice = "pip install -r requirements-tensorboard.txt, or leave it out"
        raise InputError(f"--tb_expt_name: TensorBoard is not installed: {advice}") from None
    except (OSError, ValueError) as error:
        problem = getattr(error, "strerror", None) or error
        raise InputError(f"{folder}: {problem}: give another --tb_expt_name") from None
