// Produce and consume through our client and our cluster, one producer, default batch size, beside the same bytes
// through a bare loopback socket and a bare file append in the same run; and through a SmartModule that keeps all
// records, beside consuming without one.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Fluvio } from "@smdk/client";

const MB = 1024 * 1024;
/** Each round does everything once, one thing right after the other, so that a busy moment of the machine hits all. */
const ROUNDS = 5;
const sizes = [
  { size: 100, records: 400_000 },
  { size: 1000, records: 100_000 },
  { size: 5000, records: 40_000 },
];

const dir = await mkdtemp(join(tmpdir(), "smdk-bench-"));
const server = fork(fileURLToPath(new URL("./cluster-process.js", import.meta.url)), [join(dir, "cluster")], {
  // As `smdk cluster start` runs it.
  execArgv: ["--expose-gc", "--max-semi-space-size=8"],
});
try {
  const [{ scAddress }] = await once(server, "message");
  const fluvio = await Fluvio.connect({ cluster: scAddress });
  const rows = [];
  for (const { size, records } of sizes) rows.push(await measure(fluvio, size, records));
  console.log(`medians of ${ROUNDS} rounds; ratios are medians of the ratios within a round`);
  console.table(rows);
  await lossless(fluvio);
  await memory(fluvio);
  await filtered(fluvio);
  await fluvio.close();
} finally {
  server.kill();
  await once(server, "exit");
  await rm(dir, { recursive: true, force: true });
}

async function measure(fluvio, size, records) {
  const value = Buffer.alloc(size, "abcdefghij");
  const total = size * records;
  const rounds = [];
  // one round more, whose times are those of code that has not been compiled yet
  for (let round = 0; round <= ROUNDS; round++) {
    const topic = `bench-${size}-${round}`;
    await fluvio.admin.topics.create(topic, { partitions: 1 });
    const socket = await bareSocket(total);
    const file = await bareFile(join(dir, "bare"), total);
    const started = await cpu();
    const produce = await timed(() => produceAll(fluvio, topic, value, records));
    const produced = await cpu();
    const consume = await timed(() => consumeAll(fluvio, topic, records));
    const consumed = await cpu();
    await fluvio.admin.topics.delete(topic);
    if (round === 0) continue;
    const slower = Math.max(socket, file);
    const [produceCpu, consumeCpu] = [produced - started, consumed - produced];
    rounds.push({ socket, file, produce, consume, slower, produceCpu, consumeCpu });
  }
  const middle = (value) => median(rounds.map(value));
  const rate = (value) => middle((round) => records / value(round));
  const speed = (value) => middle((round) => total / MB / value(round)).toFixed(0);
  return {
    bytes: size,
    records,
    "produce rec/s": Math.round(rate(({ produce }) => produce)),
    "consume rec/s": Math.round(rate(({ consume }) => consume)),
    "produce MB/s": speed(({ produce }) => produce),
    "consume MB/s": speed(({ consume }) => consume),
    "socket MB/s": speed(({ socket }) => socket),
    "append MB/s": speed(({ file }) => file),
    "produce / slower": middle(({ slower, produce }) => slower / produce).toFixed(2),
    "consume / slower": middle(({ slower, consume }) => slower / consume).toFixed(2),
    "produce CPU us": middle(({ produceCpu }) => produceCpu / records).toFixed(2),
    "consume CPU us": middle(({ consumeCpu }) => consumeCpu / records).toFixed(2),
  };
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Produces more in one go than a server may lose a part of. */
async function lossless(fluvio) {
  const records = 300_000;
  await fluvio.admin.topics.create("bench-lossless", { partitions: 1 });
  await produceAll(fluvio, "bench-lossless", Buffer.alloc(1000, "abcdefghij"), records);
  console.log(
    `${records} records produced, ${await consumeAll(fluvio, "bench-lossless", records)} records consumed`,
  );
}

async function produceAll(fluvio, topic, value, records) {
  const producer = await fluvio.producer(topic);
  for (let i = 0; i < records; i++) {
    if (producer.full) await producer.ready();
    producer.send({ value });
  }
  await producer.close();
}

async function consumeAll(fluvio, topic, records, smartModules = []) {
  let seen = 0;
  const consumer = await fluvio.consumer({
    topic,
    start: "beginning",
    disableContinuous: true,
    smartModules,
  });
  for await (const record of consumer) if (record.value.length > 0) seen++;
  if (seen !== records) throw new Error(`${records} records produced, ${seen} consumed`);
  return seen;
}

/** Consumes through a filter that keeps everything, and without it, in turns. */
async function filtered(fluvio) {
  const name = "../runtime/test/fixtures/assemblyscript/filter_region.wasm";
  const wasm = await readFile(new URL(name, import.meta.url));
  const rows = [];
  for (const { size, records } of sizes) {
    const topic = `bench-filtered-${size}`;
    await fluvio.admin.topics.create(topic, { partitions: 1 });
    await produceAll(fluvio, topic, Buffer.alloc(size, "abcdefghij"), records);
    const rounds = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const plain = await timed(() => consumeAll(fluvio, topic, records));
      const through = await timed(() => consumeAll(fluvio, topic, records, [{ wasm }]));
      if (round > 0) rounds.push({ plain, through });
    }
    rows.push({
      bytes: size,
      records,
      "filtered rec/s": Math.round(median(rounds.map(({ through }) => records / through))),
      "filtered / plain": median(rounds.map(({ plain, through }) => plain / through)).toFixed(2),
    });
    await fluvio.admin.topics.delete(topic);
  }
  console.table(rows);
}

/** Consumes 1 GB more while the server's memory is watched. */
async function memory(fluvio) {
  const before = await resident();
  let peak = before;
  let bytes = 0;
  while (bytes < 1024 * MB) {
    const consumer = await fluvio.consumer({
      topic: "bench-lossless",
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
  return (await ask("memory")).rss;
}

/** CPU time in microseconds that this process and the server have used. */
async function cpu() {
  const { user, system } = process.cpuUsage();
  return user + system + (await ask("cpu")).cpu;
}

async function ask(what) {
  server.send(what);
  const [answer] = await once(server, "message");
  return answer;
}

async function timed(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

/** Seconds for `total` bytes in 16 kB writes through a socket of this machine. */
async function bareSocket(total) {
  const chunk = Buffer.alloc(16 * 1024);
  const writes = Math.ceil(total / chunk.length);
  const sink = createServer((socket) => {
    let received = 0;
    socket.on("data", (part) => {
      received += part.length;
      if (received >= writes * chunk.length && !socket.writableEnded) socket.end("!");
    });
  });
  sink.listen(0, "127.0.0.1");
  await once(sink, "listening");
  const seconds = await timed(async () => {
    const socket = connect(sink.address().port, "127.0.0.1");
    const done = once(socket, "data");
    for (let sent = 0; sent < writes; sent++) if (!socket.write(chunk)) await once(socket, "drain");
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
