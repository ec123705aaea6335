import type { RedactionRuleName } from "@culprit/schemas";
import {
  EMAIL_DOMAIN,
  PASSWORD_BARE,
  PASSWORD_HINT,
  PASSWORD_IN_CONNECTION,
  PASSWORD_QUOTED,
  PRIVATE_KEY,
  PRIVATE_KEY_CUT,
  PRIVATE_KEY_HINT,
  SCHEME_BEFORE,
  SECRET_BEFORE,
  SIGNATURE_BEFORE,
  SLACK_WEBHOOK_BEFORE,
  TOKEN_RULES,
  TOKEN_START,
  URL_PASSWORD,
} from "./token-rules.ts";

/** Where a rule struck. */
export interface Hit {
  rule: RedactionRuleName;
  start: number;
  end: number;
}

/** Shortest text any rule can strike in (`a@b.co`). */
const SHORTEST = 6;
/** Shortest word of letters, digits, `_` and `-` that may be, or be part of, a secret without a telling name. */
const WORD = 16;
/** How far back a word's name is looked for. */
const BEFORE = 96;
const LONGEST_LOCAL_PART = 64;

/** Which characters belong to a word, and which to the part of an address before the `@`. */
const IN_WORD = characters("0-9A-Za-z_-");
const IN_LOCAL_PART = characters("0-9A-Za-z._%+-");
const IN_BASE64 = characters("0-9A-Za-z_+/-");
const BETWEEN = characters("\\s\"'\\\\");

function characters(set: string): Uint8Array {
  const table = new Uint8Array(128);
  const pattern = new RegExp(`[${set}]`);
  for (let code = 0; code < 128; code++) table[code] = pattern.test(String.fromCharCode(code)) ? 1 : 0;
  return table;
}

/**
 * Finds the secrets in a text, in order, none overlapping.
 *
 * Nearly all text holds none, so the time goes into seeing that: about one character in four is looked at, for words long
 * enough to be a key; beside that, four searches for short constant text. Only around what these find are patterns tried,
 * each from a fixed place, so the cost stays linear whatever the text is.
 */
export function findSecrets(text: string, rules: ReadonlySet<string>): Hit[] {
  if (text.length < SHORTEST) return NOTHING;
  const hits: Hit[] = [];
  if (text.length >= WORD) scanWords(text, rules, hits);
  if (rules.has("url_password")) scanAddresses(text, hits);
  if (rules.has("secret_assignment")) scanPasswords(text, hits);
  if (rules.has("email")) scanEmails(text, hits);
  return hits.length < 2 ? hits : apart(hits);
}
const NOTHING: Hit[] = [];

function scanWords(text: string, rules: ReadonlySet<string>, hits: Hit[]): void {
  const { length } = text;
  let floor = 0;
  let found = false;
  // The first long word from `floor` on covers `at`: back from there, the first character that is in no word says where
  // it can begin at the earliest.
  for (let at = WORD - 1; at < length; ) {
    let start = at;
    while (start >= floor && inSet(IN_WORD, text.charCodeAt(start))) start--;
    if (at - start < WORD) {
      floor = start + 1;
      at = start + WORD;
      continue;
    }
    let end = at + 1;
    while (end < length && inSet(IN_WORD, text.charCodeAt(end))) end++;
    found = true;
    const last = checkWord(text, start + 1, end, rules, hits);
    if (last > end) end = last;
    floor = end;
    at = end + WORD - 1;
  }
  if (found && rules.has("private_key")) scanPrivateKeys(text, hits);
}

/** Looks at one long word; returns where what it found ends. */
function checkWord(text: string, start: number, end: number, rules: ReadonlySet<string>, hits: Hit[]): number {
  let last = 0;
  const word = text.slice(start, end);
  TOKEN_START.lastIndex = 0;
  for (let match = TOKEN_START.exec(word); match; match = TOKEN_START.exec(word)) {
    const from = start + match.index;
    if (from < last) continue;
    const to = tokenAt(text, from, rules, hits);
    if (to > last) last = to;
  }
  if (last > 0 || start === 0) return last;
  const named = namedSecret(text, start, end);
  if (named === undefined || !rules.has(named.rule)) return last;
  // A secret in base64 goes on after its first long word.
  REST.lastIndex = end;
  REST.test(text);
  hits.push({ ...named, end: REST.lastIndex });
  return REST.lastIndex;
}
const REST = /[\w+/=.~%-]{0,4096}/y;

/** What a long word is by the text just before it. */
function namedSecret(text: string, word: number, end: number): { rule: RedactionRuleName; start: number } | undefined {
  const before = (at: number): string => text.slice(Math.max(0, at - BEFORE), at);
  const near = text.charCodeAt(word - 1);
  if (near === DOT) return text.startsWith("ya29.", word - 5) ? { rule: "google_key", start: word - 5 } : undefined;
  // A secret in base64 may have begun before its first long word.
  let start = word;
  while (start > 0 && word - start < BEFORE && inSet(IN_BASE64, text.charCodeAt(start - 1))) start--;
  if (near === SLASH && SLACK_WEBHOOK_BEFORE.test(before(word))) return { rule: "slack_token", start: word };
  // Most words have neither a sign nor a scheme before them; only what has is worth a pattern.
  let at = start - 1;
  while (at > 0 && start - at < 12 && inSet(BETWEEN, text.charCodeAt(at))) at--;
  const sign = text.charCodeAt(at);
  if (sign === EQUALS || sign === COLON || sign === GREATER) {
    if (SIGNATURE_BEFORE.test(before(start))) return { rule: "azure_key", start };
    if (!SECRET_BEFORE.test(before(start)) || !hasDigit(text, start, end)) return undefined;
    return { rule: /(?:account|sharedaccess)key=$/i.test(before(start)) ? "azure_key" : "secret_assignment", start };
  }
  const schemed = at < start - 1 && SCHEME_END.test(text.charAt(at)) && SCHEME_BEFORE.test(before(start));
  return schemed && hasDigit(text, start, end) ? { rule: "bearer_token", start } : undefined;
}
const [DOT, SLASH, EQUALS, COLON, GREATER] = [46, 47, 61, 58, 62];
/** The last letters of bearer, basic and token. */
const SCHEME_END = /[rcn]/i;

function tokenAt(text: string, from: number, rules: ReadonlySet<string>, hits: Hit[]): number {
  for (const { name, start, whole, digit } of TOKEN_RULES) {
    if (!text.startsWith(start, from)) continue;
    whole.lastIndex = from;
    if (!whole.test(text)) continue;
    const end = whole.lastIndex;
    // Passed over whole, so that a text of nothing but starts costs no more than its length.
    if (digit === true && !hasDigit(text, from, end)) return end;
    if (!rules.has(name)) return 0;
    hits.push({ rule: name, start: from, end });
    return end;
  }
  return 0;
}

function scanPrivateKeys(text: string, hits: Hit[]): void {
  for (let at = text.indexOf(PRIVATE_KEY_HINT); at !== -1; ) {
    PRIVATE_KEY.lastIndex = at;
    PRIVATE_KEY_CUT.lastIndex = at;
    const pattern = [PRIVATE_KEY, PRIVATE_KEY_CUT].find((candidate) => candidate.test(text));
    const end = pattern?.lastIndex ?? at + 1;
    if (pattern) hits.push({ rule: "private_key", start: at, end });
    at = text.indexOf(PRIVATE_KEY_HINT, end);
  }
}

function scanAddresses(text: string, hits: Hit[]): void {
  for (let at = text.indexOf("://"); at !== -1; at = text.indexOf("://", at + 3)) {
    pushSecret(URL_PASSWORD, text, at, "url_password", hits);
  }
}

function scanPasswords(text: string, hits: Hit[]): void {
  PASSWORD_HINT.lastIndex = 0;
  for (let hint = PASSWORD_HINT.exec(text); hint; hint = PASSWORD_HINT.exec(text)) {
    const at = hint.index;
    const rule = "secret_assignment";
    if (pushSecret(PASSWORD_QUOTED, text, at, rule, hits)) continue;
    if (pushSecret(PASSWORD_IN_CONNECTION, text, at, rule, hits)) continue;
    pushSecret(PASSWORD_BARE, text, at, rule, hits, true);
  }
}

/** Pushes the group `secret` of a sticky pattern, if it matches at this place. */
function pushSecret(
  pattern: RegExp,
  text: string,
  at: number,
  rule: RedactionRuleName,
  hits: Hit[],
  needsDigit = false,
): boolean {
  pattern.lastIndex = at;
  const [start, end] = pattern.exec(text)?.indices?.groups?.["secret"] ?? [0, 0];
  if (end === 0 || text.startsWith("[redacted:", start)) return false;
  if (needsDigit && !hasDigit(text, start, end)) return false;
  hits.push({ rule, start, end });
  return true;
}

function scanEmails(text: string, hits: Hit[]): void {
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    let start = at;
    const floor = Math.max(0, at - LONGEST_LOCAL_PART);
    while (start > floor && inSet(IN_LOCAL_PART, text.charCodeAt(start - 1))) start--;
    // An escaped line end before the address belongs to the text around it.
    if (start > 0 && text[start - 1] === "\\") start++;
    // Neither a variable nor `git@host` is anybody's address.
    if (text[start - 1] === "$" || start >= at || (at - start === 3 && text.startsWith("git", start))) continue;
    EMAIL_DOMAIN.lastIndex = at;
    if (EMAIL_DOMAIN.test(text)) hits.push({ rule: "email", start, end: EMAIL_DOMAIN.lastIndex });
  }
}

/** In order; of two that overlap the one that begins first, then the one that was found first. */
function apart(hits: Hit[]): Hit[] {
  hits.sort((left, right) => left.start - right.start);
  let end = 0;
  return hits.filter((hit) => {
    if (hit.start < end) return false;
    end = hit.end;
    return true;
  });
}

function hasDigit(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) return true;
  }
  return false;
}

function inSet(table: Uint8Array, code: number): boolean {
  return code < 128 && table[code] === 1;
}
