"""What all pages share: their blueprint, their token, and what was loaded for them."""

from collections.abc import Mapping

from flask import Blueprint, current_app, g
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import Forbidden

from cds.routes.turns import take_turn
from cds.trust.access import ROLES
from cds.web.layout import Layout

LAYOUT = "exercise_cds_form"
NAMES = "exercise_cds_names"

pages = Blueprint(
    "pages",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/assets",
)
csrf = CSRFProtect()


def layout() -> Layout:
    """How the form is laid out."""
    found: Layout = current_app.extensions[LAYOUT]
    return found


def names() -> Mapping[str, str]:
    """Ids of all that a page names, each with the words that people read."""
    found: Mapping[str, str] = current_app.extensions[NAMES]
    return found


def protect() -> None:
    """Lets only a form of ours through, and it waits for its turn.

    Raises: Forbidden.
    """
    try:
        csrf.protect()
    except CSRFError:
        raise Forbidden from None
    take_turn()


def may(route: str) -> bool:
    """Whether whoever looks at a page could go there, so that nobody is shown a closed door."""
    principal = g.get("principal")
    return principal is not None and bool(principal.roles & ROLES[route])
