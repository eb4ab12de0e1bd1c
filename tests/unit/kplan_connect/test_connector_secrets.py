"""What looks like a secret, and texts without them."""

import pytest

from kplan_connect.sensitive import is_open_secret, looks_secret, scrubbed, told_by


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "database.password",
        "connection.password",
        "connectionPassword",
        "ssl.key.password",
        "ssl.keystore.key",
        "sasl.jaas.config",
        "producer.override.sasl.jaas.config",
        "aws.secret.access.key",
        "s3.secret.key",
        "api_key",
        "apiKey",
        "access-token",
        "token",
        "value.converter.schema.registry.basic.auth.user.info",
        "azure.storage.account.key",
        "gcs.credentials.json",
        "oauth.client.secret",
        "private.key",
        "ssl.key.passphrase",
    ],
)
def test_keys_of_secrets(key):
    assert looks_secret(key)


@pytest.mark.parametrize(
    "key",
    [
        "key.converter",
        "value.converter",
        "pk.fields",
        "message.key.columns",
        "ssl.keystore.location",
        "sasl.oauthbearer.token.endpoint.url",
        "basic.auth.credentials.source",
        "aws.access.key.id",
        "gcs.credentials.path",
        "password.encoder.iterations",
        "transforms",
        "topics",
        "key",
        "tokenizer",
        "monkey",
    ],
)
def test_keys_of_none(key):
    assert not looks_secret(key)


@pytest.mark.parametrize(
    "value",
    [
        "jdbc:postgresql://me:pw@db/x",
        "jdbc:mysql://db/x?user=me&password=pw",
        'Module required username="me" password="pw";',
        "Endpoint=sb://x/;SharedAccessKey=abc",
    ],
)
def test_values_that_hold_one(value):
    assert is_open_secret("connection.url", value)


@pytest.mark.parametrize(
    "value",
    [
        "http://host:8081/path",
        "a@b.c",
        "jdbc:mysql://db/x?password=${file:/etc/db:password}",
        "jdbc:postgresql://me:${file:/etc/db:password}@db/x",
        "password.properties",
    ],
)
def test_values_that_hold_none(value):
    assert not is_open_secret("connection.url", value)


def test_a_key_that_the_plugin_takes_for_a_password_is_one():
    assert is_open_secret("greeting", "hello", frozenset({"greeting"}))
    assert not is_open_secret("greeting", "${file:/x:y}", frozenset({"greeting"}))
    assert not is_open_secret("greeting", "", frozenset({"greeting"}))


def test_a_secret_is_taken_out_of_a_text_the_longer_first():
    assert scrubbed("no hunter22 for hunter2", ["hunter2", "hunter22"]) == (
        "no (sensitive value) for (sensitive value)"
    )
    assert scrubbed("nothing", ["hunter2"]) == "nothing"


def test_each_line_of_a_secret_is_taken_out():
    assert scrubbed("failed at: first line", ["first line\nsecond line"]) == "failed at: (sensitive value)"


def test_a_text_with_a_secret_too_short_to_look_for_is_not_shown():
    assert scrubbed("an ab in it", ["ab"]) == "(sensitive value)"


def test_a_trace_is_told_by_its_first_line_and_what_caused_it():
    trace = (
        "org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded\n\tat x.Y.z(Y.java:1)\n"
        "Caused by: org.acme.Middle: so\n\tat x.Y\nCaused by: java.net.UnknownHostException: db\n\t... 3 more\n"
    )
    assert told_by(trace) == ("ConnectException: Tolerance exceeded", "UnknownHostException: db")
    assert told_by("plain words") == ("plain words", "")
