import type { Connection } from "../connection.ts";
import { type KeyUsage, keyTable, keyUsageTable, type StoredKey } from "../rows/access.ts";

/** What a key has sent, over all collectors. */
export interface KeyTotals {
  key_id: string;
  /** Spans taken on the day asked for. */
  spans: number;
  last_used_at: string;
}

/** API keys and what they have sent. */
export interface KeyStore {
  /** Makes a key, or replaces the row of one (to revoke it). */
  save(key: StoredKey): Promise<void>;
  /** Keys that open something now, and whether there ever was any key, revoked ones included. */
  active(): Promise<{ keys: StoredKey[]; any: boolean }>;
  /** Every key of a project, newest first, revoked ones included; of all projects without one. */
  list(project?: string): Promise<StoredKey[]>;
  saveUsage(usage: readonly KeyUsage[]): Promise<void>;
  /**
   * Totals of every key that was ever used.
   *
   * @param day `2026-11-20`: the day whose spans are summed
   * @param except a collector that knows its own count better
   */
  totals(day: string, except?: string): Promise<KeyTotals[]>;
}

/** The {@link KeyStore} of a connection. */
export function keyStore(connection: Connection): KeyStore {
  return {
    save: (key) => connection.insert(keyTable, [key]),
    async active() {
      const [keys, counted] = await Promise.all([
        connection.read(keyTable, "FINAL WHERE revoked_at IS NULL", {}),
        connection.select<{ any: boolean }>("SELECT count() > 0 AS any FROM api_keys"),
      ]);
      return { keys, any: keys.length > 0 || Boolean(counted[0]?.any) };
    },
    list: (project) =>
      connection.read(
        keyTable,
        "FINAL WHERE {project:String} = '' OR project = {project:String} ORDER BY created_at DESC, key_id",
        { project: project ?? "" },
      ),
    saveUsage: (usage) => connection.insert(keyUsageTable, usage),
    async totals(day, except = "") {
      const rows = await connection.select<{ key_id: string; spans: string; last_used_at: string }>(
        `SELECT key_id,
                sumIf(key_usage.spans, day = toDate({day:String}) AND collector != {except:String}) AS spans,
                max(key_usage.last_used_at) AS last_used_at
         FROM key_usage FINAL
         GROUP BY key_id`,
        { day, except },
      );
      return rows.map((row) => ({ ...row, spans: Number(row.spans) }));
    },
  };
}
