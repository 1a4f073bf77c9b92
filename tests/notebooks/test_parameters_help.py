"""`papermill --help-notebook` reads well: every parameter has a type and says what it is."""

import papermill
import pytest

from compendium.paths import repository_root

NOTEBOOKS = sorted((repository_root() / "notebooks").glob("*.ipynb"))
COMMON = {"out_dir"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_every_parameter_is_explained(path):
    found = papermill.inspect_notebook(path)
    assert found.keys() >= COMMON
    for name, parameter in found.items():
        assert parameter["inferred_type_name"] in ("str", "int", "float", "bool"), name
        assert len(parameter["help"]) > 3, name
