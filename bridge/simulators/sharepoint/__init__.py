"""SharePoint's contacts lists on loopback, written from the documentation and from reported behaviour.

``store`` holds sites, lists, rows, change log and recycle bin; ``online*`` show them as Microsoft Graph does (in the
simulator of Graph, with its sign-in, batches and faults).
"""

from bridge.simulators.sharepoint.online import SITES, Online
from bridge.simulators.sharepoint.store import ContactsList, Site

__all__ = ["SITES", "ContactsList", "Online", "Site"]
