"""Everything around the science: notebooks, runner, external files, comparison."""
