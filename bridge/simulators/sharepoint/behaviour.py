"""The switches of SharePoint's behaviour: what differs between sites, is not documented, or makes a day harder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(slots=True)
class Behaviour:
    """Each is what tests are told to expect, unless one of them says otherwise.

    ``bare_delta``: a delta tells changed rows without their fields. ``bare_patch``: the answer to a PATCH of fields
    tells neither version nor fields. ``doubled_delta``: a row that changed twice comes twice, the last one counts.
    ``resync``: the code of Graph's 410. ``expired``: a change token of more than sixty days gives nothing and no
    error (sp-dev-docs#10389), or an error. ``digest_seconds``: how long a form digest is good for.
    ``changes_page``: how many changes GetChanges gives at once.
    """

    list_page: int = 200
    delta_page: int = 50
    bare_delta: bool = False
    bare_patch: bool = False
    doubled_delta: bool = True
    resync: str = "resyncChangesApplyDifferences"
    expired: Literal["silent", "error"] = "silent"
    digest_seconds: int = 1800
    changes_page: int = 1000
