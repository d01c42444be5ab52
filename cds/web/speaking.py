"""Which language a page speaks: asked for, remembered, preferred by the browser, or English."""

from collections.abc import Mapping
from functools import partial

from babel.dates import get_day_names
from flask import Blueprint, Response, current_app, g, request
from markupsafe import Markup

from cds.http.parts import EXTENSION, Parts
from cds.model.wording import LANGUAGES, SOURCE_LANGUAGE, Catalogues

CATALOGUES = "exercise_cds_catalogues"
_COOKIE = "cds_language"
_YEAR = 31_536_000


def speak_in(blueprint: Blueprint) -> None:
    """Gives the pages of the blueprint a language; `?lang=` is remembered."""
    blueprint.before_request(_choose)
    blueprint.after_request(_remember)
    blueprint.app_context_processor(_words)


def switch_to(language: str) -> None:
    """Speaks that language from now on, when it is one of ours."""
    if language in LANGUAGES:
        g.language = g.chosen_language = language


def say(text: str, /, **values: object) -> str:
    """The fixed text in the language of the page, its places filled; English when it has none."""
    return _said(_spoken(), text, **values)


def weekdays() -> tuple[str, ...]:
    """The days of the week from Monday on, in short, in the language of the page."""
    names = get_day_names("abbreviated", locale=g.get("language", SOURCE_LANGUAGE))
    return tuple(names[number].strip(".") for number in range(7))


def _spoken() -> Mapping[str, str]:
    catalogues: Catalogues = current_app.extensions[CATALOGUES]
    return catalogues.get(g.get("language", ""), {})


def _said(spoken: Mapping[str, str], text: str, /, **values: object) -> str:
    found = spoken.get(text) or text
    return found.format(**values) if values else found


def _choose() -> None:
    kept = request.cookies.get(_COOKIE, "")
    preferred = request.accept_languages.best_match(list(LANGUAGES)) or SOURCE_LANGUAGE
    g.language = kept if kept in LANGUAGES else preferred
    switch_to(request.args.get("lang", ""))


def _remember(response: Response) -> Response:
    if "language" not in g:
        return response  # refused before a language was chosen
    response.headers["Content-Language"] = g.language
    if "chosen_language" in g:
        parts: Parts = current_app.extensions[EXTENSION]
        response.set_cookie(
            _COOKIE,
            g.chosen_language,
            max_age=_YEAR,
            secure=parts.settings.secure_cookies,
            httponly=True,
            samesite="Strict",
        )
    return response


def _words() -> dict[str, object]:
    language = g.get("language", SOURCE_LANGUAGE)
    in_english = Markup("") if language == SOURCE_LANGUAGE else Markup(' lang="en"')
    return {
        "_": partial(_said, _spoken()),  # looked up once for a page of some hundred texts
        "language": language,
        "languages": LANGUAGES,
        "in_english": in_english,
        "weekdays": weekdays,
    }
