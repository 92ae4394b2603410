"""What a view would show is counted from the columns, and is what the devices then list."""

import pytest

from bridge.demo.fill import fill_book
from bridge.views import condition
from storage_plugin.database.engine import Database
from storage_plugin.database.migrate import migrate
from storage_plugin.database.previews import preview
from storage_plugin.database.users import Users
from storage_plugin.model.contact import Contact, Email
from storage_plugin.model.view import Filter, View
from tests.database.installation import CLI, Installation, Phone

WORDS = [
    "company contains a",
    "company is-empty",
    "formatted_name starts-with a",
    "categories is Customer",
    "categories is-not-empty",
    "emails.address contains example",
    "emails.kind is home",
    "emails.preferred is true",
    "phones.number contains 5",
    "phones.kind is mobile",
    "addresses.city contains a",
    "addresses.country is Germany",
    "urls.address is-empty",
    "urls.kind is work",
    "dates.label is-not-empty",
    "messengers.service is skype",
    "is_company is true",
    "is_company is false",
    "birthday less 1980-01-01",
    "note contains morning",
    "photo is-not-empty",
    "customer_number greater 10100",
    "type is Account",
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Phone:
    """The phone of anna, in a book of fictional contacts."""
    database = Database.open(f"sqlite:///{tmp_path_factory.mktemp('filled')}/contacts.db")
    migrate(database)
    fill_book(database, 1)
    Users(database).add("anna")
    yield Phone(database, "anna", "phone")
    database.close()


@pytest.mark.parametrize("accounts", [False, True])
@pytest.mark.parametrize("words", WORDS)
def test_the_count_is_what_the_phone_lists(filled: Phone, words, accounts):
    filled.users.set_view("anna", View())
    before = filled.hrefs
    wanted = View(Filter((condition(words),)), show_accounts=accounts)
    told = preview(filled.database, "anna", wanted)
    filled.users.set_view("anna", wanted)
    after = filled.hrefs
    assert (told.seen, told.new, told.gone) == (len(after), len(after - before), len(before - after))
    again = preview(filled.database, "anna", wanted)
    assert (again.seen, again.new, again.gone) == (len(after), 0, 0)


def test_a_name_that_only_the_card_says_counts(here: Installation):
    here.sql("INSERT INTO contact (given_name, family_name) VALUES ('Anna', 'Abel')")
    here.sql("INSERT INTO email (contact_id, kind) SELECT id, 'home' FROM contact")
    phone = here.phone()
    for words, count in {"formatted_name is anna abel": 1, "emails.kind is home": 0}.items():
        wanted = View(Filter((condition(words),)))
        assert preview(here.database, "alice", wanted).seen == count
        here.users.set_view("alice", wanted)
        assert len(phone.hrefs) == count


def test_something_is_counted_and_something_is_not(filled: Phone):
    filled.users.set_view("anna", View())
    counts = {words: preview(filled.database, "anna", View(Filter((condition(words),)))).seen for words in WORDS}
    some = [words for words, count in counts.items() if 0 < count < 200]
    assert len(some) > 15, counts


@pytest.mark.parametrize("match", ["all", "any"])
def test_conditions_are_joined_and_compared_with_what_is_hidden_now(filled: Phone, match):
    words = ("company is-not-empty", "phones.number contains-not 5", "type is-not Account")
    filled.users.set_view("anna", View(Filter((condition("company contains a"),)), show_accounts=True))
    before = filled.hrefs
    wanted = View(Filter(tuple(map(condition, words)), match))
    told = preview(filled.database, "anna", wanted)
    filled.users.set_view("anna", wanted)
    after = filled.hrefs
    assert (told.seen, told.new, told.gone) == (len(after), len(after - before), len(before - after))
    assert 0 < told.seen < told.shared and told.new and told.gone


def test_what_is_not_shared_or_in_another_book_is_not_counted(here: Installation):
    here.add(company="Contoso")
    own = Contact("Anna Abel", company="Contoso", emails=(Email("own@contoso.example"),))
    here.contacts.save(own, CLI, owner_id=here.alice)
    here.sql("INSERT INTO book (name, key, created_at) VALUES ('other', 'k', '2026-11-22T00:00:00.000Z')")
    here.sql("INSERT INTO contact (book_id, company) SELECT id, 'Contoso' FROM book WHERE name = 'other'")
    wanted = {"company is contoso": 1, "company is-not contoso": 0, "emails.address is own@contoso.example": 0}
    for words, seen in wanted.items():
        told = preview(here.database, "alice", View(Filter((condition(words),))))
        assert (told.seen, told.shared) == (seen, 1)
