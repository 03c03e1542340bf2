"""What a comparison says of attacks, beside what becomes of them: every strategy under every attack that it can have.

An attack is noticed or not whether or not the block is large enough for a key, so that small blocks will do.
"""

from collections.abc import Callable, Iterator
from itertools import product

import pytest
from qnet_protocols import bbm92, decoy_bb84, e91, hybrid, trusted_bb84, trusted_bbm92
from werner import link

from qnet import Network, Pairs
from qnet.attacks import (
    ATTACKS,
    Attack,
    CompromisedNode,
    DishonestRepeater,
    EntanglingProbe,
    InterceptResend,
    MessageForgery,
    PhotonNumberSplitting,
)
from qnet.experiment import AttackReport, KeyRun
from qnet.strategies import ATTACKS as NAMES
from qnet.strategies import STRATEGIES, Strategy

FIBRE, CHAIN = (Network.chain([10.0] * spans, link=link(0.995, 1.0, slot_s=1e-5)) for spans in (1, 3))
CLICKS = {"stop": Pairs(100_000), "decoys": 1}
RUNS: dict[str, Callable[..., KeyRun]] = {
    "direct-bb84": lambda **given: decoy_bb84.make_key(Network.chain([20.0]), **CLICKS, **given),
    "direct-bbm92": lambda **given: bbm92.make_key(FIBRE, stop=Pairs(600), **given),
    "trusted-bb84": lambda **given: trusted_bb84.make_key(Network.chain([20.0, 20.0]), **CLICKS, **given),
    "trusted-bbm92": lambda **given: trusted_bbm92.make_key(CHAIN, stop=Pairs(600), **given),
    "hybrid": lambda **given: hybrid.make_key(CHAIN, stop=Pairs(600), **given),
    "repeater-bbm92": lambda **given: bbm92.make_key(CHAIN, stop=Pairs(600), **given),
    "repeater-e91": lambda **given: e91.make_key(CHAIN, stop=Pairs(600), **given),
}
INNER = {"trusted-bb84": "n1", "trusted-bbm92": "n1", "hybrid": "n2", "repeater-bbm92": "n1", "repeater-e91": "n1"}
"""A node between the ends, where there is one; in the hybrid one that is trusted."""


def attack_on(strategy: str, name: str) -> Attack | None:
    """An attack of that name on a strategy; None where it has no node to bribe."""
    if name in ("dishonest-repeater", "compromised-node") and strategy not in INNER:
        return None
    return {
        "intercept-resend": InterceptResend(fraction=1.0),
        "entangling-probe": EntanglingProbe(disturbance=0.1),
        "photon-number-splitting": PhotonNumberSplitting(),
        "dishonest-repeater": DishonestRepeater(node="n1"),
        "compromised-node": CompromisedNode(node=INNER.get(strategy, "")),
        "message-forgery": MessageForgery(message=1),
    }[name]


def report_of(strategy: str, name: str) -> AttackReport | None:
    attack = attack_on(strategy, name)
    return None if attack is None else RUNS[strategy](seed=1, epsilon=1e-6, attack=attack).attack


def test_every_attack_is_spoken_of() -> None:
    assert set(NAMES) == set(ATTACKS)
    assert all(set(strategy.detects) == set(ATTACKS) for strategy in STRATEGIES)
    assert {strategy.name for strategy in STRATEGIES} == set(RUNS)


def cases() -> Iterator[object]:
    """Every strategy with every attack; those on pulses take seconds, and a chain's hops are what bare fibre is."""
    for strategy, name in product(STRATEGIES, NAMES):
        slow = strategy.name == "trusted-bb84" and name not in ("photon-number-splitting", "compromised-node")
        marks = [pytest.mark.validate] if slow else []
        yield pytest.param(strategy, name, marks=marks, id=f"{strategy.name}-{name}")


@pytest.mark.parametrize(("strategy", "name"), list(cases()))
def test_what_is_said_to_be_noticed_is(strategy: Strategy, name: str) -> None:
    said, report = strategy.detects[name], report_of(strategy.name, name)
    if report is None:
        assert said is None
    elif said:
        assert report.noticed
    else:
        assert not report.noticed
        assert said is None or report.eve_bits_per_sifted_bit == 1.0


def test_what_nobody_can_notice_takes_the_whole_key() -> None:
    two = Network.chain([10.0] * 2, link=link(0.999, 1.0, slot_s=1e-5))
    run = trusted_bbm92.make_key(two, stop=Pairs(5000), seed=1, epsilon=1e-6, attack=CompromisedNode(node="n1"))
    assert run.keys_match
    assert not run.attack.noticed
    assert run.attack.eve_secret_bits == run.secret_bits > 100
