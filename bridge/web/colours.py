"""The colours that Outlook gives a category (Microsoft Graph, categoryColor), by name."""

from __future__ import annotations

from bridge.web.languages import Language


def colours(spoken: Language) -> list[tuple[str, str]]:
    """Give each colour as Graph calls it, with its name; "none" first."""
    _ = spoken.said
    names = [
        *(_("red"), _("orange"), _("brown"), _("yellow"), _("green"), _("teal"), _("olive"), _("blue"), _("purple")),
        *(_("cranberry"), _("steel"), _("dark steel"), _("grey"), _("dark grey"), _("black"), _("dark red")),
        *(_("dark orange"), _("dark brown"), _("dark yellow"), _("dark green"), _("dark teal"), _("dark olive")),
        *(_("dark blue"), _("dark purple"), _("dark cranberry")),
    ]
    return [("none", _("none")), *((f"preset{number}", name) for number, name in enumerate(names))]
