"""Which of the files that were read may hold secrets, by how expressions read them; what can't be told counts as secret."""

import pytest

from kplan.config.extract import Piece
from kplan.config.plain_secrets import places, written_out
from kplan.config.secret_files import may_be_secret
from kplan.lang.parser import parse
from kplan.lang.source import Source

READ = {"pw": b"hunter2", "ca.pem": b"a certificate", "dir/key": b"a key", "tpl": b"hi ${x}"}
ALL = set(READ)


def parsed(text, path="main.kplan.hcl"):
    file, diagnostics = parse(Source(path, text), None)
    assert list(diagnostics) == []
    return [file]


def secret(text, contents=READ, known=(), **modules):
    files = {".": parsed(text), **{folder: parsed(inner) for folder, inner in modules.items()}}
    return may_be_secret(files, contents, known)


def local(expression):
    return f"locals {{\n  x = {expression}\n}}\n"


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ('file("pw")', set()),
        ('sensitive(file("pw"))', {"pw"}),
        ('core::sensitive(core::file("pw"))', {"pw"}),
        ('sensitive(trimspace(file("./a/../pw")))', {"pw"}),
        ('sensitive(file("${path.module}/pw"))', {"pw"}),
        ('sensitive(filebase64("dir/key"))', {"dir/key"}),
        ('sensitive({ a = [file("pw")], b = file("dir/key") })', {"pw", "dir/key"}),
        ('sensitive("x") == file("ca.pem")', set()),
        ('sensitive(templatefile("tpl", { x = file("pw") }))', {"tpl", "pw"}),
        ('sensitive(file("pw${path.module}"))', ALL),
        ('sensitive(file("${path.module}pw"))', ALL),
        ("sensitive(file(local.where))", ALL),
        ('sensitive([for one in fileset("dir", "*") : file(one)])', ALL),
        ("sensitive(topic.a.name)", ALL),
        ("sensitive(module.m.password)", ALL),
        ("sensitive(each.value)", ALL),
        ("sensitive(var.password)", set()),
        ("sensitive(kplan.workspace)", set()),
        ('file(sensitive("pw"))', ALL),
        ('file(env("WHERE"))', ALL),
    ],
)  # fmt: skip
def test_files_read_inside_of_sensitive_may_be_secret(expression, found):
    assert secret(local(expression) + 'locals {\n  where = "pw"\n}\n') == found


def test_a_local_is_looked_into():
    text = 'locals {\n  a = local.b\n  b = [local.a, file("pw")]\n  c = sensitive(local.a)\n}\n'
    assert secret(text) == {"pw"}


def test_what_a_sensitive_output_gives_may_be_secret():
    output = 'output "o" {\n  value = file("pw")\n  sensitive = %s\n}\n'
    assert secret(output % "true") == {"pw"}
    assert secret(output % "false") == set()


def test_what_a_module_takes_as_sensitive_may_be_secret():
    call = 'module "m" {\n  source = "./m"\n  password = file("pw")\n}\n'
    variable = 'variable "password" {\n  sensitive = %s\n}\n'
    assert secret(call, m=variable % "true") == {"pw"}
    assert secret(call, m=variable % "false") == set()


def test_in_a_module_a_variable_may_hold_what_its_caller_read():
    assert secret("", m=local("sensitive(var.x)")) == ALL


def test_a_file_whose_name_is_a_secret_is_one():
    variable = 'variable "where" {\n  sensitive = true\n}\n'
    assert secret(variable + local("file(var.where)")) == ALL
    assert secret('variable "where" {\n}\n' + local("file(var.where)")) == set()


def test_a_template_that_reads_files_may_hide_them():
    hiding = {**READ, "tpl": b'${sensitive(file("pw"))}'}
    assert secret(local('templatefile("tpl", {})'), hiding) == set(hiding)
    reading = {**READ, "tpl": b'${file("pw")}'}
    assert secret(local('templatefile("tpl", {})'), reading) == set()
    assert secret(local('sensitive(templatefile("tpl", {}))'), reading) == set(reading)


def test_a_file_that_holds_a_known_secret_is_one():
    assert secret("", known=["hunter2"]) == {"pw"}
    assert secret("", known=["a key", "cert"]) == {"dir/key", "ca.pem"}
    assert secret("", known=["a"]) == set()


def test_nested_blocks_are_looked_into():
    assert secret('cluster "c" {\n  security {\n    password = sensitive(file("pw"))\n  }\n}\n') == {"pw"}


# what is written out


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ('sensitive("plain")', {"plain"}),
        ('core::sensitive(true ? "one" : "two")', {"one", "two"}),
        ('[sensitive(["one", { a = "two" }])]', {"one", "two"}),
        ('sensitive(file("pw"))', set()),
        ('sensitive("a ${var.x}")', set()),
        ('sensitive("")', set()),
        ("sensitive(12)", set()),
        ('lower("plain")', set()),
    ],
)
def test_texts_inside_of_sensitive_are_secrets(expression, found):
    assert written_out({".": parsed(local(expression))}) == found


def test_the_default_of_a_modules_sensitive_variable_is_a_secret():
    text = (
        'variable "pw" {\n  sensitive = true\n  default = "plain"\n}\nvariable "n" {\n  default = "open"\n}\n'
    )
    assert written_out({"m": parsed(text)}) == {"plain"}
    assert written_out({".": parsed(text)}) == set()


def test_it_is_told_where_secrets_stand():
    text = 'locals {\n  a = "x"\n  b = ["x", { k = "y" }]\n}\n\nlocals {\n  c = "x ${local.a}"\n  x = 1\n\n  d = "y"\n}\n'
    [file] = parsed(text)
    piece = Piece("m/a.kplan.hcl", tuple(map(len, text.split("\n"))), file.blocks)
    assert places({"m": (piece,)}, {"x"}) == ["m/a.kplan.hcl line 2", "m/a.kplan.hcl line 3"]
    assert places({"m": (piece,)}, {"y"}) == ["m/a.kplan.hcl line 3", "m/a.kplan.hcl line 10"]
    assert places({"m": (piece,)}, {"z"}) == []
