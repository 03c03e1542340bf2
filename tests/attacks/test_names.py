"""Attacks from text, and forged messages."""

import pytest

from qnet.attacks import (
    ATTACKS,
    CompromisedNode,
    DishonestRepeater,
    EntanglingProbe,
    InterceptResend,
    MessageForgery,
    PhotonNumberSplitting,
    checked_attack,
    parse,
)
from qnet.errors import InvalidArgument

READ = {
    "intercept-resend": InterceptResend(),
    "intercept-resend:fraction=0.25": InterceptResend(fraction=0.25),
    "intercept-resend:angle_deg=45,links=a~b+b~c": InterceptResend(angle_deg=45.0, links=(("a", "b"), ("b", "c"))),
    "entangling-probe:disturbance=0.02": EntanglingProbe(disturbance=0.02),
    "photon-number-splitting:intensity=0.4": PhotonNumberSplitting(intensity=0.4),
    "dishonest-repeater:node=n1,mode=lies,fraction=0.5": DishonestRepeater(node="n1", mode="lies", fraction=0.5),
    "compromised-node:node=Den Haag": CompromisedNode(node="Den Haag"),
    "message-forgery:message=3": MessageForgery(message=3),
}


@pytest.mark.parametrize("text", READ)
def test_text_is_read(text: str) -> None:
    attack = parse(text)
    assert attack == READ[text]
    assert attack.name == text.partition(":")[0]


@pytest.mark.parametrize("text", READ)
def test_parameters_say_how_to_write_it(text: str) -> None:
    attack = READ[text]
    rest = ",".join(f"{name}={value}" for name, value in attack.parameters.items())
    assert parse(f"{attack.name}:{rest}") == attack


def test_every_attack_can_be_read() -> None:
    assert {type(attack) for attack in READ.values()} == set(ATTACKS.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("intercept", "nearest is 'intercept-resend'"),
        ("intercept-resend:frction=0.2", "nearest is 'fraction'"),
        ("intercept-resend:fraction=much", "must be a number, but is 'much'"),
        ("intercept-resend:fraction", "fraction=VALUE"),
        ("intercept-resend:fraction=0.1,fraction=0.2", "be given once"),
        ("intercept-resend:fraction=1.5", "at most 1"),
        ("intercept-resend:links=a-b", "a~b"),
        ("message-forgery:message=0", "at least 1"),
        ("message-forgery:message=1.5", "be a number"),
        ("compromised-node", "node=NAME"),
        ("dishonest-repeater:node=n1,mode=sleeps", "'measures' or 'lies'"),
    ],
)
def test_what_cannot_be_read_is_explained(text: str, said: str) -> None:
    with pytest.raises((ValueError, LookupError), match=said):
        parse(text)


@pytest.mark.parametrize("attack", [0.1, InterceptResend, object()])
def test_what_is_no_attack_is_refused(attack) -> None:
    with pytest.raises(InvalidArgument, match="`attack` must be an attack"):
        checked_attack(attack)


def test_each_run_has_a_forger_of_its_own() -> None:
    attack = MessageForgery(message=2)
    for _ in range(2):
        forge = attack.options(None)["forger"]
        assert [forge(b"ab"), forge(b"ab"), forge(b"ab")] == [b"ab", b"\xe1b", b"ab"]
    assert MessageForgery().options(None)["forger"](b"") != b""
