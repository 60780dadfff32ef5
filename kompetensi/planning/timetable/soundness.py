"""What a problem must not contradict, whoever built it; each refusal names its place as a JSON Pointer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kompetensi.errors import InvalidInput
from kompetensi.messages import Message, say
from kompetensi.planning.timetable.problem import Calendar, Course, FixedRun, Problem, Profile

__all__ = ["refuse_unsound"]


def refuse_unsound(problem: Problem) -> None:
    """Refuse a problem that contradicts itself.

    Raises
    ------
    InvalidInput
        At the first thing that is wrong, in the order of docs/formats/timetable.md.
    """
    _calendar(problem.calendar)
    codes = _distinct("courses", "code", [course.code for course in problem.courses])
    _distinct("rooms", "id", [room.id for room in problem.rooms])
    _distinct("trainers", "id", [trainer.id for trainer in problem.trainers])
    _distinct("profiles", "id", [profile.id for profile in problem.profiles])
    _distinct("fixed", "id", [run.id for run in problem.fixed])
    for place, course in enumerate(problem.courses):
        _course(f"/courses/{place}", course)
    for place, profile in enumerate(problem.profiles):
        _profile(f"/profiles/{place}", profile, codes)
    courses = {course.code: course for course in problem.courses}
    for place, run in enumerate(problem.fixed):
        _fixed(f"/fixed/{place}", run, courses)


def _refuse(where: str, message: Message) -> InvalidInput:
    return InvalidInput(message, where=where)


def _distinct(field: str, name: str, codes: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for place, code in enumerate(codes):
        if code in found:
            raise _refuse(f"/{field}/{place}/{name}", say("“%(code)s” sudah ada", code=code))
        found.add(code)
    return found


def _calendar(calendar: Calendar) -> None:
    if calendar.last_day < calendar.first_day:
        raise _refuse("/calendar/last_day", say("sebelum hari pertama"))
    if not 0 <= calendar.first_hour < calendar.last_hour <= 24:
        raise _refuse("/calendar/last_hour", say("harus setelah jam pertama"))


def _course(where: str, course: Course) -> None:
    if not course.stages:
        raise _refuse(f"{where}/stages", say("paling sedikit satu"))
    if course.min_participants > course.max_participants:
        raise _refuse(f"{where}/min_participants", say("melebihi max_participants"))
    for place, stage in enumerate(course.stages):
        if stage.max_gap is not None and stage.max_gap < stage.min_gap:
            raise _refuse(f"{where}/stages/{place}/max_gap", say("kurang dari min_gap"))
    for place, need in enumerate(course.trainers):
        for at, stage_at in enumerate(need.stages or ()):
            if not 0 <= stage_at < len(course.stages) or not course.stages[stage_at].mode.is_taught:
                raise _refuse(f"{where}/trainers/{place}/stages/{at}", say("bukan tahap yang diajar"))


def _profile(where: str, profile: Profile, codes: set[str]) -> None:
    if not profile.courses:
        raise _refuse(f"{where}/courses", say("paling sedikit satu"))
    _known(f"{where}/courses", profile.courses, codes)
    if len(set(profile.courses)) < len(profile.courses):
        raise _refuse(f"{where}/courses", say("satu pelatihan ada dua kali"))
    for place, pair in enumerate(profile.order):
        _known(f"{where}/order/{place}", pair, set(profile.courses))


def _known(where: str, names: Iterable[str], codes: set[str]) -> None:
    for place, code in enumerate(names):
        if code not in codes:
            raise _refuse(f"{where}/{place}", say("“%(code)s” tidak ada", code=code))


def _fixed(where: str, run: FixedRun, courses: dict[str, Course]) -> None:
    if run.course not in courses:
        raise _refuse(f"{where}/course", say("“%(code)s” tidak ada", code=run.course))
    stages = courses[run.course].stages
    if len(run.stages) != len(stages):
        raise _refuse(f"{where}/stages", say("harus %(count)s tahap seperti pelatihannya", count=len(stages)))
    last = None
    for place, days in enumerate(run.stages):
        for at, day in enumerate(days):
            if last is not None and day <= last:
                raise _refuse(f"{where}/stages/{place}/{at}", say("hari harus urut"))
            last = day
        if not days:
            raise _refuse(f"{where}/stages/{place}", say("paling sedikit satu"))
