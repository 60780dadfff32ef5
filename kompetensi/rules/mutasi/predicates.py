"""The automatic checks, one small function each, and which rule each of them answers.

A predicate reads facts and the numbers of its rule, and never the id of the rule: what it demands is data. It answers
*unknown* with the name of the field when a fact is missing, and gives the date from which time alone will meet it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from fractions import Fraction

from kompetensi.graph.evidence import valid_until_after
from kompetensi.messages import Hundredths, Message, say
from kompetensi.rules.mutasi.elements import Finding, Rule, RuleVerdict
from kompetensi.rules.mutasi.facts import CareerFact, Facts, QualificationFact, TrainingFact
from kompetensi.rules.mutasi.periods import add_months, age_on, months_between, span_months

__all__ = ["PREDICATES", "Predicate"]

Predicate = Callable[[Facts, Rule], Finding]

_ACTIVE = "01"  # SIASN: kedudukan hukum "aktif"
_GOOD = 2  # SIASN: rating 1 is Sangat Baik, 2 Baik; a larger number is worse
_GENERAL = ("MANAJERIAL", "SOSIOKULTURAL")


def _met(fact: Message, **more: object) -> Finding:
    return Finding(RuleVerdict.MET, fact, **more)  # type: ignore[arg-type]


def _not_met(fact: Message, remedy: Message | None = None, met_from: date | None = None) -> Finding:
    return Finding(RuleVerdict.NOT_MET, fact, remedy, met_from)


def _unknown(fact: Message, field: str) -> Finding:
    return Finding(RuleVerdict.UNKNOWN, fact, say("Lengkapi %(field)s.", field=field))


def _not_applicable(fact: Message) -> Finding:
    return Finding(RuleVerdict.NOT_APPLICABLE, fact)


def _answer(met: bool, fact: Message, remedy: Message | None = None, met_from: date | None = None) -> Finding:
    return _met(fact) if met else _not_met(fact, remedy, met_from)


def _from_day(day: date) -> Message:
    return say("Terpenuhi dengan sendirinya pada %(day)s.", day=day)


def _length(months: int) -> Message:
    if months < 12:
        return say("%(months)s bulan", months=months)
    if months % 12 == 0:
        return say("%(years)s tahun", years=months // 12)
    return say("%(years)s tahun %(months)s bulan", years=months // 12, months=months % 12)


def _later(day: date, months: int) -> date | None:
    """Return a day some months on; None where the calendar ends, as it does for a day typed wrongly."""
    try:
        return add_months(day, months)
    except OverflowError:
        return None


# --- status ----------------------------------------------------------------------------------------------------------


def full_civil_servant(facts: Facts, rule: Rule) -> Finding:
    """A PNS whose appointment has taken effect; neither CPNS nor PPPK."""
    if facts.employee_type != "PNS":
        return _not_met(say("Berstatus %(type)s, bukan PNS penuh.", type=facts.employee_type),
                        say("Diangkat menjadi PNS penuh."))
    if facts.tmt_pns is None:
        return _unknown(say("Berstatus PNS, tetapi TMT PNS belum tercatat (tmt_pns)."), "TMT PNS")
    return _answer(facts.tmt_pns <= facts.on, say("PNS sejak %(day)s.", day=facts.tmt_pns),
                   _from_day(facts.tmt_pns), facts.tmt_pns)


def contract_is_over(facts: Facts, rule: Rule) -> Finding:
    """A PPPK moves only after the contract; others have none."""
    if facts.employee_type != "PPPK":
        return _met(say("Bukan PPPK; tidak terikat masa kontrak."))
    if facts.contract_end is None:
        return _unknown(say("Akhir kontrak PPPK belum tercatat (contract_end)."), "akhir kontrak")
    start = facts.contract_end + timedelta(days=1) if facts.contract_end < date.max else None
    return _answer(facts.on > facts.contract_end, say("Kontrak PPPK sampai %(day)s.", day=facts.contract_end),
                   say("Tunggu akhir kontrak atau ikut seleksi baru."), start)


def legal_status_is_active(facts: Facts, rule: Rule) -> Finding:
    """The *kedudukan hukum* of SIASN is 01, active."""
    if facts.legal_status is None:
        return _unknown(say("Kedudukan hukum belum tercatat (kedudukan_hukum)."), "kedudukan hukum")
    return _answer(facts.legal_status == _ACTIVE, say("Kedudukan hukum SIASN: %(code)s.", code=facts.legal_status),
                   say("Kembali ke kedudukan hukum aktif (01)."))


# --- tenure ----------------------------------------------------------------------------------------------------------


def _in_post(facts: Facts) -> tuple[CareerFact, Message] | Finding:
    current = facts.current
    if current is None:
        return _unknown(say("TMT jabatan sekarang belum tercatat (tmt_jabatan)."), "riwayat jabatan")
    months = months_between(current.since, facts.on)
    return current, say("%(length)s dalam jabatan %(position)s, sejak %(day)s.", length=_length(months),
                        position=current.position, day=current.since)


def tenure_is_long_enough(facts: Facts, rule: Rule) -> Finding:
    """The last assignment has lasted at least ``min_months``."""
    return _tenure(facts, rule.parameters["min_months"])


def adopted_tenure_is_long_enough(facts: Facts, rule: Rule) -> Finding:
    """The same with the shorter wait that an agency may adopt by policy; without adoption it does not apply."""
    if facts.min_tenure_months is None:
        return _not_applicable(say("Kebijakan instansi belum mengadopsi masa tunggu yang lebih pendek "
                                   "(policy.min_tenure_months)."))
    return _tenure(facts, facts.min_tenure_months)


def _tenure(facts: Facts, months: int) -> Finding:
    found = _in_post(facts)
    if isinstance(found, Finding):
        return found
    current, fact = found
    start = _later(current.since, months)
    met = start is not None and start <= facts.on
    return _answer(met, fact, _from_day(start) if start else None, start)


def tenure_marks_rotation(facts: Facts, rule: Rule) -> Finding:
    """More than ``max_months`` in the same post is a sign that rotation is due; it speaks for the move."""
    found = _in_post(facts)
    if isinstance(found, Finding):
        return found
    current, fact = found
    end = _later(current.since, rule.parameters["max_months"])
    return _answer(end is not None and facts.on > end, fact, say(
        "Bukan halangan: tanda prioritas rotasi baru muncul sesudah %(length)s dalam jabatan yang sama.",
        length=_length(rule.parameters["max_months"])))


def service_bond_is_over(facts: Facts, rule: Rule) -> Finding:
    """No statement of service binds any more."""
    if facts.service_bond is None:
        return _unknown(say("Belum tercatat apakah ada ikatan pengabdian (ikatan_pengabdian_sampai)."),
                        "ikatan pengabdian")
    if not facts.service_bond:
        return _met(say("Tidak ada ikatan pengabdian."))
    return _until_over(facts, facts.service_bond_until, say("Ikatan pengabdian"), "ikatan_pengabdian_sampai")


def _until_over(facts: Facts, until: date | None, what: Message, field: str) -> Finding:
    if until is None:
        return _unknown(say("%(what)s berlaku, tetapi akhirnya belum tercatat (%(field)s).", what=what, field=field),
                        field)
    start = until + timedelta(days=1) if until < date.max else None
    return _answer(facts.on > until, say("%(what)s sampai %(day)s.", what=what, day=until),
                   _from_day(start) if start else None, start)


# --- competency ------------------------------------------------------------------------------------------------------


def competency_fits(facts: Facts, rule: Rule) -> Finding:
    """No mandatory level is missing and the JPM is not below its lowest band; advisory gaps are told."""
    if not facts.target.has_standard:
        return _no_standard()
    general = [row for row in facts.levels if row.kind in _GENERAL]
    missing = [row.name for row in facts.levels
               if (row.kind in _GENERAL and row.proven is None) or (row.importance == "MUTLAK" and row.counted is None)]
    closed = [row.name for row in facts.levels
              if row.importance == "MUTLAK" and row.counted is not None and row.counted < row.required]
    if closed:
        return _not_met(say("Di bawah tingkat wajib: %(names)s.", names=closed),
                        say("Naikkan tingkatnya lewat jalur pelatihan dan uji kompetensi."))
    if missing:
        return _unknown(say("Belum dinilai: %(names)s (profil kompetensi).", names=missing), "asesmen kompetensi")
    gaps = [say("%(name)s %(have)s dari %(need)s", name=row.name, have=row.counted or 0, need=row.required)
            for row in facts.levels if row.counted is not None and row.counted < row.required]
    jpm = _jpm(sum(row.proven or 0 for row in general), sum(row.required for row in general))
    if gaps:
        return _met(say("JPM %(jpm)s %%; masih kurang: %(gaps)s.", jpm=jpm, gaps=gaps))
    return _met(say("JPM %(jpm)s %%; semua tingkat standar tercapai.", jpm=jpm))


def _jpm(proven: int, required: int) -> float:
    return float(min(Fraction(100), Fraction(100 * proven, required))) if required else 100.0


def _no_standard() -> Finding:
    return _unknown(say("Jabatan tujuan belum mempunyai standar kompetensi (SKJ)."), "standar jabatan tujuan")


def assessment_is_recent(facts: Facts, rule: Rule) -> Finding:
    """The latest assessment is not older than ``max_years``."""
    if facts.assessment is None:
        return _unknown(say("Belum ada asesmen kompetensi (assessment_date)."), "asesmen kompetensi")
    until = valid_until_after(facts.assessment.assessed_on, rule.parameters["max_years"])
    return _answer(facts.assessment.assessed_on <= facts.on <= until, say(
        "Asesmen %(day)s, berlaku sampai %(until)s.", day=facts.assessment.assessed_on, until=until),
        say("Ikuti asesmen kompetensi yang baru."))


def assessment_is_for_this_level(facts: Facts, rule: Rule) -> Finding:
    """The latest assessment was made for a class of at least the target's level."""
    assessment = facts.assessment
    if assessment is None or assessment.class_code is None or assessment.class_level is None:
        return _unknown(say("Jenjang sasaran asesmen belum tercatat (assessment_target_jenjang)."),
                        "jenjang sasaran asesmen")
    return _answer(assessment.class_level >= facts.target.job_class.level, say(
        "Asesmen dibuat untuk jenjang %(assessed)s; jabatan tujuan berjenjang %(target)s.",
        assessed=assessment.class_code, target=facts.target.job_class.code),
        say("Ikuti asesmen untuk jenjang jabatan tujuan."))


def assessor_is_accredited(facts: Facts, rule: Rule) -> Finding:
    """The latest assessment was run by a provider that BKN has accredited."""
    if facts.assessment is None or facts.assessment.accredited is None:
        return _unknown(say("Akreditasi penyelenggara asesmen belum tercatat (assessment_provider_accredited)."),
                        "akreditasi penyelenggara asesmen")
    return _answer(facts.assessment.accredited, say("Penyelenggara: %(provider)s.",
                                                    provider=facts.assessment.provider or "-"),
                   say("Ikuti asesmen pada penyelenggara terakreditasi BKN."))


def jpm_is_high_enough(facts: Facts, rule: Rule) -> Finding:
    """The JPM reaches ``mms``; compared as whole numbers, never rounded."""
    if not facts.target.has_standard:
        return _no_standard()
    general = [row for row in facts.levels if row.kind in _GENERAL]
    if any(row.proven is None for row in general):
        return _unknown(say("JPM belum dapat dihitung: %(missing)s kompetensi belum dinilai (jpm_percent).",
                            missing=sum(row.proven is None for row in general)), "asesmen kompetensi")
    proven, required = sum(row.proven or 0 for row in general), sum(row.required for row in general)
    upper, lower = rule.parameters["ms"], rule.parameters["mms"]
    band = "MS" if 100 * proven >= upper * required else "MMS" if 100 * proven >= lower * required else "KMS"
    return _answer(band != "KMS", say("JPM %(jpm)s %% (%(have)s dari %(need)s), kategori pengisian %(band)s.",
                                      jpm=_jpm(proven, required), have=proven, need=required, band=band),
                   say("Naikkan tingkat kompetensi lewat asesmen ulang sesudah pengembangan."))


def mandatory_trainings_are_held(facts: Facts, rule: Rule) -> Finding:
    """Every training that the standard marks MUTLAK is passed and its certificate is valid."""
    return _trainings(facts, "MUTLAK", may_be_planned_until=None)


def important_trainings_are_held_or_planned(facts: Facts, rule: Rule) -> Finding:
    """Every training marked PENTING is passed, or has a seat that ends within ``plan_months``."""
    return _trainings(facts, "PENTING", may_be_planned_until=_later(facts.on, rule.parameters["plan_months"]))


def _trainings(facts: Facts, importance: str, *, may_be_planned_until: date | None) -> Finding:
    if not facts.target.has_standard:
        return _no_standard()
    demanded = [row for row in facts.trainings if row.importance == importance]
    if not demanded:
        return _met(say("Standar jabatan tidak menyebut pelatihan bertanda %(mark)s.", mark=importance))
    missing = [row for row in demanded if not row.held and not (
        may_be_planned_until and row.planned_until and row.planned_until <= may_be_planned_until)]
    if not missing:
        return _met(say("%(trainings)s.", trainings=[_training_state(row) for row in demanded]))
    planned = [row.planned_until for row in missing if row.planned_until]
    whole = max(planned) if len(planned) == len(missing) else None
    remedy = (say("Lulus pelatihan yang kursinya sudah diminta; angkatannya selesai %(day)s.", day=whole) if whole
              else say("Ambil jalur pelatihan yang memuat: %(names)s.", names=[row.name for row in missing]))
    return _not_met(say("%(trainings)s.", trainings=[_training_state(row) for row in missing]), remedy)


def _training_state(row: TrainingFact) -> Message:
    if row.held and row.valid_until:
        return say("%(name)s: lulus, berlaku sampai %(day)s", name=row.name, day=row.valid_until)
    if row.held:
        return say("%(name)s: lulus", name=row.name)
    if row.planned_until:
        return say("%(name)s: direncanakan, selesai %(day)s", name=row.name, day=row.planned_until)
    if row.lapsed_on:
        return say("%(name)s: sertifikat berakhir %(day)s", name=row.name, day=row.lapsed_on)
    return say("%(name)s: belum ada sertifikat", name=row.name)


def no_gap_is_wide(facts: Facts, rule: Rule) -> Finding:
    """No managerial or sociocultural competency lies more than ``max_gap`` levels below the standard."""
    if not facts.target.has_standard:
        return _no_standard()
    general = [row for row in facts.levels if row.kind in _GENERAL]
    wide = [say("%(name)s %(have)s dari %(need)s", name=row.name, have=row.proven, need=row.required)
            for row in general if row.proven is not None and row.required - row.proven > rule.parameters["max_gap"]]
    if wide:
        return _not_met(say("Kesenjangan lebar: %(gaps)s.", gaps=wide), say("Kembangkan kompetensi itu lebih dahulu."))
    if any(row.proven is None for row in general):
        return _unknown(say("Belum semua kompetensi dinilai (assessment levels)."), "asesmen kompetensi")
    return _met(say("Tidak ada kesenjangan lebih dari %(gap)s tingkat.", gap=rule.parameters["max_gap"]))


# --- conduct ---------------------------------------------------------------------------------------------------------


def ratings_are_good(facts: Facts, rule: Rule) -> Finding:
    """The SKP ratings of the last ``years`` finished years are Baik or better."""
    words = {1: say("Sangat Baik"), 2: say("Baik"), 3: say("Butuh Perbaikan"), 4: say("Kurang"),
             5: say("Sangat Kurang")}
    known = dict(facts.ratings)
    years = range(facts.on.year - rule.parameters["years"], facts.on.year)
    told = [say("%(year)s %(rating)s", year=year, rating=words[known[year]]) for year in years if year in known]
    if any(known.get(year, _GOOD) > _GOOD for year in years):
        return _not_met(say("Predikat kinerja: %(ratings)s.", ratings=told),
                        say("Perlu predikat paling rendah Baik pada %(years)s tahun berturut-turut.",
                            years=rule.parameters["years"]))
    missing = [year for year in years if year not in known]
    if missing:
        return _unknown(say("Predikat kinerja tahun %(years)s belum tercatat (skp).", years=missing), "SKP")
    return _met(say("Predikat kinerja: %(ratings)s.", ratings=told))


def no_discipline_case(facts: Facts, rule: Rule) -> Finding:
    """No disciplinary case is in process or being served on the day."""
    begun = [case for case in facts.discipline if case.opened_on <= facts.on]
    if any(case.decided_on is None or case.decided_on > facts.on for case in begun):
        return _not_met(say("Perkara disiplin sedang diproses."), say("Tunggu keputusan perkara disiplin."))
    served = [case.served_until for case in begun if case.served_until is None or case.served_until >= facts.on]
    if served:
        known = [day for day in served if day is not None]
        end = max(known) if len(known) == len(served) else None
        start = end + timedelta(days=1) if end and end < date.max else None
        return _not_met(say("Hukuman disiplin sedang dijalani."), _from_day(start) if start else say(
            "Catat hari terakhir hukuman disiplin."), start)
    if begun:
        return _met(say("Hukuman disiplin sudah selesai dijalani."))
    if facts.no_discipline_record is None:
        return _unknown(say("Catatan disiplin belum diperiksa (hukdis)."), "catatan disiplin")
    if not facts.no_discipline_record:
        return _unknown(say("Ada catatan disiplin menurut sumber, tetapi perkaranya belum dicatat (hukdis)."),
                        "perkara disiplin")
    return _met(say("Tidak ada catatan hukuman disiplin."))


def not_on_study_assignment(facts: Facts, rule: Rule) -> Finding:
    """The person is neither on a study assignment nor bound by one."""
    if facts.on_study_assignment is None:
        return _unknown(say("Belum tercatat apakah sedang tugas belajar (tugas_belajar)."), "tugas belajar")
    if not facts.on_study_assignment:
        return _met(say("Tidak sedang tugas belajar."))
    if facts.study_assignment_until is None:
        return _not_met(say("Sedang tugas belajar."), say("Catat akhir tugas belajar."))
    return _until_over(facts, facts.study_assignment_until, say("Tugas belajar"), "tugas_belajar")


# --- the target ------------------------------------------------------------------------------------------------------


def post_is_vacant(facts: Facts, rule: Rule) -> Finding:
    """At least one post of the target position has no definitive occupant on the day."""
    target = facts.target
    if target.posts == 0:
        return _unknown(say("Formasi jabatan tujuan belum tercatat (jabatan.formasi)."), "formasi jabatan tujuan")
    return _answer(target.vacant > 0, say("%(vacant)s dari %(posts)s formasi %(name)s lowong.", vacant=target.vacant,
                                          posts=target.posts, name=target.name),
                   say("Tunggu formasi lowong atau pilih jabatan lain."))


def golongan_is_high_enough(facts: Facts, rule: Rule) -> Finding:
    """The person's *golongan* is not below the standard's."""
    return _qualified(facts, facts.golongan, facts.target.min_golongan, say("Golongan"), "golongan",
                      say("Naik pangkat ke golongan yang diminta."))


def education_is_high_enough(facts: Facts, rule: Rule) -> Finding:
    """The highest finished education is not below the standard's."""
    return _qualified(facts, facts.education, facts.target.min_education, say("Pendidikan"), "pendidikan",
                      say("Selesaikan pendidikan yang diminta."))


def _qualified(facts: Facts, has: QualificationFact | None, asked: QualificationFact | None, what: Message,
               field: str, remedy: Message) -> Finding:
    if not facts.target.has_standard:
        return _no_standard()
    if asked is None:
        return _met(say("Standar jabatan tidak menyebut batas."))
    if has is None:
        return _unknown(say("%(what)s belum tercatat (%(field)s).", what=what, field=field), field)
    return _answer(has.order >= asked.order, say("%(what)s %(has)s; diminta paling rendah %(asked)s.", what=what,
                                                 has=has.code, asked=asked.code), remedy)


# --- career ----------------------------------------------------------------------------------------------------------


def _served(facts: Facts, steps: Iterable[CareerFact]) -> int:
    return span_months((step.since, min(step.until or facts.on, facts.on)) for step in steps)


def _experience(facts: Facts, rule: Rule, steps: list[CareerFact], what: Message) -> Finding:
    if not facts.career:
        return _unknown(say("Riwayat jabatan belum tercatat (riwayat_jabatan)."), "riwayat jabatan")
    need, have = rule.parameters["min_years"] * 12, _served(facts, steps)
    goes_on = facts.current is not None and facts.current in steps
    start = _later(facts.on, need - have) if goes_on else None
    return _answer(have >= need, say("%(length)s %(what)s; diminta %(need)s.", length=_length(have), what=what,
                                     need=_length(need)),
                   say("Terpenuhi sekitar %(day)s bila tetap dalam jabatan sekarang.", day=start) if start
                   else say("Tambah pengalaman dalam jabatan yang diminta."), start if have < need else None)


def _at_least(facts: Facts, class_code: str) -> list[CareerFact]:
    order = dict(facts.class_orders)[class_code]
    return [step for step in facts.career if step.job_class.order >= order]


def _class_experience(class_code: str, what: Message) -> Predicate:
    """Make the predicate that counts the years in a class, an equal JF or anything above."""

    def has_class_experience(facts: Facts, rule: Rule) -> Finding:
        return _experience(facts, rule, _at_least(facts, class_code), what)

    return has_class_experience


def field_experience(facts: Facts, rule: Rule) -> Finding:
    """Cumulative years in posts of the target's *urusan*; posts whose urusan is not recorded may still count."""
    same = [step for step in facts.career if step.urusan and step.urusan == facts.target.urusan]
    found = _experience(facts, rule, same, say("pengalaman pada urusan %(field)s", field=facts.target.urusan or "-"))
    if found.verdict is RuleVerdict.NOT_MET and not facts.target.urusan:
        return _unknown(say("Urusan jabatan tujuan belum tercatat (urusan)."), "urusan jabatan tujuan")
    open_steps = [step for step in facts.career if not step.urusan]
    if found.verdict is RuleVerdict.NOT_MET and _served(facts, same + open_steps) >= rule.parameters["min_years"] * 12:
        return _unknown(say("Urusan sebagian riwayat jabatan belum tercatat (urusan)."), "urusan riwayat jabatan")
    return found


def jpt_tenure_fits(facts: Facts, rule: Rule) -> Finding:
    """Between ``min_years`` and ``max_years`` in the present JPT post."""
    found = _in_post(facts)
    if isinstance(found, Finding):
        return found
    current, fact = found
    first = _later(current.since, 12 * rule.parameters["min_years"])
    last = _later(current.since, 12 * rule.parameters["max_years"])
    if first is None or facts.on < first:
        return _not_met(fact, _from_day(first) if first else None, first)
    return _answer(last is None or facts.on <= last, fact, say("Ikuti evaluasi perpanjangan atau seleksi terbuka."))


def jpt_term_is_not_over(facts: Facts, rule: Rule) -> Finding:
    """Not longer than ``max_years`` in the present JPT post."""
    found = _in_post(facts)
    if isinstance(found, Finding):
        return found
    current, fact = found
    last = _later(current.since, 12 * rule.parameters["max_years"])
    return _answer(last is None or facts.on <= last, fact, say("Evaluasi kinerja untuk perpanjangan masa jabatan."))


def credit_is_enough(facts: Facts, rule: Rule) -> Finding:
    """The cumulative *angka kredit* reaches what the target class asks for."""
    if facts.credit_hundredths is None:
        return _unknown(say("Angka kredit belum tercatat (pak)."), "angka kredit")
    if facts.credit_required_hundredths is None:
        return _unknown(say("Angka kredit yang diminta untuk jenjang %(code)s belum tercatat sebagai kebijakan.",
                            code=facts.target.job_class.code), "kebijakan angka kredit")
    return _answer(facts.credit_hundredths >= facts.credit_required_hundredths, say(
        "Angka kredit kumulatif %(have)s; diminta %(need)s.", have=Hundredths(facts.credit_hundredths),
        need=Hundredths(facts.credit_required_hundredths)), say("Tambah angka kredit sampai jumlah yang diminta."))


# --- age, talent, calendar -------------------------------------------------------------------------------------------


def age_is_within(facts: Facts, rule: Rule) -> Finding:
    """The age in completed years is at most ``max_age`` on the day."""
    age, most = age_on(facts.birth_date, facts.on), rule.parameters["max_age"]
    return _answer(age <= most, say("Usia %(age)s tahun pada %(day)s; batas %(most)s tahun.", age=age, day=facts.on,
                                    most=most))


def service_left_is_long_enough(facts: Facts, rule: Rule) -> Finding:
    """At least ``min_months`` remain until the retirement age of the target class."""
    retires = _later(facts.birth_date, 12 * facts.target.job_class.retirement_age)
    months = months_between(facts.on, retires) if retires else 0
    return _answer(months >= rule.parameters["min_months"], say(
        "Sisa %(length)s sampai BUP %(age)s tahun.", length=_length(months),
        age=facts.target.job_class.retirement_age))


def talent_box_is_high_enough(facts: Facts, rule: Rule) -> Finding:
    """The talent box is at least ``min_box``."""
    if facts.talent_box is None:
        return _unknown(say("Kotak talenta belum tercatat (talent_box)."), "kotak talenta")
    return _answer(facts.talent_box >= rule.parameters["min_box"], say(
        "Kotak talenta %(box)s; kelompok suksesi mulai kotak %(least)s.", box=facts.talent_box,
        least=rule.parameters["min_box"]))


def no_election_blackout(facts: Facts, rule: Rule) -> Finding:
    """The day is not within ``months_before`` the setting of candidates of an election."""
    if facts.elections is None:
        return _unknown(say("Kalender pilkada belum tercatat (election_calendar)."), "kalender pilkada")
    for election in facts.elections:
        first = _later(election.candidates_set_on, -rule.parameters["months_before"])
        if first is not None and first <= facts.on <= election.candidates_set_on:
            start = election.candidates_set_on + timedelta(days=1)
            return _not_met(say("Masa larangan %(name)s: %(first)s sampai %(last)s.", name=election.name, first=first,
                                last=election.candidates_set_on),
                            say("Tunggu masa larangan berakhir, atau minta izin Menteri Dalam Negeri."), start)
    if not facts.elections:
        return _met(say("Tidak ada pilkada yang tercatat pada kedua daerah."))
    nearest = min(facts.elections, key=lambda item: (abs((item.candidates_set_on - facts.on).days), item.name))
    return _met(say("Di luar masa larangan; penetapan calon %(name)s %(day)s.", name=nearest.name,
                    day=nearest.candidates_set_on))


def lesson_hours_are_enough(facts: Facts, rule: Rule) -> Finding:
    """At least ``min_jp`` in the calendar year or in the one before."""
    known = dict(facts.jp)
    now, before = known.get(facts.on.year, 0), known.get(facts.on.year - 1, 0)
    return _answer(max(now, before) >= rule.parameters["min_jp"], say(
        "%(now)s JP pada %(year)s dan %(before)s JP pada %(earlier)s; diminta %(least)s.", now=now,
        year=facts.on.year, before=before, earlier=facts.on.year - 1, least=rule.parameters["min_jp"]),
        say("Ikuti pelatihan sampai jumlah JP tercapai."))


# The automatic check of each rule that has one; the file of rules has no column for it.
PREDICATES: Mapping[str, Predicate] = {
    "MT-01": full_civil_servant,
    "MT-02": contract_is_over,
    "MT-03": legal_status_is_active,
    "MT-04": tenure_is_long_enough,
    "MT-05": adopted_tenure_is_long_enough,
    "MT-06": tenure_marks_rotation,
    "MT-07": service_bond_is_over,
    "MT-08": competency_fits,
    "MT-09": assessment_is_recent,
    "MT-10": assessment_is_for_this_level,
    "MT-11": assessor_is_accredited,
    "MT-12": jpm_is_high_enough,
    "MT-13": mandatory_trainings_are_held,
    "MT-14": important_trainings_are_held_or_planned,
    "MT-15": no_gap_is_wide,
    "MT-16": ratings_are_good,
    "MT-17": no_discipline_case,
    "MT-19": not_on_study_assignment,
    "MT-28": post_is_vacant,
    "MT-31": golongan_is_high_enough,
    "MT-32": education_is_high_enough,
    "MT-33": _class_experience("PENGAWAS", say("dalam jabatan pengawas, JF setingkat, atau di atasnya")),
    "MT-34": _class_experience("PELAKSANA", say("dalam jabatan pelaksana, JF setingkat, atau di atasnya")),
    "MT-35": field_experience,
    "MT-36": _class_experience("ADMINISTRATOR", say("dalam jabatan administrator, JF ahli madya, atau di atasnya")),
    "MT-37": age_is_within,
    "MT-38": age_is_within,
    "MT-39": jpt_tenure_fits,
    "MT-40": jpt_term_is_not_over,
    "MT-42": post_is_vacant,
    "MT-44": age_is_within,
    "MT-45": age_is_within,
    "MT-47": credit_is_enough,
    "MT-48": talent_box_is_high_enough,
    "MT-49": no_election_blackout,
    "MT-50": service_left_is_long_enough,
    "MT-51": lesson_hours_are_enough,
    "MT-53": age_is_within,
    "MT-54": age_is_within,
}
