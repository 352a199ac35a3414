import { Bytes, JsonWriter, Record } from "@smdk/assemblyscript";

const line = /^\S+ \S+ \S+ \[[^\]]+\] "[^"]*" \d{3} (?:\d+|-)(?: "[^"]*" "[^"]*")?$/;

export function map(record: Record): Bytes {
  const text = record.value.trim();
  if (!line.test(text)) throw new Error("not a line of the common or combined log format");
  // What is in quotes, and what is not, takes turns.
  const quoted = text.split('"');
  const front = quoted[0].split(" ");
  const request = quoted[1].split(" ");
  const numbers = quoted[2].trim().split(" ");
  const writer = new JsonWriter().beginObject();
  writer.member("host", front[0]).member("user", front[2]);
  writer.member("time", quoted[0].slice(quoted[0].indexOf("[") + 1, quoted[0].indexOf("]")));
  writer.member("method", request[0]);
  if (request.length > 1) writer.member("path", request[1]);
  writer.member("status", numbers[0].toInt());
  writer.member("bytes", numbers[1].equals("-") ? 0 : numbers[1].toInt());
  if (quoted.length > 5) writer.member("referrer", quoted[3]).member("agent", quoted[5]);
  return writer.endObject().bytes;
}
