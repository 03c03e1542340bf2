"""A made-up comparison with everything a real one can hold: zeros, open ends, what does not apply."""

import math

from qnet.experiment import Comparison, HardwareRecord, Quantity, RouteRecord, StrategyRow, Sweep, SweepPoint


def near(value, share=0.01):
    return Quantity(value, value * (1 - share), value * (1 + share))


def bb84(name, rate, trusted=0):
    return StrategyRow(
        name=name, epoch="today", trusted_nodes=trusted, untrusted_stations=0, attempts_hz=Quantity.exact(1e9),
        pair_rate_hz=near(3.1e6, 1e-6), qber_z=near(0.0103), qber_x=near(0.011), secret_fraction=near(0.65, 1e-5),
        key_per_channel_use=rate.scaled(1e-9), secret_key_rate_bps=rate, pairs=1_000_000, stopped_by="pairs",
        finite_key_bits=near(1.23456e8), detects={"photon-number-splitting": True, "compromised-node": False},
    )  # fmt: skip


def entangled(name, rate, **others):
    return StrategyRow(
        name=name, epoch="projected", trusted_nodes=0, untrusted_stations=5, attempts_hz=Quantity.exact(1234.5),
        pair_rate_hz=near(12.345, 1e-4), fidelity=near(0.94123, 1e-4), qber_z=near(0.1058), qber_x=near(0.071, 1e-4),
        secret_fraction=near(0.31, 0.1), key_per_channel_use=rate.scaled(1 / 1234.5), secret_key_rate_bps=rate,
        time_to_256_bits_s=Quantity(80.0, 64.0, math.inf) if rate.value else None, pairs=100, stopped_by="sim-time",
        **others,
    )  # fmt: skip


ROWS = (
    bb84("direct-bb84", near(2.02e6, 1e-4)),
    bb84("trusted-bb84", near(2.1e7), trusted=2),
    entangled("trusted-bbm92", Quantity(5.0, 0.0, 9.0)),
    entangled("repeater-bbm92", Quantity(0.0, 0.0, 0.0)),
    entangled("repeater-e91", Quantity(0.0, 0.0, 0.31), chsh=near(2.38), ordinary_key_rate_bps=near(1.58)),
)


def sweep(*rates_of_points):
    """Sweep two strategies over 100, 200, ... km at the rates given."""
    names = ("direct-bb84", "repeater-bbm92")
    return Sweep(
        points=tuple(
            SweepPoint(
                length_km=100.0 * number,
                strategies=tuple(bb84(name, near(rate)) for name, rate in zip(names, rates, strict=True)),
                route_bits_per_use=Quantity.exact(10.0**-number),
                improvement_factor=3.0 if number == 1 else None,
            )
            for number, rates in enumerate(rates_of_points, start=1)
        )
    )


COMPARISON = Comparison(
    network="surfnet",
    route=RouteRecord(
        nodes=("Delft", "Breda", "Eindhoven"),
        lengths_km=(80.5, 82.1),
        route_factor=1.5,
        lengths_source="straight lines",
    ),
    seed=7,
    hardware=HardwareRecord(repeater="rb-atom-projected", qkd="decoy-bb84-1ghz", assumed=("visibility", "gate error")),
    strategies=ROWS,
    route_bits_per_use=Quantity.exact(7.9e-4),
    provenance={"id": "0123"},
    timings={"total_s": 1.5},
    conventions={
        "classical_delay": "fibre",
        "error_correction_efficiency": 1.16,
        "session_s": 3600.0,
        "session_epsilon": 1e-10,
        "session_deviations": 5.0,
    },
    notes=("With today's hardware the repeater gives nothing.",),
)
