"""Routes with types: what a view is stays known to the type checker."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, Response

View = TypeVar("View", bound=Callable[..., Response])


def on(blueprint: Blueprint, method: str, path: str) -> Callable[[View], View]:
    """Registers a view for one method of one address."""

    def register(view: View) -> View:
        blueprint.add_url_rule(path, view_func=view, methods=[method])
        return view

    return register
