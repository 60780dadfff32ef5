"""What a refusal says: what was asked for, who may do it, and whether a role can be granted for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kompetensi.messages import Message, say
from kompetensi.rules.access import ACTIONS, Actor, Clause, Relation, Role

__all__ = ["DEEDS", "can_be_granted", "holder_words", "refusal"]

DEEDS: Mapping[str, Message] = {
    "catalogue.view": say("Melihat katalog jabatan, pelatihan, dan kompetensi"),
    "catalogue.analyse": say("Menganalisis katalog"),
    "catalogue.edit_position": say("Mengubah jabatan, formasi, atau standar"),
    "catalogue.edit_training": say("Mengubah katalog pelatihan"),
    "catalogue.import": say("Memuat tabel ke katalog"),
    "people.find": say("Mencari pegawai menurut nama"),
    "people.view": say("Membuka profil seorang pegawai"),
    "people.view_discipline": say("Melihat catatan disiplin seorang pegawai"),
    "people.edit": say("Mengubah data seorang pegawai"),
    "people.assess": say("Mencatat asesmen atau bukti seorang pegawai"),
    "readiness.view": say("Melihat kesiapan seorang pegawai"),
    "matching.rank": say("Membandingkan kesiapan para pegawai"),
    "matching.map": say("Melihat peta kesiapan"),
    "matching.people": say("Melihat orang di balik angka peta kesiapan"),
    "moves.view": say("Melihat langkah karier seorang pegawai"),
    "moves.view_interest": say("Melihat minat karier seorang pegawai"),
    "moves.state_interest": say("Menyatakan minat karier seorang pegawai"),
    "moves.rank": say("Mencari pegawai yang dapat pindah ke sebuah jabatan"),
    "paths.view": say("Melihat jalur pelatihan seorang pegawai"),
    "paths.take": say("Mengambil jalur pelatihan seorang pegawai"),
    "paths.plan_all": say("Menyusun jalur semua pegawai"),
    "courses.view": say("Melihat angkatan pelatihan"),
    "courses.view_participants": say("Melihat peserta sebuah angkatan"),
    "courses.edit_batch": say("Membuat atau mengubah angkatan"),
    "courses.request_seat": say("Meminta kursi untuk seorang pegawai"),
    "courses.enrol": say("Mendaftarkan peserta ke sebuah angkatan"),
    "courses.endorse_enrolment": say("Memberi kata atasan atas permintaan kursi"),
    "courses.decide_enrolment": say("Memutuskan permintaan kursi"),
    "courses.move_enrolment": say("Memindahkan kursi seorang pegawai ke angkatan lain"),
    "courses.view_enrolment": say("Melihat riwayat pendaftaran seorang pegawai"),
    "courses.settle_waiting_lists": say("Menjalankan daftar tunggu semua angkatan"),
    "courses.record_result": say("Mencatat kehadiran atau hasil peserta"),
    "courses.check_in": say("Mencatat kehadiran sendiri dengan kode QR"),
    "evaluations.answer": say("Mengisi evaluasi sebuah angkatan"),
    "evaluations.view": say("Melihat hasil evaluasi sebuah angkatan"),
    "evaluations.view_own": say("Melihat hasil evaluasi seorang pengajar"),
    "evaluations.edit_form": say("Mengubah formulir evaluasi"),
    "courses.view_reports": say("Melihat laporan pelatihan"),
    "calendar.share_own": say("Berlangganan kalender seorang pegawai"),
    "calendar.share": say("Berlangganan kalender pengajar atau ruang"),
    "certificates.view": say("Melihat sertifikat seorang pegawai"),
    "certificates.issue": say("Menerbitkan sertifikat peserta"),
    "certificates.sign": say("Menandatangani sertifikat"),
    "certificates.revoke": say("Mencabut atau mengganti sertifikat"),
    "certificates.edit_template": say("Mengubah templat sertifikat"),
    "certificates.share": say("Membagikan sertifikat seorang pegawai"),
    "certificates.remind": say("Mengirim pengingat masa berlaku sertifikat"),
    "resources.view": say("Melihat ruang, pengajar, dan hari kerja balai"),
    "resources.edit": say("Mengubah ruang, pengajar, hari kerja, atau peserta luar"),
    "recognition.claim": say("Mengajukan sertifikat luar seorang pegawai"),
    "recognition.view": say("Melihat usulan pengakuan sertifikat luar"),
    "recognition.review": say("Menelaah usulan pengakuan sertifikat luar"),
    "certificates.verify": say("Memeriksa keaslian sebuah sertifikat"),
    "timetables.view": say("Melihat jadwal yang disusun"),
    "timetables.solve": say("Menyusun atau menerima jadwal"),
    "demand.view": say("Melihat analisis kebutuhan pelatihan"),
    "demand.view_people": say("Melihat siapa yang memerlukan pelatihan"),
    "demand.compute": say("Menghitung atau mengusulkan analisis kebutuhan pelatihan"),
    "demand.approve": say("Menyetujui analisis kebutuhan pelatihan"),
    "demand.set_target": say("Menetapkan jabatan sasaran seorang pegawai"),
    "mutasi.view": say("Melihat syarat mutasi seorang pegawai"),
    "mutasi.prepare": say("Menyiapkan berkas mutasi"),
    "mutasi.decide": say("Memutuskan perkara mutasi seorang pegawai"),
    "admin.accounts": say("Mengelola akun dan wewenang"),
    "admin.audit": say("Membuka catatan jejak audit"),
    "admin.policies": say("Mengubah kebijakan yang berlaku"),
    "inbox.view": say("Membaca pesan"),
}
"""What each action of `rules.access` lets one do; the audit log says in words of its own what was done."""

_ROLES: Mapping[Role, Message] = {
    Role.HR: say("pengelola kepegawaian"), Role.TRAINING_CENTRE: say("balai pelatihan"), Role.ADMIN: say("admin instansi")}
_SCOPED_ROLES: Mapping[Role, Message] = {
    Role.HR: say("pengelola kepegawaian unit kerja yang bersangkutan"),
    Role.TRAINING_CENTRE: say("balai pelatihan yang bersangkutan"),
    Role.ADMIN: say("admin instansi unit kerja yang bersangkutan")}
_RELATIONS: Mapping[Relation, Message] = {
    Relation.SELF: say("pegawai itu sendiri"), Relation.SUPERIOR: say("atasannya")}


def _words(clause: Clause) -> Message:
    if clause.role is not None:
        return (_SCOPED_ROLES if clause.scoped else _ROLES)[clause.role]
    if clause.relation is not None:
        return _RELATIONS[clause.relation]
    return say("semua orang") if clause.anyone else say("pengguna yang sudah masuk")


def _either(words: Sequence[Message]) -> Message:
    if not words:
        return say("perintah pada mesin kompetensi sendiri")
    if len(words) == 1:
        return words[0]
    return say("%(others)s atau %(last)s", others=words[:-1], last=words[-1])


def holder_words(action: str) -> Message:
    """Say who may do something: everybody that a clause of the table names, in its order."""
    return _either([_words(clause) for clause in ACTIONS[action]])


def can_be_granted(action: str) -> bool:
    """Whether there is a role for it, so that asking an admin can help."""
    return any(clause.role is not None for clause in ACTIONS[action])


def refusal(actor: Actor, action: str) -> Message:
    """Say what was asked for and who may do it; an actor who has the role for another unit is told so.

    Raises
    ------
    KeyError
        If `action` is not in the table.
    """
    values = {"deed": DEEDS[action], "holders": holder_words(action)}
    held = [_ROLES[clause.role] for clause in ACTIONS[action] if clause.role is not None and actor.has_role(clause.role)]
    if held:
        return say("%(deed)s hanya untuk %(holders)s. Wewenang Anda sebagai %(role)s berlaku untuk unit kerja lain.",
                   role=_either(held), **values)
    return say("%(deed)s hanya untuk %(holders)s.", **values)
