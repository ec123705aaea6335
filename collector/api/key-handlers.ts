import { type ApiKey, CulpritError } from "@culprit/schemas";
import type { KeyStore, KeyTotals, StoredKey } from "@culprit/store";
import type { Access } from "../access/access.ts";
import { dayOf } from "../access/allowance.ts";
import { keyPrefix, newKey } from "../access/key-text.ts";
import { type KeyRegistry, MAX_KEYS } from "../access/registry.ts";
import { notFound } from "./failures.ts";
import type { Handlers } from "./handlers.ts";

export interface KeyHandlerOptions {
  keys: KeyStore;
  registry: KeyRegistry;
  saveUsage(): Promise<void>;
}

/** Making, listing and revoking keys: in one's own project for an admin key, in any for the operator. */
export function keyHandlers({
  keys,
  registry,
  saveUsage,
}: KeyHandlerOptions): Pick<Handlers, "listKeys" | "createKey" | "revokeKey"> {
  const totals = async (): Promise<Map<string, KeyTotals>> => {
    await saveUsage();
    const rows = await keys.totals(dayOf(Date.now()));
    return new Map(rows.map((row) => [row.key_id, row]));
  };
  return {
    listKeys: async ({ query }, access) => {
      const project = query.project ?? access.project;
      if (project !== access.project && !access.operator) throw foreignProject(access);
      const [listed, used] = await Promise.all([keys.list(project === "*" ? undefined : project), totals()]);
      return { keys: listed.map((key) => shown(key, used.get(key.key_id))) };
    },

    createKey: async ({ body: { project = "", scopes, name, limits } }, access) => {
      const owner = project || access.project;
      if (owner !== access.project && !access.operator) throw foreignProject(access);
      const { keys: active } = await keys.active();
      if (active.length >= MAX_KEYS) {
        throw new CulpritError("too_many_keys", `There are ${MAX_KEYS} keys already, and no more can be held.`, {
          mend: "Revoke keys that are not used; `culprit keys list` shows when each last was.",
        });
      }
      const made = newKey(scopes);
      const key: StoredKey = {
        project: owner,
        key_id: made.key_id,
        key_hash: made.key_hash,
        scopes: [...new Set(scopes)],
        name,
        limits,
        created_at: new Date().toISOString(),
        revoked_at: null,
      };
      await keys.save(key);
      await registry.refresh();
      return { key: made.text, record: shown(key, undefined) };
    },

    revokeKey: async ({ params: { key_id } }, access) => {
      const listed = await keys.list(access.operator ? undefined : access.project);
      const key = listed.find((candidate) => candidate.key_id === key_id);
      // A key of another project looks to its neighbour as if there were none.
      if (!key) throw notFound(`There is no key ${key_id}.`, "List keys with `culprit keys list`.");
      const revoked = key.revoked_at === null ? { ...key, revoked_at: new Date().toISOString() } : key;
      if (revoked !== key) await keys.save(revoked);
      await registry.refresh();
      return { record: shown(revoked, (await totals()).get(key_id)) };
    },
  };
}

function foreignProject(access: Access): CulpritError {
  return new CulpritError("forbidden_project", `This key belongs to the project ${access.project} and to no other.`, {
    mend: "Use the collector's own key (CULPRIT_API_KEY where it runs), or its machine.",
  });
}

function shown({ key_hash: _, ...key }: StoredKey, used: KeyTotals | undefined): ApiKey {
  return {
    ...key,
    prefix: keyPrefix(key.scopes, key.key_id),
    last_used_at: used?.last_used_at ?? null,
    spans_today: used?.spans ?? 0,
  };
}
