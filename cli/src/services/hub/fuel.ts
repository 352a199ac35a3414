/** Fuel figures of a module over its project's records: what its page on a hub shows. */
import type { FuelFigures } from "@smdk/packages";
import { buildChain, isEngineError, loadSmartModule, type SmartModule } from "@smdk/runtime";
import { toRecordList } from "@smdk/testing";
import { type ReplayCase, replayCases } from "./replay.ts";

/** Records in a batch, as producers make them. */
const BATCH = 1000;
const LIMIT = 50_000_000_000n;

/** Undefined without records, and when the module runs with none of them: for want of a parameter, or because it traps. */
export async function measureFuel(
  wasm: Uint8Array,
  files: readonly string[],
  params: ReadonlyMap<string, string>,
): Promise<FuelFigures | undefined> {
  const module = await loadSmartModule(wasm);
  let fuel = 0n;
  let records = 0;
  for (const found of await replayCases(files, params, false)) {
    try {
      fuel += await fuelOf(module, found);
      records += found.records.length;
    } catch (error) {
      // A case may be there to show that the module refuses to start.
      if (!isEngineError(error)) throw error;
    }
  }
  return records === 0 ? undefined : { perRecord: Math.round(Number(fuel) / records), records };
}

async function fuelOf(module: SmartModule, stream: ReplayCase): Promise<bigint> {
  const { records, past, params, accumulator } = stream;
  const lookback = past.length > 0 ? { last: BigInt(past.length), age: null } : null;
  const chain = await buildChain([{ module, params, lookback, ...(accumulator && { accumulator }) }], {
    version: 25,
    fuel: { limit: LIMIT },
  });
  await chain.lookBack(() => toRecordList(past));
  let fuel = 0n;
  for (let at = 0; at < records.length; ) {
    const batch = records.slice(at, at + BATCH);
    const { error } = chain.process({
      baseOffset: BigInt(at),
      baseTimestamp: 0n,
      records: toRecordList(batch),
    });
    fuel += chain.lastFuel()[0] ?? 0n;
    // A record that the module calls bad ends its batch there; the next one begins behind it, wherever it says that is.
    const end = error === null ? Number.POSITIVE_INFINITY : Number(error.offset) + 1;
    at = Math.max(at + 1, Math.min(at + batch.length, end));
  }
  return fuel;
}
