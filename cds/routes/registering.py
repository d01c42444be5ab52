"""Routes with types: what a view is stays known to the type checker."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from flask import Blueprint, Response
from werkzeug.routing import Rule

View = TypeVar("View", bound=Callable[..., Response])
Build = Callable[..., tuple[str, str]]


class LateRule(Rule):
    """An address that is compiled for matching at once, for writing when it is first written.

    Werkzeug compiles two functions that write it for each of 80, and pages have it write four.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Build:
        compiled = cache(super()._compile_builder)

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            return compiled(append_unknown)(rule, **values)

        return build


def on(blueprint: Blueprint, method: str, path: str) -> Callable[[View], View]:
    """Registers a view for one method of one address."""

    def register(view: View) -> View:
        blueprint.add_url_rule(path, view_func=view, methods=[method])
        return view

    return register
