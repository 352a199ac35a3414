// The loop, end to end: scaffold, build, lint, test, start a cluster, load, produce real records, consume them through
// the module, shut down. Every step shows its command, its result and its time; Ctrl-C cleans up as the end does.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const smdk = join(root, "cli/bin/run.js");
const LEAST_MAGNITUDE = "5";

const filter = `import { Json, Params, Record } from "@smdk/assemblyscript";

let least: f64 = 0;

/** Runs once; the parameter comes with the request. */
export function init(params: Params): void {
  least = parseFloat(params.required("least"));
}

/** Keeps earthquakes of at least that magnitude. */
export function filter(record: Record): bool {
  return Json.parse(record.value).required("mag").toFloat() >= least;
}
`;

const tests = `import { loadProject } from "@smdk/testing";
import { expect, test } from "vitest";

const project = await loadProject(new URL("..", import.meta.url));

test("keeps strong earthquakes only", async () => {
  const result = await project.run(['{"mag": 4.9}', '{"mag": 5.1}'], { params: { least: "5" } });
  expect(result.values).toEqual(['{"mag": 5.1}']);
});
`;

const dir = await mkdtemp(join(tmpdir(), "smdk-demo-"));
const project = join(dir, "strong-quakes");
// A home of its own: the demo leaves no profile, no cluster and no data behind.
const env = {
  ...process.env,
  HOME: dir,
  SMDK_HOME: join(dir, "smdk"),
  FLV_PROFILE_PATH: join(dir, "fluvio-config"),
};
const started = performance.now();
let child = null;
let clusterRuns = false;
let interrupted = false;

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    interrupted = true;
    child?.kill(signal);
  });
}

try {
  await step("Scaffold a SmartModule project", dir, [
    "generate",
    "strong-quakes",
    "--project-group",
    "demo",
    "--sm-type",
    "filter",
    "--with-params",
    "--silent",
  ]);
  await prepare();
  await step("Build it", project, ["build"]);
  await step("Check it", project, ["lint"]);
  await step("Test it: one record, no cluster", project, [
    "test",
    "--text",
    '{"mag": 6.1, "place": "Honshu, Japan"}',
    "--params",
    `least=${LEAST_MAGNITUDE}`,
    "--verbose",
  ]);
  await step("Run the project's own tests", project, ["run", "--config", "vitest.config.ts"], {
    program: "vitest",
  });
  clusterRuns = true;
  await step("Start a cluster", project, ["cluster", "start", "--port", "0"]);
  await step("Load the module into its registry", project, ["load"]);
  await step("Create a topic", project, ["topic", "create", "quakes"]);
  const count = await writeRecords(join(dir, "quakes.jsonl"));
  await step(`Produce ${count} earthquakes`, project, [
    "produce",
    "quakes",
    "--file",
    join(dir, "quakes.jsonl"),
  ]);
  const seen = await step(
    `Consume those of magnitude ${LEAST_MAGNITUDE} and up, filtered inside the cluster`,
    project,
    [
      "consume",
      "quakes",
      "--beginning",
      "--disable-continuous",
      "--smartmodule",
      "demo/strong-quakes@0.1.0",
      "--params",
      `least=${LEAST_MAGNITUDE}`,
    ],
  );
  await check(seen, join(dir, "quakes.jsonl"));
} catch (error) {
  if (!interrupted) console.error(styleText("red", error.message));
  process.exitCode = interrupted ? 130 : 1;
} finally {
  if (clusterRuns) {
    interrupted = false;
    await step("Stop the cluster", dir, ["cluster", "stop"]).catch((error) => console.error(error.message));
  }
  await rm(dir, { recursive: true, force: true });
}
if (!process.exitCode)
  console.log(styleText("green", `\nAll done in ${seconds(started)}; nothing is left behind.`));

/** Runs one command, shows it with what it prints, and returns its standard output. */
async function step(title, cwd, args, { program = "smdk" } = {}) {
  if (interrupted) throw new Error("interrupted");
  console.log(
    `\n${styleText("bold", title)}\n${styleText("dim", `$ ${program} ${args.map(quote).join(" ")}`)}`,
  );
  const start = performance.now();
  const file = program === "smdk" ? smdk : join(root, "node_modules/vitest/vitest.mjs");
  const { code, stdout } = await new Promise((resolve, reject) => {
    child = spawn(process.execPath, [file, ...args], { cwd, env, stdio: ["ignore", "pipe", "inherit"] });
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.on("error", reject).on("close", (code) => resolve({ code, stdout }));
  });
  child = null;
  process.stdout.write(shortened(stdout));
  console.log(styleText("dim", `  ${seconds(start)}`));
  if (code !== 0) throw new Error(`${title}: the command ended with ${code}`);
  return stdout;
}

/** Writes the demo's own module and its test, and lends the project the packages of this workspace. */
async function prepare() {
  await writeFile(join(project, "src/index.ts"), filter);
  await writeFile(join(project, "test/module.test.ts"), tests);
  await writeFile(join(project, "vitest.config.ts"), "export default {};\n");
  await writeFile(
    join(project, "SmartModule.toml"),
    (await readFile(join(project, "SmartModule.toml"), "utf8")).replace(/\[\[params\]\][\s\S]*/, "") +
      '[[params]]\nname = "least"\ndescription = "the least magnitude to keep"\n',
  );
  await symlink(join(root, "tests/node_modules"), join(project, "node_modules"), "dir");
}

/** Earthquakes of one week as the U.S. Geological Survey published them, one JSON object a line. */
async function writeRecords(path) {
  const file = join(root, "tests/node_modules/vega-datasets/data/earthquakes.json");
  const { features } = JSON.parse(await readFile(file, "utf8"));
  const lines = features
    .map(({ properties }) => properties)
    .filter(({ mag }) => typeof mag === "number")
    .map(({ mag, place, time }) => JSON.stringify({ mag, place, time }));
  await writeFile(path, `${lines.join("\n")}\n`);
  return lines.length;
}

/** What came out of the cluster is what the same condition gives here. */
async function check(stdout, path) {
  const all = (await readFile(path, "utf8")).trim().split("\n");
  const expected = all.filter((line) => JSON.parse(line).mag >= Number(LEAST_MAGNITUDE));
  const got = stdout.trim().split("\n");
  if (JSON.stringify(got) !== JSON.stringify(expected))
    throw new Error(`expected ${expected.length} earthquakes of ${all.length}, got ${got.length}`);
  console.log(styleText("green", `  ${got.length} of ${all.length} earthquakes, exactly those expected`));
}

function shortened(text) {
  const lines = text.split("\n");
  return lines.length <= 16
    ? text
    : [...lines.slice(0, 8), `  … ${lines.length - 9} more lines`, ""].join("\n");
}

function quote(arg) {
  return /^[\w./@=:-]+$/.test(arg) ? arg : `'${arg}'`;
}

function seconds(start) {
  return `${((performance.now() - start) / 1000).toFixed(2)} s`;
}
