"""Small cards for the cases."""

from storage_plugin.vcard.lines import parse


def card(*lines, version="3.0", fn="FN:Anna Muster"):
    """A sound card with ``lines``."""
    frame = ["BEGIN:VCARD", f"VERSION:{version}", "UID:u-1", *([fn] if fn else []), *lines, "END:VCARD", ""]
    return "\r\n".join(frame)


def values(text):
    """The unfolded lines of a card."""
    return [f"{line.head}:{line.value}" for line in parse(text).lines]
