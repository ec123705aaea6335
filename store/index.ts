export { ENGINE_VERSION } from "./embedded/settings.ts";
export { type EmbeddedStore, type OpenStoreOptions, openEmbedded, openStore } from "./open.ts";
export type { DeletionStore } from "./queries/deletion.ts";
export type { KeyStore, KeyTotals } from "./queries/keys.ts";
export type { SearchFilter } from "./queries/search.ts";
export type { KeyUsage, StoredKey } from "./rows/access.ts";
export type { ReadSpan } from "./rows/span-read.ts";
export type { SpanBlock, SpanWriter } from "./spans.ts";
export type { BlameHour, Page, RunFilter, Shard, Store, StoreCounts, TouchedTrace } from "./store.ts";
