// The two buffers between host and guest. Both are kept from call to call and only ever grow.

let input: usize = 0;
let inputCapacity: usize = 0;
/** Whether the input buffer was handed out and no function has been called with it yet. */
let pending: bool = false;

/** The output buffer: what is written so far ends at `end`. */
export let output: usize = 0;
export let end: usize = 0;
let outputCapacity: usize = 0;
let limit: usize = 0;

// @ts-ignore: decorator
@inline function roundUp(size: usize): usize {
  return (size + 0xffff) & ~0xffff;
}

/** Room for the host's next input. Everything that the call before has made and not kept is gone. */
export function alloc(length: i32): usize {
  __smdk_next_call();
  if (pending) return __alloc(length);
  if (<usize>length > inputCapacity) {
    if (input) __free(input);
    // A little more than asked for: batches of a stream are of similar size.
    inputCapacity = roundUp(<usize>length + (<usize>length >> 2));
    input = __alloc(inputCapacity);
  }
  pending = true;
  return input;
}

/** Gives back what `alloc` returned. The kept buffer stays. */
export function dealloc(ptr: usize, length: i32): void {
  if (ptr == input) pending = false;
  else if (ptr) __free(ptr);
}

/** To be called when a call begins: the input is being read, and the output starts anew. */
export function begin(): void {
  pending = false;
  end = output;
}

/** Makes room for `size` more bytes. Addresses in the output buffer are stale after this. */
// @ts-ignore: decorator
@inline export function reserve(size: usize): void {
  if (end + size + SPARE > limit) grow(size + SPARE);
}

function grow(size: usize): void {
  let used = end - output;
  outputCapacity = roundUp(max(used + size, min(outputCapacity << 1, outputCapacity + 0x1000000)));
  output = output ? __realloc(output, outputCapacity) : __alloc(outputCapacity);
  end = output + used;
  limit = output + outputCapacity;
}

// @ts-ignore: decorator
@inline export function setEnd(to: usize): void {
  end = to;
}

/** Bytes that must be free behind what `copy` writes, and readable behind what it reads. */
// @ts-ignore: decorator
@inline export const SPARE: usize = 32;

/** Copies bytes, few in most cases. Up to `SPARE` bytes behind them may be read and written as well. */
// @ts-ignore: decorator
@inline export function copy(to: usize, from: usize, size: usize): void {
  if (size <= 128) {
    let i: usize = 0;
    do {
      v128.store(to + i, v128.load(from + i));
      v128.store(to + i, v128.load(from + i, 16), 16);
      i += 32;
    } while (i < size);
  } else {
    memory.copy(to, from, size);
  }
}

export function putBytes(from: usize, size: usize): void {
  reserve(size);
  memory.copy(end, from, size);
  end += size;
}

export function putByte(value: u8): void {
  reserve(1);
  store<u8>(end++, value);
}

export function putU16(value: u32): void {
  reserve(2);
  store<u16>(end, bswap<u16>(<u16>value));
  end += 2;
}

export function putU32(value: u32): void {
  reserve(4);
  store<u32>(end, bswap<u32>(value));
  end += 4;
}

export function putI64(value: i64): void {
  reserve(8);
  store<i64>(end, bswap<i64>(value));
  end += 8;
}

// @ts-ignore: decorator
@external("env", "copy_records")
declare function copy_records(ptr: usize, length: i32): void;

/** Tells the host where the output is. */
// @ts-ignore: decorator
@inline export function handOver(ptr: usize, length: usize): void {
  copy_records(ptr, <i32>length);
}
