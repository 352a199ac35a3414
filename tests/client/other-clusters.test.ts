import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Fluvio, loadConfig, type TlsPolicy } from "@smdk/client";
import { afterEach, describe, expect, it } from "vitest";
import { readTexts, topicWith, useCluster } from "./cluster.ts";
import { ClusterProxy, type ProxyOptions } from "./proxy.ts";

const setup = useCluster();
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function proxyOf(options: ProxyOptions): Promise<ClusterProxy> {
  const proxy = await new ClusterProxy(setup.cluster, options).start();
  cleanups.push(() => proxy.close());
  return proxy;
}

async function connect(proxy: ClusterProxy, tls?: TlsPolicy): Promise<Fluvio> {
  const fluvio = await Fluvio.connect({ cluster: proxy.scAddress, ...(tls === undefined ? {} : { tls }) });
  cleanups.push(() => fluvio.close());
  return fluvio;
}

describe("an older cluster", () => {
  it.each([
    ["0.11.11", { sc: 16, spu: 23 }],
    ["0.12", { sc: 17, spu: 23 }],
    ["0.17.3", { sc: 19, spu: 24 }],
    ["0.18", { sc: 19, spu: 25 }],
  ])("like Fluvio %s is spoken to in its versions", async (release, versions) => {
    const proxy = await proxyOf({ versions });
    const fluvio = await connect(proxy);
    const topic = `old-${release.replaceAll(".", "-")}`;
    await topicWith(fluvio, topic, ["a", "b", "c"]);
    const config = { consumer: topic, offsetStrategy: "auto", smartModules: [] } as const;
    expect(await readTexts(fluvio, topic, config)).toEqual(["a", "b", "c"]);
    expect(await readTexts(fluvio, topic, config)).toEqual([]);
    expect((await fluvio.admin.consumers.list({ consumer: topic })).map(({ offset }) => offset)).toEqual([
      2n,
    ]);
    const wasm = readFileSync(new URL("../fixtures/filter_bytes_a.wasm", import.meta.url));
    expect(await readTexts(fluvio, topic, { smartModules: [{ wasm }] })).toEqual(["a"]);
    expect((await fluvio.admin.topics.list({ filters: [topic] })).length).toBe(1);
    await fluvio.admin.topics.delete(topic);
    const sc = new Set(["Create", "Delete", "List", "Watch"]);
    const ack = new Set(["UpdateOffsets", "ApiVersions"]);
    for (const { api, version } of proxy.seen) {
      if (!ack.has(api)) expect([api, version]).toEqual([api, sc.has(api) ? versions.sc : versions.spu]);
    }
  });
});

describe("an SPU that cuts its answers anywhere", () => {
  it("loses nothing", async () => {
    const proxy = await proxyOf({ cutAt: 3000 });
    const fluvio = await connect(proxy);
    await fluvio.admin.topics.create("cut");
    const values = Array.from({ length: 500 }, (_, i) => `${i} ${"y".repeat(i % 97)}`);
    for (const compression of ["None", "Gzip"] as const) {
      await using producer = await fluvio.producer("cut", { batchSize: 1000, compression });
      await producer.sendAll(values.map((value) => ({ value })));
    }
    expect(await readTexts(fluvio, "cut")).toEqual([...values, ...values]);
  });
});

describe("SmartModules on an SPU that says nothing where they drop everything", () => {
  const wasm = readFileSync(new URL("../fixtures/filter_init_param.wasm", import.meta.url));
  const containing = (needle: string) => [{ wasm, params: { needle } }];
  const values = Array.from({ length: 200 }, (_, i) => `${i} ${i === 0 ? "rare" : "common"}`);

  it("is asked whether it is done", async () => {
    const proxy = await proxyOf({ silent: true });
    const fluvio = await connect(proxy);
    await topicWith(fluvio, "silent", values);
    const config = { endIdleMs: 50 };
    expect(await readTexts(fluvio, "silent", { smartModules: containing("nobody"), ...config })).toEqual([]);
    expect(await readTexts(fluvio, "silent", { smartModules: containing("rare"), ...config })).toEqual([
      values[0],
    ]);
    await fluvio.admin.topics.create("silent-too", { partitions: 3 });
    expect(await readTexts(fluvio, "silent-too", { smartModules: containing("nobody"), ...config })).toEqual(
      [],
    );
  });

  it("is not taken for done while it is slow", async () => {
    const proxy = await proxyOf({ silent: true, delayMs: 200 });
    const fluvio = await connect(proxy);
    await fluvio.admin.topics.create("slow", { partitions: 2 });
    {
      await using producer = await fluvio.producer("slow", { batchSize: 300 });
      await producer.sendAll(values.map((value) => ({ value })));
    }
    const config = { smartModules: containing("common"), endIdleMs: 40, maxBytes: 1000 };
    const texts = await readTexts(fluvio, "slow", config);
    expect(texts.sort()).toEqual(values.slice(1).sort());
  });
});

describe("connections that keep breaking", () => {
  it("lose no record on the way in, and neither lose nor repeat one on the way out", async () => {
    const proxy = await proxyOf({});
    const fluvio = await connect(proxy);
    await fluvio.admin.topics.create("breaking");
    const retry = { strategy: "fixed", delayMs: 5, maxRetries: 1000 } as const;
    const producer = await fluvio.producer("breaking", { batchSize: 1000, maxRequestSize: 10_000, retry });
    const total = 4000;
    const offsets: bigint[] = [];
    const values = new Set<string>();
    const reading = (async () => {
      const config = {
        topic: "breaking",
        start: "beginning",
        retry: { minDelayMs: 5 },
        maxBytes: 20_000,
      } as const;
      for await (const record of fluvio.consumer(config)) {
        offsets.push(record.offset);
        values.add(record.text);
        if (values.size === total) return;
      }
    })();
    for (let i = 0; i < total; i++) {
      producer.send({ value: `${i} ${"v".repeat(50)}` });
      if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      if (i % 500 === 250) proxy.breakAll();
    }
    await producer.close();
    await reading;
    expect(values.size).toBe(total);
    expect(offsets).toEqual(offsets.map((_, i) => BigInt(i)));
  });
});

describe("a cluster behind TLS", () => {
  const folder = fileURLToPath(new URL("./fixtures/tls/", import.meta.url));
  const pem = (name: string): string => readFileSync(join(folder, name), "utf8");
  const server = { cert: pem("server.pem"), key: pem("server.key"), ca: pem("ca.pem") };
  const strict = { ...server, requestCert: true, rejectUnauthorized: true };
  const certs = (domain: string) => ({
    domain,
    key: join(folder, "client.key"),
    cert: join(folder, "client.pem"),
    caCert: join(folder, "ca.pem"),
  });

  it("is reached with verified certificates, under the names of SC and SPU", async () => {
    const proxy = await proxyOf({ tls: strict });
    const fluvio = await connect(proxy, { policy: "verified", source: "files", certs: certs("fluvio.test") });
    await topicWith(fluvio, "secret", ["x"]);
    expect(await readTexts(fluvio, "secret")).toEqual(["x"]);
    const { name } = setup.cluster.spus[0]!;
    expect(new Set(proxy.serverNames)).toEqual(new Set(["fluvio.test", `${name}.fluvio.test`]));
  });

  it("is reached through a profile with certificates in it", async () => {
    const proxy = await proxyOf({ tls: strict });
    const dir = mkdtempSync(join(tmpdir(), "smdk-tls-"));
    cleanups.push(() => rmSync(dir, { recursive: true, force: true }));
    const config = loadConfig(join(dir, "config"));
    const inline = {
      domain: "fluvio.test",
      key: pem("client.key"),
      cert: pem("client.pem"),
      caCert: pem("ca.pem"),
    };
    config.addProfile("secure", {
      endpoint: proxy.scAddress,
      tls: { policy: "verified", source: "inline", certs: inline },
    });
    config.save();
    const fluvio = await Fluvio.connect({ configPath: config.path });
    cleanups.push(() => fluvio.close());
    expect(await fluvio.admin.spus.list()).toHaveLength(1);
  });

  it("is reached without verification where the cluster allows it", async () => {
    const proxy = await proxyOf({ tls: server });
    const fluvio = await connect(proxy, { policy: "anonymous" });
    await topicWith(fluvio, "anonymous", ["x"]);
    expect(await readTexts(fluvio, "anonymous")).toEqual(["x"]);
  });

  it("is not trusted under another name, nor without TLS", async () => {
    const proxy = await proxyOf({ tls: strict });
    const policy = { policy: "verified", source: "files", certs: certs("other.test") } as const;
    await expect(connect(proxy, policy)).rejects.toMatchObject({ code: "SMDK_TLS" });
    await expect(connect(proxy)).rejects.toMatchObject({ code: "SMDK_CONNECTION_LOST" });
    const missing = { ...certs("fluvio.test"), key: "/no/such/file" };
    await expect(
      connect(proxy, { policy: "verified", source: "files", certs: missing }),
    ).rejects.toMatchObject({ code: "SMDK_CONFIG" });
  });
});
