"""A move that nothing speaks against, and the rules as the package delivers them."""

from __future__ import annotations

import csv
import dataclasses
from datetime import date
from importlib.resources import files

from kompetensi.rules.mutasi.elements import Check, Rule, Severity
from kompetensi.rules.mutasi.facts import (
    AssessmentFact,
    CareerFact,
    ClassFact,
    DocumentFact,
    ElectionFact,
    Facts,
    GovernmentFact,
    JudgementFact,
    LevelFact,
    QualificationFact,
    TargetFact,
    TrainingFact,
)

ON = date(2026, 11, 23)
PROVINCE = GovernmentFact("75", "Provinsi Gorontalo", "PROV")
REGENCY = GovernmentFact("75.01", "Kabupaten Gorontalo", "KAB")
CITY = GovernmentFact("75.71", "Kota Gorontalo", "KOTA")
ABROAD = GovernmentFact("71.71", "Kota Manado", "KOTA")

ORDERS = (("JPT-UTAMA", 17), ("JPT-MADYA", 16), ("JPT-PRATAMA", 13), ("ADMINISTRATOR", 12), ("PENGAWAS", 10),
          ("PELAKSANA", 1), ("JF-UTAMA", 16), ("JF-MADYA", 13), ("JF-MUDA", 11), ("JF-PERTAMA", 9))


def job_class(code: str, *, retirement_age: int = 58, level: int = 3) -> ClassFact:
    """Return a class by its code."""
    group = "JPT" if code.startswith("JPT") else "JF-KEAHLIAN" if code.startswith("JF") else "JA"
    name = code.replace("JF-", "JF Ahli ").title().replace("Jf", "JF")
    return ClassFact(code, name, group, level, dict(ORDERS)[code], retirement_age)


def post(code: str, since: date, until: date | None = None, *, position: str = "Kepala", urusan: str = "Kesehatan"
         ) -> CareerFact:
    """Return a step of a career."""
    return CareerFact(position, job_class(code), urusan, since, until)


def good_facts(**changed: object) -> Facts:
    """Return the facts of a move within the agency that no rule speaks against, with some of them changed."""
    target = TargetFact(
        "ADM-X", "Kepala Bidang", job_class("ADMINISTRATOR"), "Kesehatan", PROVINCE, True,
        QualificationFact("III/d", 12), QualificationFact("S1", 7), 2, 1)
    facts = Facts(
        on=ON, kind="DALAM-INSTANSI", nip="198504122010012001", name="Siti Botutihe", employee_type="PNS",
        birth_date=date(1985, 4, 12), government=PROVINCE, target=target, own_request=False,
        tmt_pns=date(2011, 1, 1), legal_status="01", service_bond=False, on_study_assignment=False, talent_box=8,
        golongan=QualificationFact("IV/a", 13), education=QualificationFact("S2", 8),
        career=(post("PELAKSANA", date(2010, 1, 1), date(2017, 12, 31)),
                post("PENGAWAS", date(2018, 1, 1))),
        ratings=((2024, 2), (2025, 1)), no_discipline_record=True,
        assessment=AssessmentFact(date(2025, 3, 1), "ADMINISTRATOR", 3, "Pusat Penilaian", True),
        levels=(LevelFact("M1", "Integritas", "MANAJERIAL", "PENTING", 3, 3, 3),
                LevelFact("T1", "Tata kelola", "TEKNIS", "MUTLAK", 2, 2, 2)),
        trainings=(TrainingFact("PKA", "Pelatihan Kepemimpinan", "MUTLAK", True, None, None, None),),
        jp=((2026, 24),), credit_hundredths=20000, credit_required_hundredths=15000,
        elections=(ElectionFact("Pilkada 2024", date(2024, 9, 22)),), class_orders=ORDERS)
    facts = dataclasses.replace(facts, **changed)
    rules = [rule.rule_id for rule in package_rules()]
    return dataclasses.replace(
        facts,
        documents=facts.documents or tuple((rule, DocumentFact("800/1", date(2026, 11, 1), "BKPSDM", True))
                                           for rule in rules),
        judgements=facts.judgements or tuple((rule, JudgementFact(True, "Sesuai.", "Fitria")) for rule in rules))


def package_rules() -> tuple[Rule, ...]:
    """Return the rules of ``aturan_mutasi.csv``, in the order of their ids."""
    with (files("kompetensi.reference") / "aturan_mutasi.csv").open(encoding="utf-8", newline="") as file:
        return tuple(sorted((_rule(row) for row in csv.DictReader(file)), key=lambda rule: rule.rule_id))


def _words(text: str, separator: str = ";") -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(separator) if word.strip())


def _rule(row: dict[str, str]) -> Rule:
    return Rule(
        row["rule_id"], 1, row["category"], _words(row["applies_to"]), row["jenjang_of"], row["when"], row["text"],
        row["legal_basis"], _words(row["data_needed"]), Severity(row["severity"]),
        tuple(Check(word) for word in _words(row["checks"], "+")),
        {name: int(number) for name, number in (pair.split(":") for pair in _words(row["parameters"]))},
        row["confidence"])
