/** Where a module's fuel goes, as a table and as a file for Speedscope. */
import {
  type CallNode,
  type FuelProfile,
  functionName,
  loadSmartModule,
  placeOfFunction,
  profileModule,
  type SmartModule,
} from "@smdk/runtime";
import { type RecordInput, toRecordList } from "@smdk/testing";

export interface ProfileSubject {
  name: string;
  bytes: Uint8Array;
  sourceMap: string | null;
}

export interface Profiled {
  module: SmartModule;
  profile: FuelProfile;
}

/** Records in a batch, as producers make them. */
const BATCH = 1000;

/** Runs the records through the module in batches. */
export async function profileRecords(
  { name, bytes, sourceMap }: ProfileSubject,
  records: readonly RecordInput[],
  params: ReadonlyMap<string, string>,
): Promise<Profiled> {
  const module = await loadSmartModule(bytes, { name, ...(sourceMap !== null && { sourceMap }) });
  const inputs = [];
  for (let at = 0; at < records.length; at += BATCH) {
    const part = records.slice(at, at + BATCH);
    inputs.push({ records: toRecordList(part), count: part.length });
  }
  return { module, profile: await profileModule(module, inputs, { params }) };
}

/** What got more or less expensive, by function; the most changed first. */
export function compareProfiles(
  now: FuelProfile,
  before: FuelProfile,
): { name: string; before: number; now: number }[] {
  const perRecord = ({ functions, records }: FuelProfile): Map<string, number> => {
    const sums = new Map<string, number>();
    for (const { name, self } of functions)
      sums.set(name, (sums.get(name) ?? 0) + self / Math.max(1, records));
    return sums;
  };
  const [a, b] = [perRecord(before), perRecord(now)];
  return [...new Set([...a.keys(), ...b.keys()])]
    .map((name) => ({ name, before: a.get(name) ?? 0, now: b.get(name) ?? 0 }))
    .filter((entry) => entry.before !== entry.now)
    .sort((x, y) => Math.abs(y.now - y.before) - Math.abs(x.now - x.before));
}

/** A file of https://www.speedscope.app: one sample for each chain of calls, its weight the fuel. */
export function speedscope({ module, profile }: Profiled, name: string): unknown {
  const frames: { name: string; file?: string; line?: number }[] = [];
  const frameOf = new Map<number, number>();
  const frame = (functionIndex: number): number => {
    let index = frameOf.get(functionIndex);
    if (index === undefined) {
      index = frames.length;
      frameOf.set(functionIndex, index);
      const place = placeOfFunction(module, functionIndex);
      frames.push({
        name: functionName(module, functionIndex),
        ...(place !== null && { file: place.file, line: place.line }),
      });
    }
    return index;
  };
  const samples: number[][] = [];
  const weights: number[] = [];
  const visit = (node: CallNode, above: readonly number[]): void => {
    const stack = [...above, frame(node.functionIndex)];
    if (node.self > 0) {
      samples.push(stack);
      weights.push(node.self);
    }
    for (const child of node.children) visit(child, stack);
  };
  for (const root of profile.roots) visit(root, []);
  return {
    $schema: "https://www.speedscope.app/file-format-schema.json",
    name,
    exporter: "smdk profile",
    activeProfileIndex: 0,
    shared: { frames },
    profiles: [
      {
        type: "sampled",
        name: `${name}: fuel`,
        unit: "none",
        startValue: 0,
        endValue: weights.reduce((sum, weight) => sum + weight, 0),
        samples,
        weights,
      },
    ],
  };
}
