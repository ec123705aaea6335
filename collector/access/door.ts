import { timingSafeEqual } from "node:crypto";
import { type Config, CulpritError, SCOPES } from "@culprit/schemas";
import type { KeyStore, StoredKey } from "@culprit/store";
import type { Log } from "../log.ts";
import type { Access } from "./access.ts";
import { Allowances, type LimitSettings } from "./allowance.ts";
import { digest, keyIdOf } from "./key-text.ts";
import { KeyRegistry } from "./registry.ts";

export interface DoorOptions {
  keys: Pick<KeyStore, "active" | "saveUsage" | "totals">;
  config: LimitSettings & Pick<Config, "api_key" | "project">;
  /** Every request is the operator's: a process that opened the store itself and listens nowhere. */
  trusted?: boolean | undefined;
  log: Log;
  now?: (() => number) | undefined;
}

/** What a request shows of itself. */
export interface Visitor {
  authorization: string | undefined;
  /** Whether the request brings spans or log records. */
  ingests: boolean;
}

/** Says who a request is from. */
export interface Door {
  /** Whether a key is asked for: a bootstrap key is set, or any key was ever made. */
  closed(): Promise<boolean>;
  /** Who is asking, or why they may not: `unauthorized`, or a LimitError. Throws `store_*` before keys were ever read. */
  authenticate(visitor: Visitor): Promise<Access | CulpritError>;
  registry: KeyRegistry;
  /** Saves what keys have sent. */
  saveUsage(): Promise<void>;
  stop(): Promise<void>;
}

/** Compared with when there is no such key, so that a wrong id takes as long as a wrong secret. */
const NOBODY = Buffer.alloc(32);

/** The one place where keys are looked at. */
export function createDoor({ keys, config, trusted = false, log, now }: DoorOptions): Door {
  const registry = new KeyRegistry(keys, { log, ...(now ? { now } : {}) });
  const allowances = new Allowances({ keys, settings: config, log, now });
  const bootstrap = config.api_key === undefined ? undefined : digest(config.api_key);
  const operator: Access = {
    project: config.project,
    scopes: SCOPES,
    key_id: "",
    operator: true,
    spend: () => {},
  };
  const closed = async (): Promise<boolean> => !trusted && (bootstrap !== undefined || (await registry.any()));

  return {
    closed,
    registry,
    saveUsage: () => allowances.save(),
    stop: () => allowances.stop(),
    async authenticate({ authorization, ingests }) {
      if (trusted) return operator;
      const given = presentedKey(authorization ?? "");
      const hash = digest(given ?? "");
      if (bootstrap && given !== undefined && timingSafeEqual(hash, bootstrap)) return operator;
      if (!(await closed())) return operator;
      if (given === undefined) return unauthorized("This collector asks for a key.");
      const id = keyIdOf(given);
      const key = id === undefined ? undefined : await registry.find(id);
      const same = timingSafeEqual(hash, key ? Buffer.from(key.key_hash, "hex") : NOBODY);
      if (!key || !same) return unauthorized("That key opens nothing here: it is unknown, or was revoked.");
      return (await allowances.admit(key, ingests)) ?? accessBy(key, allowances);
    },
  };
}

function accessBy(key: StoredKey, allowances: Allowances): Access {
  return {
    project: key.project,
    scopes: key.scopes,
    key_id: key.key_id,
    operator: false,
    spend: (spans) => allowances.spend(key, spans),
  };
}

function unauthorized(message: string): CulpritError {
  return new CulpritError("unauthorized", message, {
    mend: "Send the header Authorization: Bearer KEY (commands: CULPRIT_API_KEY); `culprit keys create` makes keys.",
  });
}

/** The key of `Authorization: Bearer KEY`, or the password of HTTP Basic. */
function presentedKey(authorization: string): string | undefined {
  const [, scheme = "", value = ""] = /^(\S+) +(\S+)$/.exec(authorization) ?? [];
  if (/^bearer$/i.test(scheme)) return value;
  if (!/^basic$/i.test(scheme)) return undefined;
  const pair = Buffer.from(value, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  return colon === -1 ? undefined : pair.slice(colon + 1);
}
