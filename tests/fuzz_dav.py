"""Random and mutated requests: verbs, paths, headers, log-in, XML and vCards. ``python -m tests.fuzz_dav --count N``.

Held at every request: no 5xx, an answer that can be parsed; and for requests of strangers: no row changed. Now and
then: the book still synchronises, and memory is flat. A seed makes every run repeatable.
"""

from __future__ import annotations

import argparse
import base64
import io
import random
import resource
import sys
import tempfile
from typing import Any
from xml.etree.ElementTree import fromstring

from storage_plugin.database.engine import Database
from storage_plugin.database.migrate import migrate
from storage_plugin.database.users import Users
from storage_plugin.dav.application import build
from tests.dav.client import NS, Client, vcard

METHODS = [
    "GET", "HEAD", "PUT", "DELETE", "MOVE", "PROPFIND", "PROPPATCH", "REPORT", "OPTIONS", "POST", "MKCOL",
    "MKCALENDAR", "COPY", "LOCK", "UNLOCK", "ACL", "PATCH", "get", "X", "PUT", "PUT", "PUT",
    "REPORT", "REPORT", "REPORT", "PROPFIND", "PROPFIND",
]  # fmt: skip
PATHS = [
    "/", "//", "/alice", "/alice/", "/alice/contacts", "/alice/contacts/", "/alice/contacts/1.vcf", "*", "",
    "/alice/contacts/2.vcf", "/alice/contacts/%C3%BC", "/alice/contacts/%FF", "/alice/contacts/%00",
    "/alice/contacts/..", "/../../etc/passwd", "/alice/contacts/" + "x" * 300, "/.well-known/carddav", "/.web/",
    "/alice/contacts/a/b/c", "/.mobileconfig", "/alice/contacts/?view=freebusy", "/%zz", "/alice%2Fcontacts/1.vcf",
    "/bob/contacts/", "/bob/contacts/secret.vcf", "/alice/calendar/", "/alice/contacts/3.vcf",
]  # fmt: skip
XML = [
    "",
    f"<propfind {NS}><prop><getetag/><CS:getctag/><sync-token/><CR:max-image-size/></prop></propfind>",
    f"<propfind {NS}><allprop/></propfind>",
    f"<propfind {NS}><propname/></propfind>",
    f"<sync-collection {NS}><sync-token/><sync-level>1</sync-level><prop><getetag/></prop></sync-collection>",
    f"<sync-collection {NS}><sync-token>urn:x</sync-token><prop><getetag/></prop></sync-collection>",
    f"<CR:addressbook-multiget {NS}><prop><getetag/><CR:address-data><CR:prop name='FN'/></CR:address-data></prop>"
    "<href>/alice/contacts/1.vcf</href><href>/bob/contacts/1.vcf</href></CR:addressbook-multiget>",
    f"<CR:addressbook-query {NS}><prop><CR:address-data version='4.0'/></prop><CR:filter test='allof'>"
    "<CR:prop-filter name='EMAIL'><CR:text-match collation='i;octet' match-type='equals' negate-condition='yes'>a"
    "</CR:text-match><CR:param-filter name='TYPE'><CR:is-not-defined/></CR:param-filter></CR:prop-filter></CR:filter>"
    "<CR:limit><CR:nresults>1</CR:nresults></CR:limit></CR:addressbook-query>",
    f"<expand-property {NS}><property name='owner'/></expand-property>",
    f"<C:free-busy-query xmlns:C='urn:ietf:params:xml:ns:caldav' {NS}/>",
    f"<propertyupdate {NS}><set><prop><displayname>x</displayname></prop></set></propertyupdate>",
    f"<propertyupdate {NS}><remove><prop><resourcetype/></prop></remove></propertyupdate>",
    '<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;">]><propfind xmlns="DAV:"><prop>&c;</prop></propfind>',
]
CARDS = [
    vcard("1", "Ada", "EMAIL;TYPE=work:a@example.com", "item1.TEL:1", "item1.X-ABLabel:x", "NOTE:ü\\, b; c"),
    vcard("2", "Bob", "PHOTO;ENCODING=b;TYPE=JPEG:QUJD", "BDAY;VALUE=date:1996-04-15", "ADR:;;Weg 1;Ort;;1;D"),
    vcard("4", "Vier", "TEL;VALUE=uri;PREF=1:tel:+1", "RELATED:urn:uuid:1", version="4.0"),
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=C3=BC;=\r\nb\r\nEND:VCARD\r\n",
    vcard("g", "Group", "X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1"),
]
HEADERS: dict[str, list[str]] = {
    "Depth": ["0", "1", "infinity", "-1", "x", "", "1,0"],
    "If-Match": ["*", '"x"', 'W/"x"', "x", "", '"', ",", '"' * 50],
    "If-None-Match": ["*", '"x"', 'W/"x", "c1-1"', ",,,"],
    "Content-Type": [
        "text/vcard",
        "text/xml; charset=klingon",
        "text/vcard; charset=utf-16",
        "x",
        "text/calendar",
        ";",
    ],
    "Content-Length": ["0", "-1", "x", "5", "99999999999999999999"],
    "Accept": ["text/vcard;version=4.0", "*/*", "x" * 1000],
    "Destination": ["/alice/contacts/3.vcf", "http://localhost/alice/contacts/%C3%BC", "http://[", "/bob/x", "%", ""],
    "Overwrite": ["T", "F", "x"],
    "X-Script-Name": ["/dav", "x", "/../", "/\xff"],
    "Content-Encoding": ["gzip", "identity", "x"],
    "Transfer-Encoding": ["chunked", "x"],
    "Prefer": ["return=minimal"],
    "Range": ["bytes=0-1", "x"],
    "Host": ["", "x:y", "\xff"],
    "X-Remote-User": ["bob"],
}
LOGINS = [
    "",
    "Basic",
    "Basic !",
    "Basic " + base64.b64encode(b"bob:x").decode(),
    "Bearer x",
    "Basic \xff",
    "Digest a=b",
]


def mutated(random: random.Random, body: bytes) -> bytes:
    """Change, drop, double and insert some octets."""
    octets = bytearray(body)
    for _ in range(random.choice((0, 0, 1, 2, 8))):
        at = random.randrange(len(octets) + 1)
        kind = random.randrange(5)
        if kind == 0 and octets:
            octets[at % len(octets)] = random.randrange(256)
        elif kind == 1:
            del octets[at : at + random.randrange(20)]
        elif kind == 2:
            octets[at:at] = octets[at : at + random.randrange(60)]
        elif kind == 3:
            octets[at:at] = random.choice(
                (b"\r\n", b";", b":", b'"', b"<", b"&", b"\0", b"\xff", "ü".encode(), b"]]>")
            )
        else:
            del octets[at:]
    return bytes(octets)


class Fuzz:
    """One run over an application of its own."""

    def __init__(self, url: str, seed: int) -> None:
        self.random = random.Random(seed)
        self.database = Database.open(url)
        migrate(self.database)
        users = Users(self.database)
        users.add("alice")
        users.add("bob")
        self.application = build(url)
        self.phone = Client(self.application, "alice", users.add_device("alice", "phone"))
        self.bob = Client(self.application, "bob", users.add_device("bob", "phone"))
        assert self.bob.put("secret.vcf", vcard("s", "Secret")).status == 201
        self.secret = self.bob.sync().body

    def step(self) -> str:
        """Send one request and check what comes back; give its description."""
        pick = self.random
        method, path = pick.choice(METHODS), pick.choice(PATHS)
        if pick.random() < 0.1:
            path = mutated(pick, path.encode()).decode("latin-1")
        source = CARDS if pick.random() < (0.8 if method == "PUT" else 0.1) else XML
        body = mutated(pick, pick.choice(source).encode())
        headers = {name: pick.choice(values) for name, values in HEADERS.items() if pick.random() < 0.12}
        environ: dict[str, Any] = {"wsgi.input": io.BytesIO(body)}
        is_stranger = pick.random() < 0.15
        if is_stranger:
            environ["HTTP_AUTHORIZATION"] = pick.choice(LOGINS)
        told = f"{method} {path!r} {headers} {environ.get('HTTP_AUTHORIZATION')!r} {body!r}"
        before = self.counter() if is_stranger else 0
        reply = self.phone(method, path, body, headers, **environ)
        assert reply.status < 500 or self.is_a_limit(reply.status, body), f"{reply.status} to {told}"
        if reply.status == 207 and method != "HEAD":
            fromstring(reply.body)
        assert not is_stranger or self.counter() == before, f"a stranger changed a row: {told}"
        assert b"Secret" not in reply.body, f"a stranger's card: {told}"
        return told

    def is_a_limit(self, status: int, body: bytes) -> bool:
        """RFC 6578 3.6 wants 507 when more matches than DAV:nresults."""
        return status == 507 and b"nresults" in body

    def counter(self) -> int:
        with self.database.reading() as connection:
            return int(connection.exec_driver_sql("SELECT number FROM book").scalar() or 0)

    def check(self) -> None:
        """See that the book is whole: it lists, gives and synchronises."""
        listed = self.phone.sync()
        assert listed.status == 207
        given = self.phone.multiget(listed.living)
        assert given.status == 207
        assert sorted(given.living) == sorted(listed.living)
        assert self.phone.sync(listed.token).living == []
        assert self.bob.sync().body == self.secret or self.bob.get("secret.vcf").status == 200


def run(count: int, seed: int, url: str) -> int:
    """Send ``count`` requests; raise AssertionError at the first that is answered wrongly.

    Gives the kB by which memory grew after the first quarter.
    """
    fuzz = Fuzz(url, seed)
    early = 0
    for at in range(count):
        fuzz.step()
        if at % 500 == 0:
            fuzz.check()
        if at == count // 4:
            early = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    fuzz.check()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - early
    assert count < 20_000 or grown < 20_000, f"memory grew by {grown} kB"
    fuzz.application.close()
    fuzz.database.close()
    return grown


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    asked = parser.parse_args()
    print(f"{asked.count} requests, seed {asked.seed}", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        grown = run(asked.count, asked.seed, f"sqlite:///{folder}/contacts.db")
    print(f"No 5xx, no changed row; memory grew by {grown / 1000:.1f} MB after the first quarter.")


if __name__ == "__main__":
    main()
