/**
 * A network in memory behind the door of `env`: streams between the processes of a simulation, which arrive late and in
 * pieces of any size, and are cut off when a process, a machine or chance ends them.
 */

import { crc32c } from "@smdk/protocol";
import type { Address, Connection, Network } from "../env/types.ts";
import { ServerError } from "../error.ts";
import type { SimProcess } from "./process.ts";
import type { SimRandom } from "./random.ts";
import type { World } from "./world.ts";

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
/** What systems and wires hold of a direction before the sender has to. */
const WINDOW_BYTES = 64 * 1024;
const WRITE_HIGH_MARK_BYTES = 256 * 1024;
const FIRST_FREE_PORT = 40_000;
/** Pieces that one write arrives in, at most. */
const MAX_PIECES = 4;
/** How long it takes, at most, until a machine that lost power answers that it does not know a connection. */
const FORGOTTEN_MS = 5000;

/** What is wrong with the network at the moment. */
export interface NetworkTrouble {
  /** Everything takes this many times as long. */
  slowness: number;
  /** How many of the writes reset their connection instead, 0 … 1. */
  resetRate: number;
}

interface Listening {
  readonly process: SimProcess;
  readonly accept: (connection: Connection) => void;
}

export class SimNetwork {
  readonly trouble: NetworkTrouble = { slowness: 1, resetRate: 0 };
  readonly world: World;
  readonly random: SimRandom;
  readonly #listening = new Map<number, Listening>();
  readonly #connections = new Set<SimConnection>();
  #lastPort = FIRST_FREE_PORT;

  constructor(world: World) {
    this.world = world;
    this.random = world.random.fork();
  }

  /** The door as one process sees it. */
  door(process: SimProcess): Network {
    return {
      listen: async (at, accept) => {
        const port = at.port === 0 ? this.#freePort() : at.port;
        if (this.#listening.get(port)?.process.isAlive) throw failure("EADDRINUSE", `port ${port}`);
        const listening = { process, accept };
        this.#listening.set(port, listening);
        return {
          address: { host: at.host, port },
          close: async () => {
            if (this.#listening.get(port) === listening) this.#listening.delete(port);
          },
        };
      },
      connect: (to, { timeoutMs = DEFAULT_CONNECT_TIMEOUT_MS } = {}) =>
        new Promise((resolve, reject) => {
          const isHere = () => process.isAlive;
          const timer = this.world.after(timeoutMs, "", () => {
            if (isHere()) reject(new ServerError("SMDK_CONNECT_TIMEOUT", `no answer from port ${to.port}`));
          });
          this.world.after(this.latencyMs(), `${process.name} connects to ${to.port}`, () => {
            if (!isHere()) return;
            const listening = this.#listening.get(to.port);
            timer.cancel();
            if (!listening?.process.isAlive) {
              reject(failure("ECONNREFUSED", `port ${to.port}`));
              return;
            }
            const local: Address = { host: "127.0.0.1", port: this.#freePort() };
            const mine = new SimConnection(this, process, to, `${local.port}>${to.port}`);
            const theirs = new SimConnection(this, listening.process, local, `${to.port}>${local.port}`);
            SimConnection.join(mine, theirs);
            this.#connections.add(mine).add(theirs);
            listening.accept(theirs);
            this.world.after(this.latencyMs(), "", () => {
              if (isHere()) resolve(mine);
            });
          });
        }),
    };
  }

  /** A process has ended: its system closes its connections. */
  ended(process: SimProcess): void {
    for (const connection of this.#connections) if (connection.process === process) connection.destroy();
  }

  /** A machine is without power: nobody tells the others. */
  vanished(process: SimProcess): void {
    for (const connection of this.#connections) if (connection.process === process) connection.vanish();
  }

  /** Resets one connection, if there is any. */
  resetOne(): void {
    const open = [...this.#connections].filter((connection) => !connection.isClosed);
    if (open.length > 0) this.random.pick(open).reset("chance");
  }

  latencyMs(): number {
    const rare = this.random.chance(0.01);
    return this.random.fraction() * (rare ? 50 : 1) * this.trouble.slowness;
  }

  forget(connection: SimConnection): void {
    this.#connections.delete(connection);
  }

  #freePort(): number {
    this.#lastPort += 1;
    return this.#lastPort;
  }
}

class SimConnection implements Connection {
  readonly remote: Address;
  readonly process: SimProcess;
  readonly closed: Promise<Error | undefined>;
  readonly #network: SimNetwork;
  readonly #name: string;
  #peer!: SimConnection;
  #resolveClosed: (error: Error | undefined) => void = () => {};
  #receive: ((chunk: Uint8Array) => void) | undefined;
  #ended: (() => void) | undefined;
  /** Arrived, and not taken by the receiver yet. */
  readonly #arrived: Uint8Array[] = [];
  /** Bytes written that the peer's receiver has not taken. */
  #outstanding = 0;
  /** When the last thing sent arrives; nothing overtakes it. */
  #lastArrivalMs = 0;
  #drained: (() => void)[] = [];
  #isPaused = false;
  #isClosed = false;
  #hasVanished = false;
  #writeEnded = false;
  #peerEnded = false;
  #endTold = false;

  constructor(network: SimNetwork, process: SimProcess, remote: Address, name: string) {
    this.#network = network;
    this.process = process;
    this.remote = remote;
    this.#name = name;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  static join(a: SimConnection, b: SimConnection): void {
    a.#peer = b;
    b.#peer = a;
  }

  get bufferedBytes(): number {
    return Math.max(0, this.#outstanding - WINDOW_BYTES);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  onData(receive: (chunk: Uint8Array) => void): void {
    this.#receive = receive;
    this.#pumpSoon();
  }

  onEnd(ended: () => void): void {
    this.#ended = ended;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#pumpSoon();
  }

  write(parts: Uint8Array | readonly Uint8Array[]): boolean {
    if (this.#isClosed || this.#writeEnded || !this.process.isAlive) return false;
    const { random, trouble } = this.#network;
    if (random.chance(trouble.resetRate)) {
      this.reset("chance");
      return false;
    }
    const data = parts instanceof Uint8Array ? parts.slice() : new Uint8Array(Buffer.concat(parts));
    this.#outstanding += data.length;
    const cuts = Array.from({ length: random.integer(MAX_PIECES) }, () => random.integer(data.length + 1));
    let from = 0;
    for (const to of [...cuts.sort((a, b) => a - b), data.length]) {
      if (to > from) this.#sendPiece(data.subarray(from, to));
      from = to;
    }
    return this.bufferedBytes <= WRITE_HIGH_MARK_BYTES;
  }

  drained(): Promise<void> {
    if (this.#isClosed || this.bufferedBytes === 0) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  end(): void {
    if (this.#isClosed || this.#writeEnded) return;
    this.#writeEnded = true;
    this.#send(`net ${this.#name} ends`, (peer) => {
      peer.#peerEnded = true;
      peer.#pump();
      this.#closeIfDone();
    });
  }

  destroy(error?: Error): void {
    if (this.#isClosed) return;
    // What the system holds already may still arrive, or the peer is told at once that it is over.
    if (this.#arrived.length > 0 || this.#network.random.chance(0.5)) {
      this.reset("its owner", error);
      return;
    }
    this.#writeEnded = true;
    this.#send(`net ${this.#name} ends`, (peer) => {
      peer.#peerEnded = true;
      peer.#pump();
    });
    this.#close(error);
  }

  /** Ends both directions at once; what is under way is lost. */
  reset(by: string, error?: Error): void {
    const peer = this.#peer;
    const { world } = this.#network;
    world.note(`net ${this.#name} is reset by ${by}`);
    this.#close(error ?? (by === "its owner" ? undefined : failure("ECONNRESET", this.#name)));
    world.after(this.#network.latencyMs(), "", () => peer.#close(failure("ECONNRESET", peer.#name)));
  }

  /** This end is gone without a word. */
  vanish(): void {
    this.#hasVanished = true;
    this.#close(undefined);
  }

  #sendPiece(piece: Uint8Array): void {
    const hash = crc32c(piece, 0, piece.length).toString(16);
    this.#send(`net ${this.#name} ${piece.length} ${hash}`, (peer) => {
      peer.#arrived.push(piece);
      peer.#pump();
    });
  }

  /** Does something at the peer's end, after all that was sent before. */
  #send(name: string, arrive: (peer: SimConnection) => void): void {
    const { world } = this.#network;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, world.nowMs + this.#network.latencyMs());
    // Later than the one before by a little, since chance decides between events of one moment.
    this.#lastArrivalMs += 0.001;
    const peer = this.#peer;
    world.after(this.#lastArrivalMs - world.nowMs, "", () => {
      if (this.#hasVanished) return;
      if (!peer.#isClosed) {
        world.note(name);
        arrive(peer);
      } else if (!this.#isClosed) {
        const forgotten = peer.#hasVanished ? this.#network.random.fraction() * FORGOTTEN_MS : 0;
        world.after(forgotten, "", () => this.#close(failure("ECONNRESET", this.#name)));
      }
    });
  }

  #pumpSoon(): void {
    this.#network.world.after(0, "", () => this.#pump());
  }

  #pump(): void {
    while (this.#canDeliver() && this.#arrived.length > 0) {
      const piece = this.#arrived.shift()!;
      this.#peer.#taken(piece.length);
      this.#receive?.(piece);
    }
    if (!this.#canDeliver() || this.#arrived.length > 0 || !this.#peerEnded || this.#endTold) return;
    this.#endTold = true;
    this.#ended?.();
    this.#closeIfDone();
  }

  #canDeliver(): boolean {
    return this.#receive !== undefined && !this.#isPaused && !this.#isClosed && this.process.isAlive;
  }

  #taken(bytes: number): void {
    this.#outstanding -= bytes;
    if (this.bufferedBytes === 0) this.#releaseWriters();
  }

  #closeIfDone(): void {
    if (this.#writeEnded && this.#endTold) this.#close(undefined);
  }

  #close(error: Error | undefined): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#network.forget(this);
    if (!this.process.isAlive) return;
    this.#releaseWriters();
    this.#resolveClosed(error);
  }

  #releaseWriters(): void {
    const waiting = this.#drained;
    this.#drained = [];
    if (!this.process.isAlive) return;
    for (const resolve of waiting) resolve();
  }
}

function failure(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code });
}
