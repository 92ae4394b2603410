"""From what the address book refuses or fails at to what a client is told: status and DAV:error element.

RFC 4918 16 (form), RFC 6352 6.3.2.1 (PUT), RFC 6578 3.2 and 3.6 (sync), RFC 4331 6 (space), RFC 3744 7.1.1.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from storage_plugin.dav.http import CARDDAV, HttpError
from storage_plugin.dav.paths import Urls
from storage_plugin.model.book import (
    BookError,
    InvalidToken,
    NotFound,
    Precondition,
    Refused,
    StorageFull,
    TooLarge,
    UidConflict,
    Unavailable,
)

VALID_ADDRESS_DATA = f"{{{CARDDAV}}}valid-address-data"
SUPPORTED_ADDRESS_DATA = f"{{{CARDDAV}}}supported-address-data"
SUPPORTED_COLLATION = f"{{{CARDDAV}}}supported-collation"
SUPPORTED_FILTER = f"{{{CARDDAV}}}supported-filter"
MAX_SIZE = f"{{{CARDDAV}}}max-resource-size"
UID_CONFLICT = f"{{{CARDDAV}}}no-uid-conflict"
COLLECTION_LOCATION = f"{{{CARDDAV}}}addressbook-collection-location-ok"
VALID_SYNC_TOKEN = "{DAV:}valid-sync-token"
WITHIN_LIMITS = "{DAV:}number-of-matches-within-limits"
SUPPORTED_REPORT = "{DAV:}supported-report"
FINITE_DEPTH = "{DAV:}propfind-finite-depth"
NEED_PRIVILEGES = "{DAV:}need-privileges"
QUOTA = "{DAV:}sufficient-disk-space"


def http_error(error: BookError, urls: Urls | None) -> HttpError:
    """Say ``error`` in HTTP; ``urls`` are the viewer's, for the href of a conflict."""
    match error:
        case NotFound():
            return HttpError(404, "There is no such contact here.")
        case Precondition():
            return HttpError(412, "The contact has changed, or exists already.")
        case UidConflict():
            href = f'<href xmlns="DAV:">{escape(urls.card(error.href))}</href>' if urls else ""
            return HttpError(409, "Another contact has this UID.", condition=UID_CONFLICT, inner=href)
        case Refused():
            return HttpError(403, error.reason, condition=NEED_PRIVILEGES)
        case InvalidToken():
            return HttpError(403, condition=VALID_SYNC_TOKEN)
        case TooLarge():
            return HttpError(413, str(error), condition=MAX_SIZE)
        case StorageFull():
            return HttpError(507, "There is no room left on the server; nothing was changed.", condition=QUOTA)
        case Unavailable():
            return away(error)
    return HttpError(409, str(error))


def away(error: Unavailable) -> HttpError:
    """Ask the client to come again: a 401 would stop a phone, a 404 or an empty book would empty it."""
    reason = "The address book cannot be reached now; please try again later."
    return HttpError(503, reason, headers=(("Retry-After", str(max(1, error.retry_after))),))
