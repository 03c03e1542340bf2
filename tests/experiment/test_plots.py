import io
from dataclasses import replace

import pytest

from qnet.errors import UnknownName
from qnet.experiment import Quantity

from .rows import COMPARISON, ROWS, sweep


def texts(axes):
    return " ".join(text.get_text() for text in axes.texts)


@pytest.fixture(scope="module")
def figure():
    return COMPARISON.plot()


def test_zero_is_drawn_with_its_upper_bound(figure):
    assert "0 (< 0.31 bit/s)" in texts(figure.axes[0])
    assert "does not apply" in texts(figure.axes[2])


def test_labels_stay_within_the_axes():
    rows = tuple(replace(row, fidelity=Quantity(0.995, 0.994, 0.996)) for row in ROWS)
    labels = replace(COMPARISON, strategies=rows).plot().axes[2].texts
    assert {text.get_ha() for text in labels} == {"right"}


def test_bounds_are_drawn_beside_the_key_per_channel_use(figure):
    labels = figure.axes[1].get_legend_handles_labels()[1]
    assert labels == ["bound of the bare route"]


def test_textbook_sifting_halves_the_rates():
    assert "1.010 ± 0.001 Mbit/s" in texts(COMPARISON.plot(sifting="textbook").axes[0])
    with pytest.raises(UnknownName, match="Unknown sifting"):
        COMPARISON.plot(sifting="none")


def test_a_comparison_without_any_key_can_be_drawn():
    rows = tuple(replace(row, secret_key_rate_bps=Quantity.exact(0.0), key_per_channel_use=None) for row in ROWS[:1])
    figure = replace(COMPARISON, strategies=rows, route_bits_per_use=None).plot()
    figure.set_layout_engine("none")  # the slow part of drawing
    figure.draw_without_rendering()
    rate, use, *_ = figure.axes
    assert texts(rate) == "0"
    assert texts(use) == "does not apply"
    assert rate.get_xlim()[0] > 0.0  # a logarithmic axis must not begin at zero


def test_drawing_leaves_pyplot_alone(figure):
    figure.set_layout_engine("none")
    figure.savefig(target := io.BytesIO(), dpi=20)
    assert target.getvalue().startswith(b"\x89PNG")
    assert figure.canvas.manager is None


def test_crossings_and_factors_are_written_into_the_sweep():
    use, rate, factor, words = sweep((1e4, 1e2), (1e0, 1e1)).plot(title="Over distance").axes
    assert "bound of the bare route" in use.get_legend_handles_labels()[1]
    assert texts(rate) == "1"
    assert texts(factor) == "3"
    assert "T1 and T2 become k times longer" in " ".join(texts(words).split())
    assert "repeater-bbm92 overtakes direct-bb84 between 100 and 200 km" in texts(words)


def test_a_curve_that_ends_in_zero_points_down_and_is_not_drawn_on():
    _, rate, factor, _ = sweep((1e4, 1e2), (1e0, 1e1), (0.0, 1e0), (0.0, 0.1)).plot().axes
    direct = next(line for line in rate.lines if line.get_label() == "direct-bb84")
    assert direct.get_xdata().tolist() == [100.0, 200.0]
    assert [text.xy[0] for text in rate.texts if text.get_text() == "0"] == [300.0]
    assert "↓ 0: no key at this length" in rate.get_legend_handles_labels()[1]
    assert factor.get_ylabel() == "improvement factor k"
