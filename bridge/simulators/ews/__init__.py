"""Exchange Web Services on loopback, as Exchange Server 2016, 2019 and Subscription Edition have them: contacts.

``Simulator`` (app.py) is the way in::

    async with Simulator() as ews:
        anna = ews.mailbox("anna@contoso.example", "CONTOSO\\\\anna", "secret")
        ews.faults.add(Lost(), "CreateItem")        # then ask ews.url
        ews.observers.append(judge)                 # tests/judges/ews_schema.py

``app`` serves HTTP · ``sign_in`` is Basic, NTLM and Kerberos · ``service`` finds the operation · ``folders``,
``items``, ``search``, ``sync``, ``attachments``, ``configuration``, ``identities``, ``streaming`` are operations ·
``streams`` are the connections that stay open · ``restriction`` is what a search asks for · ``contacts``,
``properties`` and ``computed`` show the store as EWS' Contact · ``soap`` is XML. The store, its faults and what
Outlook does behind a client's back are those of the Graph simulator
(``bridge.simulators.graph.mailbox``): one store under both.

Assumed, since nothing public says it: DeleteItem takes any change key; AutoResolve and AlwaysOverwrite overwrite;
DisplayName and FileAs are made anew when parts of the name change and they are not sent (as Graph reports it);
comparisons of a restriction know no upper and lower case; whether an item is new or changed in a sync follows the age
of its properties; a second contact photo stands beside the first (a switch of ``Behaviour`` says otherwise); codes of
a refused contact.

Not simulated: mail, calendars and tasks but for their empty folders; contact lists but for their id; a directory;
autodiscover; MIME content; HTML bodies; attachments other than photos; AppendToItemField; grouping and query strings
of FindItem; pull and push subscriptions; delegates' permissions by folder; archives and public folders; the minute
that a batch may last; throttling but for the number of requests at a time and refusals on order; modern
authentication; ReadFlagChange, which contacts do not have.
"""

from bridge.simulators.ews.app import Simulator

__all__ = ["Simulator"]
"""The way in."""
