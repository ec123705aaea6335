export { collectorExporter, localExporter } from "./exporters.ts";
export { createGateway } from "./gateway.ts";
export type { Gateway, GatewayOptions } from "./options.ts";
export { rootSpanIdOf, traceIdOf } from "./run-id.ts";
