import { type Effect, effect } from "../words.ts";
import { gitEffect } from "./git.ts";
import { flagValue, hasFlag, operands } from "./operands.ts";
import { codeEffect, scriptEffect } from "./programs.ts";
import type { SimpleCommand } from "./simple-commands.ts";

type Row = (command: SimpleCommand) => Effect;

const look =
  (valued?: ReadonlySet<string>): Row =>
  ({ args, reads }) =>
    effect({ class: "explore", reads: [...operands(args, valued), ...reads] });
const lists: Row = ({ args }) => effect({ class: "explore", reads: [], searches: [], ...(args.length > 0 ? {} : {}) });
/** First operand a pattern, the others files, unless the pattern came by flag. */
const search =
  (...patternFlags: string[]): Row =>
  ({ args }) => {
    const flags = new Set(patternFlags);
    const given = flagValue(args, ...patternFlags);
    const words = operands(args, new Set([...flags, ...SEARCH_VALUED]));
    return effect({
      class: "explore",
      searches: given === undefined ? words.slice(0, 1) : [given],
      reads: given === undefined ? words.slice(1) : words,
    });
  };
const SEARCH_VALUED = [
  "-A",
  "-B",
  "-C",
  "-m",
  "--include",
  "--exclude",
  "--exclude-dir",
  "-t",
  "-g",
  "--glob",
  "-d",
  "--max-count",
];
const HEAD_VALUED = new Set(["-n", "-c", "--lines", "--bytes"]);

const neutral: Row = () => effect({});
const verify: Row = () => effect({ class: "verify" });
const tests: Row = ({ args }) => effect({ class: "verify", tests: true, runs: operands(args) });
const finish: Row = () => effect({ class: "communicate", finishes: true });
const change =
  (kind: "creates" | "changes" | "deletes", valued?: ReadonlySet<string>): Row =>
  ({ args }) =>
    effect({ class: "change", [kind]: operands(args, valued) });
const install: Row = ({ args }) => effect({ class: "change", installs: true, runs: operands(args) });

/** Package managers and build tools: the class goes by the subcommand. */
const sub =
  (rows: Record<string, Row>, otherwise: Row): Row =>
  (command) => {
    const [verb = ""] = operands(command.args);
    return (Object.hasOwn(rows, verb) ? rows[verb] : undefined)?.(command) ?? otherwise(command);
  };
const scripted: Row = ({ args }) => {
  const [, script = ""] = operands(args);
  return /test|spec|check|lint/i.test(script)
    ? effect({ class: "verify", tests: /test|spec/i.test(script) })
    : verify(EMPTY);
};
const node = sub(
  {
    install,
    i: install,
    ci: install,
    add: install,
    remove: install,
    update: install,
    test: tests,
    t: tests,
    run: scripted,
    "run-script": scripted,
    exec: scripted,
    ls: lists,
    list: lists,
    view: lists,
    init: change("creates"),
  },
  verify,
);
const python = sub(
  {
    install,
    uninstall: install,
    download: install,
    show: lists,
    list: lists,
    freeze: lists,
    check: lists,
    add: install,
    sync: install,
    run: scripted,
  },
  verify,
);
const system = sub(
  {
    install,
    remove: install,
    update: install,
    upgrade: install,
    add: install,
    "dist-upgrade": install,
    purge: install,
    search: lists,
    show: lists,
    list: lists,
  },
  install,
);
const rust = sub(
  {
    test: tests,
    t: tests,
    nextest: tests,
    add: install,
    install,
    new: change("creates"),
    fmt: change("changes"),
    fix: change("changes"),
    tree: lists,
  },
  verify,
);
const golang = sub(
  {
    test: tests,
    get: install,
    install,
    mod: change("changes"),
    fmt: change("changes"),
    generate: change("changes"),
    env: lists,
    list: lists,
    doc: lists,
  },
  verify,
);
const build: Row = ({ args }) =>
  operands(args).some((goal) => /test|check|verify|integration/i.test(goal))
    ? effect({ class: "verify", tests: true })
    : effect({ class: "verify" });

const stream: Row = ({ name, args, reads, piped }) => {
  const inPlace =
    name === "sed"
      ? hasFlag(args, "i", "--in-place")
      : args.some((arg) => /^-(?:i|pi|ni|[a-z]*i)(?:\.\w+)?$/.test(arg)) || flagValue(args, "-i") === "inplace";
  const scripts = args.filter((_, at) => args[at - 1] === "-e" || args[at - 1] === "-f");
  const words = operands(args, new Set(["-e", "-f", "-F", "-v", "--expression", "--file"]));
  const [program = ""] = scripts.length > 0 ? scripts : words;
  const files = scripts.length > 0 ? words : words.slice(1);
  if (inPlace)
    return effect({ class: "change", changes: files, ...substitution(scripts.length > 0 ? scripts : [program]) });
  if (piped && files.length === 0) return effect({});
  return effect({ class: "explore", reads: [...files, ...reads] });
};

/** A longer sed program is not read for what it replaces. */
const LONGEST_PROGRAM = 5_000;

/** What `s/old/new/` puts in and takes out. */
function substitution(scripts: readonly string[]): Pick<Effect, "added" | "removed"> {
  const removed: string[] = [];
  const added: string[] = [];
  for (const script of scripts) {
    if (script.length > LONGEST_PROGRAM) continue;
    const match = /^[\d,$/^\w\s.*[\]\\]*?s([|/#@,!~:])((?:\\.|(?!\1)[^\\])*)\1((?:\\.|(?!\1)[^\\])*)\1/s.exec(script);
    if (match) {
      removed.push(match[2] ?? "");
      added.push(match[3] ?? "");
    } else {
      const inserted = /[aic]\\?\s*(.+)$/s.exec(script)?.[1];
      if (inserted !== undefined) added.push(inserted);
    }
  }
  return { added, removed };
}

const interpreter =
  (codeFlags: readonly string[], testModules: readonly string[] = []): Row =>
  (command) => {
    const { args, stdin, reads } = command;
    const code = flagValue(args, ...codeFlags);
    if (code !== undefined) return codeEffect(code);
    const module = flagValue(args, "-m");
    if (module !== undefined) {
      if (testModules.includes(module.split(".")[0] ?? ""))
        return effect({ class: "verify", tests: true, runs: operands(args.slice(args.indexOf("-m") + 2)) });
      if (module === "pip" || module === "venv" || module === "ensurepip")
        return python({ ...command, args: args.slice(args.indexOf("-m") + 2) });
      return effect({ class: "verify", runs: [module] });
    }
    if (hasFlag(args, "V", "--version")) return effect({ class: "explore" });
    if (args.includes("--test")) return effect({ class: "verify", tests: true, runs: operands(args) });
    const [script] = operands(args, new Set(["-W", "-X", "-r", "-I", "--import", "--require"]));
    if (script !== undefined && script !== "-") {
      if (/(?:^|\/)setup\.py$/.test(script)) return effect({ class: "change", installs: true });
      if (/(?:^|\/)(?:manage|runtests)\.py$/.test(script))
        return effect({ class: "verify", tests: args.includes("test") || /runtests/.test(script), runs: [script] });
      return scriptEffect(script);
    }
    if (stdin !== null) return codeEffect(stdin);
    return effect({ class: "verify", runs: reads });
  };

const copies: Row = ({ args }) => {
  const files = operands(args, new Set(["-t", "-m", "-o", "-g"]));
  return effect({ class: "change", reads: files.slice(0, -1), creates: files.slice(-1) });
};
const moves: Row = ({ args }) => {
  const files = operands(args);
  return effect({ class: "change", deletes: files.slice(0, -1), creates: files.slice(-1) });
};
const tee: Row = ({ args, stdin }) => {
  const files = operands(args);
  return effect({
    class: "change",
    [hasFlag(args, "a", "--append") ? "changes" : "creates"]: files,
    added: stdin === null ? [] : [stdin],
  });
};
const fetches: Row = ({ name, args }) => {
  const out = flagValue(args, "-o", "--output", "-O", "--output-document");
  const saves = name === "wget" ? out !== "-" : out !== undefined || hasFlag(args, "O");
  return effect(saves ? { class: "change", creates: out === undefined ? [] : [out] } : { class: "explore" });
};
const archives: Row = ({ name, args }) => {
  const listing = name === "tar" ? /^-?[a-z]*t/.test(args[0] ?? "") : hasFlag(args, "l");
  return effect({ class: listing ? "explore" : "change", ...(listing ? { reads: operands(args).slice(0, 1) } : {}) });
};
const finds: Row = ({ args }) => {
  const named = flagValue(args, "-name", "-iname", "-path", "-regex");
  if (args.includes("-delete")) return effect({ class: "change" });
  return effect({ class: "explore", searches: named === undefined ? [] : [named] });
};
const patches: Row = ({ args, stdin }) =>
  effect({
    class: "change",
    ...(hasFlag(args, "R", "--reverse") ? { restores: ["*"] } : {}),
    changes: operands(args, new Set(["-p", "-i"])),
    added: stdin === null ? [] : [stdin],
  });
/** Text printed for a person or a program; a redirection makes it a change, which the caller adds. */
const prints: Row = ({ args }) =>
  effect(
    /COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT|MINI_SWE_AGENT_FINAL_OUTPUT|TASK_COMPLETE/.test(args.join(" "))
      ? { class: "communicate", finishes: true }
      : {},
  );
const compiles: Row = ({ args }) =>
  effect({
    class: "verify",
    reads: operands(args, new Set(["-o", "-I", "-L", "-l"])).filter((word) => /\.\w+$/.test(word)),
  });

/** SWE-agent's own commands, which it writes like a shell's. */
const SWE_AGENT: Record<string, Row> = {
  open: ({ args }) => effect({ class: "explore", reads: args.slice(0, 1) }),
  goto: look(),
  scroll_up: lists,
  scroll_down: lists,
  create: ({ args }) => effect({ class: "change", creates: args.slice(0, 1) }),
  edit: ({ args }) =>
    effect({
      class: "change",
      changes: [OPEN_FILE],
      removed: /^\d+(?::\d+)?$/.test(args[0] ?? "") ? [] : args.slice(0, 1),
      added: args.slice(1),
    }),
  insert: ({ args }) => effect({ class: "change", changes: [OPEN_FILE], added: args.slice(0, 1) }),
  search_dir: ({ args }) => effect({ class: "explore", searches: args.slice(0, 1) }),
  search_file: ({ args }) => effect({ class: "explore", searches: args.slice(0, 1), reads: args.slice(1) }),
  find_file: ({ args }) => effect({ class: "explore", searches: args.slice(0, 1) }),
  submit: finish,
  exit_forfeit: finish,
};

/** Stands for the file that SWE-agent's editor has open. */
export const OPEN_FILE = "\u0000open";

const EMPTY: SimpleCommand = {
  name: "",
  args: [],
  writes: [],
  reads: [],
  stdin: null,
  piped: false,
  cwd: "",
  guarded: false,
};

/** Command semantics: what a program of this name does with its arguments. */
const TABLE = new Map<string, Row>(
  Object.entries({
    cd: neutral,
    pushd: neutral,
    popd: neutral,
    export: neutral,
    set: neutral,
    unset: neutral,
    alias: neutral,
    true: neutral,
    false: neutral,
    ":": neutral,
    sleep: neutral,
    wait: neutral,
    source: neutral,
    ".": neutral,
    clear: neutral,
    trap: neutral,
    ulimit: neutral,
    umask: neutral,
    read: neutral,
    local: neutral,
    return: neutral,
    shift: neutral,
    test: neutral,
    "[": neutral,
    "[[": neutral,
    exit: neutral,
    break: neutral,
    continue: neutral,
    kill: neutral,
    pkill: neutral,
    killall: neutral,
    jobs: neutral,
    fg: neutral,
    bg: neutral,
    disown: neutral,
    echo: prints,
    printf: prints,
    cat: look(),
    less: look(),
    more: look(),
    head: look(HEAD_VALUED),
    tail: look(HEAD_VALUED),
    nl: look(),
    bat: look(),
    tac: look(),
    xxd: look(),
    od: look(),
    hexdump: look(),
    strings: look(),
    wc: look(),
    stat: look(),
    file: look(),
    sort: look(),
    uniq: look(),
    cut: look(new Set(["-d", "-f", "-c"])),
    tr: neutral,
    column: look(),
    diff: look(),
    cmp: look(),
    comm: look(),
    md5sum: look(),
    sha256sum: look(),
    jq: ({ args, reads }) => effect({ class: "explore", reads: [...operands(args).slice(1), ...reads] }),
    yq: look(),
    readlink: look(),
    realpath: look(),
    basename: neutral,
    dirname: neutral,
    seq: neutral,
    objdump: look(),
    nm: look(),
    readelf: look(),
    ldd: look(),
    ls: lists,
    tree: lists,
    pwd: lists,
    which: lists,
    type: lists,
    whereis: lists,
    command: lists,
    env: lists,
    printenv: lists,
    whoami: lists,
    id: lists,
    uname: lists,
    hostname: lists,
    date: lists,
    df: lists,
    du: lists,
    free: lists,
    ps: lists,
    top: lists,
    netstat: lists,
    ss: lists,
    lsof: lists,
    history: lists,
    man: lists,
    help: lists,
    nproc: lists,
    lscpu: lists,
    ping: lists,
    dig: lists,
    nslookup: lists,
    systemctl: lists,
    journalctl: lists,
    grep: search("-e", "--regexp"),
    egrep: search("-e"),
    fgrep: search("-e"),
    zgrep: search("-e"),
    rg: search("-e", "--regexp"),
    ag: search(),
    ack: search(),
    find: finds,
    fd: search(),
    locate: search(),
    ctags: lists,
    sed: stream,
    awk: stream,
    gawk: stream,
    perl: (command) =>
      command.args.some((arg) => /^-[a-z]*i/.test(arg)) ? stream(command) : interpreter(["-e", "-E"])(command),
    tee,
    cp: copies,
    mv: moves,
    rm: change("deletes"),
    rmdir: change("deletes"),
    unlink: change("deletes"),
    mkdir: change("creates", new Set(["-m"])),
    touch: change("creates"),
    ln: copies,
    install: copies,
    rsync: copies,
    scp: copies,
    dd: () => effect({ class: "change" }),
    truncate: change("changes", new Set(["-s"])),
    chmod: ({ args }) => effect({ class: "change", changes: operands(args).slice(1) }),
    chown: ({ args }) => effect({ class: "change", changes: operands(args).slice(1) }),
    patch: patches,
    ed: change("changes"),
    ex: change("changes"),
    vi: change("changes"),
    vim: change("changes"),
    nano: change("changes"),
    dos2unix: change("changes"),
    split: look(),
    tar: archives,
    unzip: archives,
    zip: archives,
    gzip: change("changes"),
    gunzip: change("changes"),
    "7z": archives,
    curl: fetches,
    wget: fetches,
    git: ({ args }) => gitEffect(args),
    hg: sub({ diff: lists, log: lists, status: lists }, change("changes")),
    gh: lists,
    pip: python,
    pip3: python,
    uv: python,
    poetry: python,
    pipenv: python,
    conda: python,
    mamba: python,
    apt: system,
    "apt-get": system,
    yum: system,
    dnf: system,
    apk: system,
    pacman: system,
    brew: system,
    npm: node,
    pnpm: node,
    yarn: node,
    bun: node,
    npx: ({ args }) => (/jest|vitest|mocha|ava|tap|playwright/.test(args.join(" ")) ? tests(EMPTY) : verify(EMPTY)),
    cargo: rust,
    go: golang,
    make: build,
    gmake: build,
    ninja: build,
    bazel: build,
    mvn: build,
    gradle: build,
    "./gradlew": build,
    gradlew: build,
    cmake: verify,
    rake: build,
    sbt: build,
    dotnet: build,
    mix: build,
    stack: build,
    zig: build,
    meson: build,
    gcc: compiles,
    "g++": compiles,
    cc: compiles,
    clang: compiles,
    "clang++": compiles,
    javac: compiles,
    rustc: compiles,
    tsc: compiles,
    ocamlc: compiles,
    ghc: compiles,
    as: compiles,
    ld: compiles,
    pytest: tests,
    "py.test": tests,
    tox: tests,
    nosetests: tests,
    nox: tests,
    unittest: tests,
    jest: tests,
    vitest: tests,
    mocha: tests,
    ava: tests,
    rspec: tests,
    phpunit: tests,
    ctest: tests,
    bats: tests,
    busted: tests,
    prove: tests,
    karma: tests,
    cypress: tests,
    playwright: tests,
    flake8: verify,
    pylint: verify,
    mypy: verify,
    pyright: verify,
    ruff: (command) => (hasFlag(command.args, "", "--fix") ? change("changes")(command) : verify(command)),
    eslint: (command) => (hasFlag(command.args, "", "--fix") ? change("changes")(command) : verify(command)),
    black: (command) => (hasFlag(command.args, "", "--check") ? verify(command) : change("changes")(command)),
    prettier: (command) => (hasFlag(command.args, "", "--write") ? change("changes")(command) : verify(command)),
    isort: change("changes"),
    autopep8: stream,
    shellcheck: verify,
    hadolint: verify,
    gdb: verify,
    valgrind: verify,
    strace: verify,
    coverage: tests,
    python: interpreter(["-c"], ["pytest", "unittest", "nose", "nose2", "doctest"]),
    python2: interpreter(["-c"], ["pytest", "unittest"]),
    python3: interpreter(["-c"], ["pytest", "unittest", "nose", "nose2", "doctest"]),
    ipython: interpreter(["-c"]),
    pypy: interpreter(["-c"], ["pytest"]),
    node: interpreter(["-e", "--eval", "-p", "--print"]),
    deno: sub({ test: tests }, verify),
    ruby: interpreter(["-e"]),
    php: interpreter(["-r"]),
    lua: interpreter(["-e"]),
    Rscript: interpreter(["-e"]),
    julia: interpreter(["-e"]),
    tsx: interpreter(["-e"]),
    "ts-node": interpreter(["-e"]),
    java: verify,
    swift: build,
    sqlite3: verify,
    psql: verify,
    mysql: verify,
    docker: sub({ ps: lists, logs: lists, images: lists, inspect: lists }, verify),
    str_replace_editor: ({ args }) =>
      effect({
        class: args[0] === "view" ? "explore" : "change",
        ...(args[0] === "view" ? { reads: args.slice(1, 2) } : { changes: args.slice(1, 2) }),
      }),
    ...SWE_AGENT,
  } satisfies Record<string, Row>),
);

/** What a program is known to do; one that is not in the table is run to see what it does. */
export function commandEffect(command: SimpleCommand): Effect {
  const row = TABLE.get(command.name) ?? (/^python[\d.]*$/.test(command.name) ? TABLE.get("python3") : undefined);
  if (row !== undefined) return row(command);
  return command.name === "" ? effect({}) : scriptEffect(command.name);
}
