import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { makeText, Random } from "../load/random.ts";

type Make = (random: Random, turns: number) => { name: string; content: string };

/** One trajectory of each kind, with as many turns and as much text as real ones have. */
const KINDS: Make[] = [
  (random, turns) => ({
    name: "mini.traj.json",
    content: JSON.stringify({
      info: { exit_status: "Submitted", model_stats: { instance_cost: 0.1 } },
      messages: [
        { role: "system", content: makeText(random, 2000) },
        { role: "user", content: makeText(random, 3000) },
        ...Array.from({ length: turns }, (_, n) => [
          {
            role: "assistant",
            content: `THOUGHT: ${makeText(random, 300)}\n\n\`\`\`bash\nsed -n '${n},200p' a.py\n\`\`\``,
          },
          {
            role: "user",
            content: `<returncode>${n % 3}</returncode>\n<output>\n${makeText(random, 1500)}\n</output>`,
          },
        ]).flat(),
      ],
      trajectory_format: "mini-swe-agent-1",
    }),
  }),
  (random, turns) => ({
    name: "swe.traj",
    content: JSON.stringify({
      environment: "swe_main",
      trajectory: Array.from({ length: turns }, (_, n) => ({
        action: `open src/a${n}.py ${n}\n`,
        observation: makeText(random, 1500),
        response: makeText(random, 300),
        thought: makeText(random, 300),
        state: JSON.stringify({ open_file: `/repo/a${n}.py`, working_dir: "/repo" }),
      })),
      history: [
        { role: "system", content: makeText(random, 4000) },
        { role: "user", content: makeText(random, 3000) },
      ],
      info: { exit_status: "submitted", model_stats: { instance_cost: 1.2 } },
    }),
  }),
  (random, turns) => ({
    name: "trajectory.json",
    content: JSON.stringify({
      schema_version: "ATIF-v1.6",
      session_id: String(random.below(2 ** 30)),
      agent: { name: "agent", version: "1", model_name: "m" },
      steps: [
        { step_id: 1, source: "user", message: makeText(random, 3000) },
        ...Array.from({ length: turns }, (_, n) => ({
          step_id: n + 2,
          timestamp: new Date(1_770_000_000_000 + n * 1000).toISOString(),
          source: "agent",
          message: makeText(random, 300),
          tool_calls: [
            { tool_call_id: `call_${n}`, function_name: "Bash", arguments: { command: `pytest tests/${n}` } },
          ],
          observation: { results: [{ source_call_id: `call_${n}`, content: makeText(random, 1500) }] },
          metrics: { prompt_tokens: 1000 + n, completion_tokens: 50 },
        })),
      ],
    }),
  }),
  (random, turns) => ({
    name: "session.jsonl",
    content: [
      { type: "user", uuid: "0", sessionId: "s", message: { role: "user", content: makeText(random, 3000) } },
      ...Array.from({ length: turns }, (_, n) => [
        {
          type: "assistant",
          uuid: `a${n}`,
          sessionId: "s",
          message: {
            role: "assistant",
            id: `m${n}`,
            model: "m",
            content: [
              { type: "text", text: makeText(random, 300) },
              { type: "tool_use", id: `t${n}`, name: "Read", input: { file_path: `/a${n}.py` } },
            ],
          },
        },
        {
          type: "user",
          uuid: `u${n}`,
          sessionId: "s",
          message: {
            role: "user",
            content: [{ type: "tool_result", tool_use_id: `t${n}`, content: makeText(random, 1500) }],
          },
        },
      ]).flat(),
    ]
      .map((line) => JSON.stringify(line))
      .join("\n"),
  }),
  (random, turns) => ({
    name: "events.json",
    content: JSON.stringify([
      {
        id: 0,
        source: "user",
        timestamp: "2026-01-01T00:00:00",
        action: "message",
        args: { content: makeText(random, 3000) },
      },
      ...Array.from({ length: turns }, (_, n) => [
        {
          id: 2 * n + 1,
          source: "agent",
          timestamp: "2026-01-01T00:00:00",
          action: "edit",
          args: {
            path: `/a${n}.py`,
            old_str: makeText(random, 200),
            new_str: makeText(random, 200),
            thought: makeText(random, 200),
          },
        },
        {
          id: 2 * n + 2,
          source: "agent",
          timestamp: "2026-01-01T00:00:00",
          observation: "edit",
          cause: 2 * n + 1,
          content: makeText(random, 1500),
          extras: {},
        },
      ]).flat(),
    ]),
  }),
];

/** One trajectory of about `bytes`, of a kind that is read a line at a time or as a whole. */
export function makeLarge(path: string, kind: "jsonl" | "json" | "text", bytes: number): void {
  const random = new Random(2);
  const out = openSync(path, "w");
  const write = (line: string) => {
    writeSync(out, line);
    return line.length;
  };
  let size = kind === "json" ? write('[{"role":"user","content":"Fix it."}') : 0;
  for (let n = 0; size < bytes; n++) {
    const seen = makeText(random, 8000);
    if (kind === "text") size += write(`### Agent\nI look at file ${n}.\n$ cat ${n}.py\n### Tool\n${seen}\n`);
    else if (kind === "json") {
      const turns = [
        { role: "assistant", content: `\`\`\`mswea_bash_command\ncat ${n}.py\n\`\`\`` },
        { role: "user", content: `<returncode>0</returncode>\n<output>\n${seen}\n</output>` },
      ];
      size += write(`,${JSON.stringify(turns[0])},${JSON.stringify(turns[1])}`);
    } else {
      const call = { type: "tool_use", id: `t${n}`, name: "Read", input: { file_path: `/${n}.py` } };
      const result = { type: "tool_result", tool_use_id: `t${n}`, content: seen };
      const head = { uuid: String(n), sessionId: "s" };
      size += write(
        `${JSON.stringify({ type: "assistant", ...head, message: { role: "assistant", content: [call] } })}\n`,
      );
      size += write(`${JSON.stringify({ type: "user", ...head, message: { role: "user", content: [result] } })}\n`);
    }
  }
  if (kind === "json") write("]");
  closeSync(out);
}

/** Writes `count` trajectories of every kind in turn, each in a folder of its own. Returns their bytes. */
export function makeTrajectories(directory: string, count: number): number {
  const random = new Random(1);
  let bytes = 0;
  for (let n = 0; n < count; n++) {
    const make = KINDS[n % KINDS.length] as Make;
    const { name, content } = make(random, 20 + random.below(40));
    mkdirSync(join(directory, String(n)), { recursive: true });
    writeFileSync(join(directory, String(n), name), content);
    bytes += Buffer.byteLength(content);
  }
  return bytes;
}
