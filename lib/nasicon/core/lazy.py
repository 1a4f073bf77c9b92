"""Names of a room that are loaded when they are first asked for (PEP 562)."""

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec


def verbs(package: str, where: Mapping[str, str]) -> Callable[[str], object]:
    """Return the ``__getattr__`` of a package whose names live in its modules.

    Reading a file must not wait for what a fit or a figure imports. A module of the room
    (``eis.fit_drt``) is loaded in the same way.

    Parameters
    ----------
    package : str
        The package's ``__name__``.
    where : mapping
        Name of the verb: ``"module:function"`` inside the package.
    """

    def load(name: str) -> object:
        if name in where:
            module, _, attribute = where[name].partition(":")
            return getattr(import_module(f"{package}.{module}"), attribute)
        if find_spec(f"{package}.{name}"):
            return import_module(f"{package}.{name}")
        raise AttributeError(f"{package} has no {name!r}; there are {', '.join(where)}")

    return load
