// Produce and consume through our client and our cluster, one producer, default batch size, beside the same bytes
// through a bare loopback socket and a bare file append in the same run.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Fluvio } from "@smdk/client";

const MB = 1024 * 1024;
const sizes = [
  { size: 100, records: 1_000_000 },
  { size: 1000, records: 300_000 },
  { size: 5000, records: 100_000 },
];

const dir = await mkdtemp(join(tmpdir(), "smdk-bench-"));
const server = fork(fileURLToPath(new URL("./cluster-process.js", import.meta.url)), [join(dir, "cluster")], {
  execArgv: ["--expose-gc"],
});
try {
  const [{ scAddress }] = await once(server, "message");
  const fluvio = await Fluvio.connect({ cluster: scAddress });
  const rows = [];
  for (const { size, records } of sizes) {
    const topic = `bench-${size}`;
    await fluvio.admin.topics.create(topic, { partitions: 1 });
    const value = Buffer.alloc(size, "abcdefghij");
    const total = size * records;
    const socket = await bareSocket(total);
    const file = await bareFile(join(dir, "bare"), total);
    const produce = await timed(() => produceAll(fluvio, topic, value, records));
    let seen = 0;
    const consume = await timed(async () => {
      seen = await consumeAll(fluvio, topic);
    });
    const slower = Math.max(socket, file);
    rows.push({
      bytes: size,
      records,
      consumed: seen,
      "produce rec/s": Math.round(records / produce),
      "produce MB/s": (total / MB / produce).toFixed(1),
      "consume rec/s": Math.round(seen / consume),
      "consume MB/s": (total / MB / consume).toFixed(1),
      "socket MB/s": (total / MB / socket).toFixed(0),
      "append MB/s": (total / MB / file).toFixed(0),
      "produce / slower": (slower / produce).toFixed(2),
      "consume / slower": (slower / consume).toFixed(2),
    });
    if (seen !== records) throw new Error(`${records} records produced, ${seen} consumed`);
  }
  console.table(rows);
  await memory(fluvio);
  await fluvio.close();
} finally {
  server.kill();
  await once(server, "exit");
  await rm(dir, { recursive: true, force: true });
}

async function produceAll(fluvio, topic, value, records) {
  const producer = await fluvio.producer(topic);
  for (let i = 0; i < records; i++) {
    if (producer.full) await producer.ready();
    producer.send({ value });
  }
  await producer.close();
}

async function consumeAll(fluvio, topic) {
  let seen = 0;
  const consumer = await fluvio.consumer({ topic, start: "beginning", disableContinuous: true });
  for await (const record of consumer) if (record.value.length > 0) seen++;
  return seen;
}

/** Consumes 1 GB more while the server's memory is watched. */
async function memory(fluvio) {
  const before = await resident();
  let peak = before;
  let bytes = 0;
  while (bytes < 1024 * MB) {
    const consumer = await fluvio.consumer({
      topic: "bench-5000",
      start: "beginning",
      disableContinuous: true,
    });
    let next = bytes + 100 * MB;
    for await (const batch of consumer.batches()) {
      bytes += batch.records.length;
      if (bytes > next) {
        peak = Math.max(peak, await resident());
        next += 100 * MB;
      }
      if (bytes >= 1024 * MB) break;
    }
  }
  const after = await resident();
  const show = (n) => `${(n / MB).toFixed(0)} MB`;
  console.log(
    `server memory while 1 GB is consumed: ${show(before)} before, ${show(peak)} at most, ${show(after)} after`,
  );
}

async function resident() {
  server.send("memory");
  const [{ rss }] = await once(server, "message");
  return rss;
}

async function timed(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Seconds for `total` bytes in 16 kB writes through a socket of this machine. */
async function bareSocket(total) {
  const sink = createServer((socket) => {
    let received = 0;
    socket.on("data", (chunk) => {
      received += chunk.length;
      if (received >= total) socket.end("!");
    });
  });
  sink.listen(0, "127.0.0.1");
  await once(sink, "listening");
  const chunk = Buffer.alloc(16 * 1024);
  const seconds = await timed(async () => {
    const socket = connect(sink.address().port, "127.0.0.1");
    const done = once(socket, "data");
    for (let sent = 0; sent < total; sent += chunk.length)
      if (!socket.write(chunk)) await once(socket, "drain");
    await done;
    socket.destroy();
  });
  sink.close();
  return seconds;
}

/** Seconds for appending `total` bytes to a file in 16 kB writes. */
async function bareFile(path, total) {
  const file = await open(path, "w");
  const chunk = Buffer.alloc(16 * 1024);
  const seconds = await timed(async () => {
    for (let sent = 0; sent < total; sent += chunk.length) await file.write(chunk);
  });
  await file.close();
  await rm(path);
  return seconds;
}
