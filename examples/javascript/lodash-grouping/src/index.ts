import type { Record } from "@smdk/javascript";
import { mapValues, mergeWith, sortBy, toPairs } from "lodash-es";

interface Totals {
  readonly groups: { readonly [service: string]: { readonly count: number; readonly bytes: number } };
  readonly top: readonly string[];
}

export const initial: Totals = { groups: {}, top: [] };

export function aggregate(state: Totals, record: Record): Totals {
  const { service, bytes } = record.value.json<{ service: string; bytes: number }>();
  const one = { [service]: { count: 1, bytes } };
  const groups = mergeWith({ ...state.groups }, one, (old, more) =>
    old === undefined ? more : mapValues(more, (n, name) => n + old[name]),
  );
  const top = sortBy(toPairs(groups), ([, { bytes }]) => -bytes)
    .slice(0, 2)
    .map(([name]) => name);
  return { groups, top };
}
