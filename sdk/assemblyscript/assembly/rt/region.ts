// The memory manager and garbage collector of a SmartModule.
//
// Nothing is on the stack between two calls of the host, so memory is reclaimed there and only there.
// Objects are bump-allocated and carry the number of the generation they were made in. When a call has
// stored none of its objects in an older one (or in a global), all of them go by resetting one position.
// Otherwise they become old, and after enough of that one mark pass from the globals finds the gaps that
// bump allocation fills next. No roots live on the stack then, so the compiler needs no shadow stack.

/** Bytes before an object's data: block size, generation, mark link, class id, data size. */
// @ts-ignore: decorator
@inline const HEADER: usize = 20;
/** Objects whose data is not 16-aligned would break `v128` loads. */
// @ts-ignore: decorator
@inline const ALIGN_MASK: usize = 15;
/** The largest data an object may have: 1 GB less its header, as in the compiler's own runtimes. */
// @ts-ignore: decorator
@inline const SIZE_MAX: usize = (1 << 30) - 64;
/** Smaller holes between live objects stay as they are: listing them would cost more than they hold. */
// @ts-ignore: decorator
@inline const GAP_MIN: usize = 128;
/** Blocks from this size on go to the top of the heap when the current gap is too small for them. */
// @ts-ignore: decorator
@inline const LARGE: usize = 2048;
/** Bytes that may become old before a mark pass is worth it. */
// @ts-ignore: decorator
@inline const THRESHOLD_MIN: usize = 1 << 20;
/** Pages added beyond need when memory grows: 16 MB at most, since growing past the host's limit traps. */
// @ts-ignore: decorator
@inline const GROWTH_MAX: i32 = 256;
/** Generation of blocks from `heap.alloc`: they live until freed. */
// @ts-ignore: decorator
@inline const MANUAL: u32 = 0xffffffff;
/** Generation of freed blocks. */
// @ts-ignore: decorator
@inline const FREED: u32 = 0xfffffffe;
/** Ends the list of objects to scan, and marks an object as reached. */
// @ts-ignore: decorator
@inline const REACHED: u32 = 1;
/** Visit cookies. */
// @ts-ignore: decorator
@inline const MARK: u32 = 0;
// @ts-ignore: decorator
@inline const FIND_YOUNG: u32 = 1;

// All start at zero: the first allocation finds no room and sets them up, whatever the start order.
// @ts-ignore: decorator
@lazy let heapStart: usize = 0;
/** Where the next block goes, and the end of the room for it: a gap, or the end of memory. */
// @ts-ignore: decorator
@lazy let offset: usize = 0;
// @ts-ignore: decorator
@lazy let limit: usize = 0;
/** First byte after all blocks; only true while allocating in a gap, `offset` is it otherwise. */
// @ts-ignore: decorator
@lazy let top: usize = 0;
/** Gaps in address order: where each is free from, and its end. `gap` is the one in use. */
// @ts-ignore: decorator
@lazy let gaps: usize = 0;
// @ts-ignore: decorator
@lazy let gapCount: i32 = 0;
// @ts-ignore: decorator
@lazy let gap: i32 = 0;
/** The gap that large blocks go to; they are looked for from the last one down. */
// @ts-ignore: decorator
@lazy let largeGap: i32 = 0;
// @ts-ignore: decorator
@lazy let largeOffset: usize = 0;
// @ts-ignore: decorator
@lazy let largeLimit: usize = 0;
/** The table of gaps that is not in use, and how many gaps the two have room for. */
// @ts-ignore: decorator
@lazy let otherGaps: usize = 0;
// @ts-ignore: decorator
@lazy let gapCapacity: i32 = 0;

// Where the call began.
// @ts-ignore: decorator
@lazy let callOffset: usize = 0;
// @ts-ignore: decorator
@lazy let callLimit: usize = 0;
// @ts-ignore: decorator
@lazy let callTop: usize = 0;
// @ts-ignore: decorator
@lazy let callGap: i32 = 0;
// @ts-ignore: decorator
@lazy let callLargeGap: i32 = 0;
// @ts-ignore: decorator
@lazy let callLargeOffset: usize = 0;
// @ts-ignore: decorator
@lazy let callLargeLimit: usize = 0;

// @ts-ignore: decorator
@lazy let generation: u32 = 1;
/** Whether an older object has taken in one of this call. */
// @ts-ignore: decorator
@lazy let escaped: bool = false;
/** Whether a global that holds an object was written; a compiler pass notes it (src/roots.ts). */
// @ts-ignore: decorator
@lazy let rootsChanged: bool = true;
/** Bytes of this call outside of the room in use. */
// @ts-ignore: decorator
@lazy let spent: usize = 0;
// @ts-ignore: decorator
@lazy let roomStart: usize = 0;
/** Bytes that became old since the last mark pass. */
// @ts-ignore: decorator
@lazy let promoted: usize = 0;
// @ts-ignore: decorator
@lazy let threshold: usize = THRESHOLD_MIN;
/** Objects to scan, linked through their headers. */
// @ts-ignore: decorator
@lazy let markList: u32 = REACHED;
/** Static objects reached: no walk over the heap would clear their marks. */
// @ts-ignore: decorator
@lazy let staticList: u32 = REACHED;
/** Pinned objects: a manual block of pointers. */
// @ts-ignore: decorator
@lazy let pins: usize = 0;
// @ts-ignore: decorator
@lazy let pinCount: i32 = 0;
// @ts-ignore: decorator
@lazy let pinCapacity: i32 = 0;

// @ts-ignore: decorator
@inline function blockSize(ptr: usize): usize { return load<u32>(ptr - 20) }
// @ts-ignore: decorator
@inline function generationOf(ptr: usize): u32 { return load<u32>(ptr - 16) }
// @ts-ignore: decorator
@inline function setGeneration(ptr: usize, value: u32): void { store<u32>(ptr - 16, value) }
// @ts-ignore: decorator
@inline function markOf(ptr: usize): u32 { return load<u32>(ptr - 12) }
// @ts-ignore: decorator
@inline function setMark(ptr: usize, value: u32): void { store<u32>(ptr - 12, value) }
// @ts-ignore: decorator
@inline function setSize(ptr: usize, size: usize): void { store<u32>(ptr - 4, <u32>size) }

// @ts-ignore: decorator
@inline function freeFrom(index: i32): usize { return load<usize>(gaps + (<usize>index << 3)) }
// @ts-ignore: decorator
@inline function setFreeFrom(index: i32, at: usize): void { store<usize>(gaps + (<usize>index << 3), at) }
// @ts-ignore: decorator
@inline function gapEnd(index: i32): usize { return load<usize>(gaps + (<usize>index << 3), 4) }

/** Where blocks must end: 32 bytes behind each may be read, so that vectors need no exact end. */
// @ts-ignore: decorator
@inline function memoryEnd(): usize {
  return (<usize>memory.size() << 16) - 32;
}

function ensureMemory(end: usize): usize {
  let pages = memory.size();
  let have = memoryEnd();
  if (end > have) {
    let needed = <i32>((end - have + 0xffff) >>> 16);
    if (memory.grow(max(needed, min(pages, GROWTH_MAX))) < 0) {
      if (memory.grow(needed) < 0) unreachable();
    }
    have = memoryEnd();
  }
  return have;
}

/** Room for a large block while small ones still go to a gap: a gap further up, or the top. */
function refillLarge(total: usize): usize {
  spent += total;
  let block = largeOffset;
  if (largeLimit - block >= total) {
    largeOffset = block + total;
    return block;
  }
  if (largeLimit) setFreeFrom(largeGap, block);
  while (--largeGap > gap) {
    block = freeFrom(largeGap);
    if (gapEnd(largeGap) - block >= total) {
      largeOffset = block + total;
      largeLimit = gapEnd(largeGap);
      return block;
    }
  }
  // None is left that small blocks have not come to: from now on all large ones go to the top.
  largeGap = gap;
  largeOffset = largeLimit = 0;
  block = top;
  ensureMemory(block + total);
  top = block + total;
  return block;
}

/** Finds room for a block when the current one is too small: the next gap, or the top. */
function refill(total: usize): usize {
  if (!heapStart) {
    heapStart = ((__heap_base + HEADER + ALIGN_MASK) & ~ALIGN_MASK) - HEADER;
    offset = heapStart;
    roomStart = heapStart;
    callOffset = heapStart;
  } else if (gap < gapCount) {
    if (total >= LARGE) return refillLarge(total);
    setFreeFrom(gap, offset);
    spent += offset - roomStart;
    while (++gap < gapCount) {
      if (gap == largeGap) {
        setFreeFrom(gap, largeOffset);
        largeGap = gapCount;
        largeOffset = largeLimit = 0;
      }
      offset = freeFrom(gap);
      limit = gapEnd(gap);
      roomStart = offset;
      if (offset + total <= limit) {
        offset += total;
        return roomStart;
      }
    }
    offset = top;
    roomStart = top;
  }
  let block = offset;
  limit = ensureMemory(block + total);
  offset = block + total;
  return block;
}

// @ts-ignore: decorator
@inline function allocate(size: usize, age: u32, id: u32): usize {
  if (size > SIZE_MAX) unreachable();
  let total = (size + HEADER + ALIGN_MASK) & ~ALIGN_MASK;
  let block = offset;
  let end = block + total;
  if (end > limit) block = refill(total);
  else offset = end;
  store<u32>(block, <u32>total);
  store<u32>(block, age, 4);
  store<u32>(block, 0, 8);
  store<u32>(block, id, 12);
  store<u32>(block, <u32>size, 16);
  return block + HEADER;
}

// @ts-ignore: decorator
@global @unsafe
export function __new(size: usize, id: u32): usize {
  return allocate(size, generation, id);
}

// @ts-ignore: decorator
@global @unsafe
export function __renew(oldPtr: usize, size: usize): usize {
  if (oldPtr >= __heap_base) {
    let have = blockSize(oldPtr);
    // The last block of this call grows and shrinks where it is. An old one must not: a reset would cut it.
    if (oldPtr - HEADER + have == offset && generationOf(oldPtr) == generation && size <= SIZE_MAX) {
      let total = (size + HEADER + ALIGN_MASK) & ~ALIGN_MASK;
      let end = oldPtr - HEADER + total;
      if (end <= limit) {
        offset = end;
        store<u32>(oldPtr - 20, <u32>total);
        setSize(oldPtr, size);
        return oldPtr;
      }
    } else if (size <= have - HEADER) {
      setSize(oldPtr, size);
      return oldPtr;
    }
  }
  let newPtr = __new(size, load<u32>(oldPtr - 8));
  memory.copy(newPtr, oldPtr, min(size, <usize>load<u32>(oldPtr - 4)));
  return newPtr;
}

// @ts-ignore: decorator
@global @unsafe
export function __link(parentPtr: usize, childPtr: usize, expectMultiple: bool): void {
  if (childPtr) {
    if (generationOf(childPtr) == generation && generationOf(parentPtr) != generation) escaped = true;
  }
}

// @ts-ignore: decorator
@global @unsafe
export function __visit(ptr: usize, cookie: u32): void {
  if (!ptr) return;
  if (cookie == FIND_YOUNG) {
    if (generationOf(ptr) == generation) escaped = true;
  } else if (!markOf(ptr)) {
    setMark(ptr, markList);
    markList = <u32>ptr;
    if (ptr < heapStart) {
      setGeneration(ptr, staticList);
      staticList = <u32>ptr;
    }
  }
}

// @ts-ignore: decorator
@global @unsafe
export function __alloc(size: usize): usize {
  // What stands around it in this call must stay with it.
  escaped = true;
  return allocate(size, MANUAL, 0);
}

// @ts-ignore: decorator
@global @unsafe
export function __realloc(ptr: usize, size: usize): usize {
  if (size <= blockSize(ptr) - HEADER) {
    setSize(ptr, size);
    return ptr;
  }
  let newPtr = __alloc(size);
  memory.copy(newPtr, ptr, load<u32>(ptr - 4));
  setGeneration(ptr, FREED);
  return newPtr;
}

// @ts-ignore: decorator
@global @unsafe
export function __free(ptr: usize): void {
  setGeneration(ptr, FREED);
}

// @ts-ignore: decorator
@global @unsafe
export function __pin(ptr: usize): usize {
  if (ptr) {
    if (pinCount == pinCapacity) {
      pinCapacity = max(8, pinCapacity << 1);
      pins = pins ? __realloc(pins, <usize>pinCapacity << 2) : __alloc(<usize>pinCapacity << 2);
    }
    store<usize>(pins + (<usize>pinCount << 2), ptr);
    pinCount++;
    escaped = true;
  }
  return ptr;
}

// @ts-ignore: decorator
@global @unsafe
export function __unpin(ptr: usize): void {
  for (let i = pinCount - 1; i >= 0; --i) {
    let slot = pins + (<usize>i << 2);
    if (load<usize>(slot) == ptr) {
      pinCount--;
      store<usize>(slot, load<usize>(pins + (<usize>pinCount << 2)));
      return;
    }
  }
}

/** Does nothing: memory is reclaimed between calls, where no local holds an object. */
// @ts-ignore: decorator
@global @unsafe
export function __collect(): void {}

function mark(): void {
  __visit_globals(MARK);
  for (let i = 0; i < pinCount; ++i) __visit(load<usize>(pins + (<usize>i << 2)), MARK);
  while (markList != REACHED) {
    let ptr = <usize>markList;
    markList = markOf(ptr);
    setMark(ptr, REACHED);
    __visit_members(ptr, MARK);
  }
  while (staticList != REACHED) {
    let ptr = <usize>staticList;
    staticList = generationOf(ptr);
    setGeneration(ptr, 0);
    setMark(ptr, 0);
  }
}

/**
 * Walks all blocks in address order, from the first to `end`, and either counts the gaps (`table` is 0)
 * or writes them to `table` and clears the marks. Returns the number of gaps.
 */
function sweep(table: usize, end: usize): i32 {
  let count = 0;
  let block = heapStart;
  let free: usize = 0;
  let known = 0;
  let live: usize = 0;
  while (true) {
    // Nothing is to be seen in the free part of a gap.
    let isRoom = known < gapCount && block == freeFrom(known);
    let ptr = block + HEADER;
    if (block == end || (!isRoom && (markOf(ptr) || generationOf(ptr) == MANUAL))) {
      if (free < block && free) {
        if (block - free >= GAP_MIN) {
          if (table) {
            let entry = table + (<usize>count << 3);
            store<usize>(entry, free);
            store<usize>(entry, block, 4);
          }
          ++count;
        } else if (table) {
          // One dead block, so that the next walk can pass the hole.
          store<u32>(free, <u32>(block - free));
          store<u32>(free, FREED, 4);
          store<u32>(free, 0, 8);
        }
      }
      free = 0;
      if (block == end) break;
      live += blockSize(ptr);
      if (table) {
        setMark(ptr, 0);
        if (generationOf(ptr) != MANUAL) setGeneration(ptr, 0);
      }
      block += blockSize(ptr);
    } else {
      if (!free) free = block;
      block = isRoom ? gapEnd(known++) : block + blockSize(ptr);
    }
  }
  if (table) threshold = max(THRESHOLD_MIN, live);
  return count;
}

/** A manual block at the end of the heap, for a table of `capacity` gaps. */
function makeTable(capacity: i32): usize {
  let total = ((<usize>capacity << 3) + HEADER + ALIGN_MASK) & ~ALIGN_MASK;
  let block = top;
  ensureMemory(block + total);
  store<u32>(block, <u32>total);
  store<u32>(block, MANUAL, 4);
  store<u32>(block, 0, 8);
  store<u32>(block, 0, 12);
  store<u32>(block, <u32>(total - HEADER), 16);
  top = block + total;
  return block + HEADER;
}

function collect(): void {
  if (gap >= gapCount) top = offset;
  else setFreeFrom(gap, offset);
  if (largeLimit) setFreeFrom(largeGap, largeOffset);
  mark();
  let count = sweep(0, top);
  // Without a table nothing would clear the marks.
  if (count > gapCapacity || !otherGaps) {
    // The table in use stays until the second walk is done, and may then be too small for the next time.
    let end = top;
    if (otherGaps) setGeneration(otherGaps, FREED);
    gapCapacity = max(64, count << 1);
    otherGaps = makeTable(gapCapacity);
    gapCount = sweep(otherGaps, end);
    if (gaps) setGeneration(gaps, FREED);
    let table = otherGaps;
    otherGaps = makeTable(gapCapacity);
    gaps = table;
  } else {
    gapCount = sweep(otherGaps, top);
    let table = otherGaps;
    otherGaps = gaps;
    gaps = table;
  }
  gap = 0;
  if (gapCount) {
    offset = freeFrom(0);
    limit = gapEnd(0);
  } else {
    offset = top;
    limit = memoryEnd();
  }
  largeGap = gapCount;
  largeOffset = largeLimit = 0;
  generation = 1;
  promoted = 0;
}

/**
 * Begins a call: forgets what the call before has made, or makes it old. Nothing of that call may be in use.
 */
// @ts-ignore: decorator
@global @unsafe
export function __smdk_next_call(): void {
  if (!heapStart) return;
  if (rootsChanged) {
    if (!escaped) __visit_globals(FIND_YOUNG);
    rootsChanged = false;
  }
  if (!escaped) {
    offset = callOffset;
    limit = callLimit;
    top = callTop;
    gap = callGap;
    largeGap = callLargeGap;
    largeOffset = callLargeOffset;
    largeLimit = callLargeLimit;
    if (gap >= gapCount) limit = memoryEnd();
  } else {
    escaped = false;
    promoted += spent + (offset - roomStart);
    if (promoted >= threshold) collect();
    else ++generation;
    callOffset = offset;
    callLimit = limit;
    callTop = top;
    callGap = gap;
    callLargeGap = largeGap;
    callLargeOffset = largeOffset;
    callLargeLimit = largeLimit;
  }
  spent = 0;
  roomStart = offset;
}
