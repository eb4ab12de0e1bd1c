"""What a connect_cluster's block may say."""

import pytest

from kplan.sdk.values import Secret, Unknown
from kplan_connect import PROVIDER
from kplan_connect.endpoint import options_of

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"
KEY = Secret("-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----")
LOGIN = {"username": "me", "password": Secret("hunter2")}


def faults(**more):
    settings = {"urls": ("https://connect:8083",), "group_id": "etl", **more}
    return [(one.code, one.path) for one in PROVIDER.check_endpoint("connect_cluster", settings)]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"urls": ("http://a:8083", "https://[::1]:8083/connect/")},
        {"urls": Unknown("list(string)"), "group_id": Unknown("string")},
        {"principal": "User:connect"},
        {"security": LOGIN},
        {"urls": ("http://a:1",), "security": LOGIN},
        {
            "security": {
                "ca": CERTIFICATE,
                "certificate": CERTIFICATE,
                "key": KEY,
                "key_password": Secret("x"),
            }
        },
        {"urls": ("http://a:1", "https://a:2"), "security": {"ca": CERTIFICATE}},
    ],
)
def test_right_is(more):
    assert faults(**more) == []


@pytest.mark.parametrize(
    ("more", "code", "path"),
    [
        ({"urls": ()}, "no_urls", ("urls",)),
        ({"urls": ("connect:8083",)}, "invalid_url", ("urls", 0)),
        ({"urls": ("http://a", "ftp://b")}, "invalid_url", ("urls", 1)),
        ({"urls": ("http://a:port",)}, "invalid_url", ("urls", 0)),
        ({"urls": ("http://a:8083?x=1",)}, "invalid_url", ("urls", 0)),
        ({"urls": ("http://me:pw@a:8083",)}, "invalid_url", ("urls", 0)),
        ({"group_id": ""}, "empty_group_id", ("group_id",)),
        ({"principal": "connect"}, "invalid_principal", ("principal",)),
        ({"security": {"username": "me"}}, "security_missing", ("security", "username")),
        ({"security": {"password": Secret("x")}}, "security_missing", ("security", "password")),
        ({"security": {"certificate": CERTIFICATE}}, "security_missing", ("security", "certificate")),
        ({"security": {"key": KEY}}, "security_missing", ("security", "key")),
        ({"security": {"key_password": Secret("x")}}, "security_missing", ("security", "key_password")),
        ({"security": {"ca": "ca.pem"}}, "security_not_pem", ("security", "ca")),
        ({"security": {**LOGIN, "username": "a:b"}}, "security_invalid", ("security", "username")),
        ({"urls": ("http://a:1",), "security": {"ca": CERTIFICATE}}, "security_unused", ("security", "ca")),
    ],
)
def test_wrong_is_at_its_place(more, code, path):
    assert faults(**more) == [(code, path)]


def test_a_login_in_an_address_is_not_shown():
    settings = {"urls": ("http://me:hunter2@a:8083",), "group_id": "etl"}
    assert "hunter2" not in str(PROVIDER.check_endpoint("connect_cluster", settings))


def test_options_show_no_secret():
    options = options_of(
        {"urls": ("http://a:1/", "http://a:1"), "group_id": "etl", "security": {**LOGIN, "key": KEY}}
    )
    assert (options.urls, options.password) == (("http://a:1",), "hunter2")
    assert "hunter2" not in repr(options)
    assert "PRIVATE" not in repr(options)
