import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openWorkspace, type Workspace } from "@culprit/analyzers";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "culprit-sandbox-"));
const base = join(folder, "base");
const secret = join(folder, "secret.txt");
const open: Workspace[] = [];

beforeAll(() => {
  mkdirSync(base);
  writeFileSync(join(base, "a.txt"), "one\n");
  writeFileSync(secret, "not for agents\n");
});
afterEach(async () => {
  for (const workspace of open.splice(0)) await workspace.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function workspaceOf(options: Partial<Parameters<typeof openWorkspace>[0]> = {}): Promise<Workspace> {
  const workspace = await openWorkspace({ base, ...options });
  open.push(workspace);
  return workspace;
}

const confined = await openWorkspace({ base: import.meta.dirname }).then(
  async (workspace) => {
    await workspace.close();
    return true;
  },
  () => false,
);
if (!confined) console.log("skipped: this machine has neither bwrap nor namespaces to keep commands in");

describe.skipIf(!confined)("a hostile command in a workspace", () => {
  it("writes nowhere but in its own folders, and the base stays as it was", async () => {
    const workspace = await workspaceOf();
    const tried = ["/usr/culprit-was-here", "/etc/culprit-was-here", "/culprit-was-here", `${folder}/was-here`];
    const { output } = await workspace.run(
      [
        ...tried.map((path) => `echo x > ${path}`),
        "rm -rf /etc /home /opt",
        "echo two > a.txt",
        "echo three > /tmp/t",
      ].join("\n"),
    );
    expect(output).toContain("Read-only file system");
    for (const path of tried) expect(existsSync(path), path).toBe(false);
    expect(readFileSync(join(base, "a.txt"), "utf8")).toBe("one\n");
    expect(existsSync(secret)).toBe(true);
    expect((await workspace.run("cat /tmp/t")).output).toBe("three\n");
  });

  it("reads no file outside of its workspace and the system", async () => {
    const workspace = await workspaceOf();
    const { output, code } = await workspace.run(`cat ${secret} ~root/.ssh/* /etc/shadow; ls ${folder}; env`);
    expect(code).toBe(0);
    expect(output).not.toContain("not for agents");
    expect(output).not.toMatch(/^root:[^:\s]*:\d/m);
    for (const name of Object.keys(process.env).filter((key) => /TOKEN|KEY|SECRET|npm_/.test(key))) {
      expect(output).not.toContain(`${name}=`);
    }
  });

  it("reaches no network, not even this machine's own", async () => {
    const server: Server = createServer((socket) => socket.end("hello\n"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    try {
      const workspace = await workspaceOf();
      const { output, code } = await workspace.run(`exec 9<>/dev/tcp/127.0.0.1/${port} && cat <&9`);
      expect(code).not.toBe(0);
      expect(output).not.toContain("hello");
    } finally {
      server.close();
    }
  });

  it("sees no process of this machine and can end none", async () => {
    const workspace = await workspaceOf();
    const { output } = await workspace.run(`kill -9 ${process.pid}; ls /proc | grep -c '^[0-9]'`);
    expect(output).toContain("No such process");
    expect(Number(output.trim().split("\n").at(-1))).toBeLessThan(10);
  });

  it("forks without end and is bounded, and the next command runs", async () => {
    const workspace = await workspaceOf({ limits: { seconds: 5, processes: 64 } });
    const began = performance.now();
    const { output } = await workspace.run("bomb() { bomb | bomb & }; bomb 2>&1 | head -c 2000; sleep 1");
    expect(output).toContain("Resource temporarily unavailable");
    expect(performance.now() - began).toBeLessThan(20_000);
    expect((await workspace.run("node -p '1 + 1'; pgrep bash | wc -l")).output).toMatch(/^2\n[12]\n$/);
  });

  it("is stopped by the clock, with everything that it started", async () => {
    const workspace = await workspaceOf({ limits: { seconds: 1 } });
    const result = await workspace.run("setsid sleep 300 & sleep 300");
    expect(result).toMatchObject({ code: null, stopped: "It ran longer than 1 s." });
    expect((await workspace.run("pgrep sleep | wc -l")).output.trim()).toBe("0");
  });

  it("writes a file only so large, and prints only so much", async () => {
    const workspace = await workspaceOf({ limits: { fileMb: 1, outputBytes: 1000 } });
    const { code } = await workspace.run("head -c 5000000 /dev/zero > big");
    expect(code).not.toBe(0);
    expect(Number((await workspace.run("stat -c %s big")).output)).toBeLessThanOrEqual(1024 * 1024);
    const { output, dropped } = await workspace.run("head -c 5000 /dev/zero | tr '\\0' x");
    expect([output.length, dropped]).toEqual([1000, 4000]);
  });

  it("takes only so much memory", async () => {
    const workspace = await workspaceOf({ limits: { memoryMb: 256 } });
    const { code, output } = await workspace.run(`node -e 'const a = []; for (;;) a.push(Buffer.alloc(1e7, 1))'`);
    expect([code === 0, output.length > 0]).toEqual([false, true]);
  });

  it("gains no rights", async () => {
    const workspace = await workspaceOf();
    const { output } = await workspace.run(
      "mount -t tmpfs x /tmp; cat /proc/self/status | grep -E 'CapEff|NoNewPrivs'",
    );
    expect(output).toMatch(/CapEff:\s+0{16}/);
    expect(output).toMatch(/NoNewPrivs:\s+1/);
    expect(output).toMatch(/permission denied|must be superuser|not permitted/i);
  });

  it("leaves nothing behind", async () => {
    const workspace = await workspaceOf();
    const sleeper = `sleep 200.${process.pid}`;
    await workspace.run(`nohup ${sleeper} > /dev/null 2>&1 & echo started`);
    const holder = join(workspace.folder, "..");
    await workspace.close();
    open.length = 0;
    expect(existsSync(holder)).toBe(false);
    expect(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" })).not.toContain(sleeper);
  });
});

describe("a base", () => {
  const git = (...given: string[]) =>
    execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@example.invalid", ...given], {
      cwd: join(folder, "repo"),
      encoding: "utf8",
    }).trim();

  it("is a repository at a commit, without its hooks", async () => {
    mkdirSync(join(folder, "repo"));
    git("init", "--quiet");
    writeFileSync(join(folder, "repo/a.txt"), "first\n");
    git("add", ".");
    git("commit", "--quiet", "-m", "first");
    const first = git("rev-parse", "HEAD");
    writeFileSync(join(folder, "repo/a.txt"), "second\n");
    git("commit", "--quiet", "-am", "second");
    writeFileSync(join(folder, "repo/.git/hooks/post-checkout"), `#!/bin/sh\ntouch ${folder}/hooked\n`, {
      mode: 0o755,
    });
    const isolation = confined ? undefined : ("none" as const);
    expect((await (await workspaceOf({ base: join(folder, "repo"), isolation })).run("cat a.txt")).output).toBe(
      "second\n",
    );
    const older = await workspaceOf({ base: `${join(folder, "repo")}@${first}`, isolation });
    expect((await older.run("cat a.txt && git status --short && git log --oneline | wc -l")).output).toBe("first\n1\n");
    expect(readdirSync(folder)).not.toContain("hooked");
  });

  it.each([
    ["/nowhere", /is no folder/],
    [`${base}@main`, /no git repository/],
    [`${base}@--upload-pack=x`, /is no commit/],
  ])("%s is refused", async (given, message) => {
    await expect(openWorkspace({ base: given, isolation: "none" })).rejects.toThrow(message);
  });
});
