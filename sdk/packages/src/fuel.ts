/** Fuel figures of a module, as its author measured them: tags of the package's metadata, which older clients show or pass over. */
import type { PackageTag } from "./meta.ts";

const PER_RECORD = "smdk::fuel::per-record";
const RECORDS = "smdk::fuel::records";

export interface FuelFigures {
  /** Fuel of a record on average, rounded: what wasmtime counts for it. */
  readonly perRecord: number;
  /** Over how many records. */
  readonly records: number;
}

export function fuelTags({ perRecord, records }: FuelFigures): PackageTag[] {
  return [
    { tag: PER_RECORD, value: String(perRecord) },
    { tag: RECORDS, value: String(records) },
  ];
}

/** Undefined when there are none, or none that are numbers. */
export function fuelOf(tags: readonly PackageTag[]): FuelFigures | undefined {
  const number = (name: string): number => {
    const text = tags.find(({ tag }) => tag === name)?.value ?? "";
    return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  };
  const [perRecord, records] = [number(PER_RECORD), number(RECORDS)];
  return Number.isNaN(perRecord) || Number.isNaN(records) ? undefined : { perRecord, records };
}
