"""Every configuration key with its default. Keys live in the Flask configuration of the application or host."""

from __future__ import annotations

from typing import Any

DEFAULTS: dict[str, Any] = {
    # Address under which the pages live inside a host; the standalone app uses the root.
    "KOMPETENSI_URL_PREFIX": "/kompetensi",
    # Public address that certificates carry in their QR, without a slash at the end; empty = the request's own.
    "KOMPETENSI_PUBLIC_URL": "",
    # Name of the agency in the head of each page.
    "KOMPETENSI_AGENCY_NAME": "Pemerintah Provinsi Gorontalo",
    # Largest upload in bytes, for imports and for checking a PDF.
    "KOMPETENSI_MAX_UPLOAD_BYTES": 20 * 1024 * 1024,
    # Seconds that the planner may search for one page before it shows the best found with its bound.
    "KOMPETENSI_PLAN_TIME_LIMIT_S": 10,
    # Address of a dask scheduler that does the blocks of `match` commands, such as tcp://10.0.0.5:8786; empty = this process.
    "KOMPETENSI_DASK_SCHEDULER": "",
    # Pattern of certificate numbers; see rules.certificates.format_number.
    "KOMPETENSI_CERTIFICATE_NUMBER": "{seq:04d}/{type}/{batch_roman}/BKPSDM-GTLO/{month_roman}/{year}",
    # PKCS#12 file with the key that signs certificates; empty = none. Its passphrase is read from the environment only,
    # KOMPETENSI_SIGNING_PASSPHRASE.
    "KOMPETENSI_SIGNING_PKCS12": "",
    # Timestamp authority (RFC 3161 over HTTP) for signatures with that key; empty = none.
    "KOMPETENSI_TIMESTAMP_URL": "",
    # BSrE's signing service, without a path, and its version, v1 or v2; empty = certificates are not signed there. The
    # password of the agency's application is read from the environment only, KOMPETENSI_BSRE_PASSWORD.
    "KOMPETENSI_BSRE_URL": "",
    "KOMPETENSI_BSRE_VERSION": "v2",
    "KOMPETENSI_BSRE_USERNAME": "",
    # PEM file with the Ed25519 key that seals what is checked without us (QR payload, badges); empty = none.
    "KOMPETENSI_SEAL_KEY": "",
    # Further keys whose seals are believed, or the days of the present one: KEY[:FIRST-DAY[:LAST-DAY]], the key in
    # base64url, blanks between several. A key that somebody else may have is left out altogether.
    "KOMPETENSI_SEAL_KEYS": "",
    # PEM file with authorities whose signatures on uploaded PDFs are trusted, beside the signer's own; empty = no others.
    "KOMPETENSI_TRUSTED_AUTHORITIES": "",
    # Processes that print a batch of some hundred certificates and more; 1 = the one that runs the job, alone.
    "KOMPETENSI_PRINT_PROCESSES": 1,
    # instansiId of the agency in SIASN, for the export of results; empty = left out there.
    "KOMPETENSI_SIASN_AGENCY_ID": "",
    # Checks of certificates that one address may make in a minute.
    "KOMPETENSI_VERIFY_PER_MINUTE": 30,
    "KOMPETENSI_CALENDAR_PER_MINUTE": 30,
    # Failed logins of one name, and of one address, in a quarter of an hour before it must wait.
    "KOMPETENSI_LOGIN_ATTEMPTS": 10,
}
