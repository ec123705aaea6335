export { collectorExporter, localExporter } from "./exporters.ts";
export { createGateway, type Gateway, type GatewayOptions } from "./gateway.ts";
export type { RunAttributes } from "./recorder.ts";
export { rootSpanIdOf, traceIdOf } from "./run-id.ts";
