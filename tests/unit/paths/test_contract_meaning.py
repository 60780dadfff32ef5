"""The numbered sentences of "Meaning" in docs/formats/plan.md, each held against every plan that comes out."""

from __future__ import annotations

from datetime import date

from contract import DAY, Case, answer, batch, codes, few, plans_of, problem, problems, raises, some, wants
from day_oracle import DayOracle
from hypothesis import given

# -- 1 ----------------------------------------------------------------------------------------------------------------


@some
@given(problems())
def test_a_plan_has_each_training_at_most_once(document):
    for found in plans_of(answer(document)):
        assert len(set(codes(found))) == len(found["steps"])
        assert set(codes(found)) <= set(Case(document).trainings)


@some
@given(problems(undated=0, full=0.4))
def test_each_with_one_of_its_batches_that_has_a_seat_or_a_start_day_if_self_paced(document):
    case = Case(document)
    for found in plans_of(answer(document)):
        for step in found["steps"]:
            run = case.batch(step)
            if run is None:
                assert step["batch"] is None
                days = (date.fromisoformat(step["last_day"]) - date.fromisoformat(step["first_day"])).days + 1
                assert days == case.trainings[step["training"]]["self_paced_days"]
            else:
                assert run.get("seats_free", 1) > 0
                assert (step["first_day"], step["last_day"]) == (run["stages"][0][0], run["stages"][-1][1])


@some
@given(problems(completed=0.4))
def test_a_completed_training_need_not_be_taken_again_but_may_not_be_planned(document):
    case = Case(document)
    found = answer(document)
    for choice in plans_of(found):
        assert not set(codes(choice)) & case.completed
    assert not {entry["item"].get("training") for entry in found["open"]} & case.completed


def test_a_completed_training_counts_where_it_is_demanded_and_where_an_entry_asks_for_it():
    document = problem(employee={"completed": ["A", "GONE"]}, target=wants("A", "GONE", "B"),
                       trainings=[{"code": "A", "self_paced_days": 1}, {"code": "B", "self_paced_days": 1, "entry": {"training": "A"}}])
    found = answer(document)
    assert (found["status"], codes(found), found["coverage"]) == ("ready", ["B"], 3)


# -- 2 ----------------------------------------------------------------------------------------------------------------


@some
@given(problems("stages with gaps", "ties", "medium, crowded", "medium, gaps", undated=0))
def test_the_stages_of_all_chosen_batches_are_pairwise_disjoint_day_by_day(document):
    case = Case(document)
    for found in plans_of(answer(document)):
        days = []
        for step in found["steps"]:
            for first, last in (case.batch(step) or {"stages": []})["stages"]:
                day = date.fromisoformat(first)
                while day <= date.fromisoformat(last):
                    days.append(day)
                    day += DAY
        assert len(days) == len(set(days))


def test_the_days_between_two_stages_of_a_batch_are_free_for_others():
    inside = {"code": "B", "batches": [batch("b", ("06", "07"), ("09", "09"))]}
    around = {"code": "A", "batches": [batch("a", ("05", "05"), ("08", "08"), ("10", "12"))]}
    found = answer(problem(target=wants("A", "B"), trainings=[inside, around]))
    assert (found["status"], codes(found), found["finish"]) == ("ready", ["A", "B"], "2026-01-12")


def test_one_common_day_is_enough_for_a_clash():
    first = {"code": "A", "batches": [batch("a", "05", ("08", "09"))]}
    for day, status in (("08", "partial"), ("09", "partial"), ("05", "partial"), ("07", "ready"), ("06", "ready"), ("10", "ready")):
        assert answer(problem(target=wants("A", "B"), trainings=[first, {"code": "B", "batches": [batch("b", day)]}]))["status"] == status


def test_a_self_paced_training_blocks_nobody():
    found = answer(problem(target=wants("A", "B", "C"), trainings=[
        {"code": "A", "batches": [batch("a", ("02", "04"))]}, {"code": "B", "self_paced_days": 9}, {"code": "C", "self_paced_days": 9}]))
    assert (found["status"], found["finish"]) == ("ready", "2026-01-09")


# -- 3 ----------------------------------------------------------------------------------------------------------------


@some
@given(problems(deadline=0.8, undated=0))
def test_every_first_day_is_today_or_later_and_every_last_day_ready_by_or_earlier(document):
    case = Case(document)
    for found in plans_of(answer(document)):
        for step in found["steps"]:
            assert step["first_day"] >= document["today"]
            assert case.ready_by is None or step["last_day"] <= document["ready_by"]


@few
@given(problems(undated=0, deadline=0, full=0, alternatives=(0,)))
def test_ready_by_is_inclusive(document):
    document = document | {"objective": ["finish"], "ready_by": None}
    found = answer(document)
    if found["status"] != "ready":
        return
    assert answer(document | {"ready_by": found["finish"]}) == found
    earlier = (date.fromisoformat(found["finish"]) - DAY).isoformat()
    assert answer(document | {"ready_by": earlier})["status"] == "partial"


def test_a_batch_may_start_today_but_not_yesterday():
    taken = {"code": "A", "batches": [batch("a", ("05", "06"))]}
    for today, status in (("04", "ready"), ("05", "ready"), ("06", "partial")):
        assert answer(problem(today=f"2026-01-{today}", target=wants("A"), trainings=[taken]))["status"] == status


@some
@given(problems(floor=0.5))
def test_min_golongan_is_at_most_the_employees_golongan(document):
    case = Case(document)
    for found in plans_of(answer(document)):
        for step in found["steps"]:
            floor = case.trainings[step["training"]].get("min_golongan")
            assert floor is None or (case.golongan is not None and floor <= case.golongan)


@few
@given(problems(floor=0.5))
def test_the_highest_golongan_may_take_what_anybody_may_and_null_only_what_has_no_floor(document):
    def without_floor(golongan, keep):
        trainings = [{name: value for name, value in training.items() if name != "min_golongan"}
                     for training in document["trainings"] if keep or training.get("min_golongan") is None]
        return document | {"employee": document["employee"] | {"golongan": golongan}, "trainings": trainings}

    def asked(golongan):
        return document | {"employee": document["employee"] | {"golongan": golongan}}

    assert answer(asked(17)) == answer(without_floor(17, keep=True))
    lowest, nobody = answer(asked(None)), answer(without_floor(None, keep=False))
    assert [choice["steps"] for choice in plans_of(lowest)] == [choice["steps"] for choice in plans_of(nobody)]


# -- 4 ----------------------------------------------------------------------------------------------------------------


@some
@given(problems("small", "self-paced chains", "accelerators", "wide entries", "medium, chains", undated=0, entry=0.9))
def test_an_entry_sees_the_employee_and_the_chosen_trainings_whose_last_day_is_before_the_first_day(document):
    case = Case(document)
    for found in plans_of(answer(document)):
        for step in found["steps"]:
            assert case.enters(step["training"], case.before(found["steps"], step["first_day"]))


def test_a_training_that_ends_on_the_first_day_of_another_does_not_help_it():
    opener = {"code": "A", "batches": [batch("a", "05", "09")]}
    for day, status in (("07", "partial"), ("09", "partial"), ("10", "ready")):
        later = {"code": "B", "entry": {"training": "A"}, "batches": [batch("b", day, "20")]}
        assert answer(problem(target=wants("B"), trainings=[later, opener]))["status"] == status


@some
@given(problems("no dates", "medium, no dates"))
def test_without_dates_each_entry_sees_only_the_earlier_ones_of_an_order(document):
    case = Case(document)
    for found in plans_of(answer(document)):
        for place, step in enumerate(found["steps"]):
            assert case.enters(step["training"], codes(found)[:place])


def test_trainings_that_open_each_other_or_themselves_are_never_entered():
    ring = [{"code": "A", "entry": {"training": "B"}, "raises": raises(("X", 2))}, {"code": "B", "entry": {"any": [{"training": "C"}, {"training": "A"}]}},
            {"code": "C", "entry": {"competency": "X", "level": 2}}, {"code": "D", "entry": {"training": "D"}}]
    for dated in (False, True):
        trainings = [training | ({"self_paced_days": 1} if dated else {}) for training in ring]
        found = answer(problem(dates=dated, target=wants("A", "D", ("X", 1)), trainings=trainings))
        assert [entry["reason"] for entry in found["open"]] == ["ENTRY"] * 3
    opened = [*ring, {"code": "E", "raises": raises(("X", 2))}]
    assert codes(answer(problem(dates=False, target=wants("A"), trainings=opened))) == ["E", "C", "B", "A"]


# -- 5, 6, 7 ----------------------------------------------------------------------------------------------------------


@some
@given(problems())
def test_a_plan_is_ready_if_at_its_end_every_requirement_and_every_demanded_training_is_met(document):
    case = Case(document)
    found = answer(document)
    for choice in plans_of(found):
        assert case.all_met(codes(choice)) == (found["status"] != "partial")


@some
@given(problems(alternatives=(0,)))
def test_a_training_that_serves_nothing_is_never_in_a_plan(document):
    case = Case(document)
    found = answer(document)
    for code in codes(found):
        rest = case.without(found["steps"], code)
        if rest is None:
            continue
        left = [step["training"] for step in rest]
        same = (case.mutlak(left), case.coverage(left)) == (found["mutlak_met"], found["coverage"])
        # Whatever could be left out at no loss makes the plan end sooner: a self-paced training starts earlier for it.
        if same:
            assert "finish" in case.objective
            assert max(step["last_day"] for step in rest) > found["finish"]


def test_ties_left_by_the_objective_are_broken_by_fewer_trainings():
    one = {"code": "Z", "jp": 9, "raises": raises(("A", 1), ("B", 1)), "self_paced_days": 3}
    two = [{"code": name, "jp": 1, "raises": raises((name, 1)), "self_paced_days": 3} for name in "AB"]
    for objective, chosen in ((["finish"], ["Z"]), (["jp"], ["A", "B"]), (["cost_idr"], ["Z"]), (["finish", "jp"], ["A", "B"])):
        assert codes(answer(problem(target=wants(("A", 1), ("B", 1)), trainings=[*two, one], objective=objective))) == chosen


def test_the_last_tie_goes_to_the_first_option_by_code_first_day_last_day_and_batch():
    twins = [{"code": code, "raises": raises(("A", 1)), "batches": [batch("z", ("05", "09")), batch("y", "04", "09"), batch("x", "04", "09")]}
             for code in ("b", "B", "a")]
    found = answer(problem(target=wants(("A", 1)), trainings=twins, alternatives=20))
    options = [(choice["steps"][0]["training"], choice["steps"][0]["batch"]) for choice in plans_of(found)]
    assert options == [(code, run) for code in ("B", "a", "b") for run in ("x", "y", "z")]


@few
@given(problems(undated=0, kind=1, alternatives=(0,)))
def test_finish_is_the_last_day_of_the_plan_and_today_when_there_is_nothing_to_do(document):
    found = answer(document)
    assert found["finish"] == max([step["last_day"] for step in found["steps"]], default=document["today"])


@some
@given(problems("self-paced chains", "accelerators", "medium, accelerators", undated=0))
def test_a_self_paced_training_starts_on_the_earliest_day_that_its_entry_allows(document):
    case = Case(document)
    for found in plans_of(answer(document)):
        for step in found["steps"]:
            if step["batch"] is None:
                day = case.today
                while not case.enters(step["training"], case.before(found["steps"], day.isoformat())):
                    day += DAY
                assert step["first_day"] == day.isoformat()


def test_a_self_paced_training_may_wait_for_a_batch_and_a_batch_for_it():
    found = answer(problem(target=wants("C"), trainings=[
        {"code": "A", "batches": [batch("a", "03", "06")]}, {"code": "B", "self_paced_days": 4, "entry": {"training": "A"}},
        {"code": "C", "entry": {"training": "B"}, "batches": [batch("early", "10"), batch("late", "11")]}]))
    assert [(step["training"], step["first_day"][-2:], step["last_day"][-2:]) for step in found["steps"]] == [
        ("A", "03", "06"), ("B", "07", "10"), ("C", "11", "11")]


@some
@given(problems(alternatives=(0,), kind=1))
def test_among_ready_plans_the_lexicographic_minimum_of_the_objective_wins(document):
    found = answer(document)
    oracle = DayOracle(document)
    status, best, _ = oracle.solve()
    assert found["status"] == status
    measures = oracle.measures(best)
    assert [found[name] for name in Case(document).objective if name != "finish"] == [
        measures[name] for name in Case(document).objective if name != "finish"]
    assert found["finish"] == (measures["finish"] and measures["finish"].isoformat())
    assert found["count"] == measures["count"]


def test_the_order_of_the_objective_decides():
    ways = {"fast": (2, 9, 9), "short": (9, 1, 8), "cheap": (8, 8, 1), "even": (5, 5, 5)}
    trainings = [{"code": code, "raises": raises(("A", 1)), "self_paced_days": days, "jp": jp, "cost_idr": cost}
                 for code, (days, jp, cost) in ways.items()]
    asked = {"finish": "fast", "jp": "short", "cost_idr": "cheap", "count": "cheap"}
    for first, code in asked.items():
        rest = [name for name in ("cost_idr", "jp", "finish", "count") if name != first]
        assert codes(answer(problem(target=wants(("A", 1)), trainings=trainings, objective=[first, *rest]))) == [code]


@some
@given(problems("out of reach", "medium, out of reach", "large numbers", "small", kind=0.2, alternatives=(0,)))
def test_without_a_ready_plan_first_the_most_mandatory_items_then_the_largest_coverage_then_the_objective(document):
    found = answer(document)
    oracle = DayOracle(document)
    status, best, _ = oracle.solve()
    assert found["status"] == status
    assert (found["mutlak_met"], found["coverage"]) == oracle.worth(best)
    assert codes(found) == [step[0] for step in best]


def test_one_mandatory_item_outweighs_all_coverage_and_half_a_level_counts():
    trainings = [{"code": "A", "raises": raises(("A", 1)), "batches": [batch("a", "05")]},
                 {"code": "B", "raises": raises(("B", 4)), "batches": [batch("b", "05")]}]
    target = {"requirements": [{"competency": "A", "level": 1, "importance": "MUTLAK"}, {"competency": "B", "level": 5, "weight": 60_000}]}
    found = answer(problem(target=target, trainings=trainings))
    assert (found["status"], codes(found), found["mutlak_met"], found["coverage"], found["coverage_max"]) == ("partial", ["A"], 1, 1, 300_001)
    target["requirements"][0]["importance"] = "PENTING"
    found = answer(problem(target=target, trainings=trainings))
    assert (codes(found), found["coverage"], found["open"][1]["reached"]) == (["B"], 240_000, 4)
