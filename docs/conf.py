"""Sphinx configuration: one page a public name, guides in MyST, a gallery of the examples."""

import importlib.metadata
import inspect
import os
import re
import warnings

from docutils import nodes
from sphinx.addnodes import pending_xref

project = "alignscore"
author = "The alignscore authors"
copyright = "The alignscore authors"
release = version = importlib.metadata.version("alignscore")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.mathjax",
    "numpydoc",
    "myst_nb",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = [
    "_build", ".jupyter_cache", "jupyter_execute", "**.ipynb_checkpoints",
    "gallery/*.py", "gallery/*.ipynb", "gallery/*.md5",
]  # fmt: skip
suppress_warnings = ["config.cache"]  # the gallery's order is a function, which no cache can hold

# ---- reference pages: numpydoc renders the docstrings, one page a name --------------------------------
templates_path = ["_templates"]
autosummary_generate = True
autosummary_imported_members = False
default_role = "code"
autodoc_typehints = "none"  # numpydoc sections say the types in words
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
numpydoc_xref_param_type = False


def signature_of_class(_app, what, _name, obj, _options, _signature, _returns):
    """Fields of a frozen value as Python tells them: Sphinx would show the `__new__` that all of these share.

    A result has none: nobody makes one by hand, and its attributes are told below.
    """
    from alignscore.results import Result

    if what != "class" or not hasattr(obj, "__dataclass_fields__"):
        return None
    if issubclass(obj, Result):
        return "", None
    parameters = inspect.signature(obj).parameters.values()
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in parameters]
    return str(inspect.Signature(bare)), None


def names_lead_to_their_pages(app, doctree):
    """Link what a guide names in its text, `al.what_if` or `Ledger.post(...)`, where the reference has a page of it."""
    # names of a docstring are mostly its own parameters, those of the architecture rooms and files
    if app.env.docname.startswith(("generated/", "gallery/", "architecture", "extending/")):
        return
    for literal in list(doctree.findall(nodes.literal)):
        name = re.match(r"(?:al\.|alignscore\.)?([A-Za-z_][\w.]*)(?:\(.*\))?$", literal.astext(), re.DOTALL)
        if name and not isinstance(literal.parent, nodes.title | nodes.reference | pending_xref):
            link = pending_xref(
                refdoc=app.env.docname, refdomain="py", reftype="obj", reftarget=f"alignscore.{name[1]}"
            )
            literal.replace_self(link)
            link += literal


def setup(app):
    """Hook into Sphinx what no option of it asks for."""
    app.connect("autodoc-process-signature", signature_of_class)
    app.connect("doctree-read", names_lead_to_their_pages)


# ---- guides: code on a page runs in the tests (tests/test_docs.py); the tutorial runs at the build --------
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
os.environ.pop("MPLBACKEND", None)  # the notebook's kernel then shows its figures in the page
nb_execution_mode = "force"
nb_execution_timeout = 120
nb_execution_raise_on_error = True
intersphinx_mapping: dict[str, tuple[str, None]] = {}  # the build asks for nothing from outside

# ---- gallery ---------------------------------------------------------------------------------------
warnings.filterwarnings("ignore", message=".*FigureCanvasAgg is non-interactive.*")


def figures_with_alt_text(_block, block_vars, gallery_conf):
    """Save the figures of a script and say each in words, as `alignscore.plots.alt_text` tells it."""
    import matplotlib.pyplot as plt
    from sphinx_gallery.scrapers import figure_rst

    from alignscore.plots import alt_text

    shown = []
    for number, path in zip(plt.get_fignums(), block_vars["image_path_iterator"], strict=False):
        figure = plt.figure(number)
        figure.savefig(path, dpi=150)
        words = " ".join(alt_text(ax) for ax in figure.axes)
        shown.append(figure_rst([path], gallery_conf["src_dir"], words))
    plt.close("all")
    return "\n".join(shown)


sphinx_gallery_conf = {
    "image_scrapers": (figures_with_alt_text,),
    "examples_dirs": "../examples/gallery",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/plot_",
    "remove_config_comments": True,
    "show_memory": False,
    "capture_repr": (),
    "download_all_examples": False,
    "min_reported_time": 10**6,
    "write_computation_times": False,  # a page for developers, whose table asks for scripts from outside
    "within_subsection_order": "FileNameSortKey",
}

# ---- look -----------------------------------------------------------------------------------------
html_theme = "pydata_sphinx_theme"
html_title = "alignscore"
html_static_path = ["_static"]
html_css_files = ["alignscore.css"]
html_show_sourcelink = False
# pages without pages below them: a column of their own would stand empty
html_sidebars = {
    page: []
    for page in (
        "install", "ten_minutes", "tutorial", "choosing", "data", "partners", "uncertainty", "validity",
        "performance", "architecture", "changelog", "policy",
    )
}  # fmt: skip
html_theme_options = {
    "show_nav_level": 1,
    "navigation_with_keys": False,
    "header_links_before_dropdown": 6,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "show_prev_next": False,
}
