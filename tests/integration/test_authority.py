"""The demo's own authority and the seal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509 import load_pem_x509_certificate
from signing_authority import rsa_key

from kompetensi.adapters.authority import DemoSigner, find_authority, find_or_make_authority
from kompetensi.adapters.ed25519_seal import Ed25519Seal
from kompetensi.errors import Unavailable

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def instance(tmp_path_factory):
    folder = tmp_path_factory.mktemp("instance")
    find_or_make_authority(folder)
    return folder


def test_it_is_made_once_and_found_again(instance):
    first = {path.name: path.read_bytes() for path in (instance / "authority").iterdir()}
    found = find_or_make_authority(instance)
    assert found == find_authority(instance)
    assert {path.name: path.read_bytes() for path in (instance / "authority").iterdir()} == first
    assert [path.name for path in instance.iterdir()] == ["authority"]


def test_an_instance_without_one_has_none(tmp_path):
    assert find_authority(tmp_path) is None


def test_only_its_owner_can_read_it(instance):
    assert (instance / "authority").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (instance / "authority").iterdir()} == {0o600}


def test_its_passphrase_is_not_shown(instance):
    authority = find_or_make_authority(instance)
    assert len(authority.passphrase) >= 32
    assert authority.passphrase not in f"{authority!r} {authority.signer()!r}"


def test_the_root_vouches_for_the_signing_certificate(instance):
    authority = find_or_make_authority(instance)
    root, certificate = (load_pem_x509_certificate(path.read_bytes()) for path in (authority.root, authority.certificate))
    certificate.verify_directly_issued_by(root)
    assert certificate.public_key().key_size == 3072
    assert "bukan otoritas resmi" in root.subject.rfc4514_string()
    assert authority.signer().certificates == (authority.certificate.read_text(), authority.root.read_text())
    assert authority.signer().authority == "Otoritas Demo Kompetensi"


def test_processes_that_start_at_once_make_one(tmp_path):
    code = ("import sys; from pathlib import Path; "
            "from kompetensi.adapters.authority import find_or_make_authority; "
            "print(find_or_make_authority(Path(sys.argv[1])).passphrase)")
    running = [subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE, text=True)
               for _ in range(4)]
    answers = {process.communicate()[0] for process in running}
    assert [process.returncode for process in running] == [0] * 4
    assert len(answers) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["authority"]


def test_it_signs_for_a_demo_only(instance):
    signer = DemoSigner(find_or_make_authority(instance).signer(), lambda: False)
    assert (signer.signs, signer.authority, signer.certificates) == (False, "", ())
    assert signer.sign(b"apa saja", reason="", at=None) == b"apa saja"


def test_a_seal_is_checked_with_its_public_key(instance):
    seal = Ed25519Seal.read(find_or_make_authority(instance).seal)
    public = Ed25519PublicKey.from_public_bytes(seal.public_key)
    public.verify(seal.sign(b"isi"), b"isi")
    with pytest.raises(InvalidSignature):
        public.verify(seal.sign(b"isi"), b"isI")


def test_what_is_no_seal_key_is_refused(tmp_path):
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    other = tmp_path / "rsa.pem"
    other.write_bytes(rsa_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "text.pem").write_text("bukan kunci")
    for path, words in ((other, "bukan kunci Ed25519"), (tmp_path / "text.pem", "bukan kunci Ed25519"),
                        (Path("/tiada/kunci.pem"), "tidak dapat dibaca")):
        with pytest.raises(Unavailable, match=words):
            Ed25519Seal.read(path)
