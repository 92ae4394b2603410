"""HTML from templates: Jinja2 through aiohttp-jinja2, one environment for each language."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from bridge.web.languages import NAMES, Language, language
from bridge.web.navigation import navigation
from bridge.web.sentences import sentences

HERE = Path(__file__).parent
STATIC = HERE / "static"


@cache
def static(name: str) -> str:
    """Give the address of a file that comes with us; it changes with the content, so that browsers may keep it."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{digest}/{name}"


class Renderer:
    """Renders templates; each is compiled once for each language."""

    def __init__(self) -> None:
        self._environments = {code: _environment(language(code)) for code in NAMES}

    def __call__(self, template: str, spoken: Language, shows: Mapping[str, Any]) -> str:
        """Render a template with what it shows."""
        return self._environments[spoken.code].get_template(template).render(shows)


def _environment(spoken: Language) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    catalogue = spoken.catalogue
    environment.install_gettext_callables(catalogue.gettext, catalogue.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {"day": spoken.day, "time": spoken.time, "number": spoken.number}
    environment.filters |= {"sentence": sentences(spoken)}
    environment.globals["ngettext"] = partial(_counted, spoken)
    environment.globals |= {"static": static, "spoken": spoken, "languages": NAMES}
    environment.globals["navigation"] = partial(navigation, spoken)
    return environment


def _counted(spoken: Language, one: str, many: str, number: int, **values: object) -> Markup:
    """Say a number of things; values are escaped, as everywhere in a template."""
    return Markup(spoken.catalogue.ngettext(one, many, number)) % {"num": spoken.number(number), **values}
