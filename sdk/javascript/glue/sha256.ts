// SHA-256 in memory of the engine.

import { WORK_SIZE, digest as digestInto } from "../../assemblyscript/assembly/sha256";
import { free, malloc } from "./engine";
import { scratch, shaConstants } from "./state";

/** The digest: 32 bytes in the scratch area; 0 without memory. */
export function digest(bytes: usize, size: usize): usize {
  let work = malloc(WORK_SIZE);
  if (!work) return 0;
  let state = scratch + 64;
  digestInto(bytes, size, state, work, shaConstants);
  free(work);
  return state;
}
