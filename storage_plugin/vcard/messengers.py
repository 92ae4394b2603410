"""Messengers and social profiles: IMPP, X-SOCIALPROFILE and the older X-SKYPE, X-JABBER … (VC-69, RFC 4770)."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence

from storage_plugin.model.contact import Messenger
from storage_plugin.vcard.draft import Draft, Remarks, without
from storage_plugin.vcard.kinds import PLACES
from storage_plugin.vcard.lines import Line, Param, escape, escape_uri, make_line

_OLD_NAMES = {
    "X-SKYPE": "skype", "X-SKYPE-USERNAME": "skype", "X-AIM": "aim", "X-ICQ": "icq", "X-JABBER": "jabber",
    "X-MSN": "msn", "X-YAHOO": "yahoo", "X-GADUGADU": "gadugadu", "X-GOOGLE-TALK": "googletalk", "X-QQ": "qq",
    "X-TWITTER": "twitter", "X-GROUPWISE": "groupwise", "X-SIP": "sip", "X-MATRIX": "matrix",
}  # fmt: skip
_SCHEMES = {
    "skype": "skype", "xmpp": "xmpp", "aim": "aim", "icq": "icq", "msnim": "msn", "ymsgr": "yahoo", "gg": "gadugadu",
    "sip": "sip", "sips": "sip", "irc": "irc", "matrix": "matrix",
}  # fmt: skip
_SPELLING = {"skype": "Skype", "jabber": "Jabber", "aim": "AIM", "icq": "ICQ", "msn": "MSN", "yahoo": "Yahoo"}
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(.*\S.*)", re.I | re.S)
_ANY = "x-apple"


class Messengers:
    """The list of messengers."""

    names = ("IMPP", "X-SOCIALPROFILE", *_OLD_NAMES)
    likenesses: Sequence[Callable[[Messenger], Hashable]] = (
        lambda entry: entry.handle,
        lambda entry: entry.service,
    )

    def read(self, line: Line, _remarks: Remarks) -> Messenger | None:
        """Give the handle that ``line`` says, or None."""
        text = line.text.strip()
        if not text:
            return None
        if line.name == "IMPP":
            service, handle, _ = _parts(line, text)
            return Messenger(handle, service, PLACES.read(line.types))
        if line.name == "X-SOCIALPROFILE":
            places = tuple(each for each in line.types if each.lower() in ("work", "home", "other"))
            service = PLACES.read(tuple(each for each in line.types if each not in places)).lower()
            return Messenger(line.param("X-USER").strip() or text, service, PLACES.read(places))
        return Messenger(text, _OLD_NAMES[line.name], PLACES.read(line.types))

    def create(
        self, draft: Draft, entry: Messenger, /, after: Line | None = None, before: Line | None = None
    ) -> Line:
        """Add an IMPP line as Apple writes it."""
        return draft.add(_impp(entry, "", (), draft.version), after, before)

    def change(self, draft: Draft, line: Line, old: Messenger, new: Messenger) -> Line:
        """Change the handle where it stands; another service or kind makes the line an IMPP."""
        same = (old.service, old.kind) == (new.service, new.kind)
        if line.name == "IMPP" and same:
            scheme = _parts(line, line.text.strip())[2]
            head = scheme or (_scheme_of(new.service) if new.service else "")
            return draft.rewrite(line, escape_uri(f"{head}:{new.handle}" if head else new.handle))
        if line.name == "X-SOCIALPROFILE" and same:
            return _social(draft, line, old.handle, new.handle)
        if line.name != "IMPP" and same:
            return draft.rewrite(line, escape(new.handle))
        kept = without(line.params, "TYPE", "X-SERVICE-TYPE", "SERVICE-TYPE", "X-USER", "ENCODING", "CHARSET")
        return draft.replace(line, _impp(new, line.group, tuple(kept), draft.version))


def service_and_handle(service: str, handle: str) -> tuple[str, str]:
    """Give both as they are read back: a handle without service may name one by its scheme."""
    match = _SCHEME.fullmatch(handle)
    while not service and match and match[1].lower() in _SCHEMES:
        service, handle = _SCHEMES[match[1].lower()], match[2].strip()
    return service.lower(), handle


def _parts(line: Line, text: str) -> tuple[str, str, str]:
    """Give service, handle and the scheme that stood before the handle."""
    service = (line.param("X-SERVICE-TYPE") or line.param("SERVICE-TYPE")).strip().lower()
    match = _SCHEME.fullmatch(text)
    scheme = match[1].lower() if match else ""
    if match and (scheme in _SCHEMES or (scheme == _ANY and service)):
        return service or _SCHEMES[scheme], match[2].strip(), scheme
    return service, text, ""


def _scheme_of(service: str) -> str:
    return next((scheme for scheme, name in _SCHEMES.items() if name == service), _ANY)


def _impp(entry: Messenger, group: str, kept: tuple[Param, ...], version: str) -> str:
    params = list(kept)
    value = entry.handle
    if entry.service:
        params.append(("X-SERVICE-TYPE", (_SPELLING.get(entry.service, entry.service),)))
        value = f"{_scheme_of(entry.service)}:{value}"
    if entry.kind:
        params.append(("TYPE", PLACES.write(entry.kind)))
    return make_line(group, "IMPP", params, escape_uri(value), version)


def _social(draft: Draft, line: Line, old: str, new: str) -> Line:
    """Change the user of a profile: in the parameter, and in the URL where the old one stands there."""
    if not line.param("X-USER").strip():
        return draft.rewrite(line, escape_uri(new))
    url = line.text.replace(old, new) if old in line.text else new
    params = [(name, (new,) if name == "X-USER" else values) for name, values in line.params]
    return draft.rewrite(line, escape_uri(url), params)


MESSENGERS = Messengers()
