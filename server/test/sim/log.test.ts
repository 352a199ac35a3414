/** One log on simulated machines. */

import { encodeBatch } from "@smdk/protocol";
import { expect, test } from "vitest";
import { makeDurableDirectory } from "../../src/env/durable-directory.ts";
import { openLog } from "../../src/log/index.ts";
import { silentLogger } from "../../src/logger.ts";
import { type Life, SimMachine, World } from "../../src/sim/index.ts";
import { simulateLog } from "./log-scenario.ts";
import { patienceMs, runSeeds, seedCount } from "./seeds.ts";

const count = seedCount(30);

test(`${count} logs keep what they promise through kills, power cuts and broken disks`, {
  timeout: patienceMs(count),
}, async () => {
  const { records } = await runSeeds(simulateLog, count);
  expect(records).toBeGreaterThan(count);
});

test("what readers were shown after a kill outlives a power cut", async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const world = new World(seed);
    const machine = new SimMachine(world, "machine");
    machine.disk.prepare("data");
    const open = (life: Life) =>
      openLog(life, "/data/words-0", { durability: { fsync: "always" }, cleanIntervalMs: 0 }, silentLogger);
    const writer = machine.start();
    const append = async () => {
      const log = await open(writer);
      log.append(encodeBatch({ records: [{ value: new Uint8Array(500), offsetDelta: 0 }] })).catch(() => {});
    };
    await world.run(append(), 1000);
    await world.run(new Promise<void>((done) => world.after(world.random.fraction() * 1.5, "", done)), 1000);
    machine.kill(writer.process);
    const second = machine.start();
    const shown = (await world.run(open(second), 1000)).offsets.logEnd;
    machine.powerCut(second.process);
    const left = (await world.run(open(machine.start()), 1000)).offsets.logEnd;
    expect(left, `seed ${seed}`).toBe(shown);
  }
});

test("a durable directory is there after a power cut, with those above it", async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const world = new World(seed);
    const machine = new SimMachine(world, "machine");
    machine.disk.prepare("data");
    const first = machine.start();
    await world.run(makeDurableDirectory(first.disk, "/data/some/where/deep"), 1000);
    machine.powerCut(first.process);
    expect(await world.run(machine.start().disk.exists("/data/some/where/deep"), 1000)).toBe(true);
  }
});
