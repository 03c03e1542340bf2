import math
from dataclasses import replace
from importlib.metadata import EntryPoint, EntryPoints, entry_points

import pytest
from qnet_protocols import bbm92, decoy_bb84, trusted_bbm92
from werner import SLOT_S, link, mean_longest_wait, qber_of

import qnet
from qnet import Device, InvalidArgument, Network, Pairs, Stop
from qnet.bounds import chain_bits_per_use, plob_bits_per_use
from qnet.compare import _positive_first
from qnet.experiment import Quantity
from qnet.hardware import qkd_hardware, repeater_hardware
from qnet.quantum import Noise, Waiting, bell_measurement, move
from qnet.rng import Purpose, Stream

ORDER = ["direct-bb84", "direct-bbm92", "trusted-bb84", "trusted-bbm92", "repeater-bbm92", "repeater-e91"]
ON_LIGHT = ORDER[:3]
OPTIONS = {"pairs": 400, "replicas": 40, "seed": 1}


def network(**changed: object) -> Network:
    return Network.chain([10.0, 10.0], link=link(0.98, 0.25), hardware=changed.pop("hardware", None), **changed)


@pytest.fixture(scope="module")
def comparison() -> qnet.experiment.Comparison:
    return qnet.compare(network(), **OPTIONS)


def test_rows_come_in_a_fixed_order(comparison) -> None:
    assert [row.name for row in comparison.strategies] == ORDER
    assert [row.trusted_nodes for row in comparison.strategies] == [0, 0, 1, 1, 0, 0]
    assert [row.untrusted_stations for row in comparison.strategies] == [0, 1, 0, 0, 1, 1]


def test_units_and_fairness_of_every_row(comparison) -> None:
    for row in comparison.strategies:
        per_use, rate = row.key_per_channel_use, row.secret_key_rate_bps
        assert row.attempts_hz.is_exact
        assert row.attempts_hz.value == pytest.approx(1e9 if row.name in ON_LIGHT else 1 / SLOT_S)
        for end in ("value", "low", "high"):
            assert getattr(per_use, end) == pytest.approx(getattr(rate, end) / row.attempts_hz.value)
        if rate.value:
            assert row.time_to_256_bits_s.value == pytest.approx(256 / rate.value + 20 / 2e5)
        else:
            assert row.time_to_256_bits_s is None
        assert row.time_to_block_s.value == pytest.approx(1e5 / row.pair_rate_hz.value + 20 / 2e5)
        assert row.stopped_by == "pairs"
        assert row.epoch == ("today" if row.name in ON_LIGHT else "given")


def test_what_does_not_apply_is_none(comparison) -> None:
    for row in comparison.strategies:
        on_pairs = row.name not in ON_LIGHT
        assert (row.fidelity is not None) == (row.first_pair_s is not None) == on_pairs
        assert (row.chsh is not None) == (row.ordinary_key_rate_bps is not None) == (row.name == "repeater-e91")


def test_figures_are_those_of_the_closed_forms(comparison) -> None:
    repeater, trusted = comparison["repeater-bbm92"], comparison["trusted-bbm92"]
    assert repeater.fidelity.value == pytest.approx(1 - 1.5 * qber_of(0.98, 2))
    assert trusted.fidelity.value == pytest.approx(0.98)
    # the first pair needs both links; the repeater's word then takes 10 km
    first_s = mean_longest_wait(2, 0.25) * SLOT_S
    for row, wait_s in ((repeater, first_s + 10 / 2e5), (trusted, first_s)):
        error = (row.first_pair_s.high - row.first_pair_s.low) / (2 * 2.02)  # Student, 39 degrees
        assert abs(row.first_pair_s.value - wait_s) < 4 * error < 0.5 * wait_s


def test_strategies_and_replicas_draw_numbers_of_their_own(comparison) -> None:
    same = qnet.compare(network(), **OPTIONS | {"common_random_numbers": True, "replicas": 1})
    pair_rates = [{name: of[name].pair_rate_hz for name in ORDER[4:]} for of in (comparison, same)]
    assert pair_rates[0]["repeater-bbm92"] != pair_rates[0]["repeater-e91"]
    assert pair_rates[1]["repeater-bbm92"] == pair_rates[1]["repeater-e91"]
    assert same.provenance["id"] != comparison.provenance["id"]


def test_a_hybrid_lies_between_trust_everywhere_and_nowhere(comparison) -> None:
    assert "hybrid is left out: a route of 2 spans has no room" in " ".join(str(comparison).split())
    three = qnet.compare(Network.chain([10.0] * 3, link=link(0.98, 0.25)), pairs=300, replicas=1)
    order = [three[name] for name in ("trusted-bbm92", "hybrid", "repeater-bbm92")]
    assert [row.trusted_nodes for row in order] == [2, 1, 0]
    assert [row.untrusted_stations for row in order] == [0, 1, 2]
    assert [row.slowest_hop for row in order[1:]] == [("n0", "n1", "n2"), ()]
    assert "hybrid n0~n1~n2." in str(three)
    fidelities = [row.fidelity.value for row in order]
    assert fidelities == pytest.approx([1 - 1.5 * qber_of(0.98, hops) for hops in (1, 2, 3)])


def test_the_finite_key_of_a_session_grows_to_the_asymptotic_one(comparison) -> None:
    month_s = 2.6e6
    longer = qnet.compare(network(), **OPTIONS | {"session_s": month_s, "replicas": 1})
    for name in ORDER[:-1]:
        hour, endless = comparison[name].finite_key_bits, comparison[name].secret_key_rate_bps
        assert 0 < hour.value < 3600 * endless.value
        assert hour.value / 3600 < longer[name].finite_key_bits.value / month_s < endless.value
    assert comparison["repeater-e91"].finite_key_bits is None
    assert longer.conventions["session_s"] == month_s


def test_every_row_says_which_attacks_it_notices(comparison) -> None:
    said = {row.name: row.detects for row in comparison.strategies}
    assert {name for name in ORDER if said[name]["compromised-node"] is False} == {"trusted-bb84", "trusted-bbm92"}
    assert {name for name in ORDER if said[name]["photon-number-splitting"]} == {"direct-bb84", "trusted-bb84"}
    assert {name for name in ORDER if said[name]["dishonest-repeater"]} == {"repeater-bbm92", "repeater-e91"}
    assert all(row["intercept-resend"] and row["entangling-probe"] and row["message-forgery"] for row in said.values())


class Broken(EntryPoint):
    def load(self) -> None:
        raise ImportError("a plug-in of somebody else")


def test_plug_ins_change_nothing(comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    group = "qnet.protocols"
    strangers = [Broken("aaa", "no.such.module", group), *(Broken(name, "evil", group) for name in ("bbm92", "e91"))]
    found = EntryPoints([*entry_points(group=group), *strangers])
    asked: list[str] = []
    monkeypatch.setattr("importlib.metadata.entry_points", lambda *, group: asked.append(group) or found)
    qnet.case._protocol.cache_clear()
    again = qnet.compare(network(), **OPTIONS)
    assert set(asked) == {group}
    assert again.strategies == comparison.strategies
    assert again == comparison  # all but timings
    assert again.provenance["id"] == comparison.provenance["id"]


def identity_of(**changed: object) -> str:
    """The id of a comparison, without making it."""
    options = {"hardware": None, "link": link(0.98, 0.25)} | changed
    return qnet.compare(Network.chain([10.0, 10.0], **options), pairs=1, replicas=1, max_sim_time_s=1e-9).provenance[
        "id"
    ]


@pytest.mark.parametrize(
    "changed",
    [
        {"link": link(0.97, 0.25)},
        {"link": link(0.98, 0.26)},
        {"link": [link(0.98, 0.25), link(0.98, 0.25, label=1)]},
        {"link": replace(link(0.98, 0.25), stations=1)},
        {"hardware": Device(memory=Waiting.from_t1_t2(t2_s=1.0))},
        {"hardware": Device(optical_interfaces=1)},
        {"hardware": Device(swap_s=1e-6)},
        {"qkd_hardware": "gys-2004"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_other_hardware_has_another_id(changed: dict, plain_id: str) -> None:
    assert identity_of(**changed) != plain_id


@pytest.fixture(scope="module")
def plain_id() -> str:
    return identity_of()


def test_equal_hardware_has_the_same_id(plain_id: str) -> None:
    assert identity_of() == identity_of(hardware=None, link=[link(0.98, 0.25), link(0.98, 0.25)]) == plain_id


def test_limits_are_in_the_id(monkeypatch: pytest.MonkeyPatch) -> None:
    chain, options = Network.chain([10.0], hardware="trapped-ion"), {"pairs": 1, "replicas": 1, "max_sim_time_s": 1e-9}

    def made(max_span_km: float | None) -> str:
        return qnet.compare(chain, max_span_km=max_span_km, **options).provenance["id"]

    plain, longer = made(None), made(20.0)
    assert plain != longer != made(30.0)  # though none of them inserts a station
    monkeypatch.setattr("qnet.case.ERROR_CORRECTION_EFFICIENCY", 1.2)
    assert made(None) != plain


def test_a_tap_is_in_the_id(plain_id: str) -> None:
    assert identity_of(link=link(0.98, 0.25).with_taps(move())) != plain_id


def test_a_swap_is_in_the_id() -> None:
    noisy = Device(swap=bell_measurement(Noise.from_numbers(two_qubit_depolarising=0.01)))
    assert identity_of(hardware=noisy) != identity_of(hardware=Device())


def test_given_numbers_borrow_no_preset_s_name(comparison) -> None:
    assert comparison.hardware.repeater == "given by numbers"
    assert all(name.startswith("decoy-bb84-1ghz") for name in comparison.hardware.assumed)
    assert not any("today" in note for note in comparison.notes)  # today's repeaters would have links of their own
    fibre = qkd_hardware("decoy-bb84-1ghz").fibre
    assert comparison.route_bits_per_use.value == pytest.approx(plob_bits_per_use(fibre.transmission(20.0)))
    assert comparison.chain_bits_per_use.value == pytest.approx(plob_bits_per_use(fibre.transmission(10.0)))


def test_bounds_are_those_of_the_better_fibre() -> None:
    lossy = replace(
        qkd_hardware("decoy-bb84-1ghz"), fibre=replace(qkd_hardware("decoy-bb84-1ghz").fibre, connector_loss_db=3.0)
    )
    ours = repeater_hardware("rb-atom-projected")
    made = qnet.compare(
        Network.chain([20.0, 30.0], hardware=ours, qkd_hardware=lossy), pairs=1, replicas=1, max_sim_time_s=1e-9
    )
    assert made.chain_bits_per_use.value == pytest.approx(plob_bits_per_use(ours.fibre.transmission(30.0)))


def test_nothing_in_time_is_a_row_of_zeros_with_bounds() -> None:
    slow = Network.chain([10.0, 10.0], link=link(0.98, 1e-9))
    made = qnet.compare(slow, pairs=10, replicas=2, max_sim_time_s=0.5)
    for row in made.strategies[3:]:
        assert (row.secret_key_rate_bps.value, row.pair_rate_hz.value, row.pairs) == (0, 0, 0)
        assert math.isfinite(row.secret_key_rate_bps.high)
        assert row.stopped_by == "sim-time"
        assert row.time_to_256_bits_s is row.first_pair_s is row.fidelity is None


def test_a_device_without_links_is_one_clear_error() -> None:
    with pytest.raises(InvalidArgument, match="hardware") as refused:
        qnet.compare(Network.chain([10.0], hardware=Device()), pairs=1)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize("name", ["pairs", "replicas", "max_sim_time_s", "session_s", "trusted_every"])
def test_limits_below_one_are_refused(name: str) -> None:
    with pytest.raises(InvalidArgument, match=name):
        qnet.compare(network(), **{name: 0})


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        *(("pairs", wrong) for wrong in ("x", math.inf, math.nan, 2.5, None)),
        *(("replicas", wrong) for wrong in ("a", 2.7, math.nan)),
        *(("sweep_km", wrong) for wrong in (5, None, "50", [0])),
    ],
)
def test_what_is_no_such_number_is_refused_in_one_line(name: str, wrong: object) -> None:
    with pytest.raises(InvalidArgument, match=rf"^Argument `{name}` must be .*, but is "):
        qnet.compare(network(), **{name: wrong})


def swept(**changed: object) -> list:
    """The repeater's rows of two points so near each other that only chance can tell them apart."""
    options = {"pairs": 50, "replicas": 1, "sweep_km": [20.0, 20.0 + 1e-9]} | changed
    made = qnet.compare(Network.chain([10.0, 10.0], hardware="trapped-ion"), **options)
    return list(made.sweep.rows("repeater-bbm92"))


def test_points_of_a_sweep_draw_numbers_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qnet.sweep.improvement_factor", lambda _case, _rows: None)  # searched for in vain here
    first, second = swept()
    assert first.pair_rate_hz.value != pytest.approx(second.pair_rate_hz.value, rel=1e-6)
    first, second = swept(common_random_numbers=True)
    assert first.pair_rate_hz.value == pytest.approx(second.pair_rate_hz.value, rel=1e-6)


def test_no_two_runs_share_a_replica_unless_all_do(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    load = qnet.case._protocol

    class Watched:
        def __init__(self, name: str) -> None:
            self.protocol = load(name)

        def run(self, *ends: object, **options: object) -> object:
            asked.append(options["replica"])
            return self.protocol.run(*ends, **options)

    monkeypatch.setattr("qnet.case._protocol", Watched)
    monkeypatch.setattr("qnet.sweep.improvement_factor", lambda _case, _rows: None)
    ours = Network.chain([10.0], hardware=replace(repeater_hardware("trapped-ion"), epoch="today"))
    qnet.compare(ours, pairs=1, replicas=2, max_sim_time_s=1e-6, sweep_km=[5.0, 6.0, 7.0])
    assert len(asked) == len(set(asked)) > 3 * len(ORDER)


def test_one_error_correction_for_all_rows_whatever_the_hardware_says() -> None:
    gys = Network.chain([20.0], link=link(0.98, 0.25), qkd_hardware="gys-2004")
    made = qnet.compare(gys, pairs=100, replicas=1)
    stop = Stop(pairs=qnet.case.CLICKS, seconds=86_400.0)
    same, own = (
        decoy_bb84.run(gys, stop=stop, **given).row("direct-bb84")
        for given in ({"error_correction_efficiency": 1.16}, {})
    )
    assert replace(made["direct-bb84"], finite_key_bits=None, detects={}) == same
    assert made["direct-bb84"].secret_key_rate_bps.value > 1.01 * own.secret_key_rate_bps.value


@pytest.mark.parametrize("strategy", qnet.strategies.STRATEGIES, ids=lambda strategy: strategy.name)
def test_every_protocol_takes_its_error_correction(strategy: qnet.strategies.Strategy) -> None:
    def rate_bps(f: float) -> float:
        result = qnet.case._protocol(strategy.protocol).run(
            network(), stop=Pairs(2000), seed=1, error_correction_efficiency=f
        )
        return result.row(strategy.name).secret_key_rate_bps.value

    assert rate_bps(1.16) > rate_bps(1.5) > 0


def test_results_state_their_switches(comparison) -> None:
    assert comparison.to_json()["conventions"] == {
        "classical_delay": "fibre",
        "restart": "pipelined",
        "ends": "measure at their own herald",
        "swap": "deterministic",
        "error_correction_efficiency": 1.16,
        "sifting_factor": 1,
        "session_s": 3600.0,
        "session_epsilon": 1e-10,
        "session_deviations": 5.0,
        "trusted_every": 2,
    }
    assert "restart pipelined" in str(comparison)


@pytest.mark.parametrize(("hardware", "told"), [("colour-centre", True), ("trapped-ion", False)])
def test_what_storage_leaves_out_is_told(hardware: str, told: bool) -> None:
    chain = Network.chain([10.0, 10.0], hardware=hardware)
    made = qnet.compare(chain, pairs=1, replicas=1, max_sim_time_s=1e-9)
    assert any(note.startswith("Not modelled: dephasing") for note in made.notes) == told


def random_lengths(number: int) -> list[float]:
    stream = Stream(11, Purpose.DEVICE, f"random chain {number}")
    return [5 + 60 * stream.uniform() for _ in range(1 + int(4 * stream.uniform()))]


@pytest.mark.parametrize("number", [0, 1, *(pytest.param(k, marks=pytest.mark.validate) for k in range(2, 12))])
def test_no_strategy_beats_its_bound(number: int) -> None:
    hardware, lengths_km = repeater_hardware("rb-atom-projected").improved(5), random_lengths(number)
    chain = Network.chain(lengths_km, hardware=hardware)
    stop = Stop(pairs=300, seconds=600.0)
    spans = chain_bits_per_use([hardware.fibre.transmission(length_km) for length_km in lengths_km])
    assert bbm92.run(chain, stop=stop, seed=number).row().key_per_channel_use.low < spans
    assert trusted_bbm92.run(chain, stop=stop, seed=number).row("trusted").key_per_channel_use.low < spans
    bare = plob_bits_per_use(hardware.fibre.transmission(sum(lengths_km)))
    direct = decoy_bb84.run(chain, stop=Pairs(10**7), seed=number).row().key_per_channel_use
    assert direct.low <= bare
    assert direct.value < bare


def test_today_s_figures_say_first_what_is_above_zero() -> None:
    nothing = Quantity.exact(0.0)
    rates = {"a": nothing, "b": Quantity(2.0, 1.9, 2.1), "c": Quantity(0.0, 0.0, 0.3), "d": nothing}
    assert _positive_first(rates) == "b 2.0 ± 0.1; less than 0.3 for c; 0 for a, d"


def test_hops_that_take_turns_are_told() -> None:
    ours = replace(repeater_hardware("trapped-ion"), optical_interfaces=1)
    for lengths_km, told in (([10.0, 10.0], True), ([10.0], False)):
        made = qnet.compare(Network.chain(lengths_km, hardware=ours), pairs=1, replicas=1, max_sim_time_s=1e-9)
        assert any(note.startswith("One optical interface a node") for note in made.notes) == told
