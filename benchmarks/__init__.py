"""How fast and how sure the analysis is; ``python -m benchmarks.run`` prints the table."""

from typing import NamedTuple


class Row(NamedTuple):
    """One line of the table: what was measured, the result, what is aimed at."""

    what: str
    result: str
    target: str = ""
