"""Who is shut out, for how long, and who never is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest

from ivr.core.lockout import (
    MOST_LOCKED,
    MOST_SOURCES,
    Knock,
    Limits,
    Lockout,
    Lockouts,
    Sign,
    Source,
    Trouble,
    source_of,
)

NOON = datetime(2026, 11, 27, 6, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STRANGER, OFFICE, TRUNK = "203.0.113.7", "198.51.100.4", "192.0.2.10"


def lockouts() -> Lockouts:
    return Lockouts([ip_network("192.0.2.0/28")])


def tries(
    doors: Lockouts,
    count: int,
    *,
    sign: Sign = Sign.WRONG_PASSWORD,
    address: str = STRANGER,
    account: str = "tc-101",
    at: datetime = NOON,
    every: timedelta = timedelta(seconds=1),
) -> list[Lockout]:
    """Knock `count` times; {} in the account is the number of the try."""
    made = (
        doors.saw(Knock(address, account.format(n), sign, at + n * every))
        for n in range(count)
    )
    return [one for one in made if one is not None]


@pytest.mark.parametrize(
    "sign", [Sign.WRONG_PASSWORD, Sign.UNKNOWN_NAME, Sign.FROM_ELSEWHERE]
)
def test_a_stranger_is_shut_out_within_ten_failures(sign: Sign) -> None:
    doors = lockouts()
    [made] = tries(doors, 10, sign=sign)
    assert made.since - NOON < timedelta(seconds=10)
    assert made.until == made.since + 10 * MINUTE
    assert doors.on(NOON + MINUTE) == [made]
    assert made.because == "8 failed tries, 1 names"


def test_a_scan_over_many_names_counts_together() -> None:
    [made] = tries(lockouts(), 8, account="{}", sign=Sign.UNKNOWN_NAME)
    assert made.because == "8 failed tries, 8 names"


def test_failures_that_lie_far_apart_shut_nobody_out() -> None:
    assert not tries(lockouts(), 50, every=2 * MINUTE)


def test_each_lock_out_of_an_address_is_twice_as_long_up_to_a_day() -> None:
    doors, at, lengths = lockouts(), NOON, []
    for _ in range(10):
        [made] = tries(doors, 8, at=at)
        lengths.append(made.until - made.since)
        at = made.until
    assert lengths[:3] == [10 * MINUTE, 20 * MINUTE, 40 * MINUTE]
    assert lengths[-1] == timedelta(hours=24)


def test_what_came_before_the_gate_was_shut_makes_no_second_lock_out() -> None:
    assert len(tries(lockouts(), 500, every=timedelta(milliseconds=1))) == 1


def test_a_day_after_its_end_a_lock_out_is_forgotten() -> None:
    doors = lockouts()
    [first] = tries(doors, 8)
    assert doors.on(first.until + timedelta(hours=25)) == []
    [again] = tries(doors, 8, at=first.until + timedelta(hours=25))
    assert again.times == 1


def test_a_trunk_is_never_shut_out() -> None:
    assert not tries(lockouts(), 100, address=TRUNK)


def test_an_old_password_on_one_phone_does_not_cost_an_office_its_desks() -> None:
    doors = lockouts()
    tries(doors, 1, sign=Sign.GOOD, address=OFFICE, account="tc-102")
    assert not tries(doors, 100, address=OFFICE)
    [trouble] = doors.troubles(NOON + MINUTE)
    assert trouble.source == OFFICE and trouble.account == "tc-101"
    assert isinstance(trouble, Trouble) and trouble.failures >= 8


def test_a_stranger_who_writes_an_offices_address_on_his_packets_does_it_no_harm() -> (
    None
):
    doors = lockouts()
    tries(doors, 1, sign=Sign.GOOD, address=OFFICE)
    assert not tries(doors, 500, address=OFFICE, account="{}", sign=Sign.UNKNOWN_NAME)
    assert not tries(doors, 500, address=OFFICE, sign=Sign.ASKED)


def test_guesses_at_many_phones_out_of_an_office_shut_it_out_too() -> None:
    doors = lockouts()
    tries(doors, 1, sign=Sign.GOOD, address=OFFICE)
    [made] = tries(doors, 10, address=OFFICE, account="tc-{}")
    assert made.because == "wrong passwords for 5 phones"


def test_where_a_good_phone_was_an_hour_ago_a_stranger_may_be_now() -> None:
    doors = lockouts()
    tries(doors, 1, sign=Sign.GOOD, address=OFFICE)
    assert tries(doors, 8, address=OFFICE, at=NOON + 60 * MINUTE)


def test_who_gets_the_password_right_at_last_is_forgiven() -> None:
    doors = lockouts()
    tries(doors, 7)
    tries(doors, 1, sign=Sign.GOOD, at=NOON + MINUTE)
    assert not doors.troubles(NOON + MINUTE)
    assert not tries(doors, 7, at=NOON + 16 * MINUTE)


def test_a_flood_that_never_answers_is_shut_out() -> None:
    [made] = tries(lockouts(), 300, sign=Sign.ASKED, every=timedelta(milliseconds=5))
    assert made.because == "200 requests without a password"


def test_desks_that_all_start_at_once_are_no_flood() -> None:
    doors = lockouts()
    for n in range(400):
        assert not tries(doors, 1, sign=Sign.ASKED, account=f"tc-{n}")
        assert not tries(doors, 1, sign=Sign.GOOD, account=f"tc-{n}")


def test_what_was_kept_holds_again_and_a_release_ends_it() -> None:
    doors = lockouts()
    kept = Lockout(Source(STRANGER), NOON, NOON + 10 * MINUTE, 3, "8 failed tries")
    doors.take_up([kept])
    assert doors.on(NOON) == [kept]
    doors.take_up([Lockout(kept.source, NOON, NOON, 3, "released")])
    assert doors.on(NOON) == []


def test_invented_senders_do_not_fill_the_memory() -> None:
    doors = lockouts()
    for n in range(MOST_SOURCES + 10):
        address = f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}"
        doors.saw(Knock(address, "100", Sign.UNKNOWN_NAME, NOON))
    assert len(doors._tries) == MOST_SOURCES
    many = [
        Lockout(Source(f"10.0.{n >> 8}.{n & 255}"), NOON, NOON + MINUTE, 1, "")
        for n in range(MOST_LOCKED + 10)
    ]
    doors.take_up(many)
    assert len(doors.on(NOON)) == MOST_LOCKED


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("", None),
        ("friendly-scanner", None),
    ],
)
def test_an_address_is_shut_out_with_its_neighbours(
    address: str, source: str | None
) -> None:
    assert source_of(address) == source


def test_what_is_no_address_is_not_counted() -> None:
    assert not tries(lockouts(), 50, address="nowhere")


def test_limits_may_be_others() -> None:
    doors = Lockouts([], Limits(failures=2))
    assert len(tries(doors, 2)) == 1


def test_a_phone_that_calls_out_again_and_again_is_told_of() -> None:
    doors = lockouts()
    for n in range(2):
        doors.called_out("tc-101", NOON + n * MINUTE)
    assert doors.strays(NOON + MINUTE) == []
    for n in range(200):
        doors.called_out("tc-102", NOON + n * MINUTE / 100)
    [stray] = doors.strays(NOON + 2 * MINUTE)
    assert stray.account == "tc-102" and stray.calls == 100
    assert doors.strays(NOON + 60 * MINUTE) == []
