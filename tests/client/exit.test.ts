import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { readTexts, topicWith, useCluster } from "./cluster.ts";

const setup = useCluster();

const program = `
import { Fluvio } from "@smdk/client";
const fluvio = await Fluvio.connect({ cluster: process.argv[1] });
const producer = await fluvio.producer("exit", { lingerMs: 60_000 });
producer.send({ value: "left to close" });
const waiting = fluvio.consumer({ topic: "quiet", consumer: "c", offsetStrategy: "auto" });
const pending = waiting[Symbol.asyncIterator]().next().catch((error) => error.code);
const texts = [];
for await (const record of fluvio.consumer({ topic: "exit", start: "beginning", disableContinuous: true })) {
  texts.push(record.text);
}
await fluvio.close();
console.log(JSON.stringify([texts, await pending]));
`;

it("leaves nothing behind that keeps a program running", async () => {
  await topicWith(setup.fluvio, "exit", ["a", "b"]);
  await setup.fluvio.admin.topics.create("quiet");
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "-e", program, setup.cluster.scAddress],
    { cwd: fileURLToPath(new URL("..", import.meta.url)), timeout: 30_000 },
  );
  expect(JSON.parse(stdout)).toEqual([["a", "b"], "SMDK_CLOSED"]);
});

it("runs many consumers and producers of one client without warnings", async () => {
  const { fluvio } = setup;
  await topicWith(fluvio, "many", ["a"]);
  const warnings: Error[] = [];
  const note = (warning: Error): number => warnings.push(warning);
  process.on("warning", note);
  try {
    const producers = await Promise.all(Array.from({ length: 15 }, () => fluvio.producer("many")));
    const counts = await Promise.all(
      Array.from({ length: 15 }, async () => (await readTexts(fluvio, "many", { partitions: 0 })).length),
    );
    expect(counts).toEqual(Array.from({ length: 15 }, () => 1));
    await Promise.all(producers.map((producer) => producer.close()));
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toEqual([]);
  } finally {
    process.off("warning", note);
  }
});
