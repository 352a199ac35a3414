import { describe, expect, it } from "vitest";
import { ResponseStream } from "../../src/transport/stream.ts";

function stream(): { stream: ResponseStream<number>; full: boolean[] } {
  const full: boolean[] = [];
  const hooks = { full: (value: boolean) => full.push(value), ended: () => undefined };
  return { stream: new ResponseStream((frame) => frame[0]!, hooks), full };
}

describe("a stream of answers", () => {
  it("gives them in order, before or after they are asked for", async () => {
    const { stream: answers } = stream();
    answers.push(Uint8Array.of(1));
    answers.push(Uint8Array.of(2));
    expect([await answers.next(), await answers.next()]).toEqual([1, 2]);
    const third = answers.next();
    answers.push(Uint8Array.of(3));
    expect(await third).toBe(3);
  });

  it("asks the connection to stop when nobody reads, and to go on when somebody does", async () => {
    const { stream: answers, full } = stream();
    for (let i = 0; i < 12; i++) answers.push(Uint8Array.of(i));
    expect(full).toEqual([true]);
    for (let i = 0; i < 12; i++) expect(await answers.next()).toBe(i);
    expect(full).toEqual([true, false]);
  });

  it("ends for its reader, and keeps what came before a failure", async () => {
    const ended = stream().stream;
    const waiting = ended.next();
    ended.end();
    expect([await waiting, await ended.next()]).toEqual([null, null]);
    const failed = stream().stream;
    failed.push(Uint8Array.of(7));
    failed.fail(new Error("gone"));
    expect(await failed.next()).toBe(7);
    await expect(failed.next()).rejects.toThrow("gone");
  });
});
