import type { RedactionRuleName } from "@culprit/schemas";

/** A secret that its own shape gives away. */
export interface TokenRule {
  name: RedactionRuleName;
  /** How it begins. */
  start: string;
  /** All of it, matched from its start on. Every repetition is bounded or ends its word, so the cost is linear. */
  whole: RegExp;
  /** Whether a match without a digit is none: words joined by dashes look like keys otherwise. */
  digit?: boolean;
}

/**
 * Secrets with a shape of their own, the most special first. The shapes are those their issuers document or that public
 * secret scanners look for.
 */
export const TOKEN_RULES: readonly TokenRule[] = [
  { name: "aws_key", start: "AKIA", whole: /AKIA[0-9A-Z]{16}(?![0-9A-Za-z])/y },
  { name: "aws_key", start: "ASIA", whole: /ASIA[0-9A-Z]{16}(?![0-9A-Za-z])/y },
  { name: "google_key", start: "AIza", whole: /AIza[\w-]{35}(?![\w-])/y },
  { name: "google_key", start: "GOCSPX-", whole: /GOCSPX-[\w-]{20,60}/y },
  { name: "github_token", start: "ghp_", whole: /ghp_[0-9A-Za-z]{36,255}/y },
  { name: "github_token", start: "gho_", whole: /gho_[0-9A-Za-z]{36,255}/y },
  { name: "github_token", start: "ghu_", whole: /ghu_[0-9A-Za-z]{36,255}/y },
  { name: "github_token", start: "ghs_", whole: /ghs_[0-9A-Za-z]{36,255}/y },
  { name: "github_token", start: "ghr_", whole: /ghr_[0-9A-Za-z]{36,255}/y },
  { name: "github_token", start: "github_pat_", whole: /github_pat_\w{22,255}/y },
  { name: "gitlab_token", start: "glpat-", whole: /glpat-[\w-]{20,255}/y },
  { name: "slack_token", start: "xox", whole: /xox[abeposr]-[0-9A-Za-z-]{10,255}/y },
  { name: "slack_token", start: "xapp-", whole: /xapp-[0-9A-Za-z-]{20,255}/y },
  { name: "anthropic_key", start: "sk-ant-", whole: /sk-ant-[\w-]{20,255}/y },
  { name: "openai_key", start: "sk-", whole: /sk-(?:(?:proj|svcacct|admin|None)-)?[\w-]{20,255}/y, digit: true },
  { name: "huggingface_token", start: "hf_", whole: /hf_[0-9A-Za-z]{30,60}/y },
  { name: "stripe_key", start: "sk_", whole: /sk_(?:live|test)_[0-9A-Za-z]{16,255}/y },
  { name: "stripe_key", start: "rk_", whole: /rk_(?:live|test)_[0-9A-Za-z]{16,255}/y },
  { name: "stripe_key", start: "whsec_", whole: /whsec_[0-9A-Za-z]{20,255}/y },
  { name: "npm_token", start: "npm_", whole: /npm_[0-9A-Za-z]{36}(?![0-9A-Za-z])/y },
  { name: "culprit_key", start: "ck_", whole: /ck_[iram]_[0-9A-Za-z]{51}(?![0-9A-Za-z])/y },
  { name: "jwt", start: "eyJ", whole: /(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/y },
];

/** Any of the starts, not inside a word. */
export const TOKEN_START = new RegExp(
  `(?<![0-9A-Za-z])(?:${[...new Set(TOKEN_RULES.map((rule) => rule.start))].sort((a, b) => b.length - a.length).join("|")})`,
  "g",
);

/** Names whose value is a secret wherever they stand, as the end of a longer name too (`OPENAI_API_KEY`). */
const SECRET_NAME =
  "(?:password|passwd|passphrase|secret|credential|api[_-]?key|(?:access|account|auth|encryption|private|secret|shared|signing)[_-]?(?:access[_-]?)?key|(?:access|api|auth|bearer|bot|id|refresh|secret|session)[_-]?token)s?";

/** `NAME =`, `"NAME": "` and the like, just before a value; quotes may be escaped, several times over. */
export const SECRET_BEFORE = new RegExp(
  `${SECRET_NAME}[\\w-]{0,20}\\\\{0,7}["']?\\s{0,3}(?:=>|[=:])\\s{0,3}\\\\{0,7}["']?$`,
  "i",
);

/** `Bearer `, `Basic ` or `token ` just before a value. */
export const SCHEME_BEFORE =
  /(?:\bbearer|authorization\\{0,7}["']?\s{0,3}[:=]\s{0,3}\\{0,7}["']?(?:basic|token))\s{1,3}$/i;

/** An SAS signature's parameter just before its value. */
export const SIGNATURE_BEFORE = /[?&;](?:amp;)?sig=$/i;

/** Where a password of a few characters may follow. */
export const PASSWORD_HINT = /assw|ASSW|[;&"](?:pwd|Pwd|PWD)=|ecret["'\\=: ]|ECRET["'\\=: ]/g;

/** From {@link PASSWORD_HINT} on: the rest of the name, the sign, and the value in the group. */
export const PASSWORD_QUOTED =
  /[;&]?\w{1,24}(?:\\{0,7}["'])?\s{0,3}(?:=>|[=:])\s{0,3}(?<open>\\{0,7}["'])(?<secret>[^"'\\\r\n]{1,256})(?=\k<open>)/dy;
export const PASSWORD_BARE =
  /[;&"]?\w{1,24}(?:\\{0,7}["'])?\s{0,3}[=:]\s{0,3}(?<secret>[^\s"'\\,;&<>(){}[\]$]{6,256})/dy;
/** In a connection string the value ends with the next semicolon, whatever it is. */
export const PASSWORD_IN_CONNECTION = /[;&"]?\w{1,24}=(?<secret>[^\s"'\\;&<>{}$]{1,256})(?=;)/dy;

/** A user's password in an address, from `://` on. */
export const URL_PASSWORD = /:\/\/[^\s/:@"'\\<>]{0,128}:(?!\$)(?<secret>[^\s/@"'\\<>]{1,256})@/dy;

/** An attribute or field whose text is a secret whatever it looks like. */
export const SECRET_KEY = new RegExp(`(?:${SECRET_NAME}|authorization|(?:set-)?cookie)$`, "i");

/** What follows the `@` of an e-mail address. */
export const EMAIL_DOMAIN = /@(?:[0-9A-Za-z-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![0-9A-Za-z])/y;

export const PRIVATE_KEY_HINT = "-----BEGIN ";
/** A block of a private key in PEM, with real or escaped line ends. */
export const PRIVATE_KEY =
  /-----BEGIN [0-9A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[\w+/=\s:,.()]|-(?!----)|\\+[nrt]){1,16384}-----END [0-9A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;
/** One whose end was cut off: as far as its lines go. */
export const PRIVATE_KEY_CUT =
  /-----BEGIN [0-9A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:(?:\s|\\+[nrt]){0,8}[\w+/=]{16,2048}){1,400}(?:(?:[\r\n]|\\+[nrt]){1,8}[\w+/=]{1,64})?/y;

/** What stands before the last part of a Slack webhook's address. */
export const SLACK_WEBHOOK_BEFORE = /hooks\.slack\.com\/(?:services|workflows)\/\w{1,20}\/\w{1,20}\/$/;
