import pytest

from client import get


@pytest.mark.parametrize("code", [200, 201, 400, 403, 404, 418, 429, 500, 503])
def test_a_status_is_the_one_asked_for(code):
    answer = get(f"/status/{code}")
    assert (answer.status, answer.json()) == (code, {"status": code})
