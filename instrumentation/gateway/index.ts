export { collectorExporter, localExporter } from "./exporters.ts";
export { createGateway, type Gateway, type GatewayOptions } from "./gateway.ts";
export { rootSpanIdOf, traceIdOf } from "./run-id.ts";
