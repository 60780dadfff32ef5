"""Invented people of one training, with names as long, short, accented and odd as they come."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from kompetensi.rules.certificates import CertificateFacts, CertificateKind, Signatory, Subject, token_from

__all__ = ["FACTS", "participants"]

FACTS = CertificateFacts(
    kind=CertificateKind.STTPP, number="0218/STTP/IV/BKPSDM-GTLO/X/2026", token="7K4M-Q9XD-2RTB",
    verify_url="https://sertifikat.example/cek/7K4M-Q9XD-2RTB", issued_on=date(2026, 10, 12), issued_place="Gorontalo",
    government="Pemerintah Provinsi Gorontalo",
    institution="Badan Kepegawaian dan Pengembangan Sumber Daya Manusia Provinsi Gorontalo",
    legal_basis="Peraturan Lembaga Administrasi Negara Nomor 5 Tahun 2020", holder_name="Siti Rahmatia Botutihe, S.Kep.",
    nip="199003122014032004", birth_place="Limboto", birth_date=date(1990, 3, 12), rank="Penata", golongan="III/c",
    position="Perawat Ahli Muda", unit="RSUD dr. Hasri Ainun Habibie", agency="Pemerintah Provinsi Gorontalo",
    status_phrase="LULUS", predicate="sangat memuaskan", training_code="YANLIK-PRIMA",
    training_name="Pelatihan Pelayanan Publik Prima", batch_label="Angkatan IV Tahun 2026", organiser="BKPSDM",
    first_day=date(2026, 10, 5), last_day=date(2026, 10, 7), mode_phrase="secara tatap muka", place="Kampus BKPSDM",
    jp=20, subjects=(Subject("Kebijakan pelayanan", 8), Subject("Praktik pelayanan", 12)),
    competences=(("Pelayanan Publik", 3),), trainers=("Rahma Pakaya",),
    signer=Signatory("Kepala BKPSDM", "Ir. Yusuf Mohamad", "Pembina Utama Muda, IV/c", "196812202001061008"))

_USUAL = ("Siti", "Rahma", "Yusuf", "Nurhayati", "Abdul", "Fatma", "Ismail", "Moh.", "Sri", "Wahyuni", "Rizal", "Fikri",
          "Safira", "Thalib", "Affandi", "Zulkifli", "Ni'matul")
_GIVEN = (*_USUAL, "Álvaro", "Zoë", "Šárka", "Łukasz", "Ömer", "İbrahim",
          "Ngọc", "Đặng", "Françoise", "Þórdís", "Ålesund", "Nguyễn")
_FAMILY = ("Botutihe", "Monoarfa", "Pakaya", "Lamusu", "Gobel", "Mohamad", "Ntobuo", "Dunggio", "Kasim", "Olii",
           "Tangahu", "Uloli", "D'Angelo", "Müller", "Åström", "van der Meer")
_TITLES = ("", "", ", S.Kep.", ", S.E., M.Si.", ", S.STP", ", M.Kes., Ph.D.", ", S.Kep., Ns., M.Kes.")
# One letter, no family name, Greek, and what no line and no frame holds.
_ODD = ("X", "Sukarno", "Αλέξανδρος Παπαδόπουλος", "O'Brien & Sons", "  Budi  Santoso", "Ffion Fjeld",
        "Prof. Dr. Ir. Siti Rahmatia Nurhayati Botutihe Monoarfa-Lamusu, S.Kep., Ns., M.Kes., Ph.D.",
        "Raden Mas Hadiningrat Kusumawardhana Prabuwijaya Sastrodiningrat Tjokroaminoto van der Meer, S.E., M.Si., Ak.",
        "王小明", "محمد")


def participants(
    model: CertificateFacts, count: int, *, seed: int = 75, odd: bool = True
) -> Iterator[CertificateFacts]:
    """Yield certificates like `model` for invented people.

    If `odd`, most names have accents, every seventh is an odd one, and some have passed without a predicate; else
    they are as a batch in Gorontalo has them.
    """
    chance = random.Random(seed)
    for number in range(count):
        name = " ".join(chance.choice(_GIVEN if odd else _USUAL) for _ in range(chance.choice((1, 1, 2, 2, 3, 4))))
        name = f"{name} {chance.choice(_FAMILY if odd else _FAMILY[:12])}{chance.choice(_TITLES)}"
        if chance.random() < 0.1:
            name = f"Prof. Dr. Ir. {name}"
        if odd and number % 7 == 5:
            name = _ODD[number // 7 % len(_ODD)]
        born = date(chance.randint(1965, 1999), chance.randint(1, 12), chance.randint(1, 28))
        token = token_from(hashlib.sha256(f"{seed} {number}".encode()).digest())
        yield replace(
            model, holder_name=name, number=f"{number + 1:04d}/STTP/IV/BKPSDM-GTLO/X/2026", token=token,
            verify_url=f"https://sertifikat.example/cek/{token}", birth_date=born,
            nip=f"{born:%Y%m%d}{born.year + 24}{born:%m}{chance.randint(1, 2)}{chance.randint(1, 999):03d}",
            birth_place=chance.choice(("Limboto", "Gorontalo", "Tilamuta", "Marisa")),
            rank=chance.choice(("Penata", "Penata Muda Tingkat I", "Pembina")),
            golongan=chance.choice(("III/b", "III/c", "IV/a")),
            position=chance.choice(("Perawat Ahli Muda", "Analis Kepegawaian", "Kepala Bidang Aset")),
            unit=chance.choice(("RSUD dr. Hasri Ainun Habibie", "Dinas Kesehatan", "Badan Keuangan")),
            predicate=chance.choice(("sangat memuaskan", "memuaskan", "baik", *([""] if odd else []))))
