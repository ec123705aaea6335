"""One run through the OpenTelemetry SDK for Python: spans, log records and a metric, to the collector of argv[1]."""

import json
import sys

from opentelemetry import trace
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

url = sys.argv[1]
compression = Compression(sys.argv[2])
resource = Resource.create({"service.name": "python-agents"})

tracing = TracerProvider(resource=resource)
tracing.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{url}/v1/traces", compression=compression)))
logging = LoggerProvider(resource=resource)
logging.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(f"{url}/v1/logs", compression=compression)))
reader = PeriodicExportingMetricReader(OTLPMetricExporter(f"{url}/v1/metrics", compression=compression))
metering = MeterProvider(resource=resource, metric_readers=[reader])

tracer = tracing.get_tracer("opentelemetry.instrumentation.openai_v2", "2.3b0")
logger = logging.get_logger("opentelemetry.instrumentation.openai_v2", "2.3b0")
metering.get_meter("peer").create_counter("calls").add(1)


def event(name, body):
    """Log records of a span carry its context by themselves."""
    severity = SeverityNumber.INFO
    logger.emit(LogRecord(event_name=name, body=body, severity_number=severity, context=None))


with tracer.start_as_current_span("invoke_workflow sort", attributes={"culprit.task": "Sort a list"}) as root:
    agent = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "Planner"}
    with tracer.start_as_current_span("invoke_agent Planner", attributes=agent):
        chat = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 2**40}
        with tracer.start_as_current_span("chat m", kind=trace.SpanKind.CLIENT, attributes=chat):
            event("gen_ai.user.message", {"content": "Sort a list"})
            event("gen_ai.choice", {"index": 0, "message": {"role": "assistant", "content": "sorted()"}})
    trace_id = trace.format_trace_id(root.get_span_context().trace_id)

flushed = [tracing.force_flush(), logging.force_flush(), metering.force_flush()]
for provider in (tracing, logging, metering):
    provider.shutdown()
print(json.dumps({"trace_id": trace_id, "flushed": flushed}))
