"""The benchmark of the page works: it makes what it measures, and asks for every page that there is."""

import pytest

from bridge.web.routes import all_routes
from tests.benchmarks.page_table import Found, table
from tests.benchmarks.page_visits import Wish
from tests.benchmarks.pages import run

REDIRECTED = {"/mirror/work", "/", "/sign-in/openid", "/sign-in/openid/done", "/first-run"}
REFUSED = {"/mirror/start"}


@pytest.mark.slow
def test_a_small_run_asks_for_every_page():
    found, memory = run(100, 1, print)
    assert {each.wish.route for each in found} == {each.path for each in all_routes() if each.method == "GET"}
    assert {each.wish.route for each in found if each.status == 303} == REDIRECTED
    assert {each.wish.route for each in found if each.status == 409} == REFUSED
    assert {each.status for each in found} == {200, 303, 409}
    assert memory > 10
    assert all(cpu > 0 for each in found for cpu in each.cpu)


def test_the_table_says_what_is_above_its_goal():
    slow = Found(Wish("/a", "a page", "/a"), 200, 1000, [0.05, 0.12, 0.11], [0.2, 0.2, 0.2])
    fast = Found(Wish("/b", "another", "/b"), 200, 1000, [0.05, 0.02, 0.3], [0.2, 0.2, 0.2])
    text = table([slow, fast], 100, 80)
    assert "| a page | **110.0** | 200.0 | 100 | 1.0 |" in text
    assert "| another | 50.0 |" in text
    assert "Above its goal: a page (110 ms)." in text
    short = table([slow, fast], 100, 80, 60)
    assert "| a page |" in short and "| another |" not in short
    assert "The other 1 take 50 to 50 ms. Above its goal: a page (110 ms)." in short
