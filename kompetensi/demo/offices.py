"""What kind of work each unit does: its affair, its divisions, its functional officials. Invented, in plain words.

Positions made from these tables ask only for technical competencies that the 45 positions of the reference tables
ask for too, so that what the catalogue's check finds stays what it finds in the reference tables.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["OFFICES", "REGENCY_OFFICES", "Functional", "Office"]


@dataclass(frozen=True, slots=True)
class Functional:
    """A family of functional positions.

    Attributes
    ----------
    name : str
        Without the level: ``Perencana``.
    skilled : bool
        True for the *keterampilan* ladder (Terampil, Mahir, Penyelia), False for the *keahlian* one.
    technical : tuple of str
        Competencies that it asks for; the first one at the level of the class.
    fields : tuple of str
        Fields of education.
    """

    name: str
    technical: tuple[str, ...]
    fields: tuple[str, ...]
    skilled: bool = False


@dataclass(frozen=True, slots=True)
class Office:
    """A unit's work.

    Attributes
    ----------
    short : str
        What people call it.
    technical : tuple of str
        Competencies that its leaders ask for.
    weight : int
        Share of the posts that are left when every unit has its leaders.
    """

    short: str
    urusan: str
    technical: tuple[str, ...]
    fields: tuple[str, ...]
    divisions: tuple[str, ...]
    functional: tuple[Functional, ...]
    weight: int = 10


_LAW = ("Hukum", "Ilmu Pemerintahan", "Administrasi Publik")
_MONEY = ("Akuntansi", "Ekonomi", "Manajemen Keuangan")
_PEOPLE = ("Manajemen SDM", "Administrasi Publik", "Psikologi")
_PLAN = ("Perencanaan Wilayah", "Ekonomi", "Statistika")
_TECH = ("Informatika", "Sistem Informasi", "Statistika")
_BUILD = ("Teknik Sipil", "Perencanaan Wilayah", "Geografi")
_HEALTH = ("Kesehatan Masyarakat", "Keperawatan", "Epidemiologi")
_FARM = ("Pertanian", "Agribisnis", "Peternakan")
_TEACH = ("Pendidikan", "Manajemen Pendidikan")

PLANNER = Functional("Perencana", ("TEK-RENDA", "TEK-SAKIP"), _PLAN)
FINANCE = Functional("Analis Keuangan Pusat dan Daerah", ("TEK-KEUDA", "TEK-BENDA"), _MONEY)
HR_ANALYST = Functional("Analis SDM Aparatur", ("TEK-ADPEG",), _PEOPLE)
POLICY = Functional("Analis Kebijakan", ("TEK-PEM", "TEK-SAKIP"), _LAW)
LAWYER = Functional("Analis Hukum", ("TEK-HUKUM",), ("Hukum",))
ARCHIVIST = Functional("Arsiparis", ("TEK-ARSIP", "TEK-NASDIN"), ("Kearsipan", "Ilmu Perpustakaan"), skilled=True)
COMPUTER = Functional("Pranata Komputer", ("TEK-TIK", "TEK-DATA"), _TECH)
STATISTICS = Functional("Statistisi", ("TEK-DATA",), ("Statistika", "Informatika"))
RELATIONS = Functional("Pranata Humas", ("TEK-HUMAS",), ("Ilmu Komunikasi",))
AUDITOR = Functional("Auditor", ("TEK-WAS", "TEK-SPIP"), ("Akuntansi", "Hukum", "Ekonomi"))
SUPERVISOR = Functional("Pengawas Penyelenggaraan Urusan Pemerintahan Daerah", ("TEK-WAS", "TEK-PEM"), _LAW)
BUYER = Functional("Pengelola PBJ", ("TEK-PBJ",), ("Hukum", "Ekonomi", "Manajemen"))
SERVICE = Functional("Penata Perizinan", ("TEK-IZIN", "TEK-YANLIK"), ("Administrasi Publik", "Ekonomi", "Hukum"))
CURRICULUM = Functional("Pengembang Kurikulum", ("TEK-KURDIK",), _TEACH)
TEACHER = Functional("Guru", ("TEK-PEDAGOGIK",), _TEACH)
NURSE = Functional("Perawat", ("TEK-KEPERAWATAN",), ("Keperawatan",))
NURSE_SKILLED = Functional("Perawat", ("TEK-KEPERAWATAN",), ("Keperawatan",), skilled=True)
MIDWIFE = Functional("Bidan", ("TEK-KESMAS",), ("Kebidanan",), skilled=True)
DOCTOR = Functional("Dokter", ("TEK-FASKES", "TEK-KESMAS"), ("Kedokteran",))
HEALTH_ADMIN = Functional("Administrator Kesehatan", ("TEK-KESMAS", "TEK-DATA"), ("Kesehatan Masyarakat",))
EPIDEMIOLOGIST = Functional("Epidemiolog Kesehatan", ("TEK-KESMAS", "TEK-DATA"), ("Epidemiologi",))
EXTENSION = Functional("Penyuluh Pertanian", ("TEK-PERTANIAN",), _FARM)
ENVIRONMENT = Functional("Pengendali Dampak Lingkungan", ("TEK-LINGKUNGAN",), ("Kehutanan", "Biologi"))
BUILDING = Functional("Penata Kelola Jalan dan Jembatan", ("TEK-PBJ", "TEK-RENDA"), _BUILD)
ORDER = Functional("Polisi Pamong Praja", ("TEK-TRANTIB",), _LAW, skilled=True)
DISASTER = Functional("Penata Penanggulangan Bencana", ("TEK-BENCANA",), _BUILD)
REGISTRAR = Functional("Administrator Database Kependudukan", ("TEK-DUKCAPIL", "TEK-DATA"), _LAW)
TRAINER = Functional("Widyaiswara", ("TEK-DIKLAT", "TEK-BANGKOM"), ("Pendidikan", "Administrasi Publik"))
TRAINING_ANALYST = Functional("Pengembang Kompetensi ASN", ("TEK-BANGKOM",), _PEOPLE)

OFFICES: dict[str, Office] = {
    "75-SETDA": Office("Sekretariat Daerah", "PEMERINTAHAN", ("TEK-PEM", "TEK-SAKIP"), _LAW, (), (POLICY,), 4),
    "75-SETWAN": Office("Sekretariat DPRD", "PEMERINTAHAN", ("TEK-PEM", "TEK-HUKUM"), _LAW,
                        ("Persidangan dan Perundang-undangan", "Fasilitasi Penganggaran dan Pengawasan"),
                        (LAWYER, RELATIONS)),
    "75-INSPEKTORAT": Office("Inspektorat", "PENGAWASAN", ("TEK-WAS", "TEK-SPIP"), ("Akuntansi", "Hukum", "Ekonomi"),
                             (), (AUDITOR, SUPERVISOR), 6),
    "75-DIKBUD": Office("Dinas Dikbud", "PENDIDIKAN", ("TEK-KURDIK", "TEK-PEM"), _TEACH,
                        ("Pembinaan SMK", "Pembinaan Pendidikan Khusus", "Kebudayaan"),
                        (CURRICULUM, FINANCE, PLANNER), 12),
    "75-DINKES": Office("Dinas Kesehatan", "KESEHATAN", ("TEK-KESMAS", "TEK-PEM"), _HEALTH,
                        ("Kesehatan Masyarakat", "Pelayanan Kesehatan", "Sumber Daya Kesehatan"),
                        (HEALTH_ADMIN, EPIDEMIOLOGIST, PLANNER), 12),
    "75-PUPRPKP": Office("Dinas PUPR-PKP", "PEKERJAAN UMUM", ("TEK-PBJ", "TEK-PEM"), _BUILD,
                         ("Bina Marga", "Cipta Karya", "Sumber Daya Air", "Perumahan Rakyat"),
                         (BUILDING, BUYER, PLANNER), 16),
    "75-SATPOLPP": Office("Satpol PP", "KETENTERAMAN", ("TEK-TRANTIB", "TEK-PEM"), _LAW,
                          ("Ketertiban Umum", "Penegakan Perundang-undangan Daerah"), (ORDER,), 14),
    "75-DINSOSDUKCAPIL": Office("Dinas Sosial, Dukcapil", "SOSIAL", ("TEK-YANLIK", "TEK-PEM"), _LAW,
                                ("Rehabilitasi Sosial", "Perlindungan dan Jaminan Sosial"), (REGISTRAR, PLANNER)),
    "75-DP3A": Office("DP3A", "PEMBERDAYAAN PEREMPUAN", ("TEK-YANLIK", "TEK-PEM"), _LAW,
                      ("Kesetaraan Gender", "Perlindungan Anak"), (POLICY, PLANNER), 7),
    "75-DPMD": Office("DPMD", "PEMERINTAHAN", ("TEK-PEM", "TEK-YANLIK"), _LAW,
                      ("Pemerintahan Desa", "Pemberdayaan Masyarakat"), (POLICY, PLANNER), 7),
    "75-KETAPANG": Office("Dinas Ketahanan Pangan", "PERTANIAN", ("TEK-PERTANIAN", "TEK-PEM"), _FARM,
                          ("Tanaman Pangan", "Hortikultura", "Ketersediaan dan Distribusi Pangan"),
                          (EXTENSION, PLANNER), 14),
    "75-NAKBUN": Office("Dinas Peternakan dan Perkebunan", "PERTANIAN", ("TEK-PERTANIAN", "TEK-PEM"), _FARM,
                        ("Peternakan", "Perkebunan"), (EXTENSION, PLANNER)),
    "75-DKP": Office("DKP", "KELAUTAN", ("TEK-RENDA", "TEK-PEM"), ("Perikanan", "Ekonomi"),
                     ("Perikanan Tangkap", "Perikanan Budidaya"), (PLANNER, STATISTICS)),
    "75-DLHK": Office("DLHK", "LINGKUNGAN", ("TEK-LINGKUNGAN", "TEK-PEM"), ("Kehutanan", "Biologi", "Geografi"),
                      ("Tata Lingkungan", "Perlindungan Hutan"), (ENVIRONMENT, PLANNER), 14),
    "75-DISHUB": Office("Dishub", "PERHUBUNGAN", ("TEK-YANLIK", "TEK-PEM"), ("Teknik Sipil", "Administrasi Publik"),
                        ("Lalu Lintas Jalan", "Pelayaran"), (PLANNER, POLICY)),
    "75-KOMINFOTIK": Office("Kominfotik", "KOMUNIKASI-INFORMATIKA", ("TEK-SPBE", "TEK-PEM"), _TECH,
                            ("Informasi dan Komunikasi Publik", "Statistik Sektoral"),
                            (COMPUTER, STATISTICS, RELATIONS), 7),
    "75-KUMPERINDAG": Office("Kumperindag", "KOPERASI", ("TEK-YANLIK", "TEK-PEM"), ("Ekonomi", "Manajemen"),
                             ("Koperasi dan UKM", "Perindustrian", "Perdagangan"), (POLICY, PLANNER)),
    "75-DPMPTSP": Office("DPMPTSP", "PENANAMAN-MODAL", ("TEK-IZIN", "TEK-YANLIK"), ("Ekonomi", "Hukum"),
                         ("Promosi Penanaman Modal",), (SERVICE, PLANNER), 6),
    "75-NAKERESDM": Office("Dinas Naker dan ESDM", "TENAGA KERJA", ("TEK-YANLIK", "TEK-PEM"), ("Ekonomi", "Hukum"),
                           ("Penempatan Tenaga Kerja", "Energi"), (POLICY, PLANNER)),
    "75-DISPARPORA": Office("Disparpora", "PARIWISATA", ("TEK-YANLIK", "TEK-PEM"), ("Ekonomi", "Ilmu Komunikasi"),
                            ("Destinasi Pariwisata", "Ekonomi Kreatif", "Kepemudaan dan Olahraga"),
                            (POLICY, RELATIONS)),
    "75-ARPUS": Office("Arpus", "KEARSIPAN", ("TEK-ARSIP", "TEK-PEM"), ("Kearsipan", "Ilmu Perpustakaan"),
                       ("Pengelolaan Arsip", "Layanan Perpustakaan"), (ARCHIVIST, PLANNER), 6),
    "75-BAPPEDA": Office("Bappeda", "PERENCANAAN", ("TEK-RENDA", "TEK-SAKIP"), _PLAN,
                         ("Perencanaan Makro", "Pembangunan Manusia", "Ekonomi dan Infrastruktur"),
                         (PLANNER, STATISTICS), 7),
    "75-BKAD": Office("BKAD", "KEUANGAN", ("TEK-KEUDA", "TEK-BMD"), _MONEY,
                      ("Perbendaharaan", "Akuntansi dan Pelaporan"), (FINANCE,), 9),
    "75-BAPENDA": Office("Bapenda", "KEUANGAN", ("TEK-KEUDA", "TEK-PEM"), _MONEY,
                         ("Pajak Daerah", "Retribusi dan Pendapatan Lain"), (FINANCE, COMPUTER), 14),
    "75-BKPSDM": Office("BKPSDM", "KEPEGAWAIAN", ("TEK-ADPEG", "TEK-BANGKOM"), _PEOPLE,
                        ("Pengadaan dan Informasi Kepegawaian", "Penilaian Kinerja dan Disiplin"),
                        (TRAINING_ANALYST, COMPUTER), 9),
    "75-KESBANGPOL": Office("Kesbangpol", "PEMERINTAHAN", ("TEK-PEM", "TEK-TRANTIB"), _LAW,
                            ("Ideologi dan Wawasan Kebangsaan", "Politik Dalam Negeri"), (POLICY,), 6),
    "75-BPBD": Office("BPBD", "BENCANA", ("TEK-BENCANA", "TEK-PEM"), _BUILD,
                      ("Kedaruratan dan Logistik", "Rehabilitasi dan Rekonstruksi"), (DISASTER,), 8),
    "75-BIRO-UMUM": Office("Biro Umum", "UMUM", ("TEK-NASDIN", "TEK-BMD"), _LAW,
                           ("Rumah Tangga", "Protokol"), (ARCHIVIST, FINANCE), 8),
    "75-BIRO-PEMKESRA": Office("Biro Pemkesra", "PEMERINTAHAN", ("TEK-PEM", "TEK-SAKIP"), _LAW,
                               ("Pemerintahan", "Kesejahteraan Rakyat"), (POLICY,), 5),
    "75-BIRO-ORGANISASI": Office("Biro Organisasi", "ORGANISASI", ("TEK-ANJAB", "TEK-SAKIP"), _PEOPLE,
                                 ("Reformasi Birokrasi dan Tata Laksana",), (POLICY,), 5),
    "75-BIRO-EKBANG": Office("Biro Ekbang", "PERENCANAAN", ("TEK-RENDA", "TEK-PBJ"), _PLAN,
                             ("Perekonomian", "Administrasi Pembangunan"), (POLICY,), 5),
    "75-BIRO-HUKUM": Office("Biro Hukum", "HUKUM", ("TEK-HUKUM", "TEK-PEM"), ("Hukum",), ("Bantuan Hukum",),
                            (LAWYER,), 5),
    "75-BIRO-PBJ": Office("Biro PBJ", "PENGADAAN", ("TEK-PBJ", "TEK-SPBE"), ("Hukum", "Ekonomi", "Manajemen"),
                          ("Pengelolaan PBJ", "Layanan Pengadaan Elektronik"), (COMPUTER,), 5),
    "75-RSUDHAH": Office("RSUD dr. Hasri Ainun Habibie", "KESEHATAN", ("TEK-FASKES", "TEK-KESMAS"),
                         ("Kedokteran", "Kesehatan Masyarakat"), ("Pelayanan Medik", "Keperawatan"),
                         (NURSE, NURSE_SKILLED, MIDWIFE, DOCTOR, HEALTH_ADMIN), 60),
    "75-BAPELKES": Office("Bapelkes", "KESEHATAN", ("TEK-BANGKOM", "TEK-KESMAS"), _HEALTH, (),
                          (TRAINER, HEALTH_ADMIN), 5),
    "75-SMAN": Office("Satuan Pendidikan", "PENDIDIKAN", ("TEK-KEPSEK", "TEK-PEDAGOGIK"), _TEACH, (),
                      (TEACHER,), 330),
}

# The regencies' units end in these words; each regency has the same eight.
REGENCY_OFFICES: dict[str, Office] = {
    "BKPSDM": Office("BKPSDM", "KEPEGAWAIAN", ("TEK-ADPEG", "TEK-BANGKOM"), _PEOPLE, ("Mutasi dan Promosi",),
                     (HR_ANALYST,)),
    "BKPP": Office("BKPP", "KEPEGAWAIAN", ("TEK-ADPEG", "TEK-BANGKOM"), _PEOPLE, ("Mutasi dan Promosi",),
                   (HR_ANALYST,)),
    "SETDA": Office("Sekretariat Daerah", "PEMERINTAHAN", ("TEK-PEM", "TEK-SAKIP"), _LAW, ("Tata Pemerintahan",),
                    (POLICY, FINANCE)),
    "INSPEKTORAT": Office("Inspektorat", "PENGAWASAN", ("TEK-WAS", "TEK-SPIP"), ("Akuntansi", "Hukum", "Ekonomi"), (),
                          (AUDITOR,)),
    "BAPPEDA": Office("Bappeda", "PERENCANAAN", ("TEK-RENDA", "TEK-SAKIP"), _PLAN, ("Perencanaan Makro",),
                      (PLANNER,)),
    "DIKBUD": Office("Dinas Dikbud", "PENDIDIKAN", ("TEK-KURDIK", "TEK-PEM"), _TEACH, ("Pembinaan SD dan SMP",),
                     (TEACHER, CURRICULUM)),
    "DINKES": Office("Dinas Kesehatan", "KESEHATAN", ("TEK-KESMAS", "TEK-PEM"), _HEALTH, ("Kesehatan Masyarakat",),
                     (HEALTH_ADMIN, MIDWIFE)),
    "DUKCAPIL": Office("Dinas Dukcapil", "KEPENDUDUKAN", ("TEK-DUKCAPIL", "TEK-YANLIK"), _LAW,
                       ("Pencatatan Sipil",), (REGISTRAR,)),
    "RSUD": Office("RSUD", "KESEHATAN", ("TEK-FASKES", "TEK-KESMAS"), ("Kedokteran", "Kesehatan Masyarakat"),
                   ("Pelayanan Medik",), (NURSE_SKILLED, MIDWIFE, DOCTOR)),
}
