import { describe, expect, it } from "vitest";
import { spuAddress } from "../../src/cluster/links.ts";
import { Store, waitInStores } from "../../src/cluster/store.ts";

const update = (names: string[], changes: ["Update" | "Delete", string][] = []) => ({
  all: names.map((name) => ({ name })),
  changes: changes.map(([kind, name]) => ({ kind, content: { name } })),
});
const names = (store: Store<{ name: string }>): string[] => [...store.values()].map(({ name }) => name);

describe("a store of metadata", () => {
  it("takes the first update for the whole state, even an empty one", () => {
    const store = new Store<{ name: string }>();
    expect(store.filled).toBe(false);
    store.apply(update(["a", "b"]), true);
    store.apply(update([]), true);
    expect([store.filled, names(store)]).toEqual([true, []]);
  });

  it("is not emptied by a later empty update, but by deletions", () => {
    const store = new Store<{ name: string }>();
    store.apply(update(["a", "b"]), true);
    store.apply(update([]), false);
    expect(names(store)).toEqual(["a", "b"]);
    store.apply(
      update(
        [],
        [
          ["Delete", "a"],
          ["Update", "c"],
        ],
      ),
      false,
    );
    expect(names(store)).toEqual(["b", "c"]);
    store.apply(update(["d"]), false);
    expect(names(store)).toEqual(["d"]);
  });

  it("can be waited for", async () => {
    const store = new Store<{ name: string }>();
    const found = waitInStores([store], () => store.get("late"), { timeoutMs: 10_000 });
    store.apply(update(["early"]), true);
    store.apply(update([], [["Update", "late"]]), false);
    expect(await found).toEqual({ name: "late" });
    await expect(waitInStores([store], () => store.get("never"), { timeoutMs: 5 })).rejects.toMatchObject({
      code: "SMDK_TIMEOUT",
    });
    const signal = AbortSignal.abort();
    await expect(
      waitInStores([store], () => store.get("never"), { timeoutMs: 5, signal }),
    ).rejects.toMatchObject({
      code: "SMDK_ABORTED",
    });
  });
});

describe("the address of an SPU", () => {
  const spec = {
    id: 1,
    spuType: "Custom" as const,
    publicEndpoint: {
      port: 9010,
      ingress: [{ hostname: "public.example", ip: "10.0.0.1" }],
      encryption: "PLAINTEXT" as const,
    },
    privateEndpoint: { port: 9011, host: "private", encryption: "PLAINTEXT" as const },
    rack: null,
    publicEndpointLocal: { port: 9020, host: "local", encryption: "PLAINTEXT" as const },
  };
  const ingress = (hostname: string | null, ip: string | null) => ({
    ...spec,
    publicEndpoint: { ...spec.publicEndpoint, ingress: [{ hostname, ip }] },
  });

  it("is the first ingress entry, host name before IP, or the local one where wanted", () => {
    expect(spuAddress(spec, false)).toEqual({ host: "public.example", port: 9010 });
    expect(spuAddress(spec, true)).toEqual({ host: "local", port: 9020 });
    expect(spuAddress({ ...spec, publicEndpointLocal: null }, true)).toEqual({
      host: "public.example",
      port: 9010,
    });
    expect(spuAddress(ingress(null, "10.0.0.1"), false).host).toBe("10.0.0.1");
    expect(() => spuAddress(ingress(null, null), false)).toThrow(
      expect.objectContaining({ code: "SMDK_NO_LEADER" }),
    );
  });
});
