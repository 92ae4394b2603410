from collections.abc import Iterator

import pytest

from tests.simulators.ews.office import EwsOffice


@pytest.fixture
def office() -> Iterator[EwsOffice]:
    """A simulator with Anna's mailbox; at the end nothing that passed by was wrong by the schema."""
    office = EwsOffice()
    yield office
    office.close()
    assert office.judge.verdict() == []
