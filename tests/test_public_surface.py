"""The public names, held by a list: adding or taking one away is a decision, made here in the open."""

import importlib

import pytest

SURFACE = {
    "qnet": """Behaviour CircuitError Device Edge FileError InvalidArgument Link Network NoRoute NodeView Outcome Pair
        Pairs Purification QnetError Request Route Seconds Session Simulation Stop UnitWarning
        UnknownName compare run""",
    "qnet.quantum": """Aer Assignment BELL_NAMES Batch Compiled Engine GateNoise Half Instrument NOISELESS
        NO_WAITING Noise Operation Readout Relaxation State Waiting bell_measurement bell_pair measurement
        move PairDetection pair_detection
        Purification bbpssw dejmps double_selection epl pumped three_to_one twirl
        LINEAR_OPTICS_FAILED linear_optics_bell_measurement pauli_measurement remote_cnot teleportation
        ghz_fusion ghz_projection entangling_probe intercept_resend misalignment pauli_preparation""",
    "qnet.hardware": """ClassicalChannel Coexistence FreeSpace Overpass ReceivingTelescope SKY_CLEAR_DAY
        SKY_FULL_MOON SKY_MOONLESS SatelliteDownlink SendingTelescope
        Detector DetectorHardware Fibre Memory PairSource PhotonInterface PhotonShape Processor QkdHardware
        RepeaterHardware Storage WeakCoherentSource detector_hardware preset preset_names qkd_hardware
        repeater_hardware""",
    "qnet.keys": """ERROR_CORRECTION_EFFICIENCY RelayedKey SiftedBits SinglePhotons bbm92_fraction binary_entropy
        chsh_value decoy_key_per_pulse device_independent_fraction honest_probability relay relay_rate sift
        six_state_fraction vacuum_weak_bounds
        Authenticator KeyBalance KeyId KeyStore ParityOracle ParityQuestion Reconciled Reconciler StoredKey
        TaggedMessage Verified cascade cascade_questions forgery_probability toeplitz_hash toeplitz_seed
        verification_bits verify
        DecoyChoice DecoyCounts DecoySession EpsilonBudget ProvedClicks PulseChannel SinglePhotonSession clopper_pearson
        expected_counts hypergeometric_upper optimal_decoy_session optimal_single_photon_session serfling_deviation
        LinearDecoyBound cautious_session linear_decoy_bound sifting_factor tolerable_error_rate Alarm watch Distilled
        ForgedMessage KeyExhausted distil
        ExpectedErrors SinglePhotonPlan certain_count filled_decoy_session plan_single_photons""",
    "qnet.bounds": """AfterpulsingReceiver Attempts LinearReceiver Receiver ThresholdReceiver chain_bits_per_use
        gllp_key_per_pulse infinite_decoy_key_per_pulse long_fibre_intensity maximal_distance_km mean_longest_wait
        optimal_intensity optimal_spacing_km optimal_vacuum_weak plob_bits_per_use tgw_bits_per_use
        trusted_over_repeater_rate vacuum_weak_key_per_pulse""",
    "qnet.attacks": """ATTACKS Attack CompromisedNode DishonestRepeater EntanglingProbe Facts InterceptResend Knowledge
        MessageForgery PhotonNumberSplitting along checked_attack holevo_bits link_branches parse""",
    "qnet.experiment": """BatchMeans BetaPosterior Comparison Crossing DeliveryCounts Estimate GammaPosterior
        HardwareRecord LogHistogram OutcomeCounts Quantity RouteRecord StrategyRow Sweep SweepPoint binomial_interval
        mean_interval poisson_interval propagate provenance run_id AttackReport KeyRun Observed""",
}


@pytest.mark.parametrize("package", SURFACE)
def test_public_names_are_these(package: str) -> None:
    module = importlib.import_module(package)
    assert set(module.__all__) == set(SURFACE[package].split())
    assert len(module.__all__) == len(set(module.__all__))


@pytest.mark.parametrize("package", SURFACE)
def test_public_names_exist_and_are_explained(package: str) -> None:
    module = importlib.import_module(package)
    for name in module.__all__:
        value = getattr(module, name)
        assert not callable(value) or (value.__doc__ or "").strip(), f"{package}.{name} has no docstring"


def test_the_top_level_stays_small_and_its_docstring_maps_it() -> None:
    qnet = importlib.import_module("qnet")
    assert len(qnet.__all__) <= 30
    unmapped = [name for name in qnet.__all__ if f"`{name}`" not in qnet.__doc__ and not name.endswith("Error")]
    assert not set(unmapped) - {
        "InvalidArgument",
        "UnknownName",
        "NoRoute",
        "Simulation",
        "Edge",
        "Behaviour",
        "NodeView",
    }
