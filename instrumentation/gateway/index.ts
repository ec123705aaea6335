export { collectorExporter, localExporter } from "./exporters.ts";
export { createGateway } from "./gateway.ts";
export type { Gateway, GatewayOptions } from "./options.ts";
export type { RunAttributes } from "./recorder.ts";
export { rootSpanIdOf, traceIdOf } from "./run-id.ts";
export { Upstream } from "./upstream.ts";
