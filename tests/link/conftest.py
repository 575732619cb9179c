"""A device without a program, and one that has run for an hour."""

import pytest
from asked import Device
from asked import running as under_way


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture
def running() -> Device:
    return under_way()
