// Memory shared by a program and us: the program's pages from address 0 on, and ours above them. When the program
// grows, ours move up. Nothing of ours may be static data, since the program owns the low addresses.

import * as frame from "../abi/frame";
import * as out from "../abi/output";
import * as streams from "./streams";

// @ts-expect-error: decorator
@external("guest", "pages") declare function firstPages(): i32;
// @ts-expect-error: decorator
@external("guest", "most_pages") declare function mostPages(): i32;

/** Pages that the program believes to have. */
export let guestPages: i32 = -1;
/** Where ours begin, and how many bytes of them are in use. */
let base: usize = 0;
let used: usize = 0;
/** Addresses from here on were never written. */
let touched: usize = 0;

/** More than hosts give: a request beyond would end the module instead of failing. */
const MOST_PAGES: u32 = 15258;

function open(): void {
  if (guestPages >= 0) return;
  guestPages = firstPages();
  base = <usize>guestPages << 16;
  touched = base;
}

/** The program begins anew with the pages that it had at first. */
export function forgetGrowth(): void {
  open();
  guestPages = firstPages();
}

export function memory_size(): i32 {
  open();
  return guestPages;
}

export function memory_grow(more: i32): i32 {
  open();
  const before = guestPages;
  if (more == 0) return before;
  if (more < 0 || <u32>before + <u32>more > <u32>mostPages()) return -1;
  const start = <usize>before << 16;
  const end = <usize>(before + more) << 16;
  if (end > base && !move(end)) return -1;
  if (start < touched) memory.fill(start, 0, min(end, touched) - start);
  if (end > touched) touched = end;
  guestPages = before + more;
  return before;
}

/** Gets so many bytes from the host, counted from address 0. */
function reach(end: usize): bool {
  const pages = <u32>((end + 0xffff) >>> 16);
  const now = <u32>memory.size();
  if (pages <= now) return true;
  if (pages > MOST_PAGES) return false;
  return memory.grow(pages - now) >= 0;
}

function move(end: usize): bool {
  // A little further than needed: who grows once grows again.
  let to = end + (min<usize>(end >>> 2, 0x400000) & ~0xffff);
  if (!reach(to + used)) {
    to = end;
    if (!reach(to + used)) return false;
  }
  memory.copy(to, base, used);
  const by = to - base;
  base = to;
  if (to + used > touched) touched = to + used;
  frame.shift(by);
  out.shift(by);
  streams.shift(by);
  return true;
}

// A small allocator: blocks one behind the other, each with its size and whether it is taken in front.

const HEAD: usize = 16;

function sizeOf(block: usize): usize {
  return <usize>load<u32>(block);
}

function isTaken(block: usize): bool {
  return load<u32>(block, 4) != 0;
}

export function malloc(size: usize): usize {
  open();
  size = (size + 15) & ~15;
  let last: usize = 0;
  const end = base + used;
  for (let block = base; block < end; block += HEAD + sizeOf(block)) {
    last = block;
    if (isTaken(block)) continue;
    for (let next = block + HEAD + sizeOf(block); next < end && !isTaken(next); next = block + HEAD + sizeOf(block)) {
      store<u32>(block, <u32>(sizeOf(block) + HEAD + sizeOf(next)));
    }
    if (sizeOf(block) >= size) {
      const rest = sizeOf(block) - size;
      if (rest >= 64) {
        store<u32>(block, <u32>size);
        store<u32>(block + HEAD + size, <u32>(rest - HEAD));
        store<u32>(block + HEAD + size, 0, 4);
      }
      store<u32>(block, 1, 4);
      return block + HEAD;
    }
  }
  const block = last != 0 && !isTaken(last) ? last : end;
  if (!reach(block + HEAD + size)) return 0;
  used = block + HEAD + size - base;
  if (base + used > touched) touched = base + used;
  store<u32>(block, <u32>size);
  store<u32>(block, 1, 4);
  return block + HEAD;
}

export function free(ptr: usize): void {
  if (ptr != 0) store<u32>(ptr - HEAD, 0, 4);
}

export function realloc(ptr: usize, size: usize): usize {
  if (ptr == 0) return malloc(size);
  const block = ptr - HEAD;
  const before = sizeOf(block);
  if (before >= size) return ptr;
  if (ptr + before == base + used) {
    size = (size + 15) & ~15;
    if (!reach(ptr + size)) return 0;
    used = ptr + size - base;
    if (base + used > touched) touched = base + used;
    store<u32>(block, <u32>size);
    return ptr;
  }
  const fresh = malloc(size);
  if (fresh == 0) return 0;
  memory.copy(fresh, ptr, before);
  free(ptr);
  return fresh;
}
