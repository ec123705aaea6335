import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { JsonTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { SpanExporter } from "@opentelemetry/sdk-trace-base";

/** The queue tries again by itself, so one export is given up early. */
const EXPORT_TIMEOUT_MS = 3000;

/** Sends spans to a collector. @param options.url such as `http://localhost:4318` */
export function collectorExporter(options: { url: string; apiKey?: string | undefined }): SpanExporter {
  return new OTLPTraceExporter({
    url: `${options.url.replace(/\/+$/, "")}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
    headers: options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` },
  });
}

/** Hands spans to a collector in the same process. @param receive answers like `POST /v1/traces` */
export function localExporter(receive: (request: Request) => Promise<Response>): SpanExporter {
  const send = async (body: Uint8Array<ArrayBuffer>): Promise<Error | undefined> => {
    const headers = { "content-type": "application/json" };
    const answer = await receive(new Request("http://localhost/v1/traces", { method: "POST", headers, body }));
    return answer.ok ? undefined : Object.assign(new Error(await answer.text()), { code: answer.status });
  };
  return {
    export(spans, done) {
      const body = JsonTraceSerializer.serializeRequest(spans) as Uint8Array<ArrayBuffer> | undefined;
      if (body === undefined) return done({ code: 1, error: new Error("The spans can't be written as JSON.") });
      send(body).then(
        (error) => done(error === undefined ? { code: 0 } : { code: 1, error }),
        (error: Error) => done({ code: 1, error }),
      );
    },
    shutdown: async () => undefined,
  };
}
