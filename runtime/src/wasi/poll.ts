/** `poll_oneoff`: sleeping, and waiting on the standard streams. */
import { ERRNO, Errno, type WasiCall } from "./call.ts";
import type { GuestMemory } from "./memory.ts";

export interface PollHost {
  /** Nanoseconds since the context was made. */
  monotonic(): bigint;
  sleep(nanoseconds: bigint): void;
  /** What a file descriptor is; throws Errno for one that is not open. */
  stream(fd: number): "stdin" | "stdout" | "stderr";
}

interface Subscription {
  userdata: bigint;
  type: number;
  deadline: bigint;
}

const CLOCK = 0;
const FD_READ = 1;
const FD_WRITE = 2;
const EVENT_SIZE = 32;
const MAX_SUBSCRIPTIONS = 65_536;
const REALTIME = 0;
const MONOTONIC = 1;

/** Returns the number of events written. */
export function pollOneoff(call: WasiCall, host: PollHost): number {
  const { memory, module } = call;
  const count = call.int(2) >>> 0;
  if (count === 0 || count > MAX_SUBSCRIPTIONS) throw new Errno(ERRNO.inval);
  const size = module === "wasi_unstable" ? 56 : 48;
  const clockAt = module === "wasi_unstable" ? 24 : 16;
  const started = host.monotonic();
  const clocks: Subscription[] = [];
  const ready: Subscription[] = [];
  let waitsForInput = false;
  let at = call.int(0) >>> 0;
  for (let i = 0; i < count; i++, at += size) {
    const userdata = memory.getU64(at);
    const type = memory.getU8(at + 8);
    if (type === CLOCK) {
      clocks.push({ userdata, type, deadline: readDeadline(memory, at + clockAt, started, count === 1) });
    } else if (type === FD_READ || type === FD_WRITE) {
      if (host.stream(memory.getU32(at + 16)) === "stdin") waitsForInput = true;
      ready.push({ userdata, type, deadline: started });
    } else {
      throw new Errno(ERRNO.inval);
    }
  }
  // The empty standard input cannot be waited for, in the reference host either.
  if (waitsForInput) throw new Errno(ERRNO.inval);
  if (ready.length === 0) {
    let first = clocks[0]!.deadline;
    for (const { deadline } of clocks) if (deadline < first) first = deadline;
    if (first > started) host.sleep(first - started);
    ready.push(...clocks.filter(({ deadline }) => deadline <= first));
  }
  for (const [index, event] of ready.entries()) {
    const to = (call.int(1) >>> 0) + index * EVENT_SIZE;
    memory.setU64(to, event.userdata);
    memory.setU16(to + 8, ERRNO.success);
    memory.setU8(to + 10, event.type);
    memory.setU64(to + 16, 0n);
    memory.setU16(to + 24, 0);
  }
  return ready.length;
}

function readDeadline(memory: GuestMemory, at: number, now: bigint, alone: boolean): bigint {
  const id = memory.getU32(at);
  const timeout = memory.getU64(at + 8);
  const flags = memory.getU16(at + 24);
  if (id > 3 || flags > 1) throw new Errno(ERRNO.inval);
  const relative = flags === 0;
  // A single relative sleep is possible on every clock; else only the two real ones are known.
  if (!(alone && relative)) {
    if (id !== REALTIME && id !== MONOTONIC) throw new Errno(ERRNO.inval);
    if (id === REALTIME && !relative) throw new Errno(ERRNO.notsup);
  }
  return relative ? now + timeout : timeout;
}
