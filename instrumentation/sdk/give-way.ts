import { context, propagation, type TracerProvider, trace } from "@opentelemetry/api";

/**
 * Lets an OpenTelemetry set-up that comes after ours have the places we took: the API gives each to who comes first,
 * and would turn the other away without its exporters ever seeing a span. Contexts stay ours, because runs that are
 * under way are in them; ours follow asynchronous work as those of every Node set-up do.
 *
 * @param taken told the tracer provider that came, once it is registered
 * @returns takes this back
 */
export function giveWay(taken: (provider: TracerProvider) => void): () => void {
  const restore = (): void => {
    // Own properties of the API's objects, in front of their classes' methods.
    for (const [api, method] of [
      [trace, "setGlobalTracerProvider"],
      [propagation, "setGlobalPropagator"],
      [context, "setGlobalContextManager"],
    ] as const) {
      Reflect.deleteProperty(api, method);
    }
  };
  trace.setGlobalTracerProvider = (provider) => {
    restore();
    trace.disable();
    const registered = trace.setGlobalTracerProvider(provider);
    if (registered) taken(provider);
    return registered;
  };
  propagation.setGlobalPropagator = (propagator) => {
    Reflect.deleteProperty(propagation, "setGlobalPropagator");
    propagation.disable();
    return propagation.setGlobalPropagator(propagator);
  };
  context.setGlobalContextManager = () => false;
  return restore;
}
