"""`@requirement("R6.4.0(2)")`: this test shows that requirement."""

import pytest

from traceability.requirements import RequirementError, known


def requirement(*ids: str) -> pytest.MarkDecorator:
    """The mark of a test function. An id that the list does not have, or has as not here, fails
    where the test file is collected."""
    for one in ids:
        if one not in known():
            raise RequirementError(f"{one}: not in tests/traceability/requirements.toml")
        if known()[one].not_here:
            raise RequirementError(f"{one}: not here, {known()[one].not_here}")
    return pytest.mark.requirement(*ids)
