import { fileURLToPath } from "node:url";
import { ENCODINGS } from "../load/encode.ts";
import { start } from "./child.ts";
import type { SystemKind } from "./system.ts";

/** Culprit's decoders behind a bare HTTP server: what receiving and decoding cost with nothing behind them. */
export const nullCollector: SystemKind = {
  name: "Null collector (decode only)",
  encodings: ENCODINGS,
  durability: "nothing kept",
  unavailable: async () => undefined,
  async start() {
    const child = start(process.execPath, [fileURLToPath(new URL("./null-server.js", import.meta.url))]);
    const { url } = await child.announced;
    return {
      url: `${String(url)}/v1/traces`,
      pids: [child.pid],
      stored: async () => undefined,
      end: () => child.end(),
      remove: () => {},
    };
  },
};
