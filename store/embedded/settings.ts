/** The engine release Culprit is tested with; `@chdb/lib-*` 26.7.3-stable.1 answers 26.7.2.1. */
export const ENGINE_VERSION = "26.7.2";

/** The user the store connects as, inside the engine only. */
export const ENGINE_USER = "culprit";

/** The database everything is kept in. */
export const ENGINE_DATABASE = "culprit";

/** What the parent hands the engine process, as JSON in the variable {@link ENGINE_VARIABLE}. */
export interface EngineOrder {
  /** Directory of the engine's own files. */
  path: string;
  port: number;
  /** File to write the configuration to. */
  config: string;
}
export const ENGINE_VARIABLE = "CULPRIT_ENGINE";
/** Hold what the configuration must not: the header every request has to carry and the hash of the password. */
export const AUTHORIZATION_VARIABLE = "CULPRIT_ENGINE_AUTHORIZATION";
export const PASSWORD_HASH_VARIABLE = "CULPRIT_ENGINE_PASSWORD_SHA256";

/** Why an engine process could not begin, as one JSON line on its file descriptor 3. */
export interface EngineFailure {
  failure: "library_missing" | "library_unloadable" | "config_unwritable";
  detail: string;
}

/**
 * The engine's configuration: constant, free of secrets (those come from the environment).
 *
 * - Only requests with the right `Authorization` header reach a query; everything else is a 404. The engine's own
 *   `default` user, which has no password, is therefore unreachable, and may do nothing but listen and wait.
 * - Parts are merged ten at a time rather than five: merging is most of what an insert costs the engine, and reads take
 *   the few more parts. A part is one file up to 64 MB: an insert of large texts would else write, and fsync, one for each
 *   column.
 * - The store's user may use its database and nothing outside it: no `file()`, `url()`, `remote()`, no users.
 */
export function engineConfig(fileName: string): string {
  return `<clickhouse>
  <users_config>${fileName}</users_config>
  <logger><level>error</level></logger>
  <background_schedule_pool_size>8</background_schedule_pool_size>
  <max_server_memory_usage_to_ram_ratio>0.6</max_server_memory_usage_to_ram_ratio>
  <mark_cache_size>134217728</mark_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <merge_tree>
    <merge_selector_base>10</merge_selector_base>
    <min_bytes_for_wide_part>67108864</min_bytes_for_wide_part>
  </merge_tree>
  <http_handlers>
    <rule>
      <headers><Authorization from_env="${AUTHORIZATION_VARIABLE}"/></headers>
      <handler><type>dynamic_query_handler</type><query_param_name>query</query_param_name></handler>
    </rule>
  </http_handlers>
  <profiles><default/></profiles>
  <quotas><default/></quotas>
  <users>
    <default>
      <password></password>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants>
        <query>GRANT SYSTEM LISTEN ON *.*</query>
        <query>GRANT SELECT ON system.numbers</query>
      </grants>
    </default>
    <${ENGINE_USER}>
      <password_sha256_hex from_env="${PASSWORD_HASH_VARIABLE}"/>
      <networks><ip>127.0.0.1</ip></networks>
      <profile>default</profile>
      <quota>default</quota>
      <grants>
        <query>GRANT SHOW, SELECT, INSERT, ALTER, CREATE DATABASE, CREATE TABLE, DROP TABLE, TRUNCATE, OPTIMIZE ON ${ENGINE_DATABASE}.*</query>
        <query>GRANT SELECT ON system.*</query>
        <query>GRANT TABLE ENGINE ON Atomic, TABLE ENGINE ON MergeTree, TABLE ENGINE ON ReplacingMergeTree</query>
      </grants>
    </${ENGINE_USER}>
  </users>
</clickhouse>
`;
}
