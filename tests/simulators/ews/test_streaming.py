"""Streaming subscriptions of the simulator, asked as a client asks; Exchange's own schema is the judge."""

from bridge.simulators.graph.properties import TEXTS

SUBSCRIBE = (
    "<m:Subscribe><m:StreamingSubscriptionRequest><t:FolderIds>"
    '<t:DistinguishedFolderId Id="contacts"/></t:FolderIds><t:EventTypes>{kinds}</t:EventTypes>'
    "</m:StreamingSubscriptionRequest></m:Subscribe>"
)


def subscribe(office, *kinds):
    said = "".join(f"<t:EventType>{kind}</t:EventType>" for kind in kinds)
    return office.ask(SUBSCRIBE.format(kinds=said)).text("SubscriptionId")


def listen(office, id):
    ids = f"<m:SubscriptionIds><t:SubscriptionId>{id}</t:SubscriptionId></m:SubscriptionIds>"
    return office.ask(
        f"<m:GetStreamingEvents>{ids}<m:ConnectionTimeout>1</m:ConnectionTimeout></m:GetStreamingEvents>"
    )


def test_what_happened_is_said_until_the_time_is_over(office):
    office.ews.behaviour.minute = 0.2
    id = subscribe(office, "CreatedEvent", "ModifiedEvent", "MovedEvent", "DeletedEvent")
    item = office.anna.add({TEXTS["givenName"]: "Nick"})
    office.anna.put(item, {TEXTS["jobTitle"]: "Chief"})
    office.anna.delete(item)
    other = office.anna.add({TEXTS["givenName"]: "Andrea"})
    office.anna.purge(other)
    said = listen(office, id).content
    told = [part.split(b">", 1)[0] for part in said.split(b"<t:") if part.split(b">", 1)[0].endswith(b"Event")]
    assert told == [
        *(b"CreatedEvent", b"ModifiedEvent", b"ModifiedEvent", b"MovedEvent"),
        *(b"CreatedEvent", b"ModifiedEvent", b"DeletedEvent"),
    ]
    assert said.count(b">OK<") == 1 and said.count(b">Closed<") == 1 and said.rstrip().endswith(b"Envelope>")


def test_events_that_were_not_asked_for_and_other_folders_are_not_told(office):
    office.ews.behaviour.minute = 0.1
    id = subscribe(office, "MovedEvent")
    elsewhere = office.anna.add_folder("Private").id
    office.anna.add({TEXTS["givenName"]: "Nick"})
    item = office.anna.add({TEXTS["givenName"]: "Andrea"}, elsewhere)
    office.anna.delete(item)
    assert b"Notification>" not in listen(office, id).content


def test_who_is_not_subscribed_and_who_has_too_many_connections_are_refused(office):
    assert listen(office, "unknown").codes == ["ErrorSubscriptionNotFound"]
    id = subscribe(office, "CreatedEvent")
    office.ews.behaviour.hanging = 0
    assert listen(office, id).codes == ["ErrorExceededConnectionCount"]
    unsubscribe = f"<m:Unsubscribe><m:SubscriptionId>{id}</m:SubscriptionId></m:Unsubscribe>"
    assert [office.ask(unsubscribe).codes for _ in range(2)] == [["NoError"], ["ErrorSubscriptionNotFound"]]
