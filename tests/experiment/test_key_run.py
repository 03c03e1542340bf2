import json
from dataclasses import replace

import numpy as np
import pytest

from qnet.errors import InvalidArgument
from qnet.experiment import AttackReport, KeyRun, Quantity, RouteRecord

KEY = np.array([0, 1, 1, 0] * 50, np.uint8)
ROUTE = RouteRecord(nodes=("a", "b"), lengths_km=(10.0,))
RUN = KeyRun(
    protocol="bbm92",
    route=ROUTE,
    raw=1000,
    sifted=600,
    qber_z=Quantity(0.02, 0.01, 0.03),
    qber_x=Quantity(0.02, 0.01, 0.04),
    leaked_bits=90,
    authentication_bits=610,
    epsilon=1e-10,
    asymptotic_rate_bps=Quantity(900.0, 800.0, 1000.0),
    elapsed_s=0.5,
    declared={"expected_error_z": 0.015, "expected_error_x": 0.02, "tolerated_error": 0.04},
    alice_key=KEY,
    bob_key=KEY.copy(),
)


def test_rate_length_and_match_follow_from_the_keys() -> None:
    assert (RUN.secret_bits, RUN.secret_key_rate_bps, RUN.keys_match) == (200, Quantity.exact(400.0), True)
    assert replace(RUN, bob_key=1 - KEY).keys_match is False
    none = np.zeros(0, np.uint8)
    assert replace(RUN, alice_key=none, bob_key=none).keys_match is None


def test_no_bit_of_a_key_is_shown() -> None:
    told = json.dumps(RUN.to_json()) + str(RUN) + repr(RUN) + RUN._repr_html_()
    assert "0, 1, 1, 0" not in told
    assert "0 1 1 0" not in told


def test_the_table_says_what_there_is_to_know() -> None:
    text = str(RUN)
    for said in ("2.0 ± 1.0 %", "expected z 1.50 %, x 2.00 %, tolerated 4.00 %", "epsilon 1e-10", "400 bit/s", "same"):
        assert said in text
    assert "610 bits of shared key spent, 410 more than the key has" in text
    assert max(map(len, text.splitlines())) <= 100
    assert "no finite-key proof" in str(replace(RUN, epsilon=None))
    uneven = replace(RUN, declared={**RUN.declared, "key_error": 0.03})
    assert "x 2.00 %, tolerated z 3.00 %, x 4.00 %" in " ".join(str(uneven).split())


def test_what_e91_infers_is_told_from_what_it_measures() -> None:
    assert "inferred" not in str(RUN)
    assert "% (z inferred), key bits 3.80 %" in " ".join(str(replace(RUN, declared={"expected_error": 0.038})).split())


def test_an_aborted_run_has_a_reason_and_no_key() -> None:
    with pytest.raises(InvalidArgument, match="alice_key"):
        replace(RUN, reason="too many errors")
    none = np.zeros(0, np.uint8)
    run = replace(RUN, reason="too many errors", alice_key=none, bob_key=none)
    assert run.aborted
    assert "none: too many errors" in str(run)


def test_keys_of_unequal_length_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="bob_key"):
        replace(RUN, bob_key=KEY[:-1])


def test_an_attack_is_told_in_a_sentence() -> None:
    report = AttackReport(name="intercept-resend", parameters={"fraction": 0.25}, noticed=True, after_bits=1200)
    text = str(replace(RUN, attack=report))
    assert "intercept-resend (fraction=0.25): noticed after 1,200 sifted bits" in text
    assert replace(RUN, attack=report).to_json()["attack"]["parameters"] == {"fraction": 0.25}
    nothing = AttackReport(name="photon-number-splitting", noticed=False, applies=False)
    assert str(nothing) == "photon-number-splitting: does not apply."
