from client import get, post


def validate(token, scheme="Bearer"):
    return get("/token/validate", Authorization=f"{scheme} {token}")


def is_refused(answer):
    """podinfo answers refusals with 200, and says the code in the body."""
    return answer.json()["code"] == 401


def test_a_token_names_who_asked_for_it():
    token = post("/token", "mate").json()["token"]
    assert validate(token).json()["token_name"] == "mate"


def test_a_token_without_a_name_is_anonymous():
    token = post("/token", "").json()["token"]
    assert validate(token).json()["token_name"] == "anonymous"


def test_a_token_that_was_changed_is_refused():
    head, claims, signature = post("/token", "mate").json()["token"].split(".")
    assert is_refused(validate(f"{head}.{claims}.{signature[::-1]}"))


def test_no_token_is_refused():
    assert is_refused(get("/token/validate"))


def test_another_scheme_is_refused():
    token = post("/token", "mate").json()["token"]
    assert is_refused(validate(token, scheme="Basic"))
