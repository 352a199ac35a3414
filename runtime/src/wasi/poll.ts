/** `poll_oneoff`: sleeping, and waiting on the standard streams. */

import { ERRNO, Errno, type GuestMemory } from "./memory.ts";
import type { WasiModule } from "./signatures.ts";

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
  fd: number;
  deadline: bigint;
  relative: boolean;
}

const CLOCK = 0;
const FD_READ = 1;
const FD_WRITE = 2;
const EVENT_SIZE = 32;
const REALTIME = 0;
const MONOTONIC = 1;

/** Returns the number of events written. */
export function pollOneoff(
  memory: GuestMemory,
  module: WasiModule,
  host: PollHost,
  subscriptions: number,
  events: number,
  count: number,
): number {
  const total = count >>> 0;
  if (total === 0) throw new Errno(ERRNO.inval);
  const size = module === "wasi_unstable" ? 56 : 48;
  memory.slice(subscriptions, total * size);
  memory.slice(events, total * EVENT_SIZE);
  const started = host.monotonic();
  const pending: Subscription[] = [];
  for (let i = 0; i < total; i++) {
    pending.push(readSubscription(memory, module, subscriptions + i * size, started, total === 1));
  }

  const ready = pending.filter((item) => item.type !== CLOCK);
  for (const { fd } of ready) {
    // The empty standard input cannot be waited for, in the reference host either.
    if (host.stream(fd) === "stdin") throw new Errno(ERRNO.inval);
  }
  if (ready.length === 0) {
    let first = pending[0]!.deadline;
    for (const { deadline } of pending) if (deadline < first) first = deadline;
    if (first > started) host.sleep(first - started);
    ready.push(...pending.filter(({ deadline }) => deadline <= first));
  }
  for (const [index, { userdata, type }] of ready.entries()) {
    const at = memory.clear(events + index * EVENT_SIZE, EVENT_SIZE, 8);
    memory.setU64(at, userdata);
    memory.setU8(at + 10, type);
  }
  return ready.length;
}

function readSubscription(
  memory: GuestMemory,
  module: WasiModule,
  at: number,
  now: bigint,
  alone: boolean,
): Subscription {
  const userdata = memory.getU64(at);
  const type = memory.getU8(at + 8);
  if (type === FD_READ || type === FD_WRITE) {
    return { userdata, type, fd: memory.getU32(at + 16), deadline: now, relative: false };
  }
  if (type !== CLOCK) throw new Errno(ERRNO.inval);
  const clock = module === "wasi_unstable" ? at + 24 : at + 16;
  const id = memory.getU32(clock);
  const timeout = memory.getU64(clock + 8);
  const relative = (memory.getU16(clock + 24) & 1) === 0;
  if (id > 3) throw new Errno(ERRNO.inval);
  // A single relative sleep is possible on every clock; else only the two real ones are known.
  if (!(alone && relative)) {
    if (id !== REALTIME && id !== MONOTONIC) throw new Errno(ERRNO.inval);
    if (id === REALTIME && !relative) throw new Errno(ERRNO.notsup);
  }
  return { userdata, type, fd: -1, deadline: relative ? now + timeout : timeout, relative };
}
