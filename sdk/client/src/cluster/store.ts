/** One kind of object as the SC last described it. */
import { ClientError } from "../error.ts";
import { within } from "../wait.ts";

/** An update of a watch: the full state, or changes. */
export interface StoreUpdate<T> {
  all: T[];
  changes: { kind: "Update" | "Delete"; content: T }[];
}

export class Store<T extends { name: string }> {
  private objects = new Map<string, T>();
  private readonly listeners = new Set<() => void>();
  /** Grows with every change. */
  revision = 0;
  /** Whether the first full state has arrived. */
  filled = false;

  get(name: string): T | undefined {
    return this.objects.get(name);
  }

  values(): IterableIterator<T> {
    return this.objects.values();
  }

  /**
   * Takes an update. The first one of a watch is the full state even if it is empty; later ones replace
   * everything only if they carry objects.
   */
  apply(update: StoreUpdate<T>, first: boolean): void {
    if (first || update.all.length > 0) {
      this.objects = new Map(update.all.map((object) => [object.name, object]));
    }
    for (const { kind, content } of update.changes) {
      if (kind === "Delete") this.objects.delete(content.name);
      else this.objects.set(content.name, content);
    }
    this.filled = true;
    this.revision++;
    for (const listener of [...this.listeners]) listener();
  }

  /** Calls `listener` after every update; returns a function that forgets it. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

export interface WaitOptions {
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  onTimeout?: () => ClientError;
}

/** Resolves with what `look` finds, as soon as it finds something in any state of the stores. */
export async function waitInStores<R>(
  stores: readonly Pick<Store<never>, "onChange">[],
  look: () => R | undefined,
  options: WaitOptions,
): Promise<R> {
  const now = look();
  if (now !== undefined) return now;
  const forget: (() => void)[] = [];
  const found = new Promise<R>((resolve, reject) => {
    const check = (): void => {
      try {
        const result = look();
        if (result !== undefined) resolve(result);
      } catch (error) {
        reject(error);
      }
    };
    for (const store of stores) forget.push(store.onChange(check));
  });
  try {
    return await within(found, {
      ms: options.timeoutMs,
      signal: options.signal,
      onTimeout:
        options.onTimeout ??
        (() =>
          new ClientError("SMDK_TIMEOUT", `nothing found in the metadata within ${options.timeoutMs} ms`)),
    });
  } finally {
    for (const undo of forget) undo();
  }
}
