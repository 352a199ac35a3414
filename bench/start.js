// How long a person waits: the version, a cluster that answers a client, a rebuild, lint and inspect. Each beside
// `node -e 0` in the same run.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Fluvio } from "@smdk/client";
import { createBuilder } from "@smdk/compiler";

const ROUNDS = 5;
const smdk = fileURLToPath(new URL("../cli/bin/run.js", import.meta.url));
const dir = await mkdtemp(join(tmpdir(), "smdk-start-"));
const env = {
  ...process.env,
  HOME: dir,
  SMDK_HOME: join(dir, "smdk"),
  FLV_PROFILE_PATH: join(dir, "config"),
};

try {
  const node = await median(() => run(["-e", "0"]));
  const version = await median(() => run([smdk, "--version"]));
  const cluster = await median(async () => {
    const seconds = await timed(async () => {
      await run([smdk, "cluster", "start", "--port", "0"]);
      const fluvio = await Fluvio.connect({ configPath: env.FLV_PROFILE_PATH });
      await fluvio.admin.topics.list();
      await fluvio.close();
    });
    await run([smdk, "cluster", "stop"]);
    return seconds;
  });
  await run([smdk, "generate", "quick", "--project-group", "bench", "--sm-type", "filter", "--silent"], dir);
  const cold = await timed(() => run([smdk, "build"], join(dir, "quick")));
  const project = join(dir, "quick");
  // Taken in turns, so that what else the machine does falls on all of them alike.
  const turns = { node: [], lint: [], inspect: [] };
  for (let i = 0; i < 2 * ROUNDS; i++) {
    turns.node.push(await run(["-e", "0"]));
    turns.lint.push(await run([smdk, "lint"], project));
    turns.inspect.push(await run([smdk, "inspect"], project));
  }
  const rebuild = await warmRebuild(project);
  console.table(
    Object.entries({
      "node -e 0": node,
      "smdk --version": version,
      "smdk cluster start, and a client answered": cluster,
      "smdk build, cold": cold,
      "rebuild, warm": rebuild,
      "node -e 0, again": middle(turns.node),
      "smdk lint of a small project": middle(turns.lint),
      "smdk inspect of its module": middle(turns.inspect),
    }).map(([what, seconds]) => ({
      what,
      seconds: seconds.toFixed(3),
      "times node -e 0": (seconds / node).toFixed(1),
    })),
  );
} finally {
  await rm(dir, { recursive: true, force: true });
}

async function warmRebuild(projectDir) {
  const builder = createBuilder(projectDir);
  const source = join(projectDir, "src/index.ts");
  const text = await readFile(source, "utf8");
  await builder.build();
  let round = 0;
  const seconds = await median(async () => {
    await writeFile(source, `${text}\nconst round = ${round++};\n`);
    return timed(() => builder.build());
  });
  return seconds;
}

async function run(args, cwd = dir) {
  return timed(async () => {
    const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "ignore", "inherit"] });
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`node ${args.join(" ")} ended with ${code}`);
  });
}

async function median(work) {
  const times = [];
  for (let i = 0; i < ROUNDS; i++) times.push(await work());
  return middle(times);
}

function middle(times) {
  return times.toSorted((a, b) => a - b)[times.length >> 1];
}

async function timed(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
