"""Microsoft Graph's contacts on loopback, written from the documentation and from reported behaviour.

``Simulator`` (app.py) is the way in::

    async with Simulator() as graph:
        anna = graph.mailbox("anna@contoso.example")
        token = graph.sign_in.token(anna)          # then ask graph.graph + "/me/contacts"
        graph.faults.add(Lost(), "POST /me/contacts$")
        graph.observers.append(judge)              # tests/judges/graph_schema.py

``app`` serves HTTP · ``service`` finds the handler · ``contacts``, ``folders``, ``delta``, ``photo``, ``categories``,
``user`` are the handlers · ``batch``, ``throttle``, ``faults``, ``subscriptions``, ``sign_in`` stand around them ·
``outlook`` shows a mailbox in a browser (``outlook_form``, ``outlook_html``) · ``mailbox`` holds the contacts as
``properties``, ``fields`` shows these as Graph's contact, ``query`` reads OData's options, ``ids`` makes ids and
change keys.

Assumed, since nothing public says it: a contact is found by both forms of its id whatever ``Prefer`` says, and at
``/contactFolders/{folder}/contacts/{id}`` only in that folder; displayName and fileAs are made of the parts of the
name alone; an empty text clears a field; imAddresses has three slots; error codes of slot limits, of a doubled
category and of a refused contact; If-Match is honoured on contacts (a switch of ``Behaviour`` says otherwise); a
contact in the deleted items can still be read and changed by its id (another switch).

Not simulated: mail, calendars, tasks, sites; open extensions and multi-value extended properties; ``$search``, and
``$filter`` beyond equality; contact lists but for their being counted; yomi sorting; ``/beta``; ``$metadata``;
notifications with resource data, and their retries over hours; certificates as an application's secret; the
browser's side of signing in; shared and delegated mailboxes, archives; permissions other than of contacts, mailbox
settings and user; the clean-up of the deleted items, and the empty conversation that a deletion leaves there; the
limits of 2,000 requests a second for an app, of 1,000 subscriptions of a mailbox, of slow endpoints (2.9 s), and of
100 kB for a photo (4 MB here); national clouds; gzip.
"""

from bridge.simulators.graph.app import Simulator
from bridge.simulators.graph.mailbox import Mailbox

__all__ = ["Mailbox", "Simulator"]
