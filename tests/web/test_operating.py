"""What those who watch over the server may ask: does it live, can it work, how does it stand."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from bridge import dav_counts
from bridge.settings import Settings, WrongSettings, read
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.engine import Database
from storage_plugin.database.leases import release_lease, take_lease
from storage_plugin.database.mirror_schema import failure, journal
from storage_plugin.database.mirrors import Mirrors, State
from storage_plugin.database.runs import Outcome, Runs
from storage_plugin.database.schema import conflict
from storage_plugin.model.book import Origin
from storage_plugin.model.contact import Contact
from tests.web.site import Site, serving

PATHS = ("/healthz", "/readyz", "/metrics")
NAME = "Zebulon Quagmire"


class Figures(dict[tuple[str, frozenset[str]], float]):
    """Figures by name and values of the labels."""

    def __call__(self, name: str, *labels: str) -> float:
        return self[f"contact_bridge_{name}", frozenset(labels)]


def figures(site: Site) -> Figures:
    """Read /metrics as Prometheus does."""
    answer = site.browser().get("/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.text)
    samples = [each for family in families for each in family.samples]
    return Figures({(each.name, frozenset(each.labels.values())): each.value for each in samples})


@pytest.mark.parametrize("path", PATHS)
def test_this_machine_asks_without_signing_in(site: Site, path: str):
    answer = site.browser().get(path)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("path", PATHS)
def test_who_comes_through_the_proxy_finds_no_such_page(site: Site, path: str):
    assert site.browser(**{"X-Forwarded-For": "203.0.113.7"}).get(path).status == 404


@pytest.mark.parametrize("path", PATHS)
def test_nobody_makes_himself_this_machine(site: Site, path: str):
    """Some proxies add a line of their own below that of the client."""
    said = urlsplit(site.address)
    for lines in (["127.0.0.1", "203.0.113.7"], ["127.0.0.1, 203.0.113.7"], ["203.0.113.7, 127.0.0.1"]):
        connection = HTTPConnection(said.hostname or "", said.port)
        connection.putrequest("GET", path)
        for line in lines:
            connection.putheader("X-Forwarded-For", line)
        connection.endheaders()
        assert connection.getresponse().status == 404
        connection.close()


@pytest.fixture
def watched(make_sqlite, tmp_path: Path) -> Iterator[Site]:
    settings = Settings(metrics_from=("10.1.0.0/16", "2001:db8::/64"))
    with serving(make_sqlite(), tmp_path, settings) as site:
        yield site


def test_metrics_from_says_who_may_ask(watched: Site):
    asked = {address: watched.browser(**{"X-Forwarded-For": address}).get("/metrics").status for address in ADDRESSES}
    assert asked == ADDRESSES
    assert watched.browser().get("/metrics").status == 404


ADDRESSES = {"10.1.2.3": 200, "::ffff:10.1.2.3": 200, "2001:db8::5": 200, "10.2.0.1": 404, "2001:db9::5": 404}


def test_networks_that_are_none_are_told(tmp_path: Path):
    (tmp_path / "settings.yaml").write_text("metrics_from: [everybody]")
    with pytest.raises(WrongSettings, match="metrics_from"):
        read(tmp_path / "settings.yaml")


def test_a_schema_of_another_version_is_not_ready(site: Site):
    with site.house.database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    answer = site.browser().get("/readyz")
    assert answer.status == 503
    assert "schema 9999" in answer.text
    assert site.browser().get("/healthz").status == 200


def test_a_database_that_is_away_is_not_ready_and_no_secret_is_told(tmp_path: Path):
    url = "postgresql://bridge:sesame@127.0.0.1:9/contacts"
    with serving(url, tmp_path) as site:
        answer = site.browser().get("/readyz")
        assert answer.status == 503
        assert answer.text == "not ready: the database cannot be used now\n"
        assert site.browser().get("/healthz").status == 200
        assert figures(site)("database_up") == 0


def test_the_queue_is_what_plain_sql_touched(site: Site):
    with site.house.database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO touched (contact_id) VALUES (1), (2)")
    found = figures(site)
    assert found("touched_rows") == 2
    assert found("database_up") == 1
    assert found("data_free_bytes") > 0


@pytest.fixture
def mirrored(site: Site) -> Database:
    """Anna has a mirror whose last run dealt with all; then a contact came."""
    database = site.house.database
    anna = site.users.add("anna")
    mirror = Mirrors(database).create(anna, "file")
    lease = take_lease(database, mirror.id, "one", datetime.now(UTC), 60)
    assert lease is not None
    run = Runs(database).start(lease, "incremental")
    Runs(database).end(run, Outcome.DONE, {})
    Mirrors(database).reached(lease, cursor="", number=0, view="")
    Mirrors(database).set_state(mirror.id, State.ON)
    release_lease(database, lease)
    SqlContacts(database, 1).save(Contact(formatted_name=NAME, given_name=NAME), Origin("cli"))
    with database.writing() as connection:
        long_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat(timespec="milliseconds")
        connection.exec_driver_sql(f"UPDATE change SET at = '{long_ago}'")
    return database


def test_a_mirror_tells_its_last_success_and_its_lag(site: Site, mirrored: Database):
    found = figures(site)
    mirror = ("anna", "file")
    assert abs(found("mirror_last_success_timestamp_seconds", *mirror) - datetime.now().timestamp()) < 60
    assert 3600 <= found("mirror_lag_seconds", *mirror) < 3700
    assert found("mirror_waiting_changes", *mirror) == 1
    assert found("mirror_state", *mirror, "on") == 1
    assert found("mirror_state", *mirror, "failed") == 0


def test_what_goes_wrong_with_a_mirror_is_counted(site: Site, mirrored: Database):
    at = "2026-11-22T09:00:00.000Z"
    told = ("open_conflicts",), ("mirror_writes_under_way",), ("mirror_failed_contacts", "anna", "file")
    assert [figures(site)(*each) for each in told] == [0, 0, 0]
    with mirrored.writing() as connection:
        rows = [{"book_id": 1, "kind": "merge", "at": at, "resolved_at": resolved} for resolved in (None, at, None)]
        connection.execute(insert(conflict), rows)
        asked = {"mirror_id": 1, "run_id": 1, "operation": "create", "at": at}
        connection.execute(insert(journal), [asked] * 3)
        failed = {"mirror_id": 1, "error": "It is refused.", "attempts": 2, "at": at, "retry_at": at}
        connection.execute(insert(failure), [failed | {"contact_id": number} for number in range(1, 5)])
    assert [figures(site)(*each) for each in told] == [2, 3, 4]


def test_a_mirror_that_is_stopped_has_no_lag(site: Site, mirrored: Database):
    Mirrors(mirrored).set_state(1, State.STOPPED)
    assert figures(site)("mirror_lag_seconds", "anna", "file") == 0


def test_metrics_name_no_contact(site: Site, mirrored: Database):
    assert NAME.split()[0] not in site.browser().get("/metrics").text


def test_answers_to_devices_are_counted_by_all_workers(site: Site):
    folder = site.house.place.folder
    counters = [dav_counts.Counter(descriptor) for descriptor in dav_counts.make(folder, "port-1", 2)]
    counters[0].note("PUT", "201 Created", 0.004)
    counters[1].note("PUT", "503 Service Unavailable", 0.02)
    counters[1].note("BREW", "405 Method Not Allowed", 60)
    found = figures(site)
    assert found("dav_seconds_bucket", "PUT", "0.0025") == 0
    assert found("dav_seconds_bucket", "PUT", "0.005") == 1
    assert found("dav_seconds_bucket", "PUT", "+Inf") == 2
    assert found("dav_seconds_sum", "PUT") == pytest.approx(0.024, abs=1e-5)
    assert found("dav_answers_total", "PUT", "2xx") == 1
    assert found("dav_answers_total", "PUT", "5xx") == 1
    assert found("dav_seconds_bucket", "other", "10.0") == 0
    assert found("dav_answers_total", "other", "4xx") == 1


def test_what_a_server_counted_that_has_ended_is_forgotten(tmp_path: Path):
    import os

    (descriptor,) = dav_counts.make(tmp_path, "port-1", 1)
    dav_counts.Counter(descriptor).note("GET", "200 OK", 0.1)
    assert dav_counts.make(tmp_path, "port-2", 1)
    assert sum(dav_counts.read(tmp_path)["GET"].classes) == 1
    os.close(descriptor)
    dav_counts.make(tmp_path, "port-3", 1)
    assert sum(dav_counts.read(tmp_path)["GET"].classes) == 0


def test_phones_are_answered_where_nothing_can_be_counted(tmp_path: Path):
    assert dav_counts.make(tmp_path / "no" / "folder", "port-1", 2) == []
