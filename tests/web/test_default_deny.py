"""Every page is closed to visitors unless it is named here."""

from __future__ import annotations

PUBLIC = {
    "kompetensi.auth.login", "kompetensi.auth.sign_in", "kompetensi.auth.logout", "kompetensi.set_preference",
    "kompetensi.admin.help", "kompetensi.admin.privacy",
    "kompetensi.verify.check", "kompetensi.verify.certificate", "kompetensi.verify.check_file",
    "kompetensi.certificates.shared", "kompetensi.certificates.shared_file", "kompetensi.badges.shared_file",
    "kompetensi.verify.check_number", "kompetensi.verify.check_qr", "kompetensi.verify.keys", "kompetensi.verify.keys_json",
    "kompetensi.verify.offline", "kompetensi.verify.worker",
    # Who has the secret link of a calendar reads it.
    "kompetensi.calendar.feed",
    # What a badge names, so that anybody can check it without asking whose it is; nothing here is about a person.
    "kompetensi.badges.status_list", "kompetensi.badges.picture", "kompetensi.badges.did", "kompetensi.badges.framework",
    "kompetensi.badges.competency",
}
VALUES = {"int": 1, "default": "X", "string": "X", "path": "X"}


def address(rule) -> str:
    values = {name: VALUES.get(type(converter).__name__.removesuffix("Converter").lower()
                               .replace("unicode", "default").replace("integer", "int"), "X")
              for name, converter in rule._converters.items()}
    return rule.build(values, append_unknown=False)[1]


def test_a_visitor_is_sent_to_the_login_page_from_everything_that_is_not_public(app):
    client = app.test_client()
    opened = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint.endswith("static"):
            continue
        for method in sorted(rule.methods & {"GET", "POST"}):
            response = client.open(address(rule), method=method)
            sent_away = response.status_code == 302 and "/masuk" in response.headers["Location"]
            if not sent_away:
                opened.add(rule.endpoint)
    assert opened <= PUBLIC


def test_nothing_is_called_public_that_does_not_exist(app):
    assert {rule.endpoint for rule in app.url_map.iter_rules()} >= PUBLIC
