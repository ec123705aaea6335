import { Agent, type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Template } from "./encode.ts";
import { stamp } from "./stamp.ts";

export interface SendOptions {
  /** Where requests go, such as `http://127.0.0.1:4318/v1/traces`; asked anew before each attempt. */
  url: () => string | undefined;
  pool: readonly Template[];
  /** Requests under way at once, each on a connection of its own. */
  concurrency: number;
  firstRun: number;
  /** Runs to send; fewer when {@link stopped} says so first. */
  runs: number;
  stopped?: () => boolean;
  /** Most spans a second; unlimited by default. */
  spansPerSecond?: number | undefined;
  /** How long a request without an answer is waited for. */
  timeoutMs?: number;
  headers?: Record<string, string>;
  /** Told of each request once it is answered with 200: everything in it counts as stored. */
  onAcknowledged?: (firstRun: number, template: Template) => void;
}

export interface SendResult {
  /** Runs acknowledged. */
  runs: number;
  spans: number;
  bytes: number;
  /** From the first request to the last answer. */
  seconds: number;
  /** Of the answers with 200, milliseconds from the first byte sent of the attempt to the last byte of the answer. */
  latencies: number[];
  /** Attempts answered 429 or 503, by status, and attempts without an answer. */
  retried: Record<string, number>;
}

/**
 * Sends a load over keep-alive connections. A request that is refused for now (429, 503) or gets no answer is sent
 * again, the same bytes, as an exporter does; any other answer ends the load with an error.
 */
export async function send(options: SendOptions): Promise<SendResult> {
  const { pool, concurrency, stopped = () => false, timeoutMs = 60_000 } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const result: SendResult = { runs: 0, spans: 0, bytes: 0, seconds: 0, latencies: [], retried: {} };
  const largest = Math.max(...pool.map(({ bytes }) => bytes.length));
  const end = options.firstRun + options.runs;
  let nextRun = options.firstRun;
  let nextTemplate = 0;
  const began = performance.now();
  const worker = async () => {
    const buffer = Buffer.allocUnsafe(largest);
    while (nextRun < end && !stopped()) {
      const template = pool[nextTemplate++ % pool.length] as Template;
      const firstRun = nextRun;
      nextRun += template.runs;
      const body = stamp(template, firstRun, buffer);
      if (options.spansPerSecond !== undefined) {
        const due =
          began +
          (((firstRun - options.firstRun) * template.spanAt.length) / template.runs / options.spansPerSecond) * 1000;
        if (due > performance.now()) await sleep(due - performance.now());
      }
      if (!(await deliver(body, template))) return;
      result.runs += template.runs;
      result.spans += template.spanAt.length;
      result.bytes += body.length;
      options.onAcknowledged?.(firstRun, template);
    }
  };
  const deliver = async (body: Buffer, template: Template): Promise<boolean> => {
    for (let pause = 20; ; pause = Math.min(1_000, pause * 2)) {
      const url = options.url();
      if (url !== undefined) {
        const at = performance.now();
        const answer = await post(url, body, template.encoding, agent, timeoutMs, options.headers ?? {});
        if (answer.status === 200) {
          refusePartial(answer.text);
          result.latencies.push(performance.now() - at);
          return true;
        }
        const kind = answer.status === 0 ? "no answer" : String(answer.status);
        if (!["no answer", "429", "503"].includes(kind)) {
          throw new Error(`The load was answered ${answer.status}: ${answer.text.slice(0, 300)}`);
        }
        result.retried[kind] = (result.retried[kind] ?? 0) + 1;
      }
      if (stopped()) return false;
      await sleep(pause * (0.5 + Math.random()));
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, worker));
    result.seconds = (performance.now() - began) / 1000;
    return result;
  } finally {
    agent.destroy();
  }
}

/** A partial success means that spans were refused: a load of valid spans must not see one. */
function refusePartial(text: string): void {
  if (/rejectedSpans"?:\s*"?[1-9]/.test(text)) throw new Error(`Spans of the load were refused: ${text}`);
}

interface Answer {
  /** 0 when there was none. */
  status: number;
  text: string;
}

function post(
  url: string,
  body: Buffer,
  encoding: Template["encoding"],
  agent: Agent,
  timeoutMs: number,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve) => {
    const contentType = encoding === "json" ? "application/json" : "application/x-protobuf";
    const outgoing = request(
      url,
      {
        method: "POST",
        agent,
        timeout: timeoutMs,
        headers: { "content-type": contentType, "content-length": body.length, ...headers },
      },
      (incoming: IncomingMessage) => {
        let text = "";
        incoming.setEncoding("latin1");
        incoming.on("data", (chunk: string) => {
          text += chunk;
        });
        incoming.on("end", () => resolve({ status: incoming.statusCode ?? 0, text }));
        incoming.on("error", () => resolve({ status: 0, text: "" }));
      },
    );
    outgoing.on("timeout", () => outgoing.destroy());
    outgoing.on("error", () => resolve({ status: 0, text: "" }));
    outgoing.end(body);
  });
}
