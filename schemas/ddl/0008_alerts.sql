-- What an event says beside its columns, as JSON. No text of a run: those are in runs, and are taken out with it.
ALTER TABLE alert_events ADD COLUMN IF NOT EXISTS details String CODEC(ZSTD(3)) AFTER runs;

-- Where each rule stands for each thing it watches, so that a restart goes on where it was. The row saved last wins.
CREATE TABLE IF NOT EXISTS alert_states
(
    project LowCardinality(String),
    rule LowCardinality(String),
    subject String,
    state LowCardinality(String),
    since DateTime64(3, 'UTC'),
    quiet_since Nullable(DateTime64(3, 'UTC')),
    notified_at Nullable(DateTime64(3, 'UTC')),
    last_event_id String,
    saved_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(saved_at)
ORDER BY (project, rule, subject)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- Whom an event is for and whether they know: written before anything is sent. What is sent is made from the event anew
-- at every try.
CREATE TABLE IF NOT EXISTS alert_deliveries
(
    project LowCardinality(String),
    event_id String CODEC(ZSTD(1)),
    target_id String CODEC(ZSTD(1)),
    rule LowCardinality(String),
    target LowCardinality(String),
    status LowCardinality(String),
    attempts UInt32,
    next_at DateTime64(3, 'UTC'),
    error String CODEC(ZSTD(3)),
    created_at DateTime64(3, 'UTC'),
    saved_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(saved_at)
ORDER BY (project, event_id, target_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;
