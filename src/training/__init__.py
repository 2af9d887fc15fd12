"""How a step is made: batches, optimizers, devices, processes, parameter files, checkpoints."""
