export { collectorExporter, localExporter } from "./exporters.ts";
<<<<<<< HEAD
export { createGateway, type Gateway, type GatewayOptions } from "./gateway.ts";
export type { RunAttributes } from "./recorder.ts";
=======
export { createGateway } from "./gateway.ts";
export type { Gateway, GatewayOptions } from "./options.ts";
>>>>>>> 8047a61e09d3819b8f9252f666ddb863c3236fb2
export { rootSpanIdOf, traceIdOf } from "./run-id.ts";
export { Upstream } from "./upstream.ts";
