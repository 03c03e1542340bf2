import numpy as np
import pytest
from qnet_protocols import bbm92, trusted_relay
from qnet_protocols.hop import Hop
from qnet_protocols.key_makers import KeyRate, measured, repeated
from qnet_protocols.trusted_relay import KeyRequest
from werner import link

from qnet import Network, Pairs
from qnet.keys import ForgedMessage, KeyExhausted, KeyId

ALONE = Network.chain([10.0])


def hop(seed: int = 1) -> tuple[Hop, np.random.Generator]:
    chance = np.random.default_rng(seed)
    secret = chance.integers(0, 2, 2 * Hop.pads_at_most, dtype=np.uint8)
    return Hop(ends=("a", "b"), length_km=10.0, preshared=secret), chance


def filled(bits: int = 1000) -> Hop:
    made, chance = hop()
    made.deposit(KeyRate(bits=bits, block_s=1.0)(ALONE, chance), 1.0)
    return made


def test_both_ends_take_the_same_bits_by_name() -> None:
    made = filled()
    made.reserve(100)
    assert made.available == 900
    key, bits = made.name_bits(100, 2.0)
    assert np.array_equal(made.take(key), bits)
    with pytest.raises(KeyExhausted):
        made.take(key)
    assert made.available == 900


def test_what_is_promised_is_not_promised_again() -> None:
    made = filled()
    made.reserve(600)
    assert made.can_carry(400)
    assert not made.can_carry(401)


def test_a_block_pays_for_its_making_and_for_the_pads_that_were_used() -> None:
    made, chance = hop()
    for _ in range(3):
        made.check("b", made.sign("a", b"a request"))
    block = KeyRate(bits=1000, block_s=1.0)(ALONE, chance)
    object.__setattr__(block, "authentication_bits", 300)
    made.deposit(block, 1.0)
    assert made.available == 1000 - 300 - 3 * 61
    record = made.record(1.0)
    assert (record.made_bits, record.remade_bits, record.tag_bits) == (1000, 300, 61 * (2 + 3))


def test_a_message_is_good_for_one_hop_and_one_direction() -> None:
    ours, theirs = filled(), hop(2)[0]
    message = ours.sign("a", b"a key")
    for wrong, end in ((theirs, "b"), (ours, "a")):
        with pytest.raises(ForgedMessage):
            wrong.check(end, message)
    assert ours.check("b", message) == b"a key"


def test_bits_of_two_blocks_have_the_epsilons_of_both() -> None:
    made, chance = hop()
    for epsilon in (1e-10, 3e-10):
        made.deposit(KeyRate(bits=100, block_s=1.0, epsilon=epsilon)(ALONE, chance), 1.0)
    assert made.epsilon(KeyId(start=0, bits=100)) == pytest.approx(1e-10)
    assert made.epsilon(KeyId(start=50, bits=100)) == pytest.approx(4e-10)
    made.deposit(KeyRate(bits=100, block_s=1.0, epsilon=None)(ALONE, chance), 1.0)
    assert made.epsilon(KeyId(start=150, bits=100)) is None


def test_blocks_may_be_simulated_from_their_pairs() -> None:
    chain = Network.chain([10.0], link=link(1.0, 1.0, slot_s=1e-5))
    blocks = measured(bbm92.make_key, stop=Pairs(9000), epsilon=1e-6)
    asked = [KeyRequest(source="n0", target="n1", bits=32)]
    done = trusted_relay.run(chain, asked, seconds=1.0, keys=blocks, seed=1)
    assert done.keys_match
    assert done.outcomes[0].epsilon == pytest.approx(1e-6)
    for record in done.hops:
        assert record.made_bits > record.remade_bits == 610
        assert record.preshared_bits + record.made_bits == (
            record.remade_bits + record.relayed_bits + record.tag_bits + record.left_bits
        )


def test_one_block_of_each_length_of_hop_is_made_and_others_are_like_it() -> None:
    asked: list[tuple[float, ...]] = []

    def maker(hop: Network, chance: np.random.Generator) -> object:
        asked.append(hop.route().lengths_km)
        return KeyRate(bits=1000 * len(asked), block_s=0.5, epsilon=1e-9)(hop, chance)

    make, chance = repeated(maker), np.random.default_rng(1)
    blocks = [make(Network.chain([length_km]), chance) for length_km in (10.0, 20.0, 10.0, 20.0)]
    assert asked == [(10.0,), (20.0,)]
    assert [block.alice_key.size for block in blocks] == [1000, 2000, 1000, 2000]
    assert 0.4 < np.mean(blocks[0].alice_key != blocks[2].alice_key) < 0.6
    assert np.array_equal(blocks[2].alice_key, blocks[2].bob_key)
    assert (blocks[2].elapsed_s, blocks[2].epsilon) == (0.5, 1e-9)
