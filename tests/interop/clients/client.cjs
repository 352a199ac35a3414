// Drives the npm client `@fluvio/client` the way a user's script would; prints one JSON value per line.
// usage: client.cjs PATH-TO-CLIENT HOST PORT COMMAND ARG...
const [clientPath, host, port, command, ...args] = process.argv.slice(2);
const { default: Fluvio, Offset } = require(clientPath);

const show = (value) => console.log(JSON.stringify(value));
const row = (record) => ({ key: record.keyString(), value: record.valueString() });
const parse = (text) => JSON.parse(text);

async function failure(promise) {
  try {
    await promise;
    return "no error";
  } catch (error) {
    return String(error.message ?? error);
  }
}

const commands = {
  async admin(fluvio, topic) {
    const admin = await fluvio.admin();
    show({
      created: await admin.createTopic(topic, {
        partitions: 2,
        replicationFactor: 1,
        ignoreRackAssignment: false,
      }),
    });
    show({ topics: parse(await admin.listTopic()) });
    show({ partitions: parse(await admin.listPartitions()) });
    show({ spus: parse(await admin.listSpu()) });
    show({ found: await admin.findTopic(topic) });
    show({ again: await failure(admin.createTopic(topic, { partitions: 1 })) });
    await admin.deleteTopic(topic);
    show({ deleted: topic });
    show({ gone: await failure(admin.deleteTopic(topic)) });
  },
  async "create-topic"(fluvio, topic) {
    const admin = await fluvio.admin();
    await admin.createTopic(topic, { partitions: 1 });
    show({ created: topic });
  },
  async produce(fluvio, topic, ...pairs) {
    const producer = await fluvio.topicProducer(topic);
    await producer.sendAll(pairs.map((pair) => pair.split("=", 2)));
    await producer.flush();
    show("ok");
  },
  async stream(fluvio, topic, count) {
    const consumer = await fluvio.partitionConsumer(topic, 0);
    await rows(await consumer.createStream(Offset.FromBeginning()), Number(count));
  },
  async "stream-file"(fluvio, topic, count, smartmoduleType, smartmoduleFile) {
    const consumer = await fluvio.partitionConsumer(topic, 0);
    await rows(
      await consumer.streamWithConfig(Offset.FromBeginning(), { smartmoduleType, smartmoduleFile }),
      Number(count),
    );
  },
  async "stream-named"(fluvio, topic, count, smartmoduleType, smartmoduleName) {
    const consumer = await fluvio.partitionConsumer(topic, 0);
    await rows(
      await consumer.streamWithConfig(Offset.FromBeginning(), { smartmoduleType, smartmoduleName }),
      Number(count),
    );
  },
};

async function rows(stream, count) {
  let seen = 0;
  for await (const record of stream) {
    show(row(record));
    if (++seen === count) return;
  }
}

Fluvio.connect({ host, port: Number(port) })
  .then((fluvio) => commands[command](fluvio, ...args))
  .then(
    () => process.exit(0),
    (error) => {
      console.error(error);
      process.exit(1);
    },
  );
