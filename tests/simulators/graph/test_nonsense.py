"""Whatever is sent, the simulator answers as a service does: a refusal, never a failure of its own."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yarl import URL

from tests.effort import examples
from tests.simulators.graph.office import STAMP

TEXT = st.text(max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def bodies(*names):
    known = st.fixed_dictionaries({}, optional={name: VALUES for name in names})
    return known | st.dictionaries(TEXT, VALUES, max_size=3)


def asking(line, body):
    return st.tuples(st.just(line), body)


PARTS = bodies("id", "method", "url", "headers", "body", "dependsOn") | st.fixed_dictionaries(
    {"id": TEXT, "method": st.sampled_from(["GET", "POST"]), "url": TEXT | st.just("/me/contacts")},
    optional={"headers": VALUES, "body": VALUES, "dependsOn": VALUES},
)
EXTENDED = st.lists(st.fixed_dictionaries({"id": VALUES | st.just(STAMP)}, optional={"value": VALUES}), max_size=2)
CONTACTS = bodies("surname", "emailAddresses", "businessPhones", "homeAddress", "birthday", "primaryEmailAddress")
REST = st.just("restId")
EXCHANGES = st.one_of(
    asking("POST /me/contacts", CONTACTS),
    asking("POST /me/contacts", st.fixed_dictionaries({"singleValueExtendedProperties": EXTENDED | VALUES})),
    asking("POST /me/contacts", st.binary(max_size=8) | st.sampled_from([b'{"surname": "\\ud800"}', b"[" * 100_000])),
    asking("POST /me/contactFolders", bodies("displayName")),
    asking("POST /me/outlook/masterCategories", bodies("displayName", "color")),
    asking("POST /me/translateExchangeIds", bodies("inputIds", "sourceIdType", "targetIdType")),
    asking(
        "POST /me/translateExchangeIds",
        st.fixed_dictionaries({"inputIds": VALUES, "sourceIdType": REST, "targetIdType": REST}),
    ),
    asking("POST /subscriptions", bodies("resource", "changeType", "notificationUrl", "expirationDateTime")),
    asking(
        "POST /subscriptions",
        st.fixed_dictionaries(
            {
                "resource": st.just("/me/contacts"),
                "changeType": st.just("created"),
                "notificationUrl": VALUES | st.just("http://127.0.0.1:"),
                "lifecycleNotificationUrl": VALUES,
                "expirationDateTime": VALUES | st.just("2026-11-22T10:00:00Z"),
            }
        ),
    ),
    asking("POST /$batch", st.fixed_dictionaries({"requests": st.lists(PARTS, max_size=3) | VALUES})),
)
PLACES = ("/me/contacts", "/me/contacts/delta", "/me/{}", "/users/{}/contacts", "/me/contacts/{}")


def answered(reply):
    """Tell whether the service answered; its own failures are no JSON."""
    return reply.status < 500 or reply.error == "InternalServerError"


@settings(max_examples=examples(200), deadline=None, suppress_health_check=list(HealthCheck))
@given(EXCHANGES)
def test_any_body_is_answered(office, exchange):
    office.graph.observers.clear()
    line, body = exchange
    headers = {"Content-Type": "application/json"} if isinstance(body, bytes) else None
    assert answered(office.ask(line, body, headers))


@settings(max_examples=examples(100), deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(["GET", "POST", "PATCH", "PUT", "DELETE"]),
    st.text(st.characters(min_codepoint=33, max_codepoint=400, exclude_characters="?#"), max_size=12),
    st.sampled_from(["$filter", "$expand", "$select", "$top", "$skip", "$orderby", "$count", "$deltatoken"]),
    TEXT,
)
def test_any_address_is_answered(office, method, path, option, value):
    office.graph.observers.clear()
    for place in PLACES:
        url = URL(office.graph.graph + place.format(path)).with_query({option: value})
        assert answered(office.ask(f"{method} {url}", {} if method in ("POST", "PATCH") else None))
