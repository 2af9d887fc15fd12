"""Make a step: batches, optimizers, devices, processes, parameter files, checkpoints."""
