"""What an offer says."""

from qnet.network.topology import Network


def test_a_refused_reservation_is_offered_with_its_time_and_taken_up_by_who_asks_for_it():
    line = Network.chain([20.0, 20.0], hardware="rb-atom-projected")
    simulation = line.simulate(seed=1, scheduling="reserved")
    first = simulation.request("n0", "n2", pairs=30, deadline_s=1.0)
    late = simulation.request("n1", "n2", pairs=30, deadline_s=0.03)
    simulation.run(until_s=1e-3)
    assert (first.status, late.status) == ("accepted", "refused")
    offer = late.best_offer
    assert f", from {offer.starts_s:.4g} to {offer.ends_s:.4g} s (predicted" in str(offer)
    again = simulation.request("n1", "n2", pairs=30, deadline_s=offer.ends_s + 1e-3)
    simulation.run()
    assert (again.status, again.last_delivery_s > offer.starts_s) == ("served", True)


def test_an_offer_without_a_reservation_has_no_time():
    request = Network.chain([20.0], hardware="rb-atom-projected").simulate(seed=1).request("n0", "n1", pairs=1)
    assert ", from" not in str(request.plan)
