// Memory for a copy of a call's records.

import { free, malloc } from "./host";

let taken: usize = 0;

/** Room that lives until `giveBack`, at most one at a time. */
export function room(size: usize): usize {
  taken = malloc(size);
  if (!taken) unreachable();
  return taken;
}

export function giveBack(): void {
  if (!taken) return;
  free(taken);
  taken = 0;
}

export function shift(by: usize): void {
  if (taken) taken += by;
}
