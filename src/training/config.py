"""Hold settings as the course's configs do: every name can be given or set."""

import warnings


class Config:
    """Keep all that is given, with a warning for names that aren't fields.

    Code written for the course may give names of its own, and read them.
    """

    def __init__(self, **given):
        if unknown := [name for name in given if not hasattr(self, name)]:
            keeps = f"{type(self).__name__} keeps, but does not use"
            warnings.warn(f"{keeps}: {', '.join(unknown)}", stacklevel=2)
        for name, value in given.items():
            setattr(self, name, value)
