from tidar_train import pace
from tidar_train.pace import Pace


def test_steps_fit_the_seconds_at_a_speed_that_changes(monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(pace.time, "time", lambda: clock[0])
    run, plans = Pace(0, 100.0, "cpu"), []
    while not run.done:
        clock[0] += 1.0 if run.step < 20 else 0.1 if run.step < 200 else 0.2  # compiles, runs, shares the machine
        run.step += 1
        if run.due or run.step % 50 == 0 or run.done:
            run.measure()
            plans.append(run.total)
    assert plans[0] == 10**6  # nothing is known while it compiles
    assert abs(plans[2] - (20 + 80 / 0.1)) < 30
    assert 99 <= run.elapsed <= 103 and run.total == run.step


def test_fixed_steps_are_kept(monkeypatch):
    run = Pace(30, 5.0, "cpu")
    while not run.done:
        run.step += 1
        assert not run.due
        run.measure()
    assert run.step == run.total == 30
