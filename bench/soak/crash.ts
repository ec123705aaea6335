import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { makePool } from "../load/pool.ts";
import { Random } from "../load/random.ts";
import { send } from "../load/send.ts";
import { temporaryDirectory } from "../systems/child.ts";
import { type RunningCollector, startCollector } from "../systems/culprit.ts";
import { enginePid, signal } from "./engine.ts";
import { Ledger } from "./ledger.ts";
import { type Verification, verify } from "./verify.ts";

/**
 * How a round ends, always with SIGKILL of the collector under load:
 * - `collector`: nothing else;
 * - `engine-first`: its engine was killed shortly before, so that the kill falls into the recovery;
 * - `engine-hung`: its engine does not answer any more, so that the kill falls into spooling.
 */
const ENDINGS = ["collector", "collector", "engine-first", "engine-hung"] as const;
type Ending = (typeof ENDINGS)[number];

export interface CrashOptions {
  rounds: number;
  seed: number;
  env?: NodeJS.ProcessEnv;
  say?: (line: string) => void;
}

export interface CrashReport extends Verification {
  rounds: number;
  endings: Record<Ending, number>;
  /** Requests that were sent again because their answer never came or asked for it. */
  resent: number;
  /** Milliseconds from start to listening, longest. */
  slowestStartMs: number;
  seconds: number;
}

const LOAD = { encoding: "protobuf", spanBytes: 1_000, requestSpans: 50 } as const;
const SPANS_PER_SECOND = 3_000;
const MOST_RUNS = 1_000_000;

/**
 * Kills a collector again and again while a load goes on, starts it again over the same data, and at last compares
 * what it acknowledged with what it kept. Clients send again what was not acknowledged, the same bytes.
 */
export async function crash({ rounds, seed, env = {}, say = () => {} }: CrashOptions): Promise<CrashReport> {
  const began = Date.now();
  const random = new Random(seed);
  const [data, remove] = temporaryDirectory("crash");
  const ledger = new Ledger();
  const endings: Record<Ending, number> = { collector: 0, "engine-first": 0, "engine-hung": 0 };
  let running: RunningCollector | undefined;
  let over = false;
  let slowestStartMs = 0;
  const load = send({
    url: () => (running === undefined ? undefined : `${running.url}/v1/traces`),
    pool: makePool(LOAD, seed).slice(0, 32),
    concurrency: 6,
    firstRun: 0,
    runs: MOST_RUNS,
    stopped: () => over,
    spansPerSecond: SPANS_PER_SECOND,
    timeoutMs: 10_000,
    onAcknowledged: (firstRun, template) => ledger.note(firstRun, template),
  });
  load.catch(() => {});
  try {
    for (let round = 0; round < rounds; round++) {
      const at = Date.now();
      running = await startAgain(data, env);
      slowestStartMs = Math.max(slowestStartMs, Date.now() - at);
      const ending = ENDINGS[round % ENDINGS.length] as Ending;
      endings[ending]++;
      await sleep(100 + random.below(700));
      await end(running, ending, random);
      running = undefined;
      say(`round ${round + 1}/${rounds} ${ending}: ${ledger.spans} spans acknowledged`);
    }
    // Everything still under way gets its answer, as the last clients of a day do.
    running = await startAgain(data, env);
    await sleep(1_000);
    over = true;
    const { retried } = await load;
    await running.child.end();
    const verification = await verify(data, ledger, MOST_RUNS);
    return {
      ...verification,
      rounds,
      endings,
      resent: Object.values(retried).reduce((sum, count) => sum + count, 0),
      slowestStartMs,
      seconds: (Date.now() - began) / 1000,
    };
  } finally {
    over = true;
    signal(running && enginePid(running.child.pid), "SIGKILL");
    signal(running?.child.pid, "SIGKILL");
    await load.catch(() => {});
    remove();
  }
}

/** As a supervisor does it: at once, and again when the directory is still in use. */
async function startAgain(data: string, env: NodeJS.ProcessEnv): Promise<RunningCollector> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startCollector(data, { env });
    } catch (error) {
      if (attempt === 3) throw error;
      await sleep(500);
    }
  }
}

async function end({ child }: RunningCollector, ending: Ending, random: Random): Promise<void> {
  const engine = enginePid(child.pid);
  if (ending === "engine-first") {
    signal(engine, "SIGKILL");
    await sleep(random.below(400));
  } else if (ending === "engine-hung") {
    signal(engine, "SIGSTOP");
    await sleep(300 + random.below(1_200));
  }
  const gone = once(child.process, "exit");
  signal(child.pid, "SIGKILL");
  // A stopped process can't see its parent go.
  if (ending === "engine-hung") signal(engine, "SIGKILL");
  await gone;
}
