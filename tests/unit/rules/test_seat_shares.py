"""Seats for agencies, and the queue for those that become free."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from kompetensi.rules.seat_shares import Agency, Quota, Waiter, first_in_line, held_back, line_up, quota_refusal

TODAY = date(2026, 11, 23)
MORNING = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
NAMES = {"PU": "Dinas PU", "DIKBUD": "Dinas Dikbud", "KES": "Dinas Kesehatan", "SMA": "SMA 1"}


def quota(unit, *, above=(), reserved=0, until=TODAY, most=None, taken=0):
    return Quota(unit, NAMES[unit], frozenset({unit, *above}), reserved, until, most, taken)


def of(*units):
    return frozenset(units)


# --- quotas ----------------------------------------------------------------------------------------------------------------


def test_seats_kept_for_another_agency_are_not_free_for_me_and_the_refusal_names_it():
    kept = [quota("PU", reserved=5, taken=2)]
    found = quota_refusal(kept, of("DIKBUD"), 3, TODAY)
    assert found is not None
    assert str(found.fact) == "3 kursi yang tersisa disimpan untuk Dinas PU sampai 23 November 2026."
    assert quota_refusal(kept, of("DIKBUD"), 4, TODAY) is None
    assert quota_refusal(kept, of("PU"), 3, TODAY) is None


def test_seats_are_kept_through_their_last_day():
    kept = [quota("PU", reserved=5)]
    assert quota_refusal(kept, of("DIKBUD"), 5, TODAY) is not None
    assert quota_refusal(kept, of("DIKBUD"), 5, TODAY + timedelta(days=1)) is None


def test_an_agency_takes_no_more_than_its_most_and_the_refusal_names_it():
    found = quota_refusal([quota("PU", most=2, taken=2)], of("PU"), 9, TODAY)
    assert found is not None
    assert str(found.fact) == "Jatah Dinas PU pada angkatan ini, 2 kursi, sudah terisi."
    assert quota_refusal([quota("PU", most=2, taken=2)], of("KES"), 9, TODAY) is None


def test_seats_of_a_unit_inside_of_an_agency_are_a_part_of_the_agencys():
    both = [quota("DIKBUD", reserved=4), quota("SMA", above=("DIKBUD",), reserved=3)]
    assert held_back(both, of("PU"), TODAY)[0] == 4
    assert held_back(both, of("DIKBUD"), TODAY)[0] == 3  # those of the school are not for the office
    assert held_back(both, of("DIKBUD", "SMA"), TODAY)[0] == 0


# --- the queue -------------------------------------------------------------------------------------------------------------


def waiter(number, agency, *, days=0, hours=0):
    return Waiter(number, agency, TODAY + timedelta(days=days) if days else None, MORNING + timedelta(hours=hours))


def agencies(**taken_size_reserved):
    return {code: Agency(code, NAMES[code], size, reserved, taken)
            for code, (taken, size, reserved) in taken_size_reserved.items()}


def order(places):
    return [place.waiter.id for place in places]


def test_the_agency_with_the_smallest_part_of_its_share_is_first_whoever_asked_first():
    known = agencies(PU=(8, 100, 0), KES=(1, 100, 0))
    assert order(line_up([waiter(1, "PU"), waiter(2, "KES", hours=9)], known, 20)) == [2, 1]


def test_a_seat_that_goes_to_an_agency_counts_for_its_next_one():
    known = agencies(PU=(0, 100, 0), KES=(0, 100, 0))
    people = [waiter(1, "PU"), waiter(2, "PU", hours=1), waiter(3, "KES", hours=2)]
    assert order(line_up(people, known, 10)) == [1, 3, 2]


def test_inside_of_an_agency_the_deadline_then_the_request_then_the_number_decides():
    people = [waiter(4, "PU"), waiter(3, "PU"), waiter(2, "PU", days=90, hours=5), waiter(1, "PU", days=30, hours=6)]
    assert order(line_up(people, agencies(PU=(0, 50, 0)), 10)) == [1, 2, 3, 4]


def test_reserved_seats_are_the_share_and_the_others_divide_the_rest_by_their_size():
    places = line_up([waiter(1, "PU"), waiter(2, "KES"), waiter(3, "DIKBUD")],
                     agencies(PU=(0, 10, 5), KES=(0, 100, 0), DIKBUD=(0, 300, 0)), 25)
    assert {place.waiter.agency: place.entitled for place in places} == {"PU": 5, "KES": 5, "DIKBUD": 15}


def test_a_place_says_why():
    (place,) = line_up([waiter(1, "PU", days=30)], agencies(PU=(3, 10, 4)), 25)
    assert str(place.because) == (
        "Dinas PU memegang 3 kursi; bagiannya 4,00 kursi. Di dalamnya didahulukan tenggat kesiapan 23 Desember 2026, lalu "
        "permintaan 20 November 2026, 09.00 WITA.")


people = st.lists(st.builds(
    lambda agency, days, hours: (agency, days, hours), st.sampled_from(("PU", "KES", "DIKBUD")), st.integers(0, 2),
    st.integers(0, 2)), min_size=1, max_size=12)
known = st.fixed_dictionaries({code: st.tuples(st.integers(0, 9), st.integers(0, 50), st.sampled_from((0, 0, 4)))
                               for code in ("PU", "KES", "DIKBUD")})


def oracle(waiters, known, seats):
    """One seat after another to whoever is first by the whole rule, written out anew."""
    left, taken, found = list(waiters), {code: one.taken for code, one in known.items()}, []
    rest = max(1, seats - sum(one.reserved for one in known.values()))
    people = sum(max(1, one.size) for one in known.values() if one.reserved == 0)
    while left:
        def key(one):
            agency = known[one.agency]
            share = Fraction(agency.reserved) if agency.reserved else Fraction(rest * max(1, agency.size), people)
            return (taken[one.agency] / share, one.deadline is None, one.deadline or TODAY, one.asked_at, one.id)
        chosen = min(left, key=key)
        left.remove(chosen)
        taken[chosen.agency] += 1
        found.append(chosen.id)
    return found


@given(people, known, st.integers(1, 40), st.randoms(use_true_random=False))
def test_the_queue_is_the_one_that_the_rule_says_in_whatever_order_people_are_named(rows, sizes, seats, chance):
    waiters = [waiter(number, *row[:1], days=row[1], hours=row[2]) for number, row in enumerate(rows, start=1)]
    table = agencies(**sizes)
    places = line_up(waiters, table, seats)
    assert order(places) == oracle(waiters, table, seats)
    assert [place.number for place in places] == list(range(1, len(rows) + 1))
    mixed = waiters[:]
    chance.shuffle(mixed)
    assert line_up(mixed, table, seats) == places
    assert first_in_line(mixed, table, seats) == places[0]


@given(people, known, st.integers(1, 40))
def test_whoever_leaves_the_queue_lets_nobody_fall_behind(rows, sizes, seats):
    waiters = [waiter(number, *row[:1], days=row[1], hours=row[2]) for number, row in enumerate(rows, start=1)]
    before = {place.waiter.id: place.number for place in line_up(waiters, agencies(**sizes), seats)}
    after = {place.waiter.id: place.number for place in line_up(waiters[1:], agencies(**sizes), seats)}
    assert all(after[number] <= before[number] for number in after)
