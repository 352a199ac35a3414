/**
 * The four doors to the outside world: clock, random, disk and network. Everything else in this package gets
 * them as values, so that a whole cluster can also run on simulated ones, from one seed.
 */

export interface Env {
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly network: Network;
}

// ---------------------------------------------------------------------------------------------- clock

export interface Timer {
  /** Stops the timer; harmless when it has fired or was cancelled before. */
  cancel(): void;
}

export interface Clock {
  /** Milliseconds since the epoch, whole. May jump in either direction. */
  nowMs(): number;
  /** Milliseconds since some fixed moment, fractional; never goes back. */
  monotonicMs(): number;
  /**
   * Calls `callback` once after `ms` milliseconds. A `background` timer does not keep the process alive.
   */
  setTimeout(callback: () => void, ms: number, options?: { readonly background?: boolean }): Timer;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason as soon as it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Resolves in a later turn of the event loop, after pending I/O had its chance. */
  nextTurn(): Promise<void>;
}

// ---------------------------------------------------------------------------------------------- random

export interface Random {
  bytes(length: number): Uint8Array;
  /** A whole number in `[0, maxExclusive)`; `maxExclusive` is 1 … 2^48 - 1. */
  integer(maxExclusive: number): number;
  /** A random (version 4) UUID in its usual text form. */
  uuid(): string;
}

// ---------------------------------------------------------------------------------------------- disk

/**
 * `read`: must exist, reads only. `write`: must exist, reads and writes. `create`: as `write`, and an absent
 * file is made. `createNew`: as `create`, but an existing file is refused with `EEXIST`.
 */
export type OpenMode = "read" | "write" | "create" | "createNew";

export interface FileInfo {
  readonly kind: "file" | "directory" | "other";
  readonly size: number;
  /** Last modification, ms since the epoch. */
  readonly modifiedMs: number;
}

export interface File {
  /** Fills `into` from `position`; the number of bytes read is smaller only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  /**
   * Writes all the parts, in order, at `position`. Resolves when the operating system holds every byte: from
   * then on they outlive the process, though not the machine. On failure any prefix may have been written.
   * The parts must not change until then.
   */
  write(parts: Uint8Array | readonly Uint8Array[], position: number): Promise<void>;
  /** Resolves when everything written, and the size, outlives a power cut. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  info(): Promise<FileInfo>;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface DirectoryEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "other";
}

export interface DirectoryLock {
  release(): Promise<void>;
}

/** Paths are host paths. Failures carry Node's codes (`ENOENT`, `EEXIST`, `ENOSPC`, …) in `code`. */
export interface Disk {
  open(path: string, mode: OpenMode): Promise<File>;
  readFile(path: string): Promise<Uint8Array>;
  /**
   * Replaces the file as a whole: after a crash, at any moment, the path holds either the old or the new
   * content. Resolves when the new content outlives a power cut. `secret` files only their owner can read.
   */
  writeFileAtomic(
    path: string,
    content: Uint8Array | string,
    options?: { readonly secret?: boolean },
  ): Promise<void>;
  /** Makes the directory and its missing parents; an existing one is fine. */
  mkdir(path: string): Promise<void>;
  /** Sorted by name. */
  readdir(path: string): Promise<DirectoryEntry[]>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; an absent one is fine. */
  remove(path: string): Promise<void>;
  /** Removes a file or a directory with everything in it; an absent one is fine. */
  removeTree(path: string): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** Undefined when there is nothing at the path. */
  info(path: string): Promise<FileInfo | undefined>;
  /** Makes renames, creations and removals in the directory outlive a power cut. */
  syncDirectory(path: string): Promise<void>;
  /**
   * Claims the directory for this process by a lock file in it. A lock left by a dead process is taken over.
   * @throws `SMDK_DIR_LOCKED` while a living process (this one included) holds it.
   */
  lock(directory: string): Promise<DirectoryLock>;
}

// ---------------------------------------------------------------------------------------------- network

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** One end of a byte stream. Reading begins once `onData` is set. */
export interface Connection {
  readonly remote: Address;
  /** Bytes accepted by `write` and not yet by the operating system. */
  readonly bufferedBytes: number;
  readonly isClosed: boolean;
  /** Resolves, never rejects, when the connection is gone; the value is why, if it was an error. */
  readonly closed: Promise<Error | undefined>;
  /** Sets the only receiver of bytes. The view is the receiver's own: it stays valid and unchanged. */
  onData(receive: (chunk: Uint8Array) => void): void;
  /** Called once when the peer has sent its last byte. */
  onEnd(ended: () => void): void;
  pause(): void;
  resume(): void;
  /**
   * Queues the parts as one piece, without copying; they must not change afterwards. False means that more
   * than the high mark is buffered: the caller should await `drained` before it writes on. Writing to a
   * closed connection does nothing and gives false.
   */
  write(parts: Uint8Array | readonly Uint8Array[]): boolean;
  /** Resolves when the buffer is empty, or the connection is gone; at once if that is so already. */
  drained(): Promise<void>;
  /** Sends what is queued, then the end of the stream. */
  end(): void;
  /** Drops the connection and what is queued. */
  destroy(error?: Error): void;
}

export interface Listener {
  readonly address: Address;
  /** Stops listening; connections made before live on. */
  close(): Promise<void>;
}

export interface Network {
  /** @throws the system's error, with `code` `EADDRINUSE` and such. */
  listen(at: Address, accept: (connection: Connection) => void): Promise<Listener>;
  /** @throws the system's error, or `SMDK_CONNECT_TIMEOUT` after `timeoutMs` (default 10 s). */
  connect(to: Address, options?: { readonly timeoutMs?: number }): Promise<Connection>;
}

// ---------------------------------------------------------------------------------------------- http

export interface HttpOptions {
  /** PEM texts; without them plain HTTP is spoken. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Most connections at a time; further ones are refused. Default 1000. */
  readonly maxConnections?: number;
  /** Most of them of one address. Default a quarter. */
  readonly maxPerPeer?: number;
}

/** The door for HTTP servers; requests and responses are the web's own classes. */
export interface Http {
  /**
   * Requests that `serve` rejects are answered with 500. Closing the listener lets requests under way end, for
   * some seconds at most.
   * @throws the system's error, with `code` `EADDRINUSE` and such.
   */
  listen(
    at: Address,
    serve: (request: Request, remote: Address) => Promise<Response>,
    options?: HttpOptions,
  ): Promise<Listener>;
}
