/**
 * Runs of simulations, one for each seed. SMDK_SIM_SEED is the first seed, SMDK_SIM_SEEDS how many there are, and
 * SMDK_SIM_EVENTS how many of the last events a failure tells. A seed that fails, fails alone in the same way:
 * `SMDK_SIM_SEED=… SMDK_SIM_SEEDS=1 pnpm exec vitest run server/test/sim`.
 */

export const FIRST_SEED = Number(process.env.SMDK_SIM_SEED ?? 1);
const EVENTS = Number(process.env.SMDK_SIM_EVENTS ?? 60);
/** Failures told in full. */
const TOLD = 2;

/** How many seeds to run. */
export function seedCount(usual: number): number {
  return Number(process.env.SMDK_SIM_SEEDS ?? usual);
}

/** Time that so many runs may take, on a busy machine too. */
export function patienceMs(count: number): number {
  return 120_000 + count * 5000;
}

/** Runs the seeds one after the other; gives the sums of what they did. @throws with every failure in it. */
export async function runSeeds(
  simulate: (seed: number, events: number) => Promise<{ readonly events: number; readonly records: number }>,
  count: number,
): Promise<{ events: number; records: number }> {
  const sums = { events: 0, records: 0 };
  const failures: string[] = [];
  for (let seed = FIRST_SEED; seed < FIRST_SEED + count; seed++) {
    try {
      const { events, records } = await simulate(seed, EVENTS);
      sums.events += events;
      sums.records += records;
    } catch (error) {
      failures.push((error as Error).message);
    }
  }
  if (failures.length > 0) {
    const lines = failures.slice(TOLD).map((failure) => failure.split("\n")[0]);
    throw new Error(
      [`${failures.length} of ${count} seeds failed`, ...failures.slice(0, TOLD), ...lines].join("\n"),
    );
  }
  return sums;
}
