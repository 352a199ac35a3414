// Reading what `init` is called with.

import { Params } from "../params";
import { utf8Check, utf8Read } from "../utf8";
import { skipLookBack, skipString } from "./records";
import { begin as beginOutput } from "./memory";

/** Undecodable input of `init`. */
export const BAD_INIT: i32 = -10;

/** The parameters, or null when the frame is damaged. */
export function openInit(ptr: usize, length: i32, version: i32): Params | null {
  beginOutput();
  let p = ptr;
  let end = p + <usize>length;
  if (end - p < 2) return null;
  let pairs = <u32>bswap<u16>(load<u16>(p));
  p += 2;
  let params = new Params();
  for (; pairs > 0; --pairs) {
    let name = p;
    let value = skipString(name, end);
    if (!value) return null;
    p = skipString(value, end);
    if (!p) return null;
    if (utf8Check(name + 2, value) != value || utf8Check(value + 2, p) != p) return null;
    params.add(utf8Read(name + 2, value), utf8Read(value + 2, p));
  }
  return skipLookBack(p, end, version) ? params : null;
}
