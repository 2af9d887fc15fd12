"""Drop elements, cheaply on a CPU."""

import torch
import torch.nn as nn


class Dropout(nn.Dropout):
    """Do as nn.Dropout does; on the CPU the rate is rounded to a multiple of 1/65536.

    torch draws one random number after the other there, which takes a fifth of a training step.
    This draws 64 random bits at a time, enough for four elements.
    """

    def forward(self, x):
        if not self.training or self.p in (0.0, 1.0) or x.device.type != "cpu":
            return super().forward(x)
        rounded = round(self.p * 65536)
        bits = torch.empty((x.numel() + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
        numbers = bits.view(torch.int16)[: x.numel()].view(x.shape)  # uniform in [-32768, 32767]
        # Comparing right into x's type takes a fifth of the time of a boolean in between.
        keep = torch.ge(numbers, rounded - 32768, out=torch.empty_like(x))
        return x * keep.mul_(65536 / (65536 - rounded))
