"""The oracle: whatever two users, an administrator and somebody with SQL do, every phone ends up with what is there.

Phones sync from their last token at random times. After each sync a phone holds exactly what a full listing gives,
and was never told that something is gone which it never had. After each step everybody's listing is compared with
what the business tables and the filters say, by a second reckoning that knows nothing of ``hidden`` and ``alias``;
and what a device did has changed nothing that its user cannot see. How a request ends may depend only on what its
user can see: the expected outcome is worked out from that alone. Where an erasure or a new view meets a PUT, either
may come first, and all the rest holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from storage_plugin.database.engine import Database
from storage_plugin.database.erasure import erase
from storage_plugin.database.schema import record_type
from storage_plugin.database.visibility import subject_of, was_visible
from storage_plugin.model.book import ContactId, NotFound, Origin, Precondition, Refused, UidConflict
from storage_plugin.model.contact import Contact
from storage_plugin.model.view import Condition, Filter, NewContacts, Operator, View
from storage_plugin.vcard.mapping import contact_from_vcard
from tests.effort import examples
from tests.visibility.office import Office, Phone, group, key_of, vcard

HREFS = [f"{letter}.vcf" for letter in "abcd"]
UIDS = [f"uid-{number}" for number in range(4)]
COMPANIES = ["ACME", "Müller", "株式会社"]

_is_acme = Condition("company", Operator.IS, "acme")
_not_acme = Condition("company", Operator.IS_NOT, "ACME")
_mueller = Condition("company", Operator.STARTS_WITH, "MÜ")
VIEWS = [
    View(),
    View(Filter((_is_acme,))),
    View(Filter((_not_acme,)), NewContacts.ACCEPT),
    View(Filter((_is_acme, _mueller), "any"), NewContacts.ACCEPT, show_accounts=True),
    View(Filter((Condition("customer_number", Operator.IS_NOT_EMPTY),)), NewContacts.REFUSE),
    View(Filter((_mueller,)), read_only=True),
    View(Filter((Condition("type", Operator.IS, "Business Contact"),)), show_accounts=True),
]

_who = st.sampled_from(range(3))
_href = st.sampled_from(HREFS)
_uid = st.sampled_from(UIDS)
_company = st.sampled_from(COMPANIES)
_pick = st.integers(0, 7)


class Books(RuleBasedStateMachine):
    """Two of Alice's phones and one of Bob's, and everything that can happen to them."""

    database: Database

    @initialize(views=st.tuples(st.sampled_from(VIEWS), st.sampled_from(VIEWS)))
    def open(self, views: tuple[View, View]) -> None:
        self.office = Office(self.database)
        self.phones = [self.office.phone, self.office.another(self.office.alice), self.office.bobs]
        self.names: dict[str, dict[Any, str]] = {}
        self.numbers: dict[int, str] = {}
        self.turn = 0
        self.set_view(0, views[0])
        self.set_view(2, views[1])
        self.renamer = ""

    # --- devices ---

    @rule(who=_who, href=_href, uid=_uid, company=_company, more=st.sampled_from(["", "flag", "mail", "list"]),
          expect=st.sampled_from(["", "", "", "new", "known", "stale"]))  # fmt: skip
    def put(self, who: int, href: str, uid: str, company: str, more: str, expect: str) -> None:
        self._put(self.phones[who], href, uid, company, more, expect)

    @rule(who=_who, pick=_pick, company=_company, more=st.sampled_from(["", "flag", "mail"]))
    def edit(self, who: int, pick: int, company: str, more: str) -> None:
        phone = self.phones[who]
        if listing := sorted(phone.listing()):
            href = listing[pick % len(listing)]
            self._put(phone, href, phone.book.cards([href])[href].uid, company, more, "known")

    def _body(self, uid: str, company: str, more: str) -> bytes:
        """Write a card with a name of its own, which ends in a full stop."""
        self.turn += 1
        if more == "list":
            return group(uid, f"List {self.turn}.", "uid-0")
        extra = {"flag": ["CATEGORIES:business CONTACT"], "mail": ["EMAIL:x@example.org"]}.get(more, [])
        return vcard(uid, f"Person {self.turn}.", f"ORG:{company}", *extra)

    def _put(self, phone: Phone, href: str, uid: str, company: str, more: str, expect: str) -> None:
        body = self._body(uid, company, more)
        seen, before = _members(phone), self._hidden_from(phone)
        here = seen.get(href)
        etag = {"known": here.etag if here else "c0-0", "stale": "c0-0"}.get(expect)
        asked = {"match": etag, "none_match": "*" if expect == "new" else None}
        wanted = self._outcome(phone, seen, href, uid, more == "list", expect)
        kept = dict(phone.cards)
        try:
            stored = phone.put(href, body, **asked)
            assert wanted == ("created" if stored.created else "changed"), (wanted, stored)
        except (Precondition, UidConflict, Refused) as error:
            assert type(error).__name__ == wanted, (wanted, error)
            if isinstance(error, UidConflict):
                assert error.href in seen, "a hidden name is told"
            phone.cards = kept
        self._nothing_hidden_changed(phone, before)

    def _outcome(self, phone: Phone, seen: dict[str, Any], href: str, uid: str, is_list: bool, expect: str) -> str:
        """Say how a PUT must end, from what the user can see and nothing else."""
        here = seen.get(href)
        if here is not None and is_list != here.etag.startswith("g"):
            return "Refused"
        if (expect == "new" and here) or expect == "stale" or (expect == "known" and not here):
            return "Precondition"
        if here is not None:
            return "changed" if here.uid == uid else "UidConflict"
        if any(other.uid == uid for other in seen.values()):
            return "UidConflict"
        viewer = phone.viewer
        if is_list or viewer.view.read_only or viewer.view.new_contacts is not NewContacts.REFUSE:
            return "created"
        old = [row for row in self.office.deleted().values() if row["uid"] == uid]
        seen_once = any(was_visible(viewer.user_id, viewer.view, r["audience"], r["text"], r["record"]) for r in old)
        return "created" if seen_once else "Refused"

    @rule(who=_who, href=_href, expect=st.sampled_from(["", "", "stale"]))
    def delete(self, who: int, href: str, expect: str) -> None:
        self._delete(self.phones[who], href, expect)

    @rule(who=_who, pick=_pick)
    def delete_one(self, who: int, pick: int) -> None:
        phone = self.phones[who]
        if listing := sorted(phone.listing()):
            self._delete(phone, listing[pick % len(listing)], "")

    def _delete(self, phone: Phone, href: str, expect: str) -> None:
        seen, before = _members(phone), self._hidden_from(phone)
        wanted = "NotFound" if href not in seen else "Precondition" if expect else "done"
        try:
            phone.delete(href, match="c0-0" if expect else None)
            assert wanted == "done"
        except (NotFound, Precondition) as error:
            assert type(error).__name__ == wanted
        self._nothing_hidden_changed(phone, before)

    @rule(who=_who, pick=_pick, new=_href, overwrite=st.booleans())
    def move(self, who: int, pick: int, new: str, overwrite: bool) -> None:
        phone = self.phones[who]
        names = [*sorted(phone.listing()), "nowhere.vcf"]
        href = names[pick % len(names)]
        seen, before = _members(phone), self._hidden_from(phone)
        wanted = "done"
        if href not in seen:
            wanted = "NotFound"
        elif phone.viewer.view.read_only or href == new:
            wanted = "Refused"
        elif new in seen and not overwrite:
            wanted = "Precondition"
        self.renamer = phone.user
        try:
            assert phone.move(href, new, overwrite=overwrite) == (new in seen)
            assert wanted == "done"
        except (NotFound, Precondition, Refused) as error:
            assert type(error).__name__ == wanted, (wanted, error)
        self._nothing_hidden_changed(phone, before)

    @rule(who=_who)
    def sync(self, who: int) -> None:
        phone = self.phones[who]
        phone.sync()
        assert phone.cards == phone.listing()
        assert phone.sync() == (set(), set()), "the second sync has something to tell"

    # --- administrator and SQL ---

    @rule(who=st.sampled_from([0, 2]), view=st.sampled_from(VIEWS))
    def set_view(self, who: int, view: View) -> None:
        self.office.sees(self.phones[who].user, view)

    @rule(pick=_pick, owner=st.sampled_from([None, None, 0, 2]))
    def give(self, pick: int, owner: int | None) -> None:
        """Promote with SQL, or make somebody's own again."""
        if (key := self._one(pick)) is not None:
            owner_id = None if owner is None else self.office.id_of(self.phones[owner].user)
            self.office.sql("UPDATE contact SET owner_id = :o WHERE id = :k", o=owner_id, k=key)

    @rule(pick=_pick, company=_company)
    def sql_edit(self, pick: int, company: str) -> None:
        if (key := self._one(pick)) is not None:
            self.office.sql("UPDATE contact SET company = :c WHERE id = :k", c=company, k=key)

    @rule(pick=_pick, company=_company, last=st.booleans())
    def sql_delete(self, pick: int, company: str, last: bool) -> None:
        if (key := self._one(pick)) is not None:
            if last:
                self.office.sql("UPDATE contact SET company = :c WHERE id = :k", c=company, k=key)
            self.office.sql("DELETE FROM contact WHERE id = :k", k=key)

    @rule(company=_company, owner=st.sampled_from([None, 0, 2]))
    def sql_insert(self, company: str, owner: int | None) -> None:
        self.office.insert(company, None if owner is None else self.phones[owner].user)

    @rule(pick=_pick, type_=st.sampled_from(["Account", "Business Contact"]))
    def sql_type(self, pick: int, type_: str) -> None:
        if (key := self._one(pick)) is not None:
            self.office.sql(
                "UPDATE contact SET record_type_id = :t WHERE id = :k", t=self.office.type_id(type_), k=key
            )

    @rule(pick=_pick)
    def promote(self, pick: int) -> None:
        if (key := self._one(pick)) is not None:
            self.office.business.promote(ContactId(key), Origin("cli"))

    @rule(pick=_pick)
    def throw_away(self, pick: int) -> None:
        if (key := self._one(pick)) is not None:
            self.office.business.delete(ContactId(key), Origin("cli"))

    @rule(pick=_pick)
    def restore(self, pick: int) -> None:
        if keys := sorted(self.office.deleted()):
            self.office.business.restore(ContactId(keys[pick % len(keys)]), Origin("cli"))

    @rule(company=_company)
    def save(self, company: str) -> None:
        self.office.business.save(Contact(formatted_name="From the office", company=company), Origin("cli"))

    @rule(pick=_pick)
    def erase(self, pick: int) -> None:
        if keys := sorted({*self.office.contacts(), *self.office.deleted()}):
            self._sync_all()
            self._erase(keys[pick % len(keys)])
            self._sync_all()

    def _erase(self, key: int) -> None:
        erase(self.database, self.office.book_id, [ContactId(key)], Origin("cli"))

    def _sync_all(self) -> None:
        for who in range(3):
            self.sync(who)

    # --- at the same time ---

    @rule(who=_who, pick=_pick, href=_href, uid=_uid, company=_company, is_known=st.booleans())
    def put_meets_erasure(self, who: int, pick: int, href: str, uid: str, company: str, is_known: bool) -> None:
        """Somebody writes a card which is erased meanwhile, or another one."""
        phone = self.phones[who]
        self._sync_all()
        names = [href, *sorted(name for name, etag in phone.cards.items() if (etag or "").startswith("c"))]
        etag = phone.cards.get(name := names[pick % len(names)]) or ""
        key = key_of(etag) if etag.startswith("c") else self._one(pick)
        if key is not None:
            before = self._hidden_from(phone)
            for rows in (before["cards"], before["trash"]):
                rows.pop(key, None)
            self._race(phone, [(name, uid)], company, lambda: self._erase(key), is_known=is_known)
            assert key not in {*self.office.rows(), *self.office.deleted(), *self.office.contacts()}
            self._nothing_hidden_changed(phone, before)
            self._sync_all()

    @rule(who=_who, pick=_pick, href=_href, uid=_uid, company=_company, whose=st.sampled_from([0, 2]),
          views=st.tuples(st.sampled_from(VIEWS), st.sampled_from(VIEWS)))  # fmt: skip
    def puts_meet_views(
        self, who: int, pick: int, href: str, uid: str, company: str, whose: int, views: tuple[View, View]
    ) -> None:
        """Somebody writes cards while his or her view, or that of the other one, is set to and fro."""
        self.save(COMPANIES[pick % 3])
        phone, user = self.phones[who], self.phones[whose].user
        names = dict.fromkeys([href, *sorted(phone.listing(), reverse=True)[:4]], uid)
        self.renamer = phone.user if phone.user == user else ""  # a name may be taken while its card is hidden
        first = self._hidden_from(phone)

        def deed() -> None:
            for view in views * 2:
                self.office.sees(user, view)

        stored = self._race(phone, list(names.items()), company, deed)
        if phone.user != user:
            self._nothing_hidden_changed(phone, first)
        rows = [*self.office.rows().values(), *self.office.groups().values()]
        for turn, is_stored in stored.items():
            count = sum(f" {turn}." in row["text"] for row in rows)
            is_proposed = any(f" {turn}." in text for text in self.office.proposals())
            assert count <= 1 and (count or is_proposed) == is_stored, "what was taken is there, and nothing else"

    def _race(
        self,
        phone: Phone,
        names: Sequence[tuple[str, str]],
        company: str,
        deed: Callable[[], object],
        *,
        is_known: bool = False,
    ) -> dict[int, bool]:
        """Put cards (name, UID of a new one) while ``deed`` is done; tell which turns were taken."""
        seen, start, puts = _members(phone), Barrier(2), []
        for href, uid in names:
            here = seen.get(href)
            is_list = here is not None and here.etag.startswith("g")
            body = self._body(here.uid if here else uid, company, "list" if is_list else "")
            puts.append((self.turn, href, body, here.etag if here and is_known else None))

        def put() -> dict[int, bool]:
            start.wait()
            return {turn: self._is_taken(phone, href, body, match) for turn, href, body, match in puts}

        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(put)
            start.wait()
            deed()
            return done.result()

    def _is_taken(self, phone: Phone, href: str, body: bytes, match: str | None) -> bool:
        try:
            phone.put(href, body, match=match)
            return True
        except (Precondition, UidConflict, Refused):
            return False

    # --- what always holds ---

    @invariant()
    def everybody_sees_what_is_theirs(self) -> None:
        for phone in self.phones[1:]:
            listing = phone.listing()
            found = {key_of(etag) for etag in listing.values() if etag.startswith("c")}
            assert found == self._should_see(phone), phone.user
            lists = {key_of(etag) for etag in listing.values() if etag.startswith("g")}
            mine = {key for key, row in self.office.groups().items() if row["owner_id"] == phone.viewer.user_id}
            assert lists == {key for key in mine if not self.office.groups()[key]["deleted"]}
            assert phone.book.cards(listing).keys() == listing.keys()
            self._names_stay(phone, listing)
        self.renamer = ""

    @invariant()
    def customer_numbers_stay_unique_and_out_of_the_text(self) -> None:
        for key, row in self.office.contacts().items():
            if (number := row["customer_number"]) is not None:
                assert self.numbers.setdefault(key, number) == number
                assert number not in self.office.rows()[key]["text"]
        assert len(set(self.numbers.values())) == len(self.numbers), "a number was used again"

    def teardown(self) -> None:
        if hasattr(self, "office"):
            for who in range(3):
                self.sync(who)

    def _should_see(self, phone: Phone) -> set[int]:
        viewer = phone.viewer
        with self.database.reading() as connection:
            base = dict(connection.execute(select(record_type.c.id, record_type.c.base)).all())
        rows = self.office.rows()
        seen = set()
        for key, row in self.office.contacts().items():
            if row["owner_id"] == viewer.user_id:
                seen.add(key)
            elif row["owner_id"] is None:
                is_account = base.get(row["record_type_id"]) == "account"
                subject = subject_of(contact_from_vcard(rows[key]["text"]), rows[key]["record"])
                assert subject.contact.company == (row["company"] or "")
                assert subject.customer_number == (row["customer_number"] or "")
                passes = viewer.view.filter.lets_through(subject)
                if passes and (viewer.view.show_accounts or not is_account):
                    seen.add(key)
        return seen

    def _names_stay(self, phone: Phone, listing: dict[str, str]) -> None:
        uids = {key: row["uid"] for key, row in self.office.rows().items()}
        now = {(key_of(etag), uids[key_of(etag)]): href for href, etag in listing.items() if etag.startswith("c")}
        was = self.names.get(phone.user, {})
        if phone.user != self.renamer:
            assert {key: now[key] for key in now.keys() & was} == {key: was[key] for key in now.keys() & was}
        self.names[phone.user] = now

    def _hidden_from(self, phone: Phone) -> dict[str, Any]:
        """Everything that the phone's user cannot see, as it stands."""
        seen = self._should_see(phone)
        user_id = phone.viewer.user_id
        cards = {key: dict(row) for key, row in self.office.rows().items() if key not in seen}
        lists = {key: dict(row) for key, row in self.office.groups().items() if row["owner_id"] != user_id}
        view = phone.viewer.view
        dead = {
            key: dict(row)
            for key, row in self.office.deleted().items()
            if not was_visible(user_id, view, row["audience"], row["text"], row["record"])
        }
        return {"cards": cards, "lists": lists, "trash": dead}

    def _nothing_hidden_changed(self, phone: Phone, before: dict[str, Any]) -> None:
        rows, lists, dead = self.office.rows(), self.office.groups(), self.office.deleted()
        assert {key: dict(rows[key]) for key in before["cards"]} == before["cards"]
        assert {key: dict(lists[key]) for key in before["lists"]} == before["lists"]
        assert {key: dict(dead[key]) for key in before["trash"]} == before["trash"]

    def _one(self, pick: int) -> int | None:
        keys = sorted(self.office.contacts())
        return keys[pick % len(keys)] if keys else None


def _members(phone: Phone) -> dict[str, Any]:
    return dict(phone.book.cards(phone.listing()))


def _run(database: Database, tried: int, steps: int) -> None:
    class Machine(Books):
        pass

    Machine.database = database
    how = settings(
        max_examples=tried,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    run_state_machine_as_test(Machine, settings=how)


def test_phones_hold_what_is_there(database: Database) -> None:
    _run(database, examples(30 if database.is_sqlite else 10), 15)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_phones_hold_what_is_there_whatever_happens(database: Database) -> None:
    _run(database, examples(60 if database.is_sqlite else 12), 40)
