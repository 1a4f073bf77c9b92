"""What a module or a notebook really imports of the two packages, read from its source.

``python -m tools.dependencies`` says which of them a stage of ``dvc.yaml`` forgets.
"""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import resolve_name
from pathlib import Path

import yaml

from compendium import normalize
from compendium.paths import repository_root

PACKAGES = ("nasicon", "compendium")


def imported_names(source: str, package: str = "") -> Iterator[str]:
    """Yield the dotted names that Python source imports, wherever the import stands.

    Parameters
    ----------
    source : str
        Python source.
    package : str
        The package it belongs to, against which relative imports are resolved.

    Yields
    ------
    str
        ``a.b`` for ``import a.b``; both ``a`` and ``a.b`` for ``from a import b``, and
        ``a.b.c`` where the source then uses ``b.c``.
    """
    tree = ast.parse(source)
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = resolve_name("." * level + (module or ""), package)
                yield base
                yield from (f"{base}.{alias.name}" for alias in names)
                bound.update(
                    {alias.asname or alias.name: f"{base}.{alias.name}" for alias in names}
                )
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name in bound:
                yield f"{bound[name]}.{attribute}"


def notebook_source(path: Path) -> str:
    """Return a notebook's code cells as one Python source, line magics left out."""
    code = []
    for cell in normalize.read(path)["cells"]:
        if cell["cell_type"] == "code":
            lines = "".join(cell["source"]).splitlines()
            code += [line for line in lines if not line.lstrip().startswith(("%", "!"))]
    return "\n".join(code)


def source_of(path: Path, base: Path) -> tuple[str, str]:
    """Source of a module or a notebook, and the dotted name of its package below a folder."""
    if path.suffix == ".ipynb":
        return notebook_source(path), ""
    return path.read_text(encoding="utf-8"), ".".join(path.parent.relative_to(base).parts)


def library_files(*starts: Path) -> set[Path]:
    """Return the packages' files that modules or notebooks need, themselves included.

    Parameters
    ----------
    *starts : Path
        ``.py`` files of the packages, or notebooks.

    Returns
    -------
    set of Path
        Absolute paths: those given, everything imported directly and through others,
        what a room loads when a verb of it is used, and the ``__init__.py`` of every
        package on the way.
    """
    library = (repository_root() / "lib").resolve()
    found: set[Path] = set()
    waiting = [path.resolve() for path in starts]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            source, package = source_of(path, library)
            for name in (package, *imported_names(source, package)):
                waiting.extend(files_of(name, library))
    return found


def files_of(name: str, library: Path) -> Iterator[Path]:
    """Yield the files that importing a dotted name runs; none for other libraries."""
    parts = name.split(".")
    if parts[0] not in PACKAGES:
        return
    for length in range(1, len(parts) + 1):
        place = library.joinpath(*parts[:length])
        for file in (place / "__init__.py", place.with_suffix(".py")):
            if file.is_file():
                yield file
        verb = _verbs(place.parent / "__init__.py").get(parts[length - 1])
        if verb:
            yield place.parent / f"{verb.split(':')[0]}.py"


@cache
def _verbs(init: Path) -> dict[str, str]:
    """Return the table of lazily loaded verbs of a room, empty where there is none."""
    if not init.is_file():
        return {}
    for node in ast.parse(init.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="VERBS")], value=value):
                return ast.literal_eval(value)
    return {}


def stages() -> dict[str, dict]:
    """Return the stages of ``dvc.yaml`` by name, ``foreach`` over a dict written out."""
    file = repository_root() / "dvc.yaml"
    result: dict[str, dict] = {}
    for name, stage in yaml.safe_load(file.read_text(encoding="utf-8"))["stages"].items():
        for key, item in stage.get("foreach", {}).items():
            text = yaml.safe_dump(stage["do"]).replace("${key}", key)
            for field, value in item.items():
                text = text.replace(f"${{item.{field}}}", str(value))
            result[f"{name}@{key}"] = yaml.safe_load(text)
        if "foreach" not in stage:
            result[name] = stage
    return result


def forgotten(stage: dict) -> list[str]:
    """Return what a stage runs and imports but does not depend on.

    Parameters
    ----------
    stage : dict
        With ``cmd`` of the form ``python -m compendium.x.y ...`` and ``deps``.

    Returns
    -------
    list of str
        Paths for its ``deps``.
    """
    root = repository_root().resolve()
    words = stage["cmd"].split()
    module = words[words.index("-m") + 1]
    deps = [root / dep for dep in stage["deps"]]
    starts = [dep for dep in deps if dep.suffix == ".ipynb"]
    starts += files_of(f"{module}.__main__", root / "lib")
    return sorted(
        path.relative_to(root).as_posix()
        for path in library_files(*starts)
        if path.stat().st_size and not any(path.is_relative_to(dep) for dep in deps)
    )


def main() -> int:
    """Print what each stage forgets, as lines for its ``deps``."""
    wrong = {name: missing for name, stage in stages().items() if (missing := forgotten(stage))}
    for name, missing in wrong.items():
        sys.stdout.write(f"{name}:\n" + "".join(f"        - {path}\n" for path in missing))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
