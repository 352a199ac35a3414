/** Whole clusters with their clients, simulated. */

import { expect, test } from "vitest";
import { simulateCluster } from "../../src/sim/index.ts";
import { FIRST_SEED, patienceMs, runSeeds, seedCount } from "./seeds.ts";

const count = seedCount(16);

test(`${count} clusters keep what they promise through kills, power cuts, lost connections and broken disks`, {
  timeout: patienceMs(count),
}, async () => {
  const { records, events } = await runSeeds(simulateCluster, count);
  console.log(
    `${count} clusters from seed ${FIRST_SEED} on: ${events} events, ${records} records acknowledged`,
  );
  expect(records).toBeGreaterThan(0);
});

test("one seed is one run, to the last event, whatever else the machine does", async () => {
  const alone = await simulateCluster(FIRST_SEED);
  let isBusy = true;
  const noise = (async () => {
    while (isBusy) await new Promise((resolve) => setTimeout(resolve, Math.random() * 2));
  })();
  const others = [FIRST_SEED, FIRST_SEED + 1, FIRST_SEED].map((seed) => simulateCluster(seed));
  const [again, other, third] = await Promise.all(others);
  isBusy = false;
  await noise;
  expect(again).toEqual(alone);
  expect(third).toEqual(alone);
  expect(other?.digest).not.toBe(alone.digest);
});
