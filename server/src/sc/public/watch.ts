// The Watch API: first the state of a kind, then its changes (wire-protocol 3.2.5). Watchers of the same kind,
// version and form share a feed, so that a change is encoded once for all of them. A watcher that is slow gets what
// it missed in one frame: nothing queues up for it.
import { setMaxListeners } from "node:events";
import { encode, type Metadata, type WatchRequest, WatchResponse } from "@smdk/protocol";
import { ServerError } from "../../error.ts";
import { PrebuiltBody, type StreamContext } from "../../net/index.ts";
import type { StoredObject } from "../store/object-store.ts";
import type { Kind, Stores } from "../store/stores.ts";
import { partitionView, plainView, smartModuleView } from "./view.ts";

type KnownResponse = Exclude<WatchResponse, { type: "Unknown" }>;
type WatchedType = Exclude<KnownResponse["type"], "CustomSpu" | "Mirror">;

/** Where the frames of a feed come from. */
interface Source {
  readonly epoch: number;
  onChange(listener: () => void): () => void;
  /** What a watcher that has seen `epoch` is to be sent, and the epoch it has seen then. */
  since(epoch: number): { response: WatchResponse; epoch: number };
}

interface Frame {
  readonly from: number;
  readonly to: number;
  readonly body: PrebuiltBody;
}

class Feed {
  readonly #source: Source;
  readonly #version: number;
  readonly #stop: () => void;
  readonly #sleepers = new Set<() => void>();
  #frame: Frame | undefined;
  #isWaking = false;
  watchers = 0;

  constructor(source: Source, version: number) {
    this.#source = source;
    this.#version = version;
    this.#stop = source.onChange(() => this.#wakeSoon());
  }

  close(): void {
    this.#stop();
  }

  /** Serves one watcher until its connection ends. */
  async serve(context: StreamContext<WatchResponse>): Promise<void> {
    const { signal } = context;
    // A connection has as many watches as it likes, up to the server's limit.
    setMaxListeners(0, signal);
    let seen = -1;
    while (!signal.aborted) {
      if (seen === this.#source.epoch) {
        await this.#change(signal);
        continue;
      }
      const { body, to } = this.#frameFrom(seen);
      seen = to;
      await context.send(body);
    }
  }

  #frameFrom(from: number): Frame {
    const last = this.#frame;
    if (last !== undefined && last.from === from && last.to === this.#source.epoch) return last;
    const { response, epoch } = this.#source.since(from);
    const body = new PrebuiltBody([encode(WatchResponse, response, this.#version)]);
    this.#frame = { from, to: epoch, body };
    return this.#frame;
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#sleepers.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }

  /** Changes made in one go reach the watchers in one frame. */
  #wakeSoon(): void {
    if (this.#isWaking) return;
    this.#isWaking = true;
    queueMicrotask(() => {
      this.#isWaking = false;
      for (const wake of [...this.#sleepers]) wake();
    });
  }
}

/** All watches of one controller. */
export class Watches {
  readonly #stores: Stores;
  readonly #feeds = new Map<string, Feed>();

  constructor(stores: Stores) {
    this.#stores = stores;
  }

  /** @throws for a type that cannot be watched: the response has no room for an error. */
  async handle(request: WatchRequest, context: StreamContext<WatchResponse>): Promise<void> {
    const { apiVersion } = context;
    if (request.type === "Unknown" || request.type === "CustomSpu" || request.type === "Mirror") {
      throw new ServerError("SMDK_WATCH_TYPE", `objects of type "${request.type}" cannot be watched`);
    }
    const summary = request.type === "SmartModule" && request.summary;
    const name = `${request.type} ${apiVersion} ${summary}`;
    const feed =
      this.#feeds.get(name) ?? new Feed(this.#source(request.type, apiVersion, summary), apiVersion);
    this.#feeds.set(name, feed);
    feed.watchers += 1;
    try {
      await feed.serve(context);
    } finally {
      feed.watchers -= 1;
      if (feed.watchers === 0) {
        feed.close();
        this.#feeds.delete(name);
      }
    }
  }

  #source(type: WatchedType, version: number, summary: boolean): Source {
    const { topics, spus, partitions, smartModules, spuGroups, tableFormats } = this.#stores;
    switch (type) {
      case "Topic":
        return source(topics, plainView, (news) => ({ type, ...news }));
      case "SPU":
        return source(spus, plainView, (news) => ({ type, ...news }));
      case "Partition":
        return source(
          partitions,
          (partition) => partitionView(partition, version),
          (news) => ({ type, ...news }),
        );
      case "SmartModule":
        return source(
          smartModules,
          (module) => smartModuleView(module, summary),
          (news) => ({ type, ...news }),
        );
      case "SpuGroup":
        return source(spuGroups, plainView, (news) => ({ type, ...news }));
      case "TableFormat":
        return source(tableFormats, plainView, (news) => ({ type, ...news }));
    }
  }
}

interface News<M> {
  epoch: bigint;
  changes: { kind: "Update" | "Delete"; content: M }[];
  all: M[];
}

function source<S, T>(
  kind: Kind<S, T>,
  view: (object: StoredObject<S, T>) => Metadata<S, T>,
  response: (news: News<Metadata<S, T>>) => WatchResponse,
): Source {
  return {
    get epoch() {
      return kind.epoch;
    },
    onChange: (listener) => kind.onChange(listener),
    since(from) {
      const { epoch, isFull, updates, deletes } = kind.changesSince(from);
      const gone = deletes.map((object) => ({ kind: "Delete" as const, content: view(object) }));
      const there = updates.map(view);
      // An empty full state says nothing to a client: what is gone has to be named.
      const isAll = isFull && (there.length > 0 || gone.length === 0);
      const changes = isAll
        ? []
        : [...there.map((content) => ({ kind: "Update" as const, content })), ...gone];
      return { response: response({ epoch: BigInt(epoch), changes, all: isAll ? there : [] }), epoch };
    },
  };
}
