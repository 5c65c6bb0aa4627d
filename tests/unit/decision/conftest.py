"""The decision as it was on one day, since evidence grows old and rules expire."""

import datetime

import pytest

TODAY = datetime.date(2026, 11, 26)


class Day(datetime.date):
    @classmethod
    def today(cls) -> datetime.date:
        return TODAY


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datetime, "date", Day)
