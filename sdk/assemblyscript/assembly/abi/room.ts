// Memory for a copy of a call's records.

/** Room that lives as long as the call. */
export function room(size: usize): usize {
  return __new(size, idof<ArrayBuffer>());
}
