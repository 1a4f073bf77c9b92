"""The error of a file that cannot be read."""

from __future__ import annotations

import re

LONGEST_QUOTE = 200  # characters of what was found, in a message
_LONG_WORD = re.compile(rf"'[^']{{{LONGEST_QUOTE},}}'|\S{{{LONGEST_QUOTE},}}")


class ReaderError(ValueError):
    """A file that cannot be read; says where, what was found, and what to do.

    What was found is shortened to `LONGEST_QUOTE` characters: a damaged line may hold megabytes.
    """

    def __init__(
        self, message: str, line: int | None = None, unit: str = "line", source: str = ""
    ) -> None:
        short = _LONG_WORD.sub(lambda found: found[0][: LONGEST_QUOTE - 3] + "...", message)
        if len(short) > 6 * LONGEST_QUOTE:  # the remedy stands at the end
            short = f"{short[: 3 * LONGEST_QUOTE]} ... {short[-2 * LONGEST_QUOTE :]}"
        super().__init__(short)
        self.line, self.unit, self.source = line, unit, source

    def __str__(self) -> str:
        """Message that begins with the file's name and, where known, the line (1-based)."""
        line = "" if self.line is None else f"{self.unit} {self.line}"
        where = ", ".join(filter(None, (self.source, line)))
        return f"{where}: {self.args[0]}" if where else str(self.args[0])

    @classmethod
    def at(cls, source: str, message: str, line: int | None = None, unit: str = "line"):
        """Error of a named file, where no `in_file` stands around."""
        return cls(message, line, unit, source)
