"""Sends spans of `flowengine.runtime.tracing` to an OpenTelemetry collector (OTLP over HTTP), in a thread of its own.

OpenTelemetry is an extra that need not be installed; nothing else in this package imports it.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from flowengine import DISTRIBUTION, __version__
from flowengine.cli.amounts import number
from flowengine.runtime.tracing import Span

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

REFUSED = 2
STOP_S = 2.0
"""What still waits when the engine stops has so long to leave; a collector that is away must not hold it up."""
log = logging.getLogger("flowengine.traces")


def add_trace_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments that say what is traced and where the traces go."""
    parser.add_argument(
        "--traces", metavar="URL", help="send traces of sampled messages to this OpenTelemetry collector (OTLP/HTTP)"
    )
    parser.add_argument(
        "--trace-sample", type=number(0, 1), default=0.01, metavar="SHARE",
        help="share of the batches of sources that are traced (default %(default)s, at most 50 a second)",
    )  # fmt: skip


def start_traces(options: argparse.Namespace) -> Traces | None:
    """Where spans go, None when nobody wants them. Raises `SystemExit` when it cannot be had."""
    if options.traces is None:
        return None
    url = urlsplit(options.traces)
    if url.scheme not in ("http", "https") or not url.hostname or url.username or url.password:
        _refuse("--traces takes http://HOST:PORT or https://HOST:PORT (credentials: OTEL_EXPORTER_OTLP_HEADERS)")
    try:
        return Traces(options.traces if url.path.strip("/") else f"{options.traces.rstrip('/')}/v1/traces")
    except ImportError:
        _refuse(f"--traces needs OpenTelemetry, which is not installed: pip install '{DISTRIBUTION}[otel]'")


class Traces:
    """Takes spans that are over; they wait, at most 2,048 of them, for the thread that sends them.

    The variables OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_BSP_* and OTEL_EXPORTER_OTLP_* count as ever.
    Raises ImportError where OpenTelemetry is not installed.
    """

    def __init__(self, url: str):
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        # The exporter complains about every try, several times a minute; `_Heard` says it once.
        logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
        self._converted = _converter(Resource.create({"service.version": __version__, **_service_name()}))
        self._processor = BatchSpanProcessor(_heard(OTLPSpanExporter(endpoint=url), urlsplit(url).netloc))

    def __call__(self, span: Span) -> None:
        """Never waits: what does not fit is left out."""
        self._processor.on_end(self._converted(span))

    def stop(self) -> None:
        """Send what waits, for a moment."""
        stopping = threading.Thread(target=self._processor.shutdown, daemon=True)
        stopping.start()
        stopping.join(STOP_S)


def _service_name() -> dict[str, str]:
    """The name for collectors, where the environment gives none."""
    named = "OTEL_SERVICE_NAME" in os.environ or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")
    return {} if named else {"service.name": "flowengine"}


def _heard(exporter: SpanExporter, collector: str) -> SpanExporter:
    """The exporter, logging when the collector is away and when it is back."""
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    class Heard(SpanExporter):
        away = False

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            result = exporter.export(spans)
            away = result is not SpanExportResult.SUCCESS
            if away != self.away:
                self.away = away
                log.log(logging.WARNING if away else logging.INFO, "trace collector %s: %s", collector,
                        "away, its traces are left out" if away else "is back")  # fmt: skip
            return result

        def shutdown(self) -> None:
            exporter.shutdown()

    return Heard()


def _converter(resource: Any) -> Callable[[Span], ReadableSpan]:
    from opentelemetry.sdk.trace import Event, ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

    kinds = {"internal": SpanKind.INTERNAL, "consumer": SpanKind.CONSUMER, "client": SpanKind.CLIENT}
    sampled, scope = TraceFlags(TraceFlags.SAMPLED), InstrumentationScope("flowengine", __version__)

    def converted(span: Span) -> ReadableSpan:
        trace = span.trace
        attributes = {"flowengine.flow": trace.flow, **span.attributes}
        if span.fault:
            attributes["error.type"] = span.fault
        return ReadableSpan(
            span.name,
            SpanContext(trace.id, span.id, False, sampled),
            SpanContext(trace.id, span.parent_id, False, sampled) if span.parent_id else None,
            resource,
            attributes,
            [Event(name, timestamp=at_ns) for name, at_ns in span.events],
            kind=kinds[span.kind],
            status=Status(StatusCode.ERROR if span.fault else StatusCode.UNSET),
            start_time=span.start_ns,
            end_time=span.end_ns,
            instrumentation_scope=scope,
        )

    return converted


def _refuse(reason: str) -> NoReturn:
    print(f"flowengine: {reason}", file=sys.stderr)
    raise SystemExit(REFUSED)
