"""A recipe under the editor, and messages to its session."""

import json


def asked(session, **message):
    answers = list(session.handle(message))
    assert "error" not in [answer["type"] for answer in answers], answers
    assert json.loads(json.dumps(answers, allow_nan=False))
    return answers[0]


def refused(session, **message):
    before = session.edits
    (answer,) = session.handle(message)
    assert answer["type"] == "error"
    assert session.edits == before
    return "\n".join(answer["problems"])
