import type { Output, Record } from "@smdk/assemblyscript";

export function arrayMap(record: Record, out: Output): void {
  const text = record.value.checkUtf8();
  let from = 0;
  while (from < text.length) {
    let to = text.indexOf("\n", from);
    if (to < 0) to = text.length;
    if (to > from) out.push(text.slice(from, to));
    from = to + 1;
  }
}
