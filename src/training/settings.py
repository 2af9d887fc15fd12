"""The base of the config classes."""

import warnings
from dataclasses import fields


class Settings:
    """A dataclass whose constructor also takes names that it does not know.

    They are kept as attributes, so that code written for the course can pass and read its own. A
    warning names them, since nothing else here reads them.
    """

    def __init__(self, **given):
        known = {field.name for field in fields(self)}
        unknown = [name for name in given if name not in known and not hasattr(type(self), name)]
        for name, value in given.items():
            setattr(self, name, value)
        if unknown:
            warnings.warn(
                f"{type(self).__name__} keeps, but does not use: {', '.join(unknown)}", stacklevel=3
            )
