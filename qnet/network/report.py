"""What a simulation did for those who asked: a record of each request, an account of each tenant, and the totals."""

from __future__ import annotations

import csv
import html
import io
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qnet.experiment import Quantity
from qnet.experiment.text import duration, table, tight, with_unit
from qnet.network.records import RequestRecord, record_of
from qnet.network.requests import Request
from qnet.network.totals import TenantAccount, Totals, totals_of

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Report"]

_MOST_ROWS = 40
_WIDTH = 100
_NOTHING = "–"
_TENANT_HEADS = "tenant|requests|accepted|served|on\ntime|pairs|share|wait\np50|wait\np95|mean\nfidel."
_REQUEST_HEADS = "id|tenant|ends|status|pairs|rate|pre-\ndicted|mean\nfidel.|least\nfidel.|asked\nfor|wait\np95"
_LEGEND = "predicted: of the last plan, for the request alone on an idle network"
_Table = tuple[Sequence[str], list[list[str]]]


@dataclass(frozen=True, kw_only=True)
class Report:
    """The answers of a simulation, frozen; made by `Simulation.report`.

    Args:
        requests: one record each, in the order in which they were asked.
        tenants: one account each, in the order of their first requests.
        totals: over all requests.

    Print it, show it in a notebook, or take `to_frame()` (pandas), `to_csv()` or `to_json()`.

    >>> print(Report.of([], simulated_s=2.0))
    0 requests: 0 accepted, 0 refused, 0 served in 2 s
    0 pairs, 0 (< 1.84) Hz
    """

    requests: tuple[RequestRecord, ...]
    tenants: tuple[TenantAccount, ...]
    totals: Totals

    @classmethod
    def of(
        cls, requests: Iterable[Request], *, simulated_s: float, weights: Mapping[str, float] | None = None
    ) -> Report:
        """Sum up requests.

        Args:
            requests: of one simulation.
            simulated_s: how long it has run, in simulated seconds.
            weights: of the tenants, for their shares and Jain's index; 1 where a tenant has none.
        """
        records = [record_of(request, simulated_s) for request in requests]
        records.sort(key=lambda record: record.id)
        by_tenant: dict[str, list[RequestRecord]] = {}
        for record in records:
            by_tenant.setdefault(record.tenant, []).append(record)
        pairs = sum(record.delivered for record in records)
        tenants = tuple(
            TenantAccount.of(tenant, held, weight=(weights or {}).get(tenant, 1.0), pairs_of_all=pairs)
            for tenant, held in by_tenant.items()
        )
        return cls(requests=tuple(records), tenants=tenants, totals=totals_of(records, tenants, simulated_s))

    def to_json(self) -> dict[str, Any]:
        """Give ``{"requests", "totals", "tenants"}`` in plain values; quantities as ``{"value", "low", "high"}``."""
        return {
            "requests": [record.to_json() for record in self.requests],
            "totals": self.totals.to_json(),
            "tenants": [account.to_json() for account in self.tenants],
        }

    def to_csv(self) -> str:
        """Give a line of comma-separated text for each request, under a head."""
        rows = [record.to_row() for record in self.requests]
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]) if rows else ["id"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue()

    def to_frame(self) -> DataFrame:
        """Give a pandas table: a line for each request, each estimate with its ``_low`` and ``_high``."""
        from pandas import DataFrame

        return DataFrame.from_records(
            [record.to_row() for record in self.requests], index="id" if self.requests else None
        )

    def __str__(self) -> str:
        shown = self.requests[:_MOST_ROWS]
        said = [_LEGEND, *_plans_and_reasons(shown)]
        blocks = [table(*_request_table(shown)), "\n".join(said)] if shown else []
        if len(self.requests) > _MOST_ROWS:
            blocks.append(f"... and {len(self.requests) - _MOST_ROWS:,} more requests; to_frame() has them all.")
        if len(self.tenants) > 1:
            blocks.append(table(*_tenant_table(self.tenants)))
        return "\n\n".join([*blocks, "\n".join(_sentences(self.totals))])

    def _repr_html_(self) -> str:
        """Show the tables in a notebook."""
        tables = (_request_table(self.requests[:_MOST_ROWS]), _tenant_table(self.tenants))
        said = [_LEGEND, *_plans_and_reasons(self.requests[:_MOST_ROWS]), *_sentences(self.totals)]
        lines = "<br>".join(map(html.escape, said))
        return f"{''.join(_html(*each) for each in tables)}<p>{lines}</p>"


def _request_table(records: Sequence[RequestRecord]) -> _Table:
    return _REQUEST_HEADS.split("|"), [_cells(record) for record in records]


def _cells(record: RequestRecord) -> list[str]:
    asked = (("min", record.min_fidelity), ("mean", record.mean_fidelity))
    return [
        str(record.id),
        record.tenant or _NOTHING,
        f"{record.source} - {record.target}",
        record.status,
        f"{record.delivered:,}" + ("" if record.wanted is None else f"/{record.wanted:,}"),
        tight(with_unit(record.rate_hz, "Hz")),
        with_unit(record.predicted_rate_hz, "Hz"),
        _digits(record.fidelity, 4),
        _digits(record.lowest_fidelity, 4),
        ", ".join(f"{name} {least:.4g}" for name, least in asked if least) or _NOTHING,
        duration(record.latency_s["p95"]),
    ]


def _plans_and_reasons(records: Sequence[RequestRecord]) -> list[str]:
    """Say once what several requests have in common: how they were served, or why they were not."""
    ids: dict[str, list[str]] = {}
    for record in records:
        said = record.reason or record.plan or "no answer yet"
        before = [f"from {each.from_s:.4g} to {each.to_s:.4g} s {each.plan}" for each in record.earlier_plans]
        if before:
            said = f"{said} (before: {'; '.join(before)})"
        ids.setdefault(said, []).append(str(record.id))
    lines = (f"{', '.join(held)}: {said}" for said, held in ids.items())
    return [line for text in lines for line in textwrap.wrap(text, _WIDTH, subsequent_indent="  ")]


def _tenant_table(accounts: Sequence[TenantAccount]) -> _Table:
    rows = [
        [
            account.tenant or _NOTHING,
            *(str(number) for number in (account.requests, account.accepted, account.served)),
            _digits(account.on_time, 2),
            f"{account.pairs:,}",
            _digits(account.share, 3),
            *(duration(quantity) for quantity in account.waits_s.values()),
            _digits(account.fidelity, 4),
        ]
        for account in accounts
    ]
    return _TENANT_HEADS.split("|"), rows


def _sentences(totals: Totals) -> list[str]:
    """Say the totals in words."""
    lines = [
        f"{totals.requests:,} requests: {totals.accepted:,} accepted, {totals.refused:,} refused, "
        f"{totals.served:,} served in {totals.simulated_s:.6g} s"
    ]
    if totals.on_time is not None:
        lines.append(f"On time: {totals.on_time:±} of those accepted and over")
    lines.append(f"{totals.pairs:,} pairs, {with_unit(totals.rate_hz, 'Hz')}")
    if totals.fidelity is not None:
        lines[-1] += f", mean fidelity {_digits(totals.fidelity, 4)}, {totals.below_threshold:,} below what was asked"
    if totals.jain_index is not None:
        lines.append(f"Jain's index of fairness among tenants: {_digits(totals.jain_index, 3)}")
    return lines


def _digits(quantity: Quantity | None, digits: int) -> str:
    return _NOTHING if quantity is None else f"{quantity.value:.{digits}f}"


def _html(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{html.escape(head).replace(chr(10), '<br>')}</th>" for head in heads)
    body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
