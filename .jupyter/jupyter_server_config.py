"""Jupyter runs this file with `get_config` defined: notebooks are saved without outputs."""

from compendium.normalize import strip_on_save

c = get_config()  # noqa: F821
c.FileContentsManager.pre_save_hook = strip_on_save
