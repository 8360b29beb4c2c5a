import hashlib

from client import get, post


def sha1(text):
    return hashlib.sha1(text.encode()).hexdigest()


def test_what_is_kept_can_be_read_again():
    key = post("/store", "cargo of the api tests").json()["hash"]
    assert get(f"/store/{key}").text == "cargo of the api tests"


def test_the_key_is_the_hash_of_what_is_kept():
    assert post("/store", "the same cargo").json()["hash"] == sha1("the same cargo")


def test_what_nobody_kept_cannot_be_read():
    assert get(f"/store/{sha1('never shipped')}").json()["code"] == 500
