import { describe, expect, it } from "vitest";
import { Upstream } from "../../../../instrumentation/gateway/upstream.ts";

describe("the upstream's address", () => {
  it.each([
    ["https://api.openai.com", "https://api.openai.com/v1"],
    ["https://api.openai.com/v1/", "https://api.openai.com/v1"],
    ["http://[::1]:8000", "http://[::1]:8000/v1"],
    ["https://x.openai.azure.com/openai/v1", "https://x.openai.azure.com/openai/v1"],
  ])("%s is %s", (url, normal) => expect(new Upstream({ url, silenceMs: 1000 }).url).toBe(normal));

  it.each(["https://user:password@api.example/v1", "https://api.example/v1?key=k", "https://api.example/v1#x"])(
    "%s is refused: it may hold a secret",
    (url) => {
      expect(() => new Upstream({ url, silenceMs: 1000 })).toThrow(expect.objectContaining({ code: "config_invalid" }));
    },
  );
});
