import os
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

BASE_URL = os.environ["BASE_URL"]


def get(path):
    with urlopen(BASE_URL + path, timeout=10) as answer:
        return answer.read().decode()


def test_the_front_page_says_hello():
    assert get("/index.html") == "hello from the preview\n"


def test_the_about_page_is_there():
    assert "gone with a proof" in get("/about.html")


def test_what_is_not_there_is_not_found():
    with pytest.raises(HTTPError, match="404"):
        get("/nothing.html")
