// What `init` is called with: names and values of the parameters, one after the other.

import { skipLookBack, skipString } from "../../assemblyscript/assembly/abi/records";
import { isUtf8 } from "./text";

export let pairs: i32 = 0;
/** Strings that are still to come. */
let left: i32 = 0;
/** The first of them, with its length in front. */
let next: usize = 0;

/** The string that `step` has come to. */
export let text: usize = 0;
export let size: usize = 0;

/** Reads a frame and stands before the first string. Returns false when it is damaged. */
export function open(ptr: usize, length: i32, version: i32): bool {
  let end = ptr + <usize>length;
  if (length < 2) return false;
  next = ptr + 2;
  pairs = <i32>bswap<u16>(load<u16>(ptr));
  left = pairs << 1;
  let p = next;
  for (let strings = left; strings > 0; --strings) {
    let from = p + 2;
    p = skipString(p, end);
    if (!p || !isUtf8(from, p - from)) return false;
  }
  return skipLookBack(p, end, version) != 0;
}

/** Steps to the next string. Returns false when there is none. */
export function step(): bool {
  if (left == 0) return false;
  --left;
  text = next + 2;
  next = skipString(next, usize.MAX_VALUE);
  size = next - text;
  return true;
}
