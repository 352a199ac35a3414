/** Starting a local cluster where something is in the way. */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { afterEach, expect, test } from "vitest";
import { boundLog } from "../src/services/cluster-log.ts";
import { Home } from "./smdk.ts";

const homes: Home[] = [];
function newHome(): Home {
  const home = new Home();
  homes.push(home);
  return home;
}

afterEach(async () => {
  for (const home of homes.splice(0)) {
    await home.run(["cluster", "delete", "--force"]);
    home[Symbol.dispose]();
  }
});

test("a port that is in use is named, with the flags that help", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const home = newHome();
  try {
    const { code, stderr } = await home.run(["cluster", "start", "--port", String(port), "--spu-port", "0"]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(`port ${port} is in use`) });
    expect(stderr).toContain("--port 0");
    expect(stderr).not.toMatch(/\n\s+at /);
  } finally {
    other.close();
  }
  expect((await home.run(["profile"])).code).toBe(3);
});

test("a directory with other things in it is not used for data, and never deleted", async () => {
  const home = newHome();
  mkdirSync(home.path("precious"));
  writeFileSync(home.path("precious/file"), "keep me");
  const { code, stderr } = await home.run(["cluster", "start", "--port", "0", "--data-dir", "precious"]);
  expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining("is not empty") });
  await home.ok(["cluster", "delete", "--force"]);
  expect(existsSync(home.path("precious/file"))).toBe(true);
});

test("after a crash the next start finds everything again", async () => {
  const home = newHome();
  const start = ["cluster", "start", "--port", "0", "--data-dir", "data", "--json"];
  const { pid } = JSON.parse(await home.ok(start));
  await home.ok(["topic", "create", "words"]);
  await home.ok(["produce", "words"], { input: "safe\n" });
  process.kill(pid, "SIGKILL");
  expect((await home.run(["topic", "list"])).code).toBe(5);
  await home.ok(["cluster", "start", "--port", "0"]);
  expect(await home.ok(["consume", "words", "-B", "-d"])).toBe("safe\n");
});

test("what a cluster refuses is said with a way out", async () => {
  const home = newHome();
  await home.ok(["cluster", "start", "--port", "0"]);
  await home.ok(["topic", "create", "words"]);
  for (const line of [
    "topic delete nope",
    "topic create words",
    "produce nope",
    "tf delete nope",
    "sm delete nope",
    "remote unregister nope",
  ]) {
    const { code, stderr } = await home.run(line.split(" "));
    expect({ line, code, stderr }).toEqual({
      line,
      code: 1,
      stderr: expect.stringMatching(/^Error: .*\ntry: /),
    });
  }
});

test("a log that has grown too large begins anew, also while the cluster writes to it", async () => {
  const home = newHome();
  const file = home.path("log");
  const log = openSync(file, "a");
  writeSync(log, "x".repeat(1000));
  boundLog(log, 1000);
  expect(readFileSync(file, "utf8")).toHaveLength(1000);
  boundLog(log, 999);
  writeSync(log, "next");
  closeSync(log);
  expect(readFileSync(file, "utf8")).toBe("next");
});

test("Fluvio's profile file is left alone when asked", async () => {
  const home = newHome();
  const { sc } = JSON.parse(
    await home.ok(["cluster", "start", "--port", "0", "--skip-profile-creation", "--json"]),
  );
  expect(existsSync(home.path("fluvio/config"))).toBe(false);
  expect(await home.ok(["topic", "list", "-c", sc])).toBe("No topics found\n");
});

test.each([["--spu", "1"], ["--foreground"]])(
  "where the profile cannot be written no cluster stays behind: %j",
  async (...flags) => {
    const home = newHome();
    writeFileSync(home.path("fluvio"), "a file where the folder would be");
    const { code, stdout, stderr } = await home.run(["cluster", "start", "--port", "0", ...flags]);
    expect({ code, stdout, stderr }).toEqual({
      code: 3,
      stdout: "",
      stderr: expect.stringMatching(
        /^Error: the profile `local` cannot be set: .*\ntry: --skip-profile-creation/,
      ),
    });
    expect(await home.ok(["cluster", "stop"])).toBe("no local cluster is running\n");
  },
);

test("--foreground runs until it is interrupted", async () => {
  const home = newHome();
  const { code, stdout, stderr } = await home.run(["cluster", "start", "--port", "0", "--foreground"], {
    onOutput: (text, kill) => text.includes("is current now") && kill("SIGINT"),
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "cluster stopped\n" });
  expect(stdout).toContain("Local cluster started");
});

test("a cluster in the foreground is known to the other commands", async () => {
  const home = newHome();
  let others: Promise<string[]> | undefined;
  const { code, stderr } = await home.run(["cluster", "start", "--port", "0", "--foreground"], {
    onOutput: (text) => {
      if (!text.includes("is current now")) return;
      others ??= (async () => [
        await home.ok(["cluster", "status"]),
        (await home.run(["cluster", "start"])).stderr,
        await home.ok(["cluster", "delete", "--force"]),
      ])();
    },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "cluster stopped\n" });
  expect(await others).toEqual([
    expect.stringContaining("(local, process "),
    expect.stringContaining("is running already"),
    expect.stringContaining("Local cluster deleted"),
  ]);
});

test.each([
  [["--spu", "0"], "--spu must be 1 to 64"],
  [["--port", "70000"], "ports go up to 65535"],
  [["--port", "x"], "--port must be a whole number"],
])("%j is a usage error", async (flags, message) => {
  const { code, stderr } = await newHome().run(["cluster", "start", ...flags]);
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(`^Error: ${message}.*\ntry: `) });
});

test("a consumer says once that its cluster is gone and that it tries again", async () => {
  const home = newHome();
  const { sc } = JSON.parse(await home.ok(["cluster", "start", "--port", "0", "--json"]));
  await home.ok(["topic", "create", "words"]);
  await home.ok(["produce", "words"], { input: "one\n" });
  let isStopped = false;
  let kill: (signal: NodeJS.Signals) => void = () => undefined;
  const { code, stdout, stderr } = await home.run(["consume", "words", "-B", "--cluster", sc], {
    onStart: (end) => {
      kill = end;
    },
    onOutput: () => {
      if (isStopped) return;
      isStopped = true;
      void home.ok(["cluster", "stop"]).then(() => setTimeout(() => kill("SIGINT"), 2000));
    },
  });
  expect({ code, stdout, stderr }).toEqual({
    code: 130,
    stdout: "one\n",
    stderr: expect.stringMatching(/^[^\n]+; trying again until Ctrl-C\n$/),
  });
});
