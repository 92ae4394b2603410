from collections.abc import Iterator

import pytest

from tests.simulators.graph.office import Office


@pytest.fixture
def office() -> Iterator[Office]:
    """A simulator with Anna's mailbox; at the end nothing that passed by was wrong by the schema."""
    office = Office()
    yield office
    office.close()
    assert office.judge.verdict() == []
