import { parseConfig, type RawSpan, REDACTION_RULES } from "@culprit/schemas";
import { describe, expect, test } from "vitest";
import { createRedactor } from "../../../collector/privacy/redactor.ts";
import { findSecrets } from "../../../collector/privacy/scan.ts";

const ALL: ReadonlySet<string> = new Set(REDACTION_RULES);

/** Put together here, so that no scanner takes this file for a leak. */
const word = (length: number) => "a1B2c3D4e5".repeat(Math.ceil(length / 10)).slice(0, length);
const upper = (length: number) => word(length).toUpperCase();
const PEM = (sign: string) =>
  `-----BEGIN RSA PRIVATE ${"KEY"}-----${sign}${word(64)}${sign}${word(20)}+/=${sign}-----END RSA PRIVATE ${"KEY"}-----`;

function redacted(text: string, settings: Record<string, unknown> = {}): string {
  return createRedactor(parseConfig(settings)).text(text, new Map());
}

describe("a secret of a shape of its own is taken out, whatever is around it", () => {
  const secrets: [rule: string, secret: string][] = [
    ["aws_key", `AKIA${upper(16)}`],
    ["aws_key", `ASIA${upper(16)}`],
    ["google_key", `AIza${word(35)}`],
    ["google_key", `ya29.${word(40)}`],
    ["github_token", `ghp_${word(36)}`],
    ["github_token", `github_pat_${word(22)}_${word(59)}`],
    ["gitlab_token", `glpat-${word(20)}`],
    ["slack_token", `xoxb-1234567890-${word(24)}`],
    ["anthropic_key", `sk-ant-api03-${word(90)}`],
    ["openai_key", `sk-${word(48)}`],
    ["openai_key", `sk-proj-${word(80)}`],
    ["huggingface_token", `hf_${word(34)}`],
    ["stripe_key", `sk_live_${word(24)}`],
    ["npm_token", `npm_${word(36)}`],
    ["culprit_key", `ck_i_${word(51)}`],
    ["jwt", `eyJ${word(20)}.eyJ${word(40)}.${word(43)}`],
    ["private_key", PEM("\n")],
    ["private_key", PEM("\\n")],
  ];

  test.each(secrets)("%s: %s", (rule, secret) => {
    const mark = `[redacted:${rule}]`;
    expect(redacted(secret)).toBe(mark);
    expect(redacted(`use ${secret} now`)).toBe(`use ${mark} now`);
    expect(redacted(JSON.stringify({ a: [secret] }))).toBe(JSON.stringify({ a: [mark] }));
    expect(redacted(`${"x ".repeat(5000)}(${secret})${" y".repeat(5000)}`)).toContain(`(${mark})`);
    expect(redacted(`${secret}\n${secret}`)).toBe(`${mark}\n${mark}`);
  });
});

describe("a secret that only its name gives away", () => {
  test.each([
    [`Authorization: Bearer ${word(24)}`, "Authorization: Bearer [redacted:bearer_token]"],
    [`"authorization": "Basic ${word(24)}="`, '"authorization": "Basic [redacted:bearer_token]"'],
    [`aws_secret_access_key = wJ/${word(37)}`, "aws_secret_access_key = [redacted:secret_assignment]"],
    [`export OPENAI_API_KEY=${word(32)}`, "export OPENAI_API_KEY=[redacted:secret_assignment]"],
    [`AccountName=a;AccountKey=${word(86)}==;Endpoint=x`, "AccountName=a;AccountKey=[redacted:azure_key];Endpoint=x"],
    [`https://a.example/c?sv=1&sig=${word(30)}%3D`, "https://a.example/c?sv=1&sig=[redacted:azure_key]"],
    ["postgres://bob:s3cr3t@db.example/x", "postgres://bob:[redacted:url_password]@db.example/x"],
    ["Server=db;User Id=sa;Password=letmein;X=1", "Server=db;User Id=sa;Password=[redacted:secret_assignment];X=1"],
    ['{"user":"bob","password":"hunter two"}', '{"user":"bob","password":"[redacted:secret_assignment]"}'],
    ['{\\"password\\": \\"hunter2\\"}', '{\\"password\\": \\"[redacted:secret_assignment]\\"}'],
    ["password: hunter22", "password: [redacted:secret_assignment]"],
    [
      `https://hooks.slack.com/services/T012/B012/${word(24)}`,
      "https://hooks.slack.com/services/T012/B012/[redacted:slack_token]",
    ],
  ])("%s", (text, expected) => expect(redacted(text)).toBe(expected));
});

describe("what only looks like a secret stays", () => {
  test.each([
    "task-oriented-dialogue-systems-are-a-field-of-study sk-learn-extension-package-name",
    "the secret is out: 42 people know the password",
    "password = getpass()",
    "self.secret: str = field()",
    "next_page_token: abcdef1234567890abcdef",
    `token_count: ${"1".repeat(20)} trace ${word(32)}`,
    "it starts with -----BEGIN PRIVATE KEY----- and then come lines",
    "git@github.com:a/b.git @pytest.fixture lodash@4.17.21 a @ b",
    "https://oauth2:$GITLAB_TOKEN@gitlab.example/x http://[::1]:8080/x@y",
    "api_key=os.environ['MY_VERY_LONG_VARIABLE_NAME']",
    '{"password": {"type": "string"}}',
  ])("%s", (text) => expect(redacted(text)).toBe(text));
});

describe("an e-mail address", () => {
  test("is taken out by default", () => {
    expect(redacted("ask bob.smith+x@mail.example.co.uk, please")).toBe("ask [redacted:email], please");
    expect(redacted("line\\nbob@x.co")).toBe("line\\n[redacted:email]");
  });

  test("stays where the rule is skipped", () => {
    expect(redacted("ask bob@example.com", { redact_skip: ["email"] })).toBe("ask bob@example.com");
  });
});

describe("a rule of one's own", () => {
  const rules = [{ name: "customer", pattern: "\\bC-[0-9]{6}\\b" }];

  test("takes out what it matches, and counts", () => {
    const counts = new Map<string, number>();
    const redactor = createRedactor(parseConfig({ redact_rules: rules }));
    expect(redactor.text("C-123456 and C-654321, not C-12", counts)).toBe(
      "[redacted:customer] and [redacted:customer], not C-12",
    );
    expect(counts).toEqual(new Map([["customer", 2]]));
  });

  test.each([
    ["look-around", "(?=a)b"],
    ["a back-reference", "(a)\\1"],
    ["an open bracket", "[a"],
    ["a match of nothing", "a*"],
  ])("with %s is refused at start, by name", (_what, pattern) => {
    const config = parseConfig({ redact_rules: [{ name: "mine", pattern }] });
    expect(() => createRedactor(config)).toThrow(
      expect.objectContaining({ code: "config_invalid", message: expect.stringContaining("mine") }),
    );
  });

  test("can't take a built-in's name, nor one twice", () => {
    expect(() => parseConfig({ redact_rules: [{ name: "jwt", pattern: "x" }] })).toThrow(/built-in/);
    expect(() => createRedactor(parseConfig({ redact_rules: [rules[0], rules[0]] }))).toThrow(/name is taken/);
  });

  test("that would take a backtracking engine for ever is done at once", () => {
    const config = parseConfig({ redact_rules: [{ name: "evil", pattern: "(a+)+$" }] });
    const began = performance.now();
    expect(createRedactor(config).text(`${"a".repeat(30_000)}!`, new Map())).toHaveLength(30_001);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});

describe("a span", () => {
  const secret = `ghp_${word(36)}`;
  const aSpan = (): RawSpan => ({
    trace_id: "0".repeat(31).concat("1"),
    span_id: "1".repeat(16),
    parent_span_id: "",
    name: `call ${secret}`,
    kind: "internal",
    start_time_unix_nano: "1",
    end_time_unix_nano: "2",
    status_code: "error",
    status_message: `failed with ${secret}`,
    trace_state: "",
    scope_name: "",
    scope_version: "",
    resource_attributes: { command: ["run", secret] },
    attributes: JSON.parse(
      JSON.stringify({
        a: secret,
        n: 1,
        nested: { deep: [{ x: `y ${secret}` }] },
        "http.header.authorization": ["short"],
      }),
    ),
    events: [{ name: "exception", time_unix_nano: "1", attributes: { "exception.message": secret } }],
    links: [],
    dropped_attributes_count: 0,
    dropped_events_count: 0,
    dropped_links_count: 0,
  });

  test("loses secrets everywhere, and says how many by rule", () => {
    const span = aSpan();
    const redactor = createRedactor(parseConfig());
    redactor.span(span);
    expect(JSON.stringify(span)).not.toContain(secret);
    expect(span.attributes).toMatchObject({
      a: "[redacted:github_token]",
      n: 1,
      nested: { deep: [{ x: "y [redacted:github_token]" }] },
      "http.header.authorization": ["[redacted:secret_assignment]"],
      "culprit.redacted": { github_token: 5, secret_assignment: 1 },
    });
    expect(span.resource_attributes).toEqual({
      command: ["run", "[redacted:github_token]"],
      "culprit.redacted": { github_token: 1 },
    });
    expect(Object.fromEntries(redactor.counts())).toEqual({ github_token: 6, secret_assignment: 1 });
  });

  test("without secrets is as it was, and a sender's own count is not believed", () => {
    const span = { ...aSpan(), name: "a", status_message: "", resource_attributes: {}, events: [] };
    span.attributes = { text: "plain", "culprit.redacted": { jwt: 9 } };
    createRedactor(parseConfig()).span(span);
    expect(span.attributes).toEqual({ text: "plain" });
  });

  test("with hostile keys keeps them as data", () => {
    const span = aSpan();
    span.attributes = JSON.parse(`{"__proto__": "${secret}", "constructor": {"__proto__": ["${secret}"]}}`);
    createRedactor(parseConfig()).span(span);
    expect(JSON.stringify(span.attributes)).toBe(
      '{"__proto__":"[redacted:github_token]","constructor":{"__proto__":["[redacted:github_token]"]},"culprit.redacted":{"github_token":5}}',
    );
  });
});

/** Texts made to make a scanner slow: each is 2 MB, and each takes a fraction of a second. */
test.each([
  ["sk-"],
  ["eyJ-"],
  [`eyJ${"a".repeat(13)}.`],
  ["a@"],
  ["a@a.a"],
  ["://a:b"],
  ['password="'],
  ["password "],
  [`-----BEGIN PRIVATE ${"KEY"}-----`],
  [`-----BEGIN PRIVATE ${"KEY"}-----${"a".repeat(20)}`],
  [`bearer ${"a".repeat(17)}`],
  [`secret=${"a".repeat(20)} `],
  ["github_pat_"],
  ["\\"],
])("a text of nothing but %s costs time linear in its length", (piece) => {
  const text = piece.repeat(Math.ceil(2e6 / piece.length));
  const began = performance.now();
  findSecrets(text, ALL);
  expect(performance.now() - began).toBeLessThan(3_000);
});
