import type { IncomingMessage } from "node:http";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bodyReader } from "../../../../instrumentation/gateway/body-reader.ts";
import { EventStreamReader } from "../../../../instrumentation/gateway/event-stream.ts";
import { forwardedHeaders, returnedHeaders } from "../../../../instrumentation/gateway/headers.ts";
import { credentialsOf } from "../../../../instrumentation/gateway/secrets.ts";

describe("an event stream", () => {
  const read = (pieces: readonly Buffer[]): string[] => {
    const events: string[] = [];
    const reader = new EventStreamReader((data) => events.push(data));
    for (const piece of pieces) reader.push(piece);
    return events;
  };

  it("gives the data of whole events, whatever else is in it", () => {
    const text = ': keepalive\n\nevent: x\nid: 1\ndata: {"a":\ndata:1}\n\ndata:two\r\n\r\ndata: three\r\rdata: cut';
    expect(read([Buffer.from(text)])).toEqual(['{"a":\n1}', "two", "three"]);
  });

  it("ends lines right where CR and LF come apart", () => {
    expect(read(["data: a\r", "\n", "\r", "\n", "data: b\n", "\n"].map((piece) => Buffer.from(piece)))).toEqual([
      "a",
      "b",
    ]);
  });

  it("is the same in any pieces, characters and line ends cut in two among them", () => {
    const line = fc.constantFrom("data: é€😀", "data:x", ": comment", "event: y", "");
    const text = fc.array(fc.tuple(line, fc.constantFrom("\n", "\r\n", "\r")).map(([body, end]) => body + end));
    fc.assert(
      fc.property(text, fc.array(fc.nat({ max: 12 }), { minLength: 1 }), (lines, sizes) => {
        const whole = Buffer.from(lines.join(""));
        const pieces: Buffer[] = [];
        for (let at = 0, turn = 0; at < whole.length; turn++) {
          const size = 1 + (sizes[turn % sizes.length] ?? 0);
          pieces.push(whole.subarray(at, at + size));
          at += size;
        }
        expect(read(pieces)).toEqual(read([whole]));
      }),
    );
  });
});

describe("headers", () => {
  const message = (rawHeaders: string[], headers: Record<string, string> = {}) =>
    ({ rawHeaders, headers }) as unknown as IncomingMessage;

  it("of a request go on as they are, but for what was meant for this hop", () => {
    const raw = [
      "Host",
      "gateway",
      "Authorization",
      "Bearer k",
      "Connection",
      "close, X-Hop",
      "X-Hop",
      "1",
      "Cookie",
      "a=b",
    ];
    raw.push("TE", "trailers", "Content-Length", "3", "X-Culprit-Key", "ck", "OpenAI-Beta", "x", "openai-beta", "y");
    expect(forwardedHeaders(message(raw))).toEqual([
      "Authorization",
      "Bearer k",
      "OpenAI-Beta",
      "x",
      "openai-beta",
      "y",
    ]);
  });

  it("ask for codings only that the record can be read in", () => {
    const asking = (accepted: string) =>
      forwardedHeaders(message(["Accept-Encoding", accepted], { "accept-encoding": accepted }));
    expect(asking("gzip, deflate, br, zstd")).toEqual(["accept-encoding", "gzip, deflate, br"]);
    expect(asking("zstd")).toEqual(["accept-encoding", "identity"]);
  });

  it("of an answer come back, but for cookies", () => {
    const raw = ["Retry-After", "7", "Set-Cookie", "a=b", "Transfer-Encoding", "chunked", "x-request-id", "r"];
    expect(returnedHeaders(message(raw))).toEqual(["Retry-After", "7", "x-request-id", "r"]);
  });

  it("show which credentials a call carries", () => {
    const basic = `Basic ${Buffer.from("user:basic-password").toString("base64")}`;
    const headers = {
      authorization: basic,
      "api-key": "azure-key",
      cookie: "s=session-id; t=tiny",
      accept: "application/json",
    };
    const found = credentialsOf(headers, "?key=query-key&model=a-long-model-name&short_key=a");
    expect([...found]).toEqual(expect.arrayContaining(["basic-password", "azure-key", "session-id", "query-key"]));
    expect([...found].some((text) => "application/json a-long-model-name".includes(text))).toBe(false);
  });
});

describe("a coded body", () => {
  const read = (coding: string, bytes: Buffer, most = 1000): Promise<string | undefined> =>
    new Promise((resolve) => {
      let text = "";
      const reader = bodyReader(coding, most, (piece) => {
        text += piece.toString();
      });
      if (reader === undefined) return resolve(undefined);
      for (let at = 0; at < bytes.length; at += 7) reader.push(bytes.subarray(at, at + 7));
      reader.end(() => resolve(text));
    });

  it("is read beside its way", async () => {
    expect(await read("", Buffer.from("plain"))).toBe("plain");
    expect(await read("GZIP", gzipSync("zipped"))).toBe("zipped");
    expect(await read("zstd", Buffer.from("?"))).toBeUndefined();
  });

  it("that is broken or blows up ends all the same", async () => {
    expect(await read("gzip", Buffer.from("not gzip at all"))).toBe("");
    expect((await read("gzip", gzipSync("a".repeat(10_000_000))))?.length).toBeLessThanOrEqual(1000);
  });
});
