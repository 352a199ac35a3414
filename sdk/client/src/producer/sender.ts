/**
 * Brings batches to the SPUs that lead their partitions: a few requests in flight per connection, each with as many
 * batches as fit, in the order of each partition, with retries on a new connection where nothing is lost by it.
 */
import { type Isolation, ProduceApi, type Slabs, type SmartModuleInvocation } from "@smdk/protocol";
import type { Cluster } from "../cluster/cluster.ts";
import { ClientError, isConnectionError, serverError } from "../error.ts";
import type { Connection } from "../transport/connection.ts";
import { abortController, Backoff } from "../wait.ts";
import type { Batch } from "./batch.ts";
import type { Lane } from "./lane.ts";
import { CORRELATION_ID_AT, encodeProduce } from "./request.ts";
import { type ProduceRetry, retryDelay } from "./retry.ts";

/** First and longest pause before a leader that could not be reached is looked for again. */
const REACH_MIN_MS = 100;
const REACH_MAX_MS = 5000;

/** Requests that may wait for their answer on one connection. */
const MAX_IN_FLIGHT = 5;

export interface SenderSettings {
  topic: string;
  clientId: string;
  isolation: Isolation;
  timeoutMs: number;
  maxRequestSize: number;
  smartModules: readonly SmartModuleInvocation[];
  /** null: never try again. */
  retry: ProduceRetry | null;
  /** Where the memory of the batches comes from. */
  slabs: Slabs;
}

/** One SPU and the partitions that have something for it. */
interface Route {
  connection: Connection;
  waiting: Set<LaneState>;
  inFlight: number;
}

interface LaneState {
  lane: Lane;
  route: Route | null;
  /** Looking for the leader, or waiting before a retry. */
  busy: boolean;
  attempts: number;
  /** Time of `performance.now()` of the first failure since something was stored; null for none. */
  failingSince: number | null;
  /** Pauses while the leader cannot be reached. */
  reaching: Backoff;
  /** The error that made batches come back while others were still under way. */
  setback: unknown;
  timer: NodeJS.Timeout | undefined;
}

export class Sender {
  private readonly cluster: Cluster;
  private readonly settings: SenderSettings;
  private readonly settled: (batch: Batch, error: unknown) => void;
  private readonly states = new Map<number, LaneState>();
  private readonly routes = new Map<Connection, Route>();
  private readonly stopping = abortController();

  /** `settled` is told every batch once it has its answer (`error` undefined) or has failed for good. */
  constructor(cluster: Cluster, settings: SenderSettings, settled: (batch: Batch, error: unknown) => void) {
    this.cluster = cluster;
    this.settings = settings;
    this.settled = settled;
  }

  /** Sends what a lane has, as soon as it can be sent. */
  offer(lane: Lane): void {
    let state = this.states.get(lane.partition);
    if (state === undefined) {
      state = {
        lane,
        route: null,
        busy: false,
        attempts: 0,
        failingSince: null,
        reaching: new Backoff(REACH_MIN_MS, REACH_MAX_MS, 1.5),
        setback: undefined,
        timer: undefined,
      };
      this.states.set(lane.partition, state);
    }
    this.advance(state);
  }

  /** Fails everything that has not been sent; what is under way is not waited for. */
  stop(error: unknown): void {
    this.stopping.abort(error);
    for (const state of this.states.values()) {
      clearTimeout(state.timer);
      this.reject(state, error);
    }
  }

  private advance(state: LaneState): void {
    const { lane } = state;
    if (state.busy || !lane.hasWork) return;
    if (this.stopping.signal.aborted) {
      this.reject(state, this.stopping.signal.reason);
      return;
    }
    // what has come back is sent again before anything newer
    if (state.setback !== undefined) return;
    if (state.route?.connection.alive) {
      state.route.waiting.add(state);
      this.pump(state.route);
    } else if (lane.inFlight === 0) {
      void this.locate(state);
    }
  }

  private async locate(state: LaneState): Promise<void> {
    state.busy = true;
    try {
      const connection = await this.cluster.leader(this.settings.topic, state.lane.partition, {
        signal: this.stopping.signal,
      });
      state.route = this.routeOf(connection);
      state.busy = false;
      this.advance(state);
    } catch (error) {
      state.busy = false;
      state.route = null;
      this.tryAgain(state, error, { sent: false });
    }
  }

  private routeOf(connection: Connection): Route {
    let route = this.routes.get(connection);
    if (route === undefined) {
      route = { connection, waiting: new Set(), inFlight: 0 };
      this.routes.set(connection, route);
      connection.onClose(() => this.routes.delete(connection));
    }
    return route;
  }

  private pump(route: Route): void {
    while (route.inFlight < MAX_IN_FLIGHT && route.waiting.size > 0) {
      const batches = this.collect(route);
      if (batches.length === 0) return;
      void this.send(route, batches);
    }
  }

  /** Batches for one request; partitions take turns at being first. */
  private collect(route: Route): Batch[] {
    const batches: Batch[] = [];
    let size = 0;
    for (const state of [...route.waiting]) {
      route.waiting.delete(state);
      const before = batches.length;
      while (
        state.lane.hasWork &&
        (batches.length === 0 || size + state.lane.nextSize <= this.settings.maxRequestSize)
      ) {
        const batch = state.lane.take()!;
        size += batch.bytes!.length;
        batches.push(batch);
      }
      if (batches.length > before) state.lane.inFlight++;
      if (state.lane.hasWork) {
        route.waiting.add(state);
        if (batches.length > 0) break;
      }
    }
    return batches;
  }

  private async send(route: Route, batches: Batch[]): Promise<void> {
    const { connection } = route;
    const { topic, clientId, isolation, timeoutMs, smartModules } = this.settings;
    route.inFlight++;
    try {
      const version = connection.versionFor(ProduceApi);
      const parts = encodeProduce(
        { version, clientId, topic, isolation, timeoutMs, smartModules },
        batches.map((batch) => ({ partition: batch.partition, bytes: batch.bytes! })),
      );
      // a committed produce may take its timeout for every entry
      const patience = isolation === "ReadCommitted" ? timeoutMs * batches.length : 0;
      const limit = this.cluster.settings.requestTimeoutMs + patience;
      const frame = await connection.requestEncoded("Produce", parts, CORRELATION_ID_AT, limit);
      this.settle(connection, version, frame, batches);
    } catch (error) {
      this.failed(batches, error);
    } finally {
      route.inFlight--;
      this.finish(batches);
      this.pump(route);
    }
  }

  private settle(
    connection: Connection,
    version: number,
    frame: Uint8Array,
    batches: readonly Batch[],
  ): void {
    const answer = connection.decode(ProduceApi, version, frame);
    const entries = answer.responses.flatMap((topic) => topic.partitions);
    // entries of one partition come back in the order in which they were sent
    const byPartition = new Map<number, typeof entries>();
    for (const entry of entries) {
      const list = byPartition.get(entry.partitionIndex);
      if (list === undefined) byPartition.set(entry.partitionIndex, [entry]);
      else list.push(entry);
    }
    const again: Batch[] = [];
    for (const batch of batches) {
      const entry = byPartition.get(batch.partition)?.shift();
      if (entry === undefined) {
        this.fail(
          batch,
          new ClientError(
            "SMDK_PROTOCOL",
            `${connection.name} did not answer for partition ${batch.partition}`,
          ),
        );
      } else if (entry.errorCode.kind === "None") {
        this.recovered(this.stateOf(batch));
        // of batches that failed, a dying socket may still hold the bytes
        this.settings.slabs.release(batch.bytes!);
        batch.bytes = null;
        batch.resolve(entry.baseOffset);
        this.settled(batch, undefined);
      } else {
        const error = serverError(entry.errorCode, null, {
          topic: this.settings.topic,
          partition: batch.partition,
        });
        // refused before anything was stored, so trying again cannot make duplicates
        if (isRefusal(error) && this.settings.retry !== null) {
          again.push(batch);
          this.stateOf(batch).setback ??= error;
        } else {
          this.fail(batch, error);
        }
      }
    }
    this.comeBack(again);
  }

  private failed(batches: readonly Batch[], error: unknown): void {
    if (this.settings.retry === null || !isConnectionError(error)) {
      for (const batch of batches) this.fail(batch, error);
      return;
    }
    for (const batch of batches) this.stateOf(batch).setback ??= error;
    this.comeBack(batches);
  }

  private comeBack(batches: readonly Batch[]): void {
    const byState = new Map<LaneState, Batch[]>();
    for (const batch of batches) {
      const state = this.stateOf(batch);
      const list = byState.get(state);
      if (list === undefined) byState.set(state, [batch]);
      else list.push(batch);
    }
    for (const [state, list] of byState) {
      state.route?.waiting.delete(state);
      state.route = null;
      state.lane.putBack(list);
    }
  }

  /** A request is over; lanes with a setback wait until all their requests are. */
  private finish(batches: readonly Batch[]): void {
    for (const state of new Set(batches.map((batch) => this.stateOf(batch)))) {
      state.lane.inFlight--;
      if (state.lane.inFlight === 0 && state.setback !== undefined) {
        const error = state.setback;
        state.setback = undefined;
        this.tryAgain(state, error, { sent: !isRefusal(error) });
      } else {
        this.advance(state);
      }
    }
  }

  private recovered(state: LaneState): void {
    state.attempts = 0;
    state.failingSince = null;
    state.reaching.reset();
  }

  /** What was sent may have been stored, so it uses up the retries; looking for a leader only takes time. */
  private tryAgain(state: LaneState, error: unknown, { sent }: { sent: boolean }): void {
    const { retry } = this.settings;
    const now = performance.now();
    state.failingSince ??= now;
    if (sent) state.attempts++;
    let delay: number | null = null;
    if (retry !== null && (isConnectionError(error) || isRefusal(error)) && !this.stopping.signal.aborted) {
      const elapsed = now - state.failingSince;
      if (sent) delay = retryDelay(retry, state.attempts, elapsed);
      else if (retry.maxRetries > 0 && elapsed <= retry.timeoutMs) delay = state.reaching.next();
    }
    if (delay === null) {
      this.recovered(state);
      this.reject(state, error);
      return;
    }
    state.busy = true;
    state.timer = setTimeout(() => {
      state.busy = false;
      this.advance(state);
    }, delay);
  }

  private reject(state: LaneState, error: unknown): void {
    for (const batch of state.lane.drain()) this.fail(batch, error);
  }

  private fail(batch: Batch, error: unknown): void {
    batch.bytes = null;
    batch.reject(error);
    this.settled(batch, error);
  }

  private stateOf(batch: Batch): LaneState {
    return this.states.get(batch.partition)!;
  }
}

/** The SPU does not lead the partition, or not yet. */
function isRefusal(error: unknown): boolean {
  return (error as ClientError).errorCode?.kind === "NotLeaderForPartition";
}
