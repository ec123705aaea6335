import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** As OTLP/JSON spells it. */
interface WireSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  status: { code?: number; message?: string };
  attributes: { key: string; value: Record<string, unknown> }[];
}

const HOST = fileURLToPath(new URL("./instrumentation-host.mjs", import.meta.url));

function isRecord({ attributes }: WireSpan): boolean {
  return attributes.some(({ key }) => key === "culprit.started");
}

/** Decodes OTLP/HTTP JSON; the part of a collector that a tracing client sees. */
async function otlpReceiver() {
  const spans: WireSpan[] = [];
  const services = new Set<unknown>();
  const authorizations = new Set<string | undefined>();
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const raw = Buffer.concat(pieces);
      const body = JSON.parse((request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw).toString()) as {
        resourceSpans: {
          resource: { attributes: WireSpan["attributes"] };
          scopeSpans: { spans: WireSpan[] }[];
        }[];
      };
      authorizations.add(request.headers.authorization);
      for (const { resource, scopeSpans } of body.resourceSpans) {
        services.add(resource.attributes.find(({ key }) => key === "service.name")?.value["stringValue"]);
        // Records of started steps come or not, as the clock has it; instrumentation-crash.test.ts looks at them.
        const ended = scopeSpans.flatMap((scope) => scope.spans).filter((span) => !isRecord(span));
        spans.push(...ended);
      }
      response.writeHead(request.url === "/v1/traces" ? 200 : 404, { "content-type": "application/json" });
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    services,
    authorizations,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

let receiver: Awaited<ReturnType<typeof otlpReceiver>>;
let child: ChildProcess | undefined;
beforeEach(async () => {
  receiver = await otlpReceiver();
});
afterEach(async () => {
  if (child?.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  await receiver.close();
});

interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  ms: number;
}

/** Runs the host program on the compiled package; `signal` is sent once it has printed its result. */
function host(
  ending: string,
  {
    environment = {},
    signal,
    flags = [],
  }: { environment?: NodeJS.ProcessEnv; signal?: NodeJS.Signals; flags?: string[] } = {},
): Promise<Ending> {
  const started = performance.now();
  const running = spawn(process.execPath, [...flags, HOST, ending], {
    env: { PATH: process.env["PATH"], CULPRIT_URL: receiver.url, ...environment },
  });
  child = running;
  let stdout = "";
  let stderr = "";
  running.stdout.on("data", (piece: Buffer) => {
    stdout += piece.toString();
    if (signal !== undefined) setTimeout(() => running.kill(signal), 100);
  });
  running.stderr.on("data", (piece: Buffer) => {
    stderr += piece.toString();
  });
  return new Promise((resolve) => {
    running.on("close", (code, byWhat) =>
      resolve({ code, signal: byWhat, stdout, stderr, ms: performance.now() - started }),
    );
  });
}

const names = () => receiver.spans.map(({ name }) => name);
const RUN = ["execute_tool add", "invoke_agent Solver", "invoke_workflow host"];

describe("a host program's spans arrive as OTLP/HTTP JSON", () => {
  it("when it simply ends", async () => {
    const { code, stdout } = await host("ends", { environment: { CULPRIT_API_KEY: "a-key-of-16-chars" } });
    const { traceId, result } = JSON.parse(stdout) as { traceId: string; result: number };
    expect({ code, result }).toEqual({ code: 0, result: 5 });
    expect(names()).toEqual(RUN);
    const [add, solver, root] = receiver.spans;
    expect(new Set(receiver.spans.map((span) => span.traceId))).toEqual(new Set([traceId]));
    expect(add?.parentSpanId).toBe(solver?.spanId);
    expect(solver?.parentSpanId).toBe(root?.spanId);
    expect(root?.parentSpanId ?? "").toBe("");
    expect(root?.attributes).toContainEqual({ key: "culprit.outcome", value: { stringValue: "success" } });
    expect(add?.attributes).toContainEqual({ key: "gen_ai.agent.name", value: { stringValue: "Solver" } });
    expect([...receiver.services]).toEqual(["host"]);
    expect([...receiver.authorizations]).toEqual(["Bearer a-key-of-16-chars"]);
  });

  it("with nothing but `--import @culprit/instrumentation/register` and the environment", async () => {
    const register = import.meta
      .resolve("@culprit/instrumentation/package.json")
      .replace("package.json", "dist/sdk/register.js");
    const { code, stderr } = await host("registered", {
      flags: ["--import", register],
      environment: {
        CULPRIT_URL: "",
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        OTEL_SERVICE_NAME: "from-environment",
        OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(names()).toEqual(RUN);
    expect([...receiver.services]).toEqual(["from-environment"]);
  });

  it("after a burst, all of it", async () => {
    await host("burst");
    expect(receiver.spans).toHaveLength(10_003);
  });

  it("when SIGTERM ends it, which still ends it; the step it was in is there, with the reason", async () => {
    const { signal, code } = await host("waits", { signal: "SIGTERM" });
    expect({ signal, code }).toEqual({ signal: "SIGTERM", code: null });
    expect(names()).toEqual([...RUN, "invoke_agent Sleeper"]);
    expect(receiver.spans.at(-1)?.status).toEqual({ code: 2, message: "The process was ended by SIGTERM." });
  });

  it("when SIGINT ends it", async () => {
    expect((await host("waits", { signal: "SIGINT" })).signal).toBe("SIGINT");
    expect(names()).toContain("invoke_workflow host");
  });

  it("when the host handles the signal itself, whose exit code stands", async () => {
    expect((await host("handles-signal", { signal: "SIGTERM" })).code).toBe(42);
    expect(names()).toEqual(RUN);
  });

  it("when an exception nobody caught kills it, as loudly as ever", async () => {
    const { code, stderr } = await host("throws");
    expect(code).toBe(1);
    expect(stderr).toContain("TypeError: host is broken");
    expect(names()).toEqual([...RUN, "invoke_agent Sleeper"]);
    expect(receiver.spans.at(-1)?.status).toMatchObject({ code: 2, message: "host is broken" });
  });

  it("when an unhandled rejection kills it", async () => {
    const { code, stderr } = await host("rejects");
    expect(code).toBe(1);
    expect(stderr).toContain("nobody caught this");
    expect(names()).toEqual(RUN);
  });
});

describe("a collector that is not there", () => {
  const nobody = { environment: { CULPRIT_URL: "http://127.0.0.1:9" } };
  const hasty = { environment: { ...nobody.environment, OTEL_EXPORTER_OTLP_TIMEOUT: "500" } };

  it("does not break or hold up the host, which says what was not delivered", async () => {
    const { code, stdout, stderr, ms } = await host("ends", nobody);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ result: 5 });
    expect(stderr).toContain("3 spans were not delivered");
    expect(ms).toBeLessThan(15_000);
  });

  it("does not stop a signal", async () => {
    expect((await host("waits", { ...hasty, signal: "SIGTERM" })).signal).toBe("SIGTERM");
  });

  it("does not change how an exception ends it", async () => {
    expect((await host("throws", hasty)).code).toBe(1);
  });
});

describe("switched off", () => {
  it.each([{ OTEL_SDK_DISABLED: "true" }, { OTEL_TRACES_EXPORTER: "none" }])(
    "by %o, nothing is sent",
    async (environment) => {
      const { code, stdout } = await host("ends", { environment });
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ result: 5 });
      expect(receiver.spans).toEqual([]);
    },
  );
});
