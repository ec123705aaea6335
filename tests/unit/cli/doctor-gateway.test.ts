import { expect, it } from "vitest";
import { checkGateway } from "../../../cli/gateway-check.ts";
import { scriptedEndpoint, sendJson } from "../instrumentation/scripted-endpoint.ts";

it("culprit doctor says whether the gateway's upstream answers, and shows it no key", async () => {
  const endpoint = await scriptedEndpoint((_, response) => sendJson(response, { error: { message: "no key" } }, 401));
  expect((await checkGateway(endpoint.url)).detail).toBe(`${endpoint.url}/v1 answers 401; it wants the caller's key`);
  expect(endpoint.requests[0]).toMatchObject({ path: "/v1/models" });
  expect(endpoint.requests[0]?.headers.authorization).toBeUndefined();
  await endpoint.close();
  await expect(checkGateway(endpoint.url)).rejects.toThrow(expect.objectContaining({ code: "upstream_unreachable" }));
});
