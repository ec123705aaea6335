import type { Encoding } from "../load/encode.ts";

/** Something that takes the load, started and answering. */
export interface System {
  /** Full URL the load is posted to. */
  url: string;
  /** Roots of the process trees that are the system, its store included. */
  pids: number[];
  /** Spans that can be queried now; undefined for a system that keeps none. */
  stored(): Promise<number | undefined>;
  /** Its data directory, where there is one. */
  data?: string;
  /** Ends its processes; its files stay. */
  end(): Promise<void>;
  /** Deletes its files. */
  remove(): void;
}

export interface SystemKind {
  /** As the tables name it. */
  name: string;
  encodings: readonly Encoding[];
  /** What an answered request is worth. */
  durability: string;
  /** Why it can't run here, or undefined. */
  unavailable(): Promise<string | undefined>;
  start(): Promise<System>;
}
