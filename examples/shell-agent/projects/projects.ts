import { bankLedger } from "./bank-ledger.ts";
import { cartTotals } from "./cart-totals.ts";
import { csvLines } from "./csv-lines.ts";
import { dateRanges } from "./date-ranges.ts";
import { deepDefaults } from "./deep-defaults.ts";
import { eventBus } from "./event-bus.ts";
import { intervalUnion } from "./interval-union.ts";
import { lruCache } from "./lru-cache.ts";
import { matrixTools } from "./matrix-tools.ts";
import { pathGlobs } from "./path-globs.ts";
import type { Project } from "./project.ts";
import { queryStrings } from "./query-strings.ts";
import { rateWindow } from "./rate-window.ts";
import { romanNumbers } from "./roman-numbers.ts";
import { scoreBoard } from "./score-board.ts";
import { sensorLog } from "./sensor-log.ts";
import { shiftCipher } from "./shift-cipher.ts";
import { slugWords } from "./slug-words.ts";
import { stockRoom } from "./stock-room.ts";
import { textColumns } from "./text-columns.ts";
import { treePaths } from "./tree-paths.ts";
import { versionOrder } from "./version-order.ts";
import { wordCount } from "./word-count.ts";

/** Small real projects with a bug each; the agent mends it. */
export const PROJECTS: readonly Project[] = [
  bankLedger,
  cartTotals,
  csvLines,
  dateRanges,
  deepDefaults,
  eventBus,
  intervalUnion,
  lruCache,
  matrixTools,
  pathGlobs,
  queryStrings,
  rateWindow,
  romanNumbers,
  scoreBoard,
  sensorLog,
  shiftCipher,
  slugWords,
  stockRoom,
  textColumns,
  treePaths,
  versionOrder,
  wordCount,
];
