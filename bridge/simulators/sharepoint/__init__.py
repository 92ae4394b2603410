"""SharePoint's contacts lists on loopback, written from the documentation and from reported behaviour.

``store`` holds sites, lists, rows, change log and recycle bin, ``columns`` what becomes of a value that is written.
Two faces stand over it:

``Online`` (``online*``, ``units``): Microsoft Graph, in the simulator of Graph with its sign-in, batches and faults::

    async with Simulator() as graph:
        site = Online(graph).site("https://contoso.sharepoint.com/sites/office")
        token = graph.sign_in.token(None, SITES)  # then ask graph.graph + "/sites/contoso.sharepoint.com:/…"

``OnPremises`` (``rest*``): a SharePoint Server with one site, asked through ``_api`` after signing in by NTLM::

    async with OnPremises() as server:
        server.sign_in.passwords["FIRM\\\\anna"] = "a password"   # then ask server.site.address + "/_api/…"

``behaviour`` has the switches; what a person does at the site's pages is done with the methods of ``store``.

Assumed, since nothing public says it: the status and code of a refused duplicate, of a full site and of an invalid
change token; a PATCH of fields answers with all fields and the version (a switch says otherwise); recycling takes no
notice of If-Match; Title is required of programs too; a column of days keeps the site's midnight; a rich note is kept
inside one ``<div>``; a file that is attached is a new version of its row.

Not simulated: notifications of lists (only "updated", 42,300 minutes); other content types than contacts and folders,
versions of rows, workflows, approval; photos of contacts; permissions of single rows; attachments by their paths;
most of the columns that every list has of itself; ``$batch`` of REST, ``GetListItemChangesSinceToken``, CAML,
``$skip``, ``$expand``, ``$orderby``, filters beyond equality; JSON light (only ``odata=verbose``); the limit of 3,000
requests of a user in five minutes, and that of a day; bearer tokens, forms, claims and Kerberos on-premises.
"""

from bridge.simulators.sharepoint.online import SITES, Online
from bridge.simulators.sharepoint.store import ContactsList, Site

__all__ = ["SITES", "ContactsList", "Online", "Site"]
