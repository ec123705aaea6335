/** Bounds of the write path; the settings of the same names set the first four. */
export interface IngestLimits {
  /** Bytes of spans waiting or being inserted; past it, spans are turned away. */
  ingest_queue_bytes: number;
  /** Longest insert, in seconds, before the spool takes over. */
  ingest_deadline_seconds: number;
  /** Size of the spool on disk; past it, spans are turned away. */
  spool_bytes: number;
  /** Largest insert. */
  batch_rows: number;
  batch_bytes: number;
  /** Longest a batch waits for company while others are being inserted; an idle store gets it at once. */
  linger_ms: number;
  /** A batch stops waiting when nothing joined it for this long. */
  quiet_ms: number;
  /** This many rows waiting are worth a second insert beside the first. */
  second_insert_rows: number;
  /** Requests of fewer spans are encoded together. */
  small_request_rows: number;
  /** First and longest pause between two attempts to reach a store that is down. */
  retry_ms: number;
  retry_most_ms: number;
  /** A spool file is closed, and can be deleted once drained, past this size. */
  segment_bytes: number;
}

export const INGEST_LIMITS: IngestLimits = {
  ingest_queue_bytes: 128 * 1024 * 1024,
  ingest_deadline_seconds: 10,
  spool_bytes: 1024 * 1024 * 1024,
  batch_rows: 10_000,
  batch_bytes: 16 * 1024 * 1024,
  linger_ms: 25,
  quiet_ms: 3,
  second_insert_rows: 10_000,
  small_request_rows: 32,
  retry_ms: 100,
  retry_most_ms: 5_000,
  segment_bytes: 16 * 1024 * 1024,
};
