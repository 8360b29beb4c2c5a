import pytest

from client import ask, post


@pytest.mark.parametrize(
    "body",
    ["plain words", "ahoy, Käpt'n ⚓", '{"a": [1, 2, 3]}', "two\nlines\n"],
    ids=["words", "unicode", "json", "lines"],
)
def test_what_is_sent_comes_back(body):
    answer = post("/echo", body)
    assert (answer.status, answer.text) == (202, body)


def test_nothing_comes_back_as_nothing():
    assert post("/echo", "").body == b""


def test_bytes_come_back_as_they_are():
    every_byte = bytes(range(256)) * 64
    assert ask("POST", "/echo", every_byte).body == every_byte


def test_every_method_is_echoed():
    assert ask("PUT", "/api/echo/deep/path", "by PUT").text == "by PUT"
