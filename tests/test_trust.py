"""What must not be in the repository: another way to the network, secrets, traces of a machine.

And what must not be taken for a name: a path.
"""

import json
import re

import pytest

from common import datasets
from common.errors import UserError
from reproductions import registry, runs
from reproductions.suite import plan
from tests.test_house import PLAIN, SOURCES, imports_of, relative, tracked

#: Modules that open connections. Servers for this machine alone (TensorBoard) are not among them.
NETWORK = {"aiohttp", "ftplib", "http", "httpx", "requests", "smtplib", "socket", "ssl", "urllib3"}
TEXT = PLAIN - {".png", ".svg"} | {".txt", ".json", ""}
#: What keys look like, by who gives them out.
SECRETS = re.compile(
    rb"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    rb"|\b(AKIA|ASIA)[0-9A-Z]{16}\b"  # Amazon
    rb"|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{22,}"
    rb"|\bglpat-[\w-]{20}|\bxox[abprs]-[\w-]{10,}|\bsk-[A-Za-z0-9]{32,}|\bAIza[\w-]{35}\b|\bhf_[A-Za-z]{34}\b"
    rb"|\bpypi-[\w-]{50,}"
    rb"|(?i:\b(?:password|passwd|api_?key|secret|token)\b['\"]?\s*[:=]\s*['\"][^'\"\s]{8,})"
    rb"|https?://[^/\s:@\"']+:[^/\s@\"']+@"
)
MACHINE = re.compile(rb"(?<![\w.])/(?:work|tmp|home|root|Users)/[\w.-]+")


def reaches_out(name: str) -> bool:
    return name.partition(".")[0] in NETWORK or name == "urllib.request"


def test_one_module_alone_speaks_to_other_machines():
    users = {relative(path) for path in SOURCES if any(map(reaches_out, imports_of(path)))}
    assert users == {"common/download.py"}


def test_nothing_secret_is_committed():
    found = [
        f"{relative(path)}: {hit.group()[:20]!r}"
        for path in tracked()
        if path.suffix in TEXT
        for hit in SECRETS.finditer(path.read_bytes())
    ]
    assert not found


def test_binary_results_do_not_say_where_they_were_made():
    binary = [path for path in tracked() if path.suffix not in TEXT]
    assert binary
    found = [
        f"{relative(path)}: {hit.group()!r}" for path in binary for hit in MACHINE.finditer(path.read_bytes())
    ]
    assert not found


@pytest.mark.parametrize(
    "text",
    [
        b"-----BEGIN RSA " + b"PRIVATE KEY-----",
        b"key = AKIA" + b"ABCDEFGH12345678",
        b"ghp_" + b"a1" * 18,
        b"API_KEY='" + b"0123456789'",
        b'"token": ' + b'"abcdefgh1234"',
        b"https://me:" + b"word@example.org/",
    ],
)
def test_secrets_are_seen(text):
    assert SECRETS.search(text)


@pytest.mark.parametrize("text", [b"token = next(words)", b"https://example.org:80/@me", b"secret = ''"])
def test_plain_words_are_no_secrets(text):
    assert not SECRETS.search(text)


def test_ways_to_the_network_are_seen():
    assert all(map(reaches_out, ("requests.utils", "urllib.request", "http.client")))
    assert not any(map(reaches_out, ("urllib.parse", "os", "common.io.text")))


@pytest.mark.parametrize("name", ["../qu_cnn", "qu_cnn/../qu_cnn", "..", "", "/etc", "qu_cnn/"])
def test_a_name_is_no_path(tmp_path, name):
    (tmp_path / "config.json").write_text(json.dumps({"name": name}))
    for ask in (
        registry.get,
        registry.method,
        datasets.load,
        lambda name: plan.suite([name], "smoke", [], 1),
        lambda _: runs.reproduction_of(tmp_path),
    ):
        with pytest.raises(UserError):
            ask(name)
