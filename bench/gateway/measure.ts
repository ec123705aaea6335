import { Agent, request } from "node:http";

/** One way to the endpoint. */
export interface Way {
  name: string;
  /** Of an OpenAI-compatible API, ending in `/v1`. */
  baseUrl: string;
}

export interface Cell {
  name: string;
  stream: boolean;
  /** Characters of the conversation that is sent. */
  characters: number;
  /** Calls under way at once, on each way in turn. */
  concurrency: number;
}

/** Milliseconds from sending a call to the first byte of its answer, and to the last; sorted. */
export interface Times {
  first: number[];
  whole: number[];
}

/** Calls made at a time on one way before the other has its turn: drift of the machine hits both alike. */
const TURN = 50;

/** Measures the ways in turns, `calls` on each. */
export async function measure(ways: readonly Way[], cell: Cell, calls: number): Promise<Map<string, Times>> {
  const body = bodyOf(cell);
  const results = new Map<string, Times>(ways.map(({ name }) => [name, { first: [], whole: [] }]));
  const agent = new Agent({ keepAlive: true });
  try {
    for (const way of ways)
      await batch(way, agent, body, { calls: Math.min(calls, 200), concurrency: cell.concurrency });
    for (let done = 0; done < calls; done += TURN) {
      for (const way of ways) {
        const times = await batch(way, agent, body, { calls: TURN, concurrency: cell.concurrency });
        const all = results.get(way.name);
        for (const [first, whole] of times) {
          all?.first.push(first);
          all?.whole.push(whole);
        }
      }
    }
  } finally {
    agent.destroy();
  }
  for (const times of results.values()) for (const list of [times.first, times.whole]) list.sort((a, b) => a - b);
  return results;
}

async function batch(
  way: Way,
  agent: Agent,
  body: Buffer,
  { calls, concurrency }: { calls: number; concurrency: number },
): Promise<[number, number][]> {
  const times: [number, number][] = [];
  let begun = 0;
  const caller = async (): Promise<void> => {
    while (begun < calls) {
      begun++;
      times.push(await call(way, agent, body));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  return times;
}

function call({ baseUrl }: Way, agent: Agent, body: Buffer): Promise<[number, number]> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    let first = 0;
    const sent = request(`${baseUrl}/chat/completions`, {
      agent,
      method: "POST",
      headers: { "content-type": "application/json", "content-length": body.length, authorization: "Bearer sk-bench" },
    });
    sent.once("error", reject);
    sent.once("response", (response) => {
      if (response.statusCode !== 200) reject(new Error(`${baseUrl} answered ${response.statusCode}.`));
      response.on("data", () => {
        first ||= performance.now() - began;
      });
      response.once("end", () => resolve([first, performance.now() - began])).once("error", reject);
    });
    sent.end(body);
  });
}

/** A conversation the scripted planner answers. */
function bodyOf({ stream, characters }: Cell): Buffer {
  const turn = "What was said before, and what a tool found about it. ".repeat(20);
  const messages = [{ role: "system", content: "You are the Planner." }];
  for (let size = 0; size < characters; size += turn.length) {
    messages.push({ role: messages.length % 2 === 0 ? "assistant" : "user", content: turn });
  }
  messages.push({ role: "user", content: "Write a function that adds two numbers." });
  return Buffer.from(JSON.stringify({ model: "scripted-planner", messages, stream }));
}
