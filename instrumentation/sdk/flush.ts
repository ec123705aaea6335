import { trace } from "@opentelemetry/api";

interface Flushable {
  forceFlush?: () => Promise<void>;
  getDelegate?: () => Flushable;
}

/** Asks whoever was set up to trace to send what waits. Never rejects. */
export async function flushSpans(): Promise<void> {
  const registered = trace.getTracerProvider() as Flushable;
  const provider = registered.getDelegate?.() ?? registered;
  await provider.forceFlush?.().catch(() => undefined);
}
