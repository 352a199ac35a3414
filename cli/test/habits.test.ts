/** Words and flags that a user of Fluvio's own tools types: they work, or the answer says what to use instead. */
import { mkdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Home } from "./smdk.ts";

const home = new Home();

beforeAll(() => {
  mkdirSync(home.path("sieve/build"), { recursive: true });
  writeFileSync(
    home.path("sieve/SmartModule.toml"),
    'params = []\n[package]\nname = "sieve"\ngroup = "local"\nversion = "0.1.0"\napiVersion = "0.1.0"\n',
  );
});
afterAll(() => home[Symbol.dispose]());

describe.concurrent("what is not there", () => {
  test.each<[string, RegExp]>([
    ["tpoic list", /`tpoic list` is not an smdk command\ntry: smdk topic list/],
    ["topic crate", /try: smdk topic create/],
    ["help topic crate", /`topic crate` is not an smdk command\ntry: smdk topic create/],
    ["topic crate --help", /try: smdk topic create/],
    ["topic purge", /try: smdk help topic/],
    ["topic list words", /`topic list` takes no argument `words`\ntry: smdk topic list --help/],
    ["cluster check --fix", /smdk has no `cluster check`\ntry: smdk cluster status/],
    ["sm watch", /smdk has no `smartmodule watch`\ntry: /],
    ["cluster spg create main", /smdk has no `spg create main`\ntry: smdk cluster start --spu N/],
    ["hub sm list", /try: smdk hub list/],
    ["set-public", /visibility = "public"/],
    ["consume words --beginnig", /smdk consume has no flag --beginnig\ntry: --beginning/],
    ["consume words -x", /smdk consume has no flag -x\ntry: smdk consume --help/],
    ["test --texts a", /try: --text\n/],
    ["generate x --kin map", /try: --kind\n/],
    ["cluster start --k8", /has no flag --k8\ntry: leave it out: the local cluster is a process/],
    ["cluster start --log-dir=x", /try: leave it out: the log is cluster.log/],
    ["generate x --sm-crate-version 0.1.0", /try: leave it out: package.json says/],
    ["generate x --template-repo=url", /try: leave it out: the templates come with smdk/],
    ["build --path sieve --release dev", /no cargo profiles here, so no "dev"\ntry: smdk build --debug/],
    ["load --path sieve -p colander", /is called sieve, not colander\ntry: /],
  ])("smdk %s", async (line, expected) => {
    const { code, stdout, stderr } = await home.run(line.split(" "));
    expect({ code, stdout, stderr }).toEqual({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(expected),
    });
  });
});

describe.concurrent("what is there", () => {
  test.each(["-h", "topic -h", "topic create -h", "sm list -h", "cluster spu list -h"])(
    "smdk %s",
    async (line) => {
      expect(await home.ok(line.split(" "))).toContain("USAGE");
    },
  );

  test.each([
    ["build", "--release", "release-lto", "--nowasi", "-p", "sieve"],
    ["load", "--release", "release-lto", "--nowasi", "-p", "sieve", "--dry-run", "-c", "127.0.0.1:1"],
    ["test", "--release", "release", "--nowasi", "-p", "sieve", "--text", "x"],
  ])("smdk %s takes cargo's flags, and goes on to look for the sources", async (...args) => {
    const { code, stderr } = await home.run(args, { cwd: home.path("sieve") });
    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringContaining("entry file src/index.ts") });
  });
});
