"""Retention and erasure on the page: a preview, words to type, and nothing left of the one who was erased."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from bridge.web.housekeeping import keep_tidy
from storage_plugin.database import erasure
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.retention import Retention, retention, set_retention, tidy, tidy_when_due
from storage_plugin.database.schema import change, setting, trash, version
from storage_plugin.model.book import NotFound, Origin
from storage_plugin.model.contact import Contact
from tests.database.installation import Phone
from tests.web.site import Browser, Site

CLI = Origin("cli")


@pytest.fixture
def boss(site: Site) -> Browser:
    return site.browser("boss")


def add(site: Site, name: str):
    return SqlContacts(site.house.database, 1).save(Contact(name, company="Contoso"), CLI)


def test_a_person_is_erased_everywhere_once_the_words_are_typed(site: Site, boss: Browser):
    contacts = SqlContacts(site.house.database, 1)
    anna, bert = add(site, "Anna Abel"), add(site, "Bert Boll")
    contacts.save(replace(anna.contact, note="owes us"), CLI, contact_id=anna.id)
    contacts.delete(anna.id, CLI)
    found = boss.get("/erasure?q=anna+abel").text
    assert "Anna Abel" in found and "in the deleted items" in found and "Bert" not in found
    asked = boss.post("/erasure/ask", q="anna abel", id=anna.id).text
    assert "Anna Abel" in asked and "To confirm, type: anna abel" in asked
    assert len(erasure.traces(site.house.database, 1, "anna abel")) == 1
    assert "1 record is erased." in boss.post("/erasure/erase", q="anna abel", id=anna.id, typed="Anna  ABEL").text
    assert erasure.traces(site.house.database, 1, "anna abel") == []
    assert contacts.get(bert.id).contact.formatted_name == "Bert Boll"


@pytest.mark.parametrize("typed", ["", "anna", "yes", "bert boll"])
def test_without_the_words_nothing_is_erased(site: Site, boss: Browser, typed):
    anna = add(site, "Anna Abel")
    answer = boss.post("/erasure/erase", q="anna abel", id=anna.id, typed=typed)
    assert answer.status == 409 and "nothing was erased" in answer.text
    assert SqlContacts(site.house.database, 1).get(anna.id)


@pytest.mark.parametrize("ids", [[], ["x"], ["1; drop"], ["-1"]])
def test_who_chooses_nothing_erases_nothing(site: Site, boss: Browser, ids):
    add(site, "Anna Abel")
    for deed in ("ask", "erase"):
        assert boss.post(f"/erasure/{deed}", q="anna abel", id=ids, typed="anna abel").status == 409
    assert SqlContacts(site.house.database, 1).list()


def test_a_record_of_which_nothing_is_known_is_none_to_erase(site: Site, boss: Browser):
    assert boss.post("/erasure/ask", q="a", id="4711").status == 404
    assert boss.post("/erasure/erase", q="a", id="9" * 30, typed="a").status == 404


def test_the_name_of_a_contact_that_is_somebody_elses_own_is_not_told(site: Site, boss: Browser):
    site.users.add("anna")
    phone = Phone(site.house.database, "anna", "phone")
    phone.put("u1", "Lover Secret")
    (trace,) = erasure.traces(site.house.database, 1, "lover")
    found = boss.get("/erasure?q=lover").text
    assert "Secret" not in found and "a contact of one user alone" in found
    assert "Secret" not in boss.post("/erasure/ask", q="lover", id=trace.id).text
    boss.post("/erasure/erase", q="lover", id=trace.id, typed="lover")
    assert phone.hrefs == set()


def test_the_preview_counts_what_is_kept(site: Site, boss: Browser):
    contacts, anna = SqlContacts(site.house.database, 1), add(site, "Anna Abel")
    for number in range(7):
        contacts.save(replace(anna.contact, note=str(number)), CLI, contact_id=anna.id)
    assert "<td>7</td>" in boss.post("/erasure/ask", q="anna", id=anna.id).text


# --- retention ----------------------------------------------------------------------------------------------------


def test_what_is_set_is_kept_so(site: Site, boss: Browser):
    assert retention(site.house.database) == Retention(400, 0)
    boss.post("/erasure/keep", history_days="90", deleted_days="60")
    assert retention(site.house.database) == Retention(90, 60)
    assert 'value="90"' in boss.get("/erasure").text


@pytest.mark.parametrize(
    ("history", "deleted"), [("5", "0"), ("400", "1"), ("9999", "0"), ("", "0"), ("x", "0"), ("-1", "0")]
)
def test_a_time_that_is_too_short_or_none_is_refused(site: Site, boss: Browser, history, deleted):
    assert boss.post("/erasure/keep", history_days=history, deleted_days=deleted).status == 409
    assert retention(site.house.database) == Retention()


def past(site: Site) -> datetime:
    """A record with a former version, and one in the deleted items; gives the time now."""
    contacts, anna, bert = SqlContacts(site.house.database, 1), add(site, "Anna Abel"), add(site, "Bert Boll")
    contacts.save(replace(anna.contact, note="new"), CLI, contact_id=anna.id)
    contacts.delete(bert.id, CLI)
    return datetime.now(UTC)


def left(site: Site) -> tuple[int, int]:
    with site.house.database.reading() as connection:
        rows = (connection.execute(select(table)).all() for table in (version, trash))
        versions, deleted = (len(each) for each in rows)
        return versions, deleted


@pytest.mark.parametrize(
    ("kept", "days", "remains"),
    [
        (Retention(), 399, (1, 1)),
        (Retention(), 401, (0, 1)),
        (Retention(90, 0), 91, (0, 1)),
        (Retention(400, 60), 59, (1, 1)),
        (Retention(400, 60), 61, (1, 0)),
    ],
)
def test_what_is_older_than_it_is_kept_goes(site: Site, kept, days, remains):
    at = past(site)
    set_retention(site.house.database, kept)
    tidy(site.house.database, at + timedelta(days=days))
    assert left(site) == remains
    assert len(list(SqlContacts(site.house.database, 1).list())) == 1


def test_it_is_tidied_once_a_day_by_whoever_looks_first(site: Site):
    at = datetime(2026, 11, 22, 9, tzinfo=UTC)
    hours = (0, 1, 23, 24, 25)
    assert [tidy_when_due(site.house.database, at + timedelta(hours=each)) for each in hours] == [
        True, False, False, True, False
    ]  # fmt: skip


def test_a_clock_that_was_ahead_stops_no_tidying(site: Site):
    ahead, at = datetime(2090, 1, 1, tzinfo=UTC), datetime(2026, 11, 22, tzinfo=UTC)
    assert tidy_when_due(site.house.database, ahead) and tidy_when_due(site.house.database, at)


def test_the_page_tidies_by_itself(site: Site):
    past(site)
    with site.house.database.writing() as connection:
        connection.execute(update(change).values(at="2020-01-01T00:00:00.000Z"))

    async def a_moment() -> None:
        task = asyncio.create_task(keep_tidy(site.house.database))
        for _ in range(500):
            await asyncio.sleep(0.02)
            if left(site)[0] == 0:
                break
        task.cancel()

    asyncio.run(a_moment())
    assert left(site) == (0, 1)
    with site.house.database.reading() as connection:
        assert connection.execute(select(setting.c.value).where(setting.c.name == "tidied_at")).scalar()


def test_a_deleted_item_that_went_for_good_is_not_found(site: Site):
    at = past(site)
    set_retention(site.house.database, Retention(400, 30))
    tidy(site.house.database, at + timedelta(days=31))
    with pytest.raises(NotFound):
        SqlContacts(site.house.database, 1).restore(2, CLI)  # type: ignore[arg-type]
