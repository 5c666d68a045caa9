import logging

from sync_operators.plans.progress import Progress


def test_a_line_comes_at_most_every_ten_seconds(caplog):
    now = [0.0]
    progress = Progress(logging.getLogger("sync_operators"), "apply", timer=lambda: now[0])
    with caplog.at_level(logging.INFO):
        for now[0] in (1, 9, 10, 11, 19, 20.5):
            progress.at(int(now[0]), 100)
    assert caplog.messages == ["apply: progress done=10 total=100", "apply: progress done=20 total=100"]
