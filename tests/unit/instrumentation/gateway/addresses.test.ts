import { traceIdOf } from "@culprit/instrumentation/gateway";
import { describe, expect, it } from "vitest";
import { outcomeAddress, parseAddress } from "../../../../instrumentation/gateway/address.ts";
import { identify } from "../../../../instrumentation/gateway/identity.ts";

describe("the path of a call", () => {
  it.each([
    ["/v1/chat/completions", { run: "", agent: "", path: "/chat/completions" }],
    ["/runs/r1/v1/models", { run: "r1", agent: "", path: "/models" }],
    ["/agents/Planner/v1/responses", { run: "", agent: "Planner", path: "/responses" }],
    ["/runs/r%201/agents/Code%20Reviewer/v1/x", { run: "r 1", agent: "Code Reviewer", path: "/x" }],
    ["/v1//chat/completions", { run: "", agent: "", path: "/chat/completions" }],
    ["/v1", { run: "", agent: "", path: "/" }],
  ])("%s", (path, address) => expect(parseAddress(path)).toEqual(address));

  it.each(["/", "/runs/r1", "/runs//v1/models", "/v2/models", "/runs/r1/agents/v1/models", "/api/v1/traces"])(
    "%s is no call",
    (path) => expect(parseAddress(path)).toBeUndefined(),
  );

  it.each([
    "/v1/../admin",
    "/v1/%2e%2e/admin",
    "/v1/files/..%2f..%2fadmin",
    "/v1/a%5cb",
    "/v1/a\\b",
    "/v1/%",
    "/v1/a%0d%0ahost:x",
    "/runs/a%0ab/v1/models",
    `/runs/${"r".repeat(300)}/v1/models`,
    "/runs/a%E2%80%AEb/v1/models",
  ])("%s is refused", (path) => {
    expect(() => parseAddress(path)).toThrow(expect.objectContaining({ code: "invalid_path" }));
  });

  it("of an outcome", () => {
    expect(outcomeAddress("/runs/r%201/outcome")).toBe("r 1");
    expect(outcomeAddress("/runs/r1/agents/a/outcome")).toBeUndefined();
  });
});

describe("whose call it is", () => {
  const none = { run: "", agent: "" };
  const trace = "0af7651916cd43dd8448eb211c80319c";
  const all = {
    "x-culprit-run": "header%20run",
    "x-culprit-agent": "Header Agent",
    baggage: "other=1, culprit.run=baggage%20run;p=1 ,culprit.agent=Baggage%20Agent,gen_ai.agent.name=Pydantic",
    traceparent: `00-${trace}-b7ad6b7169203331-00`,
  };

  it("the path says before a header, a header before baggage", () => {
    expect(identify({ run: "path run", agent: "Path Agent" }, all)).toMatchObject({
      run: "path run",
      agent: "Path Agent",
    });
    expect(identify(none, all)).toMatchObject({ run: "header run", agent: "Header Agent" });
    expect(identify(none, { baggage: all.baggage })).toMatchObject({ run: "baggage run", agent: "Baggage Agent" });
    expect(identify(none, { baggage: "gen_ai.agent.name=Pydantic" })).toMatchObject({ run: "", agent: "Pydantic" });
    expect(identify(none, {})).toEqual({ run: "", agent: "", caller: undefined });
  });

  it("a valid traceparent names the caller's span, sampled or not", () => {
    expect(identify(none, all).caller).toMatchObject({ traceId: trace, spanId: "b7ad6b7169203331" });
    for (const broken of [
      "",
      "00-1-2-3",
      `ff-${trace}-b7ad6b7169203331-01`,
      `00-${"0".repeat(32)}-b7ad6b7169203331-01`,
    ]) {
      expect(identify(none, { traceparent: broken }).caller, broken).toBeUndefined();
    }
  });

  it("a name that is none is refused", () => {
    expect(() => identify(none, { "x-culprit-run": "a%0Ab" })).toThrow(
      expect.objectContaining({ code: "invalid_path" }),
    );
  });

  it("a run's trace id is its name where that is one, else always the same hash", () => {
    expect(traceIdOf(trace.toUpperCase())).toBe(trace);
    expect(traceIdOf("order-42")).toMatch(/^[0-9a-f]{32}$/);
    expect(traceIdOf("order-42")).toBe(traceIdOf("order-42"));
    expect(traceIdOf("order-43")).not.toBe(traceIdOf("order-42"));
    expect(traceIdOf("0".repeat(32))).not.toBe("0".repeat(32));
  });
});
