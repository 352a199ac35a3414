import { expect, test } from "vitest";
import { startTestCluster } from "../src/index.ts";

test("a test gets a cluster of its own, with clients that end with it", async () => {
  const cluster = await startTestCluster({ spus: 2 });
  try {
    const client = await cluster.connect();
    expect(await client.admin.spus.list()).toHaveLength(2);
    await client.admin.topics.create("words");
    const producer = await client.producer("words");
    producer.send({ value: "hello" });
    await producer.flush();
    const values: string[] = [];
    for await (const record of client.consumer({
      topic: "words",
      start: "beginning",
      disableContinuous: true,
    })) {
      values.push(record.text);
    }
    expect(values).toEqual(["hello"]);
  } finally {
    await cluster.close();
  }
});
