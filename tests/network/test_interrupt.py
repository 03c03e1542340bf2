import signal

import pytest
from chains import attempt, chain

from qnet.network.interrupt import deferred_interrupt
from qnet.network.run import Pairs, run


def count(presses):
    """A protocol that presses Ctrl-C in the middle of its work, after five pairs."""

    def protocol(session):
        session.request()
        pairs = 0
        while (yield session.next_pair()) is not None:
            pairs += 1
            for _ in range(presses if pairs == 5 else 0):
                signal.raise_signal(signal.SIGINT)
        session.finish(pairs)

    return protocol


def test_ctrl_c_leaves_a_protocol_time_to_report():
    network = chain([attempt(0.5)])
    (session,) = run(network, count(presses=1), network.route(), stop=Pairs(10_000))
    assert session.stopped_by == "interrupted"
    assert 5 <= session.result < 100


def test_a_second_ctrl_c_means_now():
    network = chain([attempt(0.5)])
    with pytest.raises(KeyboardInterrupt):
        run(network, count(presses=2), network.route(), stop=Pairs(10_000))


def test_a_handler_of_the_program_is_left_alone():
    previous = signal.signal(signal.SIGINT, handler := lambda *_: None)
    try:
        with deferred_interrupt() as interrupt:
            assert signal.getsignal(signal.SIGINT) is handler
            signal.raise_signal(signal.SIGINT)
            assert not interrupt.pressed
    finally:
        signal.signal(signal.SIGINT, previous)


def test_whoever_runs_many_simulations_learns_that_one_was_ended():
    network = chain([attempt(0.5)])
    with deferred_interrupt() as interrupt:
        (session,) = run(network, count(presses=1), network.route(), stop=Pairs(10_000))
        assert interrupt.pressed
    assert session.stopped_by == "interrupted"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_protocol_that_has_not_begun_reports_nothing_counted():
    network = chain([attempt(0.5)])
    with deferred_interrupt() as interrupt:
        interrupt.pressed = True
        (session,) = run(network, count(presses=0), network.route(), stop=Pairs(10_000))
    assert (session.stopped_by, session.result) == ("interrupted", 0)
