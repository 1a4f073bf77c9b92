"""Sphinx settings of the report; ``make report`` copies this folder and fills it."""

import re

project = "NASICON compendium"
copyright = "NASICON compendium contributors; text and figures CC BY 4.0, code MIT"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
html_theme = "furo"
html_title = "NASICON compendium"
html_static_path = ["_static"]
html_css_files = ["report.css"]
html_js_files = ["filter.js"]
html_show_sphinx = False
html_copy_source = False
nb_execution_mode = "off"  # the notebooks come executed
nb_merge_streams = True
myst_enable_extensions = ["colon_fence", "attrs_inline"]
myst_heading_anchors = 3
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_typehints = "none"
autodoc_member_order = "bysource"
suppress_warnings = ["myst.header", "mystnb.unknown_mime_type", "ref.python"]


def escape_bars(app, what, name, obj, options, lines):
    """|Z| in a docstring is a modulus, not a substitution."""
    lines[:] = [re.sub(r"\|(?=[^|`\s])([^|`]+)\|", r"\|\1\|", line) for line in lines]


def setup(app):
    """Sphinx calls this."""
    app.connect("autodoc-process-docstring", escape_bars)
